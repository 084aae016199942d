//! The items of an answer and the response around them, with every field that clients of strict types demand. What the
//! answer does not say has the value that the vendor would send for it by default.

use serde_json::{Value, json};
use wye_types::chat::{Finish, Maker, Signature};
use wye_types::{Map, Usage};

use super::{items_write, namespace, usage};
use crate::names::fnv1a;
use crate::seal;

/// The id of the answer's item at a place.
pub(super) fn item_id(kind: &str, answer: &str, place: usize) -> String {
    let prefix = match kind {
        "message" => "msg",
        "reasoning" => "rs",
        _ => "fc",
    };
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    format!("{prefix}_{:08x}{:08x}", fnv1a(answer, place), fnv1a(answer, !place))
}

/// A part of text.
pub(super) fn text_part(text: &str, logprobs: Vec<Value>) -> Map {
    fields(json!({"type": "output_text", "annotations": [], "logprobs": logprobs, "text": text}))
}

/// A part that declines.
pub(super) fn refusal_part(text: &str) -> Map {
    fields(json!({"type": "refusal", "refusal": text}))
}

/// A part of the summary of thoughts.
pub(super) fn summary_part(text: &str) -> Map {
    fields(json!({"type": "summary_text", "text": text}))
}

/// A message.
pub(super) fn message(id: &str, status: &str, parts: Vec<Value>) -> Map {
    fields(json!({"id": id, "type": "message", "status": status, "role": "assistant", "content": parts}))
}

/// A call. `call_id` links it to its output and carries its seal.
pub(super) fn call(id: &str, status: &str, call_id: &str, name: &str, arguments: &str) -> Map {
    let mut item = fields(json!({
        "id": id,
        "type": "function_call",
        "status": status,
        "call_id": call_id,
    }));
    item.extend(namespace::fields_of(name));
    item.insert("arguments".into(), json!(arguments));
    item
}

/// Thoughts that are complete. Those without a seal are marked: sent back to a vendor as they are, they would be refused.
pub(super) fn thoughts(id: &str, text: &str, seal: Option<&Signature>) -> Map {
    let sealed = seal.map_or_else(|| seal::UNSEALED.to_owned(), |seal| seal::tag(seal, &Maker::OpenAi));
    fields(json!({
        "id": id,
        "type": "reasoning",
        "status": "completed",
        "summary": items_write::summary(text),
        "encrypted_content": sealed,
    }))
}

pub(super) fn fields(value: Value) -> Map {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}

/// What is known of a response.
pub(super) struct Envelope<'a> {
    pub(super) id: &'a str,
    pub(super) model: &'a str,
    pub(super) created: i64,
    pub(super) status: &'a str,
    /// Why it is incomplete.
    pub(super) incomplete: Option<&'a str>,
    pub(super) output: Vec<Value>,
    pub(super) usage: Option<Usage>,
}

impl Envelope<'_> {
    /// The response. `usage` keeps what `more` says beside the counts.
    pub(super) fn write(self, more: Option<&Map>) -> Map {
        let completed = (self.status == "completed").then_some(self.created);
        let mut out = fields(json!({
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "completed_at": completed,
            "status": self.status,
            "incomplete_details": self.incomplete.map(|reason| json!({"reason": reason})),
            "model": self.model,
            "output": self.output,
            "usage": self.usage.map(|counts| usage::write(&counts, more)),
        }));
        out.extend(defaults());
        out
    }
}

/// What a response says of its request, if nothing else is known of it.
fn defaults() -> Map {
    fields(json!({
        "background": false,
        "error": null,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": {"effort": null, "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "truncation": "disabled",
        "user": null,
        "metadata": {},
    }))
}

/// Takes out of an answer's fields what the writer says of itself.
pub(super) fn forget_defaults(rest: &mut Map, created: Option<i64>) {
    for (key, default) in defaults() {
        if rest.get(&key).is_some_and(|said| same(said, &default)) {
            rest.shift_remove(&key);
        }
    }
    let known = |key: &str, value: &Value| key == "completed_at" && value.as_i64() == created;
    rest.retain(|key, value| !(value.is_null() || known(key, value)));
}

/// Whether two values are the same; numbers however they are spelt.
fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.is_number() && a.as_f64() == b.as_f64())
}

/// The status for a finish, and why it is incomplete. `refused`: the answer declines in its own words.
pub(super) fn status_of(finish: Option<&Finish>, refused: bool) -> (&'static str, Option<&'static str>) {
    match finish {
        Some(Finish::Length) => ("incomplete", Some("max_output_tokens")),
        Some(Finish::ContentFilter) => ("incomplete", Some("content_filter")),
        // The vendor says `completed` where the refusal stands in its own part.
        Some(Finish::Refusal) if !refused => ("incomplete", Some("content_filter")),
        _ => ("completed", None),
    }
}
