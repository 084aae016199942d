//! Writes the conversation of a provider's request.

use std::collections::HashMap;

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, ChatRequest, Message, Role, Source, ToolCall, ToolResult};

use super::ID;
use crate::call_ids::is_made_up;
use crate::dialect::Loss;
use crate::names::NameMap;

/// The conversation while it is being written.
pub(super) struct Messages<'a> {
    chat: &'a ChatRequest,
    own: bool,
    /// The functions' names by the ids of their calls.
    called: HashMap<&'a str, &'a str>,
    /// Functions' names as they are sent.
    names: &'a NameMap,
    losses: &'a mut Vec<Loss>,
    out: Vec<Value>,
}

/// What one message holds.
#[derive(Default)]
struct Said {
    text: String,
    images: Vec<Value>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(chat: &'a ChatRequest, names: &'a NameMap, losses: &'a mut Vec<Loss>) -> Self {
        let blocks = chat.messages.iter().flat_map(|message| &message.content);
        let called = blocks.filter_map(|block| match &block.kind {
            BlockKind::ToolCall(call) => Some((call.id.as_str(), call.name.as_str())),
            _ => None,
        });
        let called = called.collect();
        Self { chat, own: chat.from == ID, called, names, losses, out: Vec::new() }
    }

    pub(super) fn write(mut self) -> Value {
        for (n, message) in self.chat.messages.iter().enumerate() {
            match message.role {
                Role::System | Role::Developer => self.system(n, message),
                Role::Assistant => self.turn(n, message),
                Role::User | Role::Tool => self.user(n, message),
            }
        }
        Value::Array(self.out)
    }

    fn push(&mut self, role: &str, said: Said, message: &Message, more: Map) {
        let mut out = Map::new();
        out.insert("role".into(), json!(role));
        out.insert("content".into(), json!(said.text));
        if !said.images.is_empty() {
            out.insert("images".into(), Value::Array(said.images));
        }
        out.extend(more);
        if self.own {
            for (key, value) in &message.rest {
                out.entry(key).or_insert_with(|| value.clone());
            }
        }
        self.out.push(Value::Object(out));
    }

    fn system(&mut self, n: usize, message: &Message) {
        let said = self.joined(&message.content, &format!("messages[{n}]"), "\n\n");
        self.push("system", said, message, Map::new());
    }

    /// A message holds one text and, after it, images: anything else becomes several.
    fn user(&mut self, n: usize, message: &Message) {
        let mut said = Said::default();
        let mut wrote = false;
        for (k, block) in message.content.iter().enumerate() {
            let path = format!("messages[{n}].content[{k}]");
            if let BlockKind::ToolResult(result) = &block.kind {
                if !said.is_empty() {
                    self.push("user", std::mem::take(&mut said), message, Map::new());
                }
                self.result(&path, message, result);
                wrote = true;
                continue;
            }
            let mut one = Said::default();
            self.add(block, &path, "", &mut one);
            if !one.text.is_empty() && !said.is_empty() {
                self.push("user", std::mem::take(&mut said), message, Map::new());
                wrote = true;
            }
            said.text.push_str(&one.text);
            said.images.append(&mut one.images);
        }
        if !said.is_empty() || !wrote {
            self.push("user", said, message, Map::new());
        }
    }

    fn result(&mut self, path: &str, message: &Message, result: &ToolResult) {
        let said = self.joined(&result.content, path, "\n");
        if result.is_error {
            self.losses.push(Loss::dropped(format!("{path}.is_error")));
        }
        let mut more = Map::new();
        let name = result.name.as_deref().or_else(|| self.called.get(result.call_id.as_str()).copied());
        if let Some(name) = name.filter(|_| !self.own || result.name.is_some()) {
            more.insert("tool_name".into(), json!(self.names.legal(name)));
        }
        if !result.call_id.is_empty() && !is_made_up(&result.call_id) {
            more.insert("tool_call_id".into(), json!(result.call_id));
        }
        self.push("tool", said, message, more);
    }

