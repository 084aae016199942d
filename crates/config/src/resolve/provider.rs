//! Providers: what the registry knows, what the file says, and what the environment holds.

use wye_providers::provider::unplaced;
use wye_providers::serves::usual;
use wye_providers::{Auth, PROVIDERS, Provider, Quirks, Serves, find};
use wye_types::{DialectId, Secret};

use super::{limit, shape};
use crate::key::AUTHS;
use crate::model::OWN;
use crate::near::did_you_mean;
use crate::node::{Entry, Node, join};
use crate::{Account, Config, Limits, Problem, ProviderConfig, Shape, Sources, Spoken, quantity};

mod accounts;
mod dialects;

/// Reads the providers of the file into the configuration. Returns every id the file mentions, switched off or wrong
/// ones included.
pub(super) fn read(
    map: Option<&Node>,
    config: &mut Config,
    sources: &Sources<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let entries = map.map_or(&[][..], Node::entries);
    for entry in entries {
        let path = join("providers", &entry.key);
        if entry.key.is_empty() || entry.key.contains('/') {
            let message =
                "a provider's id is neither empty nor has a slash, since provider/model is split there";
            problems.push(entry.place.problem(&path, message));
            continue;
        }
        if entry.key == OWN {
            let message = "names that begin with wye/ are the gateway's own routes; write another id";
            problems.push(entry.place.problem(&path, message));
            continue;
        }
        if entry.node.is_broken() {
            continue;
        }
        let before = problems.len();
        let provider = one(entry, &path, config, sources, problems);
        let enabled = entry.node.get("enabled").and_then(Node::flag).unwrap_or(true);
        if enabled {
            config.providers.extend(provider);
        } else {
            // What is switched off may lack its key.
            problems.truncate(before);
        }
    }
    entries.iter().map(|e| e.key.clone()).collect()
}

fn one(
    entry: &Entry,
    path: &str,
    config: &Config,
    sources: &Sources<'_>,
    problems: &mut Vec<Problem>,
) -> Option<ProviderConfig> {
    let node = &entry.node;
    let text = |key: &str| node.get(key).and_then(Node::text);
    let known = find(text("like").unwrap_or(&entry.key));
    let written = dialects::written(node, path, problems);
    let main = written.as_ref().and_then(|w| w.main);
    // What it speaks elsewhere than the registry knows lives at another address with other habits.
    let known = known.filter(|k| main.is_none_or(|d| dialects::speaks(k, d)));
    let set_url = text("base_url").map(|t| t.trim_end_matches('/').to_owned());
    let own = set_url.or_else(|| known.map(|k| address(k, config, sources)));
    let registered = known.zip(own.as_deref()).and_then(|(k, own)| dialects::registered(k, main, own));
    let (dialect, base_url) = home(
        entry,
        path,
        main.or(registered.as_ref().map(|r| r.dialect)),
        (registered.as_ref(), own.as_deref()),
        problems,
    )?;
    if let Some(names) = unplaced(&base_url) {
        let message =
            format!("its address is not known; set {} or write base_url", names.replace('|', " or "));
        problems.push(entry.place.problem(path, message));
        return None;
    }
    let set_auth =
        text("auth").and_then(|t| AUTHS.iter().find(|(name, _)| *name == t)).map(|(_, auth)| *auth);
    let auth = set_auth.or(registered.as_ref().map(|r| r.auth)).unwrap_or_else(|| Auth::of(dialect));
    let also = dialects::also(
        known,
        written.as_ref().and_then(|w| w.rest.as_deref()),
        &dialects::Home {
            dialect,
            base_url: &base_url,
            own: own.as_deref().unwrap_or(&base_url),
            auth,
            set_auth,
        },
    );
    let local = known.is_some_and(|k| k.own);
    let mut accounts = accounts::read(entry, path, known, sources, problems);
    if !local && auth != Auth::None {
        accounts::without_keys(entry, path, problems);
    }
    if accounts.is_empty() {
        let keys_written = accounts::WAYS.iter().any(|key| node.get(key).is_some());
        if let Some(known) = known.filter(|k| !k.own && auth != Auth::None && !keys_written) {
            let message = format!("it has no key; write api_key, or set {}", known.key_words().join(" or "));
            problems.push(entry.place.problem(path, message));
        }
        accounts.push(Account::new(None));
    }
    let zone = accounts::zone(known);
    accounts::number(&mut accounts, entry, path, problems);
    // What a vendor gives away it gives away at its own address.
    let home = known.filter(|k| own.as_deref().is_none_or(|own| own == k.base_url));
    let pays = node.get("free_tier").and_then(Node::flag) == Some(false);
    let free_tier = home.filter(|_| !pays).and_then(|k| k.free.as_ref());
    Some(ProviderConfig {
        id: entry.key.clone(),
        dialect,
        base_url,
        also,
        rules: known.map_or(&[], |k| k.rules),
        serves: serves(known, dialect),
        registry: known.map(|k| k.base_url),
        accounts,
        auth,
        headers: headers(node, path, known.map_or(&[], |k| k.headers), problems),
        shape: shape::read(node, path, "forced_params", problems),
        proxy: text("proxy").map(str::to_owned),
        tls_verify: node.get("tls_verify").and_then(Node::flag).unwrap_or(true),
        models: accounts::models(node, path, &zone, problems),
        limits: limit::limits(node, "limits", &zone),
        account_limits: limit::limits(node, "account_limits", &zone),
        quirks: known.map_or(Quirks::NONE, |k| k.quirks.clone()),
        local,
        listed_as: known.map_or_else(|| entry.key.clone(), |k| k.id.to_owned()),
        free_tier,
    })
}

