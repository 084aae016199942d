//! Writes a stream for a client. Function calls are sent whole, because the dialect has no pieces of arguments.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, Finish, Signature, ToolCall};
use wye_types::event::{Delta, StreamEvent};
use wye_types::{Map, Usage};

use super::part_write::{PartWriter, Reader, client_seal, is_part};
use super::response::{write_finish, write_logprobs};
use super::usage::write_usage;
use crate::dialect::{StreamAsk, StreamWriter};
use crate::written;

/// The state of a stream that is being written.
pub(super) struct Writer {
    sse: bool,
    id: String,
    model: String,
    begun: bool,
    ended: bool,
    usage: Option<Usage>,
    choices: BTreeMap<u32, State>,
}

#[derive(Default)]
struct State {
    /// Calls that are not yet sent, by number.
    calls: BTreeMap<u32, Call>,
    thinking: bool,
    tokens: Vec<Value>,
    finish: Option<Finish>,
}

#[derive(Default)]
struct Call {
    call: ToolCall,
    seal: Option<Signature>,
}

impl Writer {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self {
            sse: ask.sse,
            id: ask.fallback_id.clone(),
            model: ask.model.clone(),
            begun: false,
            ended: false,
            usage: None,
            choices: BTreeMap::new(),
        }
    }

    fn chunk(&mut self, candidates: Vec<Value>, last: bool, out: &mut Vec<u8>) {
        let mut chunk = Map::new();
        if !candidates.is_empty() {
            chunk.insert("candidates".to_owned(), Value::Array(candidates));
        }
        if last && let Some(usage) = &self.usage {
            chunk.insert("usageMetadata".to_owned(), write_usage(usage));
        }
        chunk.insert("modelVersion".to_owned(), json!(self.model));
        chunk.insert("responseId".to_owned(), json!(self.id));
        let json = written::object(chunk);
        frame(&mut self.begun, self.sse, &json, out);
        if last && !self.sse {
            out.push(b']');
        }
    }

    fn parts(&mut self, choice: u32, parts: Vec<Value>, out: &mut Vec<u8>) {
        if !parts.is_empty() {
            let content = json!({"parts": parts, "role": "model"});
            self.chunk(vec![json!({"content": content, "index": choice})], false, out);
        }
    }

    fn delta(&mut self, choice: u32, delta: &Delta, out: &mut Vec<u8>) {
        let state = self.choices.entry(choice).or_default();
        // Whatever is not an argument ends the calls that are whole; others may still get pieces.
        let mut parts = match delta {
            Delta::ToolArguments { .. } | Delta::Logprobs(_) => Vec::new(),
            _ => state.take_calls(false),
        };
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => {
                state.thinking = false;
                parts.extend((!text.is_empty()).then(|| json!({"text": text})));
            }
            Delta::Reasoning(text) => {
                state.thinking = true;
                parts.extend((!text.is_empty()).then(|| json!({"text": text, "thought": true})));
            }
            Delta::Signature(seal) => {
                let mut part = json!({"text": "", "thoughtSignature": client_seal(seal, false)});
                if state.thinking
                    && let Value::Object(part) = &mut part
                {
                    part.insert("thought".to_owned(), json!(true));
                }
                parts.push(part);
            }
            Delta::Redacted(seal) => {
                parts.push(json!({"text": "", "thought": true, "thoughtSignature": client_seal(seal, true)}));
            }
            Delta::ToolStart { call, id, name, signature } => {
                state.thinking = false;
                let tool_call = ToolCall { id: id.clone(), name: name.clone(), arguments: String::new() };
                state.calls.insert(*call, Call { call: tool_call, seal: signature.clone() });
            }
            Delta::ToolArguments { call, json } => {
                if let Some(open) = state.calls.get_mut(call) {
                    open.call.arguments.push_str(json);
                }
            }
            Delta::Logprobs(logprobs) => {
                let tokens = logprobs.get("content").and_then(Value::as_array);
                state.tokens.extend(tokens.into_iter().flatten().cloned());
            }
            Delta::Foreign(value) => parts.extend(is_part(value).then(|| value.clone())),
        }
        self.parts(choice, parts, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.ended = true;
        let candidates = self.choices.iter().map(|(choice, state)| {
            let mut candidate = Map::new();
            candidate.insert("content".to_owned(), json!({"parts": [{"text": ""}], "role": "model"}));
            if let Some(finish) = &state.finish {
                candidate.insert("finishReason".to_owned(), json!(write_finish(finish)));
            }
            candidate.insert("index".to_owned(), json!(choice));
            if !state.tokens.is_empty() {
                let logprobs = json!({"content": state.tokens});
                candidate.insert("logprobsResult".to_owned(), write_logprobs(&logprobs));
            }
            Value::Object(candidate)
        });
        let candidates = candidates.collect();
        self.chunk(candidates, true, out);
    }
}

impl State {
    /// Takes the calls whose arguments are whole (or all of them) as parts, in order.
    fn take_calls(&mut self, all: bool) -> Vec<Value> {
        let mut parts = Vec::new();
        while let Some(entry) = self.calls.first_entry() {
            let text = entry.get().call.arguments.trim();
            let whole = text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            if !all && !whole {
                break;
            }
            let Call { call, seal } = entry.remove();
            let block = Block { signature: seal, ..Block::new(BlockKind::ToolCall(call)) };
            let mut writer = PartWriter { reader: Reader::Client, own: false, losses: Vec::new() };
            parts.extend(writer.part(&block, ""));
        }
        parts
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
            StreamEvent::Delta { choice, delta } => self.delta(*choice, delta, out),
            StreamEvent::Finish { choice, finish, .. } => {
                // The reason is sent at the very end, together with the usage that may still come.
                let state = self.choices.entry(*choice).or_default();
                state.finish = Some(finish.clone());
                let parts = state.take_calls(true);
                self.parts(*choice, parts, out);
            }
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::Error(_) => {}
            StreamEvent::End => self.end(out),
        }
    }
}

/// Frames one chunk: SSE with Google's line ends, or the next element of an array.
pub(super) fn frame(begun: &mut bool, sse: bool, json: &[u8], out: &mut Vec<u8>) {
    let first = !std::mem::replace(begun, true);
    if sse {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(json);
        out.extend_from_slice(b"\r\n\r\n");
    } else {
        out.extend_from_slice(if first { b"[" } else { b",\r\n" });
        out.extend_from_slice(json);
    }
}
