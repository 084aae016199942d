//! A client's request, read into the IR.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::{
    Block, BlockKind, ChatRequest, FunctionTool, JsonSchema, Message, OutputFormat, ReasoningAsk, Role,
    Sampling, ThinkingBudget, Tool, ToolChoice, ToolResult,
};

use super::content_read;
use crate::dialect::RequestError;
use crate::fields::{Fields, missing, wrong};
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel, kind_of};
use crate::seal;

/// Reads what routing needs.
pub(super) fn scan(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top
        .get(body, "model", "a string")?
        .ok_or_else(|| RequestError::field("model", "`model` is missing; send the name of a model"))?;
    check_messages(body, &top)?;
    let stream = top.get::<bool>(body, "stream", "true or false")?.unwrap_or(false);
    let max_tokens = top.get::<u64>(body, "max_tokens", "a whole number, zero or more")?;
    let thinking: Option<Value> = top.get(body, "thinking", "an object")?;
    let wants_thinking = thinking.as_ref().and_then(read_thinking).is_some_and(|ask| ask.wants_thinking());
    let tools = top.raw(body, "tools").is_some_and(|raw| kind_of(raw) == "an array" && !is_empty_array(raw));
    Ok(Head { top, model, stream, include_usage: true, wants_thinking, tools, max_tokens })
}

fn check_messages(body: &[u8], top: &TopLevel) -> Result<(), RequestError> {
    let Some(raw) = top.raw(body, "messages") else {
        let message = "`messages` is missing; send an array of messages (`message` and `chat_history` are of the \
                       first version of this API)";
        return Err(RequestError::field("messages", message));
    };
    match kind_of(raw) {
        "an array" if !is_empty_array(raw) => Ok(()),
        "an array" => Err(RequestError::field("messages", "`messages` is empty; send at least one message")),
        kind => Err(RequestError::field("messages", format!("`messages` must be an array, not {kind}"))),
    }
}

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    let head = scan(body)?;
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not JSON: {error}")))?;
    let mut fields = Fields::of(tree, "")?;
    let mut messages = Vec::new();
    for (n, message) in fields.array("messages")?.unwrap_or_default().into_iter().enumerate() {
        messages.push(read_message(message, n)?);
    }
    let tools = read_tools(&mut fields)?;
    let tool_choice = read_choice(&mut fields);
    let format = read_format(&mut fields)?;
    let sampling = read_sampling(&mut fields)?;
    let reasoning = take_thinking(&mut fields);
    fields.take("model");
    fields.take("stream");
    Ok(ChatRequest {
        from: DialectId::Cohere,
        model: head.model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: None,
        format,
        sampling,
        reasoning,
        stream: head.stream,
        include_usage: true,
        user: None,
        rest: fields.rest(),
    })
}

fn read_message(value: Value, n: usize) -> Result<Message, RequestError> {
    let mut fields = Fields::of(value, format!("messages[{n}]"))?;
    let path = fields.path_of("content");
    let role = fields.need_string("role")?;
    let content = content_read::content(fields.take("content"), &path)?;
    let (role, content) = match role.as_str() {
        "system" => (Role::System, content),
        "user" => (Role::User, content),
        "assistant" => (Role::Assistant, content_read::beside(&mut fields, content)?),
        "tool" => {
            let (call_id, _) = seal::split_id(&fields.need_string("tool_call_id")?);
            let result = ToolResult { call_id, name: None, content, is_error: false };
            (Role::Tool, vec![Block::new(BlockKind::ToolResult(result))])
        }
        other => {
            let path = fields.path_of("role");
            let message = format!("`{path}` is \"{other}\"; write system, user, assistant or tool");
            return Err(RequestError::field(path, message));
        }
    };
    if content.is_empty() && matches!(role, Role::System | Role::User) && !path.is_empty() {
        return Err(missing(&path, "send a string or an array of parts"));
    }
    Ok(Message { role, content, name: None, rest: fields.rest() })
}

