//! Tiers of resellers whose rows say that there are some, but not which: those of the maker, where the reseller asks the
//! maker's price for short prompts.

use std::collections::HashMap;
use std::sync::Arc;

use wye_catalog::{Ask, Entry, Prices, Rates, Rule, Service};

/// Gives the entries at these places their maker's tiers, and reports those for which there are none.
pub(crate) fn borrow(entries: &mut [Entry], places: &[usize], now: u64, report: &mut Vec<String>) {
    let own = |entry: &Entry| entry.facts.provider == entry.facts.vendor;
    let makers: HashMap<(String, String), Arc<Prices>> = entries
        .iter()
        .filter(|entry| own(entry))
        .filter_map(|entry| {
            let key = (entry.facts.provider.to_string(), bare(&entry.facts.id));
            Some((key, entry.prices.clone()?))
        })
        .collect();
    for place in places {
        let entry = &mut entries[*place];
        let key = (entry.facts.vendor.to_string(), bare(&entry.facts.id));
        let ask = Ask { at: now, ..Ask::default() };
        let tiers = entry.prices.as_ref().zip(makers.get(&key)).and_then(|(prices, maker)| {
            let same = alike(prices.at(&ask)?, maker.at(&ask)?);
            let tiers = maker.rules.iter().filter(|rule| rule.when.above > 0);
            let tiers: Vec<Rule> =
                tiers.filter(|rule| rule.when.service == Service::Standard).copied().collect();
            (same && !tiers.is_empty()).then_some(tiers)
        });
        match (tiers, &mut entry.prices) {
            (Some(tiers), Some(prices)) => {
                let rules = prices.rules.iter().copied().chain(tiers).collect();
                *prices = Arc::new(Prices { rules });
            }
            _ => report.push(format!(
                "{}/{}: has tiers that no registry at hand spells out; its base price is kept",
                entry.facts.provider, entry.facts.id
            )),
        }
    }
}

/// An id without what resellers put before it, and with one sign for the ones they exchange.
fn bare(id: &str) -> String {
    let last = id.rsplit('/').next().unwrap_or(id);
    let last =
        last.rsplit_once("openai.").or_else(|| last.rsplit_once("anthropic.")).map_or(last, |(_, end)| end);
    last.to_lowercase().replace(['.', '_'], "-")
}

fn alike(a: &Rates, b: &Rates) -> bool {
    (a.tokens.input, a.tokens.output) == (b.tokens.input, b.tokens.output)
}
