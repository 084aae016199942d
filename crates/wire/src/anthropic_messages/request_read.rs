//! A client's request, read into the IR.

use serde_json::Value;
use wye_types::DialectId;
use wye_types::chat::{
    BlockKind, ChatRequest, FunctionTool, JsonSchema, Message, OutputFormat, Role, Sampling, Tool, ToolChoice,
};

use super::{blocks_read, reasoning};
use crate::dialect::RequestError;
use crate::fields::{Fields, missing};
use crate::scan::{Head, TopLevel};

/// Reads what routing needs.
pub(super) fn scan(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top
        .get(body, "model", "a string")?
        .ok_or_else(|| RequestError::field("model", "`model` is missing; send the name of a model"))?;
    check_array(body, &top)?;
    let stream = top.get::<bool>(body, "stream", "true or false")?.unwrap_or(false);
    let max_tokens = top.get::<u64>(body, "max_tokens", "a whole number, zero or more")?;
    let thinking: Option<Value> = top.get(body, "thinking", "an object")?;
    let config: Option<Value> = top.get(body, "output_config", "an object")?;
    let effort = config.as_ref().and_then(|config| config.get("effort")).and_then(Value::as_str);
    let wants_thinking = reasoning::read(thinking.as_ref(), effort).is_some_and(|ask| ask.wants_thinking());
    let tools = top.raw(body, "tools").is_some_and(|raw| is_filled(raw) == Some(true));
    Ok(Head { top, model, stream, include_usage: true, wants_thinking, tools, max_tokens })
}

fn check_array(body: &[u8], top: &TopLevel) -> Result<(), RequestError> {
    let raw = top
        .raw(body, "messages")
        .ok_or_else(|| RequestError::field("messages", "`messages` is missing; send an array of messages"))?;
    match is_filled(raw) {
        Some(true) => Ok(()),
        Some(false) => Err(RequestError::field("messages", "`messages` is empty; send at least one message")),
        None => Err(RequestError::field(
            "messages",
            format!("`messages` must be an array of messages, not {}", crate::scan::kind_of(raw)),
        )),
    }
}

/// Whether an array holds something; `None` if it is no array.
fn is_filled(raw: &[u8]) -> Option<bool> {
    let inner = raw.strip_prefix(b"[")?;
    Some(inner.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b']'))
}

/// Reads the whole request.
pub(super) fn read(body: &[u8]) -> Result<ChatRequest, RequestError> {
    let head = scan(body)?;
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not JSON: {error}")))?;
    let mut fields = Fields::of(tree, "")?;
    let mut messages = Vec::new();
    if let Some(system) = fields.take("system") {
        let content = blocks_read::content(Some(system), "system")?;
        messages.push(Message { role: Role::System, content, name: None, rest: wye_types::Map::new() });
    }
    for (n, message) in fields.array("messages")?.unwrap_or_default().into_iter().enumerate() {
        read_message(message, n, &mut messages)?;
    }
    let sampling = Sampling {
        max_tokens: fields.count("max_tokens")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.count("top_k")?,
        stop: read_stops(&mut fields)?,
        ..Sampling::default()
    };
    let tools = fields.array("tools")?.unwrap_or_default();
    let tools =
        tools.into_iter().enumerate().map(|(n, tool)| read_tool(tool, n)).collect::<Result<Vec<_>, _>>()?;
    let (tool_choice, parallel_tool_calls) = read_choice(&mut fields)?;
    let (effort, format) = read_output(&mut fields)?;
    let thinking = fields.take("thinking");
    let ask = reasoning::read(thinking.as_ref(), effort.as_deref());
    keep_thinking(&mut fields, thinking);
    let mut user = None;
    if let Some(mut metadata) = fields.object("metadata")? {
        user = metadata.string("user_id")?;
        fields.keep("metadata", metadata.rest());
    }
    fields.take("model");
    fields.take("stream");
    Ok(ChatRequest {
        from: DialectId::AnthropicMessages,
        model: head.model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls,
        format,
        sampling,
        reasoning: ask,
        stream: head.stream,
        include_usage: true,
        user,
        rest: fields.rest(),
    })
}

/// What the IR does not say of `thinking` stays with us (`display`, or a type we do not know).
fn keep_thinking(fields: &mut Fields, thinking: Option<Value>) {
    let Some(Value::Object(mut map)) = thinking else { return };
    let known = map.get("type").and_then(Value::as_str);
    if matches!(known, Some("disabled" | "adaptive" | "enabled")) {
        map.shift_remove("type");
        map.shift_remove("budget_tokens");
    }
    fields.keep("thinking", map);
}

