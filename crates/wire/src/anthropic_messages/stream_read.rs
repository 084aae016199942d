//! A provider's stream, read into events.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::chat::{Block, BlockKind, ChatResponse, Maker};
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::usage::Counts;
use super::{error, finish, response};
use crate::dialect::StreamReader;
use crate::names::fnv1a;
use crate::seal;
use crate::sse::SseEvent;

/// Reads one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    open: BTreeMap<u64, Open>,
    calls: u32,
    counts: Counts,
    started: bool,
    finished: bool,
    ended: bool,
}

/// A block that is being written.
#[derive(Debug)]
enum Open {
    Plain,
    Call {
        number: u32,
        started: bool,
    },
    /// A block we do not know, and the input that is streamed into it.
    Foreign {
        block: Value,
        json: String,
    },
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        if self.ended || event.data.is_empty() || event.data == b"[DONE]" {
            return;
        }
        match serde_json::from_slice::<Value>(event.data) {
            Ok(tree) => self.read_tree(tree, event.name, out),
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

/// A call of a whole answer, numbered behind the calls that came before it.
fn behind(mut event: StreamEvent, calls: u32) -> StreamEvent {
    if let StreamEvent::Delta {
        delta: Delta::ToolStart { call, .. } | Delta::ToolArguments { call, .. },
        ..
    } = &mut event
    {
        *call += calls;
    }
    event
}

impl Reader {
    fn fail(&mut self, error: UpstreamError, out: &mut Vec<StreamEvent>) {
        self.ended = true;
        out.push(StreamEvent::Error(error));
    }

    fn read_tree(&mut self, mut tree: Value, name: &str, out: &mut Vec<StreamEvent>) {
        let kind = tree.get("type").and_then(Value::as_str).unwrap_or(name).to_owned();
        if kind == "error" || tree.get("error").is_some_and(|error| !error.is_null()) {
            return self.fail(error::read_tree(200, &tree), out);
        }
        match kind.as_str() {
            "message_start" => self.start(&tree["message"], out),
            "content_block_start" => self.open(index(&tree), tree["content_block"].take(), out),
            "content_block_delta" => self.delta(index(&tree), &tree["delta"], out),
            "content_block_stop" => self.close(index(&tree), out),
            "message_delta" => self.end_of_answer(&tree, out),
            "message_stop" => {
                self.ended = true;
                out.push(StreamEvent::End);
            }
            "message" => match response::read_tree(tree) {
                Ok(answer) => {
                    self.ended = true;
                    let begun =
                        |event: &StreamEvent| !(self.started && matches!(event, StreamEvent::Start { .. }));
                    out.extend(
                        events(answer).into_iter().filter(begun).map(|event| behind(event, self.calls)),
                    );
                }
                Err(error) => self.fail(UpstreamError::of_status(502, error.message), out),
            },
            _ => {}
        }
    }

    fn start(&mut self, message: &Value, out: &mut Vec<StreamEvent>) {
        let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !std::mem::replace(&mut self.started, true) {
            out.push(StreamEvent::Start { id: text("id"), model: text("model"), created: None });
        }
        if let Some(counts) = message.get("usage").filter(|counts| counts.is_object()) {
            self.counts.update(Counts::of(counts));
            out.push(StreamEvent::Usage(self.counts.usage()));
        }
    }

    fn open(&mut self, at: u64, block: Value, out: &mut Vec<StreamEvent>) {
        if !block.is_object() {
            return;
        }
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
        let open = match block.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text" => {
                if !text("text").is_empty() {
                    push(out, Delta::Text(text("text").to_owned()));
                }
                Open::Plain
            }
            "thinking" => {
                // Even without words: the seal that may follow needs thoughts to close.
                push(out, Delta::Reasoning(text("thinking").to_owned()));
                push_seal(out, text("signature"));
                Open::Plain
            }
            "redacted_thinking" => {
                push(out, Delta::Redacted(seal::untag(text("data"), Maker::Anthropic)));
                Open::Plain
            }
            "tool_use" => {
                let number = self.calls;
                self.calls += 1;
                let (mut id, signature) = seal::split_id(text("id"));
                let name = text("name").to_owned();
                if id.is_empty() {
                    id = format!("toolu_{number}_{:08x}", fnv1a(&name, number));
                }
                push(out, Delta::ToolStart { call: number, id, name, signature });
                let whole =
                    block.get("input").filter(|i| i.as_object().is_some_and(|input| !input.is_empty()));
                if let Some(input) = whole {
                    push(out, Delta::ToolArguments { call: number, json: input.to_string() });
                }
                Open::Call { number, started: whole.is_some() }
            }
            _ => Open::Foreign { block, json: String::new() },
        };
        self.open.insert(at, open);
    }

