//! Writes blocks as parts; the same for a provider's request and a client's answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, Maker, Media, Signature, Source, ToolCall, ToolResult};

use super::part_read::REDACTED;
use crate::call_ids::is_made_up;
use crate::dialect::Loss;
use crate::names::NameMap;
use crate::seal;

/// Whom the parts are for.
pub(super) enum Reader<'a> {
    /// Google (or an aggregator, if `foreign_seals`).
    Vendor { names: &'a NameMap, foreign_seals: bool },
    /// A client, who gets every seal, marked where it is not Google's.
    Client,
}

/// Writes parts and notes what they could not say.
pub(super) struct PartWriter<'a> {
    pub(super) reader: Reader<'a>,
    /// Whether the blocks were read from this dialect, so that `rest` and foreign blocks are ours.
    pub(super) own: bool,
    pub(super) losses: Vec<Loss>,
}

impl PartWriter<'_> {
    /// The part for a block of a turn. `None` if it cannot or need not be said; the path is for losses.
    pub(super) fn part(&mut self, block: &Block, path: &str) -> Option<Value> {
        let mut part = match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => {
                if text.is_empty() && !self.own && !self.keeps(block.signature.as_ref()) {
                    return None;
                }
                object("text", json!(text))
            }
            BlockKind::Reasoning(text) => self.thought(text, block, path)?,
            BlockKind::Redacted => self.thought("", block, path)?,
            BlockKind::Media(media) => self.media(media, path)?,
            BlockKind::ToolCall(call) => object("functionCall", self.call(call, path)),
            BlockKind::ToolResult(_) => return None,
            BlockKind::Foreign(value) if self.own || is_part(value) => return Some(value.clone()),
            BlockKind::Foreign(_) => {
                self.losses.push(Loss::dropped(path));
                return None;
            }
        };
        if self.own {
            part.extend(block.rest.clone());
        }
        if let Some(seal) = &block.signature
            && self.keeps(Some(seal))
        {
            let redacted = matches!(block.kind, BlockKind::Redacted);
            part.insert("thoughtSignature".to_owned(), json!(self.seal(seal, redacted)));
        } else if matches!((&block.kind, &self.reader), (BlockKind::ToolCall(_), Reader::Client)) && !self.own
        {
            part.insert("thoughtSignature".to_owned(), json!(STANDARD.encode(seal::UNSEALED)));
        }
        Some(Value::Object(part))
    }

    fn keeps(&self, seal: Option<&Signature>) -> bool {
        seal.is_some_and(|seal| match self.reader {
            Reader::Client => true,
            Reader::Vendor { foreign_seals, .. } => foreign_seals || seal.maker == Maker::Google,
        })
    }

    pub(super) fn seal(&self, seal: &Signature, redacted: bool) -> String {
        match self.reader {
            Reader::Client => client_seal(seal, redacted),
            Reader::Vendor { .. } => seal.data.clone(),
        }
    }

    fn thought(&mut self, text: &str, block: &Block, path: &str) -> Option<Map> {
        match &block.signature {
            Some(seal) if !self.keeps(Some(seal)) => {
                self.losses.push(Loss::changed(path, "dropped: thoughts sealed for another vendor"));
                return None;
            }
            // Google takes no thoughts that it did not seal; they are not part of what was said.
            None if !self.own && matches!(self.reader, Reader::Vendor { .. }) => return None,
            _ => {}
        }
        let mut part = object("text", json!(text));
        part.insert("thought".to_owned(), json!(true));
        Some(part)
    }

    fn media(&mut self, media: &Media, path: &str) -> Option<Map> {
        let mut part = match &media.source {
            Source::Base64(data) => {
                let mime = media.mime.as_deref().unwrap_or("application/octet-stream");
                object("inlineData", json!({"mimeType": mime, "data": data}))
            }
            Source::Text(text) => {
                let mime = media.mime.as_deref().unwrap_or("text/plain");
                object("inlineData", json!({"mimeType": mime, "data": STANDARD.encode(text)}))
            }
            Source::Url(url) => object("fileData", self.file(url, media)),
            Source::FileId(id) if self.own || id.starts_with("gs://") || id.starts_with("https://") => {
                object("fileData", self.file(id, media))
            }
            Source::FileId(_) => {
                self.losses.push(Loss::changed(path, "dropped: a file in another vendor's store"));
                return None;
            }
        };
        if self.own
            && let Some(name) = &media.name
            && let Some((_, Value::Object(data))) = part.iter_mut().next()
        {
            data.insert("displayName".to_owned(), json!(name));
        }
        match media.detail.as_deref() {
            None | Some("auto") => {}
            Some(detail) if self.own => {
                let level = format!("MEDIA_RESOLUTION_{}", detail.to_ascii_uppercase());
                part.insert("mediaResolution".to_owned(), json!({"level": level}));
            }
            Some(_) => self.losses.push(Loss::dropped(format!("{path}.detail"))),
        }
        Some(part)
    }

    fn file(&self, uri: &str, media: &Media) -> Value {
        match media.mime.as_deref().or_else(|| if self.own { None } else { guess_mime(uri, media) }) {
            Some(mime) => json!({"mimeType": mime, "fileUri": uri}),
            None => json!({"fileUri": uri}),
        }
    }

    fn call(&mut self, call: &ToolCall, path: &str) -> Value {
        let args = if call.arguments.trim().is_empty() {
            json!({})
        } else {
            match serde_json::from_str::<Value>(&call.arguments) {
                Ok(args @ Value::Object(_)) => args,
                _ => {
                    self.losses
                        .push(Loss::changed(format!("{path}.arguments"), "sent as text: not a JSON object"));
                    json!({"_raw": call.arguments})
                }
            }
        };
        let mut out = Map::new();
        if !call.id.is_empty() && !is_made_up(&call.id) {
            out.insert("id".to_owned(), json!(call.id));
        }
        out.insert("name".to_owned(), json!(self.name(&call.name)));
        out.insert("args".to_owned(), args);
        Value::Object(out)
    }

    fn name<'n>(&self, name: &'n str) -> std::borrow::Cow<'n, str> {
        match self.reader {
            Reader::Vendor { names, .. } => std::borrow::Cow::Owned(names.legal(name).to_owned()),
            Reader::Client => std::borrow::Cow::Borrowed(name),
        }
    }

    /// The part for a function's answer. Google wants the function's name, which the conversation knows.
    pub(super) fn result(&mut self, block: &Block, result: &ToolResult, name: &str, path: &str) -> Value {
        let mut out = Map::new();
        if !result.call_id.is_empty() && !is_made_up(&result.call_id) {
            out.insert("id".to_owned(), json!(result.call_id));
        }
        out.insert("name".to_owned(), json!(self.name(name)));
        let mut texts = Vec::new();
        let mut parts = Vec::new();
        for (n, inner) in result.content.iter().enumerate() {
            match &inner.kind {
                BlockKind::Text(text) | BlockKind::Refusal(text) => texts.push(text.as_str()),
                _ => parts.extend(self.part(inner, &format!("{path}.content[{n}]"))),
            }
        }
        let own_answer = block.rest.get("response").filter(|_| self.own);
        let answer = own_answer.cloned().unwrap_or_else(|| {
            let key = if result.is_error { "error" } else { "output" };
            if texts.is_empty() && !parts.is_empty() { json!({}) } else { json!({key: texts.join("\n")}) }
        });
        out.insert("response".to_owned(), answer);
        if !parts.is_empty() {
            out.insert("parts".to_owned(), Value::Array(parts));
        }
        if self.own {
            out.extend(
                block.rest.iter().filter(|(k, _)| *k != "response").map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        json!({"functionResponse": out})
    }
}

/// A seal as a client of this dialect gets it: Google's own as it is; others in base64, which the field must be.
pub(super) fn client_seal(seal: &Signature, redacted: bool) -> String {
    let mark = if redacted { REDACTED } else { "" };
    if seal.maker == Maker::Google && !redacted {
        seal.data.clone()
    } else {
        STANDARD.encode(format!("{mark}{}", seal::tag(seal, &Maker::Google)))
    }
}

/// Whether a foreign block is a part of this dialect after all (a stream's events do not say whose they are).
pub(super) fn is_part(value: &Value) -> bool {
    const PARTS: [&str; 6] =
        ["inlineData", "fileData", "executableCode", "codeExecutionResult", "toolCall", "toolResponse"];
    value.as_object().is_some_and(|map| PARTS.iter().any(|key| map.contains_key(*key)))
}

/// Google wants a MIME type for files that it fetches; the ending of the address usually tells.
fn guess_mime(uri: &str, media: &Media) -> Option<&'static str> {
    use wye_types::chat::MediaKind;
    const ENDINGS: [(&str, &str); 20] = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("heic", "image/heic"),
        ("heif", "image/heif"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("csv", "text/csv"),
        ("html", "text/html"),
        ("mp3", "audio/mpeg"),
        ("wav", "audio/wav"),
        ("ogg", "audio/ogg"),
        ("flac", "audio/flac"),
        ("m4a", "audio/mp4"),
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("webm", "video/webm"),
    ];
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    let ending = path.rsplit('.').next().unwrap_or_default();
    let known = ENDINGS.iter().find(|(e, _)| e.eq_ignore_ascii_case(ending)).map(|(_, mime)| *mime);
    known.or(match media.kind {
        MediaKind::Image => Some("image/jpeg"),
        MediaKind::Audio => Some("audio/mpeg"),
        MediaKind::File => Some("application/pdf"),
        // Films at YouTube's addresses are taken without one.
        MediaKind::Video => None,
    })
}

fn object(key: &str, value: Value) -> Map {
    Map::from_iter([(key.to_owned(), value)])
}
