//! Trying a provider before it is saved, or as it is configured: its key is sent to it once, in the way in which calls
//! send it, and what comes back is told with what to do about it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wye_config::ProviderConfig;
use wye_pipeline::trial::{ListTrial, list_models};
use wye_providers::limits::{Measure, Window};
use wye_providers::{Kind, Models, Provider, find};
use wye_types::{Code, DeploymentId};

use super::endpoint::Call;
use super::input::{Hidden, Json, Text};
use super::problem::Problem;
use super::provider::{NeedView, needs};

/// How long a provider has to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most models that are told.
const MOST: usize = 500;

/// A provider to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderTrial {
    /// Its id: a known one, or any other with `dialect` and `base_url`.
    id: Text<200>,
    /// The known provider that it is like.
    like: Option<Text<200>>,
    /// The wire format it speaks.
    dialect: Option<Text<64>>,
    /// Its address.
    base_url: Option<Text<500>>,
    /// Its key. It is sent to the provider once, and neither kept nor logged.
    api_key: Option<Hidden>,
    /// The name of a secret of the vault, instead of `api_key`.
    secret: Option<Text<200>>,
    /// What stands open in its address, by the names of its `needs`: `{"aws_region": "eu-west-1"}`.
    #[serde(default)]
    needs: BTreeMap<String, Text<200>>,
    /// Whatever else the configuration would say of it: `auth`, `headers`, `proxy`, …
    #[serde(default)]
    settings: Map<String, Value>,
    /// A model to ask where the provider has no list, or one that answers anybody. That may cost a few tokens.
    model: Option<Text<400>>,
}

/// What came of trying a credential. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderTried {
    /// Which account; `null`: it is not saved.
    account: Option<String>,
    /// Whether it can be used.
    ok: bool,
    /// Whether the provider has looked at the key. A list that answers anybody proves only that it is there.
    key_proved: bool,
    /// How long the provider took.
    ms: u64,
    /// Its HTTP status.
    status: Option<u16>,
    /// What is wrong, as in the table of error codes.
    code: Option<&'static str>,
    /// What that means, and what to do.
    message: String,
    /// What the provider said, or why it was not reached.
    said: Option<String>,
    /// The models that it lists, the first 500.
    models: Vec<String>,
    /// How many it lists.
    listed: Option<usize>,
    /// What its answer told of limits.
    limits: Vec<TriedLimit>,
}

/// A limit that a provider told of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TriedLimit {
    /// Of what: `requests`, `tokens`, …
    of: &'static str,
    /// In how many milliseconds.
    per_ms: Option<u64>,
    /// How much.
    limit: Option<u64>,
    /// What is left.
    left: Option<u64>,
    /// Milliseconds until it is whole again.
    resets_in_ms: Option<u64>,
}

/// What came of trying each account of a provider.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderTries {
    /// By account, in their order.
    items: Vec<ProviderTried>,
}

pub(super) async fn try_provider(
    call: Call,
    Json(trial): Json<ProviderTrial>,
) -> Result<Json<ProviderTried>, Problem> {
    call.note.add("provider", trial.id.0.as_str());
    let model = trial.model.as_ref().map(|model| model.0.clone());
    if trial.api_key.is_some() && trial.secret.is_some() {
        return Err(Problem::field("secret", "send `api_key` or `secret`, not both"));
    }
    let (id, body) = body(&trial)?;
    let key = trial.api_key.as_ref().map(|key| &key.0);
    let provider = call.admin.configurator.trial(&id, body, key).await?;
    let tried = one(&call, provider, model).await?;
    note(&call, std::slice::from_ref(&tried));
    Ok(Json(tried))
}

pub(super) async fn try_configured_provider(call: Call, (): ()) -> Result<Json<ProviderTries>, Problem> {
    let current = call.admin.configurator.current();
    let id = call.param("id");
    let provider = current.config.provider(id).ok_or_else(|| Problem::missing("provider", id))?;
    let mut items = Vec::with_capacity(provider.accounts.len());
    for account in &provider.accounts {
        let alone = ProviderConfig { accounts: vec![account.clone()], ..provider.clone() };
        let tried = one(&call, alone, None).await?;
        items.push(ProviderTried { account: Some(account.name.clone()), ..tried });
    }
    note(&call, &items);
    Ok(Json(ProviderTries { items }))
}

/// The audit log is told what came of it.
fn note(call: &Call, tried: &[ProviderTried]) {
    call.note.add("ok", tried.iter().filter(|tried| tried.ok).count());
    call.note.add("tried", tried.len());
}

