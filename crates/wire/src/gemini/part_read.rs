//! Reads the parts of a content into blocks; the same for a client's turns and a provider's answer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use wye_types::Map;
use wye_types::chat::{
    Block, BlockKind, Maker, Media, MediaKind, Message, Role, Signature, Source, ToolCall, ToolResult,
};

use super::fields::{Fields, wrong};
use crate::dialect::RequestError;
use crate::seal;

/// Marks a seal that is a whole block of another vendor's sealed thoughts, not a signature over clear ones.
pub(super) const REDACTED: &str = "wye-redacted:";

/// The keys of a part that say what it is.
const KINDS: [&str; 5] = ["text", "inlineData", "fileData", "functionCall", "functionResponse"];

/// Reads one part. Calls without an id get none yet: see [`crate::call_ids`].
///
/// # Errors
/// If a field has the wrong type, or nothing says what the part is.
pub(super) fn read_part(part: Value, path: &str) -> Result<Block, RequestError> {
    let mut fields = Fields::of(part, path)?;
    let known = KINDS.iter().any(|kind| fields.has(kind));
    if !known && fields.has_beside(&["thoughtSignature", "thought"]) {
        return Ok(Block::new(BlockKind::Foreign(Value::Object(fields.rest()))));
    }
    let signature = fields.string("thoughtSignature")?;
    let thought = fields.boolean("thought")?.unwrap_or(false);
    let mut detail = None;
    if let Some(mut resolution) = fields.object("mediaResolution")? {
        detail = resolution
            .string("level")?
            .map(|l| l.trim_start_matches("MEDIA_RESOLUTION_").to_ascii_lowercase());
    }
    let kind = if let Some(text) = fields.string("text")? {
        if thought { BlockKind::Reasoning(text) } else { BlockKind::Text(text) }
    } else if let Some(data) = fields.object("inlineData")? {
        BlockKind::Media(inline_data(data, detail)?)
    } else if let Some(data) = fields.object("fileData")? {
        BlockKind::Media(file_data(data, detail)?)
    } else if let Some(call) = fields.object("functionCall")? {
        function_call(call)?
    } else if let Some(response) = fields.object("functionResponse")? {
        return function_response(response);
    } else if signature.is_some() {
        if thought { BlockKind::Reasoning(String::new()) } else { BlockKind::Text(String::new()) }
    } else {
        let message = format!(
            "`{path}` must hold one of `text`, `inlineData`, `fileData`, `functionCall`, `functionResponse`"
        );
        return Err(RequestError::field(path, message));
    };
    let mut block = Block { kind, signature: None, cache: None, rest: fields.rest() };
    if thought && !matches!(block.kind, BlockKind::Reasoning(_)) {
        block.rest.insert("thought".to_owned(), Value::Bool(true));
    }
    if let Some(text) = signature {
        apply_seal(&mut block, text);
    }
    Ok(block)
}

/// Seals of other makers stand in Google's field in base64, behind a mark.
fn apply_seal(block: &mut Block, text: String) {
    let marked = STANDARD_NO_PAD
        .decode(standard(&text).trim_end_matches('='))
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let own = Signature { maker: Maker::Google, data: text };
    let Some(marked) = marked else {
        block.signature = Some(own);
        return;
    };
    if marked == seal::UNSEALED {
        return;
    }
    let (redacted, tagged) = match marked.strip_prefix(REDACTED) {
        Some(tagged) => (true, tagged),
        None => (false, marked.as_str()),
    };
    let seal = seal::untag(tagged, Maker::Google);
    if redacted {
        block.kind = BlockKind::Redacted;
        block.signature = Some(seal);
    } else {
        block.signature = Some(if seal.maker == Maker::Google { own } else { seal });
    }
}

/// Google's bytes may come in either alphabet of base64 (its Python SDK sends the one for addresses); other vendors
/// take only the standard one, padded.
fn standard(text: &str) -> Cow<'_, str> {
    if !text.contains(['-', '_']) && text.len().is_multiple_of(4) {
        return Cow::Borrowed(text);
    }
    let mut padded = text.replace('-', "+").replace('_', "/");
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    Cow::Owned(padded)
}

