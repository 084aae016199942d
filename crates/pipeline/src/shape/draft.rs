//! A body that is being changed: the client's bytes and what will be different, seen as one.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;
use wye_types::{DialectId, Map};
use wye_wire::patch::Patch;
use wye_wire::scan::TopLevel;

/// A body that is being changed.
pub(crate) struct Draft<'a> {
    top: &'a TopLevel,
    body: &'a [u8],
    patch: Patch,
    /// Whether names may also be written with underscores: Google takes `generation_config` for `generationConfig`.
    folds: bool,
}

impl<'a> Draft<'a> {
    /// A body as it is. `top` is its scan.
    pub(crate) const fn new(top: &'a TopLevel, body: &'a [u8], patch: Patch) -> Self {
        Self { top, body, patch, folds: false }
    }

    /// The same, of a dialect.
    pub(crate) fn of(top: &'a TopLevel, body: &'a [u8], dialect: DialectId) -> Self {
        Self { folds: dialect == DialectId::Gemini, ..Self::new(top, body, Patch::new()) }
    }

    /// A top-level field as it will be, `null` included.
    pub(crate) fn raw(&self, key: &str) -> Option<&[u8]> {
        match self.patch.of(key) {
            Some(json) => json.map(str::as_bytes),
            None => self.body.get(self.top.span(key)?),
        }
    }

    /// A top-level field read as JSON; `None` also if it is `null`.
    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        let value: Value = serde_json::from_slice(self.raw(key)?).ok()?;
        (!value.is_null()).then_some(value)
    }

    /// A list without looking into its entries.
    pub(crate) fn list(&self, key: &str) -> Option<Vec<&RawValue>> {
        serde_json::from_slice(self.raw(key)?).ok()
    }

    /// Whether the client said something of a top-level field, be it under a name that was changed since.
    fn says(&self, key: &str) -> bool {
        self.patch.of(key).is_some() || self.top.raw(self.body, key).is_some()
    }

    /// Sets a top-level field to a JSON text.
    pub(crate) fn set(&mut self, key: &str, json: impl Into<String>) {
        self.patch.set(key, json);
    }

    /// Leaves a top-level field out.
    pub(crate) fn remove(&mut self, key: &str) {
        self.patch.remove(key);
    }

    /// The name under which a top-level field stands there, or will.
    pub(crate) fn name<'k>(&self, key: &'k str) -> Cow<'k, str> {
        let other = self.folds.then(|| snake(key)).filter(|other| self.raw(other).is_some());
        other.filter(|_| self.raw(key).is_none()).map_or(Cow::Borrowed(key), Cow::Owned)
    }

    /// What stands at a path; `None` also if that is `null`.
    pub(crate) fn at(&self, path: &[String]) -> Option<Value> {
        let (first, inner) = path.split_first()?;
        let mut value = self.value(&self.name(first))?;
        for key in inner {
            let Value::Object(map) = &mut value else { return None };
            let key = self.inner(map, key);
            value = map.get_mut(key.as_ref()).map(Value::take)?;
        }
        (!value.is_null()).then_some(value)
    }

    /// Whether something is said at a path.
    pub(crate) fn has(&self, path: &[String]) -> bool {
        match path {
            [key] => self.says(&self.name(key)),
            _ => self.at(path).is_some(),
        }
    }

    /// Writes a value at a path; `None` leaves out what stands there. Where something else than an object is on the way
    /// it stays: the provider has the better words for what is wrong with it.
    pub(crate) fn put(&mut self, path: &[String], value: Option<&Value>) {
        let Some((first, inner)) = path.split_first() else { return };
        let first = self.name(first);
        if inner.is_empty() {
            match value {
                Some(value) => self.set(&first, value.to_string()),
                None => self.remove(&first),
            }
            return;
        }
        let mut whole = match self.value(&first) {
            Some(whole) => whole,
            None if value.is_none() => return,
            None => Value::Object(Map::new()),
        };
        if self.put_within(&mut whole, inner, value) {
            self.set(&first, whole.to_string());
        }
    }

    fn put_within(&self, whole: &mut Value, path: &[String], value: Option<&Value>) -> bool {
        let (Value::Object(map), Some((key, inner))) = (whole, path.split_first()) else { return false };
        let key = self.inner(map, key).into_owned();
        match (inner.is_empty(), value) {
            (true, Some(value)) => {
                map.insert(key, value.clone());
                true
            }
            (true, None) => map.shift_remove(&key).is_some(),
            (false, Some(_)) => {
                let below = map.entry(key).or_insert(Value::Null);
                if below.is_null() {
                    *below = Value::Object(Map::new());
                }
                self.put_within(below, inner, value)
            }
            (false, None) => map.get_mut(&key).is_some_and(|below| self.put_within(below, inner, value)),
        }
    }

    fn inner<'k>(&self, map: &Map, key: &'k str) -> Cow<'k, str> {
        let other = self.folds.then(|| snake(key)).filter(|other| map.contains_key(other));
        other.filter(|_| !map.contains_key(key)).map_or(Cow::Borrowed(key), Cow::Owned)
    }

    /// What will be different.
    pub(crate) fn into_patch(self) -> Patch {
        self.patch
    }
}

/// `generation_config` for `generationConfig`.
fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
