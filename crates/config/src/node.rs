//! The tree that every format is read into: values with the place where they stand.

use std::collections::HashMap;

use serde_json::{Number, Value as Json};

use crate::{Format, Problem, quantity};

mod json;
mod toml;
mod yaml;

/// Nesting beyond which a file is refused; real ones need six.
pub(crate) const MAX_DEPTH: usize = 32;

/// Characters that a name has at most.
pub(crate) const MAX_NAME: usize = 128;
/// Characters that a tag has at most.
pub(crate) const MAX_TAG: usize = 64;

/// A place in the text, both from 1, the column in characters; both 0 for what comes from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
    /// Where items stand, which have no text.
    pub(crate) const ITEM: Self = Self { line: 0, column: 0 };

    pub(crate) fn problem(self, path: &str, message: impl Into<String>) -> Problem {
        let (path, message) = (one_line(path), one_line(&message.into()));
        Problem { path, line: self.line, column: self.column, message }
    }
}

/// What people wrote is shown in logs and terminals, so its control characters are spelled out.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_debug()) } else { out.push(c) }
    }
    out
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
    /// Whether part of it came from the environment, so that it must not be shown.
    pub(crate) from_env: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Something was wrong with it and has been reported; nothing more is said about it.
    Broken,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(value: Value, place: Place) -> Self {
        Self { value, place, from_env: false }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|e| e.key == key).map(|e| &e.node)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub(crate) fn whole(&self) -> Option<u64> {
        match &self.value {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(crate) fn float(&self) -> Option<f64> {
        match &self.value {
            Value::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&self) -> Option<f64> {
        self.float().filter(|n| (0.0..=1.0).contains(n))
    }

    /// An amount of dollars, times ten to the power of `decimals`.
    pub(crate) fn dollars(&self, decimals: u32) -> Option<u64> {
        match &self.value {
            Value::Number(number) => match number.as_u64() {
                Some(whole) => whole.checked_mul(10_u64.checked_pow(decimals)?),
                None => quantity::decimal_of(number.as_f64()?, decimals),
            },
            Value::Text(text) => quantity::decimal(text, decimals),
            _ => None,
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.value, Value::Broken)
    }

    pub(crate) fn json(&self) -> Json {
        match &self.value {
            Value::Null | Value::Broken => Json::Null,
            Value::Flag(flag) => Json::Bool(*flag),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Table(entries) => entries.iter().map(|e| (e.key.clone(), e.node.json())).collect(),
        }
    }

    /// What it is, for a message; never what came from the environment.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Null | Value::Broken => "nothing".into(),
            Value::List(_) => "a list".into(),
            Value::Table(_) => "a table".into(),
            _ if self.from_env => "a value from the environment that does not fit".into(),
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) if text.chars().count() > 60 => {
                format!("\"{}…\"", text.chars().take(60).collect::<String>())
            }
            Value::Text(text) => format!("\"{text}\""),
        }
    }
}

/// Reads a text. What could be read comes with what was wrong; `None` if nothing could.
pub(crate) fn read(text: &str, format: Format) -> (Option<Node>, Vec<Problem>) {
    let mut problems = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = match format {
        Format::Yaml => yaml::read(text, &mut problems),
        Format::Toml => toml::read(text, &mut problems),
        Format::Json => json::read(text, &mut problems),
    };
    (tree, problems)
}

/// The path of a key below another.
pub(crate) fn join(path: &str, key: &str) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || ".[\"".contains(c);
    let key = match key.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{:?}…", key.get(..end).unwrap_or("")),
        None if key.is_empty() || key.contains(odd) => format!("{key:?}"),
        None => key.to_owned(),
    };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// Whether YAML reads a word without quotes as that text.
pub(crate) fn reads_as_text(word: &str) -> bool {
    matches!(yaml::plain_scalar(word), Value::Text(_))
}

/// The entries of a table that is being read.
#[derive(Default)]
struct Adding {
    entries: Vec<Entry>,
    /// The lines of their keys. Somebody may send a table with a million of them.
    lines: HashMap<String, usize>,
}

impl Adding {
    /// Adds an entry unless its key already stands in the table, which is reported.
    fn add(&mut self, entry: Entry, path: &str, problems: &mut Vec<Problem>) {
        if let Some(line) = self.lines.get(&entry.key) {
            let message = format!("this key already stands in line {line}; keep one of them");
            problems.push(entry.place.problem(&join(path, &entry.key), message));
        } else {
            self.lines.insert(entry.key.clone(), entry.place.line);
            self.entries.push(entry);
        }
    }
}