    fn turn(&mut self, n: usize, message: &Message) {
        let (mut said, mut thoughts, mut calls) = (Said::default(), Vec::new(), Vec::new());
        for (k, block) in message.content.iter().enumerate() {
            let path = format!("messages[{n}].content[{k}]");
            match &block.kind {
                BlockKind::Reasoning(text) if block.signature.is_none() => thoughts.push(text.as_str()),
                BlockKind::Reasoning(_) | BlockKind::Redacted => {
                    let why = "dropped; the thoughts carry another vendor's seal";
                    self.losses.push(Loss::changed(path, why));
                }
                BlockKind::ToolCall(call) => calls.push(self.call(&path, block, call)),
                // What the model said in one turn had nothing between its pieces.
                _ => self.add(block, &path, "", &mut said),
            }
        }
        let mut more = Map::new();
        let thoughts = thoughts.join("\n");
        if !thoughts.is_empty() {
            more.insert("thinking".into(), json!(thoughts));
        }
        if !calls.is_empty() {
            more.insert("tool_calls".into(), Value::Array(calls));
        }
        self.push("assistant", said, message, more);
    }

    fn call(&mut self, path: &str, block: &Block, call: &ToolCall) -> Value {
        let arguments = read_arguments(&call.arguments).unwrap_or_else(|| {
            self.losses.push(Loss::changed(path, "its arguments are no JSON object; sent without them"));
            Map::new()
        });
        let id = Some(call.id.as_str()).filter(|id| !id.is_empty() && !is_made_up(id));
        write_call(id, self.names.legal(&call.name), arguments, self.own.then_some(&block.rest))
    }

    fn joined(&mut self, blocks: &[Block], path: &str, between: &str) -> Said {
        let mut said = Said::default();
        for (k, block) in blocks.iter().enumerate() {
            self.add(block, &format!("{path}.content[{k}]"), between, &mut said);
        }
        said
    }

    /// Adds a text or an image.
    fn add(&mut self, block: &Block, path: &str, between: &str, said: &mut Said) {
        let text = match &block.kind {
            BlockKind::Text(text) | BlockKind::Refusal(text) => text,
            BlockKind::Media(media) => match &media.source {
                Source::Text(text) => text,
                Source::Base64(data) if media.kind == wye_types::chat::MediaKind::Image => {
                    return said.images.push(json!(data));
                }
                _ => {
                    let why = "dropped; only images can be sent, in base64";
                    return self.losses.push(Loss::changed(path, why));
                }
            },
            _ => return self.losses.push(Loss::dropped(path)),
        };
        if !said.text.is_empty() {
            said.text.push_str(between);
        }
        said.text.push_str(text);
    }
}

impl Said {
    const fn is_empty(&self) -> bool {
        self.text.is_empty() && self.images.is_empty()
    }
}

/// A call's arguments as the object that Ollama wants. `None` if they are no JSON object.
pub(super) fn read_arguments(arguments: &str) -> Option<Map> {
    if arguments.trim().is_empty() {
        return Some(Map::new());
    }
    serde_json::from_str(arguments).ok()
}

/// Writes one element of `tool_calls`. `rest` is the block's, if it is of this dialect.
pub(super) fn write_call(id: Option<&str>, name: &str, arguments: Map, rest: Option<&Map>) -> Value {
    let mut function = Map::new();
    function.insert("name".into(), json!(name));
    function.insert("arguments".into(), Value::Object(arguments));
    let mut call = Map::new();
    if let Some(id) = id {
        call.insert("id".into(), json!(id));
    }
    for (key, value) in rest.into_iter().flatten() {
        match (key.as_str(), value) {
            ("function", Value::Object(inner)) => function.extend(inner.clone()),
            _ => {
                call.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    call.insert("function".into(), Value::Object(function));
    Value::Object(call)
}
