//! Reads a provider's stream.
//!
//! Some servers send an item piece by piece, some whole when it is done, some in the last event alone. What came in
//! pieces is not told again when it comes whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wye_types::chat::{Block, BlockKind};
use wye_types::error::UpstreamError;
use wye_types::event::{Delta, StreamEvent};

use super::items_read::{BETWEEN, read_output};
use super::response_read::{complete, seconds, why_incomplete};
use super::{error, response_read, usage};
use crate::assemble::{explode, explode_block};
use crate::dialect::{ReadError, StreamReader};
use crate::names;
use crate::openai_chat::tool_call::made_up;
use crate::seal;
use crate::sse::SseEvent;

/// A part of an item: the item's place, what the part holds, its place within the item.
type Part = (u64, &'static str, u64);

/// A stream that is being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    id: String,
    started: bool,
    ended: bool,
    refused: bool,
    /// The numbers of the calls, by the place of their items.
    calls: BTreeMap<u64, Call>,
    /// The parts of which something came.
    told: BTreeSet<Part>,
    /// Items that were told to their end.
    done: BTreeSet<u64>,
    /// The part of thoughts that was told last.
    thinking: Option<Part>,
}

#[derive(Debug)]
struct Call {
    number: u32,
    /// Whether arguments came.
    told: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &SseEvent<'_>, out: &mut Vec<StreamEvent>) {
        let data = event.data.trim_ascii();
        if self.ended || data.is_empty() || data == b"[DONE]" {
            return;
        }
        let value = match serde_json::from_slice::<Value>(data) {
            Ok(value) => value,
            Err(e) => return self.fail(broken(&e), out),
        };
        let kind = match event.name {
            name if tells_kind(name) => name,
            name => value.get("type").and_then(Value::as_str).unwrap_or(name),
        };
        if event.json && value.get("output").is_some_and(Value::is_array) {
            return self.whole(data, out);
        }
        if is_error(kind, &value) {
            return self.fail(error::read(200, data), out);
        }
        self.event(kind, &value, out);
    }

    fn finish(&mut self, _out: &mut Vec<StreamEvent>) {}
}

/// The error for an event that cannot be read.
pub(super) fn broken(e: &serde_json::Error) -> UpstreamError {
    UpstreamError::of_status(502, format!("the provider's stream holds an event that is not JSON: {e}"))
}

/// Whether an event's name tells its type; its data does otherwise.
pub(super) fn tells_kind(name: &str) -> bool {
    name.starts_with("response.") || name == "error"
}

/// Whether an event is an error: one of that name, or one that is nothing but an error.
pub(super) fn is_error(kind: &str, value: &Value) -> bool {
    let failed = value.get("error").is_some_and(|e| !e.is_null()) || value.get("detail").is_some();
    kind == "error" || (!kind.starts_with("response.") && failed)
}

