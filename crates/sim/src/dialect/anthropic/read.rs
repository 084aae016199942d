//! Checks a Messages request and says what the model understands.

use serde_json::Value;

use super::super::Reading;
use super::super::fields::{given, is_name, list, stranger, text, text_of};
use super::history;
use crate::ask::{Ask, Choice, Format, Tool};
use crate::fail::{Fail, Kind, Outcome};
use crate::words;

const FIELDS: &[&str] = &[
    "model",
    "messages",
    "max_tokens",
    "metadata",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "cache_control",
    "container",
    "context_management",
    "inference_geo",
    "mcp_servers",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
];

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    if let Some(name) = stranger(body, FIELDS) {
        return Err(extra(name));
    }
    let mut ask = Ask {
        n: 1,
        parallel: true,
        show_thoughts: true,
        cache_marks: body.to_string().contains("\"cache_control\""),
        ..Ask::default()
    };
    let messages = body.get("messages").and_then(Value::as_array).ok_or_else(|| required("messages"))?;
    if messages.is_empty() {
        return Err(Fail::new(400, "messages: at least one message is required"));
    }
    sampling(body, &mut ask)?;
    tools(body, &mut ask)?;
    match given(body, "system") {
        None => {}
        Some(Value::String(text)) => ask.read(text),
        Some(Value::Array(blocks)) => {
            for (i, block) in blocks.iter().enumerate() {
                if text(block, "type") != Some("text") || text(block, "text").is_none_or(str::is_empty) {
                    return Err(Fail::new(400, format!("system.{i}: text content blocks must be non-empty")));
                }
                ask.read(&text_of(&Value::Array(vec![block.clone()])));
            }
        }
        Some(_) => return Err(Fail::new(400, "system: Input should be a valid string or list")),
    }
    history::read(messages, &mut ask, reading)?;
    thinking(body, &mut ask)?;
    let (prompt, limit) = (words::tokens(ask.prompt.len()), reading.model.context);
    if prompt > limit {
        let message = format!("prompt is too long: {prompt} tokens > {limit} maximum");
        return Err(Fail::of(400, Kind::TooLong, message));
    }
    Ok(ask)
}

pub(super) fn extra(path: &str) -> Fail {
    Fail::of(400, Kind::UnknownField, format!("{path}: Extra inputs are not permitted"))
}

pub(super) fn required(path: &str) -> Fail {
    Fail::of(400, Kind::Missing, format!("{path}: Field required"))
}

/// A token count has no `max_tokens`; everything else needs one.
pub(crate) fn needs_max_tokens(body: &Value) -> Outcome<u64> {
    let given = given(body, "max_tokens").ok_or_else(|| required("max_tokens"))?;
    given
        .as_u64()
        .filter(|n| *n > 0)
        .ok_or_else(|| Fail::new(400, "max_tokens: Input should be an integer greater than or equal to 1"))
}

fn sampling(body: &Value, ask: &mut Ask) -> Outcome<()> {
    ask.max_tokens = given(body, "max_tokens").map(|_| needs_max_tokens(body)).transpose()?;
    if let Some(value) = given(body, "temperature")
        && !value.as_f64().is_some_and(|t| (0.0..=1.0).contains(&t))
    {
        return Err(Fail::new(400, "temperature: range: 0..1"));
    }
    for stop in list(body, "stop_sequences") {
        match stop.as_str() {
            Some(stop) if !stop.trim().is_empty() => ask.stop.push(stop.to_owned()),
            _ => {
                return Err(Fail::new(400, "stop_sequences: each stop sequence must contain non-whitespace"));
            }
        }
    }
    let format = body.get("output_config").and_then(|c| given(c, "format"));
    if let Some(format) = format.or_else(|| given(body, "output_format")) {
        if text(format, "type") != Some("json_schema") {
            return Err(Fail::new(400, "output_config.format.type: Input should be 'json_schema'"));
        }
        let schema = format.get("schema").ok_or_else(|| required("output_config.format.schema"))?;
        ask.format = Format::Schema(schema.clone());
    }
    Ok(())
}

