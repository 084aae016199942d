//! The catalogue of models: what it is made of, how new it is, what is known of each model; and what the requests that
//! were served would have cost elsewhere.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_catalog::{Ask, Catalog, Found, Item, Prices, Rates, Service, amount};
use wye_store::log::{By, Span, Sum};
use wye_types::Usage;
use wye_types::usage::Ledger;

use super::endpoint::Call;
use super::input::{Json, Query, Text};
use super::page::PageSize;
use super::problem::Problem;

/// Paid models that many know, for whoever names none; as their makers sell them.
const AGAINST: [&str; 3] = ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro"];

/// How it stands with the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogInfo {
    /// A hash of everything in it; records name it beside their cost.
    version: String,
    /// How many providers it knows.
    providers: usize,
    /// How many models.
    models: usize,
    /// What its rows are from.
    sources: Vec<CatalogSource>,
    /// Where newer rows are fetched from, as far as they were; empty: the snapshot of the binary alone holds.
    from: Vec<String>,
    /// When they were, in Unix milliseconds.
    taken_ms: Option<u64>,
    /// How many rows were taken from there.
    taken: usize,
    /// How many were refused; what was known before stays.
    refused: usize,
    /// The first of these and why, a hundred at most.
    problems: Vec<String>,
    /// Why no newer ones could be had the last time; `null`: they could.
    trouble: Option<String>,
}

/// A source of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogSource {
    /// Its name.
    name: String,
    /// Its version.
    version: String,
    /// The day of its data.
    date: String,
    /// Its licence.
    licence: String,
}

pub(super) async fn show_catalog(call: Call, (): ()) -> Result<Json<CatalogInfo>, Problem> {
    let live = call.admin.pipeline.live();
    let catalog = live.models.catalog();
    let standing = call.admin.configurator.catalog();
    let sources = catalog.sources().map(|source| CatalogSource {
        name: source.name.to_owned(),
        version: source.version.to_owned(),
        date: source.date.to_owned(),
        licence: source.licence.to_owned(),
    });
    Ok(Json(CatalogInfo {
        version: catalog.version().to_owned(),
        providers: catalog.providers().count(),
        models: catalog.len(),
        sources: sources.collect(),
        from: standing.from,
        taken_ms: standing.taken_ms,
        taken: standing.taken,
        refused: standing.refused,
        problems: standing.problems.iter().map(ToString::to_string).collect(),
        trouble: standing.trouble,
    }))
}

/// Which models of the catalogue are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogAsk {
    /// A provider's models alone, by its id or one of its aliases.
    provider: Option<Text<200>>,
    /// A part of the id or the name, in letters of any case.
    text: Option<Text<200>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many items at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

/// Models of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogModels {
    /// The models, by provider.
    items: Vec<CatalogModel>,
    /// The cursor of the next page; `null`: this is the last one.
    next: Option<String>,
}

/// What is known of a model. What is `null` nobody says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogModel {
    /// Who serves it.
    provider: String,
    /// The id that the provider takes.
    id: String,
    /// Its name for people.
    name: String,
    /// Who made it.
    vendor: String,
    /// Tokens of prompt and answer together.
    context: Option<u64>,
    /// Tokens of an answer.
    output_limit: Option<u64>,
    /// What it reads.
    takes: Vec<&'static str>,
    /// What it makes.
    gives: Vec<&'static str>,
    /// Whether it calls tools.
    tools: Option<bool>,
    /// Whether it reasons before it answers.
    reasoning: Option<bool>,
    /// Whether it keeps to a JSON schema.
    structured: Option<bool>,
    /// The day on which it goes or went away.
    ends: Option<String>,
    /// What it costs now, for an ordinary request; empty: nobody knows.
    prices: Vec<CatalogPrice>,
    /// Where its facts are from.
    source: Option<String>,
    /// Where its prices are from.
    price_source: Option<String>,
}

/// The price of one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogPrice {
    /// What is priced: `input`, `output`, `image`.
    pub(super) of: &'static str,
    /// Pico-dollars (millionths of a millionth) for one; for tokens these are dollars a million times a million.
    pub(super) pico: u64,
}

