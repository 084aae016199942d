//! How a request wants to be routed, in its client's words: understood, and free of contradictions. Whoever says two things
//! that cannot both be done is told so, instead of getting one of them.

use wye_routing::strategy::{Order, Weights, Worth};
use wye_types::error::GatewayError;

use super::field::Field;
use super::gather::{Gathered, Said};
use super::pattern::Pattern;
use super::price::MaxPrice;
use super::value::{self, Listed};
use super::wrong;

/// How a request wants to be routed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Controls {
    /// Goes before all others that can serve it, in whatever order they have.
    pub prefer: Vec<Pattern>,
    /// Is not called.
    pub exclude: Vec<Pattern>,
    /// The longest time to the first content, in milliseconds: what is known to take longer is not called.
    pub max_latency_ms: Option<u64>,
    /// How targets are ordered, in place of the route's own way.
    pub strategy: Option<Strategy>,
    /// What costs more is not called.
    pub max_price: Option<MaxPrice>,
    /// Routes or deployments to try, in this order, when the `model` comes to nothing.
    pub models: Vec<Box<str>>,
    /// Providers that are tried first, in this order.
    pub order: Vec<Pattern>,
    /// Nothing but these is called, if there are any.
    pub only: Vec<Pattern>,
    /// What cannot say everything in the request is not called.
    pub require_parameters: bool,
    /// Nothing is called but what `order` names or, where it names nothing, the first choice of each model.
    pub no_fallbacks: bool,
    /// The conversation that it belongs to.
    pub session: Option<Box<str>>,
    /// It is sent to one deployment at a time.
    pub no_hedge: bool,
    /// Its answer is to tell more of how it came about.
    pub trace: bool,
}

/// How a request may want its targets ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// As they are listed.
    Ordered,
    /// What was used least lately is likelier to be first.
    Balanced,
    /// By the shares of the route.
    Weighted,
    /// By health, speed, use and chance.
    Adaptive,
    /// The soonest answer first.
    Fastest,
    /// The least cost first.
    Cheapest,
    /// What is expected to answer best first.
    Strongest,
    /// The teacher of the request's category first.
    School,
    /// What an answer is expected to be worth most from first.
    Learned,
}

impl Strategy {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Ordered,
        Self::Balanced,
        Self::Weighted,
        Self::Adaptive,
        Self::Fastest,
        Self::Cheapest,
        Self::Strongest,
        Self::School,
        Self::Learned,
    ];

    /// As the engine knows it. `weights`: the route's, where it has any.
    #[must_use]
    pub const fn order(self, weights: Weights) -> Order {
        match self {
            Self::Ordered => Order::Listed,
            Self::Balanced => Order::Balanced(weights),
            Self::Weighted => Order::Weighted,
            Self::Adaptive => Order::Adaptive(weights),
            Self::Fastest => Order::Fastest,
            Self::Cheapest => Order::Cheapest(None),
            Self::Strongest => Order::Strongest,
            Self::School => Order::School(None),
            Self::Learned => Order::Learned(None, Worth::USUAL),
        }
    }

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Balanced => "balanced",
            Self::Weighted => "weighted",
            Self::Adaptive => "adaptive",
            Self::Fastest => "fastest",
            Self::Cheapest => "cheapest",
            Self::Strongest => "strongest",
            Self::School => "school",
            Self::Learned => "learned",
        }
    }

    fn read(said: &Said) -> Result<Self, GatewayError> {
        let word = value::word(said, "fastest")?;
        let found = Self::ALL.into_iter().find(|strategy| strategy.word() == word);
        found.ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|strategy| strategy.word()).collect();
            let message = format!(
                "`{}` is no strategy that a request can choose; write one of {}, or name a route that has it as `model`",
                said.at,
                words.join(", ")
            );
            wrong(&said.at, message)
        })
    }

    /// As `OpenRouter` says it: a word, or an object with the word as `by`. The least time counts the first content and
    /// the rest, so that it is both of the words for speed.
    fn sorted(said: &Said, unheeded: &mut Vec<String>) -> Result<Self, GatewayError> {
        let at = &said.at;
        let by;
        let said = match said.inner("by") {
            None => said,
            Some(inner) => {
                unheeded.extend(said.beside("by").map(|name| format!("{at}.{name}: dropped")));
                by = inner;
                &by
            }
        };
        match value::word(said, "price")?.as_str() {
            "price" => Ok(Self::Cheapest),
            "latency" | "throughput" => Ok(Self::Fastest),
            _ => Err(wrong(
                &said.at,
                format!("`{}` must be \"price\", \"latency\" or \"throughput\"", said.at),
            )),
        }
    }
}

