//! The conversation, written for the provider: system texts hoisted, turns merged so that they alternate.

use serde_json::{Map, Value, json};
use wye_types::chat::{ChatRequest, Message, Role};

use super::blocks_write::BlockWriter;
use crate::dialect::Loss;

/// The conversation as it is sent.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Blocks of the system prompt.
    pub(super) system: Vec<Value>,
    /// The turns.
    pub(super) messages: Vec<Value>,
}

/// A turn that is still growing.
struct Turn {
    role: &'static str,
    /// Who spoke last in it, in the IR's words.
    last: Role,
    content: Vec<Value>,
    rest: Map<String, Value>,
}

/// Writes every message.
pub(super) fn write(chat: &ChatRequest, own: bool, blocks: &mut BlockWriter<'_>) -> Conversation {
    let mut system = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    for (n, message) in chat.messages.iter().enumerate() {
        let field = format!("messages[{n}]");
        if message.name.is_some() {
            blocks.losses.push(Loss::dropped(format!("{field}.name")));
        }
        let mut content = Vec::with_capacity(message.content.len());
        for (at, block) in message.content.iter().enumerate() {
            blocks.write(block, message.role, &format!("{field}.content[{at}]"), &mut content);
        }
        if matches!(message.role, Role::System | Role::Developer) {
            if !turns.is_empty() {
                blocks.losses.push(Loss::changed(field, "moved to system"));
            }
            system.extend(content);
        } else if own || !content.is_empty() {
            add(&mut turns, message, content, own);
        }
    }
    if !own {
        start_with_user(&mut turns, &mut system, &mut blocks.losses);
        for turn in &mut turns {
            speak_of_documents(turn, &mut blocks.losses);
        }
    }
    let messages = turns.into_iter().map(|turn| {
        let mut out = Map::from_iter([
            ("role".to_owned(), json!(turn.role)),
            ("content".to_owned(), json!(turn.content)),
        ]);
        out.extend(turn.rest);
        Value::Object(out)
    });
    Conversation { system, messages: messages.collect() }
}

/// Adds a message to the last turn or begins another. A client of this dialect may have two turns of one speaker
/// behind each other, which some models take; what was one turn of it before it was read becomes one again.
fn add(turns: &mut Vec<Turn>, message: &Message, content: Vec<Value>, own: bool) {
    let role = if message.role == Role::Assistant { "assistant" } else { "user" };
    let rest = if own { message.rest.clone() } else { Map::new() };
    match turns.last_mut() {
        Some(turn) if turn.role == role && (!own || turn.last != message.role) => {
            turn.content.extend(content);
            turn.rest.extend(rest);
            turn.last = message.role;
        }
        _ => turns.push(Turn { role, last: message.role, content, rest }),
    }
}

/// A conversation begins with the user.
fn start_with_user(turns: &mut Vec<Turn>, system: &mut Vec<Value>, losses: &mut Vec<Loss>) {
    if turns.first().is_some_and(|turn| turn.role == "user") {
        return;
    }
    let (content, done) = match system.pop_if(|_| turns.is_empty()) {
        // Instructions alone: the last of them is what there is to answer.
        Some(last) => (last, "the last instruction was sent as the user's turn"),
        None => (json!({"text": "Continue."}), "a user's turn was put before the first"),
    };
    losses.push(Loss::changed("messages", done));
    turns.insert(0, Turn { role: "user", last: Role::User, content: vec![content], rest: Map::new() });
}

/// The service refuses a turn that holds a document and no text.
fn speak_of_documents(turn: &mut Turn, losses: &mut Vec<Loss>) {
    let holds = |key: &str| turn.content.iter().any(|block| block.get(key).is_some());
    if holds("document") && !holds("text") {
        losses.push(Loss::changed("messages", "a text was put beside a document that came alone"));
        turn.content.push(json!({"text": "See the document."}));
    }
}
