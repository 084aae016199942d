//! Looking into a JSON body: short ways to say what is there and what is not.

use serde_json::{Map, Value};

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// A field that is there and not null.
pub(super) fn given<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|v| !v.is_null())
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first key of an object that is not one of the allowed ones.
pub(super) fn stranger<'a>(object: &'a Value, allowed: &[&str]) -> Option<&'a str> {
    object.as_object().into_iter().flat_map(Map::keys).map(String::as_str).find(|k| !allowed.contains(k))
}

/// Whether a function name has only letters, digits, `_` and `-`, or `more`, and is no longer than `most`.
pub(super) fn is_name(name: &str, more: &str, most: usize) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || more.contains(c);
    !name.is_empty() && name.len() <= most && name.chars().all(legal)
}

/// The text of a content that is a string or a list of parts with `text`.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|p| text(p, "text")).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}
