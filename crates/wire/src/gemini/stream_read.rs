//! Reads a provider's stream: every event is a whole response that holds the next parts.
//!
//! There is no end marker, and older models say `STOP` in every event, so what ended an answer is known only when the
//! body ends.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::chat::{BlockKind, Finish};
use wye_types::error::{Fault, UpstreamError};
use wye_types::event::{Delta, StreamEvent};

use super::partial_args::PartialArgs;
use super::response::{block_reason, read_answer_part, read_finish, read_logprobs, salt, seal_of};
use super::usage::read_usage;
use crate::call_ids::made_up_id;
use crate::dialect::StreamReader;
use crate::sse::SseEvent;
use crate::timestamp::unix_seconds;

/// The state of a stream that is being read.
#[derive(Default)]
pub(super) struct Reader {
    id: String,
    started: bool,
    done: bool,
    choices: BTreeMap<u32, State>,
}

#[derive(Default)]
struct State {
    calls: u32,
    /// The call whose arguments come in pieces, by its number.
    open: Option<(u32, PartialArgs)>,
    finish: Option<String>,
    last: Last,
}

/// What block the deltas sent last belong to; a seal needs a block to stand on.
#[derive(Default, PartialEq, Clone, Copy)]
enum Last {
    #[default]
    Other,
    Text,
    Thought,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        let data = event.data.trim_ascii();
        if self.done || data.is_empty() || data == b"[DONE]" {
            return;
        }
        let chunk = match serde_json::from_slice::<Value>(data) {
            Ok(Value::Object(chunk)) => chunk,
            Ok(Value::Array(_)) => return self.fail(super::error::read_error(200, data), out),
            _ => {
                let message = "the provider's stream holds an event that is not a JSON object";
                let mut error = UpstreamError::of_status(502, message);
                error.fault = Fault::Server;
                return self.fail(error, out);
            }
        };
        if chunk.get("error").is_some_and(|e| !e.is_null()) {
            return self.fail(super::error::read_error(200, data), out);
        }
        if !self.started {
            self.started = true;
            let text = |key: &str| chunk.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            self.id = text("responseId");
            let created = unix_seconds(&text("createTime"));
            out.push(StreamEvent::Start { id: self.id.clone(), model: text("modelVersion"), created });
        }
        if block_reason(&chunk).is_some() {
            self.choices.entry(0).or_default().finish.get_or_insert_with(|| "SAFETY".to_owned());
        }
        let usage = chunk.get("usageMetadata").and_then(|u| read_usage(&u.to_string()));
        let mut chunk = chunk;
        if let Some(Value::Array(candidates)) = chunk.shift_remove("candidates") {
            for (place, candidate) in (0..).zip(candidates) {
                self.candidate(candidate, place, out);
            }
        }
        out.extend(usage.map(StreamEvent::Usage));
    }

    fn finish(&mut self, out: &mut Vec<StreamEvent>) {
        let complete = !self.choices.is_empty() && self.choices.values().all(|state| state.finish.is_some());
        if self.done || !complete {
            return;
        }
        self.done = true;
        for (choice, state) in &mut self.choices {
            state.close(&mut |delta| out.push(StreamEvent::Delta { choice: *choice, delta }));
            if let Some(reason) = &state.finish {
                let finish: Finish = read_finish(reason, state.calls > 0);
                out.push(StreamEvent::Finish { choice: *choice, finish, stop_sequence: None });
            }
        }
        out.push(StreamEvent::End);
    }
}

impl Reader {
    fn fail(&mut self, error: UpstreamError, out: &mut Vec<StreamEvent>) {
        self.done = true;
        out.push(StreamEvent::Error(error));
    }

