//! `GET /v1/models/search`: the deployments that fit, the best first. Every parameter is one that is known here, with a
//! value that means something, or the answer says which is not: a filter that is silently ignored finds the wrong model.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use wye_pipeline::admit::may_name;
use wye_pipeline::card::{Card, What};
use wye_pipeline::{Caller, Live};
use wye_types::Clock;
use wye_types::error::GatewayError;

use super::query::{Query, Sort};
use super::{dialect_of, reply, shape};
use crate::app::App;

/// How long an answer may be kept by whoever asked.
const FRESH: HeaderValue = HeaderValue::from_static("private, max-age=30");

/// `GET /v1/models/search`.
pub(crate) async fn search(State(app): State<Arc<App>>, head: Parts) -> Response {
    let clock = app.pipeline.clock();
    let latencies = app.latencies.now(clock).await;
    let mut response = reply(&app, &head, dialect_of(&head), |live, caller| {
        find(live, caller, head.uri.query().unwrap_or_default(), (&latencies, clock))
    });
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, FRESH);
    }
    response
}

/// A deployment that may fit, with what changes from one moment to the next.
struct Found<'a> {
    card: &'a Card,
    latency_ms: Option<u64>,
    /// How long it still rests.
    rests: Option<Duration>,
}

fn find(
    live: &Live,
    caller: &Caller,
    query: &str,
    (latencies, clock): (&HashMap<String, u64>, &dyn Clock),
) -> Result<Value, GatewayError> {
    let query = Query::parse(query, &|provider| live.endpoints.contains_key(provider))?;
    let cards = live.listed.iter().filter(|card| card.what == What::Deployment);
    let cards = cards.filter(|card| query.fits(card) && may_name(caller, &card.name).is_ok());
    let found = cards.map(|card| Found {
        card,
        latency_ms: latencies.get(&card.name).copied(),
        rests: rests(live, card, clock.mono()),
    });
    let mut found: Vec<Found<'_>> =
        found.filter(|found| !query.exclude_cooldown || found.rests.is_none()).collect();
    sort(&mut found, query.sort);
    let models: Vec<Value> = found.iter().take(query.top).map(|found| row(found, clock.unix_ms())).collect();
    Ok(json!({
        "total": found.len(),
        "category": query.category,
        "filters": query.shown(),
        "models": models,
    }))
}

/// The best first, by what was asked for and then by context, latency and name. What is not known comes last.
fn sort(found: &mut [Found<'_>], by: Sort) {
    let context = |found: &Found<'_>| Reverse(found.card.sheet.context);
    let latency = |found: &Found<'_>| found.latency_ms.unwrap_or(u64::MAX);
    let price = |found: &Found<'_>| {
        let price = found.card.sheet.price.as_ref();
        price.and_then(|price| price.input?.checked_add(price.output?)).unwrap_or(u64::MAX)
    };
    found.sort_by(|a, b| {
        let usual = |found: &Found<'_>| (context(found), latency(found));
        let first = match by {
            // No model has a score yet: all are alike by it.
            Sort::Score | Sort::Context => std::cmp::Ordering::Equal,
            Sort::Latency => latency(a).cmp(&latency(b)),
            Sort::Price => price(a).cmp(&price(b)),
            Sort::Name => a.card.name.cmp(&b.card.name),
        };
        first.then_with(|| usual(a).cmp(&usual(b))).then_with(|| a.card.name.cmp(&b.card.name))
    });
}

/// How long no account of a deployment may be called.
fn rests(live: &Live, card: &Card, now: Duration) -> Option<Duration> {
    let target = card.targets.first()?;
    let accounts = &live.endpoints.get(&target.provider)?.accounts;
    let until = accounts.iter().map(|account| account.state.rests_until(&target.model, now));
    until.min().flatten().map(|until| until.saturating_sub(now))
}

fn row(found: &Found<'_>, unix_ms: u64) -> Value {
    let Found { card, latency_ms, rests } = found;
    let sheet = &card.sheet;
    let target = card.targets.first();
    let dollars = |of: fn(&wye_types::money::Price) -> Option<u64>| {
        sheet.price.as_ref().and_then(of).map(shape::dollars)
    };
    let until = rests.and_then(|rest| {
        let ms = u128::from(unix_ms).saturating_add(rest.as_millis());
        Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
    });
    json!({
        "id": card.name,
        "provider": target.map(|target| &target.provider),
        "model_id": target.map(|target| &target.model),
        "name": sheet.title.as_ref().unwrap_or(&card.name),
        "for": sheet.kind.name(),
        "context_length": sheet.context,
        "max_output": sheet.output,
        "tier": sheet.tier.map(|tier| tier.name()),
        "supports_tools": sheet.caps.tools,
        "supports_vision": sheet.caps.vision,
        "supports_reasoning": sheet.caps.reasoning,
        "supports_json": sheet.caps.structured,
        "input_price": dollars(|price| price.input),
        "output_price": dollars(|price| price.output),
        "free": sheet.free,
        // Models are not examined here yet.
        "category_score_pct": null,
        "category_passed": null,
        "category_total": null,
        "avg_latency_ms": latency_ms,
        "cooldown_until": until.map(|until| until.to_string()),
    })
}

impl Query {
    /// The filters that hold, as they are shown.
    fn shown(&self) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                shown.insert(name.to_owned(), value);
            }
        };
        put("min_context", self.min_context.into());
        put("max_context", self.max_context.into());
        for (name, wanted) in &self.supports {
            put(name, (*wanted).into());
        }
        put("provider", self.provider.clone().into());
        put("tier", self.tier.map(|tier| tier.name()).into());
        for (name, bound) in [
            ("min_price", self.input.0),
            ("max_price", self.input.1),
            ("min_output_price", self.output.0),
            ("max_output_price", self.output.1),
        ] {
            put(name, bound.map(shape::dollars).into());
        }
        put("free", self.free.into());
        put("text", self.text.clone().into());
        put("exclude_cooldown", self.exclude_cooldown.into());
        put("sort", self.sort.name().into());
        put("top", self.top.into());
        shown.into()
    }
}
