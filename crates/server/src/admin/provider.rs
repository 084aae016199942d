//! Providers: all that are known and all that are configured, with what a form needs to add one, and how those that are
//! there are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wye_admin::Action;
use wye_admin::configurator::Current;
use wye_config::ProviderConfig;
use wye_pipeline::Live;
use wye_pipeline::card::What;
use wye_pipeline::seen::{self, Seen};
use wye_providers::free::{Free, FreeTier, Of};
use wye_providers::{PROVIDERS, Provider, find};

use super::endpoint::Call;
use super::input::Json;
use super::limit::{self, LimitView};
use super::problem::Problem;

mod need;

pub(super) use need::{NeedView, needs};

/// Providers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Providers {
    /// Those that are configured, then those that give something away, then the rest; each by label.
    items: Vec<ProviderView>,
}

/// A provider. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderView {
    /// Its id, as in `provider/model`.
    id: String,
    /// Its name for people.
    label: String,
    /// Whether it is one that Wye knows by itself, or is written `like` one.
    known: bool,
    /// Whether it is configured, be it that it is switched off, or was found in the environment.
    configured: bool,
    /// Who owns its configuration: `file` (read-only here) or `database`; `null`: nobody wrote any.
    owner: Option<&'static str>,
    /// Whether it is called.
    enabled: bool,
    /// Whether it runs on the gateway's own machine and is found by itself.
    local: bool,
    /// The wire format it speaks, or the main one of several.
    dialect: Option<&'static str>,
    /// All of them, the main one first.
    dialects: Vec<&'static str>,
    /// Its address: the configured one, or the usual one, in which `{NAME}` is still to be filled in (see `needs`).
    base_url: Option<String>,
    /// The environment variable in which its key is usually kept.
    env: Option<String>,
    /// The page of its vendor on which keys are made.
    key_url: Option<&'static str>,
    /// Where its interface is documented.
    docs_url: Option<&'static str>,
    /// What its vendor gives away; `null`: nothing that is known.
    free: Option<FreeView>,
    /// What a person must say to add it.
    needs: Vec<NeedView>,
    /// Its accounts.
    accounts: Vec<AccountOf>,
    /// How many of its models are listed.
    deployments: usize,
    /// How its models are.
    health: ProviderHealth,
    /// What is left of its limits, live.
    limits: Vec<LimitView>,
}

/// What a vendor gives away.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FreeView {
    /// `models`: some models; `plan`: everything, of an account without means of payment; `credit`: an amount.
    kind: &'static str,
    /// Which models, `*` for any part of a name; empty: all.
    models: &'static [&'static str],
    /// How much, in words, where it is an amount.
    credit: Option<&'static str>,
    /// What one must do or accept for it; empty: sign up, no more.
    terms: &'static str,
    /// Its limits, as far as they are known.
    limits: Vec<FreeLimit>,
    /// Where that is from.
    source: &'static str,
    /// The day on which it was so.
    as_of: &'static str,
}

/// A published limit of a free tier.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FreeLimit {
    /// Of which models, `*` for any part of a name.
    models: &'static [&'static str],
    /// The most of it.
    most: u64,
    /// Of what: `requests` or `tokens`.
    of: &'static str,
    /// In which time: `second`, `minute`, `hour`, `day` or `month`.
    per: &'static str,
}

/// A credential of a provider.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountOf {
    /// Its name.
    name: String,
    /// The end of its key, for those who may see which secrets there are; `null`: it has none, or it is not shown.
    hint: Option<String>,
    /// Where its key stands: `vault:NAME`, `file` or `environment`; `null`: it has none.
    secret: Option<String>,
    /// Who owns it: `file`, `database` or `environment`.
    owner: &'static str,
}

/// How a provider's models are, as far as they were called.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct ProviderHealth {
    /// Models that may be called and are well.
    ok: usize,
    /// Models that are left alone for a while.
    resting: usize,
    /// Models that are called and mostly fail.
    failing: usize,
    /// Why, of the first that is not well: `breaker_open`, `failed`, `told`, `guessed`, `model`; `null`: all are.
    why: Option<&'static str>,
}

