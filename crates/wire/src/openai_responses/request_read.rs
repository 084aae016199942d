//! Reads a client's request.

use serde_json::Value;
use wye_types::Map;
use wye_types::chat::{
    Block, ChatRequest, Effort, FunctionTool, JsonSchema, Message, OutputFormat, ReasoningAsk, Role,
    Sampling, Tool, ToolChoice,
};

use super::{ID, INSTRUCTIONS, LOGPROBS, items_read, namespace};
use crate::dialect::RequestError;
use crate::fields::{Fields, wrong};
use crate::names;
use crate::scan::TopLevel;

/// Fields that name a conversation the vendor keeps, so that `input` may be missing.
pub(super) const KEPT: [&str; 3] = ["previous_response_id", "conversation", "prompt"];

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    // The scan words syntax errors and finds keys that stand twice.
    TopLevel::scan(body)?;
    let map: Map = serde_json::from_slice(body).map_err(|e| RequestError::syntax(e.to_string()))?;
    let mut top = Fields::top(map);
    let model = top.required("model", "write the model's or route's name")?;
    let messages = read_messages(&mut top)?;
    let tools = read_tools(&mut top)?;
    let tool_choice = top.take("tool_choice").map(read_choice).transpose()?;
    let stream = top.boolean("stream")?.unwrap_or(false);
    let parallel_tool_calls = top.boolean("parallel_tool_calls")?;
    let format = read_text(&mut top)?;
    let sampling = read_sampling(&mut top)?;
    let reasoning = read_reasoning(&mut top)?;
    let user = top.string("user")?;
    Ok(ChatRequest {
        from: ID,
        model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls,
        format,
        sampling,
        reasoning,
        stream,
        // Its streams always end with usage.
        include_usage: true,
        user,
        rest: top.rest(),
    })
}

fn read_messages(top: &mut Fields) -> Result<Vec<Message>, RequestError> {
    let mut messages = Vec::new();
    if let Some(text) = top.string("instructions")? {
        let mut message = Message::text(Role::System, text);
        message.rest.insert(INSTRUCTIONS.into(), Value::Bool(true));
        messages.push(message);
    }
    let hint = "write a text or [{\"role\": \"user\", \"content\": \"…\"}]";
    let items = match top.take("input") {
        Some(Value::String(text)) => {
            messages.push(Message { content: vec![Block::text(text)], ..Message::text(Role::User, "") });
            return Ok(messages);
        }
        Some(Value::Array(items)) => items,
        Some(other) => return Err(wrong("input", "a string or an array of items", &other)),
        None => Vec::new(),
    };
    if items.is_empty() && !takes_up(top) {
        let message = format!("`input` is missing or empty; {hint}");
        return Err(RequestError::field("input", message));
    }
    messages.extend(items_read::read_input(items)?);
    Ok(messages)
}

/// Whether the request goes on with a conversation that the vendor keeps.
fn takes_up(top: &mut Fields) -> bool {
    KEPT.into_iter().any(|key| {
        let kept = top.take(key);
        let found = kept.is_some();
        if let Some(kept) = kept {
            top.put(key, kept);
        }
        found
    })
}

fn read_tools(top: &mut Fields) -> Result<Vec<Tool>, RequestError> {
    let items = top.array("tools")?.unwrap_or_default();
    let (mut tools, mut more) = (Vec::with_capacity(items.len()), Vec::new());
    for (n, item) in items.into_iter().enumerate() {
        let path = format!("tools[{n}]");
        if namespace::is(&item) {
            let mut inside = namespace::read(item, &path)?.into_iter();
            tools.extend(inside.next());
            more.extend(inside);
        } else {
            tools.push(read_tool(item, path)?);
        }
    }
    // Behind the others, whose places losses name.
    tools.append(&mut more);
    Ok(tools)
}

/// Reads a tool that is not a namespace.
pub(super) fn read_tool(item: Value, path: String) -> Result<Tool, RequestError> {
    let whole = item.clone();
    let mut fields = Fields::at(item, path, "an object with a \"type\"")?;
    if fields.string("type")?.is_some_and(|kind| kind != "function") {
        return Ok(Tool::Foreign(whole));
    }
    let name = fields.required("name", "write the function's name")?;
    Ok(Tool::Function(FunctionTool {
        name,
        description: fields.string("description")?,
        parameters: fields.take("parameters"),
        strict: fields.boolean("strict")?,
        cache: None,
        rest: fields.rest(),
    }))
}

