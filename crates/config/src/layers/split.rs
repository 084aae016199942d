//! A tree taken apart into items, and an item made a tree again.

use serde_json::{Map, Value as Json};

use super::{Items, KINDS, SECTIONS};
use crate::key::{Kind, ROOT};
use crate::near::did_you_mean;
use crate::node::{self, Entry, MAX_DEPTH, Node, Place, Value, join};
use crate::{Format, Problem, check};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// A thing that a tree names.
struct Part<'t> {
    kind: &'static str,
    name: String,
    place: Place,
    path: String,
    node: &'t Node,
    /// Whether it stands in a list, and so says its name itself.
    listed: bool,
    /// What it may be.
    of: Option<&'static Kind>,
}

/// Reads items from a text in the shape of the file. References are checked, not followed.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn import(text: &str, format: Format) -> Result<Items, Vec<Problem>> {
    let (tree, mut problems) = node::read(text, format);
    let mut items = Items::new();
    if let Some(root) = tree {
        check::check(&mut root.clone(), None, &mut problems);
        for part in parts(&root) {
            let written = part.node.json();
            let body = if part.listed { body(part.kind, written) } else { written };
            if items.insert((part.kind.to_owned(), part.name.clone()), body).is_some() {
                let message = format!("another {} is named {}; names are unique", part.kind, part.name);
                problems.push(part.place.problem(&part.path, message));
            }
        }
    }
    if problems.is_empty() {
        return Ok(items);
    }
    problems.sort_by_key(|p| (p.line, p.column));
    Err(problems)
}

/// Kind and name of everything that a tree names.
pub(super) fn names(root: &Node) -> Vec<(String, String)> {
    parts(root).into_iter().map(|part| (part.kind.to_owned(), part.name)).collect()
}

/// What the file names, as items. `written`: with references as they stand there; `root`: with references followed, which
/// names may be.
pub(super) fn file_items(written: &Node, root: &Node) -> Items {
    let names = parts(root).into_iter().map(|part| part.name);
    let item = |(part, name): (Part<'_>, String)| {
        let shown = part.of.map_or(Json::Null, |kind| masked(part.node, kind));
        ((part.kind.to_owned(), name), body(part.kind, shown))
    };
    parts(written).into_iter().zip(names).map(item).collect()
}

/// The tree of an item.
pub(super) fn node(kind: &str, name: &str, body: &Json, problems: &mut Vec<Problem>) -> Option<Node> {
    let section = SECTIONS.iter().find(|(known, _)| *known == kind);
    let mut refuse = |path: &str, message: String| problems.push(Place::ITEM.problem(path, message));
    if !KINDS.contains(&kind) {
        let near = did_you_mean(kind, KINDS.iter().copied());
        refuse(
            &join(kind, name),
            format!("there is no such kind of item{near}; write one of {}", KINDS.join(", ")),
        );
        return None;
    }
    if section.is_none() && SECTIONS.iter().any(|(_, section)| *section == name) {
        refuse(name, "this is no setting; store each of them as an item of its own".to_owned());
        return None;
    }
    let path = section.map_or_else(|| join("", name), |(_, section)| join(section, name));
    let node = grown(body, 2);
    if node.is_none() {
        refuse(&path, "this is nested too deeply".to_owned());
    }
    node
}

/// The parts of a tree, in its order.
fn parts(root: &Node) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for entry in root.entries() {
        let of = ROOT.iter().find(|key| key.name == entry.key).map(|key| &key.kind);
        let Some((kind, section)) = SECTIONS.iter().find(|(_, section)| *section == entry.key) else {
            let (place, name) = (entry.place, entry.key.clone());
            parts.push(Part {
                kind: "setting",
                path: join("", &name),
                name,
                place,
                node: &entry.node,
                listed: false,
                of,
            });
            continue;
        };
        let (listed, named, by) = match of {
            Some(Kind::Map(kind)) => (None, Some(*kind), ""),
            Some(Kind::Named { entry, value, by }) => (Some(*entry), Some(*value), *by),
            _ => (None, None, ""),
        };
        for (at, node) in entry.node.items().iter().enumerate() {
            let name = node.get(by).and_then(Node::text);
            let name = name.map_or_else(|| format!("{kind}-{}", at + 1), str::to_owned);
            parts.push(Part {
                kind,
                name,
                place: node.place,
                path: format!("{section}[{at}]"),
                node,
                listed: true,
                of: listed,
            });
        }
        for Entry { key, place, node } in entry.node.entries() {
            let path = join(section, key);
            parts.push(Part { kind, name: key.clone(), place: *place, path, node, listed: false, of: named });
        }
    }
    parts
}

/// An item's body from what stands in the file: a key's name stands before it, and its short form is written out.
fn body(kind: &str, mut body: Json) -> Json {
    if kind == "key" {
        if let Json::Object(fields) = &mut body {
            fields.shift_remove("name");
        } else if body.is_string() {
            body = Json::Object(Map::from_iter([("key".to_owned(), body)]));
        }
    }
    body
}

/// A value without its secrets.
fn masked(node: &Node, kind: &Kind) -> Json {
    match (kind, &node.value) {
        (Kind::Secret, Value::Text(text)) if !check::is_reference(text) => MASK.into(),
        (Kind::Header, Value::Text(text)) if !check::is_reference(text) => MASK.into(),
        (Kind::Proxy, Value::Text(text)) => check::without_user(text).unwrap_or_else(|| text.clone()).into(),
        (Kind::List(kind) | Kind::Named { entry: kind, .. }, Value::List(items)) => {
            items.iter().map(|item| masked(item, kind)).collect()
        }
        (Kind::Map(kind) | Kind::Named { value: kind, .. }, Value::Table(entries)) => {
            entries.iter().map(|e| (e.key.clone(), masked(&e.node, kind))).collect()
        }
        (Kind::Table(keys) | Kind::Either(_, keys), Value::Table(entries)) => {
            let known = |e: &Entry| keys.iter().find(|key| key.name == e.key).map(|key| &key.kind);
            let shown = |e: &Entry| known(e).map_or(Json::Null, |kind| masked(&e.node, kind));
            entries.iter().map(|e| (e.key.clone(), shown(e))).collect()
        }
        (Kind::Either(short, _), _) => masked(node, short),
        _ => node.json(),
    }
}

/// A JSON value as a tree of an item; `None` if it is nested too deeply.
fn grown(body: &Json, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let value = match body {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Number(number.clone()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => {
            Value::List(items.iter().map(|item| grown(item, depth + 1)).collect::<Option<_>>()?)
        }
        Json::Object(fields) => {
            let entry = |(key, value): (&String, &Json)| {
                let node = grown(value, depth + 1)?;
                Some(Entry { key: key.clone(), place: Place::ITEM, node })
            };
            Value::Table(fields.iter().map(entry).collect::<Option<_>>()?)
        }
    };
    Some(Node::new(value, Place::ITEM))
}
