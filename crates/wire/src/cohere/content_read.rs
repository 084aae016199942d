//! What messages hold, read: the same words serve requests and answers.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, Media, MediaKind, ToolCall};

use super::maker;
use crate::dialect::RequestError;
use crate::fields::{Fields, missing, wrong};
use crate::openai_chat::parts::read_source;
use crate::seal;

/// Marks thoughts that stand in `tool_plan`, so that they are written there again.
pub(super) const PLAN: &str = "tool_plan";

/// Content that is a bare text or an array of parts; nothing if it is absent.
pub(super) fn content(value: Option<Value>, path: &str) -> Result<Vec<Block>, RequestError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Block::text(text)]),
        Some(Value::Array(items)) => {
            items.into_iter().enumerate().map(|(n, item)| part(item, &format!("{path}[{n}]"))).collect()
        }
        Some(other) => Err(wrong(path, "a string or an array of parts", &other)),
    }
}

fn part(value: Value, path: &str) -> Result<Block, RequestError> {
    if !value.is_object() {
        return Err(wrong(path, "an object such as {\"type\": \"text\", \"text\": \"…\"}", &value));
    }
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !matches!(kind.as_str(), "text" | "thinking" | "image_url" | "document") {
        return match value.get("type") {
            None | Some(Value::Null) => {
                Err(missing(&format!("{path}.type"), "send the kind of part, e.g. \"text\""))
            }
            _ => Ok(Block::new(BlockKind::Foreign(value))),
        };
    }
    let mut fields = Fields::of(value, path)?;
    fields.take("type");
    let mut signature = None;
    let kind = match kind.as_str() {
        "text" => BlockKind::Text(fields.need_string("text")?),
        "thinking" => BlockKind::Reasoning(fields.string("thinking")?.unwrap_or_default()),
        "image_url" => BlockKind::Media(image(&mut fields)?),
        _ => return document(fields),
    };
    if let Some(mark) = fields.string("signature")? {
        signature = Some(seal::untag(&mark, maker()));
    }
    if let Some(mark) = fields.string("redacted")? {
        let seal = Some(seal::untag(&mark, maker()));
        return Ok(Block { signature: seal, rest: fields.rest(), ..Block::new(BlockKind::Redacted) });
    }
    Ok(Block { signature, rest: fields.rest(), ..Block::new(kind) })
}

fn image(fields: &mut Fields) -> Result<Media, RequestError> {
    let (url, detail) = match fields.take("image_url") {
        Some(Value::String(url)) => (url, None),
        Some(value) => {
            let mut inner = Fields::at(value, fields.path_of("image_url"), "an object with a \"url\"")?;
            (inner.required("url", "write an http(s) or data: URL")?, inner.string("detail")?)
        }
        None => return Err(fields.missing("image_url", "write {\"url\": \"https://…\"}")),
    };
    let (source, mime) = read_source(url);
    Ok(Media { kind: MediaKind::Image, source, mime, name: None, detail })
}

/// A document that a tool found: text for other dialects, itself for this one.
fn document(mut fields: Fields) -> Result<Block, RequestError> {
    let Some(document) = fields.take("document") else {
        return Err(fields.missing("document", "send {\"data\": {…}}"));
    };
    let data = document.get("data").unwrap_or(&document);
    let text = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
    let mut rest = fields.rest();
    rest.insert("document".into(), document);
    Ok(Block { rest, ..Block::text(text) })
}

/// The model's plan and its calls, which stand beside the content: before it and behind it.
pub(super) fn beside(fields: &mut Fields, content: Vec<Block>) -> Result<Vec<Block>, RequestError> {
    let mut out = Vec::with_capacity(content.len() + 1);
    if let Some(plan) = fields.string(PLAN)?.filter(|plan| !plan.is_empty()) {
        let rest = Map::from_iter([(PLAN.to_owned(), json!(true))]);
        out.push(Block { rest, ..Block::new(BlockKind::Reasoning(plan)) });
    }
    out.extend(content);
    let path = fields.path_of("tool_calls");
    for (n, call) in fields.array("tool_calls")?.unwrap_or_default().into_iter().enumerate() {
        out.push(tool_call(call, &format!("{path}[{n}]"))?);
    }
    Ok(out)
}

fn tool_call(value: Value, path: &str) -> Result<Block, RequestError> {
    let mut fields = Fields::of(value, path)?;
    fields.take("type");
    let (id, signature) = seal::split_id(&fields.string("id")?.unwrap_or_default());
    let Some(mut function) = fields.object("function")? else {
        return Err(fields.missing("function", "send {\"name\": …, \"arguments\": …}"));
    };
    let name = function.need_string("name")?;
    let arguments = function.string("arguments")?.unwrap_or_else(|| "{}".to_owned());
    fields.keep("function", function.rest());
    let call = ToolCall { id, name, arguments };
    Ok(Block { signature, rest: fields.rest(), ..Block::new(BlockKind::ToolCall(call)) })
}
