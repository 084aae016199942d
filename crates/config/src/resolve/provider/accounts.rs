//! The credentials of a provider, and what is known of its models.

use jiff::tz::TimeZone;
use wye_catalog::Rates;
use wye_providers::Provider;
use wye_types::Secret;
use wye_types::money::Price;

use super::key_in_environment;
use crate::node::{Entry, Node, Place, join};
use crate::quantity::time_zone;
use crate::resolve::{limit, shape, whole};
use crate::{Account, ModelConfig, Problem, Sources};

/// Where a vendor's days begin, so that a limit a day means what the vendor means by it.
pub(super) fn zone(known: Option<&Provider>) -> TimeZone {
    known.and_then(|k| time_zone(k.quirks.counting.day_zone)).unwrap_or(TimeZone::UTC)
}

/// The ways in which keys can be written; one of them is enough.
pub(super) const WAYS: [&str; 3] = ["api_key", "api_keys", "accounts"];

/// Reads the accounts; none if nobody names a key.
pub(super) fn read(
    entry: &Entry,
    path: &str,
    known: Option<&'static Provider>,
    sources: &Sources<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Account> {
    let written: Vec<(&str, &Node)> =
        WAYS.into_iter().filter_map(|way| Some((way, entry.node.get(way)?))).collect();
    if let [(first, _), more @ ..] = written.as_slice() {
        for (way, node) in more {
            let message = format!("{first} stands there too; write one of them");
            problems.push(node.place.problem(&join(path, way), message));
        }
    }
    for (way, list) in written.iter().filter(|(way, _)| *way != "api_key") {
        if !list.is_broken() && list.items().is_empty() {
            let message = "this list is empty; write at least one key";
            problems.push(list.place.problem(&join(path, way), message));
        }
    }
    let zone = zone(known);
    let account = |text: &str| Account::new(Some(Secret::new(text.to_owned())));
    let mut accounts: Vec<Account> = Vec::new();
    for (way, node) in &written {
        match *way {
            "accounts" => accounts.extend(node.items().iter().map(|node| one(node, &zone))),
            "api_keys" => accounts.extend(node.items().iter().filter_map(Node::text).map(account)),
            _ => accounts.extend(node.text().map(account)),
        }
    }
    if written.is_empty() {
        accounts.extend(known.and_then(|k| key_in_environment(k, sources)).map(|key| account(&key)));
    }
    accounts
}

fn one(node: &Node, zone: &TimeZone) -> Account {
    let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    Account {
        secret: text("api_key").map(Secret::new),
        name: text("name").unwrap_or_default(),
        limits: node.get("limits").map(|node| limit::read(node, zone)),
    }
}

/// Names the accounts that have none after their place, from 1. Windows are remembered under the names, so no two may
/// be alike.
pub(super) fn number(accounts: &mut [Account], entry: &Entry, path: &str, problems: &mut Vec<Problem>) {
    let list = entry.node.get("accounts");
    let place = |at: usize| list.and_then(|l| l.items().get(at)).map_or(Place::START, |node| node.place);
    let mut names: Vec<String> = Vec::new();
    for (at, account) in accounts.iter_mut().enumerate() {
        let path = || format!("{path}.accounts[{at}]");
        if account.name.is_empty() {
            account.name = (at + 1).to_string();
        }
        if account.name.contains(|c: char| c.is_whitespace() || c == '/') {
            let message = "an account's name has neither spaces nor slashes; write another";
            problems.push(place(at).problem(&path(), message));
        }
        if names.contains(&account.name) {
            let message = format!("another account is named {}; names are unique", account.name);
            problems.push(place(at).problem(&path(), message));
        }
        names.push(account.name.clone());
    }
}

/// Reports accounts that lack the key which this provider wants.
pub(super) fn without_keys(entry: &Entry, path: &str, problems: &mut Vec<Problem>) {
    let list = entry.node.get("accounts").map_or(&[][..], Node::items);
    for (at, node) in list.iter().enumerate() {
        if !node.is_broken() && node.get("api_key").is_none() {
            let message = "it has no key; write api_key";
            problems.push(node.place.problem(&format!("{path}.accounts[{at}]"), message));
        }
    }
}

/// Reads the models, from a list or from a table of ids.
pub(super) fn models(
    node: &Node,
    path: &str,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Vec<ModelConfig> {
    let Some(section) = node.get("models") else { return Vec::new() };
    let path = join(path, "models");
    let mut models: Vec<ModelConfig> = Vec::new();
    for (at, node) in section.items().iter().enumerate().filter(|(_, node)| !node.is_broken()) {
        let path = format!("{path}[{at}]");
        let id = node.text().or_else(|| node.get("id").and_then(Node::text));
        match id {
            Some(id) if models.iter().any(|m| m.id == id) => {
                let message = format!("{id} stands there twice; write it once");
                problems.push(node.place.problem(&path, message));
            }
            Some(id) => models.push(model(node, id, zone, (&path, problems))),
            None if node.get("id").is_none() => {
                problems.push(node.place.problem(&path, "its id is missing; write id: and the model's name"));
            }
            None => {}
        }
    }
    for entry in section.entries() {
        let path = join(&path, &entry.key);
        models.push(model(&entry.node, &entry.key, zone, (&path, problems)));
    }
    models
}

fn model(node: &Node, id: &str, zone: &TimeZone, (path, problems): (&str, &mut Vec<Problem>)) -> ModelConfig {
    ModelConfig {
        id: id.to_owned(),
        enabled: node.get("enabled").and_then(Node::flag).unwrap_or(true),
        limits: limit::limits(node, "limits", zone),
        price: node.get("price").map(price),
        context: whole(node, "context"),
        output_limit: whole(node, "output_limit"),
        shape: shape::read(node, path, "forced_params", problems),
    }
}

fn price(node: &Node) -> Rates {
    // Dollars per million tokens are millionths of a dollar a token: with six decimals, pico-dollars. Other things are
    // priced one by one, in dollars with twelve.
    let pico = |key: &str| node.get(key).and_then(|dollars| dollars.dollars(6));
    let each = |key: &str| node.get(key).and_then(|dollars| dollars.dollars(12));
    let tokens = Price {
        input: pico("input"),
        output: pico("output"),
        cache_read: pico("cache_read"),
        cache_write: pico("cache_write"),
        cache_write_1h: pico("cache_write_1h"),
        reasoning: pico("reasoning"),
        audio_in: pico("audio_in"),
        audio_out: pico("audio_out"),
        image_in: pico("image_in"),
        image_out: pico("image_out"),
    };
    Rates {
        request: each("request"),
        image: each("image"),
        heard_second: each("heard_second"),
        spoken_second: each("spoken_second"),
        character: each("character"),
        search: each("search"),
        search_unit: each("search_unit"),
        page: each("page"),
        ..Rates::of_tokens(tokens)
    }
}
