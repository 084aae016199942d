//! `functions` and `function_call`, which were there before `tools` and `tool_choice`.
//!
//! They are read as tools, so that every dialect can say them, and also ride along as they came: a provider of this
//! dialect gets them back, since the answer's shape depends on which of the two was sent.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{ChatRequest, FunctionTool, Tool, ToolChoice};
use wye_types::event::Delta;

use crate::dialect::RequestError;
use crate::fields::Fields;
use crate::patch::json_string;

const FUNCTIONS: &str = "functions";
const CHOICE: &str = "function_call";

/// Reads them, if they are there; `choice` is what `tool_choice` said.
pub(super) fn read(
    top: &mut Fields,
    choice: Option<ToolChoice>,
) -> Result<(Vec<Tool>, Option<ToolChoice>), RequestError> {
    let Some(items) = top.array(FUNCTIONS)? else { return Ok((Vec::new(), choice)) };
    let mut tools = Vec::with_capacity(items.len());
    for (n, item) in items.iter().enumerate() {
        let path = format!("{FUNCTIONS}[{n}]");
        let mut fields = Fields::at(item.clone(), path, "an object with a \"name\"")?;
        tools.push(Tool::Function(FunctionTool {
            name: fields.required("name", "write the function's name")?,
            description: fields.string("description")?,
            parameters: fields.take("parameters"),
            strict: None,
            cache: None,
            rest: Map::new(),
        }));
    }
    top.put(FUNCTIONS, Value::Array(items));
    let Some(word) = top.take(CHOICE) else { return Ok((tools, choice)) };
    let read = match (word.as_str(), word.get("name").and_then(Value::as_str)) {
        (Some("auto"), _) => Some(ToolChoice::Auto),
        (Some("none"), _) => Some(ToolChoice::None),
        (_, Some(name)) => Some(ToolChoice::Named(name.to_owned())),
        _ => choice,
    };
    top.put(CHOICE, word);
    Ok((tools, read))
}

/// Whether the tools of a request were read from here, so that a provider of this dialect gets them from `rest`.
pub(super) fn ride_along(chat: &ChatRequest) -> bool {
    let functions = chat.rest.get(FUNCTIONS).and_then(Value::as_array);
    functions.is_some_and(|functions| functions.len() == chat.tools.len())
}

/// Turns the calls of a choice into the one that a client of the older words knows: there is room for no other.
pub(super) fn write_choice(choice: &mut Value) {
    if choice.get("finish_reason").is_some_and(|word| word == "tool_calls") {
        choice["finish_reason"] = json!(CHOICE);
    }
    let Some(message) = choice.get_mut("message").and_then(Value::as_object_mut) else { return };
    let Some(calls) = message.shift_remove("tool_calls") else { return };
    if let Some(function) = calls.get(0).and_then(|call| call.get("function")) {
        message.insert(CHOICE.into(), function.clone());
    }
}

/// A piece of the first call, as a delta of the older words. Nothing for the pieces of others.
pub(super) fn write_piece(delta: &Delta) -> Option<String> {
    let function = match delta {
        Delta::ToolStart { call: 0, name, .. } => {
            format!("{{\"name\":{},\"arguments\":\"\"}}", json_string(name))
        }
        Delta::ToolArguments { call: 0, json } if !json.is_empty() => {
            format!("{{\"arguments\":{}}}", json_string(json))
        }
        _ => return None,
    };
    Some(format!("{{\"{CHOICE}\":{function}}}"))
}

/// The word for a finish reason in the older words.
pub(super) fn finish_word(word: &'static str) -> &'static str {
    if word == "tool_calls" { CHOICE } else { word }
}
