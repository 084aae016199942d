//! Writes a provider's request.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{ChatRequest, OutputFormat, Tool, ToolChoice};

use super::message_write::Messages;
use super::{ID, think};
use crate::dialect::{Loss, WriteOptions, Written};
use crate::names::NameMap;
use crate::openai_chat::request_write::write_function;

/// Writes the whole request. Functions may have any name.
pub(super) fn write(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let mut losses = Vec::new();
    let mut body = Map::new();
    let own = chat.from == ID;
    body.insert("model".into(), json!(options.model));
    let names = NameMap::namespaced(chat);
    let messages = Messages::new(chat, &names, &mut losses).write();
    body.insert("messages".into(), messages);
    write_tools(chat, &names, &mut body, &mut losses);
    match &chat.format {
        OutputFormat::Text => {}
        OutputFormat::JsonObject => {
            body.insert("format".into(), json!("json"));
        }
        OutputFormat::JsonSchema(schema) => {
            body.insert("format".into(), schema.schema.clone());
        }
    }
    write_sampling(chat, own, &mut body, &mut losses);
    if let Some(think) = chat.reasoning.and_then(|ask| think::write(ask, own)) {
        body.insert("think".into(), think);
    }
    if chat.user.is_some() {
        losses.push(Loss::dropped("user"));
    }
    if own {
        for (key, value) in &chat.rest {
            body.entry(key).or_insert_with(|| value.clone());
        }
    } else {
        losses.extend(Loss::unsaid(chat));
    }
    // It streams unless told not to.
    body.insert("stream".into(), json!(chat.stream));
    Written::of(body, chat, losses, names)
}

fn write_tools(chat: &ChatRequest, names: &NameMap, body: &mut Map, losses: &mut Vec<Loss>) {
    if chat.tools.is_empty() {
        return;
    }
    match &chat.tool_choice {
        None | Some(ToolChoice::Auto) => {}
        Some(ToolChoice::None) => {
            losses.push(Loss::changed("tool_choice", "the tools are left out instead"));
            return;
        }
        Some(_) => losses.push(Loss::dropped("tool_choice")),
    }
    if chat.parallel_tool_calls == Some(false) {
        losses.push(Loss::dropped("parallel_tool_calls"));
    }
    let own = chat.from == ID;
    let mut tools = Vec::new();
    for (n, tool) in chat.tools.iter().enumerate() {
        match tool {
            Tool::Function(function) => tools.push(write_function(function, names, own, own)),
            Tool::Foreign(value) if own => tools.push(value.clone()),
            Tool::Foreign(_) => losses.push(Loss::dropped(format!("tools[{n}]"))),
        }
    }
    if !tools.is_empty() {
        body.insert("tools".into(), Value::Array(tools));
    }
}

fn write_sampling(chat: &ChatRequest, own: bool, body: &mut Map, losses: &mut Vec<Loss>) {
    let s = &chat.sampling;
    let mut options = Map::new();
    let fields = [
        ("num_predict", s.max_tokens.map(|n| json!(n))),
        ("temperature", s.temperature.map(|n| json!(n))),
        ("top_p", s.top_p.map(|n| json!(n))),
        ("top_k", s.top_k.map(|n| json!(n))),
        ("frequency_penalty", s.frequency_penalty.map(|n| json!(n))),
        ("presence_penalty", s.presence_penalty.map(|n| json!(n))),
        ("seed", s.seed.map(|n| json!(n))),
        ("stop", (!s.stop.is_empty()).then(|| json!(s.stop))),
    ];
    options.extend(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    if let Some(more) = chat.rest.get("options").and_then(Value::as_object).filter(|_| own) {
        for (key, value) in more {
            options.entry(key).or_insert_with(|| value.clone());
        }
    }
    if !options.is_empty() {
        body.insert("options".into(), Value::Object(options));
    }
    if let Some(on) = s.logprobs {
        body.insert("logprobs".into(), json!(on));
    }
    if let Some(n) = s.top_logprobs {
        body.insert("top_logprobs".into(), json!(n));
    }
    if s.choices.is_some_and(|n| n > 1) {
        losses.push(Loss::changed("n", "one answer is asked for"));
    }
}
