//! A JSON object that is being read: fields are taken out one by one, what is left over rides along. Errors name the
//! field by its path.

use serde_json::Value;
use wye_types::Map;

use crate::dialect::RequestError;

/// An object and where it stands in the body.
#[derive(Debug)]
pub(super) struct Fields {
    map: Map,
    path: String,
}

impl Fields {
    /// The body itself.
    pub(super) fn top(map: Map) -> Self {
        Self { map, path: String::new() }
    }

    /// An object at a path. `wanted` says what should stand there, if it is something else.
    pub(super) fn at(value: Value, path: impl Into<String>, wanted: &str) -> Result<Self, RequestError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            other => Err(wrong(&path, wanted, &other)),
        }
    }

    /// The path of one of the fields.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a field; `None` if it is absent or `null`.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.shift_remove(key).filter(|value| !value.is_null())
    }

    /// Puts back what was taken and does not fit.
    pub(super) fn put(&mut self, key: &str, value: Value) {
        self.map.insert(key.to_owned(), value);
    }

    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, RequestError> {
        self.typed(key, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    pub(super) fn boolean(&mut self, key: &str) -> Result<Option<bool>, RequestError> {
        self.typed(key, "true or false", |value| value.as_bool().ok_or(value))
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<f64>, RequestError> {
        self.typed(key, "a number", |value| value.as_f64().ok_or(value))
    }

    pub(super) fn count(&mut self, key: &str) -> Result<Option<u64>, RequestError> {
        self.typed(key, "a whole number, 0 or more", |value| value.as_u64().ok_or(value))
    }

    pub(super) fn small(&mut self, key: &str) -> Result<Option<u32>, RequestError> {
        self.typed(key, "a whole number, 0 or more", |value| {
            value.as_u64().and_then(|n| u32::try_from(n).ok()).ok_or(value)
        })
    }

    pub(super) fn integer(&mut self, key: &str) -> Result<Option<i64>, RequestError> {
        self.typed(key, "a whole number", |value| value.as_i64().ok_or(value))
    }

    pub(super) fn array(&mut self, key: &str) -> Result<Option<Vec<Value>>, RequestError> {
        self.typed(key, "an array", |value| match value {
            Value::Array(items) => Ok(items),
            other => Err(other),
        })
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>, RequestError> {
        let path = self.path_of(key);
        self.take(key).map(|value| Self::at(value, path, "an object")).transpose()
    }

    /// A string that must be there.
    pub(super) fn required(&mut self, key: &str, hint: &str) -> Result<String, RequestError> {
        self.string(key)?.ok_or_else(|| self.missing(key, hint))
    }

    /// The error for a field that must be there and is not.
    pub(super) fn missing(&self, key: &str, hint: &str) -> RequestError {
        let path = self.path_of(key);
        RequestError::field(path.clone(), format!("`{path}` is missing; {hint}"))
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
        read(value).map(Some).map_err(|value| wrong(&self.path_of(key), wanted, &value))
    }
}

/// The error for a value of the wrong type.
pub(super) fn wrong(path: &str, wanted: &str, value: &Value) -> RequestError {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a fraction",
        Value::Number(_) => "a number out of range",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let kind = if kind == "a number out of range" && !wanted.contains("number") { "a number" } else { kind };
    RequestError::field(path, format!("`{path}` must be {wanted}, not {kind}"))
}
