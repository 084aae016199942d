//! From the name that a client sends to a route.

use std::sync::Arc;

use wye_types::error::GatewayError;
use wye_types::{Code, DeploymentId};

use crate::admit;
use crate::authenticate::Caller;
use crate::live::{Live, Route, Target};
use crate::ours::Controls;
use crate::shape::Layer;

/// Names that one which does not exist is compared with at most, for the hint which was meant.
const MOST_COMPARED: usize = 1000;

/// The route that a request names, if its client may name it.
pub(crate) fn named((live, caller): (&Live, &Caller), asked: &str) -> Result<Arc<Route>, GatewayError> {
    admit::may_name(caller, asked)?;
    find_route(live, asked, |name| admit::may_name(caller, name).is_ok())
}

/// The same route as the client wants it: in another order, followed by other names.
pub(crate) fn wished(
    from: (&Live, &Caller),
    route: Arc<Route>,
    controls: Option<&Controls>,
) -> Result<Arc<Route>, GatewayError> {
    let Some(controls) = controls else { return Ok(route) };
    let ordered = |route: Arc<Route>| match controls.strategy {
        Some(by) => Arc::new(route.ordered_by(by)),
        None => route,
    };
    let route = ordered(route);
    if controls.models.is_empty() {
        return Ok(route);
    }
    let others = controls
        .models
        .iter()
        .map(|name| named(from, name).map(ordered).map_err(|error| error.param("models")));
    Ok(Arc::new(route.followed_by(&others.collect::<Result<Vec<_>, GatewayError>>()?)))
}

/// A route by its name, or a configured provider's model that is no route. Where there is none, names are told that
/// are near and that the client may know.
fn find_route(live: &Live, asked: &str, may_know: impl Fn(&str) -> bool) -> Result<Arc<Route>, GatewayError> {
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
    let route = Arc::new(Route::listed(asked.into(), vec![target], Arc::clone(&live.defaults), None));
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
