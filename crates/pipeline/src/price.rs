//! What is known of a deployment, its price above all: worked out when the configuration is loaded, so that a request
//! only reads. The operator's word goes before the catalogue's; what nobody knows stays unknown.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use wye_catalog::{Ask, Basis, Catalog, Facts, How, Prices, Rates, Service, amount, foreseen};
use wye_routing::grades::{Grades, Report};
use wye_types::usage::Ledger;
use wye_types::{DeploymentId, Kind};

use crate::free::is_online;
use crate::live::{Endpoint, Route};

/// Names of models that are no routes and are remembered with what is known of them. Clients choose these names, so
/// that there must be an end; what comes after it is looked up for each request.
const MET: usize = 1024;

/// What a model costs, and how that is known.
#[derive(Debug, Clone)]
pub struct Pricing {
    /// The prices.
    pub prices: Arc<Prices>,
    /// Where they come from.
    pub basis: Basis,
    /// The version of the catalogue that they were found in, or that they stand above.
    pub version: Arc<str>,
}

impl Pricing {
    /// What a call came to, in nano-dollars, and what that rests on. `at` is in Unix seconds.
    #[must_use]
    pub fn amount(&self, ledger: &Ledger, at: u64, service: Service) -> (Option<u64>, Basis) {
        amount(ledger, Some((&self.prices, self.basis)), at, service)
    }

    /// The prices of an ordinary request of few tokens, at a moment in Unix seconds.
    #[must_use]
    pub fn now(&self, now_s: u64) -> Option<&Rates> {
        self.prices.at(&Ask { at: now_s, ..Ask::default() })
    }

    /// What a call is thought to cost.
    #[must_use]
    pub fn foreseen(&self, ledger: &Ledger, at: u64) -> Option<u64> {
        foreseen(ledger, &self.prices, at)
    }

    /// Whether it says what a call of a kind costs: a budget can be kept with no less. For chat that is what prompts
    /// and answers cost.
    #[must_use]
    pub fn is_of(&self, kind: Kind) -> bool {
        let says = |rates: &Rates| match kind {
            Kind::Chat => rates.tokens.input.is_some() && rates.tokens.output.is_some(),
            Kind::Embeddings => rates.tokens.input.is_some(),
            _ => !rates.is_empty(),
        };
        self.prices.rules.iter().any(|rule| says(&rule.rates))
    }
}

/// Why a deployment is known to cost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// It runs on the operator's own machine.
    Local,
    /// The operator says so.
    Operator,
    /// The catalogue lists this very model at nought.
    Catalog,
    /// The vendor gives it away.
    Tier,
}

impl Free {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Operator => "operator",
            Self::Catalog => "catalog",
            Self::Tier => "free_tier",
        }
    }
}

/// What the operator says of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// What it costs.
    pub rates: Option<Rates>,
    /// Tokens of prompt and answer together.
    pub context: Option<u64>,
    /// Tokens of an answer.
    pub output_limit: Option<u64>,
    /// Whether what is set on every request to it asks for something that is billed apart.
    pub asks_extra: bool,
}

/// What is known of a deployment's model.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What it costs.
    pub price: Option<Pricing>,
    /// Why it costs nothing, where that is proved.
    pub free: Option<Free>,
    /// What requests cost that are served only because it is free.
    pub given: Option<Pricing>,
    /// Tokens of prompt and answer together.
    pub context: Option<u64>,
    /// Tokens of an answer.
    pub output_limit: Option<u64>,
    /// What the catalogue says of it, or of what it is taken for.
    pub facts: Option<Arc<Facts<'static>>>,
    /// How the catalogue came by that.
    pub how: Option<How>,
    /// What a token of a prompt and of an answer cost in an ordinary request, in pico-dollars.
    pub per_token: Option<(u64, u64)>,
    /// What it was graded, if it was.
    pub report: Option<Arc<Report>>,
}

impl Known {
    /// What the catalogue says of this very model: the beginning of a name says what family it is of, not what it takes.
    pub(crate) fn sure(&self) -> Option<&Facts<'static>> {
        self.facts.as_deref().filter(|_| self.how.is_some_and(|how| how < How::Prefix))
    }

    /// Fields of requests that the model is known not to take.
    pub(crate) fn untaken(&self) -> Vec<&'static str> {
        const TOOLS: [&str; 4] = ["tools", "tool_choice", "parallel_tool_calls", "toolConfig"];
        let Some(facts) = self.sure() else { return Vec::new() };
        let lacks = |has: Option<bool>| has == Some(false);
        let mut untaken = Vec::new();
        untaken.extend(lacks(facts.temperature).then_some("temperature"));
        untaken.extend(lacks(facts.reasoning).then_some("reasoning_effort"));
        untaken.extend(TOOLS.into_iter().filter(|_| lacks(facts.tools)));
        untaken
    }
}

