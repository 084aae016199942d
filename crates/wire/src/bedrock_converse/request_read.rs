//! A client's request, read into the IR.

use serde_json::Value;
use wye_types::chat::{
    ChatRequest, FunctionTool, JsonSchema, Message, OutputFormat, Role, Sampling, Tool, ToolChoice,
};
use wye_types::{DialectId, Map};

use super::{blocks_read, extras};
use crate::anthropic_messages::split_results;
use crate::dialect::{PathAsk, RequestError};
use crate::fields::{Fields, missing, wrong};
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel};

/// Reads what routing needs.
pub(super) fn scan(body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    // SDKs put the model into the path; a body in their own words still holds it.
    let named = top.get::<String>(body, "modelId", "a string")?;
    let model = path.model.clone().or(named).filter(|model| !model.is_empty()).ok_or_else(|| {
        RequestError::field("modelId", "the path names no model; write /model/{modelId}/converse")
    })?;
    check_messages(body, &top)?;
    let object = |key: &str| top.get::<Map>(body, key, "an object");
    let config = object("inferenceConfig")?.unwrap_or_default();
    let mut extra = Fields::top(Map::new());
    if let Some(fields) = object("additionalModelRequestFields")? {
        extra.put("additionalModelRequestFields", Value::Object(fields));
    }
    let reasoning = extras::take(&mut extra)?.reasoning;
    let tools = object("toolConfig")?.unwrap_or_default();
    let is_tool = |tool: &Value| blocks_read::cache_point(tool).is_none();
    let tools = tools.get("tools").and_then(Value::as_array).is_some_and(|tools| tools.iter().any(is_tool));
    Ok(Head {
        model,
        stream: path.stream,
        include_usage: true,
        wants_thinking: reasoning.is_some_and(|ask| ask.wants_thinking()),
        tools,
        max_tokens: config.get("maxTokens").and_then(Value::as_u64),
        top,
    })
}

fn check_messages(body: &[u8], top: &TopLevel) -> Result<(), RequestError> {
    let raw = top
        .raw(body, "messages")
        .ok_or_else(|| RequestError::field("messages", "`messages` is missing; send an array of messages"))?;
    let kind = crate::scan::kind_of(raw);
    if kind != "an array" {
        return Err(RequestError::field("messages", format!("`messages` must be an array, not {kind}")));
    }
    if is_empty_array(raw) {
        return Err(RequestError::field("messages", "`messages` is empty; send at least one message"));
    }
    Ok(())
}

/// Reads the whole request.
pub(super) fn read(body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
    let head = scan(body, path)?;
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not JSON: {error}")))?;
    let mut fields = Fields::of(tree, "")?;
    fields.take("modelId");
    let messages = read_messages(&mut fields)?;
    let (tools, tool_choice) = read_tools(&mut fields)?;
    let format = read_format(&mut fields)?;
    let extras = extras::take(&mut fields)?;
    let sampling = Sampling { top_k: extras.top_k, ..read_sampling(&mut fields)? };
    Ok(ChatRequest {
        from: DialectId::BedrockConverse,
        model: head.model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: None,
        format,
        sampling,
        reasoning: extras.reasoning,
        stream: head.stream,
        include_usage: true,
        user: None,
        rest: fields.rest(),
    })
}

fn read_messages(fields: &mut Fields) -> Result<Vec<Message>, RequestError> {
    let mut out = Vec::new();
    if let Some(system) = fields.take("system") {
        let content = blocks_read::content(Some(system), "system")?;
        if !content.is_empty() {
            out.push(Message { role: Role::System, content, name: None, rest: Map::new() });
        }
    }
    for (n, message) in fields.array("messages")?.unwrap_or_default().into_iter().enumerate() {
        read_message(message, n, &mut out)?;
    }
    Ok(out)
}

/// One message of the client's; a user's turn that holds results of tools becomes several.
fn read_message(value: Value, n: usize, out: &mut Vec<Message>) -> Result<(), RequestError> {
    let mut fields = Fields::of(value, format!("messages[{n}]"))?;
    let role = match fields.need_string("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        other => {
            let path = fields.path_of("role");
            let message = format!("`{path}` is \"{other}\"; write user or assistant");
            return Err(RequestError::field(path, message));
        }
    };
    let path = fields.path_of("content");
    let content = blocks_read::content(fields.take("content"), &path)?;
    split_results(Message { role, content, name: None, rest: fields.rest() }, out);
    Ok(())
}

