//! Routes as they are written to routes as they are served: routes in routes become groups of a tree, descriptions become
//! the deployments of the fleet that they pick.

mod aside;
mod select;
mod several;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wye_config::{
    Affinity, Config, Defaults, HedgeMode, OnLoss, Retry, RouteConfig, RouteTarget, Selection, Shape,
    Strategy, TargetOf, Timeouts, ValidateConfig,
};
use wye_fleet::Fleet;
use wye_pipeline::live::{Endpoint, Filter, HedgePolicy, Hints, Policy, Route, Stick, Target};
use wye_pipeline::mirror::Mirrors;
use wye_pipeline::price::Models;
use wye_pipeline::rate::{Rater, Ratings};
use wye_pipeline::shape::{Descriptions, Layer};
use wye_pipeline::validate::Validation;
use wye_routing::selector::SpeedTerm;
use wye_routing::strategy::Order;
use wye_routing::tree::{Group, Judge, Member, Strategy as Ordering, What};
use wye_types::DeploymentId;

use crate::shape;

/// The least time for a whole answer while other targets are left to try: most answers are complete by then.
const LEAST_SHARE: Duration = Duration::from_secs(30);
/// How deep routes stand in routes at most; the configuration allows less.
const DEEPEST: usize = 16;

/// What the operator thinks of a target of which nothing is said, where scores are weighed (SmartRoute's default).
const USUAL_WEIGHT: f32 = 0.5;

/// What is known of earlier requests, and outlives a reload.
#[derive(Clone, Copy)]
pub(crate) struct Lasting<'a> {
    pub(crate) descriptions: &'a Arc<Descriptions>,
    pub(crate) ratings: &'a Arc<Ratings>,
    pub(crate) mirrors: &'a Arc<Mirrors>,
    pub(crate) fleet: &'a Fleet,
}

/// Makes routes.
pub(crate) struct Routes<'a> {
    config: &'a Config,
    endpoints: &'a HashMap<String, Arc<Endpoint>>,
    models: &'a Models,
    /// What outlives a reload.
    lasting: Lasting<'a>,
    /// The gateway's own routes.
    own: Vec<RouteConfig>,
    /// Every deployment that chats.
    fleet: Vec<Target>,
}

/// What a route may call, while it is gathered.
#[derive(Default)]
struct Gathered {
    targets: Vec<Target>,
    /// How each was said to be called: the same one said twice is one.
    said: Vec<(DeploymentId, Said)>,
    places: HashMap<String, Vec<usize>>,
    /// Who rates requests for groups in it.
    raters: Vec<Arc<Rater>>,
}

/// How a target is called, and what the selector that picked it says of its speed.
#[derive(Clone, PartialEq)]
struct Said {
    shape: Shape,
    context: Option<u64>,
    speed: Arc<[SpeedTerm]>,
}

impl<'a> Routes<'a> {
    pub(crate) fn new(
        config: &'a Config,
        (endpoints, models): (&'a HashMap<String, Arc<Endpoint>>, &'a Models),
        deployments: &[DeploymentId],
        lasting: Lasting<'a>,
    ) -> Self {
        let (own, fleet) = (config.built_in(), Vec::new());
        let mut routes = Self { config, endpoints, models, lasting, own, fleet };
        let all =
            deployments.iter().filter_map(|deployment| routes.target(deployment, &Shape::default(), None));
        routes.fleet = all.filter(select::chats).collect();
        routes
    }

    /// All routes by name, the gateway's own among them.
    pub(crate) fn all(&self) -> HashMap<String, Arc<Route>> {
        let mut made: HashMap<String, Arc<Route>> = HashMap::new();
        let mut whole: Option<Arc<[Target]>> = None;
        for config in self.config.routes.iter().chain(&self.own) {
            let mut gathered = Gathered::default();
            let tree = self.group(config, (&Shape::default(), None), &mut gathered, 0);
            // The whole fleet is held once, however many routes choose from it.
            let is_whole = matches!(config.targets.as_slice(), [RouteTarget { what: TargetOf::Selector(selection), .. }]
                if selection.text.trim() == Selection::ALL);
            let targets = match (&whole, is_whole) {
                (Some(whole), true) => Arc::clone(whole),
                _ => gathered.targets.into(),
            };
            if is_whole {
                whole = Some(Arc::clone(&targets));
            }
            if targets.is_empty() && self.config.route(&config.name).is_some() {
                tracing::warn!(
                    route = config.name,
                    "no deployment is as its targets are described; it serves nothing"
                );
            }
            let route = self.route(config, tree, targets).with_raters(gathered.raters);
            let route = route.with_mirror(self.mirror(config));
            made.insert(config.name.clone(), Arc::new(route));
        }
        made
    }

