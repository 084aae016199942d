//! What a conversation used, from the events that end each of its answers.

use serde::Deserialize;
use wye_types::Usage;

/// What such an event says near its beginning.
pub(super) const ENDS_ANSWER: &[u8] = b"\"response.done\"";

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    response: Answer,
}

#[derive(Deserialize)]
struct Answer {
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Counts {
    input_tokens: u64,
    output_tokens: u64,
    input_token_details: Details,
    output_token_details: Details,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    cached_tokens: u64,
    audio_tokens: u64,
    image_tokens: u64,
    reasoning_tokens: u64,
    cached_tokens_details: Cached,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cached {
    audio_tokens: u64,
    image_tokens: u64,
}

/// What the answer used that an event ends.
pub(super) fn used(event: &[u8]) -> Option<Usage> {
    let event: Event = serde_json::from_slice(event).ok()?;
    let counts = event.response.usage.filter(|_| event.kind == "response.done")?;
    let (heard, said) = (&counts.input_token_details, &counts.output_token_details);
    // Cached tokens are counted among those of their kind as well.
    let audio_in = heard.audio_tokens.saturating_sub(heard.cached_tokens_details.audio_tokens);
    let image_in = heard.image_tokens.saturating_sub(heard.cached_tokens_details.image_tokens);
    let apart = heard.cached_tokens.saturating_add(audio_in).saturating_add(image_in);
    let spoken = said.audio_tokens.saturating_add(said.reasoning_tokens);
    let some = |count: u64| (count > 0).then_some(count);
    Some(Usage {
        input: counts.input_tokens.saturating_sub(apart),
        cache_read: some(heard.cached_tokens),
        audio_in: some(audio_in),
        image_in: some(image_in),
        output: counts.output_tokens.saturating_sub(spoken),
        reasoning: some(said.reasoning_tokens),
        audio_out: some(said.audio_tokens),
        ..Usage::default()
    })
}

/// Both together.
pub(super) fn sum(a: Usage, b: Usage) -> Usage {
    let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
    };
    Usage {
        input: a.input.saturating_add(b.input),
        cache_read: add(a.cache_read, b.cache_read),
        cache_write: add(a.cache_write, b.cache_write),
        cache_write_1h: add(a.cache_write_1h, b.cache_write_1h),
        audio_in: add(a.audio_in, b.audio_in),
        image_in: add(a.image_in, b.image_in),
        output: a.output.saturating_add(b.output),
        reasoning: add(a.reasoning, b.reasoning),
        audio_out: add(a.audio_out, b.audio_out),
        image_out: add(a.image_out, b.image_out),
        reported: add(a.reported, b.reported),
        billed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_counted_once() {
        // The example of OpenAI's reference: 127 in, of which 64 were cached and 8 heard; 148 out, of which 112 spoken.
        let event = br#"{"event_id":"e","type":"response.done","response":{"usage":{"total_tokens":275,"input_tokens":127,
            "output_tokens":148,"input_token_details":{"cached_tokens":64,"text_tokens":119,"audio_tokens":8,
            "cached_tokens_details":{"text_tokens":64,"audio_tokens":0}},
            "output_token_details":{"text_tokens":36,"audio_tokens":112}}}}"#;
        let usage = used(event).unwrap();
        assert_eq!((usage.input, usage.cache_read, usage.audio_in), (55, Some(64), Some(8)));
        assert_eq!((usage.output, usage.audio_out, usage.total()), (36, Some(112), 275));
        let both = sum(usage, usage);
        assert_eq!((both.total(), both.reasoning), (550, None));
        for none in [
            r#"{"type":"response.created","response":{"usage":{"input_tokens":1}}}"#,
            r#"{"type":"response.done","response":{"usage":null}}"#,
            r#"{"type":"response.done"}"#,
            "",
        ] {
            assert!(used(none.as_bytes()).is_none(), "{none}");
        }
    }
}
