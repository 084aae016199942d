//! Writes a provider's request.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{ChatRequest, FunctionTool, JsonSchema, OutputFormat, Tool, ToolChoice};

use super::messages_write::Messages;
use super::{ID, functions, parts, shared, thinking};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::names::{NameMap, NameRule};

/// What OpenAI allows in a function's name.
pub(crate) const NAMES: NameRule = NameRule { max: 64, extra: "", starts_with_letter: false };

/// More stop texts than these are refused by OpenAI.
const MAX_STOPS: usize = 4;

/// Writes the whole request.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let names = NameMap::of(chat, NAMES);
    let mut body = Map::new();
    let mut losses = Vec::new();
    let own = chat.from == ID;
    body.insert("model".into(), json!(options.model));
    let messages = Messages::new(chat, options, &names, &mut losses).write();
    body.insert("messages".into(), messages);
    write_tools(chat, options, &names, &mut body, &mut losses);
    write_sampling(chat, options, &mut body, &mut losses);
    match &chat.format {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => {
            body.insert("response_format".into(), json!({"type": "json_object"}));
        }
        OutputFormat::JsonSchema(schema) => {
            body.insert("response_format".into(), write_schema(schema));
        }
    }
    thinking::write(chat, options.thinking, &mut body);
    if let Some(user) = &chat.user {
        body.insert("user".into(), json!(user));
    }
    for (key, value) in chat.rest.iter().filter(|_| own) {
        body.entry(key).or_insert_with(|| value.clone());
    }
    if !own {
        // Servers that are only like OpenAI's may refuse what they do not know: Groq does (`property 'prompt_cache_key' is
        // unsupported`).
        if options.developer_role {
            shared::write(chat, &mut body, &mut losses);
        } else {
            losses.extend(Loss::unsaid(chat));
        }
    }
    if chat.stream {
        body.insert("stream".into(), json!(true));
        if options.stream_options {
            // Usage is always asked for: the ledger needs it. The relay hides it from clients that did not ask.
            let asked = body.entry("stream_options").or_insert_with(|| json!({}));
            asked["include_usage"] = json!(true);
        } else {
            body.shift_remove("stream_options");
        }
    }
    Written::of(body, chat, losses, names)
}

fn write_tools(
    chat: &ChatRequest,
    options: &WriteOptions,
    names: &NameMap,
    body: &mut Map,
    losses: &mut Vec<Loss>,
) {
    let own = chat.from == ID;
    if own && functions::ride_along(chat) {
        return;
    }
    let mut tools = Vec::new();
    for (n, tool) in chat.tools.iter().enumerate() {
        match tool {
            Tool::Function(function) => {
                tools.push(write_function(function, names, own, own || options.foreign_seals));
            }
            Tool::Foreign(value) if own => tools.push(value.clone()),
            Tool::Foreign(_) => losses.push(Loss::dropped(format!("tools[{n}]"))),
        }
    }
    // Without tools both fields below are refused.
    let none = tools.is_empty() && !own;
    if !tools.is_empty() {
        body.insert("tools".into(), Value::Array(tools));
    }
    let choice = match &chat.tool_choice {
        None => None,
        Some(ToolChoice::Auto) => Some(json!("auto")),
        Some(ToolChoice::None) => Some(json!("none")),
        Some(ToolChoice::Required) => Some(json!("required")),
        Some(ToolChoice::Named(name)) => {
            Some(json!({"type": "function", "function": {"name": names.legal(name)}}))
        }
        Some(ToolChoice::Foreign(value)) if own => Some(value.clone()),
        Some(ToolChoice::Foreign(_)) => {
            losses.push(Loss::dropped("tool_choice"));
            None
        }
    };
    if let Some(choice) = choice.filter(|_| !none) {
        body.insert("tool_choice".into(), choice);
    }
    if let Some(parallel) = chat.parallel_tool_calls.filter(|_| !none) {
        body.insert("parallel_tool_calls".into(), json!(parallel));
    }
}

/// Writes one function.
pub(crate) fn write_function(tool: &FunctionTool, names: &NameMap, own: bool, cache: bool) -> Value {
    let mut function = Map::new();
    function.insert("name".into(), json!(names.legal(&tool.name)));
    if let Some(description) = &tool.description {
        function.insert("description".into(), json!(description));
    }
    if let Some(parameters) = &tool.parameters {
        function.insert("parameters".into(), parameters.clone());
    }
    if let Some(strict) = tool.strict {
        function.insert("strict".into(), json!(strict));
    }
    let mut out = Map::new();
    out.insert("type".into(), json!("function"));
    for (key, value) in tool.rest.iter().filter(|_| own) {
        match (key.as_str(), value) {
            ("function", Value::Object(inner)) => function.extend(inner.clone()),
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    out.insert("function".into(), Value::Object(function));
    if let Some(hint) = tool.cache.filter(|_| cache) {
        out.insert("cache_control".into(), parts::write_cache(hint));
    }
    Value::Object(out)
}

fn write_sampling(chat: &ChatRequest, options: &WriteOptions, body: &mut Map, losses: &mut Vec<Loss>) {
    let own = chat.from == ID;
    let s = &chat.sampling;
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    set(options.max_tokens_key, s.max_tokens.map(|n| json!(n)));
    set("temperature", s.temperature.map(|n| json!(n)));
    set("top_p", s.top_p.map(|n| json!(n)));
    set("frequency_penalty", s.frequency_penalty.map(|n| json!(n)));
    set("presence_penalty", s.presence_penalty.map(|n| json!(n)));
    set("seed", s.seed.map(|n| json!(n)));
    set("n", s.choices.map(|n| json!(n)));
    set("logprobs", s.logprobs.map(|on| json!(on)));
    set("top_logprobs", s.top_logprobs.map(|n| json!(n)));
    if own || options.foreign_seals {
        set("top_k", s.top_k.map(|n| json!(n)));
    } else if s.top_k.is_some() {
        losses.push(Loss::dropped("top_k"));
    }
    if !s.stop.is_empty() {
        let kept = if own { s.stop.len() } else { s.stop.len().min(MAX_STOPS) };
        if kept < s.stop.len() {
            losses.push(Loss::changed("stop", "only the first 4 are sent"));
        }
        body.insert("stop".into(), json!(s.stop[..kept]));
    }
}

fn write_schema(schema: &JsonSchema) -> Value {
    json!({"type": "json_schema", "json_schema": schema_fields(schema)})
}

/// What OpenAI wants to know of a schema: always a name, of letters it allows.
pub(crate) fn schema_fields(schema: &JsonSchema) -> Map {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name = schema.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("answer");
    let mut inner = Map::new();
    inner.insert("name".into(), json!(name.chars().map(legal).take(64).collect::<String>()));
    if let Some(description) = &schema.description {
        inner.insert("description".into(), json!(description));
    }
    inner.insert("schema".into(), schema.schema.clone());
    if let Some(strict) = schema.strict {
        inner.insert("strict".into(), json!(strict));
    }
    inner
}