    /// One of the operator's routes, without who is sent copies.
    pub(crate) fn one(&self, name: &str) -> Option<Arc<Route>> {
        let config = self.config.route(name)?;
        let mut gathered = Gathered::default();
        let tree = self.group(config, (&Shape::default(), None), &mut gathered, 0);
        let route = self.route(config, tree, gathered.targets.into());
        Some(Arc::new(route.with_raters(gathered.raters)))
    }

    fn route(&self, config: &RouteConfig, tree: Group, targets: Arc<[Target]>) -> Route {
        let several = several::of(config, &tree).map(Box::new);
        let policy = Policy { hedge: hedge(config, self.lasting.fleet), several, ..policy(config) };
        let target = |deployment: &DeploymentId| self.target(deployment, &Shape::default(), None);
        let describing = shape::describing(config, &policy, self.lasting.descriptions, target);
        let filter = Filter {
            margin_percent: percent(config.filter.context_margin),
            free_only: config.filter.free_only,
            max_latency: config.filter.max_latency,
            max_input: config.filter.max_price.input,
            max_output: config.filter.max_price.output,
        };
        let (by, idle) = (config.affinity.by, config.affinity.idle);
        let stick = Stick {
            by_name: matches!(by, Affinity::Auto | Affinity::Header),
            by_prefix: matches!(by, Affinity::Auto | Affinity::Prompt),
            idle,
            switch_cost: narrow(config.affinity.switch_cost),
        };
        let route = Route::new(tree, targets, Arc::new(policy), describing).with_filter(filter);
        route.with_stick(stick).with_hints(hints(config))
    }

    fn group(
        &self,
        config: &RouteConfig,
        over: (&Shape, Option<u64>),
        gathered: &mut Gathered,
        depth: usize,
    ) -> Group {
        let usual = if matches!(config.strategy, Strategy::Weighted) { 1.0 } else { USUAL_WEIGHT };
        let mut members = Vec::with_capacity(config.targets.len());
        for target in &config.targets {
            let what = self.member(target, over, gathered, depth);
            // What leads nowhere keeps its place: rules and shares count along what is written.
            let nowhere = || What::Group(Box::new(Group::listed(target.what.to_string().into(), 0)));
            let weight = target.weight.map_or(usual, narrow);
            members.push(Member { what: what.unwrap_or_else(nowhere), weight });
        }
        if let Strategy::Judge(judge) = &config.strategy {
            self.judged(config, judge, gathered, depth);
        }
        Group { name: config.name.as_str().into(), strategy: ordering(&config.strategy), members }
    }

    fn member(
        &self,
        target: &RouteTarget,
        (shape, context): (&Shape, Option<u64>),
        gathered: &mut Gathered,
        depth: usize,
    ) -> Option<What> {
        // Who uses a route knows better than the route what this use needs.
        let shape = shape.over(&target.shape);
        let context = context.or(target.context);
        match &target.what {
            TargetOf::Deployment(deployment) => {
                let said = Said { shape, context, speed: Arc::default() };
                let place = match gathered.place(deployment, &said) {
                    Some(place) => place,
                    None => gathered.add(self.target(deployment, &said.shape, context)?, said),
                };
                Some(What::Target(place))
            }
            TargetOf::Route(name) => {
                let inner = self.config.route(name).or_else(|| self.own.iter().find(|own| own.name == *name));
                let group =
                    self.group(inner.filter(|_| depth < DEEPEST)?, (&shape, context), gathered, depth + 1);
                Some(What::Group(Box::new(group)))
            }
            TargetOf::Selector(selection) => Some(self.selected(selection, (&shape, context), gathered)),
        }
    }

    /// The deployments that a description picks, cheapest first where nothing else orders them.
    fn selected(
        &self,
        selection: &Selection,
        (shape, context): (&Shape, Option<u64>),
        gathered: &mut Gathered,
    ) -> What {
        let plain = *shape == Shape::default() && context.is_none();
        let said = Said { shape: shape.clone(), context, speed: selection.selector.speed().into() };
        let picked = self.fleet.iter().filter(|target| selection.selector.picks(&select::Of(target)));
        let mut members = Vec::new();
        for target in picked {
            let place = match gathered.place(&target.deployment, &said) {
                Some(place) => Some(place),
                None if plain => Some(gathered.add(target.clone(), said.clone())),
                None => self
                    .target(&target.deployment, shape, context)
                    .map(|target| gathered.add(target, said.clone())),
            };
            members.extend(place.map(|place| Member { what: What::Target(place), weight: USUAL_WEIGHT }));
        }
        if members.is_empty() {
            tracing::debug!(selector = selection.text, "no deployment is as described");
        }
        let strategy = Ordering::Ranked(Order::Cheapest(None));
        What::Group(Box::new(Group { name: selection.text.as_str().into(), strategy, members }))
    }

