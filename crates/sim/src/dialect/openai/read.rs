//! Checks a chat completions request and says what the model understands.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{given, is_name, list, text};
use super::history;
use crate::ask::{Ask, Choice, Format, Tool};
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

/// Other dialects' fields, which OpenAI does not know.
const FOREIGN: &[&str] = &["thinking", "system", "contents", "generationConfig", "top_k"];

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    if let Some(name) = FOREIGN.iter().find(|name| body.get(**name).is_some()) {
        let message = format!("Unrecognized request argument supplied: {name}");
        return Err(Fail::of(400, Kind::UnknownField, message));
    }
    let messages = body.get("messages").and_then(Value::as_array).ok_or_else(|| missing("messages"))?;
    if messages.is_empty() {
        return Err(Fail::bad("messages", "'messages' is empty; at least one message is needed."));
    }
    let mut ask = Ask {
        parallel: body.get("parallel_tool_calls").and_then(Value::as_bool).unwrap_or(true),
        n: count(body, "n", 128)?.unwrap_or(1),
        show_thoughts: true,
        ..Ask::default()
    };
    sampling(body, &mut ask)?;
    tools(body, &mut ask)?;
    history::read(messages, &mut ask)?;
    stream_options(reading, &mut ask)?;
    ask.think = text(body, "reasoning_effort") != Some("none");
    too_long(reading, &ask)?;
    Ok(ask)
}

pub(in crate::dialect) fn missing(name: &str) -> Fail {
    Fail::of(400, Kind::Missing, format!("Missing required parameter: '{name}'.")).at(name)
}

pub(in crate::dialect) fn count(body: &Value, name: &str, most: u64) -> Outcome<Option<u32>> {
    let Some(value) = given(body, name) else { return Ok(None) };
    let number = value.as_u64().filter(|n| *n <= most);
    let number = number.and_then(|n| u32::try_from(n).ok());
    let message = format!("Invalid '{name}': expected an integer up to {most}.");
    number.map(Some).ok_or_else(|| Fail::bad(name, message))
}

/// Refuses numbers outside their bounds.
pub(in crate::dialect) fn within(body: &Value, bounds: &[(&str, f64, f64)]) -> Outcome<()> {
    for (name, least, most) in bounds {
        if let Some(value) = given(body, name)
            && !value.as_f64().is_some_and(|v| (*least..=*most).contains(&v))
        {
            return Err(Fail::bad(
                *name,
                format!("Invalid '{name}': expected a number from {least} to {most}."),
            ));
        }
    }
    Ok(())
}

