//! Whether a target can be asked at all, whatever the others are: what it offers, what it costs, what it can do, how much
//! it holds.

use std::time::Duration;

use wye_fleet::speed::Measured;
use wye_types::Kind;
use wye_types::record::decision::Traits;
use wye_types::record::{Refusal, RefusalCode};

use super::Ask;
use crate::live::{Filter, Route, Target};
use crate::parse::Estimate;

/// Why a target cannot be asked. What it is known to lack may be overlooked where all others lack it too.
pub(super) fn unfit(
    (target, filter): (&Target, &Filter),
    (ask, estimate): (&Ask, Estimate),
    space: Option<Space<'_>>,
    overlook: bool,
    now: Duration,
) -> Option<Refusal> {
    if target.off {
        return Some(Refusal::new(RefusalCode::SwitchedOff));
    }
    if ask.kind != Kind::Chat && target.service(ask.kind).is_none() {
        return Some(Refusal::new(RefusalCode::Service).about(ask.kind.name()));
    }
    if let Some(space) = space.filter(|space| Space::name(&target.deployment.model) != space.0) {
        return Some(Refusal::new(RefusalCode::VectorSpace).about(space.0.to_owned()));
    }
    if ask.free_only && target.known.free.is_none() {
        return Some(Refusal::new(RefusalCode::NotFree));
    }
    if ask.needs_price && target.price_of(ask.kind, ask.free_only).is_none() {
        return Some(Refusal::new(RefusalCode::NoPrice));
    }
    let measured = || target.member.state.speed(ask.stream).measured_at(now);
    if let Some(refusal) =
        left_out(target, filter, measured).or_else(|| ruled_out(target, ask, estimate, measured))
    {
        return Some(refusal);
    }
    if overlook { None } else { lacks(target, filter, ask, estimate) }
}

/// What the route's own filter leaves out, whatever the target can do and the client wants.
fn left_out(target: &Target, filter: &Filter, measured: impl Fn() -> Option<Measured>) -> Option<Refusal> {
    let refusal = |about: &'static str| Some(Refusal::new(RefusalCode::RouteFilter).about(about));
    if filter.free_only && target.known.free.is_none() {
        return refusal("free_only");
    }
    let (input, output) = target.able.price.unzip();
    let over = |limit: Option<u64>, price: Option<u64>| {
        limit.is_some_and(|limit| price.is_none_or(|price| price > limit))
    };
    if over(filter.max_input, input) || over(filter.max_output, output) {
        return refusal("max_price");
    }
    if filter.max_latency.is_none() && target.speed.is_empty() {
        return None;
    }
    // What was not measured lately is asked: it would never be measured otherwise.
    let Measured { first_ms, holds } = measured()?;
    let waits = |about| refusal(about).map(|refusal| refusal.waits(Some(holds)));
    if filter.max_latency.is_some_and(|most| first_ms > most.as_secs_f32() * 1000.0) {
        return waits("max_latency");
    }
    let picked = target.speed.iter().all(|term| term.holds(first_ms.into()));
    if picked { None } else { waits("latency_ms") }
}

/// What the request rules out, whatever the target can do.
fn ruled_out(
    target: &Target,
    ask: &Ask,
    estimate: Estimate,
    measured: impl Fn() -> Option<Measured>,
) -> Option<Refusal> {
    let (input, output) = target.able.price.unzip();
    let controls = ask.controls.as_deref()?;
    controls
        .ruled_out(&target.deployment)
        .or_else(|| controls.too_dear(input, output, target.able.cost(estimate)))
        .or_else(|| controls.max_latency_ms.and_then(|_| controls.too_slow(measured())))
}

/// What a target is known to lack that the request needs.
fn lacks(target: &Target, filter: &Filter, ask: &Ask, estimate: Estimate) -> Option<Refusal> {
    let known = &target.able;
    let needs = |need: Traits, has: Option<bool>| ask.needs.has(need) && has == Some(false);
    let lacking = [
        (needs(Traits::TOOLS, known.tools), "tools"),
        (needs(Traits::IMAGES, known.sees) && !ask.describes, "images"),
        (needs(Traits::AUDIO, known.hears), "audio"),
        (needs(Traits::SCHEMA, known.schema), "schema"),
    ];
    if let Some((_, what)) = lacking.into_iter().find(|(lacks, _)| *lacks) {
        return Some(Refusal::new(RefusalCode::Capability).about(what));
    }
    let wanted = estimate.input.saturating_mul(filter.margin_percent) / 100;
    let full = target.context.is_some_and(|context| wanted > context);
    full.then_some(Refusal::new(RefusalCode::Context))
}

/// Vectors of different models cannot be compared: a fallback that answers with another model's would spoil whatever
/// they are stored in, without anybody noticing. The first target says which model it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space<'a>(&'a str);

impl<'a> Space<'a> {
    pub(super) fn of(route: &'a Route, kind: Kind) -> Option<Self> {
        let serves = |target: &&Target| target.service(kind).is_some();
        let first = (kind == Kind::Embeddings).then(|| route.targets.iter().find(serves)).flatten()?;
        Some(Self(Self::name(&first.deployment.model)))
    }

    /// What a model is called wherever it is served: without its maker and without the tariff. Anything else behind a
    /// colon says which of several models it is (`qwen3-embedding:8b`).
    fn name(model: &str) -> &str {
        const SAME: [&str; 4] = ["free", "nitro", "floor", "latest"];
        let name = model.rsplit('/').next().unwrap_or(model);
        name.split_once(':').filter(|(_, behind)| SAME.contains(behind)).map_or(name, |(name, _)| name)
    }
}
