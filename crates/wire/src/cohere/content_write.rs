//! What messages hold, written for the provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use wye_types::chat::{Block, BlockKind, Media, MediaKind, Message, Role, Source, ToolResult};

use super::content_read::PLAN;
use super::maker;
use crate::anthropic_messages::legal_id;
use crate::dialect::{Loss, WriteOptions};
use crate::fields::merge;
use crate::names::NameMap;
use crate::openai_chat::parts::mime_of;

/// What writing messages depends on, and what it leaves behind.
pub(super) struct MessageWriter<'a> {
    /// Whether the request came in this dialect.
    pub(super) own: bool,
    pub(super) options: &'a WriteOptions,
    /// Function names as they are sent.
    pub(super) names: &'a NameMap,
    /// The messages.
    pub(super) messages: Vec<Value>,
    /// What could not be said.
    pub(super) losses: Vec<Loss>,
}

/// The pieces of one message.
#[derive(Default)]
struct Pieces {
    content: Vec<Value>,
    calls: Vec<Value>,
    plan: String,
    /// Another dialect's thoughts before calls are the plan, which every model of the vendor takes.
    plans: bool,
}

impl MessageWriter<'_> {
    /// Writes a message. Results of tools become one each.
    pub(super) fn write(&mut self, message: &Message, field: &str) {
        if message.name.is_some() {
            self.losses.push(Loss::dropped(format!("{field}.name")));
        }
        let calls = message.content.iter().any(|block| matches!(block.kind, BlockKind::ToolCall(_)));
        let mut pieces = Pieces { plans: calls && !self.own, ..Pieces::default() };
        for (n, block) in message.content.iter().enumerate() {
            let place = format!("{field}.content[{n}]");
            match &block.kind {
                BlockKind::ToolResult(result) => self.result(result, block, message, &place),
                _ => self.block(block, message.role, &place, &mut pieces),
            }
        }
        if message.role == Role::Tool {
            return;
        }
        let role = match message.role {
            Role::System | Role::Developer => "system",
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        };
        let empty = pieces.content.is_empty() && pieces.calls.is_empty() && pieces.plan.is_empty();
        if empty && !self.own {
            return;
        }
        let mut out = Map::from_iter([("role".to_owned(), json!(role))]);
        if !pieces.content.is_empty() {
            out.insert("content".into(), shortest(pieces.content));
        }
        if !pieces.plan.is_empty() {
            out.insert(PLAN.into(), json!(pieces.plan));
        }
        if !pieces.calls.is_empty() {
            out.insert("tool_calls".into(), json!(pieces.calls));
        }
        if self.own {
            out.extend(message.rest.clone());
        }
        self.messages.push(Value::Object(out));
    }

    fn block(&mut self, block: &Block, role: Role, place: &str, pieces: &mut Pieces) {
        let rest = if self.own { block.rest.clone() } else { Map::new() };
        let mut part = match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => {
                if text.is_empty() && !self.own {
                    return;
                }
                part("text", "text", text)
            }
            BlockKind::Reasoning(text) if rest.contains_key(PLAN) => return pieces.plan.push_str(text),
            // Thoughts that nobody sealed may be this vendor's own.
            BlockKind::Reasoning(text)
                if block.signature.as_ref().is_none_or(|seal| seal.maker == maker()) =>
            {
                if role != Role::Assistant || text.is_empty() && !self.own {
                    return;
                }
                if pieces.plans {
                    return pieces.plan.push_str(text);
                }
                part("thinking", "thinking", text)
            }
            BlockKind::Reasoning(_) | BlockKind::Redacted => {
                return self.lose(place, "dropped: the thoughts carry another vendor's seal");
            }
            BlockKind::ToolCall(call) => {
                let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
                let function = json!({"name": self.names.legal(&call.name), "arguments": arguments});
                let id = legal_id(&call.id, self.options.tool_ids);
                let mut written = json!({"id": id, "type": "function", "function": function});
                if let Value::Object(map) = &mut written {
                    merge(map, &rest);
                }
                return pieces.calls.push(written);
            }
            BlockKind::Media(media) => match self.media(media, role, place) {
                Some(part) => part,
                None => return,
            },
            BlockKind::Foreign(value) if self.own => return pieces.content.push(value.clone()),
            BlockKind::Foreign(_) | BlockKind::ToolResult(_) => return self.lose(place, "dropped"),
        };
        if let (Some(document), Value::Object(_)) = (rest.get("document"), &part) {
            part = json!({"type": "document", "document": document});
        }
        if let Value::Object(map) = &mut part {
            merge(map, &rest);
        }
        pieces.content.push(part);
    }

    fn lose(&mut self, place: &str, done: &'static str) {
        self.losses.push(Loss::changed(place, done));
    }

    fn result(&mut self, result: &ToolResult, block: &Block, message: &Message, place: &str) {
        let mut pieces = Pieces::default();
        for (n, block) in result.content.iter().enumerate() {
            self.block(block, Role::Tool, &format!("{place}.content[{n}]"), &mut pieces);
        }
        if result.is_error {
            self.lose(place, "that it failed is not said");
        }
        let content = if pieces.content.is_empty() { json!("") } else { shortest(pieces.content) };
        let id = legal_id(&result.call_id, self.options.tool_ids);
        let mut out = Map::new();
        out.insert("role".into(), json!("tool"));
        out.insert("tool_call_id".into(), json!(id));
        out.insert("content".into(), content);
        if self.own {
            out.extend(block.rest.clone());
            out.extend(message.rest.clone());
        }
        self.messages.push(Value::Object(out));
    }

    fn media(&mut self, media: &Media, role: Role, place: &str) -> Option<Value> {
        let mime = media.mime.as_deref().unwrap_or("");
        let image = media.kind == MediaKind::Image || mime.starts_with("image/");
        if image && (self.own || role == Role::User) {
            let url = match &media.source {
                Source::Url(url) => Some(url.clone()),
                Source::Base64(data) => Some(format!("data:{};base64,{data}", mime_of(media))),
                Source::FileId(_) | Source::Text(_) => None,
            };
            if let Some(url) = url {
                let mut inner = Map::from_iter([("url".to_owned(), json!(url))]);
                inner.extend(media.detail.as_ref().map(|detail| ("detail".to_owned(), json!(detail))));
                return Some(json!({"type": "image_url", "image_url": inner}));
            }
        }
        match text_in(media, mime) {
            Some(text) if !image => {
                self.lose(place, "sent as text");
                Some(part("text", "text", &text))
            }
            _ => {
                self.lose(place, "dropped: only texts and images of users are taken");
                None
            }
        }
    }
}

/// The text in a file that is text.
fn text_in(media: &Media, mime: &str) -> Option<String> {
    match &media.source {
        Source::Text(text) => Some(text.clone()),
        Source::Base64(data) if mime.starts_with("text/") || mime == "application/json" => {
            String::from_utf8(STANDARD.decode(data).ok()?).ok()
        }
        _ => None,
    }
}

fn part(kind: &str, key: &str, text: &str) -> Value {
    json!({"type": kind, key: text})
}

/// A single text with nothing else to it is written as a bare string.
fn shortest(mut content: Vec<Value>) -> Value {
    if let [Value::Object(part)] = content.as_mut_slice()
        && part.len() == 2
        && part.get("type").and_then(Value::as_str) == Some("text")
        && let Some(text) = part.get_mut("text")
    {
        return text.take();
    }
    Value::Array(content)
}
