//! A JSON object that is being read: fields are taken out one by one, what is left over rides along. Errors name the
//! field by its path.

use serde_json::Value;
use wye_types::Map;

use crate::dialect::RequestError;

/// An object and where it stands in the body.
#[derive(Debug)]
pub(crate) struct Fields {
    map: Map,
    path: String,
}

impl Fields {
    /// The body itself.
    pub(crate) fn top(map: Map) -> Self {
        Self { map, path: String::new() }
    }

    /// An object at a path.
    pub(crate) fn of(value: Value, path: impl Into<String>) -> Result<Self, RequestError> {
        Self::at(value, path, "an object")
    }

    /// The same, with words for what should stand there.
    pub(crate) fn at(value: Value, path: impl Into<String>, wanted: &str) -> Result<Self, RequestError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            other => Err(wrong(&path, wanted, &other)),
        }
    }

    /// The path of one of the fields.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a field; `None` if it is absent or `null`.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.shift_remove(key).filter(|value| !value.is_null())
    }

    /// Puts back what was taken and does not fit.
    pub(crate) fn put(&mut self, key: &str, value: Value) {
        self.map.insert(key.to_owned(), value);
    }

    pub(crate) fn string(&mut self, key: &str) -> Result<Option<String>, RequestError> {
        self.typed(key, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    pub(crate) fn boolean(&mut self, key: &str) -> Result<Option<bool>, RequestError> {
        self.typed(key, "true or false", |value| value.as_bool().ok_or(value))
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, RequestError> {
        self.typed(key, "a number", |value| value.as_f64().ok_or(value))
    }

    pub(crate) fn count(&mut self, key: &str) -> Result<Option<u64>, RequestError> {
        self.typed(key, "a whole number, 0 or more", |value| value.as_u64().ok_or(value))
    }

    pub(crate) fn small(&mut self, key: &str) -> Result<Option<u32>, RequestError> {
        self.typed(key, "a whole number, 0 or more", |value| {
            value.as_u64().and_then(|n| u32::try_from(n).ok()).ok_or(value)
        })
    }

    pub(crate) fn integer(&mut self, key: &str) -> Result<Option<i64>, RequestError> {
        self.typed(key, "a whole number", |value| value.as_i64().ok_or(value))
    }

    pub(crate) fn array(&mut self, key: &str) -> Result<Option<Vec<Value>>, RequestError> {
        self.typed(key, "an array", |value| match value {
            Value::Array(items) => Ok(items),
            other => Err(other),
        })
    }

    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Self>, RequestError> {
        let path = self.path_of(key);
        self.take(key).map(|value| Self::at(value, path, "an object")).transpose()
    }

    /// A string that must be there.
    pub(crate) fn required(&mut self, key: &str, hint: &str) -> Result<String, RequestError> {
        self.string(key)?.ok_or_else(|| self.missing(key, hint))
    }

    /// A string that must be there and needs no hint.
    pub(crate) fn need_string(&mut self, key: &str) -> Result<String, RequestError> {
        self.required(key, "send a string")
    }

    /// The error for a field that must be there and is not.
    pub(crate) fn missing(&self, key: &str, hint: &str) -> RequestError {
        missing(&self.path_of(key), hint)
    }

    /// Puts back what a sub-object had left over.
    pub(crate) fn keep(&mut self, key: &str, left: Map) {
        if !left.is_empty() {
            self.map.insert(key.to_owned(), Value::Object(left));
        }
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Map {
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

/// The error for a field that must be there and is not.
pub(crate) fn missing(path: &str, hint: &str) -> RequestError {
    RequestError::field(path, format!("`{path}` is missing; {hint}"))
}

/// The error for a value of the wrong type.
pub(crate) fn wrong(path: &str, wanted: &str, value: &Value) -> RequestError {
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

/// Adds what is not there yet, at every depth: what a reader left over goes back beside what the writer wrote.
pub(crate) fn merge(into: &mut Map, left: &Map) {
    for (key, value) in left {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(left)) => merge(into, left),
            (Some(_), _) => {}
            (None, _) => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A whole number, which may be written as a fraction: `64.0`.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and small enough to be exact"
    )]
    let of_fraction = || {
        let n = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..9e15).contains(n))?;
        Some(n as u64)
    };
    value.as_u64().or_else(of_fraction)
}
