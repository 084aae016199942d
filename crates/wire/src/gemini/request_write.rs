//! Writes a provider's `generateContent` request.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wye_types::chat::{BlockKind, ChatRequest, FunctionTool, Message, Role, Tool};
use wye_types::{DialectId, Map};

use super::config_write::{generation, write_choice, write_config};
use super::part_write::{PartWriter, Reader};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::names::{NameMap, NameRule};

/// What Google allows in a function name.
pub(super) const RULE: NameRule = NameRule { max: 64, extra: ".:", starts_with_letter: true };

/// Google refuses calls of the running turn that Gemini 3 did not seal, unless they say this instead.
const NO_SEAL: &str = "skip_thought_signature_validator";

pub(super) fn write_request(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let names = NameMap::of(chat, RULE);
    let (map, losses) = write_map(chat, options, &names);
    Written::of(map, chat, losses, names)
}

/// The request as a tree (a request to count tokens wraps it).
pub(super) fn write_map(chat: &ChatRequest, options: &WriteOptions, names: &NameMap) -> (Map, Vec<Loss>) {
    let own = chat.from == DialectId::Gemini;
    let reader = Reader::Vendor { names, foreign_seals: options.foreign_seals };
    let mut parts = PartWriter { reader, own, losses: Vec::new() };
    let mut body = Map::new();
    write_conversation(chat, options, &mut parts, &mut body);
    let mut losses = parts.losses;
    let tools = write_tools(chat, names, &mut losses);
    if !tools.is_empty() {
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    if let Some(choice) = write_choice(chat, names, &mut losses) {
        body.insert("toolConfig".to_owned(), json!({"functionCallingConfig": choice}));
    }
    let config = write_config(chat, &options.model, &mut losses);
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(config));
    }
    if chat.parallel_tool_calls == Some(false) {
        losses.push(Loss::dropped("parallel_tool_calls"));
    }
    if chat.user.is_some() {
        losses.push(Loss::dropped("user"));
    }
    if own {
        for (key, value) in &chat.rest {
            insert_at(&mut body, key, value);
        }
    } else {
        losses.extend(Loss::unsaid(chat));
    }
    (body, losses)
}

/// Puts a field back where it stood; nested ones were read with their full path.
fn insert_at(map: &mut Map, path: &str, value: &Value) {
    const NESTED: [&str; 3] = ["generationConfig", "toolConfig", "thinkingConfig"];
    if let Some((outer, inner)) = path.split_once('.')
        && NESTED.contains(&outer)
    {
        let nested = map.entry(outer).or_insert_with(|| json!({}));
        if let Value::Object(nested) = nested {
            insert_at(nested, inner, value);
        }
        return;
    }
    map.insert(path.to_owned(), value.clone());
}

/// One content being put together.
struct Turn {
    role: &'static str,
    parts: Vec<Value>,
    rest: Map,
}

fn write_conversation(
    chat: &ChatRequest,
    options: &WriteOptions,
    parts: &mut PartWriter<'_>,
    body: &mut Map,
) {
    let mut system: Vec<Value> = Vec::new();
    let mut system_rest = Map::new();
    let mut turns: Vec<Turn> = Vec::new();
    let mut called: BTreeMap<&str, &str> = BTreeMap::new();
    // Calls of the running turn (after the last words of the user) are the ones whose seals Google checks.
    let running = chat.messages.iter().rposition(|m| m.role == Role::User).unwrap_or(0);
    let seal_calls = generation(&options.model) >= 3;
    for (n, message) in chat.messages.iter().enumerate() {
        let path = format!("messages[{n}]");
        if message.name.is_some() {
            parts.losses.push(Loss::dropped(format!("{path}.name")));
        }
        if matches!(message.role, Role::System | Role::Developer) {
            if !turns.is_empty() {
                parts.losses.push(Loss::changed(&path, "moved to system"));
            }
            system.extend(write_blocks(message, &path, parts, &mut called));
            system_rest.extend(message.rest.clone());
            continue;
        }
        let mut written = write_blocks(message, &path, parts, &mut called);
        if seal_calls && n >= running && message.role == Role::Assistant {
            seal_first_call(&mut written);
        }
        let role = if message.role == Role::Assistant { "model" } else { "user" };
        let rest = if parts.own { message.rest.clone() } else { Map::new() };
        match turns.last_mut() {
            Some(turn) if turn.role == role => {
                turn.parts.extend(written);
                turn.rest.extend(rest);
            }
            _ if written.is_empty() => {}
            _ => turns.push(Turn { role, parts: written, rest }),
        }
    }
    if turns.is_empty() && !system.is_empty() && !parts.own {
        // Google wants at least one turn.
        parts.losses.push(Loss::changed("messages", "the system message is sent as the user's"));
        turns.push(Turn { role: "user", parts: std::mem::take(&mut system), rest: Map::new() });
    }
    if !system.is_empty() {
        let mut content = if parts.own { system_rest } else { Map::new() };
        content.insert("parts".to_owned(), Value::Array(system));
        body.insert("systemInstruction".to_owned(), Value::Object(content));
    }
    let contents = turns.into_iter().map(|turn| {
        let mut content = turn.rest;
        content.insert("role".to_owned(), json!(turn.role));
        content.insert("parts".to_owned(), Value::Array(turn.parts));
        Value::Object(content)
    });
    body.insert("contents".to_owned(), contents.collect());
}

