//! The usage that an answer tells of somewhere near its end, found without holding the answer: every vendor writes it
//! behind the content, in whole answers as in the events of streams.

use memchr::memmem;
use serde_json::{Value, json};
use wye_types::{DialectId, Usage};
use wye_wire::dialect;
use wye_wire::dialect::StreamAsk;

/// How much of an answer's end is kept, in bytes.
const WINDOW: usize = 32 << 10;

/// The end of an answer.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// More of the answer.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let piece = &piece[piece.len().saturating_sub(WINDOW)..];
        // Moved down only now and then, so that every byte is moved twice at most.
        if self.0.len() + piece.len() > 2 * WINDOW {
            let from = self.0.len().saturating_sub(WINDOW);
            self.0.drain(..from);
        }
        self.0.extend_from_slice(piece);
    }

    /// The last usage in it.
    pub(super) fn usage(&self) -> Option<Usage> {
        usage(&self.0)
    }
}

/// The last usage in some JSON or events.
fn usage(text: &[u8]) -> Option<Usage> {
    let of = |key: &[u8]| memmem::rfind_iter(text, key).find_map(|at| read(text, at, key.len()));
    of(b"\"usage\"").or_else(|| of(b"\"usageMetadata\""))
}

fn read(text: &[u8], at: usize, key: usize) -> Option<Usage> {
    // Inside a string of the answer its quotes would be escaped.
    if at > 0 && text[at - 1] == b'\\' {
        return None;
    }
    let rest = text[at + key..].trim_ascii_start().strip_prefix(b":")?;
    let counts = serde_json::Deserializer::from_slice(rest).into_iter::<Value>().next()?.ok()?;
    let has = |name: &str| counts.get(name).is_some_and(|count| count.is_u64() || count.is_object());
    let (name, dialect_id) = if has("prompt_tokens") {
        ("usage", DialectId::OpenAiChat)
    } else if has("promptTokenCount") {
        ("usageMetadata", DialectId::Gemini)
    } else if has("inputTokens") {
        ("usage", DialectId::BedrockConverse)
    } else if has("input_tokens_details") || has("output_tokens_details") && !has("cache_read_input_tokens") {
        ("usage", DialectId::OpenAiResponses)
    } else if has("input_tokens") || has("output_tokens") {
        ("usage", DialectId::AnthropicMessages)
    } else {
        return None;
    };
    // Some are read only beside what was said.
    let output = match dialect_id {
        DialectId::BedrockConverse => json!({ "message": { "role": "assistant", "content": [] } }),
        _ => json!([]),
    };
    let answer = json!({ name: counts, "output": output }).to_string();
    dialect(dialect_id).peek_response(answer.as_bytes(), &StreamAsk::default()).usage
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn totals(text: &str) -> Option<(u64, u64)> {
        usage(text.as_bytes()).map(|usage| (usage.prompt_total(), usage.output_total()))
    }

    #[test]
    fn the_last_usage_counts_in_every_vendors_words() {
        for (text, found) in [
            (r#"{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#, Some((3, 4))),
            (
                "data: {\"usage\":null}\n\ndata: {\"usage\" : {\"prompt_tokens\":3,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n",
                Some((3, 1)),
            ),
            (
                r#"{"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":2},"output_tokens":6,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":11}}"#,
                Some((5, 6)),
            ),
            (r#"{"usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":6}}"#, Some((7, 6))),
            (
                r#"{"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":3,"totalTokenCount":5}}"#,
                Some((2, 3)),
            ),
            (r#"{"usage":{"inputTokens":2,"outputTokens":3,"totalTokens":5}}"#, Some((2, 3))),
            (r#"{"text":"\"usage\":{\"prompt_tokens\":3}"}"#, None),
            (r#"{"usage":{"bytes":3}}"#, None),
            (r#"{"usage":{"prompt_tokens":3"#, None),
            ("", None),
        ] {
            assert_eq!(totals(text), found, "{text}");
        }
    }

    #[test]
    fn however_long_an_answer_is_its_end_is_kept() {
        let mut tail = Tail::default();
        for _ in 0..1000 {
            tail.push(&[b'x'; 700]);
        }
        tail.push(br#""usage":{"prompt_tokens":3,"comp"#);
        tail.push(br#"letion_tokens":4}}"#);
        assert_eq!(tail.usage().map(|usage| usage.total()), Some(7));
        assert!(tail.0.len() <= 2 * WINDOW && tail.0.capacity() <= 4 * WINDOW);
        tail.push(&vec![b' '; 3 * WINDOW]);
        assert!(tail.0.len() <= 2 * WINDOW);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_are_too_odd(text in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
            let mut text = text;
            let at = at.min(text.len());
            text.splice(at..at, br#""usage":{"input_tokens""#.iter().copied());
            let _ = usage(&text);
        }
    }
}