fn read_choice(value: Value) -> Result<ToolChoice, RequestError> {
    if let Value::String(word) = &value {
        return match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            other => Err(RequestError::field(
                "tool_choice",
                format!("`tool_choice` is \"{other}\"; write \"auto\", \"none\", \"required\" or a tool"),
            )),
        };
    }
    if !value.is_object() {
        return Err(wrong("tool_choice", "a string or an object", &value));
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    match (text("type"), text("name")) {
        (Some("function") | None, Some(name)) => {
            let within = text("namespace").map(|namespace| names::within(namespace, name));
            Ok(ToolChoice::Named(within.unwrap_or_else(|| name.to_owned())))
        }
        _ => Ok(ToolChoice::Foreign(value)),
    }
}

/// Takes the answer's shape out of `text` and leaves the rest of it where it is.
fn read_text(top: &mut Fields) -> Result<OutputFormat, RequestError> {
    let Some(mut text) = top.object("text")? else { return Ok(OutputFormat::Text) };
    let format = match text.take("format") {
        None => OutputFormat::Text,
        Some(value) => read_format(value, &mut text)?,
    };
    top.keep("text", text.rest());
    Ok(format)
}

fn read_format(value: Value, text: &mut Fields) -> Result<OutputFormat, RequestError> {
    let whole = value.clone();
    let hint = "write \"text\", \"json_object\" or \"json_schema\"";
    let mut format = Fields::at(value, "text.format", "an object with a \"type\"")?;
    match format.required("type", hint)?.as_str() {
        "text" => Ok(OutputFormat::Text),
        "json_object" => Ok(OutputFormat::JsonObject),
        "json_schema" => Ok(OutputFormat::JsonSchema(JsonSchema {
            name: format.string("name")?,
            description: format.string("description")?,
            schema: format.take("schema").unwrap_or_else(|| Value::Object(Map::new())),
            strict: format.boolean("strict")?,
        })),
        // A vendor's extension.
        _ => {
            text.put("format", whole);
            Ok(OutputFormat::Text)
        }
    }
}

fn read_sampling(top: &mut Fields) -> Result<Sampling, RequestError> {
    let include = top.array("include")?;
    let logprobs = include.as_ref().is_some_and(|all| all.iter().any(|one| one == LOGPROBS));
    if let Some(include) = include {
        top.put("include", Value::Array(include));
    }
    Ok(Sampling {
        max_tokens: top.count("max_output_tokens")?,
        temperature: top.number("temperature")?,
        top_p: top.number("top_p")?,
        frequency_penalty: top.number("frequency_penalty")?,
        presence_penalty: top.number("presence_penalty")?,
        logprobs: logprobs.then_some(true),
        top_logprobs: top.small("top_logprobs")?,
        ..Sampling::default()
    })
}

/// Takes the effort out of `reasoning` and leaves the rest of it where it is.
fn read_reasoning(top: &mut Fields) -> Result<Option<ReasoningAsk>, RequestError> {
    let Some(mut fields) = top.object("reasoning")? else { return Ok(None) };
    let word = fields.take("effort");
    let effort = effort_of(word.as_ref());
    if let Some(word) = word.filter(|_| effort.is_none()) {
        // A vendor's own word rides along.
        fields.put("effort", word);
    }
    let rest = fields.rest();
    let wanted =
        ["summary", "generate_summary"].iter().any(|key| rest.get(*key).is_some_and(Value::is_string));
    top.keep("reasoning", rest);
    if effort.is_none() && !wanted {
        return Ok(None);
    }
    Ok(Some(ReasoningAsk { effort, budget: None, include: wanted.then_some(true) }))
}

/// The effort that a word names, if it is one of the known.
pub(super) fn effort_of(word: Option<&Value>) -> Option<Effort> {
    word.and_then(Value::as_str).and_then(Effort::parse)
}
