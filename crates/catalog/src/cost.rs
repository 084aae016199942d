//! Ledger to money. Counts are disjoint, so that adding them up bills no token twice; the provider's own figure is
//! believed before any price list.

use wye_types::money::{Price, nano};
use wye_types::usage::Ledger;

use crate::rates::{Item, Part, Prices, Rates};
use crate::when::{Ask, Service};

/// What is known where no price is.
static NOTHING_KNOWN: Rates = Rates::of_tokens(Price::UNKNOWN);

/// What a call cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// In nano-dollars, rounded up once. `None` if something was used whose price is not known.
    pub total: Option<u64>,
    /// What it is made of, as far as prices are known: what was used, each thing once.
    pub lines: Vec<Line>,
    /// Where the total comes from.
    pub basis: Basis,
}

/// One thing that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub item: Item,
    /// How many; of sound, milliseconds.
    pub count: u64,
    /// What one costs in pico-dollars; of sound, a second.
    pub rate: Option<u64>,
    /// What all cost in pico-dollars.
    pub pico: Option<u128>,
}

/// Where an amount comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The provider said it.
    Reported,
    /// The catalogue's price of this very model.
    Catalog,
    /// The catalogue's price of a model that this one is taken for.
    Guess,
    /// A price that the operator gave.
    Override,
    /// It is answered on the operator's own machine, which costs nothing.
    Local,
    /// The vendor gives it away to accounts that pay nothing.
    FreeTier,
    /// There is no price.
    Unknown,
}

impl Basis {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Catalog => "catalog",
            Self::Guess => "guess",
            Self::Override => "override",
            Self::Local => "local",
            Self::FreeTier => "free_tier",
            Self::Unknown => "unknown",
        }
    }
}

/// What a call cost by these prices. `at` is when it was, in Unix seconds; `basis` says where the prices come from.
///
/// The length of the prompt decides about tiers: a vendor that has them bills the whole request at the tier's price.
#[must_use]
pub fn cost(ledger: &Ledger, prices: Option<(&Prices, Basis)>, at: u64, service: Service) -> Cost {
    let ask = Ask { at, service, prompt: ledger.tokens.prompt_total() };
    let found = prices.and_then(|(prices, basis)| Some((prices.at(&ask)?, basis)));
    let parts = found.map_or(&NOTHING_KNOWN, |(rates, _)| rates).parts(ledger);
    let used = || parts.iter().filter(|part| part.count > 0);
    let lines = used().filter(|part| part.rate.is_some()).map(|part| Line {
        item: part.item,
        count: part.count,
        rate: part.rate,
        pico: part.pico(),
    });
    let lines: Vec<Line> = lines.collect();
    let (total, basis) = sum(ledger, &parts, found.map(|(_, basis)| basis));
    Cost { total, lines, basis }
}

/// The total of [`cost`] and what it rests on, without the list of what it is made of: it is reckoned for every request.
#[must_use]
pub fn amount(
    ledger: &Ledger,
    prices: Option<(&Prices, Basis)>,
    at: u64,
    service: Service,
) -> (Option<u64>, Basis) {
    let ask = Ask { at, service, prompt: ledger.tokens.prompt_total() };
    let found = prices.and_then(|(prices, basis)| Some((prices.at(&ask)?, basis)));
    let parts = found.map_or(&NOTHING_KNOWN, |(rates, _)| rates).parts(ledger);
    sum(ledger, &parts, found.map(|(_, basis)| basis))
}

/// What is known of a call's price before it is made: the sum of what has one, in nano-dollars. A budget reserves it.
#[must_use]
pub fn foreseen(ledger: &Ledger, prices: &Prices, at: u64) -> Option<u64> {
    let ask = Ask { at, service: Service::Standard, prompt: ledger.tokens.prompt_total() };
    Some(known(&prices.at(&ask)?.parts(ledger)))
}

/// The total of what was used, if it can be told.
fn sum(ledger: &Ledger, parts: &[Part], basis: Option<Basis>) -> (Option<u64>, Basis) {
    match (ledger.reported, basis) {
        (Some(reported), _) => (Some(reported), Basis::Reported),
        (None, Some(basis)) if is_whole(parts) => (Some(known(parts)), basis),
        (None, None) if parts.iter().all(|part| part.count == 0) => (Some(0), Basis::Unknown),
        (None, _) => (None, Basis::Unknown),
    }
}

/// What everything costs that has a price, in nano-dollars.
fn known(parts: &[Part]) -> u64 {
    let used = parts.iter().filter(|part| part.count > 0);
    nano(used.filter_map(Part::pico).fold(0, u128::saturating_add))
}

/// Whether the priced parts are all that is billed.
///
/// Vendors bill tokens or something else: a transcriber its seconds or its tokens, a reranker its questions or its
/// tokens. Where one of these has a price and was used, the others stand beside it for the record. But tokens that have
/// prices have all of them, and searches of the web always come on top.
fn is_whole(parts: &[Part]) -> bool {
    let mut missing = parts.iter().filter(|part| part.count > 0 && part.rate.is_none()).peekable();
    if missing.peek().is_none() {
        return true;
    }
    let by_tokens = parts.iter().any(|part| is_token(part.item) && part.rate.is_some());
    let billed = parts.iter().any(|part| part.count > 0 && part.rate.is_some() && part.item != Item::Search);
    missing.all(|missing| match missing.item {
        Item::Search => false,
        item if is_token(item) => billed && !by_tokens,
        _ => billed,
    })
}

/// Whether a thing is counted in tokens.
const fn is_token(item: Item) -> bool {
    !matches!(
        item,
        Item::Request
            | Item::Image
            | Item::Heard
            | Item::Spoken
            | Item::Character
            | Item::Search
            | Item::SearchUnit
            | Item::Page
    )
}
