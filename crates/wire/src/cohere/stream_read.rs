//! A provider's stream, read into events.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::{error, finish, maker, usage};
use crate::call_ids::made_up_id;
use crate::dialect::StreamReader;
use crate::seal;
use crate::sse::SseEvent;

/// Reads one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Our number of the call at each of the vendor's places, and whether arguments came.
    calls: BTreeMap<u64, (u32, bool)>,
    begun: u32,
    started: bool,
    finished: bool,
    ended: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        if self.ended || event.data.is_empty() {
            return;
        }
        if event.data == b"[DONE]" {
            return self.finish(out);
        }
        match serde_json::from_slice::<Value>(event.data) {
            Ok(tree) => self.read_tree(&tree, event.name, out),
            Err(error) => {
                self.fail(UpstreamError::of_status(502, format!("an event is not JSON: {error}")), out);
            }
        }
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

    fn read_tree(&mut self, tree: &Value, name: &str, out: &mut Vec<StreamEvent>) {
        let kind = tree.get("type").and_then(Value::as_str).unwrap_or(name);
        let at = tree.get("index").and_then(Value::as_u64).unwrap_or(0);
        let message = tree.pointer("/delta/message");
        let inner = |key: &str| message.and_then(|message| message.get(key));
        match kind {
            "message-start" if !self.started => {
                self.started = true;
                let id = tree.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                out.push(StreamEvent::Start { id, model: String::new(), created: None });
            }
            "content-start" | "content-delta" => content(inner("content"), kind == "content-start", out),
            "tool-plan-delta" => {
                if let Some(plan) = text_of(inner("tool_plan")) {
                    push(out, Delta::Reasoning(plan));
                }
            }
            "tool-call-start" => self.begin(at, inner("tool_calls"), out),
            "tool-call-delta" => {
                let piece = inner("tool_calls").and_then(|call| call.pointer("/function/arguments"));
                if let (Some((call, filled)), Some(json)) = (self.calls.get_mut(&at), text_of(piece)) {
                    *filled = true;
                    push(out, Delta::ToolArguments { call: *call, json });
                }
            }
            "tool-call-end" => {
                if let Some((call, false)) = self.calls.remove(&at) {
                    push(out, Delta::ToolArguments { call, json: "{}".to_owned() });
                }
            }
            "message-end" => self.end(tree.get("delta"), out),
            _ if error::is_error(tree) => self.fail(error::read_tree(200, tree), out),
            _ => {}
        }
    }

    fn begin(&mut self, at: u64, call: Option<&Value>, out: &mut Vec<StreamEvent>) {
        let text = |pointer: &str| call.and_then(|call| text_of(call.pointer(pointer))).unwrap_or_default();
        let number = self.begun;
        self.begun += 1;
        let (mut id, signature) = seal::split_id(&text("/id"));
        let name = text("/function/name");
        if id.is_empty() {
            id = made_up_id(number, "", &name, "");
        }
        push(out, Delta::ToolStart { call: number, id, name, signature });
        let json = text("/function/arguments");
        let filled = !json.is_empty();
        if filled {
            push(out, Delta::ToolArguments { call: number, json });
        }
        self.calls.insert(at, (number, filled));
    }

    fn end(&mut self, delta: Option<&Value>, out: &mut Vec<StreamEvent>) {
        let nothing = Value::Null;
        let delta = delta.unwrap_or(&nothing);
        if let Some(counts) = delta.get("usage").filter(|counts| counts.is_object()) {
            out.push(StreamEvent::Usage(usage::read(counts)));
        }
        if let Some(error) = error::of_end(delta) {
            return self.fail(error, out);
        }
        if !std::mem::replace(&mut self.finished, true) {
            let reason = delta.get("finish_reason").and_then(Value::as_str).unwrap_or("COMPLETE");
            out.push(StreamEvent::Finish { choice: 0, finish: finish::read(reason), stop_sequence: None });
        }
    }
}

/// A piece of content; `start` also tells that a block of thoughts begins.
fn content(piece: Option<&Value>, start: bool, out: &mut Vec<StreamEvent>) {
    let Some(piece) = piece else { return };
    let text = |key: &str| text_of(piece.get(key));
    if let Some(mark) = text("redacted") {
        return push(out, Delta::Redacted(seal::untag(&mark, maker())));
    }
    let thinks = start && piece.get("type").and_then(Value::as_str) == Some("thinking");
    match text("thinking") {
        Some(thoughts) => push(out, Delta::Reasoning(thoughts)),
        // Even without words: the seal that may follow needs thoughts to close.
        None if thinks => push(out, Delta::Reasoning(String::new())),
        None => {}
    }
    if let Some(text) = text("text") {
        push(out, Delta::Text(text));
    }
    if let Some(mark) = text("signature") {
        push(out, Delta::Signature(seal::untag(&mark, maker())));
    }
}

/// A text that is there and not empty.
fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn push(out: &mut Vec<StreamEvent>, delta: Delta) {
    out.push(StreamEvent::Delta { choice: 0, delta });
}
