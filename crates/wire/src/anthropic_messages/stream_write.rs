//! A stream, written for the client: one block after the other, each opened and closed.

use serde_json::{Map, Value, json};
use wye_types::Usage;
use wye_types::chat::{Finish, Signature};
use wye_types::event::{Delta, StreamEvent};

use super::response::marked;
use super::{finish, usage};
use crate::dialect::{StreamAsk, StreamWriter};
use crate::in_turn::InTurn;
use crate::seal;
use crate::sse::write_event;
use crate::written;

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Writer {
    id: String,
    model: String,
    /// Whether the events come from this dialect, so that foreign blocks and words are ours.
    own: bool,
    started: bool,
    ended: bool,
    /// The place of the next block.
    next: u64,
    open: Option<Open>,
    /// The dialect writes one block at a time.
    turns: InTurn,
    /// The seal of a text that is over. A text block has no place for it: it goes into a block of its own that clients
    /// send back untouched, but only if something follows. Claude Code takes the last block for the answer, and the
    /// one maker that seals texts (Google) does not insist on having them back.
    behind: Option<Signature>,
    usage: Option<Usage>,
    finish: Option<(Finish, Option<String>)>,
    refused: bool,
}

/// The block that is being written.
#[derive(Debug)]
enum Open {
    Text,
    Thinking,
    Call,
}

impl Writer {
    /// Nothing written yet.
    pub(super) fn new(ask: &StreamAsk, own: bool) -> Self {
        Self {
            id: ask.fallback_id.clone(),
            model: ask.model.clone(),
            own,
            started: false,
            ended: false,
            next: 0,
            open: None,
            turns: InTurn::default(),
            behind: None,
            usage: None,
            finish: None,
            refused: false,
        }
    }

    /// Written with the first piece, because a prompt's usage may come between the start and it.
    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut counts = usage::write(&self.usage.unwrap_or_default());
        counts.entry("output_tokens").or_insert(json!(0));
        let message = json!({
            "id": self.id, "type": "message", "role": "assistant", "model": self.model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": counts,
        });
        send(out, "message_start", json!({"type": "message_start", "message": message}));
    }

    fn take(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) => self.text(text, out),
            Delta::Refusal(text) => {
                self.refused = true;
                self.text(text, out);
            }
            Delta::Reasoning(text) => {
                if !matches!(self.open, Some(Open::Thinking)) {
                    let block = json!({"type": "thinking", "thinking": "", "signature": ""});
                    self.open_block(Open::Thinking, block, out);
                }
                if !text.is_empty() {
                    self.delta(json!({"type": "thinking_delta", "thinking": text}), out);
                }
            }
            Delta::Signature(seal) => self.seal(seal, out),
            Delta::Redacted(seal) => self.redacted(seal, out),
            Delta::ToolStart { id, name, signature, .. } => {
                let id = seal::id_with_seal(id, signature.as_ref());
                let block = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
                self.open_block(Open::Call, block, out);
            }
            Delta::ToolArguments { json, .. } => {
                self.delta(json!({"type": "input_json_delta", "partial_json": json}), out);
            }
            Delta::Foreign(block) if self.own => {
                self.close(out);
                self.whole_block(block, out);
            }
            Delta::Foreign(_) | Delta::Logprobs(_) => {}
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if !matches!(self.open, Some(Open::Text)) {
            self.open_block(Open::Text, json!({"type": "text", "text": ""}), out);
        }
        self.delta(json!({"type": "text_delta", "text": text}), out);
    }

    fn seal(&mut self, seal: &Signature, out: &mut Vec<u8>) {
        if matches!(self.open, Some(Open::Thinking)) {
            self.delta(json!({"type": "signature_delta", "signature": marked(seal)}), out);
            self.close(out);
        } else {
            self.behind = Some(seal.clone());
        }
    }

    /// Writes the seal of a text that is over, now that something follows.
    fn ahead(&mut self, out: &mut Vec<u8>) {
        if let Some(seal) = self.behind.take() {
            self.whole_block(&json!({"type": "redacted_thinking", "data": marked(&seal)}), out);
        }
    }

    fn redacted(&mut self, seal: &Signature, out: &mut Vec<u8>) {
        self.close(out);
        self.ahead(out);
        self.whole_block(&json!({"type": "redacted_thinking", "data": marked(seal)}), out);
    }

    fn open_block(&mut self, open: Open, block: Value, out: &mut Vec<u8>) {
        self.close(out);
        self.ahead(out);
        let event = json!({"type": "content_block_start", "index": self.next, "content_block": block});
        send(out, "content_block_start", event);
        self.open = Some(open);
    }

    fn delta(&self, delta: Value, out: &mut Vec<u8>) {
        let event = json!({"type": "content_block_delta", "index": self.next, "delta": delta});
        send(out, "content_block_delta", event);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            self.stop_block(out);
        }
    }

    fn stop_block(&mut self, out: &mut Vec<u8>) {
        let event = json!({"type": "content_block_stop", "index": self.next});
        send(out, "content_block_stop", event);
        self.next += 1;
    }

    fn whole_block(&mut self, block: &Value, out: &mut Vec<u8>) {
        let event = json!({"type": "content_block_start", "index": self.next, "content_block": block});
        send(out, "content_block_start", event);
        self.stop_block(out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        std::mem::take(&mut self.turns).end(&mut |delta| self.take(delta, out));
        self.close(out);
        let (reason, stop) = match &self.finish {
            Some((Finish::Stop, stop)) if self.refused => ("refusal", stop.as_ref()),
            Some((finish, stop)) => (finish::write(finish, self.own), stop.as_ref()),
            None => ("end_turn", None),
        };
        let counts: Map<String, Value> = usage::write(&self.usage.unwrap_or_default());
        let event = json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": stop},
            "usage": counts,
        });
        send(out, "message_delta", event);
        send(out, "message_stop", json!({"type": "message_stop"}));
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { id, model, .. } => {
                if !id.is_empty() {
                    self.id.clone_from(id);
                }
                if !model.is_empty() {
                    self.model.clone_from(model);
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
            StreamEvent::Finish { choice, finish, stop_sequence } => {
                if *choice == 0 {
                    self.finish = Some((finish.clone(), stop_sequence.clone()));
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

fn send(out: &mut Vec<u8>, name: &str, event: Value) {
    write_event(out, name, &written::value(&event));
}
