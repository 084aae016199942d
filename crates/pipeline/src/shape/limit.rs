//! The output limit: put in where the client gave none, and lowered where it gave more, each only if that is asked for.
//! The client is not told, as of everything that the operator sets.

use serde_json::{Value, json};
use wye_types::DialectId;

use super::draft::Draft;
use super::place;
use super::place::Words;

/// What is done about the output limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxOutput {
    /// Tokens that are allowed where the client says nothing.
    pub default: Option<u64>,
    /// The most tokens that a client may allow.
    pub cap: Option<u64>,
}

/// The least that Anthropic takes as a budget for thoughts, which must stay below the output limit.
const LEAST_BUDGET: u64 = 1024;

impl MaxOutput {
    /// What some layers amount to: the default of the nearest, the smallest cap.
    pub(super) fn of(layers: impl Iterator<Item = Self>) -> Self {
        layers.fold(Self::default(), |nearer, layer| Self {
            default: nearer.default.or(layer.default),
            cap: [nearer.cap, layer.cap].into_iter().flatten().min(),
        })
    }

    /// What is put in where the client says nothing.
    pub(crate) fn inject(self) -> Option<u64> {
        self.default.map(|default| self.cap.map_or(default, |cap| default.min(cap)))
    }
}

/// Sees to the output limit of a request.
pub(crate) fn limit_output(draft: &mut Draft<'_>, limit: MaxOutput, words: Words) {
    if limit == MaxOutput::default() {
        return;
    }
    let path = place::output_limit(words);
    let Some(asked) = draft.at(&path) else {
        if let Some(default) = limit.inject() {
            draft.put(&path, Some(&json!(default)));
        }
        return;
    };
    let Some(cap) = limit.cap.filter(|cap| exceeds(&asked, *cap)) else { return };
    draft.put(&path, Some(&json!(cap)));
    if words.dialect == DialectId::AnthropicMessages {
        fit_thoughts(draft, cap);
    }
}

/// Whether a limit is above the cap. A negative one means none to Ollama.
fn exceeds(asked: &Value, cap: u64) -> bool {
    asked.as_u64().map_or_else(
        || asked.as_i64().is_some_and(i64::is_negative) || asked.as_f64().is_some_and(|n| n > as_float(cap)),
        |asked| asked > cap,
    )
}

#[expect(clippy::cast_precision_loss, reason = "compared with a limit that a client wrote with a point")]
const fn as_float(cap: u64) -> f64 {
    cap as f64
}

/// A budget for thoughts that is not below the output limit is refused.
fn fit_thoughts(draft: &mut Draft<'_>, cap: u64) {
    let path = ["thinking".to_owned(), "budget_tokens".to_owned()];
    if draft.at(&path).and_then(|budget| budget.as_u64()).is_none_or(|budget| budget < cap) {
        return;
    }
    if cap > LEAST_BUDGET {
        draft.put(&path, Some(&json!(cap - 1)));
    } else {
        draft.remove("thinking");
    }
}