/// Reads the tools. `strict_tools` is said of all of them at once.
fn read_tools(fields: &mut Fields) -> Result<Vec<Tool>, RequestError> {
    let items = fields.array("tools")?.unwrap_or_default();
    let mut tools =
        items.into_iter().enumerate().map(|(n, tool)| read_tool(tool, n)).collect::<Result<Vec<_>, _>>()?;
    if let Some(strict) = fields.boolean("strict_tools")? {
        let functions = tools.iter().any(|tool| matches!(tool, Tool::Function(_)));
        if !strict || !functions {
            fields.put("strict_tools", json!(strict));
        }
        for tool in &mut tools {
            if let (true, Tool::Function(function)) = (strict, tool) {
                function.strict = Some(true);
            }
        }
    }
    Ok(tools)
}

fn read_tool(value: Value, n: usize) -> Result<Tool, RequestError> {
    if value.get("function").is_none_or(Value::is_null) && value.is_object() {
        return Ok(Tool::Foreign(value));
    }
    let mut fields = Fields::of(value, format!("tools[{n}]"))?;
    fields.take("type");
    let Some(mut function) = fields.object("function")? else {
        return Err(fields.missing("function", "send the function"));
    };
    let (name, description) = (function.need_string("name")?, function.string("description")?);
    let parameters = function.take("parameters");
    fields.keep("function", function.rest());
    Ok(Tool::Function(FunctionTool {
        name,
        description,
        parameters,
        rest: fields.rest(),
        ..FunctionTool::default()
    }))
}

fn read_choice(fields: &mut Fields) -> Option<ToolChoice> {
    let value = fields.take("tool_choice")?;
    Some(match value.as_str() {
        Some("REQUIRED") => ToolChoice::Required,
        Some("NONE") => ToolChoice::None,
        _ => ToolChoice::Foreign(value),
    })
}

fn read_format(fields: &mut Fields) -> Result<OutputFormat, RequestError> {
    let Some(mut format) = fields.object("response_format")? else { return Ok(OutputFormat::Text) };
    let path = format.path_of("type");
    match format.need_string("type")?.as_str() {
        "text" => Ok(OutputFormat::Text),
        "json_object" => {
            let schema = format.take("json_schema").or(format.take("schema"));
            fields.keep("response_format", format.rest());
            Ok(schema.map_or(OutputFormat::JsonObject, |schema| {
                OutputFormat::JsonSchema(JsonSchema { schema, ..JsonSchema::default() })
            }))
        }
        other => {
            let message =
                format!("`{path}` is \"{other}\"; write text or json_object, with a json_schema if need be");
            Err(RequestError::field(path, message))
        }
    }
}

fn read_sampling(fields: &mut Fields) -> Result<Sampling, RequestError> {
    let stops = fields.array("stop_sequences")?.unwrap_or_default().into_iter().enumerate();
    let stop = stops.map(|(n, stop)| match stop {
        Value::String(text) => Ok(text),
        other => Err(wrong(&format!("stop_sequences[{n}]"), "a string", &other)),
    });
    Ok(Sampling {
        stop: stop.collect::<Result<_, _>>()?,
        max_tokens: fields.count("max_tokens")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("p")?,
        top_k: fields.count("k")?,
        frequency_penalty: fields.number("frequency_penalty")?,
        presence_penalty: fields.number("presence_penalty")?,
        seed: fields.integer("seed")?,
        logprobs: fields.boolean("logprobs")?,
        ..Sampling::default()
    })
}

/// What `thinking` says, if we know its type.
fn read_thinking(thinking: &Value) -> Option<ReasoningAsk> {
    let budget = match thinking.get("type").and_then(Value::as_str)? {
        "disabled" => ThinkingBudget::Off,
        "enabled" => {
            let tokens = thinking.get("token_budget").and_then(Value::as_u64);
            tokens.map_or(ThinkingBudget::Adaptive, ThinkingBudget::Tokens)
        }
        _ => return None,
    };
    Some(ReasoningAsk { budget: Some(budget), ..ReasoningAsk::default() })
}

fn take_thinking(fields: &mut Fields) -> Option<ReasoningAsk> {
    let thinking = fields.take("thinking")?;
    let ask = read_thinking(&thinking);
    match (thinking, ask) {
        (Value::Object(mut map), Some(_)) => {
            map.retain(|key, _| key != "type" && key != "token_budget");
            fields.keep("thinking", map);
        }
        (thinking, _) => fields.put("thinking", thinking),
    }
    ask
}