fn sampling(body: &Value, ask: &mut Ask) -> Outcome<()> {
    within(body, &[("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)])?;
    for name in ["max_tokens", "max_completion_tokens"] {
        if let Some(value) = given(body, name) {
            let message = format!("Invalid '{name}': expected an integer of at least 1.");
            ask.max_tokens = Some(value.as_u64().filter(|n| *n > 0).ok_or_else(|| Fail::bad(name, message))?);
        }
    }
    stops(body, ask)?;
    let wanted = body.get("logprobs").and_then(Value::as_bool).unwrap_or(false);
    let top = count(body, "top_logprobs", 20)?;
    if top.is_some() && !wanted {
        return Err(Fail::bad("top_logprobs", "'top_logprobs' needs 'logprobs' to be true."));
    }
    ask.extras.logprobs = wanted.then(|| top.unwrap_or(0));
    match given(body, "response_format") {
        None => {}
        Some(format) => match text(format, "type") {
            Some("text") => {}
            Some("json_object") => ask.format = Format::Json,
            Some("json_schema") => ask.format = Format::Schema(json_schema(format)?),
            _ => return Err(Fail::bad("response_format.type", "Invalid value for 'response_format.type'.")),
        },
    }
    Ok(())
}

/// Up to four texts that end the answer.
pub(in crate::dialect) fn stops(body: &Value, ask: &mut Ask) -> Outcome<()> {
    match given(body, "stop") {
        Some(Value::String(one)) => ask.stop.push(one.clone()),
        Some(Value::Array(many)) if many.len() <= 4 => {
            ask.stop.extend(many.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Some(_) => return Err(Fail::bad("stop", "Invalid 'stop': expected a string or up to 4 of them.")),
        None => {}
    }
    Ok(())
}

fn json_schema(format: &Value) -> Outcome<Value> {
    let inner = format.get("json_schema").ok_or_else(|| missing("response_format.json_schema"))?;
    let name = text(inner, "name").ok_or_else(|| missing("response_format.json_schema.name"))?;
    if !is_name(name, "", 64) {
        let at = "response_format.json_schema.name";
        return Err(Fail::bad(
            at,
            format!("Invalid '{at}': string does not match pattern '^[a-zA-Z0-9_-]+$'."),
        ));
    }
    inner.get("schema").cloned().ok_or_else(|| missing("response_format.json_schema.schema"))
}

fn tools(body: &Value, ask: &mut Ask) -> Outcome<()> {
    let offered = list(body, "tools");
    for name in ["tool_choice", "parallel_tool_calls"] {
        if offered.is_empty() && given(body, name).is_some_and(|v| v != "none") {
            return Err(Fail::bad(name, format!("'{name}' is only allowed when 'tools' are specified.")));
        }
    }
    for (i, tool) in offered.iter().enumerate() {
        function_tool(tool, i, ask)?;
    }
    ask.choice = choice(body, ask)?;
    Ok(())
}

/// A tool as chat completions write it, and those who took it over from them.
pub(in crate::dialect) fn function_tool(tool: &Value, i: usize, ask: &mut Ask) -> Outcome<()> {
    let at = |field: &str| format!("tools[{i}].{field}");
    if text(tool, "type") != Some("function") {
        return Err(Fail::bad(at("type"), format!("Invalid value for '{}'.", at("type"))));
    }
    let function = tool.get("function").ok_or_else(|| missing(&at("function")))?;
    function_of(function, &at("function"), ask)
}

/// A function on offer: its name, its description and the schema of its arguments.
pub(in crate::dialect) fn function_of(function: &Value, at: &str, ask: &mut Ask) -> Outcome<()> {
    let name = text(function, "name").ok_or_else(|| missing(&format!("{at}.name")))?;
    if !is_name(name, "", 64) {
        let at = format!("{at}.name");
        return Err(Fail::bad(
            &at,
            format!("Invalid '{at}': string does not match pattern '^[a-zA-Z0-9_-]{{1,64}}$'."),
        ));
    }
    let schema = function.get("parameters").cloned().unwrap_or(Value::Null);
    if !schema.is_null() && text(&schema, "type") != Some("object") {
        let at = format!("{at}.parameters");
        return Err(Fail::bad(&at, format!("Invalid schema for function '{name}': type must be 'object'.")));
    }
    ask.read(&function.to_string());
    let about = text(function, "description").unwrap_or("").to_owned();
    ask.tools.push(Tool { name: name.to_owned(), about, schema });
    Ok(())
}

fn choice(body: &Value, ask: &Ask) -> Outcome<Choice> {
    let Some(choice) = given(body, "tool_choice") else { return Ok(Choice::Auto) };
    match choice.as_str() {
        Some("auto") => return Ok(Choice::Auto),
        Some("none") => return Ok(Choice::Never),
        Some("required") => return Ok(Choice::Any),
        _ => {}
    }
    let name = choice.get("function").and_then(|f| text(f, "name"));
    match name {
        Some(name) if ask.tools.iter().any(|t| t.name == name) => Ok(Choice::Only(name.to_owned())),
        Some(name) => {
            let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
            Err(Fail::bad("tool_choice", message))
        }
        None => Err(Fail::bad("tool_choice", "Invalid value for 'tool_choice'.")),
    }
}

pub(in crate::dialect) fn stream_options(reading: &Reading<'_>, ask: &mut Ask) -> Outcome<()> {
    ask.extras.obfuscate = reading.stream;
    let Some(options) = given(reading.body, "stream_options") else { return Ok(()) };
    if !reading.stream {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(Fail::bad("stream_options", message));
    }
    let flag = |name: &str| options.get(name).and_then(Value::as_bool);
    ask.extras.include_usage = flag("include_usage").unwrap_or(false);
    ask.extras.obfuscate = flag("include_obfuscation").unwrap_or(true);
    Ok(())
}

pub(in crate::dialect) fn too_long(reading: &Reading<'_>, ask: &Ask) -> Outcome<()> {
    let limit = reading.model.context;
    let prompt = words::tokens(ask.prompt.len());
    if prompt <= limit {
        return Ok(());
    }
    let message = format!(
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {prompt} tokens. \
         Please reduce the length of the messages."
    );
    Err(Fail::of(400, Kind::TooLong, message).at("messages"))
}
