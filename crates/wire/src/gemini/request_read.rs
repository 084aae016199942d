//! Reads a client's `generateContent` request into the IR.

use serde_json::Value;
use wye_types::chat::{ChatRequest, FunctionTool, Message, Role, Tool, ToolChoice};
use wye_types::{DialectId, Map};

use super::config_read::read_config;
use super::fields::{Fields, wrong};
use super::part_read::{read_part, split_turn};
use super::schema::to_json_schema;
use super::thoughts;
use crate::call_ids::link_calls;
use crate::dialect::{PathAsk, RequestError};

/// Reads a body whose model and method stand in the path.
pub(super) fn read_request(body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
    let top = crate::scan::TopLevel::scan(body)?;
    let mut map = Map::new();
    for (key, value) in top.fields() {
        // Every value was checked to be JSON by the scan.
        let value = serde_json::from_slice(&body[value])
            .map_err(|e| RequestError::syntax(format!("`{key}` is not JSON: {e}")))?;
        map.insert(key.to_owned(), value);
    }
    read_top(Fields::new(map, ""), path)
}

/// Reads the fields of a request, wherever it stood.
pub(super) fn read_top(mut top: Fields, path: &PathAsk) -> Result<ChatRequest, RequestError> {
    top.spelt_once()?;
    let named = top.string("model")?;
    let model = path.model.clone().or(named).filter(|m| !m.is_empty()).ok_or_else(super::scan::no_model)?;
    let contents =
        top.array("contents")?.filter(|c| !c.is_empty()).ok_or_else(|| super::scan::no_contents(&top))?;
    let mut messages = Vec::with_capacity(contents.len() + 1);
    if let Some(system) = top.take("systemInstruction") {
        messages.push(read_system(system, &top.at("systemInstruction"))?);
    }
    for (n, content) in contents.into_iter().enumerate() {
        messages.extend(read_content(content, &format!("{}[{n}]", top.at("contents")))?);
    }
    thoughts::join(&mut messages);
    link_calls(&mut messages);
    let tools = read_tools(&mut top)?;
    let config = read_config(&mut top)?;
    let mut rest = Map::new();
    let tool_choice = match top.object("toolConfig")? {
        Some(tool_config) => read_tool_config(tool_config, &mut rest)?,
        None => None,
    };
    rest.extend(config.rest);
    rest.extend(top.rest());
    Ok(ChatRequest {
        from: DialectId::Gemini,
        model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: None,
        format: config.format,
        sampling: config.sampling,
        reasoning: config.reasoning,
        stream: path.stream,
        include_usage: true,
        user: None,
        rest,
    })
}

fn read_system(system: Value, path: &str) -> Result<Message, RequestError> {
    if let Value::String(text) = system {
        return Ok(Message::text(Role::System, text));
    }
    let mut content = Fields::of(system, path)?;
    let content_path = content.at("parts");
    let parts = content.array("parts")?.unwrap_or_default();
    let blocks = parts
        .into_iter()
        .enumerate()
        .map(|(n, part)| read_part(part, &format!("{content_path}[{n}]")))
        .collect::<Result<_, _>>()?;
    // The role that some clients write here says nothing; it is kept as it came.
    Ok(Message { role: Role::System, content: blocks, name: None, rest: content.rest() })
}

fn read_content(content: Value, path: &str) -> Result<Vec<Message>, RequestError> {
    let mut content = Fields::of(content, path)?;
    let role = match content.string("role")?.as_deref() {
        Some("model" | "assistant") => Role::Assistant,
        None | Some("user" | "function" | "tool" | "") => Role::User,
        Some(other) => {
            let at = content.at("role");
            let message = format!(
                "`{at}` must be \"user\" or \"model\", not \"{other}\"; instructions go into `systemInstruction`"
            );
            return Err(RequestError::field(at, message));
        }
    };
    let parts_path = content.at("parts");
    let parts = match content.take("parts") {
        None => Vec::new(),
        Some(Value::Array(parts)) => parts,
        Some(part @ Value::Object(_)) => vec![part],
        Some(other) => return Err(wrong(&parts_path, "an array", &other)),
    };
    let mut blocks = Vec::with_capacity(parts.len());
    for (n, part) in parts.into_iter().enumerate() {
        blocks.push(read_part(part, &format!("{parts_path}[{n}]"))?);
    }
    Ok(split_turn(role, blocks, content.rest()))
}

/// Function declarations become functions; every other key of a tool is a built-in tool of its own.
fn read_tools(top: &mut Fields) -> Result<Vec<Tool>, RequestError> {
    let path = top.at("tools");
    let mut tools = Vec::new();
    for (n, tool) in top.array("tools")?.unwrap_or_default().into_iter().enumerate() {
        let mut tool = Fields::of(tool, &format!("{path}[{n}]"))?;
        let list_path = tool.at("functionDeclarations");
        for (n, declared) in tool.array("functionDeclarations")?.unwrap_or_default().into_iter().enumerate() {
            let declared = Fields::of(declared, &format!("{list_path}[{n}]"))?;
            tools.push(Tool::Function(read_function(declared)?));
        }
        for (key, value) in tool.rest() {
            tools.push(Tool::Foreign(Value::Object(Map::from_iter([(key, value)]))));
        }
    }
    Ok(tools)
}

fn read_function(mut declared: Fields) -> Result<FunctionTool, RequestError> {
    let at = declared.at("name");
    let name = declared
        .string("name")?
        .ok_or_else(|| RequestError::field(&at, format!("`{at}` is missing; write the function's name")))?;
    let description = declared.string("description")?;
    let json_schema = declared.take("parametersJsonSchema");
    let google_schema = declared.take("parameters");
    let mut rest = declared.rest();
    let parameters = json_schema.or_else(|| {
        let google = google_schema?;
        // Kept word for word for the vendor whose words they are.
        rest.insert("parameters".to_owned(), google.clone());
        Some(to_json_schema(google))
    });
    Ok(FunctionTool { name, description, parameters, strict: None, cache: None, rest })
}

fn read_tool_config(mut config: Fields, rest: &mut Map) -> Result<Option<ToolChoice>, RequestError> {
    let calling = config.take("functionCallingConfig");
    let at = config.at("functionCallingConfig");
    for (key, value) in config.rest() {
        rest.insert(format!("toolConfig.{key}"), value);
    }
    let Some(calling) = calling else { return Ok(None) };
    let mut fields = Fields::of(calling.clone(), &at)?;
    let mode = fields.string("mode")?.map(|m| m.to_ascii_uppercase());
    let allowed = fields.array("allowedFunctionNames")?.unwrap_or_default();
    if !fields.rest().is_empty() {
        return Ok(Some(ToolChoice::Foreign(calling)));
    }
    let only = match allowed.as_slice() {
        [Value::String(name)] => Some(name.clone()),
        _ => None,
    };
    Ok(match (mode.as_deref(), allowed.is_empty(), only) {
        (None | Some("MODE_UNSPECIFIED"), true, _) => None,
        (Some("AUTO"), true, _) => Some(ToolChoice::Auto),
        (Some("NONE"), true, _) => Some(ToolChoice::None),
        (Some("ANY"), true, _) => Some(ToolChoice::Required),
        (Some("ANY"), false, Some(name)) => Some(ToolChoice::Named(name)),
        _ => Some(ToolChoice::Foreign(calling)),
    })
}