pub(super) async fn list_catalog_models(
    call: Call,
    Query(ask): Query<CatalogAsk>,
) -> Result<Json<CatalogModels>, Problem> {
    let live = call.admin.pipeline.live();
    let catalog = live.models.catalog();
    let now_s = call.admin.clock.unix_ms() / 1000;
    let skip = match &ask.cursor {
        None => 0,
        Some(text) => text
            .0
            .parse::<usize>()
            .map_err(|_| Problem::field("cursor", "this is no cursor: send `next` of the page before"))?,
    };
    let all: Box<dyn Iterator<Item = Found<'_>>> = match &ask.provider {
        Some(provider) => Box::new(catalog.models(&provider.0)),
        None => Box::new(catalog.all()),
    };
    let wanted = ask.text.map(|text| text.0.to_lowercase());
    let fits = |found: &Found<'_>| {
        wanted.as_ref().is_none_or(|text| {
            found.id().to_lowercase().contains(text) || found.facts().name.to_lowercase().contains(text)
        })
    };
    let limit = usize::try_from(ask.limit.0).unwrap_or(usize::MAX);
    let mut found = all.enumerate().skip(skip).filter(|(_, found)| fits(found));
    let page: Vec<(usize, Found<'_>)> = found.by_ref().take(limit).collect();
    let more = found.next().is_some();
    let next = page.last().filter(|_| more).map(|(at, _)| (at + 1).to_string());
    Ok(Json(CatalogModels { items: page.iter().map(|(_, found)| model(found, now_s)).collect(), next }))
}

fn model(found: &Found<'_>, now_s: u64) -> CatalogModel {
    let facts = found.facts();
    let rates = found.prices().and_then(|prices| now(prices, now_s)).copied().unwrap_or_default();
    let prices = Item::ALL.into_iter().zip(rates.each());
    CatalogModel {
        provider: facts.provider.to_string(),
        id: facts.id.to_string(),
        name: facts.name.to_string(),
        vendor: facts.vendor.to_string(),
        context: facts.context,
        output_limit: facts.output_limit,
        takes: facts.takes.names().collect(),
        gives: facts.gives.names().collect(),
        tools: facts.tools,
        reasoning: facts.reasoning,
        structured: facts.structured,
        ends: facts.ends.map(|day| day.to_string()),
        prices: prices.filter_map(|((_, of), pico)| Some(CatalogPrice { of, pico: pico? })).collect(),
        source: found.source().map(|source| source.name.to_owned()),
        price_source: found.price_source().map(|source| source.name.to_owned()),
    }
}

/// The prices of an ordinary request of few tokens.
fn now(prices: &Prices, now_s: u64) -> Option<&Rates> {
    prices.at(&Ask { at: now_s, ..Ask::default() })
}

/// The time of savings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SavingsAsk {
    /// From this Unix second on, rounded to hours.
    from: u64,
    /// Before this Unix second.
    to: u64,
}

/// What requests cost, and what the tokens that they used would have cost by the list prices of paid models.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Savings {
    /// Requests.
    requests: u64,
    /// Tokens of prompts.
    input: u64,
    /// Of them, those read from a cache.
    cache_read: u64,
    /// Tokens of answers.
    output: u64,
    /// What they cost, in nano-dollars, as far as prices are known.
    cost_nano: u64,
    /// Requests whose cost nobody knows; it is missing in `cost_nano`, and `saved_nano` is too high by it.
    unpriced: u64,
    /// What they are compared with.
    against: Vec<Saving>,
    /// The version of the catalogue that the list prices are of.
    price_version: String,
}

/// A comparison with the list price of one model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Saving {
    /// The model, as `provider/model`.
    model: String,
    /// What the same tokens cost there, in nano-dollars; `null` where the catalogue has no price.
    cost_nano: Option<u64>,
    /// So many nano-dollars less were spent; more, where it is below nought.
    saved_nano: Option<i64>,
}

