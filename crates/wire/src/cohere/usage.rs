//! Token counts. In recordings `tokens.input_tokens` includes `cached_tokens` (1645 and 1600) and leaves
//! `tokens.image_tokens` out (34 and 259), `tokens.output_tokens` includes `reasoning_tokens`. `billed_units` leave
//! the vendor's own prompt and the cache out: they are what is paid, and ride along.

use serde_json::{Map, Value, json};
use wye_types::Usage;
use wye_types::usage::Billed;

use crate::fields::whole;

/// A count. The vendor's reference calls them all `double`, so one may come as `12.0`.
fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(whole)
}

/// Reads the counts; what is no object counts as nothing. Where only what is billed is told, that counts.
pub(super) fn read(usage: &Value) -> Usage {
    let told = |key: &str| {
        number(usage, &format!("/tokens/{key}")).or_else(|| number(usage, &format!("/billed_units/{key}")))
    };
    let cached = number(usage, "/cached_tokens");
    let reasoning = number(usage, "/tokens/reasoning_tokens");
    let prompt = told("input_tokens").unwrap_or(0).saturating_sub(cached.unwrap_or(0));
    Usage {
        input: prompt.saturating_add(number(usage, "/tokens/image_tokens").unwrap_or(0)),
        cache_read: cached,
        output: told("output_tokens").unwrap_or(0).saturating_sub(reasoning.unwrap_or(0)),
        reasoning,
        billed: number(usage, "/billed_units/input_tokens")
            .zip(number(usage, "/billed_units/output_tokens"))
            .map(|(input, output)| Billed { input, output }),
        ..Usage::default()
    }
}

/// What of the wire's counts the IR does not name.
pub(super) fn left(usage: Value) -> Map<String, Value> {
    let Value::Object(mut left) = usage else { return Map::new() };
    left.shift_remove("cached_tokens");
    if let Some(Value::Object(tokens)) = left.get_mut("tokens") {
        for key in ["input_tokens", "output_tokens", "reasoning_tokens"] {
            tokens.shift_remove(key);
        }
        if tokens.is_empty() {
            left.shift_remove("tokens");
        }
    }
    left
}

/// Writes the counts. `left`: what [`left`] kept, if the answer is of this dialect.
pub(super) fn write(usage: &Usage, left: Option<&Map<String, Value>>) -> Value {
    let mut out = left.cloned().unwrap_or_default();
    let images = left.and_then(|left| left.get("tokens")).and_then(|tokens| tokens.get("image_tokens"));
    let images = images.and_then(Value::as_u64).unwrap_or(0);
    if let Some(billed) = usage.billed.filter(|_| !out.contains_key("billed_units")) {
        out.insert(
            "billed_units".into(),
            json!({"input_tokens": billed.input, "output_tokens": billed.output}),
        );
    }
    let mut tokens = match out.shift_remove("tokens") {
        Some(Value::Object(tokens)) => tokens,
        _ => Map::new(),
    };
    tokens.insert("input_tokens".into(), json!(usage.prompt_total().saturating_sub(images)));
    tokens.insert("output_tokens".into(), json!(usage.output_total()));
    if let Some(reasoning) = usage.reasoning {
        tokens.insert("reasoning_tokens".into(), json!(reasoning));
    }
    out.insert("tokens".into(), Value::Object(tokens));
    if let Some(cached) = usage.cache_read {
        out.insert("cached_tokens".into(), json!(cached));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_may_be_written_as_fractions() {
        let read =
            read(&json!({"tokens": {"input_tokens": 12.0, "output_tokens": 3.0}, "cached_tokens": 2.0}));
        assert_eq!((read.input, read.cache_read, read.output, read.billed), (10, Some(2), 3, None));
    }
}
