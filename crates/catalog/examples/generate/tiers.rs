//! Tiers of rows that say that there are some, but not which: those of `tiers.tsv`, taken from the published package; else
//! those of the maker, where a reseller asks the maker's price for short prompts.

use std::collections::HashMap;
use std::sync::Arc;

use wye_catalog::{Ask, Entry, Item, Prices, Rates, Rule, Service, When};

use crate::row::{Offer, Offers, onto_tier, pico};

/// What each column of the table prices.
const COLUMNS: [Item; 5] = [Item::Input, Item::Output, Item::CacheRead, Item::CacheWrite, Item::CacheWrite1h];

/// Thresholds and prices by provider and model.
pub(crate) type Tiers = HashMap<(String, String), Vec<(u64, Rates)>>;

/// Reads the table.
pub(crate) fn read(table: &str) -> Result<Tiers, String> {
    let mut tiers = Tiers::new();
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let wrong = || format!("tiers.tsv: eight columns, please: {line}");
        let columns: Vec<&str> = line.split('\t').collect();
        let [provider, model, above, ref prices @ ..] = columns[..] else { return Err(wrong()) };
        let mut rates = Rates::default();
        for (item, dollars) in COLUMNS.into_iter().zip(prices).filter(|(_, dollars)| !dollars.is_empty()) {
            let dollars: f64 = dollars.parse().map_err(|_| wrong())?;
            *rates.price_mut(item) = Some(pico(dollars / 1e6).ok_or_else(wrong)?);
        }
        let above = above.parse().map_err(|_| wrong())?;
        tiers.entry((provider.to_owned(), model.to_owned())).or_default().push((above, rates));
    }
    Ok(tiers)
}

/// Adds the tiers of a model that only says that it has some.
pub(crate) fn spell_out(tiers: &Tiers, providers: &[String], model: &str, offers: &mut Offers, now: u64) {
    let Some(base) = offers.today(now).copied().filter(|_| offers.tiers_unsaid) else { return };
    let known = providers.iter().find_map(|provider| tiers.get(&(provider.clone(), model.to_owned())));
    for (above, rates) in known.into_iter().flatten() {
        let when = When { above: *above, ..When::ALWAYS };
        offers.all.push(Offer { when, rates: onto_tier(&base, rates) });
        offers.tiers_unsaid = false;
    }
}

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
