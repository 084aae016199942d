//! Checks a chat request and says what the model understands.

use serde_json::Value;

use super::super::fields::{given, list, stranger, text, text_of};
use super::super::{Reading, openai};
use crate::ask::{Ask, Choice, Format};
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

const FIELDS: &[&str] = &[
    "citation_options",
    "documents",
    "frequency_penalty",
    "k",
    "logprobs",
    "max_tokens",
    "messages",
    "model",
    "p",
    "presence_penalty",
    "priority",
    "raw_prompting",
    "response_format",
    "safety_mode",
    "seed",
    "stop_sequences",
    "stream",
    "strict_tools",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
];

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    if let Some(name) = stranger(body, FIELDS) {
        let message = format!("unknown field: parameter '{name}' is not a valid field");
        return Err(Fail::of(422, Kind::UnknownField, message));
    }
    let messages = list(body, "messages");
    if messages.is_empty() {
        return Err(invalid("list of messages must not be empty"));
    }
    let mut ask = Ask { n: 1, parallel: true, show_thoughts: true, ..Ask::default() };
    sampling(body, &mut ask)?;
    for (i, tool) in list(body, "tools").iter().enumerate() {
        openai::function_tool(tool, i, &mut ask)?;
    }
    ask.choice = match given(body, "tool_choice").map(|c| c.as_str().unwrap_or("")) {
        None => Choice::Auto,
        Some("REQUIRED") if ask.tools.is_empty() => {
            return Err(invalid("tool_choice is only allowed when tools are specified"));
        }
        Some("REQUIRED") => Choice::Any,
        Some("NONE") => Choice::Never,
        Some(_) => return Err(invalid("tool_choice must be one of REQUIRED, NONE")),
    };
    history(messages, &mut ask)?;
    let (prompt, limit) = (words::tokens(ask.prompt.len()), reading.model.context);
    if prompt > limit {
        let message = format!(
            "too many tokens: size limit exceeded by {} tokens. Try using shorter or fewer inputs. The limit for this \
             model is {limit} tokens.",
            prompt - limit
        );
        return Err(Fail::of(400, Kind::TooLong, message));
    }
    Ok(ask)
}

fn invalid(what: &str) -> Fail {
    Fail::new(400, format!("invalid request: {what}"))
}

fn sampling(body: &Value, ask: &mut Ask) -> Outcome<()> {
    let bounds = [("temperature", 0.0, 1.0), ("p", 0.0, 0.99), ("k", 0.0, 500.0)];
    openai::within(body, &bounds).map_err(|fail| invalid(&fail.message))?;
    if let Some(most) = given(body, "max_tokens") {
        ask.max_tokens = Some(most.as_u64().ok_or_else(|| invalid("max_tokens must be a whole number"))?);
    }
    let stops = list(body, "stop_sequences");
    if stops.len() > 5 {
        return Err(invalid("stop_sequences may have up to 5 elements"));
    }
    ask.stop.extend(stops.iter().filter_map(Value::as_str).map(str::to_owned));
    let thinking = given(body, "thinking").unwrap_or(&Value::Null);
    ask.think = match text(thinking, "type") {
        Some("enabled") => true,
        Some("disabled") => false,
        None if thinking.is_null() => true,
        _ => return Err(invalid("thinking.type must be one of enabled, disabled")),
    };
    let Some(format) = given(body, "response_format") else { return Ok(()) };
    match text(format, "type") {
        Some("text") => {}
        // The schema stands in it as it is, without a name around it.
        Some("json_object") => match given(format, "json_schema").or_else(|| given(format, "schema")) {
            Some(schema) if schema.get("schema").is_some() => {
                return Err(invalid("response_format.json_schema: the top-level type must be 'object'"));
            }
            Some(schema) => ask.format = Format::Schema(schema.clone()),
            None => ask.format = Format::Json,
        },
        _ => return Err(invalid("response_format.type must be one of text, json_object")),
    }
    Ok(())
}

