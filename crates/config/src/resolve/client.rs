//! Client keys.

use wye_types::Secret;

use crate::node::{Node, Place, join};
use crate::{ClientKey, Credential, Problem};

/// Reads the keys: those of the file, as a list or a table, and those that are items.
pub(super) fn keys(root: &Node, problems: &mut Vec<Problem>) -> Vec<ClientKey> {
    let mut keys: Vec<ClientKey> = Vec::new();
    for section in root.entries().iter().filter(|e| e.key == "keys") {
        for (at, node) in section.node.items().iter().enumerate() {
            let name = node.get("name").and_then(Node::text);
            let name = name.map_or_else(|| format!("key-{}", at + 1), str::to_owned);
            add(&mut keys, node, name, (&format!("keys[{at}]"), node.place), problems);
        }
        for entry in section.node.entries() {
            let path = join("keys", &entry.key);
            add(&mut keys, &entry.node, entry.key.clone(), (&path, entry.place), problems);
        }
    }
    keys
}

fn add(
    keys: &mut Vec<ClientKey>,
    node: &Node,
    name: String,
    (path, place): (&str, Place),
    problems: &mut Vec<Problem>,
) {
    let secret = node.text().or_else(|| node.get("key").and_then(Node::text));
    let Some(secret) = secret else {
        if !node.is_broken() && node.get("key").is_none() {
            problems.push(place.problem(path, "the key itself is missing; write key: ${NAME}"));
        }
        return;
    };
    if keys.iter().any(|k| k.name == name) {
        problems.push(place.problem(path, format!("another key is named {name}; names are unique")));
    }
    let credential = Credential::Secret(Secret::new(secret.to_owned()));
    if let Some(twin) = keys.iter().find(|k| k.credential == credential) {
        let message = format!("this is the same key as {}; keys are unique", twin.name);
        problems.push(place.problem(path, message));
    }
    keys.push(ClientKey::new(name, credential));
}
