//! Calls of tools that a model writes as text, because it was taught another way to call than its provider reads. The text
//! must be nothing but calls, and of tools that the request offers; then they are made real ones (SMLGateway's rules,
//! reference §9).

use serde_json::{Map, Value};
use wye_types::chat::{Block, BlockKind, ChatRequest, ChatResponse, Choice, Finish, Tool, ToolCall};
use wye_wire::names::NameMap;

/// Under which names a call says what it calls, and with what.
const NAMES: [&str; 3] = ["name", "tool", "function"];
const ARGUMENTS: [&str; 4] = ["parameters", "arguments", "args", "input"];

/// How models begin calls that their providers should have read.
const TEMPLATES: [&str; 5] = ["<tool_call", "<function=", "<function_call", "<|tool_call", "[TOOL_CALLS]"];

/// Whether a text may be nothing but a call, as far as it is there.
pub(crate) fn may_be_call(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || text.starts_with(['{', '['])
        || "```".starts_with(text)
        || text.starts_with("```")
        || TEMPLATES.iter().any(|begin| begin.starts_with(text) || text.starts_with(begin))
}

/// Makes the text of an answer calls, where it is nothing else. `names`: how the provider's names of tools differ; `id`:
/// what ids of calls are made from.
///
/// # Errors
/// The answer holds a call in the words of some model's template which cannot be read.
pub(crate) fn repaired(
    chat: &ChatRequest,
    answer: &mut ChatResponse,
    (names, id): (&NameMap, &str),
) -> Result<bool, String> {
    let offered = |name: &str| {
        let name = names.original(name);
        chat.tools.iter().any(|tool| matches!(tool, Tool::Function(function) if function.name == name))
    };
    let mut mended = false;
    for choice in answer.choices.iter_mut().filter(|_| !chat.tools.is_empty()) {
        if choice.content.iter().any(|block| matches!(block.kind, BlockKind::ToolCall(_))) {
            continue;
        }
        let text: String = choice.content.iter().filter_map(|block| block.as_text()).collect();
        match calls(&text, &offered) {
            Some(calls) => {
                put(choice, calls, id);
                mended = true;
            }
            None if TEMPLATES.iter().any(|begin| text.trim_start().starts_with(begin)) => {
                return Err("the answer holds a call of a tool as text that cannot be read".to_owned());
            }
            None => {}
        }
    }
    Ok(mended)
}

fn put(choice: &mut Choice, calls: Vec<(String, String)>, id: &str) {
    choice.content.retain(|block| !matches!(block.kind, BlockKind::Text(_)));
    let tail: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let tail = &tail[tail.len().saturating_sub(24)..];
    for (number, (name, arguments)) in calls.into_iter().enumerate() {
        let id = format!("call_{}{number}{tail}", choice.index);
        choice.content.push(Block::new(BlockKind::ToolCall(ToolCall { id, name, arguments })));
    }
    choice.finish = Some(Finish::ToolCalls);
    choice.logprobs = None;
}

/// The calls that a text is, if it is nothing else.
fn calls(text: &str, offered: &impl Fn(&str) -> bool) -> Option<Vec<(String, String)>> {
    let text = unfenced(text.trim());
    let found = if text.starts_with(['{', '[']) && !text.starts_with("[TOOL_CALLS]") {
        let value: Value = serde_json::from_str(text).ok()?;
        match value {
            Value::Array(items) => items.into_iter().map(call).collect::<Option<Vec<_>>>()?,
            value => vec![call(value)?],
        }
    } else {
        marked(text)?
    };
    (!found.is_empty() && found.iter().all(|(name, _)| offered(name))).then_some(found)
}

fn unfenced(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else { return text };
    let word = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
    inner[word..].trim()
}

/// Calls between marks: `<tool_call>{…}</tool_call>`, `<function=name>{…}</function>`, `[TOOL_CALLS][{…}]`.
fn marked(mut text: &str) -> Option<Vec<(String, String)>> {
    if let Some(list) = text.strip_prefix("[TOOL_CALLS]") {
        let Value::Array(items) = serde_json::from_str(list.trim()).ok()? else { return None };
        return items.into_iter().map(call).collect();
    }
    let mut found = Vec::new();
    while !text.is_empty() {
        let (open, rest) = text.strip_prefix('<')?.split_once('>')?;
        let tag = open.split(['=', ' ']).next()?;
        let close = format!("</{tag}>");
        // Some models leave out the last mark.
        let (inside, behind) = rest.split_once(close.as_str()).unwrap_or((rest, ""));
        let value: Value = serde_json::from_str(inside.trim()).ok()?;
        found.push(match open.strip_prefix("function=") {
            Some(name) => (name.trim().to_owned(), arguments(Some(value))?),
            None => call(value)?,
        });
        text = behind.trim_start();
    }
    Some(found)
}

/// A call's name and arguments.
fn call(value: Value) -> Option<(String, String)> {
    let Value::Object(mut fields) = value else { return None };
    // The shape of OpenAI's own calls.
    if let Some(Value::Object(_)) = fields.get("function") {
        return call(fields.remove("function")?);
    }
    let key = NAMES.into_iter().find(|key| fields.get(*key).is_some_and(Value::is_string))?;
    let Value::String(name) = fields.remove(key)? else { return None };
    let given = ARGUMENTS.into_iter().find_map(|key| fields.remove(key));
    Some((name, arguments(given)?))
}

/// Arguments as the text of an object.
fn arguments(given: Option<Value>) -> Option<String> {
    let none = || Value::Object(Map::new()).to_string();
    match given {
        None | Some(Value::Null) => Some(none()),
        Some(Value::String(text)) if text.trim().is_empty() => Some(none()),
        Some(Value::String(text)) => {
            let object = serde_json::from_str::<Map<String, Value>>(&text).is_ok();
            object.then_some(text)
        }
        Some(value @ Value::Object(_)) => Some(value.to_string()),
        Some(_) => None,
    }
}