fn inline_data(mut data: Fields, detail: Option<String>) -> Result<Media, RequestError> {
    let mime = required(&mut data, "mimeType", "a MIME type, for instance \"image/png\"")?;
    let bytes = required(&mut data, "data", "the bytes in base64")?;
    let name = data.string("displayName")?;
    let source = Source::Base64(standard(&bytes).into_owned());
    Ok(Media { kind: media_kind(&mime), source, mime: Some(mime), name, detail })
}

fn file_data(mut data: Fields, detail: Option<String>) -> Result<Media, RequestError> {
    let uri = required(&mut data, "fileUri", "the address of the file")?;
    let mime = data.string("mimeType")?;
    let name = data.string("displayName")?;
    let public = uri.starts_with("http") && !uri.starts_with("https://generativelanguage.googleapis.com/");
    let kind = mime.as_deref().map_or(MediaKind::File, media_kind);
    let source = if public { Source::Url(uri) } else { Source::FileId(uri) };
    Ok(Media { kind, source, mime, name, detail })
}

fn media_kind(mime: &str) -> MediaKind {
    match mime.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::File,
    }
}

fn function_call(mut call: Fields) -> Result<BlockKind, RequestError> {
    let name = required(&mut call, "name", "the name of the function")?;
    let id = call.string("id")?.unwrap_or_default();
    let arguments = match call.take("args") {
        None => "{}".to_owned(),
        Some(args @ Value::Object(_)) => args.to_string(),
        Some(other) => return Err(wrong(&call.at("args"), "an object", &other)),
    };
    Ok(BlockKind::ToolCall(ToolCall { id, name, arguments }))
}

fn function_response(mut response: Fields) -> Result<Block, RequestError> {
    let name = required(&mut response, "name", "the name of the function that was called")?;
    let call_id = response.string("id")?.unwrap_or_default();
    let answer = match response.take("response") {
        None => Map::new(),
        Some(Value::Object(map)) => map,
        Some(other) => return Err(wrong(&response.at("response"), "an object", &other)),
    };
    let parts = response.array("parts")?.unwrap_or_default();
    let path = response.at("parts");
    let (text, is_error) = result_text(&answer);
    let mut content = Vec::with_capacity(parts.len() + 1);
    if parts.is_empty() || !answer.is_empty() {
        content.push(Block::text(text));
    }
    for (n, part) in parts.into_iter().enumerate() {
        content.push(read_part(part, &format!("{path}[{n}]"))?);
    }
    let mut rest = response.rest();
    // Kept word for word, because `output` and its kin are read into plain text above.
    rest.insert("response".to_owned(), Value::Object(answer));
    let kind = BlockKind::ToolResult(ToolResult { call_id, name: Some(name), content, is_error });
    Ok(Block { kind, signature: None, cache: None, rest })
}

/// The text of a function's answer: Google names `output` and `error`, its SDK writes `result`; anything else is the
/// answer as a whole.
fn result_text(answer: &Map) -> (String, bool) {
    let only = |key: &str| if answer.len() == 1 { answer.get(key) } else { None };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(value) = only("error") {
        return (plain(value), true);
    }
    let text = only("output").or_else(|| only("result")).map(plain);
    (text.unwrap_or_else(|| Value::Object(answer.clone()).to_string()), false)
}

fn required(fields: &mut Fields, key: &str, what: &str) -> Result<String, RequestError> {
    let at = fields.at(key);
    fields.string(key)?.ok_or_else(|| RequestError::field(&at, format!("`{at}` is missing; write {what}")))
}

/// Splits the blocks of a turn into messages: runs of function results become messages of [`Role::Tool`], runs of calls
/// the model's.
pub(super) fn split_turn(role: Role, blocks: Vec<Block>, rest: Map) -> Vec<Message> {
    let mut out: Vec<Message> = Vec::with_capacity(1);
    let role_of = |block: &Block| match block.kind {
        BlockKind::ToolResult(_) => Role::Tool,
        // Only the model calls, also where its turn does not say whose it is.
        BlockKind::ToolCall(_) => Role::Assistant,
        _ => role,
    };
    for block in blocks {
        let role = role_of(&block);
        match out.last_mut() {
            Some(last) if last.role == role => last.content.push(block),
            _ => out.push(Message { role, content: vec![block], name: None, rest: Map::new() }),
        }
    }
    match out.first_mut() {
        Some(first) => first.rest = rest,
        None => out.push(Message { role, content: Vec::new(), name: None, rest }),
    }
    out
}
