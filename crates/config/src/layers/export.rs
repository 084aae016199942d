//! Items as a file: YAML that reads back as the very same items.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{Items, SECTIONS};
use crate::node::reads_as_text;

/// Writes items as YAML in the shape of the file.
#[must_use]
pub fn export(items: &Items) -> String {
    let mut out = String::new();
    for ((_, name), body) in items.iter().filter(|((kind, _), _)| kind == "setting") {
        entry(&mut out, 0, name, body);
    }
    for (of, section) in SECTIONS {
        let mut items = items.iter().filter(|((kind, _), _)| kind == of).peekable();
        if items.peek().is_some() {
            entry_name(&mut out, 0, section);
            out.push('\n');
        }
        for ((_, name), body) in items {
            entry(&mut out, 1, name, body);
        }
    }
    out
}

fn entry_name(out: &mut String, indent: usize, name: &str) {
    out.extend(std::iter::repeat_n("  ", indent));
    scalar(out, name);
    out.push(':');
}

fn entry(out: &mut String, indent: usize, name: &str, body: &Json) {
    entry_name(out, indent, name);
    match body {
        Json::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            for (name, body) in fields {
                entry(out, indent + 1, name, body);
            }
        }
        // What is a list of tables is read best with one of them a line.
        Json::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            out.push('\n');
            for item in items {
                out.extend(std::iter::repeat_n("  ", indent + 1));
                out.push_str("- ");
                flow(out, item);
                out.push('\n');
            }
        }
        _ => {
            out.push(' ');
            flow(out, body);
            out.push('\n');
        }
    }
}

/// A value within a line.
fn flow(out: &mut String, body: &Json) {
    match body {
        Json::String(text) => scalar(out, text),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(out, item);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push_str(if fields.is_empty() { "{" } else { "{ " });
            for (at, (name, body)) in fields.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                scalar(out, name);
                out.push_str(": ");
                flow(out, body);
            }
            out.push_str(if fields.is_empty() { "}" } else { " }" });
        }
        // JSON's words for nothing, flags and numbers are YAML's.
        plain => out.push_str(&plain.to_string()),
    }
}

/// A text: bare where nothing else could be meant, else in quotes.
fn scalar(out: &mut String, text: &str) {
    let mut chars = text.chars();
    let bare = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && reads_as_text(text);
    if bare {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            // What some reader or terminal might take for something else than itself.
            c if c.is_control()
                || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}') =>
            {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