fn write_blocks<'c>(
    message: &'c Message,
    path: &str,
    parts: &mut PartWriter<'_>,
    called: &mut BTreeMap<&'c str, &'c str>,
) -> Vec<Value> {
    let mut out = Vec::with_capacity(message.content.len());
    for (n, block) in message.content.iter().enumerate() {
        let path = format!("{path}.content[{n}]");
        match &block.kind {
            BlockKind::ToolCall(call) => {
                called.insert(&call.id, &call.name);
                out.extend(parts.part(block, &path));
            }
            BlockKind::ToolResult(result) => {
                let known = called.get(result.call_id.as_str()).copied();
                let name = known.or(result.name.as_deref()).unwrap_or("unknown_function");
                out.push(parts.result(block, result, name, &path));
            }
            _ => out.extend(parts.part(block, &path)),
        }
    }
    out
}

fn seal_first_call(parts: &mut [Value]) {
    let first = parts.iter_mut().find_map(|part| {
        let part = part.as_object_mut()?;
        part.contains_key("functionCall").then_some(part)
    });
    if let Some(call) = first
        && !call.contains_key("thoughtSignature")
    {
        call.insert("thoughtSignature".to_owned(), json!(NO_SEAL));
    }
}

/// Functions stand together in one tool; built-in tools of this dialect each in their own, in order.
fn write_tools(chat: &ChatRequest, names: &NameMap, losses: &mut Vec<Loss>) -> Vec<Value> {
    let own = chat.from == DialectId::Gemini;
    let mut out: Vec<Value> = Vec::new();
    let mut functions = Vec::new();
    let mut place = None;
    for (n, tool) in chat.tools.iter().enumerate() {
        match tool {
            Tool::Function(function) => {
                place.get_or_insert(out.len());
                if function.strict == Some(true) {
                    let inner = if chat.from == DialectId::OpenAiChat { ".function" } else { "" };
                    losses.push(Loss::changed(format!("tools[{n}]{inner}.strict"), "not enforced"));
                }
                functions.push(write_function(function, own, names));
            }
            Tool::Foreign(value) if own => out.push(value.clone()),
            Tool::Foreign(_) => losses.push(Loss::dropped(format!("tools[{n}]"))),
        }
    }
    if let Some(place) = place {
        out.insert(place, json!({"functionDeclarations": functions}));
    }
    out
}

fn write_function(function: &FunctionTool, own: bool, names: &NameMap) -> Value {
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(names.legal(&function.name)));
    if let Some(description) = &function.description {
        out.insert("description".to_owned(), json!(description));
    }
    if own {
        out.extend(function.rest.clone());
    }
    if let Some(schema) = &function.parameters
        && !out.contains_key("parameters")
        && schema.as_object().is_none_or(|s| own || !s.is_empty())
    {
        out.insert("parametersJsonSchema".to_owned(), schema.clone());
    }
    Value::Object(out)
}
