//! Reads a provider's stream.

use serde_json::Value;
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::{logprobs, response};
use crate::assemble::explode;
use crate::dialect::{ReadError, StreamReader};
use crate::openai_chat::response::read_finish;
use crate::openai_chat::{error, usage};
use crate::sse::SseEvent;

/// A stream that is being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    finished: bool,
    ended: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        let data = event.data.trim_ascii();
        if self.ended || data.is_empty() {
            return;
        }
        if data == b"[DONE]" {
            self.ended = true;
            return out.push(StreamEvent::End);
        }
        let chunk: Value = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(e) => {
                let why = format!("the provider's stream holds an event that is not JSON: {e}");
                return self.fail(UpstreamError::of_status(502, why), out);
            }
        };
        if error::in_chunk(&chunk, event.name) {
            return self.fail(error::read(200, data), out);
        }
        if event.json {
            return self.whole(data, out);
        }
        self.chunk(&chunk, out);
    }

    fn finish(&mut self, out: &mut Vec<StreamEvent>) {
        if self.finished && !self.ended {
            self.ended = true;
            out.push(StreamEvent::End);
        }
    }
}

impl Reader {
    fn fail(&mut self, error: UpstreamError, out: &mut Vec<StreamEvent>) {
        self.ended = true;
        out.push(StreamEvent::Error(error));
    }

    /// The provider answered a stream request with a whole answer.
    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) {
        match response::read(body) {
            Ok(answer) => {
                self.ended = true;
                out.extend(explode(&answer));
            }
            Err(ReadError::Upstream(error)) => self.fail(*error, out),
            Err(ReadError::Malformed(why)) => self.fail(UpstreamError::of_status(502, why), out),
        }
    }

    fn chunk(&mut self, chunk: &Value, out: &mut Vec<StreamEvent>) {
        if !self.started {
            self.started = true;
            let text = |key: &str| chunk.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
            let created = chunk.get("created").and_then(Value::as_i64);
            out.push(StreamEvent::Start { id: text("id"), model: text("model"), created });
        }
        for choice in chunk.get("choices").and_then(Value::as_array).into_iter().flatten() {
            if self.ended {
                return;
            }
            self.choice(choice, out);
        }
        let counts = chunk.get("usage").and_then(|value| usage::read(value.to_string().as_bytes()));
        out.extend(counts.map(StreamEvent::Usage));
    }

    fn choice(&mut self, choice: &Value, out: &mut Vec<StreamEvent>) {
        let index = choice.get("index").and_then(Value::as_u64);
        let index = index.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let mut push = |delta| out.push(StreamEvent::Delta { choice: index, delta });
        if let Some(text) = choice.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()) {
            push(Delta::Text(text.to_owned()));
        }
        if let Some(logprobs) = choice.get("logprobs").and_then(logprobs::read) {
            push(Delta::Logprobs(logprobs));
        }
        let word = choice.get("finish_reason").and_then(Value::as_str).filter(|word| !word.is_empty());
        if let Some(failed) = choice.as_object().and_then(|choice| error::of_choice(choice, word)) {
            return self.fail(failed, out);
        }
        if let Some(word) = word {
            self.finished = true;
            let finish = read_finish(word, false, false);
            out.push(StreamEvent::Finish { choice: index, finish, stop_sequence: None });
        }
    }
}
