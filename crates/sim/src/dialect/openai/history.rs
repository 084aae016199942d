//! The messages of a chat completions request: every tool call answered, every answer to a call.

use serde_json::Value;

use super::super::fields::{given, list, text};
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};

/// The longest id OpenAI takes for a tool call.
const ID: usize = 40;

pub(super) fn read(messages: &[Value], ask: &mut Ask) -> Outcome<()> {
    // Calls of the last assistant message that no tool message has answered yet.
    let mut open: Vec<&str> = Vec::new();
    // Whether the messages since the last assistant message with calls are all from tools.
    let mut answering = false;
    for (i, message) in messages.iter().enumerate() {
        let role = text(message, "role").unwrap_or("");
        if role == "tool" {
            let id = text(message, "tool_call_id").unwrap_or("");
            let known = open.iter().position(|o| *o == id);
            let Some(at) = known.filter(|_| answering) else { return Err(stray_result(i)) };
            open.remove(at);
            let result = content(message, i, ask)?;
            ask.results.push(result);
            continue;
        }
        if let Some(id) = open.first() {
            return Err(unanswered(i, id));
        }
        (open, answering) = (Vec::new(), false);
        match role {
            "system" | "developer" => drop(content(message, i, ask)?),
            "user" => {
                ask.results.clear();
                ask.media.clear();
                ask.last_user = content(message, i, ask)?;
            }
            "assistant" => {
                ask.results.clear();
                open = assistant(message, i, ask)?;
                answering = !open.is_empty();
            }
            "function" => drop(content(message, i, ask)?),
            other => {
                let at = format!("messages[{i}].role");
                return Err(Fail::bad(&at, format!("Invalid value: '{other}' for '{at}'.")));
            }
        }
    }
    open.first().map_or(Ok(()), |id| Err(unanswered(messages.len(), id)))
}

fn stray_result(i: usize) -> Fail {
    let message = "Invalid parameter: messages with role 'tool' must be a response to a preceding message with \
                   'tool_calls'.";
    Fail::bad(format!("messages.[{i}].role"), message)
}

fn unanswered(i: usize, id: &str) -> Fail {
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
         'tool_call_id'. No answer was found for: {id}"
    );
    Fail::bad(format!("messages.[{i}].role"), message)
}

fn assistant<'a>(message: &'a Value, i: usize, ask: &mut Ask) -> Outcome<Vec<&'a str>> {
    let calls = list(message, "tool_calls");
    if given(message, "content").is_some() {
        content(message, i, ask)?;
    } else if calls.is_empty() && given(message, "refusal").is_none() && given(message, "audio").is_none() {
        let at = format!("messages[{i}].content");
        return Err(Fail::bad(&at, format!("Invalid value for '{at}': expected a string, got null.")));
    }
    let mut open = Vec::new();
    for (j, call) in calls.iter().enumerate() {
        let at = format!("messages[{i}].tool_calls[{j}]");
        let id = text(call, "id").unwrap_or("");
        if id.is_empty() || id.len() > ID {
            return Err(Fail::bad(
                format!("{at}.id"),
                format!(
                    "Invalid '{at}.id': string too long. Expected 1 to {ID} characters, got {}.",
                    id.len()
                ),
            ));
        }
        let function = call.get("function").unwrap_or(&Value::Null);
        let (Some(name), Some(arguments)) = (text(function, "name"), text(function, "arguments")) else {
            let at = format!("{at}.function");
            return Err(Fail::bad(&at, format!("Invalid '{at}': name and arguments must be strings.")));
        };
        ask.read(name);
        ask.read(arguments);
        open.push(id);
    }
    Ok(open)
}

/// Reads a message's content and returns its text.
fn content(message: &Value, i: usize, ask: &mut Ask) -> Outcome<String> {
    let at = format!("messages[{i}].content");
    match message.get("content") {
        Some(Value::String(text)) => {
            ask.read(text);
            Ok(text.clone())
        }
        Some(Value::Array(parts)) => {
            let mut all = Vec::new();
            for (j, part) in parts.iter().enumerate() {
                if let Some(text) = self::part(part, &format!("{at}[{j}]"), ask)? {
                    ask.read(&text);
                    all.push(text);
                }
            }
            Ok(all.join("\n"))
        }
        _ => Err(Fail::bad(&at, format!("Invalid type for '{at}': expected a string or a list of parts."))),
    }
}

/// Reads a part; its text, if it is text.
fn part(part: &Value, at: &str, ask: &mut Ask) -> Outcome<Option<String>> {
    let invalid = |what: &str| Fail::bad(at, format!("Invalid '{at}': {what}"));
    match text(part, "type") {
        Some("text") => match text(part, "text") {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(invalid("a text part needs 'text'.")),
        },
        Some("refusal") => Ok(text(part, "refusal").map(str::to_owned)),
        Some("image_url") => {
            let url = part.get("image_url").and_then(|u| text(u, "url"));
            let url = url.ok_or_else(|| invalid("'image_url' has to be an object with 'url'."))?;
            match url.strip_prefix("data:") {
                Some(data) => inline("image", data, ask).ok_or_else(|| invalid("not base64 image data."))?,
                None => ask.see_at("image", url),
            }
            Ok(None)
        }
        Some("input_audio") => {
            let audio = part.get("input_audio").unwrap_or(&Value::Null);
            let (data, format) = (text(audio, "data").unwrap_or(""), text(audio, "format").unwrap_or(""));
            ask.see("audio", &format!("audio/{format}"), data).ok_or_else(|| invalid("not base64 audio."))?;
            Ok(None)
        }
        Some("file") => {
            let file = part.get("file").unwrap_or(&Value::Null);
            match (text(file, "file_data"), text(file, "file_id")) {
                (Some(data), _) => {
                    let data = data.strip_prefix("data:").unwrap_or(data);
                    inline("file", data, ask).ok_or_else(|| invalid("'file_data' has to be a data URL."))?;
                }
                (None, Some(id)) => ask.see_at("file", id),
                (None, None) => return Err(invalid("a file needs 'file_data' or 'file_id'.")),
            }
            Ok(None)
        }
        _ => Err(invalid("unknown part type.")),
    }
}

/// Reads what follows `data:` in a data URL.
pub(in crate::dialect) fn inline(kind: &str, data: &str, ask: &mut Ask) -> Option<()> {
    let (mime, base64) = data.split_once(";base64,")?;
    ask.see(kind, mime, base64)
}