/// What a provider serves besides chat: as the registry knows it, else what servers of its dialect usually do.
fn serves(known: Option<&Provider>, dialect: DialectId) -> &'static [Serves] {
    known.map_or(usual(dialect), |known| known.serves)
}

/// Dialect and address, from the file or from the registry.
fn home(
    entry: &Entry,
    path: &str,
    dialect: Option<DialectId>,
    (registered, own): (Option<&Spoken>, Option<&str>),
    problems: &mut Vec<Problem>,
) -> Option<(DialectId, String)> {
    let base_url = registered.map(|r| r.base_url.clone()).or_else(|| own.map(str::to_owned));
    if let (Some(dialect), Some(base_url)) = (dialect, base_url.clone()) {
        return Some((dialect, base_url));
    }
    let absent = |key: &str| entry.node.get(key).is_none();
    let mut missing = Vec::new();
    if dialect.is_none() && absent("dialect") && absent("dialects") {
        missing.push("dialect (such as openai_chat)");
    }
    if base_url.is_none() && absent("base_url") {
        missing.push("base_url (such as https://llm.corp/v1)");
    }
    // Otherwise the value itself was wrong and has been reported.
    if !missing.is_empty() && absent("like") {
        let registered = find(&entry.key).is_some();
        let what = if registered { "it is used in another dialect" } else { "no known provider has this id" };
        let near =
            if registered { String::new() } else { did_you_mean(&entry.key, PROVIDERS.iter().map(|p| p.id)) };
        let message = format!("{what}, so it needs {}{near}", missing.join(" and "));
        problems.push(entry.place.problem(path, message));
    }
    None
}

fn headers(
    node: &Node,
    path: &str,
    base: &[(&'static str, &'static str)],
    problems: &mut Vec<Problem>,
) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> =
        base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = join(path, "headers");
    for entry in node.get("headers").map_or(&[][..], Node::entries) {
        let path = join(&path, &entry.key);
        let name = entry.key.to_ascii_lowercase();
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            problems.push(
                entry.place.problem(&path, "this is no header's name; write letters, digits and dashes"),
            );
            continue;
        }
        let Some(value) = entry.node.text() else { continue };
        if !value.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            problems.push(entry.node.place.problem(&path, "a header's value is one line of ASCII"));
            continue;
        }
        headers.retain(|(n, _)| *n != name);
        headers.push((name, value.to_owned()));
    }
    headers
}

fn key_in_environment(known: &Provider, sources: &Sources<'_>) -> Option<String> {
    let value = |name: &str| {
        let text = (sources.env)(name)?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    known.key_env.iter().find_map(|place| {
        if let Some(name) = place.strip_prefix("file:") {
            return (sources.file)(&value(name)?).ok().filter(|text| !text.trim().is_empty());
        }
        let mut names = place.split(':');
        let mut key = value(names.next()?)?;
        if let Some(second) = names.next() {
            key = format!("{key}:{}", value(second)?);
        }
        // The third may be absent.
        Some(names.filter_map(value).fold(key, |key, third| format!("{key}:{third}")))
    })
}

/// The address of a known provider: its own, unless the environment has another. One that leads back here is ignored:
/// the variable then is meant for the gateway's clients.
pub(crate) fn address(known: &Provider, config: &Config, sources: &Sources<'_>) -> String {
    known
        .base_url_env
        .and_then(|name| (sources.env)(name))
        .filter(|text| !text.trim().is_empty())
        .map(|text| known.base_url_from(&text))
        .filter(|url| quantity::url(url, &["http", "https"]) && !quantity::leads_to(url, config.listen))
        .or_else(|| known.placed(sources.env).ok())
        .unwrap_or_else(|| known.base_url.to_owned())
}

/// Switches on the known providers whose keys are in the environment and the local ones that run, unless the file
/// mentions them.
pub(crate) fn discover(config: &mut Config, mentioned: &[String], sources: &Sources<'_>) {
    for known in PROVIDERS.iter().filter(|p| mentioned.iter().all(|id| id != p.id)) {
        let secret = key_in_environment(known, sources).map(Secret::new);
        if unplaced(&address(known, config, sources)).is_some() {
            continue;
        }
        if secret.is_some() || known.local && sources.local.contains(&known.id) {
            let provider = from_registry(known, secret, config, sources);
            config.providers.push(provider);
        }
    }
}

/// A provider as the registry has it.
pub(super) fn from_registry(
    known: &'static Provider,
    secret: Option<Secret>,
    config: &Config,
    sources: &Sources<'_>,
) -> ProviderConfig {
    let base_url = address(known, config, sources);
    let at_home = base_url == known.base_url;
    ProviderConfig {
        id: known.id.to_owned(),
        dialect: known.dialect,
        also: dialects::also(
            Some(known),
            None,
            &dialects::Home {
                dialect: known.dialect,
                base_url: &base_url,
                own: &base_url,
                auth: known.auth,
                set_auth: None,
            },
        ),
        rules: known.rules,
        serves: known.serves,
        registry: Some(known.base_url),
        base_url,
        accounts: vec![Account { name: "1".to_owned(), ..Account::new(secret) }],
        auth: known.auth,
        headers: known.headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        shape: Shape::default(),
        proxy: None,
        tls_verify: true,
        models: Vec::new(),
        limits: Limits::default(),
        account_limits: Limits::default(),
        quirks: known.quirks.clone(),
        local: known.own,
        listed_as: known.id.to_owned(),
        free_tier: known.free.as_ref().filter(|_| at_home),
    }
}
