//! `additionalModelRequestFields`: what only one maker's models understand, in that maker's own words.
//!
//! | models | how hard to think | top-k |
//! |---|---|---|
//! | Claude | `thinking`, `output_config.effort` (Anthropic's API) | `top_k` |
//! | Nova 2 | `reasoningConfig {type, maxReasoningEffort}` | `inferenceConfig.topK` |
//! | OpenAI's | `reasoning_effort` | none |
//! | others | no common way | none |
//!
//! Amazon's user guides for these models are the source.

use serde_json::{Map, Value, json};
use wye_types::chat::{Effort, ReasoningAsk, ThinkingBudget};

use crate::anthropic_messages::model::Model;
use crate::anthropic_messages::reasoning::{self, Thinking};
use crate::dialect::RequestError;
use crate::fields::Fields;

/// Whose model it is, as far as its id tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Claude,
    Nova,
    Nova2,
    OpenAi,
    /// Another maker's.
    Other,
    /// The id does not say (an inference profile's ARN).
    Unknown,
}

impl Family {
    /// Reads an id such as `us.anthropic.claude-haiku-4-5-20251001-v1:0`.
    pub(super) fn of(model: &str) -> Self {
        let holds = |word: &str| model.contains(word);
        match () {
            () if holds("claude") => Self::Claude,
            () if holds("nova-2") => Self::Nova2,
            () if holds("amazon.nova") => Self::Nova,
            () if holds("openai.") => Self::OpenAi,
            () if holds(".") && !holds("arn:") => Self::Other,
            () => Self::Unknown,
        }
    }

    /// Whether Anthropic's seals may go there.
    pub(super) fn may_be_claude(self) -> bool {
        matches!(self, Self::Claude | Self::Unknown)
    }

    /// Whether cache points are taken; other models refuse them.
    pub(super) fn caches(self) -> bool {
        matches!(self, Self::Claude | Self::Nova | Self::Nova2)
    }
}

/// What the IR understands of it.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) reasoning: Option<ReasoningAsk>,
    pub(super) top_k: Option<u64>,
}

/// Takes out what the IR understands; the rest stays.
pub(super) fn take(fields: &mut Fields) -> Result<Extras, RequestError> {
    const KEY: &str = "additionalModelRequestFields";
    let Some(mut extra) = fields.object(KEY)? else { return Ok(Extras::default()) };
    let mut found = Extras { reasoning: None, top_k: take_count(&mut extra, "top_k") };
    if let Some(Value::Object(inner)) = extra.take("inferenceConfig") {
        let mut inner = Fields::top(inner);
        found.top_k = found.top_k.or(take_count(&mut inner, "topK"));
        extra.keep("inferenceConfig", inner.rest());
    }
    found.reasoning =
        take_claude(&mut extra).or_else(|| take_nova(&mut extra)).or_else(|| take_openai(&mut extra));
    fields.keep(KEY, extra.rest());
    Ok(found)
}

fn take_count(fields: &mut Fields, key: &str) -> Option<u64> {
    let value = fields.take(key)?;
    let count = value.as_u64();
    if count.is_none() {
        fields.put(key, value);
    }
    count
}

fn take_claude(extra: &mut Fields) -> Option<ReasoningAsk> {
    let thinking = extra.take("thinking");
    let config = extra.take("output_config");
    let effort = config.as_ref().and_then(|config| config.get("effort")).and_then(Value::as_str);
    let ask = reasoning::read(thinking.as_ref(), effort);
    let (budget, effort) = (ask.and_then(|ask| ask.budget), ask.and_then(|ask| ask.effort));
    put_left(extra, "thinking", thinking, budget.is_some().then_some(&["type", "budget_tokens"]));
    put_left(extra, "output_config", config, effort.is_some().then_some(&["effort"]));
    ask
}

/// Puts back what was not understood of a value.
fn put_left(extra: &mut Fields, key: &str, value: Option<Value>, understood: Option<&[&str]>) {
    match (value, understood) {
        (Some(Value::Object(mut map)), Some(names)) => {
            map.retain(|name, _| !names.contains(&name.as_str()));
            extra.keep(key, map);
        }
        (Some(value), _) => extra.put(key, value),
        (None, _) => {}
    }
}

fn take_nova(extra: &mut Fields) -> Option<ReasoningAsk> {
    let config = extra.take("reasoningConfig")?;
    let text = |key: &str| config.get(key).and_then(Value::as_str);
    let effort = text("maxReasoningEffort").and_then(Effort::parse);
    let budget = match text("type") {
        Some("disabled") => Some(ThinkingBudget::Off),
        Some("enabled") if effort.is_none() => Some(ThinkingBudget::Adaptive),
        _ => None,
    };
    let understood = effort.is_some() || budget.is_some();
    put_left(extra, "reasoningConfig", Some(config), understood.then_some(&["type", "maxReasoningEffort"]));
    understood.then_some(ReasoningAsk { effort, budget, include: None })
}

