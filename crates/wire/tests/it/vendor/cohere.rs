//! `cohere`.

use serde_json::{Value, json};
use wye_types::Usage;
use wye_types::chat::{ChatRequest, Tool, ToolChoice};

use super::{Vendor, as_it_is, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request: plain_request,
    response: as_it_is,
    last_usage,
    numbers,
    model: "command-a-plus-05-2026",
    turn_of: |answer| vec![answer["message"].clone()],
    conversation,
});

/// There is no word for "call this one": it is the only one left, and a call is demanded.
pub(super) fn expected(chat: &mut ChatRequest) {
    let Some(ToolChoice::Named(name)) = &chat.tool_choice else { return };
    chat.tools.retain(|tool| matches!(tool, Tool::Function(function) if function.name == *name));
    chat.tool_choice = Some(ToolChoice::Required);
}

fn conversation(turns: Vec<Value>) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "q"})];
    messages.extend(turns);
    json!({"model": "m", "messages": messages})
}

/// A lone text part may be a string; not to stream is the default.
fn plain_request(value: &mut Value) {
    let Some(top) = value.as_object_mut() else { return };
    top.entry("stream").or_insert(json!(false));
    for message in top.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten() {
        let lone = match message["content"].as_array().map(Vec::as_slice) {
            Some([part])
                if part["type"] == "text" && part.as_object().is_some_and(|part| part.len() == 2) =>
            {
                Some(part["text"].clone())
            }
            _ => None,
        };
        if let Some(text) = lone {
            message["content"] = text;
        }
    }
}

fn last_usage(events: &[Value]) -> Value {
    let counts = events.iter().rev().map(|event| &event["delta"]["usage"]).find(|usage| usage.is_object());
    json!({ "usage": counts })
}

/// Images stand beside the input, what was cached inside.
fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let tokens = |key: &str| number(body, &format!("/usage/tokens/{key}"));
    same(
        &(
            usage.prompt_total(),
            usage.cache_read.unwrap_or(0),
            usage.output_total(),
            usage.reasoning.unwrap_or(0),
        ),
        &(
            tokens("input_tokens") + tokens("image_tokens"),
            number(body, "/usage/cached_tokens"),
            tokens("output_tokens"),
            tokens("reasoning_tokens"),
        ),
    )
}