    fn candidate(&mut self, mut candidate: Value, place: u32, out: &mut Vec<StreamEvent>) {
        let index = candidate.get("index").and_then(Value::as_u64).and_then(|i| u32::try_from(i).ok());
        let choice = index.unwrap_or(place);
        let salt = salt(&self.id, choice);
        let state = self.choices.entry(choice).or_default();
        let parts = candidate.get_mut("content").and_then(|c| c.get_mut("parts")).map(Value::take);
        if let Some(Value::Array(parts)) = parts {
            for part in parts {
                state.part(part, &salt, &mut |delta| out.push(StreamEvent::Delta { choice, delta }));
            }
        }
        if let Some(result) = candidate.get("logprobsResult").filter(|r| r.is_object()) {
            out.push(StreamEvent::Delta { choice, delta: Delta::Logprobs(read_logprobs(result)) });
        }
        if let Some(reason) = candidate.get("finishReason").and_then(Value::as_str) {
            state.finish = Some(reason.to_owned());
        }
    }
}

impl State {
    /// Ends the call whose arguments come in pieces: they are told whole.
    fn close(&mut self, push: &mut dyn FnMut(Delta)) {
        if let Some((call, args)) = self.open.take() {
            push(Delta::ToolArguments { call, json: args.json() });
        }
    }

    /// A piece of a call whose arguments come in pieces. The first names the function, the last does not go on.
    fn piece(&mut self, part: &Value, salt: &str, push: &mut dyn FnMut(Delta)) -> bool {
        let Some(piece) = part.get("functionCall").and_then(Value::as_object) else { return false };
        let text = |key: &str| piece.get(key).and_then(Value::as_str).unwrap_or_default();
        let goes_on = piece.get("willContinue") == Some(&Value::Bool(true));
        let pieces = piece.get("partialArgs").and_then(Value::as_array);
        let named = !text("name").is_empty();
        if named {
            self.close(push);
        }
        if named && (goes_on || pieces.is_some()) {
            let call = self.calls;
            self.calls += 1;
            self.last = Last::Other;
            let (name, mut id) = (text("name").to_owned(), text("id").to_owned());
            if id.is_empty() {
                id = made_up_id(call, salt, &name, "");
            }
            let signature = seal_of(part);
            push(Delta::ToolStart { call, id, name, signature });
            self.open = Some((call, PartialArgs::new(piece.get("args"))));
        }
        let Some((_, args)) = self.open.as_mut() else { return false };
        pieces.into_iter().flatten().for_each(|piece| args.add(piece));
        if !goes_on {
            self.close(push);
        }
        true
    }

    fn part(&mut self, part: Value, salt: &str, push: &mut dyn FnMut(Delta)) {
        if self.piece(&part, salt, push) {
            return;
        }
        let block = read_answer_part(part);
        let seal = block.signature;
        let (last, delta): (Last, Option<Delta>) = match block.kind {
            BlockKind::Text(text) => (Last::Text, Some(Delta::Text(text))),
            BlockKind::Reasoning(text) => (Last::Thought, Some(Delta::Reasoning(text))),
            BlockKind::ToolCall(call) => {
                let number = self.calls;
                self.calls += 1;
                self.last = Last::Other;
                let id = if call.id.is_empty() {
                    made_up_id(number, salt, &call.name, &call.arguments)
                } else {
                    call.id
                };
                push(Delta::ToolStart { call: number, id, name: call.name, signature: seal });
                push(Delta::ToolArguments { call: number, json: call.arguments });
                return;
            }
            BlockKind::Redacted => (Last::Other, None),
            BlockKind::Foreign(value) => (Last::Other, Some(Delta::Foreign(value))),
            _ => return,
        };
        let empty = matches!(&delta, Some(Delta::Text(t) | Delta::Reasoning(t)) if t.is_empty());
        // An empty text after a text says nothing; with a seal it stands for a block of its own only where none is open.
        if let Some(delta) = delta
            && (!empty || (seal.is_some() && self.last != last))
        {
            push(delta);
            self.last = last;
        }
        if let Some(seal) = seal {
            push(Delta::Signature(seal));
            self.last = Last::Other;
        }
    }
}
