//! `gemini`.

use serde_json::{Value, json};
use wye_types::Usage;

use super::{Vendor, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request,
    response,
    last_usage,
    numbers,
    model: "gemini-2.5-flash",
    turn_of: |answer| vec![answer["candidates"][0]["content"].clone()],
    conversation,
});

fn conversation(turns: Vec<Value>) -> Value {
    let mut contents = vec![json!({"role": "user", "parts": [{"text": "q"}]})];
    contents.extend(turns);
    json!({"contents": contents})
}

/// A request whose tokens are counted may stand in `generateContentRequest`, which names its model, or bare.
fn request(value: &mut Value) {
    if let Some(Value::Object(mut inner)) = value.get_mut("generateContentRequest").map(Value::take) {
        inner.remove("model");
        *value = Value::Object(inner);
    }
    plain_gemini(value);
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

fn response(body: &mut Value) {
    plain_gemini(body);
    for candidate in body["candidates"].as_array_mut().into_iter().flatten() {
        if candidate["content"].is_null() {
            candidate["content"] = json!({});
        }
        candidate["content"]["role"] = json!("model");
    }
}

fn last_usage(events: &[Value]) -> Value {
    let last = events.iter().rev().map(|chunk| &chunk["usageMetadata"]).find(|usage| usage.is_object());
    json!({"usageMetadata": last})
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    same(&usage.total(), &number(body, "/usageMetadata/totalTokenCount"))
}