/// What is known of models.
pub struct Models {
    catalog: Arc<Catalog>,
    version: Arc<str>,
    /// When it was asked, in Unix seconds: some prices depend on that.
    at_s: u64,
    met: ArcSwap<HashMap<String, Arc<Route>>>,
    grades: Arc<Grades>,
}

impl Default for Models {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Models").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Models {
    /// What a catalogue knows.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let version = catalog.version().into();
        Self { catalog, version, at_s: 0, met: ArcSwap::default(), grades: Arc::default() }
    }

    /// The same, with what deployments were graded.
    #[must_use]
    pub fn graded(self, grades: Arc<Grades>) -> Self {
        Self { grades, ..self }
    }

    /// What a deployment was graded, if it was.
    #[must_use]
    pub fn report(&self, deployment: &DeploymentId) -> Option<&Arc<Report>> {
        self.grades.of(deployment)
    }

    /// The same, asked at a moment in Unix seconds.
    #[must_use]
    pub fn at(self, now_s: u64) -> Self {
        Self { at_s: now_s, ..self }
    }

    /// The catalogue.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// What is known of a provider's model.
    #[must_use]
    pub fn known(&self, endpoint: &Endpoint, model: &str) -> Known {
        let stated = endpoint.stated.get(model);
        let found = self.catalog.find(Some(&endpoint.listed_as), model);
        let pricing = |prices, basis| Pricing { prices, basis, version: Arc::clone(&self.version) };
        // Another provider's price would be that provider's bill.
        let listed = || {
            let found = found.filter(|found| !found.is_elsewhere())?;
            Some(pricing(Arc::clone(found.prices()?), found.basis()))
        };
        let said = stated.and_then(|stated| stated.rates);
        let price = match said {
            Some(rates) => Some(pricing(Arc::new(Prices::flat(rates)), Basis::Override)),
            None if endpoint.local => Some(pricing(Arc::new(Prices::flat(Rates::FREE)), Basis::Local)),
            None => listed(),
        };
        let free = match (&price, said) {
            (_, Some(rates)) => rates.is_free().then_some(Free::Operator),
            _ if endpoint.local => Some(Free::Local),
            (Some(price), None) if price.basis == Basis::Catalog && price.prices.is_free() => {
                found.filter(|found| found.how() <= How::Alias).map(|_| Free::Catalog)
            }
            _ => None,
        };
        let tier = || endpoint.free_tier.and_then(|tier| tier.proof(model)).map(|_| Free::Tier);
        let free = if said.is_some() { free } else { free.or_else(tier) };
        let extra = endpoint.asks_extra || stated.is_some_and(|stated| stated.asks_extra);
        let free = free.filter(|_| !extra && !is_online(model));
        let given = match free {
            Some(Free::Tier) => Some(pricing(Arc::new(Prices::flat(Rates::FREE)), Basis::FreeTier)),
            Some(_) => price.clone(),
            None => None,
        };
        let facts = found.map(|found| found.facts().into_owned());
        // The beginning of a name says what family a model is of, not how much it holds.
        let sure = facts.as_ref().filter(|_| found.is_some_and(|found| found.how() < How::Prefix));
        let context = sure.and_then(|facts| facts.context);
        let output_limit = sure.and_then(|facts| facts.output_limit);
        let per_token = price.as_ref().and_then(|price| {
            let tokens = price.now(self.at_s)?.tokens;
            Some((tokens.input?, tokens.output?))
        });
        Known {
            per_token,
            price,
            free,
            given,
            context: stated.and_then(|stated| stated.context).or(context),
            output_limit: stated.and_then(|stated| stated.output_limit).or(output_limit),
            facts: facts.map(Arc::new),
            how: found.map(|found| found.how()),
            report: self
                .report(&DeploymentId { provider: endpoint.id.clone(), model: model.to_owned() })
                .map(Arc::clone),
        }
    }

    /// The route that was made for a name before.
    pub(crate) fn met(&self, name: &str) -> Option<Arc<Route>> {
        self.met.load().get(name).map(Arc::clone)
    }

    /// Remembers the route that was made for a name. Of two at the same moment one may be forgotten, and is met again.
    pub(crate) fn meet(&self, route: &Arc<Route>) {
        let met = self.met.load();
        if met.len() < MET {
            let mut more = HashMap::clone(&met);
            more.insert(route.name.to_string(), Arc::clone(route));
            self.met.store(Arc::new(more));
        }
    }
}
