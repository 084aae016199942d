//! Routes as plain lists of deployments, for whatever has no use for the tree.

use std::collections::HashMap;

use super::{Config, RouteConfig, Target, TargetOf};

/// How many targets a route may have once the routes in it are followed.
pub(crate) const MAX_TARGETS: usize = 1000;

impl Config {
    /// The deployments that a route names, in its order and each once: routes in it are replaced by theirs, and what they
    /// say goes with them. Descriptions are left out, since only the fleet tells what they pick.
    #[must_use]
    pub fn flat_targets(&self, route: &RouteConfig) -> Vec<Target> {
        Flat { config: self, known: HashMap::new() }.of(route)
    }
}

/// Lists that are made one from the other, each once: routes that name the same ones again and again would otherwise take
/// as long as all ways through them.
pub(crate) struct Flat<'c> {
    pub(crate) config: &'c Config,
    pub(crate) known: HashMap<&'c str, Vec<Target>>,
}

impl<'c> Flat<'c> {
    pub(crate) fn of(&mut self, route: &'c RouteConfig) -> Vec<Target> {
        if let Some(known) = self.known.get(route.name.as_str()) {
            return known.clone();
        }
        // A circle was refused, or is about to be.
        self.known.insert(&route.name, Vec::new());
        let mut all = Vec::new();
        for target in &route.targets {
            match &target.what {
                TargetOf::Deployment(deployment) => {
                    let (shape, context) = (target.shape.clone(), target.context);
                    add(&mut all, Target { deployment: deployment.clone(), shape, context });
                }
                TargetOf::Route(name) => {
                    let inner = self.config.route(name).map(|route| self.of(route)).unwrap_or_default();
                    for mut inner in inner {
                        // Who uses a route knows better than the route what this use needs.
                        inner.shape = target.shape.over(&inner.shape);
                        inner.context = target.context.or(inner.context);
                        add(&mut all, inner);
                    }
                }
                TargetOf::Selector(_) => {}
            }
        }
        self.known.insert(&route.name, all.clone());
        all
    }
}

/// Adds a target unless the same one is there already. One more than there may be is enough to be refused.
fn add(all: &mut Vec<Target>, target: Target) {
    if all.len() <= MAX_TARGETS && !all.contains(&target) {
        all.push(target);
    }
}
