//! Bifrost's providers. Clients call `provider/model`, so a provider keeps its name; where its keys lead to different
//! places, it becomes several, and its models' names become routes.

use serde_json::Value as Json;

use super::key::{Key, read_key};
use crate::address::{self, Asked};
use crate::draft::{Body, Draft, plain, sounds_secret};
use crate::field::{At, Fields};
use crate::lite_llm::{put, seconds};
use crate::{Fate, vendor};

/// The models of all providers: the provider, a model, and what is called for it.
#[derive(Debug, Default)]
pub(super) struct Models {
    /// The old name of a provider, a model's name there, what is called, the key's weight.
    pub(super) listed: Vec<(String, String, String, f64)>,
    /// Old names of providers, and ours where any model may be called.
    pub(super) open: Vec<(String, String)>,
}

/// Maps all providers.
pub(super) fn map(providers: &At<'_>, draft: &mut Draft) -> Models {
    let mut models = Models::default();
    let mut longest: Option<u64> = None;
    let mut rounds: Option<u64> = None;
    for (name, at) in providers.entries() {
        one(name, &at, &mut models, (&mut longest, &mut rounds), draft);
    }
    if let Some(longest) = longest {
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        draft.set(&["defaults", "timeouts", "total"], seconds(longest as f64));
    }
    if let Some(rounds) = rounds.filter(|rounds| *rounds > 1) {
        draft.set(&["defaults", "retry", "rounds"], rounds);
    }
    models
}

fn one(
    name: &str,
    at: &At<'_>,
    models: &mut Models,
    (longest, rounds): (&mut Option<u64>, &mut Option<u64>),
    draft: &mut Draft,
) {
    let mut fields = Fields::of(at, draft);
    let network = fields.take("network_config");
    let custom = fields.take("custom_provider_config");
    let keys = fields.take("keys");
    let mut common = Body::new();
    let mut base_url = None;
    if let Some(network) = &network {
        let mut network = Fields::of(network, draft);
        base_url = network.text("base_url", draft).map(|(_, url)| draft.address(url));
        if let Some((at, seconds)) = network.whole("default_request_timeout_in_seconds", draft) {
            *longest = (*longest).max(Some(seconds));
            draft.changed(
                &at,
                "times are limited by route; the longest of all providers is defaults.timeouts.total",
            );
        }
        if let Some((at, tries)) = network.whole("max_retries", draft) {
            *rounds = (*rounds).max(Some((tries + 1).min(10)));
            draft.changed(
                &at,
                "tries are counted by route; the most of all providers is defaults.retry.rounds",
            );
        }
        reached(&mut network, &mut common, draft);
        network.finish(draft);
    }
    concurrency(&mut fields, &mut common, draft);
    proxy(&mut fields, &mut common, draft);
    fields.refuse(
        &[
            "send_back_raw_request",
            "send_back_raw_response",
            "store_raw_request_response",
            "prompt_cache",
            "openai_config",
            "pricing_overrides",
        ],
        "Wye has nothing like it",
        draft,
    );
    fields.finish(draft);
    let (base, keyless) = custom_base(custom.as_ref(), draft);
    let vendor = base.as_deref().unwrap_or(name);
    let mut read: Vec<Key<'_>> = Vec::new();
    for item in keys.map(|at| at.items()).unwrap_or_default() {
        read.extend(read_key(&item, (name, vendor), base_url.as_deref(), draft));
    }
    let local = vendor::row(vendor).is_some_and(|row| row.local);
    if read.is_empty() && (keyless || local || vendor::is_compatible(vendor)) {
        let Some(home) =
            address::home(Asked { name: Some(vendor), base_url: base_url.as_deref(), dialect: None })
        else {
            return draft.impossible(
                at,
                format!("Wye does not know {name}; give its address as network_config.base_url"),
            );
        };
        let mut body = home.body;
        if !local {
            body.insert("auth".to_owned(), "none".into());
        }
        body.append(&mut common);
        let id = draft.new_provider(name, body);
        draft.mapped(at, format!("the provider {id}"));
        return models.open.push((name.to_owned(), id));
    }
    if read.is_empty() {
        return draft.impossible(at, format!("no key of {name} can be used; it is left out"));
    }
    // Keys without a secret are for local servers, which have an address each.
    let first = read.first().map(|key| key.home.body.clone());
    let alike = read.iter().all(|key| Some(&key.home.body) == first.as_ref() && key.aliases.is_empty());
    if alike {
        together(name, &read, common, models, draft);
    } else {
        apart(name, &read, &common, models, draft);
    }
}

