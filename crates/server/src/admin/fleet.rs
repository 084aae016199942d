//! How deployments and their accounts are, and what an operator says of those that the gateway leaves alone: who has mended
//! a provider does not wait until the gateway finds out.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_pipeline::seen::{self, Deployment, Figures, Seen, Through};
use wye_types::DeploymentId;

use super::endpoint::Call;
use super::input::{Json, Query, Text};
use super::page::{Page, PageAsk, PageSize};
use super::problem::Problem;

/// Which deployments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DeploymentsAsk {
    /// Only those of this provider.
    provider: Option<Text<200>>,
    /// Only this one, written `provider/model`.
    deployment: Option<Text<400>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

/// How a deployment is, as this process knows it. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeploymentView {
    /// `provider/model`.
    deployment: String,
    /// Its provider.
    provider: String,
    /// Health from 0 to 100; 0 while it rests.
    health: u8,
    /// Why it is left alone: `failed` or `breaker_open`; `null`: it is not.
    shut: Option<&'static str>,
    /// For how many more milliseconds.
    shut_for_ms: Option<u64>,
    /// Whether its provider refuses so much that all others are asked before it.
    asked_last: bool,
    /// Calls under way.
    in_flight: u32,
    /// Answers in the last minute.
    served_last_minute: u32,
    /// How streams come.
    streams: SpeedView,
    /// How whole answers come.
    whole_answers: SpeedView,
    /// The same through each of its provider's accounts; of a single one it is the same.
    accounts: Vec<AccountView>,
}

/// How a deployment is through one of its provider's accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    /// Its place among the provider's accounts, from 0, as attempts name it.
    account: usize,
    /// Its name.
    name: Option<String>,
    /// Why it is left alone; empty: it is not.
    rests: Vec<RestView>,
    /// Calls of the deployment under way through it.
    in_flight: u32,
    /// How streams come.
    streams: SpeedView,
    /// Whether other accounts are asked for streams before it, because it is clearly slower or fails clearly more.
    streams_last: bool,
    /// How whole answers come.
    whole_answers: SpeedView,
    /// Whether other accounts are asked for whole answers before it.
    whole_answers_last: bool,
}

/// A rest of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RestView {
    /// `told`: the provider said so; `guessed`: it refused and did not say for how long; `model`: the quota of this model is
    /// used up.
    why: &'static str,
    /// For how many more milliseconds.
    for_ms: u64,
}

/// How one kind of answer comes. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpeedView {
    /// Moving average of the time to the first content (of whole answers: to the answer), in milliseconds.
    first_content_ms: Option<f32>,
    /// Half of the first contents came within so many milliseconds; known from 20 on.
    p50_ms: Option<u64>,
    /// 97 percent of them did.
    p97_ms: Option<u64>,
    /// Moving average of tokens a second after the first content.
    tokens_per_second: Option<f32>,
    /// Moving average of successes, from 0 to 1.
    success: Option<f32>,
}

pub(super) async fn list_deployments(
    call: Call,
    Query(ask): Query<DeploymentsAsk>,
) -> Result<Json<Page<DeploymentView>>, Problem> {
    let live = call.admin.pipeline.live();
    let name = |of: &Deployment| format!("{}/{}", of.provider, of.model);
    let mut found = seen::deployments(&live, ask.provider.as_ref().map(|provider| provider.0.as_str()));
    if let Some(wanted) = ask.deployment {
        found.retain(|of| name(of) == wanted.0);
    }
    let page = Page::of_named(found, &PageAsk { cursor: ask.cursor, limit: ask.limit }, name);
    let (current, now) = (call.admin.configurator.current(), call.admin.clock.mono());
    let view = |of: &Deployment| {
        let provider = current.config.provider(&of.provider);
        let name = |place: usize| Some(provider?.accounts.get(place)?.name.clone());
        deployment(name, of, of.look(now))
    };
    Ok(Json(Page { items: page.items.iter().map(view).collect(), next: page.next }))
}

/// How a deployment is, with the names of its accounts by their places.
pub(super) fn deployment(
    name: impl Fn(usize) -> Option<String>,
    of: &Deployment,
    seen: Seen,
) -> DeploymentView {
    let account = |(place, of): (usize, Through)| AccountView {
        account: place,
        name: name(place),
        rests: of.rests.iter().map(|(why, left)| RestView { why, for_ms: ms(*left) }).collect(),
        in_flight: of.in_flight,
        streams: of.streams.into(),
        streams_last: of.behind_in_streams,
        whole_answers: of.wholes.into(),
        whole_answers_last: of.behind_in_wholes,
    };
    DeploymentView {
        deployment: format!("{}/{}", of.provider, of.model),
        provider: of.provider.clone(),
        health: seen.health,
        shut: seen.shut.map(|(_, broken)| if broken { "breaker_open" } else { "failed" }),
        shut_for_ms: seen.shut.map(|(left, _)| ms(left)),
        asked_last: seen.asked_last,
        in_flight: seen.in_flight,
        served_last_minute: seen.used,
        streams: seen.streams.into(),
        whole_answers: seen.wholes.into(),
        accounts: seen.accounts.into_iter().enumerate().map(account).collect(),
    }
}

impl From<Figures> for SpeedView {
    fn from(of: Figures) -> Self {
        Self {
            first_content_ms: of.first_ms,
            p50_ms: of.p50.map(ms),
            p97_ms: of.p97.map(ms),
            tokens_per_second: of.tokens_per_s,
            success: of.success,
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What was forgotten of a deployment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeploymentReset {
    /// The deployment.
    deployment: String,
    /// Whether it was left alone until now: it rested, or its circuit breaker was open.
    was_shut: bool,
    /// How many of its provider's accounts rested. They serve the provider's other models as well.
    accounts: usize,
}

pub(super) async fn reset_deployment(call: Call, (): ()) -> Result<Json<DeploymentReset>, Problem> {
    let missing = || Problem::missing("deployment", call.param("id"));
    let id = DeploymentId::parse(call.param("id")).ok_or_else(missing)?;
    let (live, now) = (call.admin.pipeline.live(), call.admin.clock.mono());
    let endpoint = live.endpoints.get(&id.provider).ok_or_else(missing)?;
    let was_shut = endpoint.fleet.reset(&id.model, now).ok_or_else(missing)?;
    let mut accounts = 0;
    for account in &endpoint.accounts {
        accounts += usize::from(!account.state.rests(now).is_empty());
        account.state.reset();
    }
    // Requests that wait for it need not wait for what is over.
    live.waiting.changed();
    Ok(Json(DeploymentReset { deployment: id.to_string(), was_shut, accounts }))
}
