//! Content parts: the elements of a message's `content` array.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, CacheHint, Media, MediaKind, Source};

use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};

/// Reads `content`: a string, an array of parts, or nothing.
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
    if let Value::String(text) = part {
        return Ok(Block::text(text));
    }
    let whole = part.clone();
    let mut fields = Fields::at(part, path, "a content part such as {\"type\": \"text\", \"text\": …}")?;
    let hint = "write \"text\", \"image_url\", \"input_audio\" or \"file\"";
    let kind = fields.required("type", hint)?;
    let cache = read_cache(&mut fields);
    let mut own_type = None;
    let block = match kind.as_str() {
        "text" => BlockKind::Text(fields.required("text", "write the text as a string")?),
        "refusal" => BlockKind::Refusal(fields.required("refusal", "write the refusal as a string")?),
        "image_url" | "video_url" => {
            let media = if kind == "image_url" { MediaKind::Image } else { MediaKind::Video };
            BlockKind::Media(read_url(&mut fields, &kind, media)?)
        }
        "document_url" => {
            own_type = Some(kind);
            BlockKind::Media(read_url(&mut fields, "document_url", MediaKind::File)?)
        }
        "input_audio" => BlockKind::Media(read_audio(&mut fields)?),
        "file" => BlockKind::Media(read_file(&mut fields)?),
        "thinking" => {
            own_type = Some(kind);
            BlockKind::Reasoning(thinking_text(&fields.take("thinking").unwrap_or_default()))
        }
        _ => return Ok(Block::new(BlockKind::Foreign(whole))),
    };
    let mut rest = fields.rest();
    if let Some(own_type) = own_type {
        rest.insert("type".into(), own_type.into());
    }
    Ok(Block { kind: block, signature: None, cache, rest })
}

/// Mistral's thoughts: a string, or an array of text parts.
fn thinking_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|p| p.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

/// Takes `cache_control`, which aggregators pass on to Anthropic.
pub(super) fn read_cache(fields: &mut Fields) -> Option<CacheHint> {
    let control = fields.take("cache_control")?;
    if control.get("type").and_then(Value::as_str) != Some("ephemeral") {
        fields.put("cache_control", control);
        return None;
    }
    let hour = control.get("ttl").and_then(Value::as_str) == Some("1h");
    Some(if hour { CacheHint::Long } else { CacheHint::Short })
}

/// Writes `cache_control`.
pub(super) fn write_cache(hint: CacheHint) -> Value {
    match hint {
        CacheHint::Short => json!({"type": "ephemeral"}),
        CacheHint::Long => json!({"type": "ephemeral", "ttl": "1h"}),
    }
}

fn read_url(fields: &mut Fields, key: &str, kind: MediaKind) -> Result<Media, RequestError> {
    let path = fields.path_of(key);
    let (url, detail) = match fields.take(key) {
        Some(Value::String(url)) => (url, None),
        Some(value) => {
            let mut inner = Fields::at(value, path, "an object with a \"url\"")?;
            (inner.required("url", "write an http(s) or data: URL")?, inner.string("detail")?)
        }
        None => return Err(fields.missing(key, "write {\"url\": \"https://…\"}")),
    };
    let name = if key == "document_url" { fields.string("document_name")? } else { None };
    let (source, mime) = read_source(url);
    Ok(Media { kind, source, mime, name, detail })
}

/// A `data:` URL is taken apart; any other stays an address.
pub(crate) fn read_source(url: String) -> (Source, Option<String>) {
    let parsed = url.strip_prefix("data:").and_then(|rest| {
        let (mime, data) = rest.split_once(";base64,")?;
        let mime = mime.split(';').next().filter(|m| !m.is_empty()).unwrap_or("application/octet-stream");
        Some((Source::Base64(data.to_owned()), Some(mime.to_owned())))
    });
    parsed.unwrap_or((Source::Url(url), None))
}

/// Reads `input_audio`.
pub(crate) fn read_audio(fields: &mut Fields) -> Result<Media, RequestError> {
    let hint = "write {\"data\": \"<base64>\", \"format\": \"wav\"}";
    let Some(mut inner) = fields.object("input_audio")? else {
        return Err(fields.missing("input_audio", hint));
    };
    let data = inner.required("data", "write the sound in base64")?;
    let format = inner.string("format")?.unwrap_or_else(|| "wav".to_owned());
    let mime = match format.as_str() {
        "mp3" => "audio/mpeg".to_owned(),
        other => format!("audio/{other}"),
    };
    let source = Source::Base64(data);
    Ok(Media { kind: MediaKind::Audio, source, mime: Some(mime), name: None, detail: None })
}

