//! `openai_chat`.

use serde_json::{Value, json};
use wye_types::{Map, Usage};

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request: plain_openai_request,
    response,
    last_usage,
    numbers,
    model: "gpt-5",
    turn_of: |answer| vec![answer["choices"][0]["message"].clone()],
    conversation,
});

fn conversation(turns: Vec<Value>) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "q"})];
    messages.extend(turns);
    json!({"model": "m", "messages": messages})
}

/// The normalisations that `openai_chat` documents.
fn plain_openai_request(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    if let Some(n) = top.remove("max_completion_tokens") {
        top.insert("max_tokens".into(), n);
    }
    if top.get("stop").is_some_and(Value::is_string) {
        let stop = top.remove("stop");
        top.insert("stop".into(), json!([stop]));
    }
    for (key, default) in
        [("stream", json!(false)), ("response_format", json!({"type": "text"})), ("tools", json!([]))]
    {
        if top.get(key) == Some(&default) {
            top.remove(key);
        }
    }
    top.remove("stream_options");
    match top.get_mut("tool_choice") {
        Some(choice) if *choice == "any" => *choice = json!("required"),
        Some(Value::Object(choice)) => {
            choice.insert("type".into(), json!("function"));
        }
        _ => {}
    }
    for tool in top.get_mut("tools").and_then(Value::as_array_mut).into_iter().flatten() {
        if tool["function"].is_object() {
            tool["type"] = json!("function");
        }
        if tool["cache_control"]["ttl"] == "5m" {
            tool["cache_control"] = json!({"type": "ephemeral"});
        }
    }
    for message in top.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten() {
        plain_openai_message(message.as_object_mut().unwrap());
    }
}

/// The normalisations of answers.
fn response(body: &mut Value) {
    let top = body.as_object_mut().unwrap();
    // Usage is compared by its numbers.
    top.remove("usage");
    top.insert("object".into(), json!("chat.completion"));
    for choice in top.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten() {
        let message = choice["message"].as_object_mut().unwrap();
        message.insert("role".into(), json!("assistant"));
        plain_openai_message(message);
        let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
        let called = calls.as_ref().is_some_and(|calls| !calls.is_empty());
        for call in calls.into_iter().flatten() {
            let call = call.as_object_mut().unwrap();
            call.remove("index");
            if call.get("id").is_some_and(|id| id == "") {
                call.remove("id");
            }
        }
        if called && choice["finish_reason"] == "stop" {
            choice["finish_reason"] = json!("tool_calls");
        }
    }
}

fn plain_openai_message(message: &mut Map) {
    if let Some(Value::Array(parts)) = message.get_mut("content") {
        for part in parts.iter_mut() {
            for key in ["image_url", "document_url"] {
                if let Some(url) =
                    part["type"].as_str().filter(|t| *t == key).and_then(|_| part[key].as_str())
                {
                    part[key] = json!({"url": url});
                }
            }
            if part["cache_control"]["ttl"] == "5m" {
                part["cache_control"] = json!({"type": "ephemeral"});
            }
            if let Some(object) = part.as_object_mut() {
                object.retain(|_, v| !v.is_null());
            }
        }
        let lone = match parts.as_slice() {
            [part] if part["type"] == "text" && part.as_object().is_some_and(|p| p.len() == 2) => {
                Some(part["text"].clone())
            }
            _ => None,
        };
        if let Some(text) = lone {
            message.insert("content".into(), text);
        }
    }
    for key in ["content", "tool_calls"] {
        if message.get(key).is_some_and(|c| *c == json!("") || *c == json!([])) {
            message.remove(key);
        }
    }
    // Thoughts stand under several names, and twice where details are given.
    if let Some(text) = message.remove("reasoning") {
        message.entry("reasoning_content").or_insert(text);
    }
    if message.contains_key("reasoning_details") {
        message.remove("reasoning_content");
    }
    for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
        if call["function"]["arguments"] == "" {
            call["function"]["arguments"] = json!("{}");
        }
    }
}

fn last_usage(events: &[Value]) -> Value {
    let mut all = json!({});
    for usage in events.iter().flat_map(|chunk| [&chunk["usage"], &chunk["x_groq"]["usage"]]) {
        if usage.is_object() {
            all["usage"] = usage.clone();
        }
    }
    all
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let base = if body["usage"].is_object() { "/usage" } else { "/x_groq/usage" };
    let get = |key: &str| number(body, &format!("{base}/{key}"));
    let (prompt, completion, total) = (get("prompt_tokens"), get("completion_tokens"), get("total_tokens"));
    // Where the total holds more than prompt and completion, reasoning was left out of the latter.
    let output = if total > prompt + completion { total - prompt } else { completion };
    same(&(usage.prompt_total(), usage.output_total()), &(prompt, output))
}
