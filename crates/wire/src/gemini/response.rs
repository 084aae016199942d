//! Whole answers, read and written: candidates, finish reasons, log probabilities.

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, Signature};
use wye_types::{DialectId, Map};

use super::part_read::read_part;
use super::part_write::{PartWriter, Reader, is_part};
use super::usage::{read_usage, write_usage};
use crate::call_ids::number_calls;
use crate::dialect::ReadError;
use crate::timestamp::unix_seconds;
use crate::written;

pub(super) fn read_response(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| ReadError::Malformed(format!("the answer is not JSON: {e}")))?;
    let Value::Object(mut top) = value else {
        return Err(ReadError::Malformed("the answer is not a JSON object".to_owned()));
    };
    if top.get("error").is_some_and(|e| !e.is_null()) {
        return Err(ReadError::Upstream(Box::new(super::error::read_error(200, body))));
    }
    let id = take_string(&mut top, "responseId");
    let model = take_string(&mut top, "modelVersion");
    // `createTime` and `usageMetadata` stay in `rest` word for word: ours say less than Google's.
    let created = top.get("createTime").and_then(Value::as_str).and_then(unix_seconds);
    let usage = top.get("usageMetadata").and_then(|u| read_usage(&u.to_string()));
    let candidates = match top.shift_remove("candidates") {
        Some(Value::Array(candidates)) => candidates,
        _ => Vec::new(),
    };
    let mut choices: Vec<Choice> =
        (0..).zip(candidates).map(|(place, candidate)| read_candidate(candidate, place, &id)).collect();
    if choices.is_empty() && block_reason(&top).is_some() {
        let finish = Some(Finish::ContentFilter);
        choices.push(Choice {
            index: 0,
            content: Vec::new(),
            finish,
            stop_sequence: None,
            logprobs: None,
            rest: Map::new(),
        });
    }
    if choices.is_empty() && usage.is_none() {
        return Err(ReadError::Malformed("the answer holds no candidates".to_owned()));
    }
    Ok(ChatResponse { from: DialectId::Gemini, id, model, created, choices, usage, rest: top })
}

/// Why the prompt was blocked, if it was.
pub(super) fn block_reason(top: &Map) -> Option<&str> {
    top.get("promptFeedback")?.get("blockReason")?.as_str()
}