fn at(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn push(delta: Delta, out: &mut Vec<StreamEvent>) {
    out.push(StreamEvent::Delta { choice: 0, delta });
}

impl Reader {
    fn fail(&mut self, error: UpstreamError, out: &mut Vec<StreamEvent>) {
        self.ended = true;
        out.push(StreamEvent::Error(error));
    }

    /// The provider answered a stream request with a whole answer.
    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) {
        match response_read::read(body) {
            Ok(answer) => {
                self.ended = true;
                out.extend(explode(&answer));
            }
            Err(ReadError::Upstream(error)) => self.fail(*error, out),
            Err(ReadError::Malformed(why)) => self.fail(UpstreamError::of_status(502, why), out),
        }
    }

    fn event(&mut self, kind: &str, value: &Value, out: &mut Vec<StreamEvent>) {
        let place = at(value, "output_index");
        let part = at(value, "content_index");
        let summary = at(value, "summary_index");
        if kind.starts_with("response.") && kind != "response.failed" {
            // A server that does not begin with its response tells no id.
            self.start(value, out);
        }
        match kind {
            "response.output_item.added" => self.added(place, value, out),
            "response.output_text.delta" => self.said((place, "text", part), value, out),
            "response.output_text.done" if !self.told.contains(&(place, "text", part)) => {
                self.words((place, "text", part), text(value, "text"), out);
            }
            "response.refusal.delta" => self.declined((place, "refusal", part), text(value, "delta"), out),
            "response.refusal.done" if !self.told.contains(&(place, "refusal", part)) => {
                self.declined((place, "refusal", part), text(value, "refusal"), out);
            }
            "response.reasoning_summary_text.delta" => {
                self.thought((place, "summary", summary), text(value, "delta"), out);
            }
            // The latter two are names of older servers.
            "response.reasoning_text.delta"
            | "response.reasoning.delta"
            | "response.reasoning_content.delta" => {
                self.thought((place, "thought", part), text(value, "delta"), out);
            }
            "response.reasoning_summary_text.done" if !self.told.contains(&(place, "summary", summary)) => {
                self.thought((place, "summary", summary), text(value, "text"), out);
            }
            "response.reasoning_text.done" if !self.told.contains(&(place, "thought", part)) => {
                self.thought((place, "thought", part), text(value, "text"), out);
            }
            "response.function_call_arguments.delta" => self.arguments(place, text(value, "delta"), out),
            "response.function_call_arguments.done" => {
                self.rest_of_arguments(place, text(value, "arguments"), out);
            }
            "response.output_item.done" => self.item_done(place, value.get("item"), out),
            "response.completed" | "response.incomplete" | "response.cancelled" | "response.done" => {
                self.end(kind, value, out);
            }
            "response.failed" => self.fail(error::of_response(value.get("response").unwrap_or(value)), out),
            _ => {}
        }
    }

    fn start(&mut self, value: &Value, out: &mut Vec<StreamEvent>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let response = value.get("response").unwrap_or(value);
        text(response, "id").clone_into(&mut self.id);
        out.push(StreamEvent::Start {
            id: self.id.clone(),
            model: text(response, "model").to_owned(),
            created: response.get("created_at").and_then(seconds),
        });
    }

    fn added(&mut self, place: u64, value: &Value, out: &mut Vec<StreamEvent>) {
        if let Some(item) = value.get("item").filter(|item| text(item, "type") == "function_call") {
            self.call(place, item, out);
        }
    }

    fn call(&mut self, place: u64, item: &Value, out: &mut Vec<StreamEvent>) {
        // A call without a name is none yet: its item tells all once more when it is done.
        if self.calls.contains_key(&place) || text(item, "name").is_empty() {
            return;
        }
        let number = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        self.calls.insert(place, Call { number, told: false });
        let (mut id, signature) = seal::split_id(text(item, "call_id"));
        if id.is_empty() {
            id = made_up(&self.id, number);
        }
        self.thinking = None;
        let name = text(item, "name");
        let name = match item.get("namespace").and_then(Value::as_str) {
            Some(namespace) => names::within(namespace, name),
            None => name.to_owned(),
        };
        push(Delta::ToolStart { call: number, id, name, signature }, out);
    }

    fn arguments(&mut self, place: u64, json: &str, out: &mut Vec<StreamEvent>) {
        let Some(call) = self.calls.get_mut(&place).filter(|_| !json.is_empty()) else { return };
        call.told = true;
        push(Delta::ToolArguments { call: call.number, json: json.to_owned() }, out);
    }

    fn rest_of_arguments(&mut self, place: u64, json: &str, out: &mut Vec<StreamEvent>) {
        if self.calls.get(&place).is_some_and(|call| !call.told) {
            self.arguments(place, json, out);
        }
    }

    fn said(&mut self, part: Part, value: &Value, out: &mut Vec<StreamEvent>) {
        self.words(part, text(value, "delta"), out);
        if let Some(all) = value.get("logprobs").filter(|all| all.as_array().is_some_and(|a| !a.is_empty())) {
            push(Delta::Logprobs(serde_json::json!({"content": all})), out);
        }
    }

    fn words(&mut self, part: Part, words: &str, out: &mut Vec<StreamEvent>) {
        if !words.is_empty() {
            self.told.insert(part);
            self.thinking = None;
            push(Delta::Text(words.to_owned()), out);
        }
    }

    fn declined(&mut self, part: Part, words: &str, out: &mut Vec<StreamEvent>) {
        if !words.is_empty() {
            self.told.insert(part);
            self.refused = true;
            self.thinking = None;
            push(Delta::Refusal(words.to_owned()), out);
        }
    }

    /// A piece of thoughts. Parts of one item are kept apart by an empty line, as when the item is read whole.
    fn thought(&mut self, part: Part, words: &str, out: &mut Vec<StreamEvent>) {
        if words.is_empty() {
            return;
        }
        let next = self.thinking.is_some_and(|last| last.0 == part.0 && last != part);
        self.thinking = Some(part);
        self.told.insert(part);
        let words = if next { format!("{BETWEEN}{words}") } else { words.to_owned() };
        push(Delta::Reasoning(words), out);
    }

    /// An item is complete: what of it did not come in pieces is told now.
    fn item_done(&mut self, place: u64, item: Option<&Value>, out: &mut Vec<StreamEvent>) {
        let Some(item) = item.filter(|item| item.is_object()) else { return };
        if !self.done.insert(place) {
            return;
        }
        if text(item, "type") == "function_call" {
            self.call(place, item, out);
            // Clients parse what came, and an empty text is no JSON.
            let json = Some(text(item, "arguments")).filter(|json| !json.is_empty());
            return self.rest_of_arguments(place, json.unwrap_or("{}"), out);
        }
        let mut blocks = Vec::new();
        if read_output(item.clone(), "item", &self.id, &mut blocks).is_err() {
            return;
        }
        let mut pieces = BTreeSet::new();
        let told = self.told.range((place, "", 0)..).take_while(|part| part.0 == place);
        pieces.extend(told.map(|part| part.1));
        for block in blocks {
            self.rest_of(&block, &pieces, out);
        }
    }

    fn rest_of(&mut self, block: &Block, told: &BTreeSet<&'static str>, out: &mut Vec<StreamEvent>) {
        let thought = told.contains("summary") || told.contains("thought");
        match &block.kind {
            BlockKind::Text(text) if !text.is_empty() && told.contains("text") => {}
            BlockKind::Refusal(_) if told.contains("refusal") => {}
            BlockKind::Reasoning(text) if text.is_empty() => {}
            // A seal alone closes what was said or thought before.
            BlockKind::Reasoning(_) | BlockKind::Redacted if thought => {
                if let Some(seal) = block.signature.clone() {
                    push(Delta::Signature(seal), out);
                }
            }
            BlockKind::Text(text) if text.is_empty() => {
                if let Some(seal) = block.signature.clone() {
                    push(Delta::Signature(seal), out);
                }
            }
            _ => {
                self.refused |= matches!(block.kind, BlockKind::Refusal(_));
                let deltas = explode_block(block, &mut 0);
                deltas.into_iter().for_each(|delta| push(delta, out));
            }
        }
        self.thinking = None;
    }

    fn end(&mut self, kind: &str, value: &Value, out: &mut Vec<StreamEvent>) {
        let response = value.get("response").unwrap_or(value);
        let failed = response.get("status").and_then(Value::as_str) == Some("failed");
        if failed || response.get("error").is_some_and(|error| !error.is_null()) {
            return self.fail(error::of_response(response), out);
        }
        let items = response.get("output").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        // The last event tells everything once more; for some servers it is the only one that does.
        if self.done.is_empty() && self.told.is_empty() {
            for (place, item) in (0u64..).zip(items) {
                self.item_done(place, Some(item), out);
            }
        }
        self.ended = true;
        let finish = match (kind, response.get("status").and_then(Value::as_str)) {
            ("response.incomplete", _) | (_, Some("incomplete")) => {
                why_incomplete(response.get("incomplete_details"))
            }
            ("response.cancelled", _) => wye_types::chat::Finish::Other("cancelled".to_owned()),
            _ => complete(!self.calls.is_empty(), self.refused),
        };
        out.push(StreamEvent::Finish { choice: 0, finish, stop_sequence: None });
        let counts = response.get("usage").and_then(|counts| usage::read(counts.to_string().as_bytes()));
        out.extend(counts.map(StreamEvent::Usage));
        out.push(StreamEvent::End);
    }
}