fn read_sampling(fields: &mut Fields) -> Result<Sampling, RequestError> {
    const KEY: &str = "inferenceConfig";
    let Some(mut config) = fields.object(KEY)? else { return Ok(Sampling::default()) };
    let path = config.path_of("stopSequences");
    let stops = config.array("stopSequences")?.unwrap_or_default().into_iter().enumerate();
    let stop = stops.map(|(n, stop)| match stop {
        Value::String(text) => Ok(text),
        other => Err(wrong(&format!("{path}[{n}]"), "a string", &other)),
    });
    let sampling = Sampling {
        stop: stop.collect::<Result<_, _>>()?,
        max_tokens: config.count("maxTokens")?,
        temperature: config.number("temperature")?,
        top_p: config.number("topP")?,
        ..Sampling::default()
    };
    fields.keep(KEY, config.rest());
    Ok(sampling)
}

fn read_tools(fields: &mut Fields) -> Result<(Vec<Tool>, Option<ToolChoice>), RequestError> {
    const KEY: &str = "toolConfig";
    let Some(mut config) = fields.object(KEY)? else { return Ok((Vec::new(), None)) };
    let mut tools: Vec<Tool> = Vec::new();
    let path = config.path_of("tools");
    for (n, tool) in config.array("tools")?.unwrap_or_default().into_iter().enumerate() {
        match (blocks_read::cache_point(&tool), tools.last_mut()) {
            (Some(hint), Some(Tool::Function(last))) if last.cache.is_none() => last.cache = Some(hint),
            _ => tools.push(read_tool(tool, &format!("{path}[{n}]"))?),
        }
    }
    let choice = config.take("toolChoice").map(|choice| read_choice(choice, &config.path_of("toolChoice")));
    fields.keep(KEY, config.rest());
    Ok((tools, choice.transpose()?))
}

fn read_tool(value: Value, path: &str) -> Result<Tool, RequestError> {
    if value.get("toolSpec").is_none_or(Value::is_null) {
        return match value {
            Value::Object(_) => Ok(Tool::Foreign(value)),
            other => Err(wrong(path, "an object with `toolSpec`", &other)),
        };
    }
    let mut outer = Fields::of(value, path)?;
    let spec = outer.object("toolSpec")?;
    let Some(mut spec) = spec else { return Err(missing(&outer.path_of("toolSpec"), "send the tool")) };
    let mut parameters = None;
    if let Some(mut schema) = spec.object("inputSchema")? {
        parameters = schema.take("json");
        spec.keep("inputSchema", schema.rest());
    }
    Ok(Tool::Function(FunctionTool {
        name: spec.need_string("name")?,
        description: spec.string("description")?,
        parameters,
        strict: spec.boolean("strict")?,
        cache: None,
        rest: spec.rest(),
    }))
}

fn read_choice(value: Value, path: &str) -> Result<ToolChoice, RequestError> {
    let Value::Object(map) = &value else {
        return Err(wrong(path, "an object such as {\"auto\": {}}", &value));
    };
    Ok(match map.iter().find(|(_, member)| !member.is_null()).map(|(key, member)| (key.as_str(), member)) {
        Some(("auto", _)) => ToolChoice::Auto,
        Some(("any", _)) => ToolChoice::Required,
        Some(("tool", tool)) => {
            let at = format!("{path}.tool");
            ToolChoice::Named(
                Fields::of(tool.clone(), at)?.required("name", "send the name of one of the tools")?,
            )
        }
        _ => ToolChoice::Foreign(value),
    })
}

/// Reads `outputConfig.textFormat`. Its schema is JSON in a string.
fn read_format(fields: &mut Fields) -> Result<OutputFormat, RequestError> {
    const KEY: &str = "outputConfig";
    let Some(mut config) = fields.object(KEY)? else { return Ok(OutputFormat::Text) };
    let Some(mut format) = config.object("textFormat")? else {
        fields.keep(KEY, config.rest());
        return Ok(OutputFormat::Text);
    };
    format.take("type");
    let mut structure = match format.object("structure")? {
        Some(structure) => structure,
        None => return Err(format.missing("structure", "send {\"jsonSchema\": {…}}")),
    };
    let Some(mut inner) = structure.object("jsonSchema")? else {
        return Err(structure.missing("jsonSchema", "send a JSON Schema"));
    };
    let path = inner.path_of("schema");
    let schema = serde_json::from_str(&inner.required("schema", "send a JSON Schema as a string")?).map_err(
        |error| RequestError::field(path.clone(), format!("`{path}` must be JSON in a string: {error}")),
    )?;
    let (name, description) = (inner.string("name")?, inner.string("description")?);
    fields.keep(KEY, config.rest());
    Ok(OutputFormat::JsonSchema(JsonSchema { name, description, schema, strict: None }))
}