/// How a provider is reached, beside its address.
fn reached(network: &mut Fields<'_>, common: &mut Body, draft: &mut Draft) {
    let mut headers = Body::new();
    for (name, at) in network.take("extra_headers").map(|at| at.entries()).unwrap_or_default() {
        let Some(text) = at.word() else { continue };
        let value = if sounds_secret(name) { draft.secret(&at, &text, name) } else { draft.words(&text) };
        headers.insert(name.to_owned(), value.into());
    }
    put(common, "headers", headers);
    if let Some((at, true)) = network.flag("insecure_skip_verify", draft) {
        common.insert("tls_verify".to_owned(), false.into());
        draft.changed(&at, "tls_verify: false, which is for test servers");
    }
    for name in ["retry_backoff_initial", "retry_backoff_initial_ms"] {
        if let Some((at, ms)) = network.whole(name, draft) {
            draft.set(&["defaults", "retry", "backoff"], format!("{ms}ms"));
            draft.changed(&at, "defaults.retry.backoff, for all providers");
        }
    }
    if let Some((at, seconds)) =
        network.whole("stream_idle_timeout_in_seconds", draft).filter(|(_, s)| *s > 0)
    {
        draft.set(&["defaults", "timeouts", "idle"], format!("{seconds}s"));
        draft.changed(&at, "defaults.timeouts.idle, for all providers");
    }
    network.refuse(
        &[
            "retry_backoff_max",
            "retry_backoff_max_ms",
            "max_conns_per_host",
            "beta_header_overrides",
            "stream_throughput_guard",
            "enforce_http2",
        ],
        "Wye needs nothing like it",
        draft,
    );
    network.refuse(&["ca_cert_pem"], "certificates of the system are believed; add it there", draft);
}

fn concurrency(fields: &mut Fields<'_>, common: &mut Body, draft: &mut Draft) {
    let Some(at) = fields.take("concurrency_and_buffer_size") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some((at, most)) = fields.whole("concurrency", draft).filter(|(_, most)| *most > 0) {
        put(common, "limits", Body::from_iter([("concurrent".to_owned(), most.into())]));
        draft.mapped(&at, "limits.concurrent");
    }
    fields.refuse(&["buffer_size"], "all requests that wait share waiting_places", draft);
    fields.finish(draft);
}

fn proxy(fields: &mut Fields<'_>, common: &mut Body, draft: &mut Draft) {
    let Some(at) = fields.take("proxy_config") else { return };
    let mut fields = Fields::of(&at, draft);
    let kind = fields.text("type", draft).map(|(_, kind)| kind.to_owned());
    let url = fields.text("url", draft).map(|(at, url)| (at, url.to_owned()));
    let user = fields.text("username", draft).is_some() | fields.text("password", draft).is_some();
    fields.refuse(&["ca_cert_pem"], "certificates of the system are believed; add it there", draft);
    fields.finish(draft);
    match url {
        Some((at, _)) if user => {
            draft.impossible(
                &at,
                "write proxy: vault:NAME and put the URL with user and password into the vault",
            );
        }
        Some((at, url)) if url.contains('@') => {
            let reference = draft.secret(&at, &url, "proxy");
            common.insert("proxy".to_owned(), reference.into());
        }
        Some((_, url)) => {
            common.insert("proxy".to_owned(), draft.address(&url).into());
        }
        None if kind.as_deref() == Some("environment") => {
            draft.impossible(&at, "proxies are named in the configuration: write proxy: http://…");
        }
        None => {}
    }
}

/// Whom a custom provider is like, and whether it wants no key.
fn custom_base(custom: Option<&At<'_>>, draft: &mut Draft) -> (Option<String>, bool) {
    let Some(at) = custom else { return (None, false) };
    let mut fields = Fields::of(at, draft);
    let base = fields.text("base_provider_type", draft).map(|(_, base)| base.to_owned());
    let keyless = fields.flag("is_key_less", draft).is_some_and(|(_, keyless)| keyless);
    fields.refuse(
        &["allowed_requests", "request_path_overrides"],
        "every call that the provider has can be made",
        draft,
    );
    fields.take("custom_provider_key");
    fields.finish(draft);
    (base, keyless)
}

fn is_open(key: &Key<'_>) -> bool {
    key.models.is_empty() || key.models.iter().any(|model| model == "*")
}

