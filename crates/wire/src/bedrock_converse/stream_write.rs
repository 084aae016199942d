//! A stream, written for the client: one block after the other. Blocks of text and thoughts have no start event.

use serde_json::{Value, json};
use wye_types::Usage;
use wye_types::chat::{Finish, Signature};
use wye_types::event::{Delta, StreamEvent};

use super::response::{UNSEALED, marked, redacted};
use super::{finish, usage};
use crate::dialect::StreamWriter;
use crate::event_stream::write_event;
use crate::in_turn::InTurn;
use crate::seal;

/// Writes one stream.
#[derive(Debug, Default)]
pub(super) struct Writer {
    started: bool,
    ended: bool,
    /// The place of the block that is being written, or of the next one.
    index: u64,
    open: Option<Open>,
    turns: InTurn,
    usage: Option<Usage>,
    finish: Option<(Finish, Option<String>)>,
    refused: bool,
}

/// The block that is being written.
#[derive(Debug, PartialEq, Eq)]
enum Open {
    Text,
    Thoughts,
    /// Thoughts whose seal was written.
    Sealed,
    Call,
}

impl Writer {
    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            send(out, "messageStart", &json!({"role": "assistant"}));
        }
    }

    fn take(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                self.refused |= matches!(delta, Delta::Refusal(_));
                if !text.is_empty() {
                    self.enter(Open::Text, out);
                    self.delta(&json!({ "text": text }), out);
                }
            }
            Delta::Reasoning(text) => {
                self.enter(Open::Thoughts, out);
                if !text.is_empty() {
                    self.delta(&json!({"reasoningContent": {"text": text}}), out);
                }
            }
            Delta::Signature(seal) if self.open == Some(Open::Thoughts) => {
                self.signature(&marked(seal), out);
                self.open = Some(Open::Sealed);
                self.close(out);
            }
            // A text block has no place for a seal; it follows in a block that clients send back untouched.
            Delta::Signature(seal) | Delta::Redacted(seal) => self.redacted(seal, out),
            Delta::ToolStart { id, name, signature, .. } => {
                self.close(out);
                let id = seal::id_with_seal(id, signature.as_ref());
                let start = json!({"toolUse": {"toolUseId": id, "name": name}});
                send(out, "contentBlockStart", &json!({"start": start, "contentBlockIndex": self.index}));
                self.open = Some(Open::Call);
            }
            Delta::ToolArguments { json, .. } => self.delta(&json!({"toolUse": {"input": json}}), out),
            Delta::Foreign(_) | Delta::Logprobs(_) => {}
        }
    }

    fn enter(&mut self, block: Open, out: &mut Vec<u8>) {
        if self.open.as_ref() != Some(&block) {
            self.close(out);
            self.open = Some(block);
        }
    }

    fn redacted(&mut self, seal: &Signature, out: &mut Vec<u8>) {
        self.close(out);
        self.delta(&redacted(seal), out);
        self.stop(out);
    }

    fn delta(&self, delta: &Value, out: &mut Vec<u8>) {
        send(out, "contentBlockDelta", &json!({"delta": delta, "contentBlockIndex": self.index}));
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else { return };
        if open == Open::Thoughts {
            self.signature(UNSEALED, out);
        }
        self.stop(out);
    }

    fn signature(&self, mark: &str, out: &mut Vec<u8>) {
        self.delta(&json!({"reasoningContent": {"signature": mark}}), out);
    }

    fn stop(&mut self, out: &mut Vec<u8>) {
        send(out, "contentBlockStop", &json!({"contentBlockIndex": self.index}));
        self.index += 1;
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        std::mem::take(&mut self.turns).end(&mut |delta| self.take(delta, out));
        self.close(out);
        let (reason, stopped) = match &self.finish {
            Some((Finish::Stop, stopped)) if self.refused => ("content_filtered", stopped.as_ref()),
            Some((finish, stopped)) => (finish::write(finish, false), stopped.as_ref()),
            None => ("end_turn", None),
        };
        let mut event = json!({ "stopReason": reason });
        if let Some(text) = stopped {
            event["additionalModelResponseFields"] = json!({ "stop_sequence": text });
        }
        send(out, "messageStop", &event);
        let counts = usage::write(&self.usage.unwrap_or_default());
        send(out, "metadata", &json!({"usage": counts, "metrics": {"latencyMs": 0}}));
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Delta { choice: 0, delta } => {
                self.start(out);
                let mut turns = std::mem::take(&mut self.turns);
                turns.take(delta, &mut |delta| self.take(delta, out));
                self.turns = turns;
            }
            // The dialect has room for one answer, and for neither an id nor a model.
            StreamEvent::Delta { .. } | StreamEvent::Start { .. } | StreamEvent::Error(_) => {}
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

fn send(out: &mut Vec<u8>, name: &str, event: &Value) {
    write_event(out, name, event.to_string().as_bytes());
}
