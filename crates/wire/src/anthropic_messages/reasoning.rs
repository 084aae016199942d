//! How hard to think: `thinking` and `output_config.effort`, and what other dialects' words become.
//!
//! | effort | budget in tokens |
//! |---|---|
//! | minimal | 1024 |
//! | low | 2048 |
//! | medium | 8192 |
//! | high | 16384 |
//! | xhigh, max | 32768 |
//!
//! A budget becomes the weakest effort whose row holds it.

use serde_json::{Map, Value, json};
use wye_types::chat::{Effort, ReasoningAsk, ThinkingBudget};

use super::model::Model;

/// What a request says about thinking.
pub(crate) fn read(thinking: Option<&Value>, effort: Option<&str>) -> Option<ReasoningAsk> {
    let effort = effort.and_then(Effort::parse);
    let budget = thinking.and_then(|thinking| match thinking.get("type").and_then(Value::as_str)? {
        "disabled" => Some(ThinkingBudget::Off),
        "adaptive" => Some(ThinkingBudget::Adaptive),
        "enabled" => Some(
            thinking
                .get("budget_tokens")
                .and_then(Value::as_u64)
                .map_or(ThinkingBudget::Adaptive, ThinkingBudget::Tokens),
        ),
        _ => None,
    });
    // Who sets a budget sees the thoughts unless `display` says otherwise; with `adaptive` the models differ.
    let include = match thinking.and_then(|t| t.get("display")).and_then(Value::as_str) {
        Some("summarized") => Some(true),
        Some("omitted") => Some(false),
        _ => matches!(budget, Some(ThinkingBudget::Tokens(_))).then_some(true),
    };
    (effort.is_some() || budget.is_some()).then_some(ReasoningAsk { effort, budget, include })
}

/// What is written of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Thinking {
    /// The object `thinking`.
    pub(crate) thinking: Option<Map<String, Value>>,
    /// `output_config.effort`.
    pub(crate) effort: Option<&'static str>,
    /// The budget in it, which the output limit must exceed.
    pub(crate) budget: u64,
}

impl Thinking {
    /// Whether the model will think.
    pub(crate) fn is_on(&self) -> bool {
        self.thinking.as_ref().is_some_and(|t| t.get("type").and_then(Value::as_str) != Some("disabled"))
    }
}

/// Writes the dialect's own words back as they were.
pub(crate) fn write_own(ask: ReasoningAsk) -> Thinking {
    let thinking = ask.budget.map(|budget| match budget {
        ThinkingBudget::Off => object(json!({"type": "disabled"})),
        ThinkingBudget::Adaptive => object(json!({"type": "adaptive"})),
        ThinkingBudget::Tokens(n) => object(json!({"type": "enabled", "budget_tokens": n})),
    });
    Thinking { thinking, effort: ask.effort.map(Effort::name), budget: 0 }
}

/// Says it in the words that the model understands.
pub(crate) fn write(ask: ReasoningAsk, model: Model) -> Thinking {
    if !ask.wants_thinking() {
        let off = ask.effort.is_some() || ask.budget.is_some();
        return Thinking {
            thinking: off.then(|| object(json!({"type": "disabled"}))),
            ..Thinking::default()
        };
    }
    if model.thinks_adaptively() {
        let effort = ask.effort.or(match ask.budget {
            Some(ThinkingBudget::Tokens(n)) => Some(effort_of(n)),
            _ => None,
        });
        let mut thinking = object(json!({"type": "adaptive"}));
        if ask.include == Some(true) {
            thinking.insert("display".into(), json!("summarized"));
        }
        return Thinking {
            thinking: Some(thinking),
            effort: effort.map(|e| effort_name(e, model)),
            budget: 0,
        };
    }
    let budget = match (ask.budget, ask.effort) {
        (Some(ThinkingBudget::Tokens(n)), _) => n.max(1024),
        (_, Some(effort)) => budget_of(effort),
        _ => budget_of(Effort::Medium),
    };
    let thinking = object(json!({"type": "enabled", "budget_tokens": budget}));
    Thinking { thinking: Some(thinking), effort: None, budget }
}

/// The budget in the table.
pub(crate) fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::None | Effort::Minimal => 1024,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16384,
        Effort::XHigh | Effort::Max => 32768,
    }
}

/// The weakest effort whose row of the table holds the budget.
pub(crate) fn effort_of(budget: u64) -> Effort {
    [Effort::Low, Effort::Medium, Effort::High]
        .into_iter()
        .find(|effort| budget <= budget_of(*effort))
        .unwrap_or(Effort::XHigh)
}

fn effort_name(effort: Effort, model: Model) -> &'static str {
    match effort {
        Effort::None | Effort::Minimal | Effort::Low => "low",
        Effort::XHigh if !model.is_at_least(4, 7) => "high",
        other => other.name(),
    }
}

/// The map of a literal object.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(effort: Option<Effort>, budget: Option<ThinkingBudget>) -> ReasoningAsk {
        ReasoningAsk { effort, budget, include: None }
    }

    #[test]
    fn older_models_get_a_budget_and_newer_ones_an_effort() {
        let old = Model::of("claude-haiku-4-5-20251001");
        let new = Model::of("anthropic/claude-opus-4.7");
        let high = ask(Some(Effort::High), None);
        let written = write(high, old);
        assert_eq!(written.thinking.unwrap()["budget_tokens"], 16384);
        let written = write(high, new);
        assert_eq!(
            (written.thinking.unwrap()["type"].as_str(), written.effort),
            (Some("adaptive"), Some("high"))
        );
        let tokens = ask(None, Some(ThinkingBudget::Tokens(3000)));
        assert_eq!(write(tokens, new).effort, Some("medium"));
        assert_eq!(write(ask(None, Some(ThinkingBudget::Tokens(5))), old).budget, 1024);
        assert!(!write(ask(Some(Effort::None), None), old).is_on());
        assert_eq!(write(ask(Some(Effort::XHigh), None), Model::of("claude-opus-4-6")).effort, Some("high"));
    }

    #[test]
    fn own_words_come_back_unchanged() {
        let thinking = json!({"type": "disabled"});
        let read = read(Some(&thinking), Some("high")).unwrap();
        assert!(!read.wants_thinking());
        let written = write_own(read);
        assert_eq!((Value::Object(written.thinking.unwrap()), written.effort), (thinking, Some("high")));
    }
}
