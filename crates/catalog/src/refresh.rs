//! A newer file of the registry models.dev (`api.json`), laid over the catalogue that is there. Rows that cannot be
//! right are refused one by one and the old ones kept; a file of another shape is refused whole.

mod api;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::catalog::{Catalog, Entry, ProviderRow, Source};
use crate::find::How;
use crate::parse::Broken;
use crate::rates::{Item, Prices, Rates, Rule};
use crate::when::Ask;

/// The largest file that is read.
const LARGEST: usize = 50 << 20;
/// A price that changes by more than this factor is an error of the registry, not news.
const JUMP: u64 = 100;
/// The dearest token that is believed, in pico-dollars: ten thousand dollars a million.
const DEAREST: u64 = 10_000_000_000;
/// The source that a refreshed row names.
const SOURCE: &str = "models.dev";

/// What came of a refresh.
#[derive(Debug)]
pub struct Refreshed {
    /// The new catalogue.
    pub catalog: Catalog,
    /// How many rows of the file were taken.
    pub taken: usize,
    /// How many rows stayed as they were.
    pub kept: usize,
    /// What was refused, row by row.
    pub refused: Vec<Problem>,
}

/// Why a file or a row was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `provider/model` and the field; empty for the whole file.
    pub at: String,
    /// What is wrong, and what should be there.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.at, self.message)
        }
    }
}

impl std::error::Error for Problem {}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        Self { at: String::new(), message: broken.to_string() }
    }
}

/// Lays a file in the shape of models.dev's `api.json` over a catalogue. `date` is the day on which it was fetched;
/// `now`, in Unix seconds, says which of the prices that are there a new one is compared with.
///
/// # Errors
/// When the file is larger than 50 MB or of another shape; the catalogue that is there should then be kept.
pub fn refresh(old: &Catalog, file: &[u8], date: &str, now: u64) -> Result<Refreshed, Problem> {
    let whole = |message: String| Problem { at: String::new(), message };
    if file.len() > LARGEST {
        return Err(whole(format!("the file has {} bytes; the most is {LARGEST}", file.len())));
    }
    let (read, mut refused) = api::read(file).map_err(whole)?;
    let mut sources: Vec<Source<'_>> = old.sources().collect();
    let source = u8::try_from(sources.len()).map_err(|_| whole("there are too many sources".to_owned()))?;
    sources.push(Source { name: SOURCE, version: "refreshed", date, licence: "MIT" });
    let mut providers: Vec<ProviderRow<'_>> = old.providers().collect();
    let mut entries = old.entries();
    let mut places: HashMap<(String, String), usize> = HashMap::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        places.insert((entry.facts.provider.to_string(), entry.facts.id.to_string()), at);
    }
    let before = entries.len();
    let mut taken = 0;
    let mut changed = 0;
    for provider in &read {
        let known = old.provider(&provider.id).map(|at| providers[usize::from(at)].id);
        let id = known.unwrap_or(&provider.id);
        if known.is_none() {
            providers.push(ProviderRow { id, name: &provider.name, aliases: "" });
        }
        for mut entry in provider.models.iter().cloned() {
            entry.facts.provider = id.to_owned().into();
            (entry.facts_source, entry.price_source) = (source, source);
            let key = (id.to_owned(), entry.facts.id.to_string());
            let place = places.get(&key).copied();
            // A row of its own for what was another name of a row so far has that row's price to be near to.
            let named = old.find(Some(id), &entry.facts.id);
            let named =
                named.filter(|found| place.is_none() && found.how() <= How::Alias && !found.is_elsewhere());
            let price = named.as_ref().and_then(|found| found.prices());
            match lay((place.map(|at| &entries[at]), price), entry, now) {
                Ok(entry) => {
                    taken += 1;
                    if let Some(at) = place {
                        changed += 1;
                        entries[at] = entry;
                    } else {
                        places.insert(key, entries.len());
                        entries.push(entry);
                    }
                }
                Err(problem) => refused.push(problem),
            }
        }
    }
    let catalog = Catalog::of(&sources, &providers, &entries)?;
    Ok(Refreshed { catalog, taken, kept: before - changed, refused })
}