    fn target(&self, deployment: &DeploymentId, shape: &Shape, context: Option<u64>) -> Option<Target> {
        // The configuration was checked: every target names a provider that is there.
        let endpoint = Arc::clone(self.endpoints.get(&deployment.provider)?);
        let known = self.models.known(&endpoint, &deployment.model);
        let layer = if *shape == Shape::default() { Layer::default() } else { shape::layer(shape) };
        Some(Target::new(endpoint, deployment.clone(), known, (&layer, context)))
    }
}

impl Gathered {
    fn place(&self, deployment: &DeploymentId, said: &Said) -> Option<usize> {
        let mut places = self.places.get(&deployment.to_string())?.iter().copied();
        places.find(|place| self.said.get(*place).is_some_and(|(_, known)| known == said))
    }

    fn add(&mut self, mut target: Target, said: Said) -> usize {
        let place = self.targets.len();
        target.speed = Arc::clone(&said.speed);
        self.places.entry(target.deployment.to_string()).or_default().push(place);
        self.said.push((DeploymentId::clone(&target.deployment), said));
        self.targets.push(target);
        place
    }
}

fn ordering(strategy: &Strategy) -> Ordering {
    let ranked = Ordering::Ranked;
    match strategy {
        Strategy::Ordered => ranked(Order::Listed),
        Strategy::Weighted => ranked(Order::Weighted),
        Strategy::Balanced(weights) => ranked(Order::Balanced(*weights)),
        Strategy::Adaptive(weights) => ranked(Order::Adaptive(*weights)),
        Strategy::Fastest => ranked(Order::Fastest),
        Strategy::Cheapest { tolerance } => ranked(Order::Cheapest(tolerance.map(narrow))),
        Strategy::Strongest => ranked(Order::Strongest),
        Strategy::School { category } => ranked(Order::School(*category)),
        Strategy::Learned { category, worth } => ranked(Order::Learned(*category, *worth)),
        Strategy::Consensus(_) | Strategy::Verified(_) => ranked(Order::School(None)),
        Strategy::Rules(rules) => Ordering::Rules(Box::new(rules.rules())),
        Strategy::Judge(judge) => {
            Ordering::Judge(Box::new(Judge { threshold: judge.scale, rules: judge.rules.rules() }))
        }
    }
}

/// What the operator knows of what a route's requests are about.
fn hints(config: &RouteConfig) -> Option<Arc<Hints>> {
    let profile = &config.profile;
    let says = !profile.words.is_empty() || profile.min_difficulty > 0.0;
    says.then(|| Arc::new(Hints::new(&profile.words, narrow(profile.min_difficulty))))
}

/// How the attempts of names go that are no routes.
pub(crate) fn default_policy(defaults: &Defaults) -> Policy {
    let waits = (defaults.on_loss, defaults.wait);
    tries(&defaults.retry, &defaults.timeouts, waits)
}

fn policy(config: &RouteConfig) -> Policy {
    let ValidateConfig { refusal, tool_text, json, language } = config.validate;
    let validation = Validation { refusal, tool_text, json, language };
    let continues = config.continue_streams;
    Policy { validation, continues, ..tries(&config.retry, &config.timeouts, (config.on_loss, config.wait)) }
}

fn tries(retry: &Retry, timeouts: &Timeouts, (on_loss, wait): (OnLoss, Duration)) -> Policy {
    Policy {
        statuses: retry.statuses.as_slice().into(),
        keywords: retry.keywords.iter().map(|keyword| keyword.to_lowercase()).collect(),
        empty: retry.empty,
        rounds: retry.rounds,
        attempts: retry.attempts.and_then(|most| usize::try_from(most).ok()),
        backoff: retry.backoff,
        connect: timeouts.connect,
        first_content: timeouts.first_content,
        first_content_thinking: timeouts.first_content_reasoning,
        idle: timeouts.idle,
        total: timeouts.total,
        least_share: LEAST_SHARE,
        wait,
        refuse_losses: on_loss == OnLoss::Refuse,
        hedge: None,
        validation: Validation::default(),
        several: None,
        continues: false,
    }
}

/// Several targets at once, and what may be spent on that.
fn hedge(config: &RouteConfig, lasting: &Fleet) -> Option<HedgePolicy> {
    let hedge = &config.hedge;
    let race = hedge.mode == HedgeMode::Race;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of at most one")]
    let thousandths = (hedge.budget * 1000.0).round() as u32;
    (hedge.contenders > 1).then(|| HedgePolicy {
        contenders: hedge.contenders,
        race,
        percentile: u32::from(hedge.percentile),
        budget: (!race).then_some(thousandths),
        allowance: lasting.allowance(&config.name),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a weight")]
const fn narrow(weight: f64) -> f32 {
    weight as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
fn percent(times: f64) -> u64 {
    (times.clamp(0.0, 100.0) * 100.0) as u64
}

#[cfg(test)]
mod tests;
