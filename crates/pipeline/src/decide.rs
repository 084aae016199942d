//! Stage 4: decide. The name the client asked for becomes a route, its targets an order.

use std::sync::Arc;
use std::time::Duration;

use wye_limits::Moment;
use wye_routing::Room;
use wye_routing::decide::{Seen, ordered};
use wye_routing::machine::{Plan, PlanTarget};
use wye_types::error::GatewayError;
use wye_types::record::{PassedOver, Refusal, RefusalCode};
use wye_types::{Code, DeploymentId, Kind};

use crate::admit::Holding;
use crate::live::{Live, Route, Target};
use crate::parse::Estimate;
use crate::shape::Layer;

/// What will be tried, in order.
pub(crate) struct Decided {
    pub(crate) route: Arc<Route>,
    /// Places in the route's targets.
    pub(crate) order: Vec<usize>,
    /// When the first target that was left out may be called, on the monotonic clock, as far as it is known.
    pub(crate) soonest: Option<Duration>,
    /// Whether a target that was left out may be called later.
    pub(crate) later: bool,
    /// With an empty order: the target to ask all the same if waiting is no use.
    pub(crate) last_resort: Option<usize>,
    /// The target that is left out for the least time or, if none comes back, for good.
    pub(crate) nearest: Option<(usize, Room)>,
    now: Duration,
    /// Targets that will not be called, and why.
    pub(crate) passed_over: Vec<PassedOver>,
}

/// Names that one which does not exist is compared with at most, for the hint which was meant.
const MOST_COMPARED: usize = 1000;

/// What is asked of a decision, beside the route.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ask {
    /// What is asked.
    pub(crate) kind: Kind,
    /// Only targets whose price is known will do: a budget pays.
    pub(crate) needs_price: bool,
    /// Only targets that are proved to cost nothing will do.
    pub(crate) free_only: bool,
}

impl Ask {
    /// A call of a kind, within what is held of its client's limits.
    pub(crate) const fn of(kind: Kind, holding: &Holding) -> Self {
        Self { kind, needs_price: holding.needs_price(), free_only: holding.is_free_only() }
    }
}

/// Why a target cannot be asked, whatever its state.
fn unfit(target: &Target, ask: Ask, space: Option<Space<'_>>) -> Option<Refusal> {
    if ask.kind != Kind::Chat && target.service(ask.kind).is_none() {
        return Some(Refusal::new(RefusalCode::Service).about(ask.kind.name()));
    }
    if let Some(space) = space.filter(|space| Space::name(&target.deployment.model) != space.0) {
        return Some(Refusal::new(RefusalCode::VectorSpace).about(space.0.to_owned()));
    }
    if ask.free_only && target.known.free.is_none() {
        return Some(Refusal::new(RefusalCode::NotFree));
    }
    let unpriced = ask.needs_price && target.price_of(ask.kind, ask.free_only).is_none();
    unpriced.then_some(Refusal::new(RefusalCode::NoPrice))
}

/// Vectors of different models cannot be compared: a fallback that answers with another model's would spoil whatever
/// they are stored in, without anybody noticing. The first target says which model it is.
#[derive(Debug, Clone, Copy)]
struct Space<'a>(&'a str);

