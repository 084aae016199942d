//! Reads a provider's whole answer.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish};

use super::{ID, error, items_read, output, usage};
use crate::dialect::ReadError;

/// Reads the answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let top: Value = serde_json::from_slice(body)
        .map_err(|e| ReadError::Malformed(format!("the answer is not JSON: {e}")))?;
    let failed = top.get("status").and_then(Value::as_str) == Some("failed");
    if failed || top.get("error").is_some_and(|e| !e.is_null()) {
        return Err(ReadError::Upstream(Box::new(error::of_response(&top))));
    }
    let Value::Object(mut top) = top else {
        return Err(ReadError::Malformed("the answer is not a JSON object".to_owned()));
    };
    let Some(Value::Array(items)) = top.shift_remove("output") else {
        if ["message", "detail", "errors"].iter().any(|key| top.contains_key(*key)) {
            return Err(ReadError::Upstream(Box::new(error::read(200, body))));
        }
        return Err(ReadError::Malformed("the answer has no `output`".to_owned()));
    };
    top.shift_remove("object");
    let mut text = |key: &str| match top.shift_remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (id, model) = (text("id"), text("model"));
    let created = top.shift_remove("created_at").as_ref().and_then(seconds);
    let reported = top.shift_remove("usage").filter(|v| !v.is_null());
    let counts = reported.as_ref().and_then(|value| usage::read(value.to_string().as_bytes()));
    if let Some(more) = reported.as_ref().map(usage::rest).filter(|more| !more.is_empty()) {
        top.insert("usage".into(), Value::Object(more));
    }
    let mut content = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        items_read::read_output(item, &format!("output[{n}]"), &id, &mut content)
            .map_err(|e| ReadError::Malformed(e.message))?;
    }
    let finish = read_finish(top.get("status"), top.get("incomplete_details"), &content);
    let known = finish.as_ref().is_some_and(|finish| !matches!(finish, Finish::Other(_)));
    if known {
        top.shift_remove("status");
        top.shift_remove("incomplete_details");
    }
    output::forget_defaults(&mut top, created);
    let logprobs = logprobs_of(&content);
    let choice = Choice { index: 0, content, finish, stop_sequence: None, logprobs, rest: Map::new() };
    Ok(ChatResponse { from: ID, id, model, created, choices: vec![choice], usage: counts, rest: top })
}

/// Unix seconds; some servers send fractions.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is what is cut off")]
    value.as_i64().or_else(|| value.as_f64().map(|s| s as i64))
}

/// What the status means. `None` while the vendor still works on it in the background.
fn read_finish(status: Option<&Value>, incomplete: Option<&Value>, content: &[Block]) -> Option<Finish> {
    let has = |wanted: fn(&BlockKind) -> bool| content.iter().any(|b| wanted(&b.kind));
    let calls = has(|kind| matches!(kind, BlockKind::ToolCall(_)));
    let refused = has(|kind| matches!(kind, BlockKind::Refusal(_)));
    match status.and_then(Value::as_str) {
        Some("queued" | "in_progress") => None,
        Some("incomplete") => Some(why_incomplete(incomplete)),
        Some("completed") | None => Some(complete(calls, refused)),
        Some(other) => Some(Finish::Other(other.to_owned())),
    }
}

/// How an answer that is complete ended.
pub(super) fn complete(calls: bool, refused: bool) -> Finish {
    match (calls, refused) {
        (true, _) => Finish::ToolCalls,
        (false, true) => Finish::Refusal,
        (false, false) => Finish::Stop,
    }
}

/// Why an answer is incomplete, from its `incomplete_details`.
pub(super) fn why_incomplete(details: Option<&Value>) -> Finish {
    match details.and_then(|d| d.get("reason")).and_then(Value::as_str) {
        Some("max_output_tokens" | "max_tokens") | None => Finish::Length,
        Some("content_filter") => Finish::ContentFilter,
        Some(other) => Finish::Other(other.to_owned()),
    }
}

/// The log probabilities of all texts, in the shape that OpenAI's older dialect has for them.
fn logprobs_of(content: &[Block]) -> Option<Value> {
    let all: Vec<Value> = content
        .iter()
        .filter_map(|block| block.rest.get("logprobs")?.as_array())
        .flatten()
        .cloned()
        .collect();
    (!all.is_empty()).then(|| json!({"content": all}))
}
