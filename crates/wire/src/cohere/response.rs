//! Whole answers, both ways.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, Source};

use super::content_read::PLAN;
use super::{content_read, error, finish, marked, usage};
use crate::dialect::{ReadError, RequestError};
use crate::fields::{Fields, merge};
use crate::seal;
use crate::written;

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| ReadError::Malformed(format!("the answer is not JSON: {error}")))?;
    if error::is_error(&tree) {
        return Err(ReadError::Upstream(Box::new(error::read_tree(200, &tree))));
    }
    if let Some(error) = error::of_end(&tree) {
        return Err(ReadError::Upstream(Box::new(error)));
    }
    read_tree(tree).map_err(|error| ReadError::Malformed(error.message))
}

fn read_tree(tree: Value) -> Result<ChatResponse, RequestError> {
    let mut fields = Fields::of(tree, "")?;
    let Some(mut message) = fields.object("message")? else {
        return Err(fields.missing("message", "it holds the content"));
    };
    message.take("role");
    let content = content_read::content(message.take("content"), "message.content")?;
    let content = content_read::beside(&mut message, content)?;
    let mut rest = Map::new();
    let left = message.rest();
    if !left.is_empty() {
        rest.insert("message".into(), Value::Object(left));
    }
    let finish = fields.string("finish_reason")?.map(|reason| finish::read(&reason));
    let counts = fields.take("usage");
    let usage = counts.as_ref().map(usage::read);
    if let Some(counts) = counts {
        fields.keep("usage", usage::left(counts));
    }
    let id = fields.string("id")?.unwrap_or_default();
    let choice = Choice { index: 0, content, finish, stop_sequence: None, logprobs: None, rest };
    Ok(ChatResponse {
        from: DialectId::Cohere,
        id,
        model: String::new(),
        created: None,
        choices: vec![choice],
        usage,
        rest: fields.rest(),
    })
}

/// Writes an answer for the client. Of several answers the first is written: the dialect has room for one.
pub(super) fn write(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == DialectId::Cohere;
    let choice = chat.choices.first();
    let (mut content, mut calls, mut plan) = (Vec::new(), Vec::new(), String::new());
    let blocks = choice.map(|choice| choice.content.as_slice()).unwrap_or_default();
    for block in blocks {
        match &block.kind {
            BlockKind::Reasoning(text) if own && block.rest.contains_key(PLAN) => plan.push_str(text),
            BlockKind::ToolCall(call) => {
                let id = seal::id_with_seal(&call.id, block.signature.as_ref());
                let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
                let function = json!({"name": call.name, "arguments": arguments});
                calls.push(json!({"id": id, "type": "function", "function": function}));
            }
            _ => content.extend(part(block, own)),
        }
    }
    let mut message = Map::from_iter([("role".to_owned(), json!("assistant"))]);
    if !plan.is_empty() {
        message.insert(PLAN.into(), json!(plan));
    }
    if !calls.is_empty() {
        message.insert("tool_calls".into(), json!(calls));
    }
    if !content.is_empty() || calls.is_empty() {
        message.insert("content".into(), Value::Array(content));
    }
    let mut out = Map::from_iter([("id".to_owned(), json!(chat.id))]);
    if own {
        if let Some(Value::Object(left)) = choice.and_then(|choice| choice.rest.get("message")) {
            message.extend(left.clone());
        }
        out.extend(chat.rest.clone());
    }
    out.insert("message".into(), Value::Object(message));
    if let Some(finish) = choice.and_then(|choice| choice.finish.as_ref()) {
        let refused = blocks.iter().any(|block| matches!(block.kind, BlockKind::Refusal(_)));
        let finish = if refused && *finish == Finish::Stop { &Finish::Refusal } else { finish };
        out.insert("finish_reason".into(), json!(finish::write(finish, own)));
    }
    if let Some(counts) = &chat.usage {
        let left = chat.rest.get("usage").and_then(Value::as_object).filter(|_| own);
        out.insert("usage".into(), usage::write(counts, left));
    }
    written::object(out)
}

/// A part as the client sees it: every maker's seal is kept, marked with whose it is.
fn part(block: &Block, own: bool) -> Option<Value> {
    let mut out = match &block.kind {
        BlockKind::Text(text) | BlockKind::Refusal(text) => json!({"type": "text", "text": text}),
        BlockKind::Reasoning(text) => json!({"type": "thinking", "thinking": text}),
        BlockKind::Redacted => {
            let mark = block.signature.as_ref().map(marked)?;
            return Some(json!({"type": "thinking", "thinking": "", "redacted": mark}));
        }
        BlockKind::Media(media) => {
            let url = match &media.source {
                Source::Url(url) => url.clone(),
                Source::Base64(data) => {
                    format!("data:{};base64,{data}", media.mime.as_deref().unwrap_or_default())
                }
                Source::FileId(_) | Source::Text(_) => return None,
            };
            json!({"type": "image_url", "image_url": {"url": url}})
        }
        BlockKind::Foreign(value) if own => return Some(value.clone()),
        BlockKind::Foreign(_) | BlockKind::ToolCall(_) | BlockKind::ToolResult(_) => return None,
    };
    if let Value::Object(map) = &mut out {
        map.extend(block.signature.as_ref().map(|seal| ("signature".to_owned(), json!(marked(seal)))));
        if own {
            if let Some(document) = block.rest.get("document") {
                map.shift_remove("text");
                map.insert("type".into(), json!("document"));
                map.insert("document".into(), document.clone());
            }
            merge(map, &block.rest);
        }
    }
    Some(out)
}