impl Controls {
    /// Understands what is said.
    pub(super) fn read(mut said: Gathered, unheeded: &mut Vec<String>) -> Result<Self, GatewayError> {
        if let Some(route) = said.take(Field::Route)
            && value::word(&route, "fallback")? != "fallback"
        {
            let message =
                format!("`{0}` can only be \"fallback\", which `models` is anyway; leave it out", route.at);
            return Err(wrong(&route.at, message));
        }
        let mut lists = Lists::read(&mut said)?;
        let no_fallbacks = is(&mut said, Field::AllowFallbacks)? == Some(false);
        lists.check(no_fallbacks)?;
        // What a provider-minded client leaves out is left out.
        lists.exclude.patterns.append(&mut lists.ignore.patterns);
        let mut taken = |field| said.take(field);
        Ok(Self {
            max_latency_ms: taken(Field::MaxLatency).map(|said| value::milliseconds(&said)).transpose()?,
            strategy: strategy((taken(Field::Strategy), taken(Field::Sort)), unheeded)?,
            max_price: taken(Field::MaxPrice).map(|said| MaxPrice::read(&said, unheeded)).transpose()?,
            models: taken(Field::Models).map_or_else(|| Ok(Vec::new()), |said| value::models(&said))?,
            session: taken(Field::Session).map_or(Ok(None), |said| value::session(&said))?,
            no_hedge: taken(Field::Hedge).map_or(Ok(false), |said| is_off(&said))?,
            require_parameters: is(&mut said, Field::RequireParameters)? == Some(true),
            trace: is(&mut said, Field::Trace)? == Some(true),
            no_fallbacks,
            prefer: lists.prefer.patterns,
            exclude: lists.exclude.patterns,
            order: lists.order.patterns,
            only: lists.only.patterns,
        })
    }
}

fn is(said: &mut Gathered, field: Field) -> Result<Option<bool>, GatewayError> {
    said.take(field).map(|said| value::yes_or_no(&said)).transpose()
}

/// Whether it says off. On is what the route has.
fn is_off(said: &Said) -> Result<bool, GatewayError> {
    if let Ok(on) = value::yes_or_no(said) {
        return Ok(!on);
    }
    match value::word(said, "off").as_deref() {
        Ok("off") => Ok(true),
        Ok("on") => Ok(false),
        _ => Err(wrong(
            &said.at,
            format!("`{}` is neither on nor off; write \"off\", or leave it out", said.at),
        )),
    }
}

fn strategy(
    (strategy, sort): (Option<Said>, Option<Said>),
    unheeded: &mut Vec<String>,
) -> Result<Option<Strategy>, GatewayError> {
    let named = strategy.as_ref().map(Strategy::read).transpose()?;
    let sorted = sort.as_ref().map(|sort| Strategy::sorted(sort, unheeded)).transpose()?;
    match (&strategy, &sort) {
        (Some(strategy), Some(sort)) if named != sorted => {
            let message =
                format!("`{}` and `{}` ask for different orders; send one of them", strategy.at, sort.at);
            Err(wrong(&sort.at, message))
        }
        _ => Ok(named.or(sorted)),
    }
}

/// The lists of names, with where each stands.
struct Lists {
    prefer: Listed,
    exclude: Listed,
    order: Listed,
    only: Listed,
    ignore: Listed,
}

impl Lists {
    fn read(said: &mut Gathered) -> Result<Self, GatewayError> {
        let mut list = |field, providers| value::patterns(said.take(field), providers);
        Ok(Self {
            prefer: list(Field::Prefer, false)?,
            exclude: list(Field::Exclude, false)?,
            order: list(Field::Order, true)?,
            only: list(Field::Only, true)?,
            ignore: list(Field::Ignore, true)?,
        })
    }

    /// Refuses lists that leave nothing, and names that are wanted and not wanted.
    fn check(&self, no_fallbacks: bool) -> Result<(), GatewayError> {
        let unwanted = [&self.exclude, &self.ignore];
        for list in unwanted {
            if let Some(all) = list.patterns.iter().find(|pattern| pattern.means_all()) {
                let message = format!("`{}` in `{}` leaves nothing to call; name less", all.text(), list.at);
                return Err(wrong(&list.at, message));
            }
        }
        let out = |pattern: &Pattern| {
            unwanted.into_iter().find(|list| list.patterns.iter().any(|unwanted| unwanted.covers(pattern)))
        };
        for list in [&self.prefer, &self.order] {
            if let Some((pattern, by)) =
                list.patterns.iter().find_map(|pattern| Some((pattern, out(pattern)?)))
            {
                let message = format!(
                    "`{}` names `{}`, which `{}` leaves out; take it out of one of them",
                    list.at,
                    pattern.text(),
                    by.at
                );
                return Err(wrong(&list.at, message));
            }
        }
        let only = &self.only;
        if !only.patterns.is_empty() && only.patterns.iter().all(|pattern| out(pattern).is_some()) {
            let by = only.patterns.first().and_then(out).map_or("ignore", |by| by.at.as_str());
            let message =
                format!("`{}` names nothing that `{by}` does not leave out; name a provider more", only.at);
            return Err(wrong(&only.at, message));
        }
        let order = &self.order;
        let meets = |one: &Pattern, other: &Pattern| one.covers(other) || other.covers(one);
        let none = |pattern: &Pattern| !only.patterns.iter().any(|only| meets(only, pattern));
        let both = !only.patterns.is_empty() && !order.patterns.is_empty();
        if no_fallbacks && both && order.patterns.iter().all(none) {
            let message = format!(
                "`{}` names nothing that `{}` allows, and nothing else may be tried (allow_fallbacks); name the same",
                order.at, only.at
            );
            return Err(wrong(&order.at, message));
        }
        Ok(())
    }
}