/// A new row over an old one.
fn lay(
    (old, named): (Option<&Entry>, Option<&Arc<Prices>>),
    mut new: Entry,
    now: u64,
) -> Result<Entry, Problem> {
    let place = format!("{}/{}", new.facts.provider, new.facts.id);
    let at = |field: &str| format!("{place} {field}");
    let ask = Ask { at: now, ..Ask::default() };
    let given = new.prices.as_ref().and_then(|prices| prices.at(&ask)).copied();
    let rules = new.prices.iter().flat_map(|prices| &prices.rules);
    for (item, rate) in rules.flat_map(|rule| Item::ALL.iter().zip(rule.rates.each())) {
        if rate.is_some_and(|rate| rate > DEAREST) {
            let message =
                "a million tokens for more than 10,000 dollars; prices are dollars a million tokens"
                    .to_owned();
            return Err(Problem { at: at(item.1), message });
        }
    }
    let before = old.and_then(|old| old.prices.as_ref()).or(named);
    if let (Some(before), Some(prices)) = (before, &new.prices)
        && let Some((item, from, to)) = leaps(before, prices, ask)
    {
        let message = format!(
            "the price goes from {} to {} dollars a million, more than {JUMP}-fold; the old row is kept",
            dollars(from),
            dollars(to)
        );
        return Err(Problem { at: at(item.name()), message });
    }
    let Some(old) = old else { return Ok(new) };
    new.aliases.clone_from(&old.aliases);
    fill(&mut new, old);
    let known = old.prices.as_ref().and_then(|prices| prices.at(&ask)).copied();
    match (known, given) {
        // A file without a price takes none away.
        (_, None) => (new.prices, new.price_source) = (old.prices.clone(), old.price_source),
        (None, Some(_)) => {}
        (Some(known), Some(given)) => {
            if agrees(&known, &given) {
                (new.prices, new.price_source) = (old.prices.clone(), old.price_source);
            } else if let Some(prices) = &mut new.prices {
                *prices = Arc::new(beside(prices, &known));
            }
        }
    }
    Ok(new)
}

/// The first price that [`jumps`], of short prompts or of those so long that they have prices of their own.
fn leaps(old: &Prices, new: &Prices, ask: Ask) -> Option<(Item, u64, u64)> {
    let long = new.rules.iter().map(|rule| rule.when.above.saturating_add(1));
    std::iter::once(ask.prompt).chain(long).find_map(|prompt| {
        let ask = Ask { prompt, ..ask };
        jumps(old.at(&ask)?, new.at(&ask)?)
    })
}

/// Fills the holes of a new row's facts with the old ones.
fn fill(new: &mut Entry, old: &Entry) {
    let (to, from) = (&mut new.facts, &old.facts);
    to.kind = from.kind;
    to.dimensions = to.dimensions.or(from.dimensions);
    to.context = to.context.or(from.context);
    to.input_limit = to.input_limit.or(from.input_limit);
    to.output_limit = to.output_limit.or(from.output_limit);
    to.tools = to.tools.or(from.tools);
    to.reasoning = to.reasoning.or(from.reasoning);
    to.structured = to.structured.or(from.structured);
    to.temperature = to.temperature.or(from.temperature);
    to.open_weights = to.open_weights.or(from.open_weights);
    to.ends = to.ends.or(from.ends);
    if to.vendor.is_empty() {
        to.vendor.clone_from(&from.vendor);
    }
    if to.takes.is_empty() {
        (to.takes, to.gives) = (from.takes, from.gives);
    }
}

/// The first price that changes by more than can be: a hundredfold, or from something to nothing. The last would let
/// a model pass for free that is not.
#[must_use]
pub fn jumps(from: &Rates, to: &Rates) -> Option<(Item, u64, u64)> {
    let pairs = Item::ALL.iter().zip(from.each().into_iter().zip(to.each()));
    pairs.filter_map(|((item, _), (from, to))| Some((*item, from?, to?))).find(|(item, from, to)| {
        let over = |small: u64, large: u64| large > small.saturating_mul(JUMP);
        // What is read from or written to a cache is now and then given away.
        let gift = matches!(item, Item::CacheRead | Item::CacheWrite | Item::CacheWrite1h) && *to == 0;
        *from > 0 && !gift && (over(*from, *to) || over(*to, *from))
    })
}

/// Whether the new prices say nothing that the old ones do not.
fn agrees(known: &Rates, given: &Rates) -> bool {
    known.each().into_iter().zip(given.each()).all(|(known, given)| given.is_none() || known == given)
}

/// New prices, beside what the old ones say of things that the new file has no words for.
fn beside(new: &Prices, old: &Rates) -> Prices {
    let others = [Item::Request, Item::Image, Item::Heard, Item::Spoken, Item::Character, Item::Search];
    let rules = new.rules.iter().map(|rule| {
        let mut rates = rule.rates;
        for item in others.into_iter().chain([Item::SearchUnit, Item::Page, Item::CacheWrite1h]) {
            let mut old = *old;
            let was = *old.price_mut(item);
            let is = rates.price_mut(item);
            *is = is.or(was);
        }
        Rule { when: rule.when, rates }
    });
    Prices { rules: rules.collect() }
}

/// Pico-dollars a token as dollars a million, which are the same digits.
fn dollars(pico: u64) -> String {
    let text = format!("{}.{:06}", pico / 1_000_000, pico % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
