//! The conversation, written for the provider: system texts hoisted, turns merged so that they alternate.

use serde_json::{Map, Value, json};
use wye_types::DialectId;
use wye_types::chat::{Block, BlockKind, CacheHint, ChatRequest, Message, Role};

use super::blocks_write::BlockWriter;
use crate::dialect::{Loss, WriteOptions};
use crate::names::NameMap;

/// The conversation while it is written.
pub(super) struct Conversation<'a> {
    chat: &'a ChatRequest,
    blocks: BlockWriter<'a>,
    own: bool,
    /// Blocks of the system prompt.
    pub(super) system: Vec<Value>,
    /// The turns.
    pub(super) messages: Vec<Value>,
    /// What could not be said.
    pub(super) losses: Vec<Loss>,
}

/// A turn that is still growing.
struct Turn {
    role: &'static str,
    content: Vec<Value>,
    rest: Map<String, Value>,
}

impl<'a> Conversation<'a> {
    /// Nothing written yet.
    pub(super) fn new(chat: &'a ChatRequest, options: &'a WriteOptions, names: &'a NameMap) -> Self {
        let own = chat.from == DialectId::AnthropicMessages;
        Self {
            chat,
            blocks: BlockWriter { own, options, names },
            own,
            system: Vec::new(),
            messages: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Writes every message.
    pub(super) fn write(&mut self) {
        let mut turns: Vec<Turn> = Vec::new();
        let mut leading = true;
        for (n, message) in self.chat.messages.iter().enumerate() {
            let field = format!("messages[{n}]");
            if message.name.is_some() {
                self.losses.push(Loss::dropped(format!("{field}.name")));
            }
            let content = self.content(message, &field);
            let role = match message.role {
                Role::System | Role::Developer if leading => {
                    self.system.extend(content);
                    continue;
                }
                // The dialect's newer models take instructions between turns; only its own clients send them.
                Role::System if self.own => "system",
                Role::System | Role::Developer => {
                    self.losses.push(Loss::changed(field, "moved to system"));
                    self.system.extend(content);
                    continue;
                }
                Role::User | Role::Tool => "user",
                Role::Assistant => "assistant",
            };
            leading = false;
            if content.is_empty() && !self.own {
                continue;
            }
            let rest = if self.own { message.rest.clone() } else { Map::new() };
            match turns.last_mut() {
                Some(last) if last.role == role => {
                    last.content.extend(content);
                    last.rest.extend(rest);
                }
                _ => turns.push(Turn { role, content, rest }),
            }
        }
        if !self.own {
            self.start_with_user(&mut turns);
        }
        self.messages = turns
            .into_iter()
            .map(|turn| {
                let mut out = object_of_turn(turn.role, turn.content);
                out.extend(turn.rest);
                Value::Object(out)
            })
            .collect();
    }

    fn content(&mut self, message: &Message, field: &str) -> Vec<Value> {
        let mut out = Vec::with_capacity(message.content.len());
        for (n, block) in message.content.iter().enumerate() {
            let place = format!("{field}.content[{n}]");
            out.extend(self.blocks.write(block, message.role, &place, &mut self.losses));
        }
        out
    }

    /// A conversation begins with the user.
    fn start_with_user(&mut self, turns: &mut Vec<Turn>) {
        if turns.first().is_some_and(|turn| turn.role == "user") {
            return;
        }
        if turns.is_empty() {
            // Instructions alone: the last of them is what there is to answer.
            if let Some(last) = self.system.pop() {
                self.losses
                    .push(Loss::changed("messages", "the last instruction was sent as the user's turn"));
                turns.push(Turn { role: "user", content: vec![last], rest: Map::new() });
            }
            return;
        }
        self.losses.push(Loss::changed("messages", "a user's turn was put before the first"));
        let content = vec![json!({"type": "text", "text": "Continue."})];
        turns.insert(0, Turn { role: "user", content, rest: Map::new() });
    }
}

fn object_of_turn(role: &str, content: Vec<Value>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("role".into(), json!(role));
    out.insert("content".into(), shortest(content));
    out
}

/// A single text with nothing else to it is written as a bare string.
pub(super) fn shortest(mut content: Vec<Value>) -> Value {
    if let [Value::Object(block)] = content.as_mut_slice()
        && block.len() == 2
        && block.get("type").and_then(Value::as_str) == Some("text")
        && let Some(text) = block.get_mut("text").filter(|text| text.is_string())
    {
        return text.take();
    }
    Value::Array(content)
}

/// Writes `cache_control`.
pub(super) fn cache_control(hint: CacheHint) -> Value {
    match hint {
        CacheHint::Short => json!({"type": "ephemeral"}),
        CacheHint::Long => json!({"type": "ephemeral", "ttl": "1h"}),
    }
}

/// Whether the conversation ends in results of a turn that does not begin with sealed thoughts of this dialect's
/// vendor. With a thinking budget, the vendor refuses such a turn.
pub(crate) fn lost_thoughts(chat: &ChatRequest) -> bool {
    let mut ends_in_results = false;
    for message in chat.messages.iter().rev() {
        match message.role {
            Role::Tool => ends_in_results = true,
            Role::Assistant if ends_in_results => return !message.content.iter().any(is_sealed_thought),
            Role::Assistant | Role::User => return false,
            Role::System | Role::Developer => {}
        }
    }
    false
}

fn is_sealed_thought(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Reasoning(_) | BlockKind::Redacted)
        && block.signature.as_ref().is_some_and(|s| s.maker == wye_types::chat::Maker::Anthropic)
}
