//! `openai_responses`.

use serde_json::{Value, json};
use wye_types::Usage;
use wye_types::chat::ChatRequest;

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request,
    response,
    last_usage,
    numbers,
    model: "gpt-5",
    turn_of: |answer| answer["output"].as_array().cloned().unwrap_or_default(),
    conversation,
});

/// What the dialect makes of a request: it has no stop texts, and refuses limits under 16.
pub(super) fn expected(chat: &mut ChatRequest) {
    chat.sampling.stop.clear();
    chat.sampling.max_tokens = chat.sampling.max_tokens.map(|limit| limit.max(16));
}

fn conversation(turns: Vec<Value>) -> Value {
    let mut input = vec![json!({"role": "user", "content": "q"})];
    input.extend(turns);
    json!({"model": "m", "input": input})
}

/// A text for `input` is a user's message, a lone text part may be a string, defaults need not be said.
fn request(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    if let Some(text) = top.get("input").filter(|input| input.is_string()).cloned() {
        top.insert("input".into(), json!([{"role": "user", "content": text}]));
    }
    if top.get("text").is_some_and(|text| text["format"]["type"] == "text") {
        top["text"].as_object_mut().unwrap().remove("format");
    }
    for (key, default) in [("stream", json!(false)), ("tools", json!([])), ("text", json!({}))] {
        if top.get(key) == Some(&default) {
            top.remove(key);
        }
    }
    for item in top.get_mut("input").and_then(Value::as_array_mut).into_iter().flatten() {
        for key in ["content", "output"] {
            let lone = match item[key].as_array().map(Vec::as_slice) {
                Some([part]) if part.as_object().is_some_and(|p| p.len() == 2) => part.get("text").cloned(),
                _ => None,
            };
            if let Some(text) = lone.filter(|_| item["type"] != "reasoning") {
                item[key] = text;
            }
        }
        if let Some(item) = item.as_object_mut() {
            item.retain(|_, value| !value.is_null());
        }
    }
}

/// What the writer says where the provider said nothing, because clients with strict types want it.
fn response(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    // Usage is compared by its numbers.
    top.remove("usage");
    let defaults = [
        ("object", json!("response")),
        ("background", json!(false)),
        ("frequency_penalty", json!(0.0)),
        ("presence_penalty", json!(0.0)),
        ("reasoning", json!({})),
        ("service_tier", json!("default")),
        ("store", json!(false)),
        ("text", json!({"format": {"type": "text"}})),
        ("top_logprobs", json!(0.0)),
        ("truncation", json!("disabled")),
        ("completed_at", top.get("created_at").cloned().unwrap_or_default()),
    ];
    for (key, default) in defaults {
        if top.get(key) == Some(&default) {
            top.remove(key);
        }
    }
    for item in top.get_mut("output").and_then(Value::as_array_mut).into_iter().flatten() {
        for part in item.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            part.as_object_mut().unwrap().retain(|_, value| *value != json!([]));
        }
    }
}

/// The first event with counts ends the answer.
fn last_usage(events: &[Value]) -> Value {
    let usage = events.iter().map(|event| &event["response"]["usage"]).find(|usage| usage.is_object());
    json!({"usage": usage})
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let n = |pointer| number(body, pointer);
    let (input, output) = (n("/usage/input_tokens"), n("/usage/output_tokens"));
    let cached = n("/usage/input_tokens_details/cached_tokens");
    let written = n("/usage/input_tokens_details/cache_write_tokens");
    let thought = n("/usage/output_tokens_details/reasoning_tokens");
    // A total that holds more than input and output tells that reasoning was left out of the latter.
    let total = n("/usage/total_tokens").max(input + output);
    same(&(usage.prompt_total(), usage.output_total()), &(input, total - input))?;
    same(
        &(usage.cache_read.unwrap_or(0), usage.cache_write.unwrap_or(0), usage.reasoning.unwrap_or(0)),
        &(cached, written, thought),
    )
}
