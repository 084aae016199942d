//! An object of a body, taken apart field by field; what is left over rides along.

use serde_json::Value;
use wye_types::Map;

use crate::dialect::RequestError;

/// An object and where it stands in the body.
pub(super) struct Fields {
    path: String,
    map: Map,
}

impl Fields {
    /// Takes the value apart.
    pub(super) fn of(value: Value, path: impl Into<String>) -> Result<Self, RequestError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            other => Err(wrong(&path, "an object", &other)),
        }
    }

    /// The path of one of its fields.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a field; `null` counts as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.shift_remove(key).filter(|value| !value.is_null())
    }

    /// A field that may be absent, as a text.
    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, RequestError> {
        self.typed(key, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    /// A field that must be there, as a text.
    pub(super) fn need_string(&mut self, key: &str) -> Result<String, RequestError> {
        let path = self.at(key);
        self.string(key)?.ok_or_else(|| missing(&path, "a string"))
    }

    /// A field that may be absent, as true or false.
    pub(super) fn boolean(&mut self, key: &str) -> Result<Option<bool>, RequestError> {
        self.typed(key, "true or false", |value| value.as_bool().ok_or(value))
    }

    /// A field that may be absent, as a number.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<f64>, RequestError> {
        self.typed(key, "a number", |value| value.as_f64().ok_or(value))
    }

    /// A field that may be absent, as a count.
    pub(super) fn count(&mut self, key: &str) -> Result<Option<u64>, RequestError> {
        self.typed(key, "a whole number, zero or more", |value| value.as_u64().ok_or(value))
    }

    /// A field that may be absent, as an array.
    pub(super) fn array(&mut self, key: &str) -> Result<Option<Vec<Value>>, RequestError> {
        self.typed(key, "an array", |value| match value {
            Value::Array(items) => Ok(items),
            other => Err(other),
        })
    }

    /// A field that may be absent, as an object.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>, RequestError> {
        let path = self.at(key);
        self.take(key).map(|value| Self::of(value, path)).transpose()
    }

    /// Puts back what a sub-object had left over.
    pub(super) fn keep(&mut self, key: &str, left: Map) {
        if !left.is_empty() {
            self.map.insert(key.to_owned(), Value::Object(left));
        }
    }

    /// What was not taken.
    pub(super) fn rest(self) -> Map {
        self.map
    }

    fn typed<T>(
        &mut self,
        key: &str,
        wanted: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Result<Option<T>, RequestError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        read(value).map(Some).map_err(|other| wrong(&self.at(key), wanted, &other))
    }
}

/// A field of the wrong type.
pub(super) fn wrong(path: &str, wanted: &str, got: &Value) -> RequestError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    RequestError::field(path, format!("`{path}` must be {wanted}, not {got}"))
}

/// A field that is not there.
pub(super) fn missing(path: &str, wanted: &str) -> RequestError {
    RequestError::field(path, format!("`{path}` is missing; send {wanted}"))
}
