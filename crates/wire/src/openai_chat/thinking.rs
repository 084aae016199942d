//! Writes the wish to think, in the words of the provider's flavour.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{ChatRequest, Effort, ReasoningAsk, ThinkingBudget};

use super::{ID, request_read};
use crate::dialect::ThinkingField;

/// Writes what the request asks for. An adaptive budget is the vendor's own default where there is no word for it.
pub(super) fn write(chat: &ChatRequest, field: ThinkingField, body: &mut Map) {
    let Some(ask) = chat.reasoning else { return };
    if chat.from == ID {
        // The client wrote the vendor's own words, which ride along.
        let kept = request_read::other_ask(chat.rest.get("reasoning"), chat.rest.get("thinking"));
        if kept == Some(ask) {
            return;
        }
    }
    let mut set = |key: &str, value: Value| body.insert(key.to_owned(), value);
    match field {
        ThinkingField::Effort => {
            if let Some(word) = effort(ask, chat.from == ID) {
                set("reasoning_effort", json!(word.name()));
            }
        }
        ThinkingField::Reasoning => {
            if let Some(reasoning) = wide(ask) {
                set("reasoning", reasoning);
            }
        }
        ThinkingField::Switch { effort: beside } => {
            let Some(on) = wanted(ask) else { return };
            set("thinking", json!({"type": if on { "enabled" } else { "disabled" }}));
            if let Some(word) = effort(ask, true).filter(|_| beside && on) {
                set("reasoning_effort", json!(word.name()));
            }
        }
        ThinkingField::Budget => {
            let Some(on) = wanted(ask) else { return };
            set("enable_thinking", json!(on));
            if let Some(ThinkingBudget::Tokens(tokens)) = ask.budget.filter(|_| on) {
                set("thinking_budget", json!(tokens));
            }
        }
    }
}

/// Whether thinking is asked for or refused. `None`: neither.
fn wanted(ask: ReasoningAsk) -> Option<bool> {
    (ask.effort.is_some() || ask.budget.is_some()).then(|| ask.wants_thinking())
}

/// Budgets become efforts: up to 1024 tokens `minimal`, 4096 `low`, 12288 `medium`, 24576 `high`, more `xhigh`; `Off` is
/// `none`, whatever effort stands beside it. An adaptive budget is the vendor's own default, so nothing is asked.
/// `max`: whether the client's `max` is a word here; otherwise the strongest known is `xhigh`.
pub(crate) fn effort(ask: ReasoningAsk, max: bool) -> Option<Effort> {
    let effort = match ask.budget {
        Some(ThinkingBudget::Off) => Effort::None,
        Some(ThinkingBudget::Tokens(n)) => ask.effort.unwrap_or(effort_of_tokens(n)),
        Some(ThinkingBudget::Adaptive) | None => ask.effort?,
    };
    Some(if effort == Effort::Max && !max { Effort::XHigh } else { effort })
}

/// OpenRouter's `reasoning`, which takes either an effort or a budget.
fn wide(ask: ReasoningAsk) -> Option<Value> {
    let mut out = match (ask.effort, ask.budget) {
        (Some(effort), _) => json!({"effort": effort.name()}),
        (None, Some(ThinkingBudget::Tokens(n))) => json!({"max_tokens": n}),
        (None, Some(ThinkingBudget::Off)) => json!({"enabled": false}),
        (None, Some(ThinkingBudget::Adaptive)) => json!({"enabled": true}),
        (None, None) => json!({}),
    };
    if ask.include == Some(false) {
        out["exclude"] = json!(true);
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

const fn effort_of_tokens(tokens: u64) -> Effort {
    match tokens {
        0..=1024 => Effort::Minimal,
        1025..=4096 => Effort::Low,
        4097..=12_288 => Effort::Medium,
        12_289..=24_576 => Effort::High,
        _ => Effort::XHigh,
    }
}
