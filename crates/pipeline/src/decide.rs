//! Stage 4: decide. The name the client asked for becomes a route, its targets an order.

use std::sync::Arc;
use std::time::Duration;

use wye_routing::decide::{Seen, ordered};
use wye_routing::machine::{Plan, PlanTarget};
use wye_types::error::GatewayError;
use wye_types::{Code, DeploymentId, Map};

use crate::live::{Live, Route, Target};

/// What will be tried, in order.
pub(crate) struct Decided {
    pub(crate) route: Arc<Route>,
    /// Places in the route's targets.
    pub(crate) order: Vec<usize>,
    /// How long until a target that was left out could be called.
    soonest_rest: Option<Duration>,
}

/// Finds the route and orders its targets.
pub(crate) fn decide(live: &Live, asked: &str, now: Duration) -> Result<Decided, GatewayError> {
    let route = find_route(live, asked)?;
    let seen: Vec<Seen<'_>> = route
        .targets
        .iter()
        .map(|target| Seen {
            deployment: &target.deployment,
            context: target.context,
            rests_until: target.endpoint.rests_until(&target.deployment.model, now),
        })
        .collect();
    let decision = ordered(&seen, now);
    for candidate in decision.candidates.iter().filter(|c| c.refused.is_some()) {
        tracing::debug!(
            route = %route.name,
            deployment = %route.targets[candidate.target].deployment,
            reason = candidate.refused.as_deref(),
            "target passed over"
        );
    }
    let left_out = (0..seen.len()).filter(|place| !decision.order.contains(place));
    let soonest_rest = left_out.filter_map(|place| seen[place].rests_until).min();
    let soonest_rest = soonest_rest.map(|until| until.saturating_sub(now));
    Ok(Decided { order: decision.order, soonest_rest, route: Arc::clone(&route) })
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
            soonest_rest: self.soonest_rest,
        }
    }
}

/// A route by its name, or a configured provider's model that is no route.
fn find_route(live: &Live, asked: &str) -> Result<Arc<Route>, GatewayError> {
    if let Some(route) = live.routes.get(asked) {
        return Ok(Arc::clone(route));
    }
    let deployment = DeploymentId::parse(asked);
    let endpoint = deployment.as_ref().and_then(|d| live.endpoints.get(&d.provider));
    let (Some(deployment), Some(endpoint)) = (deployment, endpoint) else {
        return Err(unknown_model(live, asked));
    };
    let target = Target::new(Arc::clone(endpoint), deployment, Map::new(), None);
    Ok(Arc::new(Route { name: asked.to_owned(), targets: vec![target], policy: Arc::clone(&live.defaults) }))
}

fn unknown_model(live: &Live, asked: &str) -> GatewayError {
    let mut names: Vec<String> = live.routes.keys().cloned().collect();
    names.extend(live.listed.iter().map(ToString::to_string));
    names.sort();
    names.dedup();
    let bare = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let wanted = asked.to_ascii_lowercase();
    let likeness = |name: &String| {
        let whole = strsim::jaro_winkler(&wanted, &name.to_ascii_lowercase());
        whole.max(strsim::jaro_winkler(&bare(&wanted), &bare(name)))
    };
    let mut near: Vec<(f64, &String)> =
        names.iter().map(|n| (likeness(n), n)).filter(|n| n.0 > 0.75).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, name)| name.as_str()).collect();
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