    fn delta(&mut self, at: u64, delta: &Value, out: &mut Vec<StreamEvent>) {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
        match delta.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text_delta" if !text("text").is_empty() => push(out, Delta::Text(text("text").to_owned())),
            "thinking_delta" if !text("thinking").is_empty() => {
                push(out, Delta::Reasoning(text("thinking").to_owned()));
            }
            "signature_delta" => push_seal(out, text("signature")),
            "input_json_delta" => match self.open.get_mut(&at) {
                Some(Open::Call { number, started }) if !text("partial_json").is_empty() => {
                    *started = true;
                    let json = text("partial_json").to_owned();
                    push(out, Delta::ToolArguments { call: *number, json });
                }
                Some(Open::Foreign { json, .. }) => json.push_str(text("partial_json")),
                _ => {}
            },
            _ => {}
        }
    }

    fn close(&mut self, at: u64, out: &mut Vec<StreamEvent>) {
        match self.open.remove(&at) {
            Some(Open::Call { number, started: false }) => {
                push(out, Delta::ToolArguments { call: number, json: "{}".into() });
            }
            Some(Open::Foreign { mut block, json }) => {
                if let (Ok(input), Some(map)) = (serde_json::from_str(&json), block.as_object_mut()) {
                    map.insert("input".into(), input);
                }
                push(out, Delta::Foreign(block));
            }
            _ => {}
        }
    }

    fn end_of_answer(&mut self, tree: &Value, out: &mut Vec<StreamEvent>) {
        if let Some(counts) = tree.get("usage").filter(|counts| counts.is_object()) {
            self.counts.update(Counts::of(counts));
            out.push(StreamEvent::Usage(self.counts.usage()));
        }
        let text = |key: &str| tree.pointer(key).and_then(Value::as_str);
        if let Some(reason) = text("/delta/stop_reason").filter(|_| !self.finished) {
            self.finished = true;
            let stop_sequence = text("/delta/stop_sequence").map(str::to_owned);
            out.push(StreamEvent::Finish { choice: 0, finish: finish::read(reason), stop_sequence });
        }
    }
}

fn index(tree: &Value) -> u64 {
    tree.get("index").and_then(Value::as_u64).unwrap_or(0)
}

fn push(out: &mut Vec<StreamEvent>, delta: Delta) {
    out.push(StreamEvent::Delta { choice: 0, delta });
}

fn push_seal(out: &mut Vec<StreamEvent>, data: &str) {
    if !data.is_empty() {
        push(out, Delta::Signature(seal::untag(data, Maker::Anthropic)));
    }
}

/// The events of an answer that came whole.
pub(super) fn events(answer: ChatResponse) -> Vec<StreamEvent> {
    let mut out = vec![StreamEvent::Start { id: answer.id, model: answer.model, created: answer.created }];
    let mut calls = 0;
    for choice in answer.choices {
        for block in choice.content {
            block_events(block, &mut calls, &mut out);
        }
        if let Some(finish) = choice.finish {
            out.push(StreamEvent::Finish { choice: 0, finish, stop_sequence: choice.stop_sequence });
        }
    }
    out.extend(answer.usage.map(StreamEvent::Usage));
    out.push(StreamEvent::End);
    out
}

fn block_events(block: Block, calls: &mut u32, out: &mut Vec<StreamEvent>) {
    match block.kind {
        BlockKind::Text(text) => push(out, Delta::Text(text)),
        BlockKind::Refusal(text) => push(out, Delta::Refusal(text)),
        BlockKind::Reasoning(text) => {
            push(out, Delta::Reasoning(text));
            if let Some(seal) = block.signature {
                push(out, Delta::Signature(seal));
            }
        }
        BlockKind::Redacted => {
            if let Some(seal) = block.signature {
                push(out, Delta::Redacted(seal));
            }
        }
        BlockKind::ToolCall(call) => {
            let number = *calls;
            *calls += 1;
            let start =
                Delta::ToolStart { call: number, id: call.id, name: call.name, signature: block.signature };
            push(out, start);
            push(out, Delta::ToolArguments { call: number, json: call.arguments });
        }
        BlockKind::Foreign(value) => push(out, Delta::Foreign(value)),
        // Answers of this dialect hold neither.
        BlockKind::Media(_) | BlockKind::ToolResult(_) => {}
    }
}
