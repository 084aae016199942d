//! The file and the items of the database become one configuration. What the file names is the file's; the rest is the
//! database's. So that an operator who deploys a file is never surprised by what somebody clicked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::node::{self, Entry, Node, Place, Value};
use crate::{Config, Format, Problem, Sources, check, expand, resolve};

mod export;
mod split;

pub use export::export;
pub use split::import;

/// What is configured outside the file: kind and name of each thing, and its body as it would stand in the file.
pub type Items = BTreeMap<(String, String), Json>;

/// The kinds of items. A `setting` is a key of the file's top level.
pub const KINDS: &[&str] = &["provider", "route", "key", "team", "budget", "setting"];

/// Where the items of a kind stand in the file.
const SECTIONS: [(&str, &str); 5] = [
    ("provider", "providers"),
    ("route", "routes"),
    ("key", "keys"),
    ("team", "teams"),
    ("budget", "budgets"),
];

/// Whether a key of the file's top level holds items of a kind, and so is no setting.
pub(crate) fn is_section(name: &str) -> bool {
    SECTIONS.iter().any(|(_, section)| *section == name)
}

/// Where the items of a kind stand in the file; `None`: it is a setting, or there is no such kind.
pub(crate) fn section_of(kind: &str) -> Option<&'static str> {
    SECTIONS.iter().find(|(known, _)| *known == kind).map(|(_, section)| *section)
}

/// What a configuration is made of.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The file's text, if there is a file.
    pub file: Option<(&'a str, Format)>,
    /// The items of the database.
    pub items: &'a Items,
}

/// A configuration, and whose its parts are.
#[derive(Debug, Clone, PartialEq)]
pub struct Layered {
    /// The whole.
    pub config: Config,
    /// What the file names, as items. Secrets that it holds are `***`; references stand as they are written.
    pub file_items: Items,
    /// Items that hold nothing because the file names them too.
    pub shadowed: Vec<(String, String)>,
}

/// Reads and checks file and items together, with the providers found in the environment added.
///
/// # Errors
/// Everything that is wrong with them: first the file's problems in its order, then those of items, which have a path and
/// no line.
pub fn load_layers(layers: &Layers<'_>, sources: &Sources<'_>) -> Result<Layered, Vec<Problem>> {
    let (tree, mut problems) = match layers.file {
        Some((text, format)) => node::read(text, format),
        None => (Some(Node::new(Value::Null, Place::START)), Vec::new()),
    };
    let layered = tree.map(|mut root| {
        let written = root.clone();
        expand::expand(&mut root, "", sources, &mut problems);
        let file_items = split::file_items(&written, &root);
        let shadowed = merge(&mut root, layers.items, &mut problems);
        check::check(&mut root, Some(sources), &mut problems);
        let config = resolve::resolve(&root, sources, &mut problems);
        Layered { config, file_items, shadowed }
    });
    match layered {
        Some(layered) if problems.is_empty() => Ok(layered),
        _ => {
            problems.sort_by_key(|p| (p.line == 0, p.line, p.column));
            Err(problems)
        }
    }
}

/// Puts the items into the file's tree. Returns those that the file names itself.
fn merge(root: &mut Node, items: &Items, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut shadowed = Vec::new();
    if matches!(root.value, Value::Null) {
        root.value = Value::Table(Vec::new());
    }
    let in_file: BTreeSet<(String, String)> = split::names(root).into_iter().collect();
    let Value::Table(top) = &mut root.value else { return shadowed };
    for (key @ (kind, name), body) in items {
        if in_file.contains(key) {
            shadowed.push(key.clone());
            continue;
        }
        let Some(node) = split::node(kind, name, body, problems) else { continue };
        let entry = Entry { key: name.clone(), place: Place::ITEM, node };
        match SECTIONS.iter().find(|(known, _)| known == kind) {
            Some((_, section)) => put(top, section, entry),
            None => top.push(entry),
        }
    }
    shadowed
}

/// Puts an item into its section: into the file's table, or beside it where the file has a list.
fn put(top: &mut Vec<Entry>, section: &str, item: Entry) {
    for entry in top.iter_mut().filter(|e| e.key == section) {
        if matches!(entry.node.value, Value::Null) {
            entry.node.value = Value::Table(Vec::new());
        }
        if let Value::Table(entries) = &mut entry.node.value {
            return entries.push(item);
        }
    }
    let node = Node::new(Value::Table(vec![item]), Place::ITEM);
    top.push(Entry { key: section.to_owned(), place: Place::ITEM, node });
}
