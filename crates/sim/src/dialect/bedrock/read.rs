//! Checks a Converse request and says what the model understands.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{given, is_name, list, text};
use super::history;
use crate::ask::{Ask, Choice, Format, Tool};
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    let messages = body.get("messages").and_then(Value::as_array).filter(|m| !m.is_empty());
    let messages = messages.ok_or_else(|| constraint("messages", "Member must not be null"))?;
    let cache_marks = body.to_string().contains("\"cachePoint\"");
    let mut ask = Ask { n: 1, parallel: true, show_thoughts: true, cache_marks, ..Ask::default() };
    inference(given(body, "inferenceConfig").unwrap_or(&Value::Null), &mut ask)?;
    if let Some(config) = given(body, "toolConfig") {
        tools(config, &mut ask)?;
    }
    for (i, block) in list(body, "system").iter().enumerate() {
        match text(block, "text") {
            Some("") => return Err(blank(&format!("system.{i}"))),
            Some(text) => ask.read(text),
            None if block.get("cachePoint").is_some() || block.get("guardContent").is_some() => {}
            None => return Err(Fail::new(400, format!("system.{i}: The block is of no known kind."))),
        }
    }
    history::read(messages, given(body, "toolConfig").is_some(), &mut ask, reading.signer)?;
    let more = given(body, "additionalModelRequestFields").unwrap_or(&Value::Null);
    // Claude's name for it, its older one, and Nova's.
    let names = ["thinking", "reasoning_config", "reasoningConfig"];
    let thinking = names.iter().find_map(|name| given(more, name));
    ask.think = thinking.is_some_and(|t| matches!(text(t, "type"), Some("enabled" | "adaptive")));
    format(body, &mut ask)?;
    if words::tokens(ask.prompt.len()) > reading.model.context {
        let message = "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds \
                       maximum length. Please update the input to try again.";
        return Err(Fail::of(400, Kind::TooLong, message));
    }
    Ok(ask)
}

pub(super) fn constraint(at: &str, what: &str) -> Fail {
    Fail::new(
        400,
        format!("1 validation error detected: Value at '{at}' failed to satisfy constraint: {what}"),
    )
}

pub(super) fn blank(at: &str) -> Fail {
    Fail::new(
        400,
        format!(
            "The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again."
        ),
    )
}

fn inference(config: &Value, ask: &mut Ask) -> Outcome<()> {
    if let Some(most) = given(config, "maxTokens") {
        let at = "inferenceConfig.maxTokens";
        let least = || constraint(at, "Member must have value greater than or equal to 1");
        ask.max_tokens = Some(most.as_u64().filter(|n| *n > 0).ok_or_else(least)?);
    }
    for name in ["temperature", "topP"] {
        if let Some(value) = given(config, name)
            && !value.as_f64().is_some_and(|v| (0.0..=1.0).contains(&v))
        {
            let at = format!("inferenceConfig.{name}");
            return Err(constraint(&at, "Member must have value less than or equal to 1"));
        }
    }
    for stop in list(config, "stopSequences") {
        let stop = stop.as_str().filter(|s| !s.is_empty());
        let stop =
            stop.ok_or_else(|| constraint("inferenceConfig.stopSequences", "Member must not be empty"))?;
        ask.stop.push(stop.to_owned());
    }
    Ok(())
}

fn tools(config: &Value, ask: &mut Ask) -> Outcome<()> {
    let tools = list(config, "tools");
    if tools.is_empty() {
        return Err(constraint("toolConfig.tools", "Member must have length greater than or equal to 1"));
    }
    for (i, tool) in tools.iter().enumerate() {
        let Some(spec) = tool.get("toolSpec") else {
            // Markers for the cache, and tools that run at the vendor.
            if tool.get("cachePoint").is_none() && tool.get("systemTool").is_none() {
                return Err(constraint(&format!("toolConfig.tools.{i}"), "Member must be of a known kind"));
            }
            continue;
        };
        let at = format!("toolConfig.tools.{i}.member.toolSpec");
        let name = text(spec, "name").filter(|n| is_name(n, "", 64));
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+";
        let name = name.ok_or_else(|| constraint(&format!("{at}.name"), pattern))?;
        if text(spec, "description").is_some_and(str::is_empty) {
            let short = "Member must have length greater than or equal to 1";
            return Err(constraint(&format!("{at}.description"), short));
        }
        let schema = spec.pointer("/inputSchema/json").filter(|s| text(s, "type") == Some("object"));
        let schema = schema.ok_or_else(|| {
            let message =
                format!("The value at {at}.inputSchema.json.type must be one of the following: object.");
            Fail::new(400, message)
        })?;
        ask.read(&spec.to_string());
        let about = text(spec, "description").unwrap_or("").to_owned();
        ask.tools.push(Tool { name: name.to_owned(), about, schema: schema.clone() });
    }
    ask.choice = choice(config, ask)?;
    Ok(())
}

fn choice(config: &Value, ask: &Ask) -> Outcome<Choice> {
    let Some(choice) = given(config, "toolChoice") else { return Ok(Choice::Auto) };
    let unknown = || constraint("toolConfig.toolChoice", "Member must be one of auto, any, tool");
    let (kind, inner) =
        choice.as_object().filter(|m| m.len() == 1).and_then(|m| m.iter().next()).ok_or_else(unknown)?;
    match (kind.as_str(), text(inner, "name")) {
        ("auto", _) => Ok(Choice::Auto),
        ("any", _) => Ok(Choice::Any),
        ("tool", Some(name)) if ask.tools.iter().any(|t| t.name == name) => Ok(Choice::Only(name.to_owned())),
        ("tool", _) => Err(Fail::new(
            400,
            "The tool in toolConfig.toolChoice.tool is not in toolConfig.tools. Name one that is, and try again.",
        )),
        _ => Err(unknown()),
    }
}

/// Structured output: the schema is text in here.
fn format(body: &Value, ask: &mut Ask) -> Outcome<()> {
    let Some(format) = body.pointer("/outputConfig/textFormat").filter(|f| !f.is_null()) else {
        return Ok(());
    };
    let schema = format.pointer("/structure/jsonSchema/schema").and_then(Value::as_str);
    let schema = schema.filter(|_| text(format, "type") == Some("json_schema"));
    let schema = schema.and_then(|s| serde_json::from_str(s).ok());
    let at = "outputConfig.textFormat";
    ask.format =
        Format::Schema(schema.ok_or_else(|| constraint(at, "Member must be a JSON schema as text"))?);
    Ok(())
}
