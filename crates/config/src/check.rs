//! Holds the tree against the table of keys: unknown keys, wrong types, impossible values. What is wrong is reported
//! once and then marked broken, so that nothing later stumbles over it again.

use crate::key::{Key, Kind, ROOT};
use crate::near::did_you_mean;
use crate::node::{MAX_NAME, Node, Place, Value, join};
use crate::{Problem, Sources};

mod scalar;
mod secret;

pub(crate) use secret::{is_reference, without_user};

/// What is wrong with a name.
const NOT_A_NAME: &str = "a name is one line of at most 128 characters, without control characters";

/// Checks the whole tree and follows the references of its secrets. Without sources the tree is one of items, whose
/// references are checked, not followed.
pub(crate) fn check(root: &mut Node, sources: Option<&Sources<'_>>, problems: &mut Vec<Problem>) {
    Check { sources, problems }.table(root, ROOT, "");
}

struct Check<'a, 's> {
    sources: Option<&'a Sources<'s>>,
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

    /// Whether a node is part of an item: edited by people who may not read the gateway's files and environment.
    fn is_item(&self, node: &Node) -> bool {
        self.sources.is_none() || node.place == Place::ITEM
    }

    fn value(&mut self, node: &mut Node, kind: &Kind, path: &str) {
        if node.is_broken() {
            return;
        }
        match kind {
            Kind::Named { entry, .. } if matches!(node.value, Value::List(_)) => self.list(node, entry, path),
            Kind::Named { value, .. } => self.map(node, value, path),
            Kind::List(kind) => self.list(node, kind, path),
            Kind::Map(kind) => self.map(node, kind, path),
            Kind::Table(keys) => self.table(node, keys, path),
            Kind::Either(_, keys) if matches!(node.value, Value::Table(_)) => self.table(node, keys, path),
            Kind::Either(kind, _) => self.value(node, kind, path),
            Kind::Free => match node.value {
                Value::Table(_) if self.is_item(node) => self.plain_below(node, path),
                Value::Table(_) => {}
                _ => self.wrong(node, path, "a table of fields"),
            },
            Kind::Secret => self.secret(node, path),
            Kind::Proxy | Kind::Header if self.sealed(node, path) => {}
            _ if self.is_item(node) && !self.plain(node, path) => {}
            Kind::Word(words) => self.word(node, &words(), path),
            _ => self.scalar(node, kind, path),
        }
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
                    let path = join(path, &entry.key);
                    if !scalar::is_name(&entry.key, MAX_NAME) {
                        let message = format!("{NOT_A_NAME}; write another");
                        self.problems.push(entry.place.problem(&path, message));
                        entry.node.value = Value::Broken;
                    }
                    if matches!(kind, Kind::Header) && self.is_item(&entry.node) {
                        self.header(&mut entry.node, &entry.key, &path);
                    }
                    self.value(&mut entry.node, kind, &path);
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
