//! Client keys and their teams.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use wye_types::Secret;

use super::limit::{budgets, limits};
use super::{texts, whole};
use crate::near::did_you_mean;
use crate::node::{Node, Place, join};
use crate::{ClientKey, Credential, Problem, Scopes, Team, quantity};

/// Reads the teams.
pub(super) fn teams(root: &Node, problems: &mut Vec<Problem>) -> Vec<Team> {
    let entries = root.get("teams").map_or(&[][..], Node::entries);
    let team = |entry: &crate::node::Entry| Team {
        name: entry.key.clone(),
        limits: limits(&entry.node, "limits", &TimeZone::UTC),
        budgets: budgets(&entry.node, &join("teams", &entry.key), problems),
        scopes: scopes(&entry.node),
    };
    entries.iter().map(team).collect()
}

fn scopes(node: &Node) -> Scopes {
    let named: Vec<&str> =
        node.get("apis").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
    Scopes {
        apis: named.iter().filter_map(|name| name.parse().ok()).collect(),
        pass: named.contains(&"pass"),
        models: node.get("models").map(texts).unwrap_or_default(),
        free_only: node.get("free_only").and_then(Node::flag).unwrap_or(false),
    }
}

/// Reads the keys: those of the file, as a list or a table, and those that are items.
pub(super) fn keys(root: &Node, problems: &mut Vec<Problem>) -> Vec<ClientKey> {
    let teams = root.get("teams").map_or(&[][..], Node::entries);
    let teams: Vec<&str> = teams.iter().map(|entry| entry.key.as_str()).collect();
    let seen = (HashSet::new(), HashMap::new());
    let mut reader = Reader { teams, keys: Vec::new(), seen, problems };
    for section in root.entries().iter().filter(|e| e.key == "keys") {
        for (at, node) in section.node.items().iter().enumerate() {
            let name = node.get("name").and_then(Node::text);
            let name = name.map_or_else(|| format!("key-{}", at + 1), str::to_owned);
            reader.key(node, name, &format!("keys[{at}]"), node.place);
        }
        for entry in section.node.entries() {
            reader.key(&entry.node, entry.key.clone(), &join("keys", &entry.key), entry.place);
        }
    }
    reader.keys
}

struct Reader<'a> {
    teams: Vec<&'a str>,
    keys: Vec<ClientKey>,
    /// Their names, and of which name each key is by its digest: there may be many thousands.
    seen: (HashSet<String>, HashMap<[u8; 32], String>),
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn key(&mut self, node: &Node, name: String, path: &str, place: Place) {
        let Some(credential) = self.credential(node, path, place) else { return };
        if !self.seen.0.insert(name.clone()) {
            let message = format!("another key is named {name}; names are unique");
            self.problems.push(place.problem(path, message));
        }
        // Whichever way each is written.
        let digest = match &credential {
            Credential::Sha256(digest) => *digest,
            Credential::Secret(secret) => sha256(secret),
        };
        if let Some(twin) = self.seen.1.get(&digest) {
            let message = format!("this is the same key as {twin}; keys are unique");
            self.problems.push(place.problem(path, message));
        } else {
            self.seen.1.insert(digest, name.clone());
        }
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let team = text("team");
        if let (Some(team), Some(at)) = (&team, node.get("team"))
            && !self.teams.contains(&team.as_str())
        {
            let near = did_you_mean(team, self.teams.iter().copied());
            let message = format!("there is no team {team}; write it under teams{near}");
            self.problems.push(at.place.problem(&join(path, "team"), message));
        }
        self.keys.push(ClientKey {
            hint: text("hint"),
            disabled: node.get("disabled").and_then(Node::flag).unwrap_or(false),
            expires_ms: node.get("expires").and_then(Node::text).and_then(quantity::moment),
            team,
            owner: text("owner"),
            tags: node.get("tags").map(texts).unwrap_or_default(),
            scopes: scopes(node),
            limits: limits(node, "limits", &TimeZone::UTC),
            budgets: budgets(node, path, self.problems),
            priority: whole(node, "priority").and_then(|n| u8::try_from(n).ok()).unwrap_or(5),
            ..ClientKey::new(name, credential)
        });
    }

    fn credential(&mut self, node: &Node, path: &str, place: Place) -> Option<Credential> {
        let (key, digest) = (node.get("key"), node.get("sha256"));
        if let (Some(_), Some(digest)) = (key, digest) {
            let message = "key stands there too; write one of them";
            self.problems.push(digest.place.problem(&join(path, "sha256"), message));
        }
        if !node.is_broken() && node.text().is_none() && key.is_none() && digest.is_none() {
            let write = if place == Place::ITEM { "sha256: and its digest" } else { "key: ${NAME}" };
            self.problems.push(place.problem(path, format!("the key itself is missing; write {write}")));
        }
        if let Some(secret) = node.text().or_else(|| key.and_then(Node::text)) {
            return Some(Credential::Secret(Secret::new(secret.to_owned())));
        }
        digest.and_then(Node::text).and_then(quantity::digest).map(Credential::Sha256)
    }
}

fn sha256(secret: &Secret) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(secret.expose().as_bytes()).into()
}