/// Below this a deployment that does not rest counts as failing.
const WELL: u8 = 50;

pub(super) async fn list_providers(call: Call, (): ()) -> Result<Json<Providers>, Problem> {
    let (live, current) = (call.admin.pipeline.live(), call.admin.configurator.current());
    let sees = call.principal()?.require(Action::SecretsRead).is_ok();
    let now = call.admin.clock.mono();
    let mut limits: BTreeMap<String, Vec<LimitView>> = BTreeMap::new();
    for view in limit::views(&call, |owner| provider_of(owner, &live).is_some()) {
        if let Some(id) = provider_of(view.owner(), &live) {
            limits.entry(id.to_owned()).or_default().push(view);
        }
    }
    let mut health = health(&live, now);
    let mut deployments: BTreeMap<&str, usize> = BTreeMap::new();
    for card in live.listed.iter().filter(|card| card.what == What::Deployment) {
        *deployments.entry(card.owner()).or_default() += 1;
    }
    let mut items: Vec<ProviderView> = ids(&current)
        .into_iter()
        .map(|id| {
            let mut view = view(&id, &current, sees);
            view.deployments = deployments.get(id.as_str()).copied().unwrap_or_default();
            view.health = health.remove(&id).unwrap_or_default();
            view.limits = limits.remove(&id).unwrap_or_default();
            view
        })
        .collect();
    items.sort_by_key(|view| (!view.configured, view.free.is_none(), view.label.to_lowercase()));
    Ok(Json(Providers { items }))
}

/// Every provider that is known or configured, each once.
fn ids(current: &Current) -> BTreeSet<String> {
    let items = current.file_items.keys().chain(current.items.keys());
    let written = items.filter(|(kind, _)| kind == "provider").map(|(_, name)| name.clone());
    let served = current.config.providers.iter().map(|provider| provider.id.clone());
    PROVIDERS.iter().map(|row| row.id.to_owned()).chain(written).chain(served).collect()
}

/// What is written of a provider, and by whom.
pub(super) fn written<'c>(current: &'c Current, id: &str) -> Option<(&'c Value, &'static str)> {
    let key = ("provider".to_owned(), id.to_owned());
    let file = current.file_items.get(&key).map(|body| (body, "file"));
    file.or_else(|| current.items.get(&key).map(|body| (body, "database")))
}

/// The row of the registry that a provider is of.
pub(super) fn row_of(id: &str, body: Option<&Value>) -> Option<&'static Provider> {
    let like = body.and_then(|body| body.get("like")).and_then(Value::as_str);
    find(like.unwrap_or(id))
}

fn view(id: &str, current: &Current, sees: bool) -> ProviderView {
    let served = current.config.provider(id);
    let written = written(current, id);
    let body = written.map(|(body, _)| body);
    let row = row_of(id, body);
    let own = find(id);
    let dialects: Vec<&'static str> = match (served, row) {
        (Some(served), _) => served.dialects(None).into_iter().map(|dialect| dialect.name()).collect(),
        (None, Some(row)) => {
            let also = row.also.iter().map(|spoken| spoken.dialect);
            std::iter::once(row.dialect).chain(also).map(|dialect| dialect.name()).collect()
        }
        (None, None) => Vec::new(),
    };
    let label = own.or_else(|| row.filter(|_| own.is_none())).map_or(id, |row| row.title);
    let label = if own.is_none() && row.is_some() { format!("{id} ({label})") } else { label.to_owned() };
    let said = body.and_then(|body| body.get("base_url")).and_then(Value::as_str).map(str::to_owned);
    let base_url = served.map(|served| served.base_url.clone()).or(said);
    ProviderView {
        id: id.to_owned(),
        label,
        known: row.is_some(),
        configured: served.is_some() || written.is_some(),
        owner: written.map(|(_, owner)| owner),
        enabled: served.is_some(),
        local: row.is_some_and(|row| row.local),
        dialect: dialects.first().copied(),
        dialects,
        base_url: base_url.or_else(|| row.map(|row| row.base_url.to_owned())),
        env: row.and_then(|row| row.key_words().into_iter().next()),
        key_url: row.and_then(|row| row.key_url),
        docs_url: row.map(|row| row.docs),
        free: row.and_then(|row| row.free.as_ref()).map(free),
        needs: needs(row),
        accounts: served.map_or_else(Vec::new, |served| accounts(served, written, sees)),
        deployments: 0,
        health: ProviderHealth::default(),
        limits: Vec::new(),
    }
}