fn take_openai(extra: &mut Fields) -> Option<ReasoningAsk> {
    let value = extra.take("reasoning_effort")?;
    let effort = value.as_str().and_then(Effort::parse);
    if effort.is_none() {
        extra.put("reasoning_effort", value);
    }
    effort.map(|effort| ReasoningAsk { effort: Some(effort), ..ReasoningAsk::default() })
}

/// What is written of an ask.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The fields.
    pub(super) fields: Map<String, Value>,
    /// Claude's budget, which the output limit must exceed. 0 where there is none or the client saw to it.
    pub(super) budget: u64,
    /// Whether the model will think.
    pub(super) thinks: bool,
    /// What was done instead, if it could not be said.
    pub(super) loss: Option<&'static str>,
}

/// Says how hard to think in the words of the model's maker. `own`: the request came in this dialect. `limited`: it
/// limits or steers the sampling, which Nova's highest effort does not take.
pub(super) fn write(ask: ReasoningAsk, model: &str, own: bool, limited: bool) -> Written {
    match Family::of(model) {
        Family::Claude => {
            of_claude(if own { reasoning::write_own(ask) } else { reasoning::write(ask, Model::of(model)) })
        }
        // Only clients of this dialect know what stands behind a profile; most of them, Claude.
        Family::Unknown if own => of_claude(reasoning::write_own(ask)),
        Family::Nova2 => of_nova(ask, !own && limited),
        Family::OpenAi => of_openai(ask),
        Family::Nova | Family::Other | Family::Unknown => {
            let loss =
                ask.wants_thinking().then_some("dropped: there is no common way to ask this model to think");
            Written { loss, ..Written::default() }
        }
    }
}

fn of_claude(thinking: Thinking) -> Written {
    let (thinks, budget) = (thinking.is_on(), thinking.budget);
    let mut fields = Map::new();
    fields.extend(thinking.thinking.map(|thinking| ("thinking".to_owned(), Value::Object(thinking))));
    fields.extend(thinking.effort.map(|effort| ("output_config".to_owned(), json!({ "effort": effort }))));
    Written { fields, budget, thinks, loss: None }
}

/// The named effort, or the one whose budget holds the ask's (see [`reasoning`]).
fn effort_of(ask: ReasoningAsk) -> Effort {
    ask.effort.unwrap_or(match ask.budget {
        Some(ThinkingBudget::Tokens(n)) => reasoning::effort_of(n),
        _ => Effort::Medium,
    })
}

fn of_nova(ask: ReasoningAsk, limited: bool) -> Written {
    if !ask.wants_thinking() {
        let fields = Map::from_iter([("reasoningConfig".to_owned(), json!({"type": "disabled"}))]);
        return Written { fields, ..Written::default() };
    }
    let (effort, loss) = match effort_of(ask) {
        Effort::None | Effort::Minimal | Effort::Low => ("low", None),
        Effort::Medium => ("medium", None),
        _ if limited => ("medium", Some("lowered to medium: high takes no limit of tokens and no sampling")),
        _ => ("high", None),
    };
    let config = json!({"type": "enabled", "maxReasoningEffort": effort});
    let fields = Map::from_iter([("reasoningConfig".to_owned(), config)]);
    Written { fields, thinks: true, loss, budget: 0 }
}

fn of_openai(ask: ReasoningAsk) -> Written {
    // These models cannot be told not to think.
    let effort = if ask.wants_thinking() { effort_of(ask) } else { Effort::Low };
    let name = match effort {
        Effort::None | Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        _ => "high",
    };
    let fields = Map::from_iter([("reasoning_effort".to_owned(), json!(name))]);
    Written { fields, thinks: true, ..Written::default() }
}

/// Says top-k in the words of the model's maker, if it has any.
pub(super) fn write_top_k(top_k: u64, model: &str, own: bool) -> Option<Map<String, Value>> {
    let field = match Family::of(model) {
        Family::Claude => ("top_k".to_owned(), json!(top_k)),
        Family::Unknown if own => ("top_k".to_owned(), json!(top_k)),
        Family::Nova | Family::Nova2 => ("inferenceConfig".to_owned(), json!({ "topK": top_k })),
        _ => return None,
    };
    Some(Map::from_iter([field]))
}
