//! `think`: true, false, or how hard.

use serde_json::{Value, json};
use wye_types::chat::{Effort, ReasoningAsk, ThinkingBudget};

/// Reads what `think` asks for. `None` for a word that is not known.
pub(super) fn read(think: &Value) -> Option<ReasoningAsk> {
    let (effort, budget) = match think {
        Value::Bool(true) => (None, Some(ThinkingBudget::Adaptive)),
        Value::Bool(false) => (None, Some(ThinkingBudget::Off)),
        Value::String(word) => (Some(Effort::parse(word)?), None),
        _ => return None,
    };
    Some(ReasoningAsk { effort, budget, include: None })
}

/// Writes `think`. Ollama knows three words, of which models without levels make `true`.
pub(super) fn write(ask: ReasoningAsk, own: bool) -> Option<Value> {
    match (ask.effort, ask.budget) {
        (Some(effort), _) if own => Some(json!(effort.name())),
        (Some(Effort::None), _) | (None, Some(ThinkingBudget::Off)) => Some(json!(false)),
        (Some(Effort::Minimal | Effort::Low), _) => Some(json!("low")),
        (Some(Effort::Medium), _) => Some(json!("medium")),
        (Some(Effort::High | Effort::XHigh | Effort::Max), _) => Some(json!("high")),
        (None, Some(ThinkingBudget::Adaptive | ThinkingBudget::Tokens(_))) => Some(json!(true)),
        (None, None) => None,
    }
}
