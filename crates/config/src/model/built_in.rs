//! Routes that are there without being written: one for each thing that people want of a fleet they do not know by name.
//! They are made from the configuration and never stored, so that they cannot go stale or be exported.

use wye_profile::Category;
use wye_routing::selector::SelectorError;
use wye_routing::strategy::Worth;

use super::{Config, ConsensusConfig, HedgeConfig, RouteConfig, RouteTarget, Selection, Strategy, TargetOf};
use super::{ValidateConfig, VerifiedConfig};

/// What the names of the gateway's own routes begin with.
pub(crate) const OWN: &str = "wye";

/// How many targets are asked for one request at most: SMLGateway tried no more (reference §6). A fleet may have
/// thousands.
const ATTEMPTS: u32 = 25;

/// The gateway's own routes, each with its other names: SMLGateway's, and `auto`. Where the operator has a route of one of
/// those other names, that one counts.
pub const BUILT_IN: [(&str, &[&str]); 8] = [
    ("wye/auto", &["auto", "sml/auto"]),
    ("wye/fast", &["sml/fast"]),
    ("wye/cheap", &[]),
    ("wye/strong", &[]),
    ("wye/tools", &["sml/tools"]),
    ("wye/thai", &["sml/thai"]),
    ("wye/consensus", &["sml/consensus"]),
    ("wye/verified", &[]),
];

impl Config {
    /// The gateway's own routes under all of their names, but for those that a route or a provider of the operator takes.
    /// They choose from the whole fleet, and so are empty without providers.
    #[must_use]
    pub fn built_in(&self) -> Vec<RouteConfig> {
        let mut routes = Vec::new();
        for (name, others) in BUILT_IN {
            let Ok(route) = made(name, self) else { continue };
            let names = std::iter::once(&name).chain(others);
            let free = names.filter(|name| self.is_free(name));
            routes.extend(free.map(|name| RouteConfig { name: (*name).to_owned(), ..route.clone() }));
        }
        routes
    }

    /// Whether a name is one of the gateway's own routes, and no route or provider of the operator takes it.
    #[must_use]
    pub fn is_built_in(&self, name: &str) -> bool {
        names().any(|own| own == name) && self.is_free(name)
    }

    fn is_free(&self, name: &str) -> bool {
        let provider = name.split_once('/').and_then(|(provider, _)| self.provider(provider));
        provider.is_none() && self.route(name).is_none()
    }
}

/// Every name of the gateway's own routes.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().flat_map(|(name, others)| std::iter::once(name).chain(others.iter().copied()))
}

fn made(name: &str, config: &Config) -> Result<RouteConfig, SelectorError> {
    let school = |category| Strategy::School { category: Some(category) };
    let (strategy, select) = match name {
        "wye/fast" => (Strategy::Fastest, Selection::ALL),
        "wye/cheap" => (Strategy::Cheapest { tolerance: None }, Selection::ALL),
        "wye/strong" => (Strategy::Strongest, Selection::ALL),
        "wye/tools" => (school(Category::Tools), "tools:true"),
        "wye/thai" => (school(Category::Thai), Selection::ALL),
        "wye/consensus" => (Strategy::Consensus(ConsensusConfig::default()), Selection::ALL),
        "wye/verified" => (Strategy::Verified(VerifiedConfig::default()), Selection::ALL),
        _ => (Strategy::Learned { category: None, worth: Worth::default() }, Selection::ALL),
    };
    let targets = vec![RouteTarget::new(TargetOf::Selector(Selection::parse(select)?))];
    let mut route = RouteConfig::new(name, strategy, targets, &config.defaults);
    route.retry.attempts = route.retry.attempts.or(Some(ATTEMPTS));
    let in_a_hurry = ["wye/auto", "wye/fast"].contains(&name);
    route.hedge = HedgeConfig { contenders: if in_a_hurry { 2 } else { 1 }, ..HedgeConfig::default() };
    // Small models often write a call of a tool into their text.
    route.validate = ValidateConfig { tool_text: name == "wye/tools", ..ValidateConfig::default() };
    Ok(route)
}