fn tools(body: &Value, ask: &mut Ask) -> Outcome<()> {
    for (i, tool) in list(body, "tools").iter().enumerate() {
        ask.read(&tool.to_string());
        // Tools that run at the vendor have a type of their own; the simulated model never uses them.
        if text(tool, "type").is_some_and(|t| t != "custom") {
            continue;
        }
        let name = text(tool, "name").ok_or_else(|| required(&format!("tools.{i}.custom.name")))?;
        if !is_name(name, "", 128) {
            let message = "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
            return Err(Fail::new(400, format!("tools.{i}.custom.name: {message}")));
        }
        let known = [
            "type",
            "name",
            "description",
            "input_schema",
            "cache_control",
            "strict",
            "input_examples",
            "eager_input_streaming",
            "defer_loading",
            "allowed_callers",
        ];
        if let Some(field) = stranger(tool, &known) {
            return Err(extra(&format!("tools.{i}.custom.{field}")));
        }
        let path = format!("tools.{i}.custom.input_schema");
        let schema = tool.get("input_schema").ok_or_else(|| required(&path))?;
        if text(schema, "type") != Some("object") {
            return Err(Fail::new(400, format!("{path}.type: Input should be 'object'")));
        }
        let about = text(tool, "description").unwrap_or("").to_owned();
        ask.tools.push(Tool { name: name.to_owned(), about, schema: schema.clone() });
    }
    let Some(choice) = given(body, "tool_choice") else { return Ok(()) };
    if list(body, "tools").is_empty() {
        return Err(Fail::new(
            400,
            "tool_choice: `tool_choice` may only be specified while providing `tools`",
        ));
    }
    if choice.get("disable_parallel_tool_use").and_then(Value::as_bool) == Some(true) {
        ask.parallel = false;
    }
    ask.choice = match text(choice, "type") {
        Some("auto") => Choice::Auto,
        Some("any") => Choice::Any,
        Some("none") => Choice::Never,
        Some("tool") => match text(choice, "name") {
            Some(name) if ask.tools.iter().any(|t| t.name == name) => Choice::Only(name.to_owned()),
            Some(name) => return Err(Fail::new(400, format!("Tool '{name}' not found in provided tools"))),
            None => return Err(required("tool_choice.tool.name")),
        },
        _ => return Err(Fail::new(400, "tool_choice: Input tag does not match any of the expected tags")),
    };
    Ok(())
}

fn thinking(body: &Value, ask: &mut Ask) -> Outcome<()> {
    let Some(thinking) = given(body, "thinking") else { return Ok(()) };
    match text(thinking, "type") {
        Some("disabled") => return Ok(()),
        Some("adaptive") => {}
        Some("enabled") => {
            let budget = thinking.get("budget_tokens").and_then(Value::as_u64);
            let budget = budget.ok_or_else(|| required("thinking.enabled.budget_tokens"))?;
            if budget < 1024 {
                let message = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
                return Err(Fail::new(400, message));
            }
            if let Some(at) = unthought(body) {
                let message = format!(
                    "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`. With a thinking budget, \
                     the turn whose tool results come last has to begin with its thoughts."
                );
                return Err(Fail::new(400, message));
            }
            if ask.max_tokens.is_some_and(|most| most <= budget) {
                return Err(Fail::new(400, "`max_tokens` must be greater than `thinking.budget_tokens`."));
            }
        }
        _ => return Err(Fail::new(400, "thinking: Input tag does not match any of the expected tags")),
    }
    if matches!(ask.choice, Choice::Any | Choice::Only(_)) {
        return Err(Fail::new(400, "Thinking may not be enabled when tool_choice forces tool use."));
    }
    if given(body, "temperature").and_then(Value::as_f64).is_some_and(|t| t < 1.0) {
        return Err(Fail::new(400, "`temperature` may only be set to 1 when thinking is enabled."));
    }
    ask.think = true;
    Ok(())
}

/// The assistant's turn whose tool results end the conversation, if it does not begin with thoughts.
fn unthought(body: &Value) -> Option<usize> {
    let messages = list(body, "messages");
    let [.., turn, last] = messages else { return None };
    let kind = |message: &Value| text(list(message, "content").first()?, "type").map(str::to_owned);
    let answered = kind(last).as_deref() == Some("tool_result");
    let thought = matches!(kind(turn).as_deref(), Some("thinking" | "redacted_thinking"));
    (answered && !thought).then_some(messages.len() - 2)
}
