//! Token counts: totals that overlap with their details, taken apart when read and put together when written.

use serde::Deserialize;
use serde_json::{Value, json};
use wye_types::{Map, Usage};

use crate::openai_chat::usage::{Cost, Totals, of_own_key, reported, take_apart};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
    cost: Option<Cost>,
    cost_in_usd_ticks: Option<u64>,
    is_byok: Option<Value>,
    cost_details: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

/// The keys of [`InputDetails`] and [`OutputDetails`].
const GROUPS: [(&str, &[&str]); 2] = [
    ("input_tokens_details", &["cached_tokens", "cache_write_tokens", "audio_tokens"]),
    ("output_tokens_details", &["reasoning_tokens", "audio_tokens"]),
];

/// Reads a `usage` object. `None` if it is not one.
pub(super) fn read(raw: &[u8]) -> Option<Usage> {
    let wire: Wire = serde_json::from_slice(raw).ok()?;
    if wire.input_tokens.is_none() && wire.output_tokens.is_none() {
        return None;
    }
    let input = wire.input_tokens_details.unwrap_or_default();
    let output = wire.output_tokens_details.unwrap_or_default();
    let counts = take_apart(Totals {
        prompt: wire.input_tokens.unwrap_or(0),
        completion: wire.output_tokens.unwrap_or(0),
        total: wire.total_tokens,
        cached: input.cached_tokens,
        written: input.cache_write_tokens,
        audio_in: input.audio_tokens,
        reasoning: output.reasoning_tokens,
        audio_out: output.audio_tokens,
    });
    let byok = (wire.is_byok.as_ref(), wire.cost_details.as_ref());
    Some(Usage { reported: of_own_key(reported(wire.cost, wire.cost_in_usd_ticks), byok), ..counts })
}

/// What a `usage` object holds besides the counts read by [`read`]: costs, counts of other kinds.
pub(super) fn rest(usage: &Value) -> Map {
    let Some(object) = usage.as_object() else { return Map::new() };
    let mut rest = object.clone();
    for key in ["input_tokens", "output_tokens", "total_tokens"] {
        rest.shift_remove(key);
    }
    for (group, known) in GROUPS {
        let keep = rest.get_mut(group).and_then(Value::as_object_mut).is_some_and(|details| {
            details.retain(|key, _| !known.contains(&key.as_str()));
            !details.is_empty()
        });
        if !keep {
            rest.shift_remove(group);
        }
    }
    rest
}

/// Writes a `usage` object; `more` is what [`rest`] kept. Both details are always there: clients with strict types want
/// them.
pub(super) fn write(usage: &Usage, more: Option<&Map>) -> Value {
    let mut out = json!({
        "input_tokens": usage.prompt_total(),
        "input_tokens_details": {"cached_tokens": usage.cache_read.unwrap_or(0)},
        "output_tokens": usage.output_total(),
        "output_tokens_details": {"reasoning_tokens": usage.reasoning.unwrap_or(0)},
        "total_tokens": usage.total(),
    });
    if let (None, None) = (usage.cache_write, usage.cache_write_1h) {
    } else {
        let written = usage.cache_write.unwrap_or(0).saturating_add(usage.cache_write_1h.unwrap_or(0));
        out["input_tokens_details"]["cache_write_tokens"] = json!(written);
    }
    for (group, count) in
        [("input_tokens_details", usage.audio_in), ("output_tokens_details", usage.audio_out)]
    {
        if let Some(count) = count {
            out[group]["audio_tokens"] = json!(count);
        }
    }
    for (key, value) in more.into_iter().flatten() {
        match (out.get_mut(key), value) {
            (Some(Value::Object(details)), Value::Object(left)) => details.extend(left.clone()),
            (Some(_), _) => {}
            (None, value) => out[key] = value.clone(),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_disjoint_and_add_up_again() {
        let wire = json!({
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20, "x": 1},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 40},
            "total_tokens": 150,
            "cost": 0.5,
        });
        let usage = read(wire.to_string().as_bytes()).unwrap();
        assert_eq!((usage.input, usage.cache_read, usage.cache_write), (50, Some(30), Some(20)));
        assert_eq!((usage.output, usage.reasoning), (10, Some(40)));
        assert_eq!(write(&usage, Some(&rest(&wire))), wire);
    }

    #[test]
    fn what_is_no_usage_is_none() {
        for odd in ["null", "{}", "[]", "{\"input_tokens\":\"x\"}", "{\"prompt_tokens\":1}"] {
            assert_eq!(read(odd.as_bytes()), None, "{odd}");
        }
    }
}
