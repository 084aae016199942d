//! Token counts: `input_tokens` leaves caches out, `output_tokens` includes thinking.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wye_types::Usage;

/// Counts as they stand on the wire. A stream reports them in pieces, so any may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Option<u64>,
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct OutputDetails {
    thinking_tokens: Option<u64>,
}

impl Counts {
    /// Reads them from a tree; what is no object counts as nothing.
    pub(super) fn of(value: &Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    /// Adds a later report: what it says holds, what it leaves out stays.
    pub(super) fn update(&mut self, later: Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cache_read_input_tokens = later.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.cache_creation = later.cache_creation.or(self.cache_creation);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
    }

    /// The counts, disjoint.
    pub(super) fn usage(&self) -> Usage {
        let long = self.cache_creation.and_then(|made| made.ephemeral_1h_input_tokens);
        let short = self.cache_creation.and_then(|made| made.ephemeral_5m_input_tokens);
        // The total is what is billed; the split only says which part lives longer.
        let short =
            self.cache_creation_input_tokens.map_or(short, |all| Some(all.saturating_sub(long.unwrap_or(0))));
        let output = self.output_tokens.unwrap_or(0);
        let reasoning = self.output_tokens_details.and_then(|details| details.thinking_tokens);
        Usage {
            input: self.input_tokens.unwrap_or(0),
            cache_read: self.cache_read_input_tokens,
            cache_write: short,
            cache_write_1h: long,
            audio_in: None,
            image_in: None,
            output: output.saturating_sub(reasoning.unwrap_or(0)),
            reasoning,
            audio_out: None,
            image_out: None,
            reported: None,
            billed: None,
        }
    }
}

/// Writes the counts. Caches that were not reported are `null`, as clients of this dialect expect.
pub(super) fn write(usage: &Usage) -> Map<String, Value> {
    let made = match (usage.cache_write, usage.cache_write_1h) {
        (None, None) => None,
        (short, long) => Some(short.unwrap_or(0).saturating_add(long.unwrap_or(0))),
    };
    let mut out = Map::new();
    out.insert("input_tokens".into(), json!(usage.input.saturating_add(usage.audio_in.unwrap_or(0))));
    out.insert("cache_creation_input_tokens".into(), json!(made));
    out.insert("cache_read_input_tokens".into(), json!(usage.cache_read));
    if let Some(long) = usage.cache_write_1h {
        let split = json!({
            "ephemeral_5m_input_tokens": usage.cache_write.unwrap_or(0),
            "ephemeral_1h_input_tokens": long,
        });
        out.insert("cache_creation".into(), split);
    }
    out.insert("output_tokens".into(), json!(usage.output_total()));
    if let Some(thinking) = usage.reasoning {
        out.insert("output_tokens_details".into(), json!({"thinking_tokens": thinking}));
    }
    out
}

/// The names that [`write`] covers; others ride along.
pub(super) const KNOWN: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
    "output_tokens_details",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_apart_and_together_again() {
        let wire = json!({
            "input_tokens": 5, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 7,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            "output_tokens": 50, "output_tokens_details": {"thinking_tokens": 40},
        });
        let usage = Counts::of(&wire).usage();
        assert_eq!((usage.cache_write, usage.cache_write_1h, usage.output), (Some(10), Some(20), 10));
        assert_eq!(Value::Object(write(&usage)), wire);
    }

    #[test]
    fn a_later_report_overrides_only_what_it_says() {
        let mut counts = Counts::of(&json!({"input_tokens": 5, "output_tokens": 1}));
        counts.update(Counts::of(&json!({"output_tokens": 9, "input_tokens": null})));
        assert_eq!((counts.usage().input, counts.usage().output), (5, 9));
    }
}
