//! `anthropic_messages`.

use serde_json::{Value, json};
use wye_types::Usage;

use super::{Vendor, as_it_is, number, same};

pub(super) const VENDOR: Option<&Vendor> = Some(&Vendor {
    request: plain_anthropic,
    response: as_it_is,
    last_usage,
    numbers,
    model: "claude-sonnet-4-5",
    turn_of: |answer| vec![json!({"role": "assistant", "content": answer["content"]})],
    conversation,
});

fn conversation(turns: Vec<Value>) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "q"})];
    messages.extend(turns);
    json!({"model": "m", "max_tokens": 9, "messages": messages})
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

fn last_usage(events: &[Value]) -> Value {
    let mut all = json!({});
    for usage in events.iter().flat_map(|chunk| [&chunk["message"]["usage"], &chunk["usage"]]) {
        for (key, value) in usage.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()) {
            all["usage"][key] = value.clone();
        }
    }
    all
}

fn numbers(body: &Value, usage: &Usage) -> Result<(), String> {
    let written = usage.cache_write.unwrap_or(0) + usage.cache_write_1h.unwrap_or(0);
    let n = |pointer| number(body, pointer);
    same(
        &(usage.input, usage.cache_read.unwrap_or(0), written, usage.output_total()),
        &(
            n("/usage/input_tokens"),
            n("/usage/cache_read_input_tokens"),
            n("/usage/cache_creation_input_tokens"),
            n("/usage/output_tokens"),
        ),
    )
}
