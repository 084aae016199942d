//! Content parts: the elements of a message's `content` and of a result's `output`.

use serde_json::{Value, json};
use wye_types::chat::{Block, BlockKind, Media, MediaKind, Source};

use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};
use crate::openai_chat::parts::{audio_format, default_name, mime_of, read_audio, read_source};

/// Marks a foreign block that was a part of a message, not an item of its own.
pub(super) const PART: &str = "part";

/// Reads a string, an array of parts, or nothing.
pub(super) fn read_content(content: Option<Value>, path: &str) -> Result<Vec<Block>, RequestError> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Block::text(text)]),
        Some(Value::Array(parts)) => {
            parts.into_iter().enumerate().map(|(n, part)| read_part(part, &format!("{path}[{n}]"))).collect()
        }
        Some(other) => Err(wrong(path, "a string or an array of content parts", &other)),
    }
}

fn read_part(part: Value, path: &str) -> Result<Block, RequestError> {
    let whole = part.clone();
    let mut fields =
        Fields::at(part, path, "a content part such as {\"type\": \"input_text\", \"text\": …}")?;
    let hint = "write \"input_text\", \"input_image\", \"input_file\" or \"input_audio\"";
    let kind = match fields.required("type", hint)?.as_str() {
        "input_text" | "output_text" => {
            BlockKind::Text(fields.required("text", "write the text as a string")?)
        }
        "refusal" => BlockKind::Refusal(fields.required("refusal", "write the refusal as a string")?),
        "input_image" => BlockKind::Media(read_image(&mut fields)?),
        "input_file" => BlockKind::Media(read_file(&mut fields)?),
        "input_audio" => BlockKind::Media(read_audio(&mut fields)?),
        _ => {
            let mut block = Block::new(BlockKind::Foreign(whole));
            block.rest.insert(PART.into(), Value::Bool(true));
            return Ok(block);
        }
    };
    Ok(Block { rest: fields.rest(), ..Block::new(kind) })
}

fn read_image(fields: &mut Fields) -> Result<Media, RequestError> {
    let (source, mime) = match (fields.string("image_url")?, fields.string("file_id")?) {
        (Some(url), _) => read_source(url),
        (None, Some(id)) => (Source::FileId(id), None),
        (None, None) => return Err(fields.missing("image_url", "write an http(s) or data: URL")),
    };
    Ok(Media { kind: MediaKind::Image, source, mime, name: None, detail: fields.string("detail")? })
}

fn read_file(fields: &mut Fields) -> Result<Media, RequestError> {
    let name = fields.string("filename")?;
    let inline = fields.string("file_data")?.map(|data| match read_source(data) {
        // Bare base64 without a data URL around it is accepted as well.
        (Source::Url(text), _) if !text.contains("://") => {
            (Source::Base64(text), Some("application/pdf".to_owned()))
        }
        read => read,
    });
    let (source, mime) = match (inline, fields.string("file_url")?, fields.string("file_id")?) {
        (Some(inline), _, _) => inline,
        (None, Some(url), _) => (Source::Url(url), None),
        (None, None, Some(id)) => (Source::FileId(id), None),
        (None, None, None) => {
            let hint = "write \"file_data\" with \"filename\", \"file_url\" or \"file_id\"";
            return Err(fields.missing("file_data", hint));
        }
    };
    Ok(Media { kind: MediaKind::File, source, mime, name, detail: None })
}

/// Whose words a part holds: their texts have different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The user, the developer, a tool.
    Input,
    /// The model.
    Output,
}

/// Writes a block as a part; `own` tells that its `rest` is of this dialect. `Err` names what cannot be said; `None` is a
/// block that is no part.
pub(super) fn write_part(block: &Block, speaker: Speaker, own: bool) -> Result<Option<Value>, &'static str> {
    let output = speaker == Speaker::Output;
    let mut part = match &block.kind {
        BlockKind::Text(text) if output => json!({"type": "output_text", "text": text}),
        BlockKind::Text(text) => json!({"type": "input_text", "text": text}),
        BlockKind::Refusal(text) if own => json!({"type": "refusal", "refusal": text}),
        // To the model it is what was said; its own dialect's clients alone know the part.
        BlockKind::Refusal(text) if output => json!({"type": "output_text", "text": text}),
        BlockKind::Refusal(text) => json!({"type": "input_text", "text": text}),
        BlockKind::Media(_) if output && !own => return Err("dropped; the model's turns hold text only"),
        BlockKind::Media(media) => write_media(media, own)?,
        BlockKind::Foreign(value) if own => return Ok(Some(value.clone())),
        BlockKind::Foreign(_) => return Err("dropped"),
        _ => return Ok(None),
    };
    if let (Value::Object(fields), true) = (&mut part, own) {
        for (key, value) in block.rest.iter().filter(|(key, _)| *key != super::items_read::ITEM) {
            fields.entry(key).or_insert_with(|| value.clone());
        }
    }
    Ok(Some(part))
}

fn write_media(media: &Media, own: bool) -> Result<Value, &'static str> {
    let mime = mime_of(media);
    let url = match &media.source {
        Source::Url(url) => url.clone(),
        Source::Base64(data) => format!("data:{mime};base64,{data}"),
        Source::Text(text) => return Ok(json!({"type": "input_text", "text": text})),
        Source::FileId(id) if own => {
            let kind = if media.kind == MediaKind::Image { "input_image" } else { "input_file" };
            return Ok(with_detail(json!({"type": kind, "file_id": id}), media));
        }
        Source::FileId(_) => return Err("dropped; another vendor's file ids mean nothing here"),
    };
    match (media.kind, &media.source) {
        (MediaKind::Image, _) => Ok(with_detail(json!({"type": "input_image", "image_url": url}), media)),
        (MediaKind::Audio, Source::Base64(data)) => {
            let input = json!({"data": data, "format": audio_format(mime)});
            Ok(json!({"type": "input_audio", "input_audio": input}))
        }
        (MediaKind::Audio, _) => Err("dropped; only sound in base64 can be sent"),
        (MediaKind::Video, _) => Err("dropped; film cannot be sent"),
        (MediaKind::File, Source::Url(_)) => {
            let mut part = json!({"type": "input_file", "file_url": url});
            if let Some(name) = media.name.as_ref().filter(|_| own) {
                part["filename"] = json!(name);
            }
            Ok(part)
        }
        (MediaKind::File, _) => {
            let name = media.name.clone().unwrap_or_else(|| default_name(mime));
            Ok(json!({"type": "input_file", "filename": name, "file_data": url}))
        }
    }
}

fn with_detail(mut part: Value, media: &Media) -> Value {
    if let Some(detail) = &media.detail {
        part["detail"] = json!(detail.to_ascii_lowercase());
    }
    if let Some(name) = media.name.as_ref().filter(|_| media.kind == MediaKind::File) {
        part["filename"] = json!(name);
    }
    part
}

/// One text is written as a string, which every server takes; anything else as an array of parts.
pub(super) fn content_of(parts: Vec<Value>) -> Value {
    if let [Value::Object(part)] = parts.as_slice()
        && part.len() == 2
        && let Some(text @ Value::String(_)) = part.get("text")
    {
        return text.clone();
    }
    Value::Array(parts)
}
