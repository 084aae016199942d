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
    let mut sum = Sum::default();
    let mut lines = Vec::new();
    found.map_or(&NOTHING_KNOWN, |(rates, _)| rates).used(ledger, &mut |part| {
        sum.add(&part);
        if part.rate.is_some() {
            lines.push(Line { item: part.item, count: part.count, rate: part.rate, pico: part.pico() });
        }
    });
    let (total, basis) = sum.told(ledger.reported, found);
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
    if let Some(reported) = ledger.reported {
        return (Some(reported), Basis::Reported);
    }
    let ask = Ask { at, service, prompt: ledger.tokens.prompt_total() };
    let found = prices.and_then(|(prices, basis)| Some((prices.at(&ask)?, basis)));
    let mut sum = Sum::default();
    found.map_or(&NOTHING_KNOWN, |(rates, _)| rates).used(ledger, &mut |part| sum.add(&part));
    sum.told(None, found)
}

/// What is known of a call's price before it is made: the sum of what has one, in nano-dollars. A budget reserves it.
#[must_use]
pub fn foreseen(ledger: &Ledger, prices: &Prices, at: u64) -> Option<u64> {
    let ask = Ask { at, service: Service::Standard, prompt: ledger.tokens.prompt_total() };
    let mut sum = Sum::default();
    prices.at(&ask)?.used(ledger, &mut |part| sum.add(&part));
    Some(nano(sum.pico))
}

/// What was used, added up.
#[derive(Default)]
struct Sum {
    /// What everything costs that has a price, in pico-dollars.
    pico: u128,
    /// Something was used.
    any: bool,
    /// Something was used that has a price, besides searches of the web.
    billed: bool,
    /// Something was used that has none: searches, tokens, other things.
    searches: bool,
    tokens: bool,
    others: bool,
}

impl Sum {
    fn add(&mut self, part: &Part) {
        self.any = true;
        match (part.pico(), part.item) {
            (Some(pico), item) => {
                self.pico = self.pico.saturating_add(pico);
                self.billed |= item != Item::Search;
            }
            (None, Item::Search) => self.searches = true,
            (None, item) if is_token(item) => self.tokens = true,
            (None, _) => self.others = true,
        }
    }

    /// The total, if it can be told, and what it rests on.
    fn told(&self, reported: Option<u64>, found: Option<(&Rates, Basis)>) -> (Option<u64>, Basis) {
        match (reported, found) {
            (Some(reported), _) => (Some(reported), Basis::Reported),
            (None, Some((rates, basis))) if self.is_whole(rates) => (Some(nano(self.pico)), basis),
            (None, None) if !self.any => (Some(0), Basis::Unknown),
            (None, _) => (None, Basis::Unknown),
        }
    }

    /// Whether the priced parts are all that is billed.
    ///
    /// Vendors bill tokens or something else: a transcriber its seconds or its tokens, a reranker its questions or its
    /// tokens. Where one of these has a price and was used, the others stand beside it for the record. But tokens that
    /// have prices have all of them, and searches of the web always come on top.
    fn is_whole(&self, rates: &Rates) -> bool {
        !self.searches
            && (!self.tokens || self.billed && rates.tokens == Price::UNKNOWN)
            && (!self.others || self.billed)
    }
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