fn history(messages: &[Value], ask: &mut Ask) -> Outcome<()> {
    let mut open: Vec<&str> = Vec::new();
    let mut answering = false;
    for (i, message) in messages.iter().enumerate() {
        let at = |what: &str| invalid(&format!("messages[{i}]: {what}"));
        let known = ["role", "content", "tool_calls", "tool_plan", "tool_call_id", "citations"];
        if let Some(name) = stranger(message, &known) {
            return Err(Fail::of(422, Kind::UnknownField, format!("unknown field: messages[{i}].{name}")));
        }
        let role = text(message, "role").unwrap_or("");
        if role == "tool" {
            let id =
                text(message, "tool_call_id").ok_or_else(|| at("a tool message needs a tool_call_id"))?;
            let found = open.iter().position(|o| *o == id).filter(|_| answering);
            open.remove(found.ok_or_else(|| at("tool call id not found in previous tool calls"))?);
            let said = result(message.get("content").unwrap_or(&Value::Null), &at)?;
            ask.read(&said);
            ask.results.push(said);
            continue;
        }
        if let Some(id) = open.first() {
            return Err(at(&format!("missing tool result for tool call {id}")));
        }
        answering = false;
        ask.results.clear();
        match role {
            "system" => {
                content(message, ask, &at, true)?;
            }
            "user" => {
                ask.media.clear();
                ask.last_user = content(message, ask, &at, true)?;
            }
            "assistant" => {
                let calls = list(message, "tool_calls");
                content(message, ask, &at, calls.is_empty())?;
                for call in calls {
                    let function = call.get("function").unwrap_or(&Value::Null);
                    let (name, args) = (text(function, "name"), text(function, "arguments"));
                    let (Some(id), Some(name), Some(args)) = (text(call, "id"), name, args) else {
                        return Err(at("tool_calls need id, function.name and function.arguments as text"));
                    };
                    ask.read(name);
                    ask.read(args);
                    open.push(id);
                }
                answering = !open.is_empty();
            }
            other => return Err(at(&format!("role '{other}' is not one of user, assistant, tool, system"))),
        }
    }
    match open.first() {
        Some(id) => Err(invalid(&format!("missing tool result for tool call {id}"))),
        None => Ok(()),
    }
}

/// A tool's result: text, or documents.
fn result(content: &Value, at: &dyn Fn(&str) -> Fail) -> Outcome<String> {
    if let Some(part) = list(&serde_json::json!({ "c": content }), "c")
        .iter()
        .find(|p| !matches!(text(p, "type"), Some("text" | "document")))
    {
        return Err(at(&format!("content of a tool message cannot have {part}")));
    }
    let documents = content.as_array().into_iter().flatten().filter_map(|p| p.pointer("/document/data"));
    let documents: Vec<String> =
        documents.map(|d| d.as_str().map_or_else(|| d.to_string(), str::to_owned)).collect();
    let said = text_of(content);
    Ok(if documents.is_empty() { said } else { documents.join("\n") + &said })
}

fn content(message: &Value, ask: &mut Ask, at: &dyn Fn(&str) -> Fail, needed: bool) -> Outcome<String> {
    match given(message, "content") {
        Some(Value::String(text)) => {
            ask.read(text);
            Ok(text.clone())
        }
        Some(Value::Array(parts)) => {
            let mut all = Vec::new();
            for part in parts {
                match text(part, "type") {
                    Some("text") => all.push(text(part, "text").ok_or_else(|| at("text is missing"))?),
                    Some("thinking") if text(message, "role") == Some("assistant") => {
                        ask.read(text(part, "thinking").unwrap_or(""));
                    }
                    Some("image_url") if text(message, "role") == Some("user") => {
                        let url = part.pointer("/image_url/url").and_then(Value::as_str);
                        let url = url.ok_or_else(|| at("image_url has to be an object with url"))?;
                        match url.strip_prefix("data:") {
                            Some(data) => openai::inline("image", data, ask)
                                .ok_or_else(|| at("image_url.url is not base64 image data"))?,
                            None => ask.see_at("image", url),
                        }
                    }
                    kind => return Err(at(&format!("content type {kind:?} is not allowed here"))),
                }
            }
            ask.read(&all.join("\n"));
            Ok(all.join("\n"))
        }
        None if !needed => Ok(String::new()),
        _ => Err(at("content is missing")),
    }
}
