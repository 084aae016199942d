//! Token counts: `inputTokens` leaves caches out (the reference of `TokenUsage` says so, and so do Claude's numbers),
//! `outputTokens` includes thoughts, `totalTokens` is the sum of all.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wye_types::Usage;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
    cache_details: Option<Vec<Detail>>,
}

/// How much was written into a cache of which life.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    ttl: Option<String>,
    input_tokens: Option<u64>,
}

/// The names that [`write`] covers; others ride along.
pub(super) const KNOWN: [&str; 6] = [
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
    "cacheDetails",
];

/// Reads the counts; what is no object counts as nothing.
pub(super) fn read(value: &Value) -> Usage {
    let counts = Counts::deserialize(value).unwrap_or_default();
    let details = counts.cache_details.unwrap_or_default();
    let long = details.iter().filter(|detail| detail.ttl.as_deref() == Some("1h"));
    let long = long.filter_map(|detail| detail.input_tokens).reduce(u64::saturating_add);
    Usage {
        input: counts.input_tokens.unwrap_or(0),
        cache_read: counts.cache_read_input_tokens,
        cache_write: counts.cache_write_input_tokens.map(|all| all.saturating_sub(long.unwrap_or(0))),
        cache_write_1h: long,
        output: counts.output_tokens.unwrap_or(0),
        ..Usage::default()
    }
}

/// Writes the counts. Caches that were not reported are left out.
pub(super) fn write(usage: &Usage) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("inputTokens".into(), json!(usage.input.saturating_add(usage.audio_in.unwrap_or(0))));
    out.insert("outputTokens".into(), json!(usage.output_total()));
    out.insert("totalTokens".into(), json!(usage.total()));
    if let Some(read) = usage.cache_read {
        out.insert("cacheReadInputTokens".into(), json!(read));
    }
    let (short, long) = (usage.cache_write, usage.cache_write_1h);
    if short.is_some() || long.is_some() {
        let all = short.unwrap_or(0).saturating_add(long.unwrap_or(0));
        out.insert("cacheWriteInputTokens".into(), json!(all));
    }
    if let Some(long) = long {
        let short = json!({"ttl": "5m", "inputTokens": short.unwrap_or(0)});
        out.insert("cacheDetails".into(), json!([short, {"ttl": "1h", "inputTokens": long}]));
    }
    out
}