/// The body of the item that would be saved, but for the key.
fn body(trial: &ProviderTrial) -> Result<(String, Value), Problem> {
    let mut body = trial.settings.clone();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value.into());
        }
    };
    put("like", trial.like.as_ref().map(|text| text.0.as_str()));
    put("dialect", trial.dialect.as_ref().map(|text| text.0.as_str()));
    put("base_url", trial.base_url.as_ref().map(|text| text.0.as_str()));
    if let Some(secret) = &trial.secret {
        put("api_key", Some(&format!("vault:{}", secret.0)));
    }
    body.remove("enabled");
    let row = find(trial.like.as_ref().map_or(&trial.id.0, |like| &like.0));
    let said = body.get("base_url").and_then(Value::as_str);
    let address = said.or(row.map(|row| row.base_url)).unwrap_or_default().to_owned();
    let filled = filled(&address, row, &trial.needs)?;
    if filled != address {
        body.insert("base_url".to_owned(), filled.into());
    }
    Ok((trial.id.0.clone(), body.into()))
}

/// An address with what stands open in it filled in.
fn filled(
    address: &str,
    row: Option<&Provider>,
    said: &BTreeMap<String, Text<200>>,
) -> Result<String, Problem> {
    let needs = needs(row);
    let open: Vec<(&str, &str)> = needs.iter().filter_map(NeedView::placed).collect();
    let mut address = address.to_owned();
    for (name, value) in said {
        let field = format!("needs.{name}");
        let Some((placeholder, _)) = open.iter().find(|(_, known)| known == name) else {
            let known: Vec<&str> = open.iter().map(|(_, known)| *known).collect();
            let known = if known.is_empty() {
                "nothing stands open in its address".to_owned()
            } else {
                known.join(", ")
            };
            return Err(Problem::field(&field, format!("this is no need of the provider: {known}")));
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if value.0.is_empty() || !value.0.bytes().all(fits) {
            return Err(Problem::field(&field, "write letters, digits, dashes, dots and underscores"));
        }
        address = address.replace(placeholder, &value.0);
    }
    Ok(address)
}

/// Tries a provider's one account.
async fn one(call: &Call, provider: ProviderConfig, model: Option<String>) -> Result<ProviderTried, Problem> {
    let (clock, began) = (&call.admin.clock, call.admin.clock.mono());
    let row = find(&provider.listed_as);
    let (id, base_url) = (provider.id.clone(), provider.base_url.clone());
    let live = call.admin.configurator.tried(provider)?;
    let endpoint = live.endpoints.get(&id).ok_or_else(|| Problem::missing("provider", &id))?;
    let has_key = endpoint.accounts.first().is_some_and(|account| account.secret.is_some());
    let listed = list_models(endpoint, 0, &**clock, PATIENCE).await;
    let mut tried = ProviderTried {
        account: None,
        ok: true,
        key_proved: false,
        ms: 0,
        status: None,
        code: None,
        message: String::new(),
        said: None,
        models: Vec::new(),
        listed: None,
        limits: Vec::new(),
    };
    let (mut proves, mut chosen) = (true, model.clone());
    match listed {
        Some(Err(unheard)) => {
            tried.ok = false;
            (tried.status, tried.code) = (unheard.status, Some(unheard.code.name()));
            tried.message = advice(unheard.code, row, &base_url);
            tried.said = Some(unheard.message).filter(|said| !said.is_empty());
            proves = false;
        }
        Some(Ok(list)) => {
            tried.status = Some(200);
            proves = list.open && has_key || model.is_some();
            tried.key_proved = has_key && !list.open;
            chosen = chosen.or_else(|| choice(&list, row));
            tried.limits = list.windows.iter().map(TriedLimit::from).collect();
            tried.listed = Some(list.models.len());
            tried.models = list.models.into_iter().take(MOST).map(|model| model.id).collect();
            tried.message = format!("it lists {} models", tried.listed.unwrap_or_default());
        }
        None => {
            if let Some(Models::Named { ids, .. }) = row.map(|row| row.models) {
                chosen = chosen.or_else(|| ids.first().map(|id| (*id).to_owned()));
                tried.models = ids.iter().take(MOST).map(|id| (*id).to_owned()).collect();
            }
            if chosen.is_none() {
                tried.ok = false;
                tried.message =
                    "it has no list of models that could be asked for: name a `model` to try".to_owned();
            }
        }
    }
    if let Some(model) = chosen.filter(|_| proves) {
        let deployment = DeploymentId { provider: id, model };
        let left = PATIENCE.saturating_sub(clock.mono().saturating_sub(began));
        asked(call, (&live, &deployment), left, (row, &base_url), &mut tried).await?;
    }
    tried.ms = u64::try_from(clock.mono().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
    Ok(tried)
}

/// Asks a model something small: the one proof of a key where the list answers anybody, or where there is none.
async fn asked(
    call: &Call,
    (live, deployment): (&std::sync::Arc<wye_pipeline::Live>, &DeploymentId),
    left: Duration,
    (row, base_url): (Option<&Provider>, &str),
    tried: &mut ProviderTried,
) -> Result<(), Problem> {
    let who = call.principal()?.name.clone();
    let probing = call.admin.pipeline.probe(live, deployment, &who);
    let probed = match tokio::time::timeout(left, Box::pin(probing)).await {
        Ok(probed) => probed.map_err(|error| Problem::new(error.code, error.message))?,
        Err(_) => {
            tried.ok = false;
            tried.code = Some(Code::ProviderTimeout.name());
            tried.message = advice(Code::ProviderTimeout, row, base_url);
            return Ok(());
        }
    };
    let status = probed.record.as_ref().and_then(|record| record.attempts.last()?.status);
    tried.status = status.or(tried.status);
    match probed.said {
        Ok(_) => {
            tried.key_proved = true;
            tried.message = format!("{} answered", deployment.model);
        }
        Err(error) => {
            let refused = [Code::ProviderAuthFailed, Code::ProviderPaymentRequired, Code::ProviderForbidden];
            // A list was had: that one model does not answer says little of the rest.
            tried.ok = tried.listed.is_some() && !refused.contains(&error.code);
            tried.code = Some(error.code.name());
            tried.message = match tried.ok {
                true => format!(
                    "it is there, but {} did not answer, so that the key is not proved",
                    deployment.model
                ),
                false => advice(error.code, row, base_url),
            };
            tried.said = Some(error.message);
        }
    }
    Ok(())
}

/// The model of a list that is asked: one that costs nothing, else the cheapest, else the first.
fn choice(list: &ListTrial, row: Option<&Provider>) -> Option<String> {
    let chats = || list.models.iter().filter(|model| model.kind == Some(Kind::Chat));
    let free = chats().find(|model| row.is_some_and(|row| row.costs_nothing(&model.id).is_some()));
    let price = |model: &&wye_providers::models::Listed| {
        let price = model.price.as_ref()?;
        price.input?.checked_add(price.output?).filter(|pico| *pico > 0)
    };
    let cheapest = || chats().filter(|model| price(model).is_some()).min_by_key(|model| price(model));
    free.or_else(cheapest).or_else(|| chats().next()).map(|model| model.id.clone())
}

impl From<&Window> for TriedLimit {
    fn from(window: &Window) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            of: match window.of {
                Measure::Requests => "requests",
                Measure::Tokens => "tokens",
                Measure::InputTokens => "input_tokens",
                Measure::OutputTokens => "output_tokens",
                Measure::InputImages => "input_images",
                Measure::Other => "other",
            },
            per_ms: window.per.map(ms),
            limit: window.limit,
            left: window.remaining,
            resets_in_ms: window.reset.map(ms),
        }
    }
}

/// What an error means where a provider is tried, and what to do.
fn advice(code: Code, row: Option<&Provider>, base_url: &str) -> String {
    let page = row.and_then(|row| row.key_url).map_or(String::new(), |url| format!(" from {url}"));
    match code {
        Code::ProviderAuthFailed => format!("it refuses this key: copy it anew{page}, the whole of it"),
        Code::ProviderPaymentRequired => "the key is known, but its account has no credit: add some there".to_owned(),
        Code::ProviderForbidden => {
            "the key is known, but may not do this: look at its permissions, and whether the account may be used from here"
                .to_owned()
        }
        Code::ProviderModelNotFound => format!(
            "there is nothing at {base_url}: look at the address; for OpenAI's dialects it ends in the version, such as /v1"
        ),
        Code::ProviderRateLimited => "it is asked too often with this key just now: try again in a while".to_owned(),
        Code::ProviderTimeout => format!("it did not answer within {} s: try again, or look at {base_url}", PATIENCE.as_secs()),
        Code::ProviderUnreachable => format!("nobody answers at {base_url}: look at the address, the proxy and the network"),
        Code::ProviderBadAnswer => format!("what answers at {base_url} is no list of models: look at the address and the dialect"),
        other => other.row().meaning.to_owned(),
    }
}