/// One message of the client's; a user's turn that holds results of tools becomes two.
fn read_message(value: Value, n: usize, out: &mut Vec<Message>) -> Result<(), RequestError> {
    let mut fields = Fields::of(value, format!("messages[{n}]"))?;
    let role = match fields.need_string("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        other => {
            let path = fields.path_of("role");
            return Err(RequestError::field(
                path.clone(),
                format!("`{path}` is \"{other}\"; write user or assistant"),
            ));
        }
    };
    let path = fields.path_of("content");
    let content = blocks_read::content(fields.take("content"), &path)?;
    split_results(Message { role, content, name: None, rest: fields.rest() }, out);
    Ok(())
}

/// A turn that holds results of tools becomes several messages, in its order; what it says beside its content stays with
/// the first.
pub(crate) fn split_results(turn: Message, out: &mut Vec<Message>) {
    if turn.content.is_empty() {
        return out.push(turn);
    }
    let (first, mut rest) = (out.len(), turn.rest);
    for block in turn.content {
        let is_result = matches!(block.kind, BlockKind::ToolResult(_));
        let role = if is_result { Role::Tool } else { turn.role };
        match out[first..].last_mut() {
            Some(last) if last.role == role => last.content.push(block),
            _ => {
                out.push(Message { role, content: vec![block], name: None, rest: std::mem::take(&mut rest) })
            }
        }
    }
}

fn read_stops(fields: &mut Fields) -> Result<Vec<String>, RequestError> {
    let path = fields.path_of("stop_sequences");
    fields
        .array("stop_sequences")?
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(n, stop)| match stop {
            Value::String(text) => Ok(text),
            other => Err(crate::fields::wrong(&format!("{path}[{n}]"), "a string", &other)),
        })
        .collect()
}

fn read_tool(value: Value, n: usize) -> Result<Tool, RequestError> {
    let kind = value.get("type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind != "custom") {
        return Ok(Tool::Foreign(value));
    }
    let mut fields = Fields::of(value, format!("tools[{n}]"))?;
    Ok(Tool::Function(FunctionTool {
        name: fields.need_string("name")?,
        description: fields.string("description")?,
        parameters: fields.take("input_schema"),
        strict: fields.boolean("strict")?,
        cache: fields.take("cache_control").map(|hint| blocks_read::cache_hint(&hint)),
        rest: fields.rest(),
    }))
}

fn read_choice(fields: &mut Fields) -> Result<(Option<ToolChoice>, Option<bool>), RequestError> {
    let Some(value) = fields.take("tool_choice") else { return Ok((None, None)) };
    let verbatim = value.clone();
    let mut choice = Fields::of(value, "tool_choice")?;
    let parallel = choice.boolean("disable_parallel_tool_use")?.map(|disabled| !disabled);
    let read = match choice.need_string("type")?.as_str() {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "any" => ToolChoice::Required,
        "tool" => {
            let path = choice.path_of("name");
            ToolChoice::Named(
                choice.string("name")?.ok_or_else(|| missing(&path, "send the name of one of the tools"))?,
            )
        }
        _ => ToolChoice::Foreign(verbatim),
    };
    Ok((Some(read), parallel))
}

/// Reads `output_config` and the older `output_format`: the effort and the shape of the answer.
fn read_output(fields: &mut Fields) -> Result<(Option<String>, OutputFormat), RequestError> {
    let mut effort = None;
    let mut format = fields.take("output_format");
    if let Some(mut config) = fields.object("output_config")? {
        format = config.take("format").or(format);
        effort = config.string("effort")?;
        let mut left = config.rest();
        // An effort without a likeness stays with us.
        if let Some(name) = effort.as_ref().filter(|name| wye_types::chat::Effort::parse(name).is_none()) {
            left.insert("effort".into(), Value::String(name.clone()));
        }
        fields.keep("output_config", left);
    }
    let Some(format) = format else { return Ok((effort, OutputFormat::Text)) };
    let mut format = Fields::of(format, "output_config.format")?;
    let path = format.path_of("type");
    match format.need_string("type")?.as_str() {
        "json_schema" => {
            let schema = format
                .take("schema")
                .ok_or_else(|| missing(&format.path_of("schema"), "send a JSON Schema"))?;
            let name = format.string("name")?;
            let schema = JsonSchema { name, description: None, schema, strict: None };
            Ok((effort, OutputFormat::JsonSchema(schema)))
        }
        "text" => Ok((effort, OutputFormat::Text)),
        other => {
            Err(RequestError::field(path.clone(), format!("`{path}` is \"{other}\"; write json_schema")))
        }
    }
}