impl<'a> Space<'a> {
    fn of(route: &'a Route, kind: Kind) -> Option<Self> {
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

/// Orders a route's targets.
pub(crate) fn decide(route: &Arc<Route>, ask: Ask, estimate: Estimate, now: Moment) -> Decided {
    let space = Space::of(route, ask.kind);
    // Targets that may be weighed, by their places in the route.
    let mut fit = Vec::with_capacity(route.targets.len());
    let mut passed_over: Vec<PassedOver> = Vec::new();
    for (place, target) in route.targets.iter().enumerate() {
        match unfit(target, ask, space) {
            None => fit.push(place),
            Some(reason) => passed_over.push(passed_over_for(target, reason)),
        }
    }
    let seen: Vec<Seen<'_>> = fit
        .iter()
        .map(|place| {
            let target = &route.targets[*place];
            Seen {
                deployment: &target.deployment,
                context: target.context,
                room: target.endpoint.room(&target.deployment.model, estimate, now),
            }
        })
        .collect();
    let decision = ordered(&seen, now.mono);
    for candidate in decision.candidates {
        if let Some(reason) = candidate.refused.filter(|_| !decision.order.contains(&candidate.target)) {
            passed_over.push(passed_over_for(&route.targets[fit[candidate.target]], reason));
        }
    }
    for over in &passed_over {
        tracing::debug!(
            route = %route.name, deployment = %over.deployment, reason = %over.reason, "target passed over"
        );
    }
    let nearest = if decision.order.is_empty() {
        let wait = |row: &Seen<'_>| match row.room {
            Room::Free => (0, None),
            Room::Taken { until: Some(until), .. } => (1, Some(until)),
            Room::Taken { until: None, .. } => (2, None),
            Room::Never { .. } => (3, None),
        };
        let nearest = seen.iter().enumerate().min_by_key(|(_, row)| wait(row));
        nearest.map(|(at, row)| (fit[at], row.room.clone()))
    } else {
        None
    };
    Decided {
        order: decision.order.iter().map(|place| fit[*place]).collect(),
        soonest: decision.soonest,
        later: decision.later,
        last_resort: decision.last_resort.map(|place| fit[place]),
        nearest,
        now: now.mono,
        passed_over,
        route: Arc::clone(route),
    }
}

fn passed_over_for(target: &Target, reason: Refusal) -> PassedOver {
    PassedOver { deployment: Arc::clone(&target.deployment), reason }
}

impl Decided {
    /// The attempt machine's plan.
    pub(crate) fn plan(&self, arrived: Duration) -> Plan {
        let policy = &self.route.policy;
        let target = |place: &usize| {
            let target = &self.route.targets[*place];
            PlanTarget { accounts: target.endpoint.accounts.len(), context: target.context }
        };
        Plan {
            targets: self.order.iter().map(target).collect(),
            statuses: Arc::clone(&policy.statuses),
            rounds: policy.rounds,
            backoff: policy.backoff,
            deadline: arrived + policy.total,
            least_share: policy.least_share,
            soonest_rest: self.soonest.map(|until| until.saturating_sub(self.now)),
        }
    }
}

/// A route by its name, or a configured provider's model that is no route. Where there is none, names are told that
/// are near and that the client may know.
pub(crate) fn find_route(
    live: &Live,
    asked: &str,
    may_know: impl Fn(&str) -> bool,
) -> Result<Arc<Route>, GatewayError> {
    if let Some(route) = live.routes.get(asked) {
        return Ok(Arc::clone(route));
    }
    if let Some(met) = live.models.met(asked) {
        return Ok(met);
    }
    let deployment = DeploymentId::parse(asked);
    let endpoint = deployment.as_ref().and_then(|d| live.endpoints.get(&d.provider));
    let (Some(deployment), Some(endpoint)) = (deployment, endpoint) else {
        return Err(unknown_model(live, asked, may_know));
    };
    let known = live.models.known(endpoint, &deployment.model);
    let target = Target::new(Arc::clone(endpoint), deployment, known, (&Layer::default(), None));
    let route = Arc::new(Route {
        name: asked.into(),
        targets: vec![target],
        policy: Arc::clone(&live.defaults),
        describing: None,
    });
    live.models.meet(&route);
    Ok(route)
}

fn unknown_model(live: &Live, asked: &str, may_know: impl Fn(&str) -> bool) -> GatewayError {
    // Routes stand first. Whoever makes names up must not make the gateway compare them with ten thousand others.
    let names = live.listed.iter().map(|card| &*card.name).filter(|name| may_know(name));
    let names: Vec<&str> = names.take(MOST_COMPARED).collect();
    let bare = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let wanted = asked.to_ascii_lowercase();
    let likeness = |name: &str| {
        let whole = strsim::jaro_winkler(&wanted, &name.to_ascii_lowercase());
        whole.max(strsim::jaro_winkler(&bare(&wanted), &bare(name)))
    };
    let mut near: Vec<(f64, &str)> =
        names.iter().map(|name| (likeness(name), *name)).filter(|near| near.0 > 0.75).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, name)| name).collect();
    let hint = if !near.is_empty() {
        format!("did you mean {}?", near.join(" or "))
    } else if names.is_empty() {
        "no route and no provider is configured".to_owned()
    } else {
        "GET /v1/models lists the names there are; `provider/model` reaches any model of a configured provider"
            .to_owned()
    };
    GatewayError::new(Code::CallerModelNotFound, format!("the model `{asked}` does not exist here; {hint}"))
        .param("model")
}
