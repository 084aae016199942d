//! Content blocks, written for the provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use wye_types::chat::{Block, BlockKind, Maker, Media, MediaKind, Role, Source, ToolResult};

use super::messages_write::{cache_control, shortest};
use crate::dialect::{Loss, ToolIds, WriteOptions};
use crate::names::{NameMap, fnv1a};

/// What writing a block depends on.
pub(super) struct BlockWriter<'a> {
    /// Whether the request came in this dialect.
    pub(super) own: bool,
    /// What the provider wants.
    pub(super) options: &'a WriteOptions,
    /// Function names as they are sent.
    pub(super) names: &'a NameMap,
}

impl BlockWriter<'_> {
    /// Writes a block, or nothing and a loss. `place` names it in the client's words.
    pub(super) fn write(
        &self,
        block: &Block,
        role: Role,
        place: &str,
        losses: &mut Vec<Loss>,
    ) -> Option<Value> {
        let mut out = match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => {
                // The vendor refuses empty texts; other dialects' clients send them.
                if text.is_empty() && !self.own {
                    return None;
                }
                object(json!({"type": "text", "text": text}))
            }
            BlockKind::Reasoning(text) => match self.seal(block) {
                Some(seal) => object(json!({"type": "thinking", "thinking": text, "signature": seal})),
                None => return lost(losses, place, "dropped: thoughts without this vendor's seal"),
            },
            BlockKind::Redacted => match self.seal(block) {
                Some(seal) => object(json!({"type": "redacted_thinking", "data": seal})),
                None => return lost(losses, place, "dropped: thoughts without this vendor's seal"),
            },
            BlockKind::ToolCall(call) => {
                let input = arguments(&call.arguments).unwrap_or_else(|text| {
                    let done = "sent as {\"_raw\": …}, because the arguments are not a JSON object";
                    losses.push(Loss::changed(place, done));
                    json!({"_raw": text})
                });
                let name = self.names.legal(&call.name);
                object(json!({"type": "tool_use", "id": self.id(&call.id), "name": name, "input": input}))
            }
            BlockKind::ToolResult(result) => self.result(result, place, losses),
            BlockKind::Media(media) => match self.media(media, role) {
                Some(out) => out,
                None => return lost(losses, place, "dropped"),
            },
            BlockKind::Foreign(value) if self.own => return Some(value.clone()),
            BlockKind::Foreign(_) => return lost(losses, place, "dropped"),
        };
        if let Some(hint) = block.cache {
            out.insert("cache_control".into(), cache_control(hint));
        }
        if self.own {
            out.extend(block.rest.clone());
        }
        Some(Value::Object(out))
    }

    /// The block's seal, if this vendor may have it.
    fn seal<'b>(&self, block: &'b Block) -> Option<&'b str> {
        block
            .signature
            .as_ref()
            .filter(|seal| seal.maker == Maker::Anthropic || self.options.foreign_seals)
            .map(|seal| seal.data.as_str())
    }

    fn result(&self, result: &ToolResult, place: &str, losses: &mut Vec<Loss>) -> Map<String, Value> {
        let mut out = object(json!({"type": "tool_result", "tool_use_id": self.id(&result.call_id)}));
        let content: Vec<Value> = result
            .content
            .iter()
            .enumerate()
            .filter_map(|(n, block)| self.write(block, Role::Tool, &format!("{place}.content[{n}]"), losses))
            .collect();
        if !content.is_empty() {
            out.insert("content".into(), shortest(content));
        }
        if result.is_error {
            out.insert("is_error".into(), json!(true));
        }
        out
    }

    fn media(&self, media: &Media, role: Role) -> Option<Map<String, Value>> {
        if role == Role::Assistant && !self.own {
            return None;
        }
        let mime = media.mime.as_deref().unwrap_or("");
        let image = media.kind == MediaKind::Image || mime.starts_with("image/");
        let source = match (&media.source, media.kind) {
            (_, MediaKind::Audio | MediaKind::Video) => return None,
            (Source::FileId(id), _) if self.own => json!({"type": "file", "file_id": id}),
            (Source::FileId(_), _) => return None,
            (Source::Url(url), _) if url.starts_with("http") || self.own => {
                json!({"type": "url", "url": url})
            }
            (Source::Url(_), _) => return None,
            (Source::Text(text), _) => json!({"type": "text", "media_type": "text/plain", "data": text}),
            (Source::Base64(data), _) if image || mime == "application/pdf" || self.own => {
                json!({"type": "base64", "media_type": mime, "data": data})
            }
            (Source::Base64(data), _) => {
                let text = String::from_utf8(STANDARD.decode(data).ok()?).ok()?;
                json!({"type": "text", "media_type": "text/plain", "data": text})
            }
        };
        let kind = if image { "image" } else { "document" };
        let mut out = object(json!({"type": kind, "source": source}));
        if let (false, Some(name)) = (image, &media.name) {
            out.insert("title".into(), json!(name));
        }
        Some(out)
    }

    /// A call's id in the shape that the provider takes; the same for a call and its result.
    fn id(&self, id: &str) -> String {
        legal_id(id, self.options.tool_ids)
    }
}

/// An id in the shape that the provider takes; the same id always becomes the same one.
pub(crate) fn legal_id(id: &str, shape: ToolIds) -> String {
    let is_word = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let is_nine = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    match shape {
        ToolIds::Any if is_word => id.to_owned(),
        ToolIds::Nine if is_nine => id.to_owned(),
        ToolIds::Any => format!("call_{:08x}{:08x}", fnv1a(id, 0), fnv1a(id, 1)),
        ToolIds::Nine => format!("c{:08x}", fnv1a(id, 0)),
    }
}

/// Arguments as an object; the text itself if they are none.
pub(crate) fn arguments(text: &str) -> Result<Value, &str> {
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_str::<Map<String, Value>>(text).map(Value::Object).map_err(|_| text)
}

fn lost(losses: &mut Vec<Loss>, place: &str, done: &'static str) -> Option<Value> {
    losses.push(Loss::changed(place, done));
    None
}

fn object(value: Value) -> Map<String, Value> {
    super::reasoning::object(value)
}
