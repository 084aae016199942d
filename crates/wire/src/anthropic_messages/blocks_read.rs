//! Content blocks, read: the same words serve requests and answers.

use serde_json::Value;
use wye_types::chat::{Block, BlockKind, CacheHint, Maker, Media, MediaKind, Source, ToolCall, ToolResult};

use crate::dialect::RequestError;
use crate::fields::{Fields, missing, wrong};
use crate::seal;

/// Content that may be a bare text or an array of blocks.
pub(super) fn content(value: Option<Value>, path: &str) -> Result<Vec<Block>, RequestError> {
    match value {
        None => Err(missing(path, "send a string or an array of content blocks")),
        Some(Value::String(text)) => Ok(vec![Block::text(text)]),
        Some(Value::Array(items)) => {
            items.into_iter().enumerate().map(|(n, item)| block(item, format!("{path}[{n}]"))).collect()
        }
        Some(other) => Err(wrong(path, "a string or an array of content blocks", &other)),
    }
}

/// One block.
pub(super) fn block(value: Value, path: String) -> Result<Block, RequestError> {
    let kind = match value.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(other) if value.is_object() => return Err(wrong(&format!("{path}.type"), "a string", other)),
        None if value.is_object() => {
            return Err(missing(&format!("{path}.type"), "send the kind of block, e.g. \"text\""));
        }
        _ => return Err(wrong(&path, "a content block", &value)),
    };
    // A document made of blocks has no likeness in other dialects.
    let composed = value.pointer("/source/type").and_then(Value::as_str) == Some("content");
    let known = matches!(
        kind.as_str(),
        "text" | "thinking" | "redacted_thinking" | "tool_use" | "tool_result" | "image" | "document"
    );
    if !known || composed {
        return Ok(Block::new(BlockKind::Foreign(value)));
    }
    let mut fields = Fields::of(value, path)?;
    fields.take("type");
    let cache = fields.take("cache_control").map(|hint| cache_hint(&hint));
    let (kind, signature) = match kind.as_str() {
        "text" => (BlockKind::Text(fields.need_string("text")?), None),
        "thinking" => {
            let text = fields.string("thinking")?.unwrap_or_default();
            let mark = fields.string("signature")?.filter(|mark| !mark.is_empty());
            (BlockKind::Reasoning(text), mark.map(|mark| seal::untag(&mark, Maker::Anthropic)))
        }
        "redacted_thinking" => {
            (BlockKind::Redacted, Some(seal::untag(&fields.need_string("data")?, Maker::Anthropic)))
        }
        "tool_use" => {
            let (id, signature) = seal::split_id(&fields.need_string("id")?);
            let name = fields.need_string("name")?;
            let arguments = fields.take("input").map_or_else(|| "{}".to_owned(), |input| input.to_string());
            (BlockKind::ToolCall(ToolCall { id, name, arguments }), signature)
        }
        "tool_result" => (BlockKind::ToolResult(tool_result(&mut fields)?), None),
        "image" => (BlockKind::Media(media(&mut fields, MediaKind::Image)?), None),
        _ => (BlockKind::Media(media(&mut fields, MediaKind::File)?), None),
    };
    Ok(Block { kind, signature, cache, rest: fields.rest() })
}

fn tool_result(fields: &mut Fields) -> Result<ToolResult, RequestError> {
    let (call_id, _) = seal::split_id(&fields.need_string("tool_use_id")?);
    let path = fields.path_of("content");
    let content = match fields.take("content") {
        None => Vec::new(),
        some => content(some, &path)?,
    };
    let is_error = fields.boolean("is_error")?.unwrap_or(false);
    Ok(ToolResult { call_id, name: None, content, is_error })
}

fn media(fields: &mut Fields, kind: MediaKind) -> Result<Media, RequestError> {
    let path = fields.path_of("source");
    let mut source = fields.object("source")?.ok_or_else(|| missing(&path, "send where the bytes are"))?;
    let mime = source.string("media_type")?;
    let from = match source.need_string("type")?.as_str() {
        "base64" => {
            if mime.is_none() {
                return Err(missing(&source.path_of("media_type"), "send the MIME type of the data"));
            }
            Source::Base64(source.need_string("data")?)
        }
        "text" => Source::Text(source.need_string("data")?),
        "url" => Source::Url(source.need_string("url")?),
        "file" => Source::FileId(source.need_string("file_id")?),
        other => {
            let path = source.path_of("type");
            let message = format!("`{path}` is \"{other}\"; write base64, url, file or text");
            return Err(RequestError::field(path, message));
        }
    };
    let name = if kind == MediaKind::File { fields.string("title")? } else { None };
    Ok(Media { kind, source: from, mime, name, detail: None })
}

/// Reads `cache_control`.
pub(super) fn cache_hint(value: &Value) -> CacheHint {
    if value.get("ttl").and_then(Value::as_str) == Some("1h") { CacheHint::Long } else { CacheHint::Short }
}
