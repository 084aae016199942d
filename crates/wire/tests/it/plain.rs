//! What means the same in a dialect is made the same, so that recordings can be compared with what we write.

use serde_json::{Value, json};
use wye_types::{DialectId, Map};

/// Leaves out what means nothing: nulls, and how a number is spelt.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(String, Value)> =
                map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, plain(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Value::Number(n) => json!(n.as_f64()),
        other => other,
    }
}

/// A request without what its dialect documents as the same.
pub(crate) fn plain_request(id: DialectId, body: Value) -> Value {
    let mut body = plain(body);
    match id {
        DialectId::OpenAiChat => plain_openai_request(&mut body),
        DialectId::AnthropicMessages => plain_anthropic(&mut body),
        DialectId::Gemini => plain_gemini(&mut body),
    }
    plain(body)
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

/// A lone text part may be a string; five minutes are a cache's default; `output_format` is the older place.
fn plain_anthropic(value: &mut Value) {
    if let Some(top) = value.as_object_mut() {
        for (key, default) in [("stream", json!(false)), ("tools", json!([]))] {
            if top.get(key) == Some(&default) {
                top.remove(key);
            }
        }
        if let Some(format) = top.remove("output_format") {
            top.entry("output_config").or_insert_with(|| json!({}))["format"] = format;
        }
    }
    plain_anthropic_content(value);
}

fn plain_anthropic_content(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("cache_control").is_some_and(|c| c["ttl"] == "5m") {
                map.insert("cache_control".into(), json!({"type": "ephemeral"}));
            }
            map.values_mut().for_each(plain_anthropic_content);
            for key in ["content", "system"] {
                let lone = match map.get(key).and_then(Value::as_array).map(Vec::as_slice) {
                    Some([part])
                        if part["type"] == "text" && part.as_object().is_some_and(|p| p.len() == 2) =>
                    {
                        Some(part["text"].clone())
                    }
                    _ => None,
                };
                if let Some(text) = lone {
                    map.insert(key.to_owned(), text);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_anthropic_content),
        _ => {}
    }
}

/// Keys may be written in snake case, enumerations and types in any case; what is empty or the default may be left out.
fn plain_gemini(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let fields = std::mem::take(map);
            for (key, mut value) in fields {
                plain_gemini(&mut value);
                let default = match key.as_str() {
                    "thought" => value == false,
                    "generationConfig" | "content" => value == json!({}),
                    "index" => value == 0.0,
                    _ => false,
                };
                let key = if key == "responseSchema" { "responseJsonSchema".to_owned() } else { camel(&key) };
                if let (true, Some(text)) = (matches!(key.as_str(), "type" | "mode"), value.as_str()) {
                    value = json!(text.to_ascii_lowercase());
                }
                if !default {
                    map.insert(key, value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_gemini),
        _ => {}
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or("").to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
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

/// An answer without what its dialect documents as the same.
pub(crate) fn plain_response(id: DialectId, body: Value) -> Value {
    let mut body = plain(body);
    if id == DialectId::Gemini {
        plain_gemini(&mut body);
        for candidate in body["candidates"].as_array_mut().into_iter().flatten() {
            if candidate["content"].is_null() {
                candidate["content"] = json!({});
            }
            candidate["content"]["role"] = json!("model");
        }
    }
    if id != DialectId::OpenAiChat {
        return plain(body);
    }
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
    plain(body)
}
