//! Writes a stream for the client. Chunks are put together as text: this runs once a token.

use std::collections::BTreeMap;

use wye_types::Usage;
use wye_types::event::{Delta, StreamEvent};

use super::{logprobs, response};
use crate::dialect::{StreamAsk, StreamWriter};
use crate::openai_chat::usage;
use crate::patch::json_string;

/// A stream that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    ask: StreamAsk,
    /// The chunk up to its choices, once the answer began.
    head: String,
    /// Where in each answer's text the next log probabilities stand, in characters.
    offsets: BTreeMap<u32, usize>,
    usage: Option<Usage>,
    ended: bool,
}

impl Writer {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        let offsets = BTreeMap::new();
        Self { ask: ask.clone(), head: String::new(), offsets, usage: None, ended: false }
    }

    fn start(&mut self, id: &str, model: &str, created: Option<i64>) {
        let or = |text: &str, other: &str| json_string(if text.is_empty() { other } else { text });
        self.head = format!(
            "data: {{\"id\":{},\"object\":\"text_completion\",\"created\":{},\"model\":{},\"choices\":[",
            or(id, &self.ask.fallback_id),
            created.unwrap_or(self.ask.now_s),
            or(model, &self.ask.model),
        );
    }

    /// `more` is what follows the text: the fields `logprobs` and `finish_reason`.
    fn chunk(&mut self, choice: u32, text: &str, more: &str, out: &mut Vec<u8>) {
        self.begin();
        out.extend_from_slice(self.head.as_bytes());
        let text = json_string(text);
        out.extend_from_slice(format!("{{\"text\":{text},\"index\":{choice},{more}}}]}}\n\n").as_bytes());
    }

    /// A stream whose provider told nothing of itself begins with what was asked for.
    fn begin(&mut self) {
        if self.head.is_empty() {
            self.start("", "", None);
        }
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { id, model, created } => {
                if self.head.is_empty() {
                    self.start(id, model, *created);
                }
            }
            StreamEvent::Delta { choice, delta: Delta::Text(text) | Delta::Refusal(text) } => {
                if !text.is_empty() {
                    self.chunk(*choice, text, "\"logprobs\":null,\"finish_reason\":null", out);
                }
            }
            StreamEvent::Delta { choice, delta: Delta::Logprobs(value) } => {
                let offset = self.offsets.entry(*choice).or_default();
                let logprobs = logprobs::write(value, offset);
                let more = format!("\"logprobs\":{logprobs},\"finish_reason\":null");
                self.chunk(*choice, "", &more, out);
            }
            // Thoughts, calls and seals have no place in a completion.
            StreamEvent::Delta { .. } | StreamEvent::Error(_) => {}
            StreamEvent::Finish { choice, finish, .. } => {
                let word = response::finish_word(finish);
                self.chunk(*choice, "", &format!("\"logprobs\":null,\"finish_reason\":\"{word}\""), out);
            }
            StreamEvent::Usage(counts) => self.usage = Some(*counts),
            StreamEvent::End => {
                self.ended = true;
                if let Some(counts) = self.usage.filter(|_| self.ask.include_usage) {
                    self.begin();
                    let counts = usage::write(&counts, None);
                    out.extend_from_slice(self.head.as_bytes());
                    out.extend_from_slice(format!("],\"usage\":{counts}}}\n\n").as_bytes());
                }
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
        }
    }
}
