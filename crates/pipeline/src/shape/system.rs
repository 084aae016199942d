//! Instructions that are put into requests, in every dialect where it keeps them.
//!
//! What already stands at its place is not said again, so that a request may pass here twice (through two gateways, or
//! sent back by a client) without growing.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use wye_types::DialectId;
use wye_wire::dialect::Loss;
use wye_wire::patch::json_string;
use wye_wire::scan::TopLevel;

use super::draft::Draft;

/// What stands between two instructions.
const GAP: &str = "\n\n";

/// What one layer does to the instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemPrompt {
    /// Stands before the client's.
    pub prepend: Option<String>,
    /// Stands behind the client's.
    pub append: Option<String>,
    /// Stands instead of the client's.
    pub replace: Option<String>,
}

/// What all layers together do to the instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Instructions {
    /// Whether the client's go.
    replaces: bool,
    before: String,
    behind: String,
}

impl Instructions {
    /// What some layers amount to, the one nearest to the client first: each puts its own around what came out of the one
    /// before.
    pub(super) fn of<'l>(layers: impl Iterator<Item = &'l SystemPrompt>) -> Self {
        let mut all = Self::default();
        for layer in layers {
            if let Some(text) = &layer.replace {
                all = Self { replaces: true, before: text.clone(), behind: String::new() };
            }
            if let Some(text) = &layer.prepend {
                all.before = joined(text, &all.before);
            }
            // Where nothing of the client's stands between them, they are one text.
            let end = if all.replaces { &mut all.before } else { &mut all.behind };
            if let Some(text) = &layer.append {
                *end = joined(end, text);
            }
        }
        all
    }

    /// Whether they leave everything as it is.
    fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Puts them into a body of a dialect.
    pub(crate) fn apply(&self, draft: &mut Draft<'_>, dialect: DialectId, losses: &mut Vec<Loss>) {
        if self.is_none() {
            return;
        }
        match dialect {
            DialectId::OpenAiChat | DialectId::Cohere | DialectId::Ollama => self.in_messages(draft),
            DialectId::AnthropicMessages => {
                self.in_blocks(draft, |text| json!({"type": "text", "text": text}))
            }
            DialectId::BedrockConverse => self.in_blocks(draft, |text| json!({"text": text})),
            DialectId::Gemini => self.in_content(draft),
            DialectId::OpenAiResponses => self.in_instructions(draft),
            DialectId::OpenAiCompletions => self.in_prompt(draft, losses),
        }
    }

    /// Around a text.
    fn around(&self, text: &str) -> String {
        let text = if self.replaces { "" } else { text };
        let begins = begins_with(text, &self.before);
        let text = if begins { text.to_owned() } else { joined(&self.before, text) };
        if ends_with(&text, &self.behind) { text } else { joined(&text, &self.behind) }
    }

    /// Around a list of blocks with texts.
    fn around_blocks(&self, blocks: &mut Vec<Value>, block: impl Fn(&str) -> Value) {
        if self.replaces {
            blocks.clear();
        }
        let text = |block: Option<&Value>| block.and_then(|b| b["text"].as_str()).unwrap_or("").to_owned();
        if !begins_with(&text(blocks.first()), &self.before) {
            blocks.insert(0, block(&self.before));
        }
        if !ends_with(&text(blocks.last()), &self.behind) {
            blocks.push(block(&self.behind));
        }
    }

    /// Among messages, those of the system come first. Some servers refuse a second one, so theirs are added to.
    fn in_messages(&self, draft: &mut Draft<'_>) {
        let Some(messages) = draft.list("messages") else { return };
        let leading = messages.iter().take_while(|message| is_system(message)).count();
        let mut out: Vec<String> = Vec::with_capacity(messages.len() + 1);
        if leading == 0 || self.replaces {
            out.push(message(&self.around("")));
        } else {
            let only = |before: bool, behind: bool| Self {
                replaces: false,
                before: if before { self.before.clone() } else { String::new() },
                behind: if behind { self.behind.clone() } else { String::new() },
            };
            out.extend(messages.iter().take(leading).enumerate().map(|(at, message)| {
                let part = only(at == 0, at + 1 == leading);
                part.in_message(message).unwrap_or_else(|| message.get().to_owned())
            }));
        }
        let rest = messages.iter().skip(leading).filter(|message| !self.replaces || !is_system(message));
        out.extend(rest.map(|message| message.get().to_owned()));
        let json = format!("[{}]", out.join(","));
        draft.set("messages", json);
    }

    /// Around what a message of the system says; `None` if nothing changes.
    fn in_message(&self, message: &RawValue) -> Option<String> {
        if self.is_none() {
            return None;
        }
        let mut message: Value = serde_json::from_str(message.get()).ok()?;
        let content = message.get_mut("content")?;
        match content {
            Value::Array(blocks) => {
                self.around_blocks(blocks, |text| json!({"type": "text", "text": text}));
            }
            Value::String(text) => *text = self.around(text),
            _ => *content = Value::String(self.around("")),
        }
        Some(message.to_string())
    }

    /// In `system`: a text, or a list of blocks.
    fn in_blocks(&self, draft: &mut Draft<'_>, block: impl Fn(&str) -> Value) {
        let made = match draft.value("system") {
            Some(Value::Array(mut blocks)) => {
                self.around_blocks(&mut blocks, block);
                Value::Array(blocks)
            }
            Some(Value::String(text)) => Value::String(self.around(&text)),
            _ => json!([block(&self.around(""))]),
        };
        draft.set("system", made.to_string());
    }

    /// In `systemInstruction`: a turn with parts.
    fn in_content(&self, draft: &mut Draft<'_>) {
        let key = draft.name("systemInstruction").into_owned();
        let mut content = draft.value(&key).unwrap_or_else(|| json!({}));
        match &mut content {
            Value::Object(turn) => {
                let parts = turn.entry("parts").or_insert_with(|| json!([]));
                // A single part may stand without its list.
                if !parts.is_array() {
                    *parts = json!([parts.take()]);
                }
                if let Value::Array(parts) = parts {
                    self.around_blocks(parts, |text| json!({"text": text}));
                }
            }
            Value::String(text) => *text = self.around(text),
            _ => return,
        }
        draft.set(&key, content.to_string());
    }

    /// In `instructions`: a text. Turns of the system may stand in `input` as well.
    fn in_instructions(&self, draft: &mut Draft<'_>) {
        let text = draft.value("instructions");
        let text = text.as_ref().and_then(Value::as_str).unwrap_or("");
        draft.set("instructions", json_string(&self.around(text)));
        let Some(items) = draft.list("input").filter(|_| self.replaces) else { return };
        let kept: Vec<&str> = items.iter().filter(|item| !is_system(item)).map(|item| item.get()).collect();
        if kept.len() < items.len() {
            let json = format!("[{}]", kept.join(","));
            draft.set("input", json);
        }
    }

    /// A text that is to be continued has no instructions but what it begins with.
    fn in_prompt(&self, draft: &mut Draft<'_>, losses: &mut Vec<Loss>) {
        let all = joined(&self.before, &self.behind);
        match draft.value("prompt") {
            Some(Value::String(prompt)) if begins_with(&prompt, &all) => {}
            Some(Value::String(prompt)) => draft.set("prompt", json_string(&joined(&all, &prompt))),
            _ => losses.push(Loss::changed("prompt", "the operator's instructions have no place in it")),
        }
    }
}

fn message(text: &str) -> String {
    json!({"role": "system", "content": text}).to_string()
}

/// Whether a message or an item is the system's.
fn is_system(raw: &RawValue) -> bool {
    let raw = raw.get().as_bytes();
    let top = TopLevel::scan(raw).ok();
    top.as_ref()
        .and_then(|top| top.raw(raw, "role"))
        .is_some_and(|role| [&b"\"system\""[..], b"\"developer\""].contains(&role))
}

/// One behind the other; nothing is not set off.
fn joined(first: &str, second: &str) -> String {
    match (first, second) {
        ("", text) | (text, "") => text.to_owned(),
        _ => [first, GAP, second].concat(),
    }
}

fn begins_with(text: &str, beginning: &str) -> bool {
    text.strip_prefix(beginning)
        .is_some_and(|rest| beginning.is_empty() || rest.is_empty() || rest.starts_with(GAP))
}

fn ends_with(text: &str, end: &str) -> bool {
    text.strip_suffix(end).is_some_and(|rest| end.is_empty() || rest.is_empty() || rest.ends_with(GAP))
}
