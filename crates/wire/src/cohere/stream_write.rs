//! A stream, written for the client: one block or call after the other, each begun and ended.

use serde_json::{Value, json};
use wye_types::Usage;
use wye_types::chat::Finish;
use wye_types::event::{Delta, StreamEvent};

use super::{finish, marked, usage};
use crate::dialect::{StreamAsk, StreamWriter};
use crate::in_turn::InTurn;
use crate::seal;
use crate::sse::{write_data, write_event};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Writer {
    id: String,
    started: bool,
    ended: bool,
    open: Option<Open>,
    /// The places of the next part and of the next call.
    part: u64,
    call: u64,
    turns: InTurn,
    usage: Option<Usage>,
    finish: Option<Finish>,
    refused: bool,
}

/// What is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Thoughts,
    Call {
        /// Whether arguments were sent.
        filled: bool,
    },
}

impl Writer {
    /// Nothing written yet.
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self {
            id: ask.fallback_id.clone(),
            started: false,
            ended: false,
            open: None,
            part: 0,
            call: 0,
            turns: InTurn::default(),
            usage: None,
            finish: None,
            refused: false,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            let message = json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []});
            send(out, "message-start", json!({"id": self.id, "delta": {"message": message}}));
        }
    }

    fn take(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                self.refused |= matches!(delta, Delta::Refusal(_));
                if !text.is_empty() {
                    self.enter(Open::Text, out);
                    self.content(json!({ "text": text }), out);
                }
            }
            Delta::Reasoning(text) => {
                self.enter(Open::Thoughts, out);
                if !text.is_empty() {
                    self.content(json!({ "thinking": text }), out);
                }
            }
            Delta::Signature(seal) => {
                if !matches!(self.open, Some(Open::Text | Open::Thoughts)) {
                    let sealed =
                        if crate::assemble::seals_text(&seal.maker) { Open::Text } else { Open::Thoughts };
                    self.enter(sealed, out);
                }
                self.content(json!({ "signature": marked(seal) }), out);
                self.close(out);
            }
            Delta::Redacted(seal) => {
                self.close(out);
                self.begin(json!({"type": "thinking", "thinking": "", "redacted": marked(seal)}), out);
                self.open = Some(Open::Thoughts);
                self.close(out);
            }
            Delta::ToolStart { id, name, signature, .. } => {
                self.close(out);
                let id = seal::id_with_seal(id, signature.as_ref());
                let call = json!({"id": id, "type": "function", "function": {"name": name, "arguments": ""}});
                self.call_event("tool-call-start", Some(call), out);
                self.open = Some(Open::Call { filled: false });
            }
            Delta::ToolArguments { json, .. } => {
                if let Some(Open::Call { filled }) = &mut self.open {
                    *filled |= !json.is_empty();
                }
                self.call_event("tool-call-delta", Some(json!({"function": {"arguments": json}})), out);
            }
            Delta::Foreign(_) | Delta::Logprobs(_) => {}
        }
    }

    fn enter(&mut self, block: Open, out: &mut Vec<u8>) {
        if self.open == Some(block) {
            return;
        }
        self.close(out);
        let part = match block {
            Open::Thoughts => json!({"type": "thinking", "thinking": ""}),
            Open::Text | Open::Call { .. } => json!({"type": "text", "text": ""}),
        };
        self.begin(part, out);
        self.open = Some(block);
    }

    fn begin(&self, part: Value, out: &mut Vec<u8>) {
        send(out, "content-start", json!({"index": self.part, "delta": {"message": {"content": part}}}));
    }

    fn content(&self, piece: Value, out: &mut Vec<u8>) {
        send(out, "content-delta", json!({"index": self.part, "delta": {"message": {"content": piece}}}));
    }

    fn call_event(&self, name: &str, call: Option<Value>, out: &mut Vec<u8>) {
        let mut event = json!({"index": self.call});
        if let Some(call) = call {
            event["delta"] = json!({"message": {"tool_calls": call}});
        }
        send(out, name, event);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match self.open.take() {
            Some(Open::Call { filled }) => {
                if !filled {
                    // Clients parse what came; a function without parameters gets an empty object from the vendor.
                    self.call_event("tool-call-delta", Some(json!({"function": {"arguments": "{}"}})), out);
                }
                self.call_event("tool-call-end", None, out);
                self.call += 1;
            }
            Some(Open::Text | Open::Thoughts) => {
                send(out, "content-end", json!({"index": self.part}));
                self.part += 1;
            }
            None => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        std::mem::take(&mut self.turns).end(&mut |delta| self.take(delta, out));
        self.close(out);
        let finish = match &self.finish {
            Some(Finish::Stop) | None if self.refused => &Finish::Refusal,
            Some(finish) => finish,
            None => &Finish::Stop,
        };
        let mut delta = json!({"finish_reason": finish::write(finish, false)});
        if let Some(counts) = &self.usage {
            delta["usage"] = usage::write(counts, None);
        }
        send(out, "message-end", json!({ "delta": delta }));
        write_data(out, b"[DONE]");
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { id, .. } => {
                if !id.is_empty() {
                    self.id.clone_from(id);
                }
            }
            StreamEvent::Delta { choice: 0, delta } => {
                self.start(out);
                let mut turns = std::mem::take(&mut self.turns);
                turns.take(delta, &mut |delta| self.take(delta, out));
                self.turns = turns;
            }
            // The dialect has room for one answer.
            StreamEvent::Delta { .. } | StreamEvent::Error(_) => {}
            StreamEvent::Finish { choice, finish, .. } => {
                if *choice == 0 {
                    self.finish = Some(finish.clone());
                }
            }
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::End => {
                self.ended = true;
                self.end(out);
            }
        }
    }
}

/// Sends an event; its type stands inside as well.
fn send(out: &mut Vec<u8>, name: &str, mut event: Value) {
    event["type"] = json!(name);
    write_event(out, name, event.to_string().as_bytes());
}
