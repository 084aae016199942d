//! GopherGate's `.env` and database: vendors that are known by their names, groups of models, tokens of clients.

use serde_json::Value as Json;
use wye_config::Problem;

use crate::address::{self, Asked};
use crate::dotenv::{self, Variable};
use crate::draft::{Body, Draft, plain};
use crate::lite_llm::put;
use crate::rows::{self, Row};
use crate::{Fate, Input, Rows, vendor};

mod circle;
mod groups;
mod rules;

/// What begins the names of its own settings.
const OWN: &str = "LLM_PROXY__";
/// Columns that name a thing, whichever a table has.
const NAMES: &[&str] = &["provider", "provider_name", "id", "name"];

/// What is known of it all.
struct Gopher<'a> {
    variables: Vec<Variable>,
    tables: &'a [Rows],
    /// Its name of a provider and ours.
    ids: Vec<(&'static str, String)>,
}

/// Maps what there is of them.
pub(crate) fn map(inputs: &[Input<'_>], draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let mut gopher = Gopher { variables: Vec::new(), tables: &[], ids: Vec::new() };
    for input in inputs {
        match input {
            Input::Text(text) => gopher.variables.extend(dotenv::read(text)?),
            Input::Tables(tables) => gopher.tables = tables,
        }
    }
    if gopher.variables.is_empty() && gopher.tables.is_empty() {
        return Err(vec![crate::problem(1, "", "there is nothing in it that GopherGate would read")]);
    }
    draft.set(&["discover"], false);
    let names: Vec<&str> =
        rows::of(gopher.tables, &["model_groups"]).iter().filter_map(|r| r.get(&["id"])).collect();
    draft.reserve(names);
    for (name, variable) in vendor::GOPHER_GATE {
        gopher.provider(name, variable, draft);
    }
    gopher.unknown_providers(draft);
    groups::map(&gopher, draft);
    gopher.tokens(draft);
    gopher.settings(draft);
    if gopher.tables.is_empty() {
        let message =
            "model groups, prices and clients' tokens are in its database: give llm_proxy.db as well";
        draft.note(Fate::Impossible, ("", 0), message);
    }
    let message = "users, usage and past requests are not imported; users of the admin API are made by wye admin create";
    draft.note(Fate::Impossible, ("", 0), message);
    Ok(())
}

impl Gopher<'_> {
    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name && !variable.value.is_empty())
    }

    /// A setting of a provider, such as its `BASE_URL`.
    fn setting(&self, provider: &str, setting: &str) -> Option<&Variable> {
        self.variable(&format!("{OWN}PROVIDERS__{}__{setting}", provider.to_ascii_uppercase()))
    }

    /// The row of a provider in the database, which goes before its settings.
    fn row(&self, provider: &str) -> Option<Row<'_>> {
        let named = |row: &Row<'_>| row.get(NAMES).is_some_and(|name| name.eq_ignore_ascii_case(provider));
        rows::of(self.tables, &["provider_configs"]).into_iter().find(named)
    }

    fn provider(&mut self, name: &'static str, usual: &str, draft: &mut Draft) {
        let row = self.row(name);
        let key_name = self.setting(name, "API_KEY_ENV").map_or(usual.to_owned(), |v| v.value.clone());
        let has_key = !key_name.is_empty() && self.variable(&key_name).is_some();
        let stored = row
            .and_then(|row| row.get(&["api_key_encrypted", "encrypted_api_key", "encrypted_key", "api_key"]));
        let said =
            self.setting(name, "ENABLED").map(|v| v.value.eq_ignore_ascii_case("true") || v.value == "1");
        let enabled = row.and_then(|row| row.flag(&["enabled", "is_active"])).or(said);
        let path = row.map_or_else(|| key_name.clone(), |row| row.path(name, "enabled"));
        let line = self.variable(&key_name).map_or(0, |v| v.line);
        if enabled == Some(false) {
            return draft.note(Fate::Mapped, (&path, line), format!("{name} is switched off and left out"));
        }
        let wants_key = !usual.is_empty();
        if enabled.is_none() && !has_key || wants_key && !has_key && stored.is_none() && row.is_none() {
            return;
        }
        let given = row
            .and_then(|row| row.get(&["base_url"]))
            .or(self.setting(name, "BASE_URL").map(|v| v.value.as_str()));
        let given = given.map(|url| draft.address(url));
        let Some(home) = address::home(Asked { name: Some(name), base_url: given.as_deref(), dialect: None })
        else {
            return draft.note(Fate::Impossible, (&path, line), format!("Wye does not know {name}"));
        };
        let mut body = home.body;
        if wants_key {
            let reference = if has_key || stored.is_none() {
                draft.variable(&key_name)
            } else {
                let message = "its key is sealed under GopherGate's own key; put it into Wye's vault";
                draft.note(Fate::Changed, (&path, 0), message);
                draft.unknown_secret(&path, &format!("{name}_key"))
            };
            body.insert("api_key".to_owned(), reference.into());
        }
        if let Some(row) = row.filter(|row| row.get(&["credit_balance", "low_credit_threshold"]).is_some()) {
            let message = "balances with vendors are not kept; budgets are for client keys, teams and tags";
            draft.note(Fate::Impossible, (&row.path(name, "credit_balance"), 0), message);
        }
        let id = draft.new_provider(name, body);
        draft.note(Fate::Mapped, (&path, line), format!("the provider {id}"));
        self.ids.push((name, id));
    }

    fn unknown_providers(&self, draft: &mut Draft) {
        for row in rows::of(self.tables, &["provider_configs"]) {
            let name = row.get(NAMES).unwrap_or("?");
            if !vendor::GOPHER_GATE.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                draft.note(
                    Fate::Impossible,
                    (&row.path(name, "id"), 0),
                    "GopherGate itself calls no such provider",
                );
            }
        }
    }

    /// What is called for a model's name: with one of its prefixes, else by what the name has in it.
    fn target(&self, model: &str) -> Result<String, String> {
        let prefixed = model.split_once('/').filter(|(prefix, _)| {
            *prefix == "google" || vendor::GOPHER_GATE.iter().any(|(name, _)| name == prefix)
        });
        let (name, model) = match prefixed {
            Some(("google", rest)) => (vendor::by_substring("google"), rest),
            Some((prefix, rest)) => (prefix, rest),
            None => (vendor::by_substring(model), model),
        };
        match self.ids.iter().find(|(known, _)| *known == name) {
            Some((_, id)) => Ok(plain(&format!("{id}/{model}"))),
            None => Err(format!("{name}, which serves {model}, is not switched on")),
        }
    }

    /// Clients' tokens, which the database holds as they are.
    fn tokens(&self, draft: &mut Draft) {
        let clients = rows::of(self.tables, &["clients"]);
        for row in rows::of(self.tables, &["client_tokens"]) {
            let id = row.get(&["client_id"]);
            let client = clients.iter().find(|client| id.is_some() && client.get(&["client_id", "id"]) == id);
            let owner =
                client.and_then(|client| client.get(&["name", "client_id"])).or(id).unwrap_or("client");
            let name = match row.get(&["name"]) {
                Some(name) if name != owner => format!("{owner} {name}"),
                _ => owner.to_owned(),
            };
            let path = row.path(&name, "token");
            let Some(token) = row.get(&["token"]) else { continue };
            let reference = draft.secret_at((&path, 0), token, &format!("token_{name}"));
            let mut body = Body::from_iter([("key".to_owned(), Json::from(reference))]);
            let off = row.flag(&["is_active", "active", "enabled"]) == Some(false)
                || client.and_then(|client| client.flag(&["is_active", "active", "enabled"])) == Some(false);
            if off {
                body.insert("disabled".to_owned(), true.into());
            }
            let limit =
                client.and_then(|c| c.get(&["rate_limit_per_minute", "rate_limit_rpm", "rate_limit"]));
            if let Some(rpm) = limit.and_then(|rpm| rpm.parse::<u64>().ok()).filter(|rpm| *rpm > 0) {
                put(&mut body, "limits", Body::from_iter([("rpm".to_owned(), rpm.into())]));
                draft.note(Fate::Changed, (&path, 0), "its limit was only shown; here it holds (limits.rpm)");
            }
            body.insert("owner".to_owned(), plain(owner).into());
            let key = draft.key(&name, body);
            draft.note(Fate::Mapped, (&path, 0), format!("the client key {key}"));
        }
    }

    /// What is left of the `.env`.
    fn settings(&self, draft: &mut Draft) {
        let host = self.variable(&format!("{OWN}SERVER__HOST")).map_or("0.0.0.0", |v| v.value.as_str());
        for variable in &self.variables {
            let at = (variable.name.as_str(), variable.line);
            let key = |(_, key): &(&str, &str)| *key == variable.name;
            let named = || {
                self.variables.iter().any(|v| v.name.ends_with("__API_KEY_ENV") && v.value == variable.name)
            };
            let Some(own) = variable.name.strip_prefix(OWN) else {
                if vendor::GOPHER_GATE.iter().any(key) || named() {
                    continue;
                }
                let message = match variable.name.as_str() {
                    "SESSION_SECRET" | "GIN_MODE" => "Wye needs nothing like it",
                    _ => "the import does not know this variable; it is left out",
                };
                draft.note(Fate::Impossible, at, message);
                continue;
            };
            match own {
                "SERVER__PORT" if draft.keys.is_empty() => {
                    let message =
                        "without client keys, Wye serves only this machine; write listen when there are some";
                    draft.note(Fate::Changed, at, message);
                }
                "SERVER__PORT" => {
                    draft.set(&["listen"], plain(&format!("{host}:{}", variable.value)));
                    draft.note(Fate::Mapped, at, "listen");
                }
                "SERVER__HOST" => draft.note(Fate::Mapped, at, "a part of listen"),
                "ENCRYPTION_KEY" => {
                    draft.note(
                        Fate::Changed,
                        at,
                        "Wye seals its vault under a key of its own (WYE_MASTER_KEY)",
                    );
                }
                own if own.starts_with("PROVIDERS__") => {
                    let known = ["__BASE_URL", "__ENABLED", "__API_KEY_ENV", "__MODELS", "__DEFAULT_MODEL"];
                    if !known.iter().any(|end| own.ends_with(end)) {
                        draft.note(
                            Fate::Impossible,
                            at,
                            "the import does not know this variable; it is left out",
                        );
                    }
                }
                _ => {
                    draft.note(Fate::Impossible, at, "the import does not know this variable; it is left out")
                }
            }
        }
    }
}
