//! Whole answers, both ways.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Finish, Maker, MediaKind, Signature, Source};

use super::usage::{self, Counts};
use super::{blocks_read, blocks_write, error, finish};
use crate::dialect::{ReadError, RequestError};
use crate::fields::Fields;
use crate::seal;
use crate::written;

/// Reads a provider's answer.
pub(super) fn read(body: &[u8]) -> Result<ChatResponse, ReadError> {
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| ReadError::Malformed(format!("the answer is not JSON: {error}")))?;
    if tree.get("type").and_then(Value::as_str) == Some("error") || is_error(&tree) {
        return Err(ReadError::Upstream(Box::new(error::read_tree(200, &tree))));
    }
    read_tree(tree).map_err(|error| ReadError::Malformed(error.message))
}

fn is_error(tree: &Value) -> bool {
    tree.get("error").is_some_and(|error| !error.is_null()) && tree.get("content").is_none()
}

/// Reads an answer that has been parsed.
pub(super) fn read_tree(tree: Value) -> Result<ChatResponse, RequestError> {
    let mut fields = Fields::of(tree, "")?;
    let content = blocks_read::content(fields.take("content"), "content")?;
    let stop_sequence = fields.string("stop_sequence")?;
    let finish = fields.string("stop_reason")?.map(|reason| finish::read(&reason));
    let counts = fields.take("usage");
    let id = fields.string("id")?.unwrap_or_default();
    let model = fields.string("model")?.unwrap_or_default();
    fields.take("type");
    fields.take("role");
    let usage = counts.as_ref().map(|counts| Counts::of(counts).usage());
    if let Some(Value::Object(mut left)) = counts {
        left.retain(|key, _| !usage::KNOWN.contains(&key.as_str()));
        fields.keep("usage", left);
    }
    let choice = Choice { index: 0, content, finish, stop_sequence, logprobs: None, rest: Map::new() };
    Ok(ChatResponse {
        from: DialectId::AnthropicMessages,
        id,
        model,
        created: None,
        choices: vec![choice],
        usage,
        rest: fields.rest(),
    })
}

/// Writes an answer for the client. Of several answers the first is written: the dialect has room for one.
pub(super) fn write(chat: &ChatResponse) -> Vec<u8> {
    let own = chat.from == DialectId::AnthropicMessages;
    let choice = chat.choices.first();
    let mut content = Vec::new();
    for block in choice.map(|choice| choice.content.as_slice()).unwrap_or_default() {
        write_block(block, own, &mut content);
    }
    let mut out = Map::new();
    out.insert("id".into(), json!(chat.id));
    out.insert("type".into(), json!("message"));
    out.insert("role".into(), json!("assistant"));
    out.insert("model".into(), json!(chat.model));
    out.insert("content".into(), Value::Array(content));
    let refused = choice.is_some_and(|c| c.content.iter().any(|b| matches!(b.kind, BlockKind::Refusal(_))));
    let reason = choice.and_then(|choice| choice.finish.as_ref()).map(|finish| match finish {
        Finish::Stop if refused => "refusal",
        finish => finish::write(finish, own),
    });
    out.insert("stop_reason".into(), json!(reason));
    out.insert("stop_sequence".into(), json!(choice.and_then(|choice| choice.stop_sequence.as_ref())));
    let mut counts = usage::write(&chat.usage.unwrap_or_default());
    if own {
        for (key, value) in &chat.rest {
            match (key.as_str(), value) {
                ("usage", Value::Object(left)) => counts.extend(left.clone()),
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
    }
    out.insert("usage".into(), Value::Object(counts));
    written::object(out)
}

/// Writes a block as the client sees it: every maker's seal is kept, marked with whose it is.
fn write_block(block: &Block, own: bool, out: &mut Vec<Value>) {
    let seal = block.signature.as_ref();
    let mut written = match &block.kind {
        BlockKind::Text(text) | BlockKind::Refusal(text) => json!({"type": "text", "text": text}),
        BlockKind::Reasoning(text) => {
            json!({"type": "thinking", "thinking": text, "signature": seal.map(marked).unwrap_or_default()})
        }
        BlockKind::Redacted => {
            json!({"type": "redacted_thinking", "data": seal.map(marked).unwrap_or_default()})
        }
        BlockKind::ToolCall(call) => {
            let input = blocks_write::arguments(&call.arguments).unwrap_or_else(|text| json!({"_raw": text}));
            let id = seal::id_with_seal(&call.id, seal);
            json!({"type": "tool_use", "id": id, "name": call.name, "input": input})
        }
        BlockKind::Media(media) => match (&media.source, media.kind) {
            (Source::Base64(data), MediaKind::Image) => {
                let source = json!({"type": "base64", "media_type": media.mime, "data": data});
                json!({"type": "image", "source": source})
            }
            (Source::Url(url), MediaKind::Image) => {
                json!({"type": "image", "source": {"type": "url", "url": url}})
            }
            _ => return,
        },
        BlockKind::Foreign(value) if own => value.clone(),
        BlockKind::Foreign(_) | BlockKind::ToolResult(_) => return,
    };
    if let (true, Value::Object(map)) = (own, &mut written) {
        map.extend(block.rest.clone());
    }
    if let (BlockKind::Text(_) | BlockKind::Refusal(_) | BlockKind::Media(_), Some(seal)) =
        (&block.kind, seal)
    {
        // A text block has no place for a seal; it goes ahead in a block that clients send back untouched. Not behind:
        // Claude Code takes the last block for the answer.
        out.push(json!({"type": "redacted_thinking", "data": marked(seal)}));
    }
    out.push(written);
}

/// A seal as this dialect's clients carry it.
pub(super) fn marked(seal: &Signature) -> String {
    seal::tag(seal, &Maker::Anthropic)
}
