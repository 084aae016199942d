//! Checks a Responses request and says what the model understands.

use serde_json::{Map, Value, json};

use super::super::fields::{given, is_name, list, stranger, text};
use super::super::{Reading, openai};
use super::items;
use crate::ask::{Ask, Choice, Format, Responses};
use crate::fail::{Fail, Kind, Outcome};

const FIELDS: &[&str] = &[
    "background",
    "client_metadata",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// Tools that run at the vendor or have a shape of their own; the simulated model never uses them.
const BUILT_IN: &[&str] = &[
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
];

/// The least that OpenAI takes for `max_output_tokens`.
const LEAST_OUTPUT: u64 = 16;

pub(in crate::dialect) fn read(reading: &Reading<'_>) -> Outcome<Ask> {
    let body = reading.body;
    if let Some(name) = stranger(body, FIELDS) {
        return Err(unknown(name));
    }
    if let Some(id) = given(body, "conversation") {
        return Err(Fail::bad("conversation", format!("Conversation with id {id} not found.")));
    }
    let mut ask = Ask {
        n: 1,
        parallel: body.get("parallel_tool_calls").and_then(Value::as_bool).unwrap_or(true),
        responses: Responses {
            echo: echo(body),
            encrypted: includes(body, "reasoning.encrypted_content"),
            previous: body.get("previous_response_id").and_then(Value::as_str).map(str::to_owned),
            stored: body.get("store").and_then(Value::as_bool).unwrap_or(true),
        },
        ..Ask::default()
    };
    sampling(reading, &mut ask)?;
    format(body, &mut ask)?;
    tools(body, &mut ask)?;
    match given(body, "instructions") {
        None => {}
        Some(Value::String(text)) => ask.read(text),
        Some(_) => {
            return Err(Fail::bad("instructions", "Invalid type for 'instructions': expected a string."));
        }
    }
    items::read(given(body, "input"), &mut ask, reading.signer)?;
    if matches!(ask.format, Format::Json) && !ask.prompt.to_lowercase().contains("json") {
        let message = "Response input messages must contain the word 'json' in some form to use 'text.format' of \
                       type 'json_object'.";
        return Err(Fail::bad("input", message));
    }
    openai::too_long(reading, &ask)?;
    Ok(ask)
}

pub(super) fn unknown(name: &str) -> Fail {
    Fail::of(400, Kind::UnknownField, format!("Unknown parameter: '{name}'.")).at(name)
}

fn includes(body: &Value, what: &str) -> bool {
    list(body, "include").iter().any(|i| i == what)
}

fn sampling(reading: &Reading<'_>, ask: &mut Ask) -> Outcome<()> {
    let body = reading.body;
    openai::within(body, &[("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)])?;
    if let Some(value) = given(body, "max_output_tokens") {
        let name = "max_output_tokens";
        let most = value.as_u64().filter(|n| *n >= LEAST_OUTPUT).ok_or_else(|| {
            let message = format!(
                "Invalid '{name}': integer below minimum value. Expected a value >= {LEAST_OUTPUT}, but got {value} \
                 instead."
            );
            Fail::bad(name, message)
        })?;
        ask.max_tokens = Some(most);
    }
    let top = openai::count(body, "top_logprobs", 20)?;
    ask.extras.logprobs = includes(body, "message.output_text.logprobs").then(|| top.unwrap_or(0));
    let reasoning = given(body, "reasoning").unwrap_or(&Value::Null);
    if let Some(effort) = given(reasoning, "effort")
        && !["none", "minimal", "low", "medium", "high", "xhigh", "max"].iter().any(|e| effort == e)
    {
        return Err(Fail::bad("reasoning.effort", format!("Invalid value: {effort}.")));
    }
    ask.think = text(reasoning, "effort") != Some("none");
    let summary = given(reasoning, "summary").or_else(|| given(reasoning, "generate_summary"));
    ask.show_thoughts = summary.is_some_and(|s| s != "none");
    ask.extras.obfuscate = reading.stream;
    if let Some(options) = given(body, "stream_options") {
        if !reading.stream {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(Fail::bad("stream_options", message));
        }
        if let Some(name) = stranger(options, &["include_obfuscation"]) {
            return Err(unknown(&format!("stream_options.{name}")));
        }
        ask.extras.obfuscate = options.get("include_obfuscation").and_then(Value::as_bool).unwrap_or(true);
    }
    Ok(())
}

fn format(body: &Value, ask: &mut Ask) -> Outcome<()> {
    let Some(format) = given(body, "text").and_then(|t| given(t, "format")) else { return Ok(()) };
    match text(format, "type") {
        Some("text") => {}
        Some("json_object") => ask.format = Format::Json,
        Some("json_schema") => {
            // Chat completions keep these below `json_schema`; here they stand beside the type.
            if let Some(name) = stranger(format, &["type", "name", "schema", "strict", "description"]) {
                return Err(unknown(&format!("text.format.{name}")));
            }
            let name = text(format, "name").ok_or_else(|| openai::missing("text.format.name"))?;
            if !is_name(name, "", 64) {
                let at = "text.format.name";
                let message = format!("Invalid '{at}': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
                return Err(Fail::bad(at, message));
            }
            let schema = given(format, "schema").ok_or_else(|| openai::missing("text.format.schema"))?;
            ask.format = Format::Schema(schema.clone());
        }
        _ => return Err(Fail::bad("text.format.type", "Invalid value for 'text.format.type'.")),
    }
    Ok(())
}

fn tools(body: &Value, ask: &mut Ask) -> Outcome<()> {
    for (i, tool) in list(body, "tools").iter().enumerate() {
        self::tool(tool, &format!("tools[{i}]"), ask)?;
    }
    ask.choice = choice(body, ask)?;
    Ok(())
}

pub(super) fn tool(tool: &Value, at: &str, ask: &mut Ask) -> Outcome<()> {
    match text(tool, "type") {
        Some("function") => {
            let known =
                ["type", "name", "description", "parameters", "strict", "defer_loading", "output_schema"];
            if let Some(name) = stranger(tool, &known) {
                // What is written as for chat completions has no name where it has to be.
                let fail = given(tool, "name").map(|_| unknown(&format!("{at}.{name}")));
                return Err(fail.unwrap_or_else(|| openai::missing(&format!("{at}.name"))));
            }
            openai::function_of(tool, at, ask)
        }
        Some("namespace") => {
            let name = text(tool, "name").ok_or_else(|| openai::missing(&format!("{at}.name")))?;
            ask.read(name);
            for (i, inner) in list(tool, "tools").iter().enumerate() {
                let before = ask.tools.len();
                self::tool(inner, &format!("{at}.tools[{i}]"), ask)?;
                // Read, but not called: a call would have to name its namespace.
                ask.tools.truncate(before);
            }
            Ok(())
        }
        Some(kind) if BUILT_IN.contains(&kind) => {
            ask.read(&tool.to_string());
            Ok(())
        }
        Some(kind) => Err(Fail::bad(format!("{at}.type"), format!("Invalid value: '{kind}'."))),
        None => Err(openai::missing(&format!("{at}.type"))),
    }
}

fn choice(body: &Value, ask: &Ask) -> Outcome<Choice> {
    let Some(choice) = given(body, "tool_choice") else { return Ok(Choice::Auto) };
    match choice.as_str() {
        Some("auto") => return Ok(Choice::Auto),
        Some("none") => return Ok(Choice::Never),
        Some("required") if list(body, "tools").is_empty() => {
            let message = "Tool choice 'required' must be specified with 'tools' parameter.";
            return Err(Fail::bad("tool_choice", message));
        }
        Some("required") => return Ok(Choice::Any),
        _ => {}
    }
    match (text(choice, "type"), text(choice, "name")) {
        (Some("function"), Some(name)) if ask.tools.iter().any(|t| t.name == name) => {
            Ok(Choice::Only(name.to_owned()))
        }
        (Some("function"), Some(name)) => {
            let message =
                format!("Tool choice 'function' with name '{name}' not found in 'tools' parameter.");
            Err(Fail::bad("tool_choice", message))
        }
        (Some("function"), None) => Err(openai::missing("tool_choice.name")),
        (Some("allowed_tools" | "custom" | "mcp"), _) => Ok(Choice::Auto),
        (Some(kind), _) if BUILT_IN.contains(&kind) => Ok(Choice::Auto),
        _ => Err(Fail::bad("tool_choice", "Invalid value for 'tool_choice'.")),
    }
}

/// The settings as the vendor repeats them, its defaults filled in.
fn echo(body: &Value) -> Map<String, Value> {
    let or = |name: &str, default: Value| given(body, name).cloned().unwrap_or(default);
    let mut echo = Map::new();
    for (name, default) in [
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("max_tool_calls", Value::Null),
        ("metadata", json!({})),
        ("parallel_tool_calls", json!(true)),
        ("prompt_cache_key", Value::Null),
        ("safety_identifier", Value::Null),
        ("store", json!(true)),
        ("temperature", json!(1.0)),
        ("tool_choice", json!("auto")),
        ("top_logprobs", json!(0)),
        ("top_p", json!(1.0)),
        ("truncation", json!("disabled")),
        ("user", Value::Null),
    ] {
        echo.insert(name.to_owned(), or(name, default));
    }
    let reasoning = or("reasoning", Value::Null);
    let of = |name: &str, default: Value| given(&reasoning, name).cloned().unwrap_or(default);
    let reasoning = json!({ "effort": of("effort", json!("medium")), "summary": of("summary", Value::Null) });
    echo.insert("reasoning".to_owned(), reasoning);
    let text = or("text", Value::Null);
    let format = given(&text, "format").cloned().unwrap_or_else(|| json!({ "type": "text" }));
    let verbosity = given(&text, "verbosity").cloned().unwrap_or_else(|| json!("medium"));
    echo.insert("text".to_owned(), json!({ "format": format, "verbosity": verbosity }));
    let tools = list(body, "tools").iter().map(|tool| {
        let mut tool = tool.clone();
        if let Some(map) = tool.as_object_mut().filter(|m| m.get("type").is_some_and(|t| t == "function")) {
            map.entry("description").or_insert(Value::Null);
            map.entry("parameters").or_insert(Value::Null);
            map.entry("strict").or_insert(json!(true));
        }
        tool
    });
    echo.insert("tools".to_owned(), tools.collect());
    echo
}
