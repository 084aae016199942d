//! Writes a whole answer for the client.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Block, BlockKind, ChatResponse, Choice, Signature, ToolCall};

use super::ID;
use super::items_read::ITEM;
use super::output::{self, Envelope, item_id};
use super::parts::PART;
use crate::openai_chat::reasoning::maker_of;
use crate::seal;

/// Writes the answer.
pub(super) fn write(chat: &ChatResponse) -> Value {
    let own = chat.from == ID;
    let empty = Choice {
        index: 0,
        content: Vec::new(),
        finish: None,
        stop_sequence: None,
        logprobs: None,
        rest: Map::new(),
    };
    let choice = chat.choices.first().unwrap_or(&empty);
    let refused = choice.content.iter().any(|block| matches!(block.kind, BlockKind::Refusal(_)));
    let (status, incomplete) = output::status_of(choice.finish.as_ref(), refused);
    let mut writer = Output { answer: &chat.id, own, out: Vec::new(), said: None };
    writer.items(choice);
    let envelope = Envelope {
        id: &chat.id,
        model: &chat.model,
        created: chat.created.unwrap_or(0),
        status,
        incomplete,
        output: writer.out,
        usage: chat.usage,
    };
    let more = chat.rest.get("usage").and_then(Value::as_object).filter(|_| own);
    let mut out = envelope.write(more);
    for (key, value) in chat.rest.iter().filter(|(key, _)| own && (*key != "usage" || chat.usage.is_none())) {
        out.insert(key.clone(), value.clone());
    }
    Value::Object(out)
}

/// The items while they are being written.
struct Output<'a> {
    answer: &'a str,
    own: bool,
    out: Vec<Value>,
    /// The message that is being written: its own fields and its parts.
    said: Option<(Map, Vec<Value>)>,
}

impl Output<'_> {
    fn items(&mut self, choice: &Choice) {
        let kept = self.own && choice.content.iter().any(|block| block.rest.contains_key("logprobs"));
        let mut logprobs =
            choice.logprobs.as_ref().filter(|_| !kept).and_then(|all| all.get("content")?.as_array());
        for block in &choice.content {
            match &block.kind {
                BlockKind::Text(text) => {
                    if !text.is_empty() || block.rest.contains_key(ITEM) {
                        let logprobs = logprobs.take().cloned().unwrap_or_default();
                        self.say(block, output::text_part(text, logprobs));
                    }
                    if let Some(seal) = &block.signature {
                        self.thoughts("", Some(seal), None);
                    }
                }
                BlockKind::Refusal(text) => self.say(block, output::refusal_part(text)),
                BlockKind::Reasoning(text) => {
                    self.thoughts(text, block.signature.as_ref(), Some(&block.rest))
                }
                BlockKind::Redacted => self.thoughts("", block.signature.as_ref(), Some(&block.rest)),
                BlockKind::ToolCall(call) => self.call(block, call),
                BlockKind::Foreign(part) if self.own && block.rest.contains_key(PART) => {
                    self.say(block, output::fields(part.clone()));
                }
                BlockKind::Foreign(item) if self.own => self.push(output::fields(item.clone()), None),
                BlockKind::Foreign(_) | BlockKind::Media(_) | BlockKind::ToolResult(_) => {}
            }
        }
        self.close();
    }

    fn say(&mut self, block: &Block, mut part: Map) {
        if self.own {
            let of_part = block.rest.iter().filter(|(key, _)| *key != ITEM && *key != PART);
            part.extend(of_part.map(|(key, value)| (key.clone(), value.clone())));
            if let Some(Value::Object(item)) = block.rest.get(ITEM) {
                self.close();
                self.said = Some((item.clone(), Vec::new()));
            }
        }
        self.said.get_or_insert_default().1.push(Value::Object(part));
    }

    /// Ends the message that is being written.
    fn close(&mut self) {
        let Some((kept, parts)) = self.said.take() else { return };
        let id = item_id("message", self.answer, self.out.len());
        self.out.push(with(output::message(&id, "completed", parts), Some(&kept)));
    }

    fn push(&mut self, item: Map, kept: Option<&Map>) {
        self.close();
        self.out.push(with(item, kept.filter(|_| self.own)));
    }

    fn call(&mut self, block: &Block, call: &ToolCall) {
        self.close();
        let id = item_id("function_call", self.answer, self.out.len());
        let call_id = seal::id_with_seal(&call.id, block.signature.as_ref());
        let arguments = if call.arguments.is_empty() { "{}" } else { &call.arguments };
        self.push(output::call(&id, "completed", &call_id, &call.name, arguments), Some(&block.rest));
    }

    fn thoughts(&mut self, text: &str, seal: Option<&Signature>, kept: Option<&Map>) {
        self.close();
        let Some(kept) = kept.filter(|kept| self.own && !kept.is_empty()) else {
            let id = item_id("reasoning", self.answer, self.out.len());
            return self.push(output::thoughts(&id, text, seal), None);
        };
        let mut item = Map::from_iter([("type".to_owned(), json!("reasoning"))]);
        if let Some(seal) = seal {
            // The vendor says whose seal it is, or it is its own.
            let format = kept.get("format").and_then(Value::as_str);
            let own = maker_of(Some(format.unwrap_or("openai-")));
            item.insert("encrypted_content".into(), json!(seal::tag(seal, &own)));
        }
        self.push(item, Some(kept));
    }
}

/// An item with the fields that it came with.
fn with(mut item: Map, kept: Option<&Map>) -> Value {
    for (key, value) in kept.into_iter().flatten() {
        item.insert(key.clone(), value.clone());
    }
    Value::Object(item)
}
