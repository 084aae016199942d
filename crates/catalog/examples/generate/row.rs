//! What one registry says of one model, on the way to becoming an entry.

use wye_catalog::{Facts, Item, Rates, Service, When};

/// A list of prices and when it holds; `above` is in the circumstances.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) when: When,
    pub(crate) rates: Rates,
}

/// A registry's prices of a model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offers {
    pub(crate) all: Vec<Offer>,
    /// The registry says that there are tiers, but not which.
    pub(crate) tiers_unsaid: bool,
}

impl Offers {
    /// The standard price of a short prompt on the day of the catalogue.
    pub(crate) fn today(&self, now: u64) -> Option<&Rates> {
        let holds = |when: &When| {
            when.service == Service::Standard
                && when.above == 0
                && when.minutes == (0, 0)
                && (when.from..when.until).contains(&now)
        };
        self.all.iter().rev().find(|offer| holds(&offer.when)).map(|offer| &offer.rates)
    }

    /// The standard tiers that hold on that day, with their thresholds.
    pub(crate) fn tiers(&self, now: u64) -> Vec<Offer> {
        let tier = |when: &When| {
            when.service == Service::Standard
                && when.above > 0
                && when.minutes == (0, 0)
                && (when.from..when.until).contains(&now)
        };
        self.all.iter().filter(|offer| tier(&offer.when)).cloned().collect()
    }
}

/// A registry's row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) facts: Facts<'static>,
    pub(crate) offers: Offers,
}

/// Dollars a unit, times a million million, as whole pico-dollars. `None` for what is no price.
pub(crate) fn pico(dollars: f64) -> Option<u64> {
    let pico = (dollars * 1e12).round();
    (dollars >= 0.0 && (0.0..1e16).contains(&pico)).then_some(pico as u64)
}

/// Takes away what only looks like a price: a cache that costs nothing although the prompt costs something is a hole
/// that some registries write as nought.
pub(crate) fn without_holes(mut rates: Rates) -> Rates {
    if rates.tokens.input.is_some_and(|input| input > 0) {
        for item in [Item::CacheRead, Item::CacheWrite, Item::CacheWrite1h, Item::AudioIn, Item::AudioOut] {
            let rate = rates.price_mut(item);
            *rate = rate.filter(|rate| *rate > 0);
        }
        if rates.tokens.output.is_some_and(|output| output > 0) {
            rates.tokens.reasoning = rates.tokens.reasoning.filter(|rate| *rate > 0);
        }
    }
    rates
}

/// A tier's prices: what the tier does not say changes as its prompt or its answer does.
pub(crate) fn onto_tier(base: &Rates, tier: &Rates) -> Rates {
    let mut all = onto(base, tier);
    let (mut below, mut said) = (*base, *tier);
    for (item, like) in [
        (Item::CacheRead, Item::Input),
        (Item::CacheWrite, Item::Input),
        (Item::CacheWrite1h, Item::Input),
        (Item::Reasoning, Item::Output),
    ] {
        if said.price_mut(item).is_none()
            && let (Some(own), Some(from), Some(to)) =
                (*below.price_mut(item), *below.price_mut(like), *said.price_mut(like))
        {
            *all.price_mut(item) = scaled(own, from, to);
        }
    }
    all
}

/// `own` times `to` over `from`.
pub(crate) fn scaled(own: u64, from: u64, to: u64) -> Option<u64> {
    u64::try_from((u128::from(own) * u128::from(to)).checked_div(u128::from(from))?).ok()
}

/// `over`, and where it says nothing, `base`.
pub(crate) fn onto(base: &Rates, over: &Rates) -> Rates {
    let (mut all, mut over) = (*base, *over);
    for (item, _) in Item::ALL {
        let place = all.price_mut(item);
        *place = over.price_mut(item).or(*place);
    }
    all
}
