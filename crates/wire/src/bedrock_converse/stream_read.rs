//! A provider's stream, read into events.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use wye_types::chat::Maker;
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::{blocks_read, error, finish, usage};
use crate::call_ids::made_up_id;
use crate::dialect::StreamReader;
use crate::event_stream::EXCEPTION;
use crate::seal;
use crate::sse::SseEvent;

/// Reads one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    open: BTreeMap<u64, Open>,
    calls: u32,
    started: bool,
    finished: bool,
    ended: bool,
}

/// A block that is being written. Blocks of text and thoughts begin with their first piece.
#[derive(Debug)]
enum Open {
    Text,
    Thoughts,
    Call {
        number: u32,
        started: bool,
    },
    /// A block we do not know, with the input or content that is streamed into it.
    Foreign {
        kind: String,
        block: Map<String, Value>,
        input: String,
        content: Vec<Value>,
    },
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        if self.ended {
            return;
        }
        let tree = serde_json::from_slice::<Value>(event.data);
        match (event.name.strip_prefix(EXCEPTION), tree) {
            (Some(name), tree) => {
                self.fail(error::read_tree(200, &tree.unwrap_or_default(), Some(name)), out)
            }
            (None, Ok(tree)) => self.read_event(event.name, &tree, out),
            (None, Err(error)) => {
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

    fn read_event(&mut self, name: &str, tree: &Value, out: &mut Vec<StreamEvent>) {
        let at = tree.get("contentBlockIndex").and_then(Value::as_u64).unwrap_or(0);
        match name {
            "messageStart" if !self.started => {
                self.started = true;
                out.push(StreamEvent::Start { id: String::new(), model: String::new(), created: None });
            }
            "contentBlockStart" => self.open(at, tree.get("start"), out),
            "contentBlockDelta" => {
                for (kind, piece) in tree.get("delta").and_then(Value::as_object).into_iter().flatten() {
                    self.delta(at, kind, piece, out);
                }
            }
            "contentBlockStop" => self.close(at, out),
            "messageStop" if !self.finished => {
                self.finished = true;
                let reason = tree.get("stopReason").and_then(Value::as_str).unwrap_or("end_turn");
                let stop =
                    tree.pointer("/additionalModelResponseFields/stop_sequence").and_then(Value::as_str);
                let stop_sequence = stop.map(str::to_owned);
                out.push(StreamEvent::Finish { choice: 0, finish: finish::read(reason), stop_sequence });
            }
            "metadata" => {
                let counts = tree.get("usage").filter(|counts| counts.is_object());
                out.extend(counts.map(|counts| StreamEvent::Usage(usage::read(counts))));
                // The last event there is, unless the answer never ended.
                self.finish(out);
            }
            _ => {}
        }
    }

    fn open(&mut self, at: u64, start: Option<&Value>, out: &mut Vec<StreamEvent>) {
        let mut members = start.and_then(Value::as_object).into_iter().flatten();
        let Some((kind, member)) = members.find(|(_, member)| member.is_object()) else { return };
        let open = if kind == "toolUse" && !blocks_read::is_servers(member) {
            let text = |key: &str| member.get(key).and_then(Value::as_str).unwrap_or_default();
            let number = self.calls;
            self.calls += 1;
            let (mut id, signature) = seal::split_id(text("toolUseId"));
            let name = text("name").to_owned();
            if id.is_empty() {
                id = made_up_id(number, "", &name, "");
            }
            push(out, Delta::ToolStart { call: number, id, name, signature });
            Open::Call { number, started: false }
        } else {
            let block = member.as_object().cloned().unwrap_or_default();
            Open::Foreign { kind: kind.clone(), block, input: String::new(), content: Vec::new() }
        };
        self.open.insert(at, open);
    }

    fn delta(&mut self, at: u64, kind: &str, piece: &Value, out: &mut Vec<StreamEvent>) {
        let open = self.open.get_mut(&at);
        match (kind, piece) {
            ("text", Value::String(text)) => {
                self.open.entry(at).or_insert(Open::Text);
                if !text.is_empty() {
                    push(out, Delta::Text(text.clone()));
                }
            }
            ("reasoningContent", piece) => self.thoughts(at, piece, out),
            ("toolUse", piece) => match (open, piece.get("input").and_then(Value::as_str)) {
                (Some(Open::Call { number, started }), Some(json)) if !json.is_empty() => {
                    *started = true;
                    push(out, Delta::ToolArguments { call: *number, json: json.to_owned() });
                }
                (Some(Open::Foreign { input, .. }), Some(json)) => input.push_str(json),
                _ => {}
            },
            ("toolResult", Value::Array(pieces)) => {
                if let Some(Open::Foreign { content, .. }) = open {
                    content.extend(pieces.iter().cloned());
                }
            }
            _ => {}
        }
    }

    fn thoughts(&mut self, at: u64, piece: &Value, out: &mut Vec<StreamEvent>) {
        let text = |key: &str| piece.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(data) = text("redactedContent") {
            return push(out, Delta::Redacted(blocks_read::read_redacted(data)));
        }
        if !matches!(self.open.get(&at), Some(Open::Thoughts)) {
            self.open.insert(at, Open::Thoughts);
            // Even without words: the seal that may follow needs thoughts to close.
            push(out, Delta::Reasoning(String::new()));
        }
        if let Some(text) = text("text") {
            push(out, Delta::Reasoning(text.to_owned()));
        }
        if let Some(mark) = text("signature") {
            push(out, Delta::Signature(seal::untag(mark, Maker::Anthropic)));
        }
    }

    fn close(&mut self, at: u64, out: &mut Vec<StreamEvent>) {
        match self.open.remove(&at) {
            Some(Open::Call { number, started: false }) => {
                push(out, Delta::ToolArguments { call: number, json: "{}".into() });
            }
            Some(Open::Foreign { kind, mut block, input, content }) => {
                if let Ok(input) = serde_json::from_str::<Value>(&input) {
                    block.insert("input".into(), input);
                }
                if !content.is_empty() {
                    block.insert("content".into(), Value::Array(content));
                }
                push(out, Delta::Foreign(json!({ kind: block })));
            }
            _ => {}
        }
    }
}

fn push(out: &mut Vec<StreamEvent>, delta: Delta) {
    out.push(StreamEvent::Delta { choice: 0, delta });
}
