//! Who is asked beside the targets of a route: who rates its requests, who is sent copies of them, who makes vectors.

use std::sync::Arc;
use std::time::Duration;

use wye_config::{JudgeConfig, MirrorConfig, RouteConfig, RouteTarget, Shape, TargetOf};
use wye_fleet::breaker::Breaker;
use wye_pipeline::live::{Policy, Route, Stick};
use wye_pipeline::mirror::Mirror;
use wye_pipeline::rate::{PROMPT, Rater};
use wye_routing::tree::{Group, What};
use wye_types::DeploymentId;

use super::{Gathered, Routes, default_policy};

/// Nobody could choose with fewer steps (GopherGate, reference §2.5).
const LEAST_SCALE: usize = 2;

impl Routes<'_> {
    /// Adds the judge of a route to what is gathered, once.
    pub(super) fn judged(
        &self,
        config: &RouteConfig,
        judge: &JudgeConfig,
        gathered: &mut Gathered,
        depth: usize,
    ) {
        if gathered.raters.iter().any(|rater| *rater.group == *config.name) {
            return;
        }
        let stick =
            Stick { by_name: false, by_prefix: false, idle: config.affinity.idle, ..Stick::default() };
        let name = format!("{} (judge)", config.name);
        let Some(route) = self.aside(&judge.model, (&name, self.apart()), depth) else { return };
        let scale = judge.scale.filter(|scale| *scale > 0).unwrap_or(config.targets.len()).max(LEAST_SCALE);
        let prompt = judge.prompt.as_deref().unwrap_or(PROMPT).replace("{scale}", &scale.to_string());
        gathered.raters.push(Arc::new(Rater {
            group: config.name.as_str().into(),
            route: Arc::new(route.with_stick(stick)),
            prompt,
            scale,
            deadline: judge.deadline,
            cache: judge.cache,
            known: Arc::clone(self.lasting.ratings),
            breaker: Breaker::default(),
        }));
    }

    /// Who is sent copies of a route's requests.
    pub(super) fn mirror(&self, config: &RouteConfig) -> Option<Arc<Mirror>> {
        let MirrorConfig { target, share } = config.mirror.as_ref()?;
        let policy = Policy { total: config.timeouts.total, ..self.apart() };
        let route = self.aside(target, (&format!("{} (mirror)", config.name), policy), 0)?;
        let stick = Stick { by_name: false, by_prefix: false, ..Stick::default() };
        let route = Arc::new(route.with_stick(stick));
        let mirrors = Arc::clone(self.lasting.mirrors);
        (*share > 0.0).then(|| Arc::new(Mirror { route, share: *share, mirrors }))
    }

    /// The route to a deployment that makes vectors.
    pub(crate) fn embedding(&self, deployment: &DeploymentId) -> Option<Route> {
        let target = TargetOf::Deployment(deployment.clone());
        let stick = Stick { by_name: false, by_prefix: false, ..Stick::default() };
        Some(self.aside(&target, ("embeddings", self.apart()), 0)?.with_stick(stick))
    }

    /// A route of its own over a target that the operator names beside the targets of a route.
    fn aside(&self, target: &TargetOf, (name, policy): (&str, Policy), depth: usize) -> Option<Route> {
        let mut gathered = Gathered::default();
        let target = RouteTarget::new(target.clone());
        let tree = match self.member(&target, (&Shape::default(), None), &mut gathered, depth + 1)? {
            What::Target(_) => Group::listed(name.into(), 1),
            What::Group(group) => Group { name: name.into(), ..*group },
        };
        Some(Route::new(tree, gathered.targets.into(), Arc::new(policy), None))
    }

    /// How calls go that the gateway makes for itself: once round, without waiting for quotas.
    fn apart(&self) -> Policy {
        Policy {
            empty: true,
            keywords: Vec::new(),
            rounds: 1,
            wait: Duration::ZERO,
            refuse_losses: false,
            hedge: None,
            ..default_policy(&self.config.defaults)
        }
    }
}
