//! Writes the conversation of a provider's request as items.

use serde_json::{Map, Value, json};
use wye_types::chat::{Block, BlockKind, ChatRequest, Maker, Message, Role, Signature, ToolCall, ToolResult};

use super::items_read::ITEM;
use super::parts::{self, PART, Speaker};
use super::{ID, INSTRUCTIONS, namespace};
use crate::dialect::{Loss, ReasoningField, WriteOptions};
use crate::names::NameMap;
use crate::openai_chat::reasoning::format_of;
use crate::openai_chat::tool_call::legal_id;

/// Longer ids of calls are refused.
const MAX_CALL_ID: usize = 64;

/// The conversation while it is being written.
pub(super) struct Items<'a> {
    options: &'a WriteOptions,
    names: &'a NameMap,
    losses: &'a mut Vec<Loss>,
    own: bool,
    out: Vec<Value>,
    /// The message of the model's that is being written: its own fields and its parts.
    said: Option<(Map<String, Value>, Vec<Value>)>,
    instructions: Option<String>,
}

/// What was written.
pub(super) struct Conversation {
    pub(super) input: Vec<Value>,
    /// Set if the client gave its instructions apart.
    pub(super) instructions: Option<String>,
}

impl<'a> Items<'a> {
    pub(super) fn new(
        chat: &ChatRequest,
        options: &'a WriteOptions,
        names: &'a NameMap,
        losses: &'a mut Vec<Loss>,
    ) -> Self {
        let own = chat.from == ID;
        Self { options, names, losses, own, out: Vec::new(), said: None, instructions: None }
    }

    pub(super) fn write(mut self, messages: &[Message]) -> Conversation {
        for (n, message) in messages.iter().enumerate() {
            match message.role {
                Role::Assistant => self.turn(n, message),
                Role::Tool => self.results(n, message),
                Role::System if self.own && is_instructions(message) => {
                    let texts: Vec<&str> = message.content.iter().filter_map(Block::as_text).collect();
                    self.instructions = Some(texts.concat());
                }
                Role::System => self.plain(n, message, "system"),
                Role::Developer if self.own || self.options.developer_role => {
                    self.plain(n, message, "developer");
                }
                Role::Developer => self.plain(n, message, "system"),
                Role::User => self.plain(n, message, "user"),
            }
        }
        Conversation { input: self.out, instructions: self.instructions }
    }

    fn plain(&mut self, n: usize, message: &Message, role: &str) {
        if message.name.is_some() {
            self.losses.push(Loss::dropped(format!("messages[{n}].name")));
        }
        let parts = self.parts(&format!("messages[{n}].content"), &message.content);
        if parts.is_empty() && !self.own {
            return;
        }
        let mut fields = if self.own { message.rest.clone() } else { typed("message") };
        fields.insert("role".into(), json!(role));
        fields.insert("content".into(), parts::content_of(parts));
        self.out.push(Value::Object(fields));
    }

    fn parts(&mut self, path: &str, blocks: &[Block]) -> Vec<Value> {
        let mut written = Vec::new();
        for (k, block) in blocks.iter().enumerate() {
            match parts::write_part(block, Speaker::Input, self.own) {
                Ok(part) => written.extend(part),
                Err(why) => self.losses.push(Loss::changed(format!("{path}[{k}]"), why)),
            }
        }
        written
    }

    fn results(&mut self, n: usize, message: &Message) {
        for (k, block) in message.content.iter().enumerate() {
            let path = format!("messages[{n}].content[{k}]");
            match &block.kind {
                BlockKind::ToolResult(result) => self.result(&path, message, result),
                // Words beside results: readers split such turns, but nothing is lost if one does not.
                _ => {
                    let parts = self.parts(&path, std::slice::from_ref(block));
                    let content = parts::content_of(parts);
                    self.out.push(json!({"type": "message", "role": "user", "content": content}));
                }
            }
        }
    }

    fn result(&mut self, path: &str, message: &Message, result: &ToolResult) {
        if result.is_error {
            self.losses.push(Loss::dropped(format!("{path}.is_error")));
        }
        let texts: Option<Vec<&str>> = result.content.iter().map(Block::as_text).collect();
        let output = match texts {
            Some(texts) if !self.own => json!(texts.join("\n")),
            _ => parts::content_of(self.parts(&format!("{path}.content"), &result.content)),
        };
        let empty = output.as_array().is_some_and(Vec::is_empty);
        let mut fields = typed("function_call_output");
        fields.insert("call_id".into(), json!(self.call_id(&result.call_id)));
        fields.insert("output".into(), if empty { json!("") } else { output });
        if self.own {
            fields.extend(message.rest.clone());
        }
        self.out.push(Value::Object(fields));
    }

