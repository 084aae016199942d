//! Answers rendered in advance, so that the fleet costs next to nothing when something else is measured.

use bytes::Bytes;
use serde::Deserialize;

use crate::answer::{Answer, Finish, Said, Usage, What};
use crate::ask::{Ask, Extras};
use crate::dialect::Stamp;
use crate::script::{Dialect, Fixed};
use crate::sign::Signer;
use crate::words;

/// The answers of one model.
pub(crate) struct Ready {
    pub(crate) fixed: Fixed,
    pub(crate) plain: Bytes,
    pub(crate) stream: Vec<Bytes>,
    /// With the usage at the end, for clients that ask for it.
    pub(crate) stream_usage: Vec<Bytes>,
}

/// The little that is read of a request for a rendered answer.
#[derive(Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow, default)]
    pub(crate) model: std::borrow::Cow<'a, str>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<Options>,
}

#[derive(Deserialize)]
struct Options {
    #[serde(default)]
    include_usage: bool,
}

impl Head<'_> {
    pub(crate) fn streams(&self, dialect: Dialect) -> bool {
        self.stream.unwrap_or(dialect.streams_unasked())
    }

    pub(crate) fn include_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|o| o.include_usage)
    }
}

/// Words that Gemini puts into one chunk.
const GEMINI_WORDS: usize = 5;

impl Ready {
    pub(crate) fn new(dialect: Dialect, model: &str, fixed: Fixed) -> Self {
        let signer = Signer::new(0, model);
        let stamp = Stamp { seed: 0, created: 1_767_225_600, model: model.to_owned(), sse: true };
        let plain = |text: String| {
            let answer = answer(text);
            dialect.plain(&Ask { n: 1, ..Ask::default() }, &answer, &stamp, &signer).to_string()
        };
        // Measured with a letter in it, because an empty text has no block at all in some dialects.
        let envelope = plain("x".to_owned()).len() - 1;
        let body = plain("x".repeat(fixed.bytes.saturating_sub(envelope)));
        let events = |text: String, include_usage: bool| -> Vec<Bytes> {
            let extras = Extras { include_usage, ..Extras::default() };
            let ask = Ask { n: 1, extras, ..Ask::default() };
            dialect.stream(&ask, &answer(text), &stamp, &signer).into_iter().map(|e| e.bytes).collect()
        };
        let words_each = if dialect == Dialect::Gemini { GEMINI_WORDS } else { 1 };
        // The middle of a short stream is content in every dialect.
        let least = events(" x".repeat(words_each * 3), false);
        let content = least.get(least.len() / 2).map_or(0, Bytes::len);
        let room = fixed.event_bytes.saturating_sub(content) / words_each;
        let word = format!(" x{}", "x".repeat(room));
        let text = word.repeat(words_each * fixed.events);
        Self {
            fixed,
            plain: Bytes::from(body),
            stream: events(text.clone(), false),
            stream_usage: events(text, true),
        }
    }
}

fn answer(text: String) -> Answer {
    let output = words::tokens(text.len());
    let usage = Usage { prompt: 16, output, ..Usage::default() };
    Answer { thoughts: None, choices: vec![Said { what: What::Text(text), finish: Finish::Stop }], usage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_asked() {
        for dialect in [
            Dialect::OpenaiChat,
            Dialect::OpenaiResponses,
            Dialect::OpenaiCompletions,
            Dialect::AnthropicMessages,
            Dialect::Gemini,
            Dialect::Cohere,
            Dialect::Ollama,
            Dialect::BedrockConverse,
        ] {
            // Gemini repeats the usage in every chunk, which alone is more than the others' whole events, and the
            // envelope of Responses has all settings in it.
            let event_bytes = match dialect {
                Dialect::Gemini => 500,
                Dialect::OpenaiResponses => 300,
                _ => 254,
            };
            let bytes = if dialect == Dialect::OpenaiResponses { 2000 } else { 619 };
            let fixed = Fixed { event_bytes, bytes, ..Fixed::default() };
            let ready = Ready::new(dialect, "m", fixed);
            // Token counts in the usage may grow by a digit or two.
            assert!(ready.plain.len().abs_diff(bytes) < 8, "{dialect:?}: {}", ready.plain.len());
            // Bedrock's frames are padded at random.
            let padding = if dialect == Dialect::BedrockConverse { 60 } else { 0 };
            let near = ready.stream.iter().filter(|e| e.len().abs_diff(event_bytes) < 24 + padding).count();
            assert!(near >= 39, "{dialect:?}: {near} events of the size");
        }
    }
}
