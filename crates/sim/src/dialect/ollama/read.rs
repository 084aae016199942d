//! Checks a chat request and says what the model understands. Fields that Ollama does not know are passed over, as it
//! does; what it knows has to be of the right type.

use serde_json::Value;

use super::super::fields::{given, list, text};
use super::super::{Reading, openai};
use crate::ask::{Ask, Format};
use crate::fail::{Fail, Outcome};
use crate::words;

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    let mut ask = Ask { n: 1, parallel: true, show_thoughts: true, ..Ask::default() };
    options(body.get("options").unwrap_or(&Value::Null), &mut ask)?;
    match given(body, "format") {
        None => {}
        Some(Value::String(word)) if word == "json" => ask.format = Format::Json,
        Some(Value::String(word)) if word.is_empty() => {}
        Some(Value::Object(schema)) => ask.format = Format::Schema(Value::Object(schema.clone())),
        Some(other) => {
            return Err(Fail::new(
                400,
                format!("invalid format: {other}; expected \"json\" or a valid JSON Schema object"),
            ));
        }
    }
    ask.think = match given(body, "think") {
        None => true,
        Some(Value::Bool(think)) => *think,
        Some(Value::String(level)) if ["low", "medium", "high", "max"].contains(&level.as_str()) => true,
        Some(other) => {
            return Err(Fail::new(
                400,
                format!(
                    "invalid think value: {other} (must be \"high\", \"medium\", \"low\", true, or false)"
                ),
            ));
        }
    };
    if ask.think && given(body, "think").is_some() && !reading.model.reasoning {
        let model = text(body, "model").unwrap_or("");
        return Err(Fail::new(400, format!("\"{model}\" does not support thinking")));
    }
    for (i, tool) in list(body, "tools").iter().enumerate() {
        openai::function_tool(tool, i, &mut ask)?;
    }
    let messages = given(body, "messages").unwrap_or(&Value::Null);
    let messages = messages.as_array().ok_or_else(|| mistyped("messages", "[]api.Message"))?;
    let mut before = "";
    for message in messages {
        // Pictures of several messages in a row are seen together.
        if before != "user" && text(message, "role") == Some("user") {
            ask.media.clear();
        }
        before = text(message, "role").unwrap_or("");
        self::message(message, &mut ask)?;
    }
    // Longer prompts are cut off at their beginning, without a word about it.
    let most = usize::try_from(reading.model.context.saturating_mul(4)).unwrap_or(usize::MAX);
    if ask.prompt.len() > most {
        ask.prompt.truncate(words::cut(&ask.prompt, most).len());
    }
    Ok(ask)
}

fn mistyped(field: &str, kind: &str) -> Fail {
    Fail::new(400, format!("json: cannot unmarshal into Go struct field ChatRequest.{field} of type {kind}"))
}

fn options(options: &Value, ask: &mut Ask) -> Outcome<()> {
    let number = |name: &str| match given(options, name) {
        None => Ok(None),
        Some(value) => value
            .as_f64()
            .map(Some)
            .ok_or_else(|| Fail::new(400, format!("option \"{name}\" must be of type float32"))),
    };
    for name in ["temperature", "top_p", "top_k", "min_p", "seed", "num_ctx"] {
        number(name)?;
    }
    // Zero and less mean no limit.
    ask.max_tokens = number("num_predict")?.filter(|n| *n > 0.0).map(|n| n as u64);
    match given(options, "stop") {
        None => {}
        Some(Value::Array(stops)) => {
            ask.stop.extend(stops.iter().filter_map(Value::as_str).map(str::to_owned))
        }
        Some(_) => return Err(Fail::new(400, "option \"stop\" must be of type array")),
    }
    Ok(())
}

fn message(message: &Value, ask: &mut Ask) -> Outcome<()> {
    let said = match given(message, "content") {
        None => "",
        Some(content) => content.as_str().ok_or_else(|| mistyped("messages.content", "string"))?,
    };
    ask.read(said);
    let role = text(message, "role").unwrap_or("");
    match role {
        "tool" => {
            ask.results.push(said.to_owned());
            return Ok(());
        }
        "user" => said.clone_into(&mut ask.last_user),
        "assistant" | "system" => {}
        other => return Err(Fail::new(400, format!("invalid role: {other}"))),
    }
    ask.results.clear();
    for image in list(message, "images") {
        let data = image.as_str().ok_or_else(|| mistyped("messages.images", "api.ImageData"))?;
        // Pictures are bytes and nothing else; what they are shows in their first ones.
        let mime = if data.starts_with("/9j/") { "image/jpeg" } else { "image/png" };
        ask.see("image", mime, data).ok_or_else(|| Fail::new(400, "illegal base64 data at input byte 0"))?;
    }
    if let Some(thinking) = text(message, "thinking") {
        ask.read(thinking);
    }
    for call in list(message, "tool_calls") {
        let function = call.get("function").unwrap_or(&Value::Null);
        let args = function.get("arguments").filter(|a| a.is_object());
        let args = args.ok_or_else(|| {
            mistyped("messages.tool_calls.function.arguments", "api.ToolCallFunctionArguments")
        })?;
        ask.read(text(function, "name").unwrap_or(""));
        ask.read(&args.to_string());
    }
    Ok(())
}
