//! Reads a JSON object field by field, remembering where it stands, so that every error names its field.
//!
//! Google's API takes every field in two spellings (`inlineData` and `inline_data`) and `null` for absent; so do we.

use serde_json::Value;
use wye_types::Map;

use crate::dialect::RequestError;
use crate::scan::kind_of;

/// An object whose fields are taken out one by one; what is left is what nobody named.
pub(super) struct Fields {
    map: Map,
    path: String,
}

impl Fields {
    pub(super) fn new(map: Map, path: impl Into<String>) -> Self {
        Self { map, path: path.into() }
    }

    /// The object at `path`.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn of(value: Value, path: &str) -> Result<Self, RequestError> {
        match value {
            Value::Object(map) => Ok(Self::new(map, path)),
            other => Err(wrong(path, "an object", &other)),
        }
    }

    /// Where a field of this object stands.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        [key, &snake(key)].into_iter().any(|k| self.map.get(k).is_some_and(|v| !v.is_null()))
    }

    /// Whether there are fields besides the named ones.
    pub(super) fn has_beside(&self, keys: &[&str]) -> bool {
        self.map.iter().any(|(k, v)| !v.is_null() && !keys.iter().any(|key| k == key || *k == snake(key)))
    }

    /// [`one_spelling`] of the fields that nobody took yet.
    pub(super) fn spelt_once(&self) -> Result<(), RequestError> {
        let said = self.map.iter().filter(|(_, value)| !value.is_null());
        one_spelling(said.map(|(key, _)| key.as_str()), &self.path)
    }

    /// Takes a field in either spelling; `null` counts as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let camel = self.map.shift_remove(key).filter(|v| !v.is_null());
        let snake = self.map.shift_remove(&snake(key)).filter(|v| !v.is_null());
        camel.or(snake)
    }

    pub(super) fn string(&mut self, key: &str) -> Result<Option<String>, RequestError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.at(key), "a string", &other)),
        }
    }

    pub(super) fn boolean(&mut self, key: &str) -> Result<Option<bool>, RequestError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(b)),
            Some(other) => Err(wrong(&self.at(key), "a boolean", &other)),
        }
    }

    pub(super) fn float(&mut self, key: &str) -> Result<Option<f64>, RequestError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        value.as_f64().map(Some).ok_or_else(|| wrong(&self.at(key), "a number", &value))
    }

    /// A whole number; `40.0` and `"40"` are 40, as Google reads them.
    pub(super) fn integer(&mut self, key: &str) -> Result<Option<i64>, RequestError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        as_integer(&value).map(Some).ok_or_else(|| wrong(&self.at(key), "a whole number", &value))
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, key: &str) -> Result<Option<u64>, RequestError> {
        let Some(number) = self.integer(key)? else { return Ok(None) };
        u64::try_from(number).map(Some).map_err(|_| {
            RequestError::field(
                self.at(key),
                format!("`{}` must not be negative, but is {number}", self.at(key)),
            )
        })
    }

    pub(super) fn array(&mut self, key: &str) -> Result<Option<Vec<Value>>, RequestError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(wrong(&self.at(key), "an array", &other)),
        }
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>, RequestError> {
        let path = self.at(key);
        self.take(key).map(|value| Self::of(value, &path)).transpose()
    }

    /// What nobody took, without `null`s.
    pub(super) fn rest(self) -> Map {
        self.map.into_iter().filter(|(_, v)| !v.is_null()).collect()
    }
}

/// The error for a value of the wrong type.
pub(super) fn wrong(path: &str, wanted: &str, got: &Value) -> RequestError {
    let got = kind_of(got.to_string().as_bytes());
    RequestError::field(path, format!("`{path}` must be {wanted}, not {got}"))
}

fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| {
            let float = n.as_f64()?;
            // Beyond 2^53 a float no longer says which whole number is meant.
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small enough")]
            (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Refuses an object that says a field in both spellings: which of them Google takes is not known, so that a limit or the
/// operator's instructions could stand in the one that it does not. `said` are its fields that are not `null`.
pub(super) fn one_spelling<'k>(
    said: impl Iterator<Item = &'k str> + Clone,
    path: &str,
) -> Result<(), RequestError> {
    let dot = if path.is_empty() { "" } else { "." };
    for key in said.clone().filter(|key| key.contains('_')) {
        let known = camel(key);
        if said.clone().any(|other| other == known) {
            let message =
                format!("`{path}{dot}{known}` and `{path}{dot}{key}` are the same field; send one of them");
            return Err(RequestError::field(format!("{path}{dot}{key}"), message));
        }
    }
    Ok(())
}

/// `inline_data` as `inlineData`.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// `inlineData` as `inline_data`.
fn snake(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