fn read_candidate(candidate: Value, place: u32, id: &str) -> Choice {
    let mut fields = match candidate {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let index = fields.shift_remove("index").and_then(|i| u32::try_from(i.as_u64()?).ok()).unwrap_or(place);
    let mut content = match fields.shift_remove("content") {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let parts = match content.shift_remove("parts") {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    let mut blocks: Vec<Block> = parts.into_iter().map(read_answer_part).collect();
    number_calls(&mut blocks, &salt(id, index));
    let calls = blocks.iter().any(|b| matches!(b.kind, BlockKind::ToolCall(_)));
    let finish = fields.get("finishReason").and_then(Value::as_str).map(|reason| read_finish(reason, calls));
    let logprobs = fields.get("logprobsResult").map(read_logprobs);
    Choice { index, content: blocks, finish, stop_sequence: None, logprobs, rest: fields }
}

/// What made-up ids of one answer's calls are salted with.
pub(super) fn salt(id: &str, choice: u32) -> String {
    format!("{id}/{choice}")
}

/// A part of an answer. What the IR has no word for, media that the model made included, is kept word for word.
pub(super) fn read_answer_part(part: Value) -> Block {
    if is_part(&part) {
        return Block::new(BlockKind::Foreign(part));
    }
    read_part(part.clone(), "").unwrap_or_else(|_| Block::new(BlockKind::Foreign(part)))
}

/// The seal on a part of an answer.
pub(super) fn seal_of(part: &Value) -> Option<Signature> {
    let data = part.get("thoughtSignature")?.as_str()?;
    // Read as on a text, whatever the part is.
    read_answer_part(json!({"text": "", "thoughtSignature": data})).signature
}

/// Google says `STOP` also when it calls functions.
pub(super) fn read_finish(reason: &str, calls: bool) -> Finish {
    match reason {
        "STOP" if calls => Finish::ToolCalls,
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// The reason for a client. Words of other dialects become `STOP`.
pub(super) fn write_finish(finish: &Finish) -> &str {
    match finish {
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter | Finish::Refusal => "SAFETY",
        Finish::Other(word)
            if !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') =>
        {
            word
        }
        Finish::Stop | Finish::StopSequence | Finish::ToolCalls | Finish::Pause | Finish::Other(_) => "STOP",
    }
}

pub(super) fn write_response(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == DialectId::Gemini;
    let mut body = Map::new();
    let blocked = own
        && block_reason(&chat.rest).is_some()
        && chat.choices.iter().all(|c| c.content.is_empty() && c.rest.is_empty());
    if !blocked {
        let candidates = chat.choices.iter().map(|choice| write_candidate(choice, own));
        body.insert("candidates".to_owned(), candidates.collect());
    }
    if let Some(usage) = &chat.usage {
        body.insert("usageMetadata".to_owned(), write_usage(usage));
    }
    if !chat.model.is_empty() {
        body.insert("modelVersion".to_owned(), json!(chat.model));
    }
    if !chat.id.is_empty() {
        body.insert("responseId".to_owned(), json!(chat.id));
    }
    if own {
        body.extend(chat.rest.clone());
    }
    written::object(body)
}

fn write_candidate(choice: &Choice, own: bool) -> Value {
    let mut writer = PartWriter { reader: Reader::Client, own, losses: Vec::new() };
    let parts: Vec<Value> = choice.content.iter().filter_map(|block| writer.part(block, "")).collect();
    let mut content = Map::new();
    if !parts.is_empty() {
        content.insert("parts".to_owned(), Value::Array(parts));
    }
    content.insert("role".to_owned(), json!("model"));
    let mut out = Map::new();
    out.insert("content".to_owned(), Value::Object(content));
    if let Some(finish) = &choice.finish {
        out.insert("finishReason".to_owned(), json!(write_finish(finish)));
    }
    out.insert("index".to_owned(), json!(choice.index));
    if let Some(logprobs) = &choice.logprobs {
        out.insert("logprobsResult".to_owned(), write_logprobs(logprobs));
    }
    if own {
        out.extend(choice.rest.clone());
    }
    Value::Object(out)
}

/// Google's log probabilities in OpenAI's shape.
pub(super) fn read_logprobs(result: &Value) -> Value {
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let token = |candidate: &Value| {
        let text = candidate.get("token").and_then(Value::as_str).unwrap_or_default();
        let logprob = candidate.get("logProbability").cloned().unwrap_or(json!(0));
        json!({"token": text, "logprob": logprob, "bytes": text.as_bytes()})
    };
    let tops = list(result, "topCandidates");
    let chosen = list(result, "chosenCandidates");
    let content = chosen.iter().enumerate().map(|(n, chosen)| {
        let top = tops.get(n).map(|top| list(top, "candidates")).unwrap_or_default();
        let mut out = token(chosen);
        if let Value::Object(out) = &mut out {
            out.insert("top_logprobs".to_owned(), top.iter().map(token).collect());
        }
        out
    });
    json!({"content": content.collect::<Vec<_>>(), "refusal": null})
}

/// OpenAI's log probabilities in Google's shape.
pub(super) fn write_logprobs(logprobs: &Value) -> Value {
    let tokens = logprobs.get("content").and_then(Value::as_array).cloned().unwrap_or_default();
    let token = |token: &Value| json!({"token": token.get("token"), "logProbability": token.get("logprob")});
    let chosen: Vec<Value> = tokens.iter().map(token).collect();
    let top = tokens.iter().map(|t| {
        let list = t.get("top_logprobs").and_then(Value::as_array).cloned().unwrap_or_default();
        json!({"candidates": list.iter().map(token).collect::<Vec<_>>()})
    });
    json!({"chosenCandidates": chosen, "topCandidates": top.collect::<Vec<_>>()})
}

fn take_string(map: &mut Map, key: &str) -> String {
    match map.shift_remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}
