//! Trees as bytes. Not through `to_string`: the formatter that stands between a tree and its text costs as much again as
//! the writing, and most of what is translated is written so.

use serde_json::Value;
use wye_types::Map;

/// An object as JSON.
pub(crate) fn object(object: Map) -> Vec<u8> {
    value(&Value::Object(object))
}

/// A value as JSON. It has no key that is not a text and no number that is none, so that it can always be written.
pub(crate) fn value(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
