//! Reads a provider's stream.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::BlockKind;
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::response;
use crate::call_ids::made_up_id;
use crate::dialect::{Dialect as _, ReadError, StreamReader};
use crate::openai_chat::OpenAiChat;
use crate::openai_chat::reasoning::{Detail, read_detail};
use crate::sse::SseEvent;
use crate::timestamp::unix_seconds;

/// A stream that is being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    ended: bool,
    /// When the answer began, as it was sent: makes the ids of its calls its own.
    time: String,
    calls: u32,
    /// Whether thoughts came that no seal has closed.
    thinking: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        let data = event.data.trim_ascii();
        if self.ended || data.is_empty() {
            return;
        }
        let chunk: Map = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(e) => {
                let why = format!("the provider's stream holds a line that is not a JSON object: {e}");
                return self.fail(UpstreamError::of_status(502, why), out);
            }
        };
        if response::has_error(&chunk) {
            return self.fail(OpenAiChat.read_error(200, data), out);
        }
        self.chunk(chunk, out);
    }

    /// The last line says `done`; without it the stream was cut short.
    fn finish(&mut self, _out: &mut Vec<StreamEvent>) {}
}

impl Reader {
    fn fail(&mut self, error: UpstreamError, out: &mut Vec<StreamEvent>) {
        self.ended = true;
        out.push(StreamEvent::Error(error));
    }

    fn chunk(&mut self, mut chunk: Map, out: &mut Vec<StreamEvent>) {
        let text = |key: &str| chunk.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !self.started {
            self.started = true;
            self.time = text("created_at");
            let created = unix_seconds(&self.time);
            out.push(StreamEvent::Start { id: String::new(), model: text("model"), created });
        }
        let word = text("done_reason");
        if let Some(Value::Object(message)) = chunk.shift_remove("message")
            && let Err(why) = self.message(message, out)
        {
            return self.fail(UpstreamError::of_status(502, why), out);
        }
        if let Some(logprobs) = chunk.get("logprobs").and_then(response::read_logprobs) {
            out.push(StreamEvent::Delta { choice: 0, delta: Delta::Logprobs(logprobs) });
        }
        if chunk.get("done") != Some(&Value::Bool(true)) {
            return;
        }
        self.ended = true;
        let word = if word.is_empty() { "stop" } else { &word };
        let finish = response::read_finish(word, self.calls > 0);
        out.push(StreamEvent::Finish { choice: 0, finish, stop_sequence: None });
        out.extend(response::take_usage(&mut chunk).map(StreamEvent::Usage));
        out.push(StreamEvent::End);
    }

    fn message(&mut self, mut message: Map, out: &mut Vec<StreamEvent>) -> Result<(), String> {
        let details = message.shift_remove("reasoning_details");
        let (blocks, _) = response::read_message(message).map_err(|error| match error {
            ReadError::Malformed(why) => why,
            ReadError::Upstream(error) => error.message,
        })?;
        let mut push = |delta| out.push(StreamEvent::Delta { choice: 0, delta });
        let mut text_seals = Vec::new();
        for block in blocks.iter().filter(|block| matches!(block.kind, BlockKind::Reasoning(_))) {
            if let BlockKind::Reasoning(text) = &block.kind {
                self.thinking = true;
                push(Delta::Reasoning(text.clone()));
            }
        }
        let details = details.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for detail in details.iter().filter_map(read_detail) {
            match detail {
                Detail::Text { text, seal } => {
                    // The seal repeats the thoughts that it closes.
                    if !self.thinking {
                        push(Delta::Reasoning(text));
                        self.thinking = true;
                    }
                    if let Some(seal) = seal {
                        push(Delta::Signature(seal));
                        self.thinking = false;
                    }
                }
                Detail::Sealed(seal) => push(Delta::Redacted(seal)),
                Detail::TextSeal(seal) => text_seals.push(seal),
            }
        }
        for block in blocks {
            match block.kind {
                BlockKind::Text(text) => push(Delta::Text(text)),
                BlockKind::ToolCall(call) => {
                    let number = self.calls;
                    self.calls += 1;
                    let id = if call.id.is_empty() {
                        made_up_id(number, &self.time, &call.name, &call.arguments)
                    } else {
                        call.id
                    };
                    let (name, signature) = (call.name, block.signature);
                    push(Delta::ToolStart { call: number, id, name, signature });
                    push(Delta::ToolArguments { call: number, json: call.arguments });
                }
                _ => {}
            }
        }
        text_seals.into_iter().for_each(|seal| push(Delta::Signature(seal)));
        Ok(())
    }
}