fn free(tier: &FreeTier) -> FreeView {
    let (kind, models, credit) = match tier.of {
        Free::Models(models) => ("models", models, None),
        Free::Plan => ("plan", &[][..], None),
        Free::Credit(much) => ("credit", &[][..], Some(much)),
    };
    let limit = |limit: &wye_providers::free::KnownLimit| FreeLimit {
        models: limit.models,
        most: limit.most,
        of: match limit.of {
            Of::Requests => "requests",
            Of::Tokens => "tokens",
        },
        per: limit.per.name(),
    };
    FreeView {
        kind,
        models,
        credit,
        terms: tier.terms,
        limits: tier.limits.iter().map(limit).collect(),
        source: tier.source.at,
        as_of: tier.source.as_of,
    }
}

fn accounts(served: &ProviderConfig, written: Option<(&Value, &'static str)>, sees: bool) -> Vec<AccountOf> {
    let body = written.map(|(body, _)| body);
    let reference = |at: usize| {
        let body = body?;
        let said = match (body.get("api_key"), body.get("api_keys"), body.get("accounts")) {
            (Some(key), ..) => Some(key),
            (None, Some(keys), _) => keys.get(at),
            (None, None, accounts) => accounts.and_then(|accounts| accounts.get(at)?.get("api_key")),
        };
        said?.as_str()
    };
    let one = |(at, account): (usize, &wye_config::Account)| {
        let said = reference(at);
        let secret = account.secret.as_ref();
        // Where it stands, not what stands there: a key that is written out is masked already.
        let stands = match said {
            Some(said) if said.starts_with("vault:") => said,
            Some(said) if said.starts_with("${") => "environment",
            Some(_) => "file",
            None => "environment",
        };
        AccountOf {
            name: account.name.clone(),
            hint: secret.filter(|_| sees).map(wye_admin::secrets::hint),
            secret: secret.map(|_| stands.to_owned()),
            owner: match (said, written) {
                (Some(_), Some((_, owner))) => owner,
                (None, Some((_, owner))) if secret.is_none() => owner,
                _ => "environment",
            },
        }
    };
    served.accounts.iter().enumerate().map(one).collect()
}

/// The provider whose limit it is, if it is one's: `provider groq`, `groq/1`, `groq/1 MODEL`.
pub(super) fn provider_of<'o>(owner: &'o str, live: &Live) -> Option<&'o str> {
    let id = owner.strip_prefix("provider ").or_else(|| owner.split_once('/').map(|(id, _)| id))?;
    live.endpoints.contains_key(id).then_some(id)
}

/// How the models of each provider are.
fn health(live: &Live, now: Duration) -> BTreeMap<String, ProviderHealth> {
    let mut all: BTreeMap<String, ProviderHealth> = BTreeMap::new();
    for deployment in seen::deployments(live, None) {
        let seen = deployment.look(now);
        let health = all.entry(deployment.provider.clone()).or_default();
        let why = trouble(&seen);
        match why {
            None => health.ok += 1,
            Some("failing") => health.failing += 1,
            Some(_) => health.resting += 1,
        }
        health.why = health.why.or(why.map(|why| if why == "failing" { "failed" } else { why }));
    }
    all
}

/// Why a deployment is not well: the word for its rest, or `failing`.
pub(super) fn trouble(seen: &Seen) -> Option<&'static str> {
    if let Some((_, broken)) = seen.shut {
        return Some(if broken { "breaker_open" } else { "failed" });
    }
    let resting = !seen.accounts.is_empty() && seen.accounts.iter().all(|of| !of.rests.is_empty());
    if resting {
        return seen.accounts.first().and_then(|of| of.rests.first()).map(|(why, _)| *why);
    }
    (seen.health < WELL).then_some("failing")
}