/// One provider, whose keys are its accounts.
fn together(name: &str, keys: &[Key<'_>], common: Body, models: &mut Models, draft: &mut Draft) {
    let Some(first) = keys.first() else { return };
    let mut body = first.home.body.clone();
    let all: Vec<&str> = keys.iter().filter_map(|key| key.reference.as_deref()).collect();
    match all.as_slice() {
        [] if first.home.row.is_some() => {}
        [] => {
            body.insert("auth".to_owned(), "none".into());
        }
        [one] => {
            body.insert("api_key".to_owned(), (*one).into());
        }
        many => {
            body.insert("api_keys".to_owned(), many.into());
        }
    }
    body.extend(common);
    let listed: Vec<&str> =
        keys.iter().flat_map(|key| &key.models).map(String::as_str).filter(|model| *model != "*").collect();
    let table: Body = listed.iter().map(|model| ((*model).to_owned(), Json::Object(Body::new()))).collect();
    put(&mut body, "models", table);
    let id = draft.new_provider(name, body);
    for key in keys {
        draft.mapped(&key.at, format!("an account of the provider {id}"));
        if keys.len() > 1 && key.models != first.models {
            draft.changed(
                &key.at,
                "it was used for its models only; here all accounts of a provider are used for every model",
            );
        }
        if keys.len() > 1 && (key.weight - first.weight).abs() > f64::EPSILON {
            draft.changed(&key.at, "accounts take turns evenly, without weights");
        }
        for model in key.models.iter().filter(|model| *model != "*") {
            let target = plain(&format!("{id}/{model}"));
            models.listed.push((name.to_owned(), model.clone(), target, key.weight));
        }
    }
    models.open.push((name.to_owned(), id));
}

/// A provider for each key, and routes under the names that the one had.
fn apart(name: &str, keys: &[Key<'_>], common: &Body, models: &mut Models, draft: &mut Draft) {
    let slash = format!("{name}/");
    draft.reserve([slash.as_str()]);
    let mut routes: Vec<(String, Vec<(f64, String)>)> = Vec::new();
    let mut add = |model: &str, weight: f64, target: String| match routes
        .iter_mut()
        .find(|(known, _)| known == model)
    {
        Some((_, targets)) => targets.push((weight, target)),
        None => routes.push((model.to_owned(), vec![(weight, target)])),
    };
    let mut ids = Vec::new();
    for key in keys {
        let mut body = key.home.body.clone();
        match &key.reference {
            Some(reference) => body.insert("api_key".to_owned(), reference.clone().into()),
            None if key.home.row.is_some() => None,
            None => body.insert("auth".to_owned(), "none".into()),
        };
        body.extend(common.clone());
        let id = draft.new_provider(&format!("{name}-{}", key.name), body);
        draft.mapped(&key.at, format!("the provider {id}"));
        if is_open(key) {
            let message = format!(
                "only models that are named here can be called as {name}/model; any other as {id}/model"
            );
            draft.changed(&key.at, message);
        }
        ids.push(id);
    }
    for (key, id) in keys.iter().zip(&ids) {
        let named =
            key.models.iter().chain(key.aliases.iter().map(|(alias, _)| alias)).filter(|model| *model != "*");
        let mut done: Vec<&str> = Vec::new();
        for model in named {
            if done.contains(&model.as_str()) {
                continue;
            }
            done.push(model);
            let real = key.aliases.iter().find(|(alias, _)| alias == model).map_or(model, |(_, real)| real);
            add(model, key.weight, plain(&format!("{id}/{real}")));
        }
    }
    for (model, mut targets) in routes {
        targets.sort_by(|a, b| b.0.total_cmp(&a.0));
        let route = format!("{name}/{model}");
        if let Err(why) = draft.route_name(&route) {
            draft.note(Fate::Impossible, (&format!("providers.{name}"), 0), why);
            continue;
        }
        let list: Vec<Json> = targets.iter().map(|(_, target)| Json::from(target.clone())).collect();
        draft.routes.push((route.clone(), Body::from_iter([("targets".to_owned(), list.into())])));
        models.listed.push((
            name.to_owned(),
            model,
            plain(&route),
            targets.first().map_or(1.0, |(weight, _)| *weight),
        ));
    }
}

/// Models that are named can be called without their provider, too.
pub(super) fn bare(models: &Models, draft: &mut Draft) {
    let mut names: Vec<(&str, Vec<Json>)> = Vec::new();
    for (_, model, target, _) in &models.listed {
        let target = Json::from(target.clone());
        match names.iter_mut().find(|(name, _)| name == model) {
            Some((_, targets)) if targets.contains(&target) => {}
            Some((_, targets)) => targets.push(target),
            None => names.push((model, vec![target])),
        }
    }
    for (name, targets) in names {
        if draft.routes.iter().all(|(known, _)| known != name) && draft.route_name(name).is_ok() {
            draft.routes.push((name.to_owned(), Body::from_iter([("targets".to_owned(), targets.into())])));
        }
    }
}