    /// A turn of the model's.
    fn turn(&mut self, n: usize, message: &Message) {
        for (k, block) in message.content.iter().enumerate() {
            let path = || format!("messages[{n}].content[{k}]");
            let is_part = block.rest.contains_key(PART);
            match &block.kind {
                BlockKind::ToolCall(call) => self.call(block, call),
                BlockKind::Reasoning(_) | BlockKind::Redacted => self.thoughts(&path(), block),
                BlockKind::Foreign(item) if self.own && !is_part => {
                    self.close();
                    self.out.push(item.clone());
                }
                BlockKind::Text(text) if text.is_empty() && block.rest.is_empty() => {}
                _ => self.say(&path(), block),
            }
            if let (BlockKind::Text(_), Some(seal)) = (&block.kind, &block.signature) {
                self.text_seal(seal);
            }
        }
        self.close();
    }

    fn say(&mut self, path: &str, block: &Block) {
        let part = match parts::write_part(block, Speaker::Output, self.own) {
            Ok(Some(part)) => part,
            Ok(None) => return,
            Err(why) => return self.losses.push(Loss::changed(path, why)),
        };
        if let Some(Value::Object(item)) = block.rest.get(ITEM).filter(|_| self.own) {
            self.close();
            self.said = Some((item.clone(), vec![part]));
            return;
        }
        self.said.get_or_insert_with(|| (typed("message"), Vec::new())).1.push(part);
    }

    /// Ends the message that is being written.
    fn close(&mut self) {
        let Some((mut fields, parts)) = self.said.take() else { return };
        fields.insert("role".into(), json!("assistant"));
        fields.insert("content".into(), parts::content_of(parts));
        self.out.push(Value::Object(fields));
    }

    fn call(&mut self, block: &Block, call: &ToolCall) {
        self.close();
        let custom = self.own && block.rest.get("type").and_then(Value::as_str) == Some("custom_tool_call");
        let mut fields = typed(if custom { "custom_tool_call" } else { "function_call" });
        fields.insert("call_id".into(), json!(self.call_id(&call.id)));
        fields.extend(namespace::fields_of(self.names.legal(&call.name)));
        let arguments = if call.arguments.is_empty() && !custom { "{}" } else { &call.arguments };
        fields.insert(if custom { "input" } else { "arguments" }.into(), json!(arguments));
        if self.own {
            fields.extend(block.rest.clone());
        }
        self.out.push(Value::Object(fields));
    }

    /// The id is OpenAI's own unless it cannot be: the same for a call and its result.
    fn call_id(&self, id: &str) -> String {
        let word = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        let any = self.options.tool_ids == crate::dialect::ToolIds::Any;
        if any && !id.is_empty() && id.len() <= MAX_CALL_ID && id.bytes().all(word) {
            return id.to_owned();
        }
        legal_id(id, self.options.tool_ids)
    }

    fn may_send(&self, seal: &Signature) -> bool {
        self.options.foreign_seals || seal.maker == Maker::OpenAi
    }

    fn thoughts(&mut self, path: &str, block: &Block) {
        if block.signature.as_ref().is_some_and(|seal| !self.may_send(seal)) {
            let why = "dropped; the thoughts carry another vendor's seal";
            return self.losses.push(Loss::changed(path, why));
        }
        let text = if let BlockKind::Reasoning(text) = &block.kind { text.as_str() } else { "" };
        let kept = self.own && !block.rest.is_empty();
        // Thoughts without a seal are refused by OpenAI, unless it keeps them itself under their id.
        let plain = self.options.reasoning_field != ReasoningField::None && !text.is_empty();
        let mut fields = typed("reasoning");
        if kept {
            fields.extend(block.rest.clone());
        } else if block.signature.is_none() {
            if !plain {
                return;
            }
            fields.insert("summary".into(), json!([]));
            fields.insert("content".into(), json!([{"type": "reasoning_text", "text": text}]));
        } else {
            fields.insert("summary".into(), summary(text));
        }
        if let Some(seal) = &block.signature {
            self.seal(seal, &mut fields);
        }
        self.close();
        self.out.push(Value::Object(fields));
    }

    fn seal(&self, seal: &Signature, fields: &mut Map<String, Value>) {
        fields.insert("encrypted_content".into(), json!(seal.data));
        if seal.maker != Maker::OpenAi {
            fields.entry("format").or_insert_with(|| json!(format_of(&seal.maker)));
        }
    }

    /// A seal on text follows it in an item of its own, as aggregators have it.
    fn text_seal(&mut self, seal: &Signature) {
        if !self.may_send(seal) {
            return;
        }
        self.close();
        let mut fields = typed("reasoning");
        fields.insert("summary".into(), json!([]));
        self.seal(seal, &mut fields);
        self.out.push(Value::Object(fields));
    }
}

fn is_instructions(message: &Message) -> bool {
    message.rest.contains_key(INSTRUCTIONS)
}

fn typed(kind: &str) -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), json!(kind))])
}

/// Thoughts as the summary of a `reasoning` item.
pub(super) fn summary(text: &str) -> Value {
    if text.is_empty() { json!([]) } else { json!([{"type": "summary_text", "text": text}]) }
}