pub(super) async fn show_savings(
    call: Call,
    Query(ask): Query<SavingsAsk>,
) -> Result<Json<Savings>, Problem> {
    if ask.to < ask.from {
        return Err(Problem::field("to", "this is before `from`"));
    }
    let sums = By::All.sum(&call.admin.db, Span::Hour, ask.from, ask.to).await?;
    let live = call.admin.pipeline.live();
    let config = call.admin.configurator.current().config.clone();
    let named: Vec<&str> = match config.savings_against.as_slice() {
        [] => AGAINST.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    };
    let now_s = call.admin.clock.unix_ms() / 1000;
    let against =
        |sum: &Sum| named.iter().map(|model| saving(live.models.catalog(), model, sum, now_s)).collect();
    let all = |of: fn(&Sum) -> u64| sums.first().map_or(0, of);
    Ok(Json(Savings {
        requests: all(|sum| sum.requests),
        input: all(|sum| sum.input),
        cache_read: all(|sum| sum.cache_read),
        output: all(|sum| sum.output),
        cost_nano: all(|sum| sum.cost_nano),
        unpriced: all(|sum| sum.unpriced),
        against: sums.first().map_or_else(Vec::new, against),
        price_version: live.models.catalog().version().to_owned(),
    }))
}

/// A comparison. Sums of many requests say nothing of the length of each, so that it is the price of short ones.
fn saving(catalog: &Catalog, name: &str, sum: &Sum, now_s: u64) -> Saving {
    let found = match name.split_once('/') {
        Some((provider, model)) => catalog.find(Some(provider), model),
        None => catalog.find(None, name),
    };
    let found = found.filter(|found| !found.is_guess());
    let ledger = Ledger::from(Usage {
        input: sum.input.saturating_sub(sum.cache_read),
        cache_read: Some(sum.cache_read),
        output: sum.output.saturating_sub(sum.reasoning),
        reasoning: Some(sum.reasoning),
        ..Usage::default()
    });
    let cost = found.and_then(|found| {
        let flat = Prices::flat(*now(found.prices()?, now_s)?);
        amount(&ledger, Some((&flat, found.basis())), now_s, Service::Standard).0
    });
    let signed = |nano: u64| i64::try_from(nano).unwrap_or(i64::MAX);
    let saved_nano = cost.map(|cost| signed(cost).saturating_sub(signed(sum.cost_nano)));
    let model = match found {
        Some(found) if !name.contains('/') => format!("{}/{}", found.provider(), found.id()),
        _ => name.to_owned(),
    };
    Saving { model, cost_nano: cost, saved_nano }
}

#[cfg(test)]
mod tests {
    use wye_store::log::Sketch;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    fn sum() -> Sum {
        Sum {
            of: String::new(),
            requests: 3,
            failed: 0,
            input: 1_000_000,
            cache_read: 400_000,
            output: 500_000,
            reasoning: 100_000,
            cost_nano: 1_000_000_000,
            unpriced: 0,
            first_us: Sketch::default(),
            total_us: Sketch::default(),
        }
    }

    #[test]
    fn what_costs_are_compared_with_has_a_price() {
        let catalog = Catalog::embedded().unwrap();
        for model in AGAINST {
            let saving = saving(&catalog, model, &sum(), NOW);
            assert!(saving.cost_nano.is_some() && saving.model.ends_with(&format!("/{model}")), "{saving:?}");
        }
    }

    #[test]
    fn savings_are_the_list_price_of_the_same_tokens_less_what_was_paid() {
        let catalog = Catalog::embedded().unwrap();
        // 0.6 × 2.5 + 0.4 cached × 1.25 + 0.5 × 10 = 7 dollars, of which one was paid.
        let saved = saving(&catalog, "openai/gpt-4o", &sum(), NOW);
        assert_eq!((saved.cost_nano, saved.saved_nano), (Some(7_000_000_000), Some(6_000_000_000)));
        let unknown = saving(&catalog, "nobody/nothing", &sum(), NOW);
        assert_eq!((unknown.cost_nano, unknown.saved_nano), (None, None));
    }
}
