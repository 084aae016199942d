//! Holds the tree against the table of keys: unknown keys, wrong types, impossible values. What is wrong is reported
//! once and then marked broken, so that nothing later stumbles over it again.

use crate::key::{Key, Kind, LATER_STRATEGIES, ROOT};
use crate::near::did_you_mean;
use crate::node::{Node, Value, join};
use crate::{Problem, Sources, quantity};

/// Checks the whole tree and follows `file:` references in secrets.
pub(crate) fn check(root: &mut Node, sources: &Sources<'_>, problems: &mut Vec<Problem>) {
    Check { sources, problems }.table(root, ROOT, "");
}

struct Check<'a, 's> {
    sources: &'a Sources<'s>,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_, '_> {
    fn refuse(&mut self, node: &mut Node, path: &str, message: String) {
        self.problems.push(node.place.problem(path, message));
        node.value = Value::Broken;
    }

    fn wrong(&mut self, node: &mut Node, path: &str, write: &str) {
        let message = format!("found {}; write {write}", node.found());
        self.refuse(node, path, message);
    }

    fn value(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        if node.is_broken() {
            return;
        }
        match kind {
            Kind::List(kind) => self.list(node, kind, path),
            Kind::Map(kind) => self.map(node, kind, path),
            Kind::Table(keys) => self.table(node, keys, path),
            Kind::Either(_, keys) if matches!(node.value, Value::Table(_)) => self.table(node, keys, path),
            Kind::Either(kind, _) => self.value(node, kind, path),
            Kind::Free => match node.value {
                Value::Table(_) => {}
                _ => self.wrong(node, path, "a table of fields"),
            },
            Kind::Secret => self.secret(node, path),
            Kind::Word(words) => self.word(node, &words(), path),
            _ => self.scalar(node, kind, path),
        }
    }

    fn scalar(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        if node.from_env {
            retype(node, kind);
        }
        let text = node.text();
        let (fits, write) = match kind {
            Kind::Flag => (node.flag().is_some(), "true or false".to_owned()),
            Kind::Whole { min, max } => (
                node.whole().is_some_and(|n| (*min..=*max).contains(&n)),
                format!("a whole number from {min} to {max}"),
            ),
            Kind::Address => (
                text.is_some_and(|t| quantity::address(t).is_some()),
                "an address with a port, such as 127.0.0.1:9930".into(),
            ),
            Kind::Url(schemes) => (
                text.is_some_and(|t| quantity::url(t, schemes)),
                format!("a URL that begins with {}://", schemes.join(":// or ")),
            ),
            Kind::BaseUrl => (
                text.is_some_and(quantity::base_url),
                "a URL that begins with http:// or https://; {model} may stand in its path, a user may not"
                    .to_owned(),
            ),
            Kind::Wait { zero } => (
                text.and_then(quantity::wait).is_some_and(|w| *zero || !w.is_zero()),
                format!(
                    "a duration such as 250ms, 5s, 10m or 1h{}",
                    if *zero { "" } else { ", longer than 0" }
                ),
            ),
            Kind::Size => (
                node.whole().or_else(|| text.and_then(quantity::size)).is_some_and(|n| n > 0),
                "a size such as 64MiB, or a number of bytes".into(),
            ),
            _ => (text.is_some_and(|t| !t.is_empty()), "a text".into()),
        };
        // What stands before the @ of a URL is a password.
        if !fits
            && matches!(kind, Kind::Url(_) | Kind::BaseUrl)
            && node.text().is_some_and(|t| t.contains('@'))
        {
            return self.refuse(node, path, format!("this URL is of no use here; write {write}"));
        }
        if !fits {
            self.wrong(node, path, &write);
        }
    }

    fn word(&mut self, node: &mut Node, words: &[&'static str], path: &str) {
        let Some(text) = node.text() else {
            return self.wrong(node, path, &format!("one of {}", words.join(", ")));
        };
        if words.contains(&text) {
            return;
        }
        if words.contains(&"ordered") && LATER_STRATEGIES.contains(&text) {
            let message = format!("the strategy {text} is not available yet; write {}", words.join(" or "));
            return self.refuse(node, path, message);
        }
        let near = if node.from_env { String::new() } else { did_you_mean(text, words.iter().copied()) };
        self.wrong(node, path, &format!("one of {}{near}", words.join(", ")));
    }

    /// A secret is never shown, not even to say that it is wrong.
    fn secret(&mut self, node: &mut Node, path: &str) {
        let text = match node.text() {
            Some(text) => text.trim(),
            None => {
                let message = "this is not a text; write the key in quotes, ${NAME} or file:/path".into();
                return self.refuse(node, path, message);
            }
        };
        let value = match text.strip_prefix("file:") {
            None => text.to_owned(),
            Some(file) => match (self.sources.file)(file) {
                Ok(content) => content.trim().to_owned(),
                Err(error) => {
                    let shown = if node.from_env { "the file it names" } else { file };
                    let message = format!("{shown} cannot be read ({}); put the key there", error.kind());
                    return self.refuse(node, path, message);
                }
            },
        };
        // It will stand in a header.
        if value.is_empty() || !value.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            let what = if value.is_empty() { "is empty" } else { "has characters that no key has" };
            let message = format!("this {what}; write the key, ${{NAME}} or file:/path");
            return self.refuse(node, path, message);
        }
        node.value = Value::Text(value);
    }

    fn list(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        match &mut node.value {
            Value::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.value(item, kind, &format!("{path}[{at}]"));
                }
            }
            Value::Null => {}
            _ => self.wrong(node, path, "a list"),
        }
    }

    fn map(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        match &mut node.value {
            Value::Table(entries) => {
                for entry in entries {
                    self.value(&mut entry.node, kind, &join(path, &entry.key));
                }
            }
            Value::Null => {}
            _ => self.wrong(node, path, "a table of names"),
        }
    }

    fn table(&mut self, node: &mut Node, keys: &[Key], path: &str) {
        let names = || keys.iter().map(|k| k.name);
        match &mut node.value {
            Value::Table(entries) => {
                for entry in entries {
                    let path = join(path, &entry.key);
                    if let Some(key) = keys.iter().find(|k| k.name == entry.key) {
                        self.value(&mut entry.node, &key.kind, &path);
                        continue;
                    }
                    let near = did_you_mean(&entry.key, names());
                    let known = names().collect::<Vec<_>>().join(", ");
                    let message = format!("there is no such key{near} Known here: {known}").replacen(
                        "key Known",
                        "key. Known",
                        1,
                    );
                    self.problems.push(entry.place.problem(&path, message));
                }
            }
            // `ollama:` with nothing behind it.
            Value::Null => {}
            _ => self.wrong(
                node,
                path,
                &format!("a table with some of {}", names().collect::<Vec<_>>().join(", ")),
            ),
        }
    }
}

/// What came from the environment is text; where a number or flag is wanted, it is read as one.
fn retype(node: &mut Node, kind: &Kind) {
    let Some(text) = node.text() else { return };
    let value = match kind {
        Kind::Flag => text.parse().ok().map(Value::Flag),
        Kind::Whole { .. } => text.parse::<u64>().ok().map(|n| Value::Number(n.into())),
        _ => None,
    };
    if let Some(value) = value {
        node.value = value;
    }
}