fn read_file(fields: &mut Fields) -> Result<Media, RequestError> {
    let hint = "write {\"file_id\": …} or {\"filename\": …, \"file_data\": \"data:…\"}";
    let Some(mut inner) = fields.object("file")? else {
        return Err(fields.missing("file", hint));
    };
    let name = inner.string("filename")?;
    let (source, mime) = match (inner.string("file_id")?, inner.string("file_data")?) {
        (Some(id), _) => (Source::FileId(id), None),
        (None, Some(data)) => match read_source(data) {
            // Bare base64 without a data URL around it is accepted as well.
            (Source::Url(text), _) if !text.contains("://") => {
                (Source::Base64(text), Some("application/pdf".to_owned()))
            }
            read => read,
        },
        (None, None) => return Err(inner.missing("file_data", hint)),
    };
    Ok(Media { kind: MediaKind::File, source, mime, name, detail: None })
}

/// How parts may be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartRule {
    /// The blocks came from this dialect: their `rest` and foreign parts are written.
    pub(super) own: bool,
    /// The provider takes more than OpenAI does (an aggregator): film, addresses of files, cache hints.
    pub(super) wide: bool,
}

/// Writes a block as a part. `Err` names what cannot be said; `None` is a block that is no part.
pub(super) fn write_part(block: &Block, rule: PartRule) -> Result<Option<Value>, &'static str> {
    let mut part = match &block.kind {
        BlockKind::Text(text) => json!({"type": "text", "text": text}),
        BlockKind::Refusal(text) => json!({"type": "refusal", "refusal": text}),
        BlockKind::Media(media) => write_media(media, rule, &block.rest)?,
        BlockKind::Foreign(value) if rule.own => return Ok(Some(value.clone())),
        BlockKind::Foreign(_) => return Err("dropped"),
        BlockKind::Reasoning(text) if rule.own && super::messages_write::is_part(block) => {
            json!({"type": "thinking", "thinking": [{"type": "text", "text": text}]})
        }
        _ => return Ok(None),
    };
    if let Value::Object(fields) = &mut part {
        if let Some(hint) = block.cache.filter(|_| rule.own || rule.wide) {
            fields.insert("cache_control".into(), write_cache(hint));
        }
        if rule.own {
            for (key, value) in &block.rest {
                fields.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(Some(part))
}

/// The MIME type of media, guessed where nobody said it.
pub(crate) fn mime_of(media: &Media) -> &str {
    media.mime.as_deref().unwrap_or(match media.kind {
        MediaKind::Image => "image/png",
        MediaKind::Audio => "audio/wav",
        MediaKind::Video => "video/mp4",
        MediaKind::File => "application/pdf",
    })
}

fn write_media(media: &Media, rule: PartRule, rest: &Map) -> Result<Value, &'static str> {
    let mime = mime_of(media);
    let url = match &media.source {
        Source::Url(url) => url.clone(),
        Source::Base64(data) => format!("data:{mime};base64,{data}"),
        Source::Text(text) => return Ok(json!({"type": "text", "text": text})),
        Source::FileId(id) if rule.own => return Ok(json!({"type": "file", "file": {"file_id": id}})),
        Source::FileId(_) => return Err("dropped; another vendor's file ids mean nothing here"),
    };
    let remote = matches!(media.source, Source::Url(_));
    match media.kind {
        MediaKind::Image => {
            let mut image = json!({"url": url});
            if let Some(detail) = &media.detail {
                image["detail"] = json!(detail.to_ascii_lowercase());
            }
            Ok(json!({"type": "image_url", "image_url": image}))
        }
        MediaKind::Audio => match &media.source {
            Source::Base64(data) => {
                let input = json!({"data": data, "format": audio_format(mime)});
                Ok(json!({"type": "input_audio", "input_audio": input}))
            }
            _ => Err("dropped; only sound in base64 can be sent"),
        },
        MediaKind::Video if rule.own || rule.wide => {
            Ok(json!({"type": "video_url", "video_url": {"url": url}}))
        }
        MediaKind::Video => Err("dropped; film cannot be sent"),
        MediaKind::File if rule.own && rest.contains_key("type") => {
            let mut part = json!({"type": "document_url", "document_url": url});
            if let Some(name) = &media.name {
                part["document_name"] = json!(name);
            }
            Ok(part)
        }
        MediaKind::File if remote && !rule.own && !rule.wide => {
            Err("dropped; files can be sent in base64 only")
        }
        MediaKind::File => {
            let mut file = Map::new();
            let name = media.name.clone().unwrap_or_else(|| default_name(mime));
            file.insert("filename".into(), json!(name));
            file.insert("file_data".into(), json!(url));
            Ok(json!({"type": "file", "file": file}))
        }
    }
}

/// The `format` of a sound.
pub(crate) fn audio_format(mime: &str) -> &str {
    match mime.split(';').next().unwrap_or(mime) {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" | "audio/wave" => "wav",
        other => other.strip_prefix("audio/").unwrap_or(other),
    }
}

/// OpenAI wants a name for every file.
pub(crate) fn default_name(mime: &str) -> String {
    let end = mime.rsplit('/').next().filter(|e| e.chars().all(char::is_alphanumeric)).unwrap_or("bin");
    format!("file.{end}")
}
