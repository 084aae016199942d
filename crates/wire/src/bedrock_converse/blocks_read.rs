//! Content blocks, read: the same words serve requests and answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, CacheHint, Maker, MediaKind, Signature, ToolCall, ToolResult};

use super::media;
use crate::dialect::RequestError;
use crate::fields::{Fields, missing, wrong};
use crate::seal;

/// An array of blocks. A cache point belongs to the block before it.
pub(super) fn content(value: Option<Value>, path: &str) -> Result<Vec<Block>, RequestError> {
    let items = match value {
        Some(Value::Array(items)) => items,
        None => return Err(missing(path, "send an array of content blocks")),
        Some(other) => return Err(wrong(path, "an array of content blocks", &other)),
    };
    let mut out: Vec<Block> = Vec::with_capacity(items.len());
    for (n, item) in items.into_iter().enumerate() {
        match (cache_point(&item), out.last_mut()) {
            (Some(hint), Some(last)) if last.cache.is_none() => last.cache = Some(hint),
            _ => out.push(block(item, &format!("{path}[{n}]"))?),
        }
    }
    Ok(out)
}

/// Reads `{"cachePoint": {"type": "default", "ttl": …}}`.
pub(super) fn cache_point(value: &Value) -> Option<CacheHint> {
    let point = value.get("cachePoint")?;
    let long = point.get("ttl").and_then(Value::as_str) == Some("1h");
    point.is_object().then_some(if long { CacheHint::Long } else { CacheHint::Short })
}

/// One block: an object whose only key says what it is.
pub(super) fn block(value: Value, path: &str) -> Result<Block, RequestError> {
    let Value::Object(map) = &value else {
        return Err(wrong(path, "an object such as {\"text\": \"…\"}", &value));
    };
    let mut members = map.iter().filter(|(_, member)| !member.is_null());
    let (Some((key, member)), None) = (members.next(), members.next()) else {
        return Ok(Block::new(BlockKind::Foreign(value)));
    };
    let at = format!("{path}.{key}");
    let read = match key.as_str() {
        "text" => match member {
            Value::String(text) => Some(Block::text(text.clone())),
            other => return Err(wrong(&at, "a string", other)),
        },
        "json" => {
            let rest = Map::from_iter([(key.clone(), member.clone())]);
            Some(Block { rest, ..Block::text(member.to_string()) })
        }
        "toolUse" => tool_use(member, &at)?,
        "toolResult" => tool_result(member, &at)?,
        "reasoningContent" => reasoning(member, &at)?,
        "citationsContent" => cited(key, member),
        "image" => media_block(MediaKind::Image, member, &at)?,
        "document" => media_block(MediaKind::File, member, &at)?,
        "video" => media_block(MediaKind::Video, member, &at)?,
        "audio" => media_block(MediaKind::Audio, member, &at)?,
        _ => None,
    };
    Ok(read.unwrap_or_else(|| Block::new(BlockKind::Foreign(value))))
}

fn media_block(kind: MediaKind, member: &Value, at: &str) -> Result<Option<Block>, RequestError> {
    let read = media::read(kind, member, at)?;
    Ok(read.map(|(media, rest)| Block { rest, ..Block::new(BlockKind::Media(media)) }))
}

/// A call; `None` if the service itself makes it.
fn tool_use(member: &Value, at: &str) -> Result<Option<Block>, RequestError> {
    if is_servers(member) {
        return Ok(None);
    }
    let mut fields = Fields::of(member.clone(), at)?;
    let (id, signature) = seal::split_id(&fields.need_string("toolUseId")?);
    let name = fields.need_string("name")?;
    let arguments = fields.take("input").map_or_else(|| "{}".to_owned(), |input| input.to_string());
    let call = ToolCall { id, name, arguments };
    Ok(Some(Block { signature, rest: fields.rest(), ..Block::new(BlockKind::ToolCall(call)) }))
}

/// Whether a call or a result is of a tool that the service runs (`type` is `server_tool_use`, `…_result`).
pub(super) fn is_servers(member: &Value) -> bool {
    member.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "tool_use" && kind != "tool_result")
}

fn tool_result(member: &Value, at: &str) -> Result<Option<Block>, RequestError> {
    if is_servers(member) {
        return Ok(None);
    }
    let mut fields = Fields::of(member.clone(), at)?;
    let (call_id, _) = seal::split_id(&fields.need_string("toolUseId")?);
    let path = fields.path_of("content");
    let content = content(Some(fields.take("content").unwrap_or(json!([]))), &path)?;
    let status = fields.take("status");
    let is_error = status.as_ref().is_some_and(|status| status == "error");
    if let Some(status) = status.filter(|_| !is_error) {
        fields.put("status", status);
    }
    let result = ToolResult { call_id, name: None, content, is_error };
    Ok(Some(Block { rest: fields.rest(), ..Block::new(BlockKind::ToolResult(result)) }))
}

/// Thoughts, in clear or sealed.
fn reasoning(member: &Value, at: &str) -> Result<Option<Block>, RequestError> {
    if let Some(data) = member.get("redactedContent").and_then(Value::as_str) {
        return Ok(Some(Block { signature: Some(read_redacted(data)), ..Block::new(BlockKind::Redacted) }));
    }
    let Some(text) = member.get("reasoningText") else { return Ok(None) };
    let mut fields = Fields::of(text.clone(), format!("{at}.reasoningText"))?;
    let signature = fields.string("signature")?.filter(|mark| !mark.is_empty());
    let text = fields.string("text")?.unwrap_or_default();
    let signature = signature.map(|mark| seal::untag(&mark, Maker::Anthropic));
    Ok(Some(Block { signature, rest: fields.rest(), ..Block::new(BlockKind::Reasoning(text)) }))
}

/// A seal where the API has bytes: another maker's is marked, and the mark in base64.
pub(super) fn read_redacted(data: &str) -> Signature {
    let marked = STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let none = Maker::Other(String::new());
    let seal = marked.map(|text| seal::untag(&text, none.clone()));
    seal.filter(|seal| seal.maker != none)
        .unwrap_or_else(|| Signature { maker: Maker::Anthropic, data: data.to_owned() })
}

/// Writes what [`read_redacted`] reads.
pub(super) fn write_redacted(seal: &Signature) -> String {
    if seal.maker == Maker::Anthropic && STANDARD.decode(&seal.data).is_ok() {
        return seal.data.clone();
    }
    STANDARD.encode(seal::tag(seal, &Maker::Other(String::new())))
}

/// Text with its sources. Other dialects get the text.
fn cited(key: &str, member: &Value) -> Option<Block> {
    let pieces = member.get("content")?.as_array()?;
    let text: String = pieces.iter().filter_map(|piece| piece.get("text")?.as_str()).collect();
    let rest = Map::from_iter([(key.to_owned(), member.clone())]);
    (!text.is_empty()).then(|| Block { rest, ..Block::text(text) })
}
