//! What of an answer is looked at before the client gets any of it, on routes that want that: an answer that does not pass
//! is one that another target may give better. The rules are few and look for what is surely wrong, since each false alarm
//! costs another answer.

mod language;
mod refusal;
mod schema;
mod tool_text;

use serde_json::Value;
use wye_types::chat::{BlockKind, ChatRequest, ChatResponse, Choice, Finish, OutputFormat};
use wye_wire::names::NameMap;

use crate::live::Policy;
pub(crate) use tool_text::{may_be_call, repaired};

/// Which rules hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validation {
    /// It must not refuse in words what others would answer.
    pub refusal: bool,
    /// A call of a tool that it writes as text is made a call; one that cannot be read is no answer.
    pub tool_text: bool,
    /// It must be JSON of the schema, where the request asks for that.
    pub json: bool,
    /// It must be in the script of the request.
    pub language: bool,
}

impl Validation {
    /// Whether any rule holds.
    #[must_use]
    pub const fn any(self) -> bool {
        self.refusal || self.tool_text || self.json || self.language
    }
}

impl Policy {
    /// Whether the text of answers is looked at before they are sent.
    pub(crate) fn looks_at_text(&self) -> bool {
        !self.keywords.is_empty() || self.validation.any()
    }

    /// Whether their text is wanted at all.
    pub(crate) fn reads_text(&self) -> bool {
        self.looks_at_text() || self.continues
    }
}

/// Looks at a whole answer. Gives whether something in it was mended; or what is wrong with it.
pub(crate) fn examine(
    rules: Validation,
    chat: &ChatRequest,
    answer: &mut ChatResponse,
    (names, id): (&NameMap, &str),
) -> Result<bool, String> {
    let mended = rules.tool_text && repaired(chat, answer, (names, id))?;
    for choice in &answer.choices {
        look(rules, chat, choice)?;
    }
    Ok(mended)
}

fn look(rules: Validation, chat: &ChatRequest, choice: &Choice) -> Result<(), String> {
    let declines = choice.content.iter().any(|block| matches!(block.kind, BlockKind::Refusal(_)));
    if rules.refusal && (declines || matches!(choice.finish, Some(Finish::Refusal))) {
        return Err("the model declines to answer".to_owned());
    }
    let calls = choice.content.iter().any(|block| matches!(block.kind, BlockKind::ToolCall(_)));
    if calls || declines {
        return Ok(());
    }
    let text: String = choice.content.iter().filter_map(|block| block.as_text()).collect();
    in_words(rules, chat, &text)?;
    // Of an answer that met its limit nobody expects an end.
    if rules.json && !text.is_empty() && choice.finish != Some(Finish::Length) {
        is_as_asked(chat, &text)?;
    }
    Ok(())
}

/// Looks at how an answer begins, which is all that can be known of a stream.
pub(crate) fn begins(rules: Validation, chat: &ChatRequest, text: &str) -> Result<(), String> {
    if rules.json && chat.format != OutputFormat::Text {
        let first = text.trim_start().chars().next();
        if first.is_some_and(|first| !may_begin(chat, first)) {
            return Err("the answer does not begin as JSON".to_owned());
        }
    }
    in_words(rules, chat, text)
}

fn in_words(rules: Validation, chat: &ChatRequest, text: &str) -> Result<(), String> {
    if rules.refusal && refusal::refuses(text) {
        return Err("the answer refuses in words".to_owned());
    }
    if rules.language
        && chat.format == OutputFormat::Text
        && let Some((asked, answered)) = language::differs(chat, text)
    {
        return Err(format!("the request is in {asked} script and the answer in {answered}"));
    }
    Ok(())
}

fn may_begin(chat: &ChatRequest, first: char) -> bool {
    match &chat.format {
        OutputFormat::JsonSchema(asked) => match asked.schema.get("type").and_then(Value::as_str) {
            Some("object") => first == '{',
            Some("array") => first == '[',
            _ => !first.is_alphabetic() || "tfn".contains(first),
        },
        _ => first == '{',
    }
}

fn is_as_asked(chat: &ChatRequest, text: &str) -> Result<(), String> {
    if chat.format == OutputFormat::Text {
        return Ok(());
    }
    let Ok(value) = serde_json::from_str::<Value>(text.trim()) else {
        return Err("the answer is not the JSON that was asked for".to_owned());
    };
    match &chat.format {
        OutputFormat::JsonSchema(asked) => schema::fits(&value, &asked.schema)
            .map_err(|place| format!("the answer does not fit the schema at `{place}`")),
        _ if value.is_object() => Ok(()),
        _ => Err("the answer is JSON but no object".to_owned()),
    }
}

#[cfg(test)]
mod tests;
