//! Chunks that differ from the one before in the text of their content alone, as nearly all of a stream do: everything
//! else that was seen of that one holds for them too, and need not be looked for again.

use std::ops::Range;

use crate::walk::is_text;

/// A chunk with content, and where its text stands.
#[derive(Default)]
pub(super) struct Likeness {
    chunk: Vec<u8>,
    text: Range<usize>,
}

impl Likeness {
    /// Whether a chunk is like the last one, and its text is not empty either.
    pub(super) fn holds(&self, chunk: &[u8]) -> bool {
        let (Some(before), Some(behind)) =
            (self.chunk.get(..self.text.start), self.chunk.get(self.text.end..))
        else {
            return false;
        };
        !before.is_empty()
            && chunk
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(behind))
                .is_some_and(|text| !text.is_empty() && is_text(text))
    }

    /// Keeps a chunk of which nothing but content was seen; `text` is where that stands, between its quotes.
    pub(super) fn keep(&mut self, chunk: &[u8], text: Range<usize>) {
        self.chunk.clear();
        self.chunk.extend_from_slice(chunk);
        self.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_may_differ() {
        let chunk = br#"{"choices":[{"delta":{"content":"a"}}],"id":"x"}"#;
        let mut like = Likeness::default();
        assert!(!like.holds(chunk));
        assert!(!like.holds(b""));
        like.keep(chunk, 33..34);
        let with = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}],"id":"x"}}"#);
        for text in ["a", "long and é", "\\n\\\"\\u0041", "]}"] {
            assert!(like.holds(with(text).as_bytes()), "{text}");
        }
        for text in ["", "\"", "a\\", "\\x", "\n", r#"a"},"finish_reason":"stop","x":{"y":"z"#] {
            assert!(!like.holds(with(text).as_bytes()), "{text}");
        }
        assert!(!like.holds(br#"{"choices":[{"delta":{"content":"a"}}],"id":"y"}"#));
        assert!(!like.holds(br#"{"choices":[{"delta":{"content":"}}],"id":"x"}"#));
        let mut broken = with("x").into_bytes();
        broken[33] = 0xff;
        assert!(!like.holds(&broken));
    }
}
