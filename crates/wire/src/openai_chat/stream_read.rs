//! Reads a provider's stream.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::chat::{BlockKind, Signature};
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::reasoning::Detail;
use super::response::read_finish;
use super::{error, parts, reasoning, response, tool_call, usage};
use crate::assemble::explode;
use crate::dialect::{ReadError, StreamReader};
use crate::seal;
use crate::sse::SseEvent;
use crate::written;

/// A stream that is being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    id: String,
    started: bool,
    ended: bool,
    finished: bool,
    choices: BTreeMap<u32, Open>,
}

/// One of the answers, as far as it came.
#[derive(Debug, Default)]
struct Open {
    calls: Vec<Call>,
    /// How many of them were told.
    begun: u32,
    thinking: bool,
    refused: bool,
}

#[derive(Debug)]
struct Call {
    /// The provider's number for it, if it gives one.
    wire: Option<u64>,
    wire_id: String,
    name: String,
    seal: Option<Signature>,
    /// Its number among those that were told, once it was.
    number: Option<u32>,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        if self.ended || event.data.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if event.data.trim_ascii() == b"[DONE]" {
            self.ended = true;
            out.push(StreamEvent::End);
            return;
        }
        let chunk = match serde_json::from_slice::<Value>(event.data) {
            Ok(chunk) => chunk,
            Err(e) => return self.fail(broken(&e), out),
        };
        if error::in_chunk(&chunk, event.name) {
            return self.fail(error::read(200, event.data), out);
        }
        if event.json && chunk.pointer("/choices/0/message").is_some() {
            return self.whole(event.data, out);
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

/// An event that is not JSON.
pub(super) fn broken(e: &serde_json::Error) -> UpstreamError {
    UpstreamError::of_status(502, format!("the provider's stream holds an event that is not JSON: {e}"))
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
        let text = |key: &str| chunk.get(key).and_then(Value::as_str).unwrap_or("");
        let choices = chunk.get("choices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        // Azure opens with a chunk of filter results that has no id and no choices.
        let empty = choices.is_empty() && text("id").is_empty();
        if !self.started && !empty {
            self.started = true;
            text("id").clone_into(&mut self.id);
            out.push(StreamEvent::Start {
                id: self.id.clone(),
                model: text("model").to_owned(),
                created: chunk.get("created").and_then(Value::as_i64),
            });
        }
        for choice in choices {
            if self.ended {
                return;
            }
            self.choice(choice, out);
        }
        let reported = chunk.get("usage").filter(|v| v.is_object());
        let reported = reported.or_else(|| chunk.get("x_groq")?.get("usage"));
        if let Some(counts) = reported.and_then(|value| usage::read(&written::value(value))) {
            out.push(StreamEvent::Usage(counts));
        }
    }

    fn choice(&mut self, choice: &Value, out: &mut Vec<StreamEvent>) {
        let index =
            choice.get("index").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let open = self.choices.entry(index).or_default();
        let mut deltas = Vec::new();
        if let Some(delta) = choice.get("delta") {
            open.delta(delta, &self.id, &mut deltas);
        }
        if let Some(logprobs) = choice.get("logprobs").filter(|v| !v.is_null()) {
            deltas.push(Delta::Logprobs(logprobs.clone()));
        }
        let word = choice.get("finish_reason").and_then(Value::as_str).filter(|word| !word.is_empty());
        if word.is_some() {
            open.start_all(&self.id, &mut deltas);
        }
        out.extend(deltas.into_iter().map(|delta| StreamEvent::Delta { choice: index, delta }));
        let failed = choice.as_object().and_then(|choice| error::of_choice(choice, word));
        if let Some(failed) = failed {
            return self.fail(failed, out);
        }
        if let Some(word) = word {
            let finish = read_finish(word, !open.calls.is_empty(), open.refused);
            self.finished = true;
            out.push(StreamEvent::Finish { choice: index, finish, stop_sequence: None });
        }
    }
}

impl Open {
    fn delta(&mut self, delta: &Value, id: &str, out: &mut Vec<Delta>) {
        self.thoughts(delta, out);
        match delta.get("content") {
            Some(Value::String(text)) if !text.is_empty() => self.push(Delta::Text(text.clone()), out),
            // Mistral's thinking models send arrays of parts.
            Some(content @ Value::Array(_)) => {
                for block in parts::read_content(Some(content.clone()), "content").unwrap_or_default() {
                    match block.kind {
                        BlockKind::Text(text) if !text.is_empty() => self.push(Delta::Text(text), out),
                        BlockKind::Reasoning(text) if !text.is_empty() => {
                            self.push(Delta::Reasoning(text), out)
                        }
                        BlockKind::Foreign(value) => self.push(Delta::Foreign(value), out),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if let Some(text) = delta.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty()) {
            self.refused = true;
            self.push(Delta::Refusal(text.to_owned()), out);
        }
        let details = delta.get("reasoning_details").and_then(Value::as_array).into_iter().flatten();
        for detail in details.filter_map(reasoning::read_detail) {
            if let Detail::TextSeal(seal) = detail {
                self.push(Delta::Signature(seal), out);
            }
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(call, id, out);
        }
        if let Some(function) = delta.get("function_call").filter(|v| v.is_object()) {
            self.call(&serde_json::json!({"index": 0, "function": function}), id, out);
        }
    }

    fn push(&mut self, delta: Delta, out: &mut Vec<Delta>) {
        self.thinking = matches!(delta, Delta::Reasoning(_));
        out.push(delta);
    }

    fn thoughts(&mut self, delta: &Value, out: &mut Vec<Delta>) {
        let details: Vec<Detail> = delta
            .get("reasoning_details")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(reasoning::read_detail)
            .collect();
        let in_details = details.iter().any(|d| matches!(d, Detail::Text { text, .. } if !text.is_empty()));
        let plain = ["reasoning_content", "reasoning"]
            .iter()
            .find_map(|key| delta.get(*key)?.as_str().filter(|text| !text.is_empty()));
        if let Some(text) = plain.filter(|_| !in_details) {
            self.push(Delta::Reasoning(text.to_owned()), out);
        }
        for detail in details {
            match detail {
                Detail::Text { text, seal } => {
                    if !text.is_empty() || !self.thinking {
                        self.push(Delta::Reasoning(text), out);
                    }
                    if let Some(seal) = seal {
                        self.push(Delta::Signature(seal), out);
                    }
                }
                Detail::Sealed(seal) => self.push(Delta::Redacted(seal), out),
                Detail::TextSeal(_) => {}
            }
        }
    }

    /// A piece of a call. Some number their calls, some do not, some send whole calls that all have the number 0.
    fn call(&mut self, piece: &Value, id: &str, out: &mut Vec<Delta>) {
        let text = |pointer: &str| piece.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        let wire = piece.get("index").and_then(Value::as_u64);
        let (wire_id, name) = (text("/id"), text("/function/name"));
        let known = match wire {
            Some(_) => self.calls.iter().rposition(|c| c.wire == wire),
            None => self.calls.len().checked_sub(1),
        };
        let known = known.filter(|at| {
            let call = &self.calls[*at];
            let named = !wire_id.is_empty() && !call.wire_id.is_empty() && !name.is_empty();
            let other = named && call.wire_id != wire_id;
            // Without a number and an id, a name begins a call.
            let anonymous = wire.is_none() && wire_id.is_empty() && !name.is_empty();
            !other && !anonymous
        });
        let at = known.unwrap_or_else(|| {
            let call = Call { wire, wire_id: String::new(), name: String::new(), seal: None, number: None };
            self.calls.push(call);
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if call.wire_id.is_empty() {
            wire_id.clone_into(&mut call.wire_id);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        if let Some(seal) = piece.get("extra_content").and_then(tool_call::read_extra) {
            call.seal = Some(seal);
        }
        let json = match piece.pointer("/function/arguments") {
            Some(Value::String(json)) => json.clone(),
            Some(Value::Null) | None => String::new(),
            Some(object) => object.to_string(),
        };
        if call.number.is_none() && (!call.name.is_empty() || !json.is_empty()) {
            self.start(at, id, out);
        }
        if let Some(call) = self.calls[at].number.filter(|_| !json.is_empty()) {
            self.push(Delta::ToolArguments { call, json }, out);
        }
    }

    fn start(&mut self, at: usize, id: &str, out: &mut Vec<Delta>) {
        let number = self.begun;
        self.begun += 1;
        let call = &mut self.calls[at];
        call.number = Some(number);
        let (mut call_id, in_id) = seal::split_id(&call.wire_id);
        if call_id.is_empty() {
            call_id = tool_call::made_up(id, number);
        }
        let signature = call.seal.take().or(in_id);
        let delta = Delta::ToolStart { call: number, id: call_id, name: call.name.clone(), signature };
        self.push(delta, out);
    }

    /// A call of which only an id came still is one.
    fn start_all(&mut self, id: &str, out: &mut Vec<Delta>) {
        for at in 0..self.calls.len() {
            if self.calls[at].number.is_none() {
                self.start(at, id, out);
            }
        }
    }
}
