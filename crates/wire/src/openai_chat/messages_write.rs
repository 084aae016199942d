//! Writes the conversation of a provider's request.

use std::borrow::Cow;

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, ChatRequest, Message, Role, Signature, ToolResult};

use super::parts::PartRule;
use super::{ID, parts, reasoning, tool_call};
use crate::dialect::{Loss, ReasoningField, WriteOptions};
use crate::names::NameMap;
use wye_types::chat::Maker;

/// The conversation while it is being written.
pub(super) struct Messages<'a> {
    chat: &'a ChatRequest,
    options: &'a WriteOptions,
    names: &'a NameMap,
    losses: &'a mut Vec<Loss>,
    own: bool,
    rule: PartRule,
    out: Vec<Value>,
    /// Media of tool results, which may hold text only: they follow the results in a user message.
    moved: Vec<Value>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(
        chat: &'a ChatRequest,
        options: &'a WriteOptions,
        names: &'a NameMap,
        losses: &'a mut Vec<Loss>,
    ) -> Self {
        let own = chat.from == ID;
        let rule = PartRule { own, wide: options.foreign_seals };
        Self { chat, options, names, losses, own, rule, out: Vec::new(), moved: Vec::new() }
    }

    pub(super) fn write(mut self) -> Value {
        let messages = self.turns();
        for (n, message) in messages.iter().map(|(n, message)| (*n, &**message)) {
            let results = message.content.iter().any(|b| matches!(b.kind, BlockKind::ToolResult(_)));
            if !results {
                self.flush_moved();
            }
            match message.role {
                Role::Assistant => self.assistant(n, message),
                _ if results => self.results(n, message),
                role => self.plain(n, message, role),
            }
        }
        self.flush_moved();
        Value::Array(self.options.turns.order(self.out))
    }

    /// The messages and their places. Turns of the model that other dialects let follow each other are one here: a call
    /// must be answered before the model speaks again.
    fn turns(&self) -> Vec<(usize, Cow<'a, Message>)> {
        let mut turns: Vec<(usize, Cow<'a, Message>)> = Vec::with_capacity(self.chat.messages.len());
        for (n, message) in self.chat.messages.iter().enumerate() {
            match turns.last_mut() {
                Some((_, last))
                    if !self.own && last.role == Role::Assistant && message.role == Role::Assistant =>
                {
                    last.to_mut().content.extend(message.content.iter().cloned());
                }
                _ => turns.push((n, Cow::Borrowed(message))),
            }
        }
        turns
    }

    fn flush_moved(&mut self) {
        if !self.moved.is_empty() {
            let parts = std::mem::take(&mut self.moved);
            self.out.push(json!({"role": "user", "content": parts}));
        }
    }

    fn plain(&mut self, n: usize, message: &Message, role: Role) {
        let role = match role {
            Role::Developer if self.options.developer_role => "developer",
            Role::System | Role::Developer => "system",
            _ => "user",
        };
        let between = if role == "system" || role == "developer" { Some("\n\n") } else { None };
        let content = self.joined(&message.content, between);
        let content = content.unwrap_or_else(|| self.content(n, &message.content));
        self.push(n, role, message, content);
    }

    fn push(&mut self, n: usize, role: &str, message: &Message, content: Value) {
        let mut out = Map::new();
        out.insert("role".into(), json!(role));
        match &message.name {
            Some(name) if self.options.message_names => {
                out.insert("name".into(), json!(name));
            }
            Some(_) => self.losses.push(Loss::dropped(format!("messages[{n}].name"))),
            None => {}
        }
        out.insert("content".into(), content);
        if self.own {
            for (key, value) in &message.rest {
                out.entry(key).or_insert_with(|| value.clone());
            }
        }
        self.out.push(Value::Object(out));
    }

    /// Texts of another dialect as one string, which more servers take than an array of parts. `None` where parts say
    /// more, or nothing is to stand `between` them.
    fn joined(&self, blocks: &[Block], between: Option<&str>) -> Option<Value> {
        if self.own || self.rule.wide {
            return None;
        }
        let texts: Option<Vec<&str>> = blocks.iter().map(Block::as_text).collect();
        Some(json!(texts.filter(|texts| texts.len() > 1)?.join(between?)))
    }

    /// One text is written as a string, which every server takes; anything else as an array of parts.
    fn content(&mut self, n: usize, blocks: &[Block]) -> Value {
        if let [Block { kind: BlockKind::Text(text), cache, rest, .. }] = blocks {
            let plain = cache.is_none() || !(self.own || self.rule.wide);
            if plain && (rest.is_empty() || !self.own) {
                return json!(text);
            }
        }
        let mut written = Vec::new();
        for (k, block) in blocks.iter().enumerate() {
            match parts::write_part(block, self.rule) {
                Ok(part) => written.extend(part),
                Err(why) => self.losses.push(Loss::changed(format!("messages[{n}].content[{k}]"), why)),
            }
        }
        if written.is_empty() { json!("") } else { Value::Array(written) }
    }

    fn results(&mut self, n: usize, message: &Message) {
        for (k, block) in message.content.iter().enumerate() {
            match &block.kind {
                BlockKind::ToolResult(result) => {
                    self.result(&format!("messages[{n}].content[{k}]"), message, result)
                }
                // Text beside results: readers split such turns, but nothing is lost if one does not.
                _ => match parts::write_part(block, self.rule) {
                    Ok(part) => self.moved.extend(part),
                    Err(why) => self.losses.push(Loss::changed(format!("messages[{n}].content[{k}]"), why)),
                },
            }
        }
    }

    fn result(&mut self, path: &str, message: &Message, result: &ToolResult) {
        let id = tool_call::legal_id(&result.call_id, self.options.tool_ids);
        let mut kept = Vec::new();
        for (k, block) in result.content.iter().enumerate() {
            let text = matches!(block.kind, BlockKind::Text(_));
            match parts::write_part(block, self.rule) {
                Ok(Some(part)) if text || self.own => kept.push((block, part)),
                Ok(Some(part)) => {
                    self.moved.push(part);
                    self.losses
                        .push(Loss::changed(format!("{path}.content[{k}]"), "moved to a user message"));
                }
                Ok(None) => {}
                Err(why) => self.losses.push(Loss::changed(format!("{path}.content[{k}]"), why)),
            }
        }
        if result.is_error {
            self.losses.push(Loss::dropped(format!("{path}.is_error")));
        }
        let texts: Vec<Block> = kept.iter().map(|(block, _)| (*block).clone()).collect();
        let content = match kept.as_slice() {
            _ if let Some(text) = self.joined(&texts, Some("\n")) => text,
            [] => json!(""),
            [(block, part)] if part.as_object().is_some_and(|p| p.len() == 2) => {
                block.as_text().map_or_else(|| json!([part]), |text| json!(text))
            }
            parts => parts.iter().map(|(_, part)| part.clone()).collect(),
        };
        let named = self.own && self.options.message_names;
        let name = result.name.as_deref().filter(|_| named).map(|name| self.names.legal(name));
        let mut fields = vec![("tool_call_id", json!(id)), ("content", content)];
        if let Some(name) = name {
            fields.push(("name", json!(name)));
        }
        let mut out = Map::new();
        out.insert("role".into(), json!("tool"));
        out.extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
        if self.own {
            for (key, value) in &message.rest {
                out.entry(key).or_insert_with(|| value.clone());
            }
        }
        self.out.push(Value::Object(out));
    }

    fn assistant(&mut self, n: usize, message: &Message) {
        let mut said = Vec::new();
        let mut calls = Vec::new();
        let mut thoughts = Vec::new();
        let mut refusal: Option<String> = None;
        for (k, block) in message.content.iter().enumerate() {
            let path = || format!("messages[{n}].content[{k}]");
            match &block.kind {
                BlockKind::ToolCall(call) => {
                    let id = tool_call::legal_id(&call.id, self.options.tool_ids);
                    let rest = self.own.then_some(&block.rest);
                    let mut out =
                        tool_call::write_call(&id, self.names.legal(&call.name), &call.arguments, rest);
                    if let Some(seal) = block.signature.as_ref().filter(|seal| self.may_send(seal)) {
                        out.insert("extra_content".into(), tool_call::write_extra(seal));
                    }
                    calls.push(Value::Object(out));
                }
                BlockKind::Foreign(value) if self.own && is_call(value) => calls.push(value.clone()),
                BlockKind::Reasoning(_) if self.own && is_part(block) => said.push(block.clone()),
                BlockKind::Reasoning(_) | BlockKind::Redacted => {
                    if block.signature.as_ref().is_none_or(|seal| self.may_send(seal)) {
                        thoughts.push(block);
                    } else {
                        self.losses
                            .push(Loss::changed(path(), "dropped; the thoughts carry another vendor's seal"));
                    }
                }
                BlockKind::Refusal(text) if self.own && block.rest.is_empty() => {
                    refusal.get_or_insert_default().push_str(text);
                }
                // Other vendors' clients have no such part; to the model it is what it said.
                BlockKind::Refusal(text) => said.push(Block::text(text.clone())),
                BlockKind::Text(text) if text.is_empty() => {}
                BlockKind::Media(_) if !self.own => {
                    self.losses.push(Loss::changed(path(), "dropped; the model's turns hold text only"));
                }
                _ => said.push(block.clone()),
            }
        }
        let content = match said.is_empty() {
            true if calls.is_empty() && refusal.is_none() => json!(""),
            true => Value::Null,
            // What the model said in one turn had nothing between its pieces.
            false => self.joined(&said, Some("")).unwrap_or_else(|| self.content(n, &said)),
        };
        let mut fields = Map::new();
        self.thoughts(&thoughts, &message.content, &mut fields);
        let silent = said.is_empty() && calls.is_empty() && refusal.is_none() && fields.is_empty();
        if silent && !self.own && !message.content.is_empty() {
            // What the turn held cannot be said here; servers refuse a turn that says nothing.
            return;
        }
        self.push(n, "assistant", message, content);
        if let Some(Value::Object(out)) = self.out.last_mut() {
            if self.options.reasoning_field != ReasoningField::ReasoningContent {
                // Kept where it is empty, for those who want it back even so.
                out.shift_remove("reasoning_content");
            }
            out.extend(fields);
            if let Some(text) = refusal {
                out.insert("refusal".into(), json!(text));
            }
            if !calls.is_empty() {
                out.insert("tool_calls".into(), Value::Array(calls));
            }
        }
    }

    fn may_send(&self, seal: &Signature) -> bool {
        self.options.foreign_seals || seal.maker == Maker::OpenAi
    }

    fn thoughts(&self, thoughts: &[&Block], all: &[Block], out: &mut Map) {
        let text: Vec<&str> = thoughts
            .iter()
            .filter_map(|block| match &block.kind {
                BlockKind::Reasoning(text) if !text.is_empty() => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let text = text.join("\n");
        match self.options.reasoning_field {
            ReasoningField::None => {}
            ReasoningField::ReasoningContent => {
                let text = if text.is_empty() { self.options.missing_thoughts } else { Some(text.as_str()) };
                if let Some(text) = text {
                    out.insert("reasoning_content".into(), json!(text));
                }
            }
            ReasoningField::Reasoning => {
                if !text.is_empty() {
                    out.insert("reasoning".into(), json!(text));
                }
            }
            ReasoningField::ReasoningDetails => {
                if !text.is_empty() {
                    out.insert("reasoning".into(), json!(text));
                }
                let mut seals =
                    all.iter().filter(|b| b.as_text().is_some()).filter_map(|b| b.signature.as_ref());
                let details = details(thoughts, seals.rfind(|seal| self.may_send(seal)), self.own);
                if !details.is_empty() {
                    out.insert("reasoning_details".into(), Value::Array(details));
                }
            }
        }
    }
}

/// The entries of `reasoning_details`, if plain text would not say everything.
pub(crate) fn details(thoughts: &[&Block], text_seal: Option<&Signature>, own: bool) -> Vec<Value> {
    let plain = thoughts.iter().all(|block| block.signature.is_none() && (!own || block.rest.is_empty()));
    if plain && text_seal.is_none() {
        return Vec::new();
    }
    let mut out: Vec<Value> =
        thoughts.iter().enumerate().filter_map(|(n, b)| reasoning::write_detail(b, n, own)).collect();
    if let Some(seal) = text_seal {
        out.push(reasoning::write_text_seal(seal, out.len()));
    }
    out
}

/// Whether thoughts stood among the parts of the content (Mistral) rather than in fields of their own.
pub(super) fn is_part(block: &Block) -> bool {
    block.rest.get("type").and_then(Value::as_str) == Some("thinking")
}

/// Whether a foreign block belongs among `tool_calls` rather than the content.
pub(super) fn is_call(value: &Value) -> bool {
    value.get("id").is_some() && value.get("type").and_then(Value::as_str) == Some("custom")
}
