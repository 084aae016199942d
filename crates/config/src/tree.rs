//! Any text in one of the formats as a tree of values with their lines, for who reads configuration that is not ours:
//! what is said of it then names the same places as what is said of our own.

use serde_json::{Number, Value as Json};

use crate::node::{self, Node, Value};
use crate::{Format, Problem};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The value.
    pub value: Content,
    /// The line, from 1.
    pub line: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing.
    Null,
    /// True or false.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Keys and their values, in the order of the text; no key twice.
    Table(Vec<(String, Tree)>),
}

/// Reads a text, whatever it means.
///
/// # Errors
/// What is wrong with its form: syntax, keys that stand twice, nesting without end.
pub fn tree(text: &str, format: Format) -> Result<Tree, Vec<Problem>> {
    match node::read(text, format) {
        (Some(root), problems) if problems.is_empty() => Ok(Tree::of(root)),
        (_, problems) => Err(problems),
    }
}

impl Tree {
    fn of(node: Node) -> Self {
        let value = match node.value {
            Value::Null | Value::Broken => Content::Null,
            Value::Flag(flag) => Content::Flag(flag),
            Value::Number(number) => Content::Number(number),
            Value::Text(text) => Content::Text(text),
            Value::List(items) => Content::List(items.into_iter().map(Self::of).collect()),
            Value::Table(entries) => {
                Content::Table(entries.into_iter().map(|entry| (entry.key, Self::of(entry.node))).collect())
            }
        };
        Self { value, line: node.place.line }
    }

    /// The value without its places.
    #[must_use]
    pub fn json(&self) -> Json {
        match &self.value {
            Content::Null => Json::Null,
            Content::Flag(flag) => Json::Bool(*flag),
            Content::Number(number) => Json::Number(number.clone()),
            Content::Text(text) => Json::String(text.clone()),
            Content::List(items) => items.iter().map(Self::json).collect(),
            Content::Table(entries) => {
                entries.iter().map(|(key, value)| (key.clone(), value.json())).collect()
            }
        }
    }
}
