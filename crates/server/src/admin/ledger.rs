//! What a request cost, line by line: what was used as it was counted, at the prices that are known now, beside what was
//! recorded when it ended.

use serde::Serialize;
use utoipa::ToSchema;
use wye_catalog::{Basis, Cost, Item, Service, cost};
use wye_pipeline::Live;
use wye_pipeline::price::Pricing;
use wye_store::log::Entry;
use wye_types::RequestId;
use wye_types::money::nano;
use wye_types::usage::Ledger;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// What a request cost.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct LedgerView {
    /// What was used by the answer that was sent, each thing once.
    lines: Vec<LedgerLine>,
    /// The sum of the lines in nano-dollars; `null`: something in them has no price.
    lines_nano: Option<u64>,
    /// What was recorded as the cost, in nano-dollars. It counts: it may be the provider's own figure, and it has in it what
    /// answers cost that were thrown away. `null`: not known.
    total_nano: Option<u64>,
    /// What that rests on: `reported` by the provider, `catalog`, `guess`, `override`, `local`, `free_tier` or `unknown`;
    /// `null` where nothing was used.
    basis: Option<String>,
    /// The version of the catalogue that it was reckoned with.
    price_version: Option<String>,
    /// The version of the catalogue that the lines are reckoned with: today's, at the hour of the request.
    lines_version: Option<String>,
    /// Whether these are the same, so that the lines are at the prices of then; `null`: one of them is not known.
    same_prices: Option<bool>,
    /// Whether the counts are an estimate.
    estimated: bool,
}

/// One thing that was used.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct LedgerLine {
    /// What: `input`, `cache_read`, `cache_write`, `output`, `reasoning`, `image`, …
    of: &'static str,
    /// How many; of sound, milliseconds.
    count: u64,
    /// What one costs in pico-dollars (of sound, a second); `null`: not known.
    pico_per_unit: Option<u64>,
    /// What all of them cost in nano-dollars, rounded up; `null`: not known.
    nano: Option<u64>,
}

pub(super) async fn show_ledger(call: Call, (): ()) -> Result<Json<LedgerView>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let entry = Entry::whole(&call.admin.db, id).await?.ok_or_else(missing)?;
    let price = pricing(&call.admin.pipeline.live(), &entry);
    Ok(Json(view(entry, price.as_ref())))
}

/// The prices that the deployment has now, of the kind that the cost rests on.
fn pricing(live: &Live, entry: &Entry) -> Option<Pricing> {
    let (provider, model) = (entry.provider.as_ref()?, entry.model.as_ref()?);
    let known = live.models.known(live.endpoints.get(provider)?, model);
    let given = known.given.filter(|given| Some(given.basis.name()) == entry.cost_basis.as_deref());
    given.or(known.price)
}

fn view(entry: Entry, price: Option<&Pricing>) -> LedgerView {
    let ledger = entry.ledger().unwrap_or_default();
    let prices = price.map(|price| (&*price.prices, price.basis));
    // The provider's own figure is no sum of lines.
    let counts = Ledger { reported: None, ..ledger };
    let Cost { total, lines: priced, basis } = cost(&counts, prices, entry.at_ms() / 1000, Service::Standard);
    let line = |(of, count): (Item, u64)| {
        let found = priced.iter().find(|line| line.item == of);
        LedgerLine {
            of: of.name(),
            count,
            pico_per_unit: found.and_then(|line| line.rate),
            nano: found.and_then(|line| line.pico).map(nano),
        }
    };
    let mut lines: Vec<LedgerLine> = used(&ledger).into_iter().map(line).collect();
    // What is not counted but billed: the request itself.
    let requests = priced.iter().filter(|line| line.item == Item::Request);
    lines.extend(requests.map(|found| line((Item::Request, found.count))));
    let lines_version = price.filter(|_| basis != Basis::Unknown).map(|price| price.version.to_string());
    let versions = entry.price_version.as_ref().zip(lines_version.as_ref());
    LedgerView {
        lines_nano: total.filter(|_| !lines.is_empty()),
        same_prices: versions.map(|(then, now)| then == now),
        lines,
        total_nano: entry.cost_nano,
        basis: entry.cost_basis,
        price_version: entry.price_version,
        lines_version,
        estimated: entry.estimated,
    }
}

/// What was used, as it was counted.
fn used(ledger: &Ledger) -> Vec<(Item, u64)> {
    let (tokens, units) = (&ledger.tokens, &ledger.units);
    let all = [
        (Item::Input, Some(tokens.input)),
        (Item::CacheRead, tokens.cache_read),
        (Item::CacheWrite, tokens.cache_write),
        (Item::CacheWrite1h, tokens.cache_write_1h),
        (Item::AudioIn, tokens.audio_in),
        (Item::ImageIn, tokens.image_in),
        (Item::Output, Some(tokens.output)),
        (Item::Reasoning, tokens.reasoning),
        (Item::AudioOut, tokens.audio_out),
        (Item::ImageOut, tokens.image_out),
        (Item::Image, units.images),
        (Item::Heard, units.heard_ms),
        (Item::Spoken, units.spoken_ms),
        (Item::Character, units.characters),
        (Item::Search, units.searches),
        (Item::SearchUnit, units.search_units),
        (Item::Page, units.pages),
    ];
    all.into_iter().filter_map(|(of, count)| Some((of, count.filter(|count| *count > 0)?))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wye_catalog::{Prices, Rates};
    use wye_types::Usage;
    use wye_types::money::Price;

    use super::*;

    fn entry() -> Entry {
        // As it is read: what has no column of its own is counted in what has one.
        Entry {
            usage: Some(Usage { input: 130, cache_read: Some(50), output: 20, ..Usage::default() }),
            detail: r#"{"audio_in":30,"units":{"images":2}}"#.to_owned(),
            cost_nano: Some(777),
            cost_basis: Some("catalog".to_owned()),
            price_version: Some("v1".to_owned()),
            ..Entry::default()
        }
    }

    fn pricing(audio: Option<u64>) -> Pricing {
        let tokens = Price {
            input: Some(1_000_000),
            cache_read: Some(100_000),
            audio_in: audio,
            output: Some(3_000_000),
            ..Price::UNKNOWN
        };
        let prices = Arc::new(Prices::flat(Rates::of_tokens(tokens)));
        Pricing { prices, basis: Basis::Catalog, version: "v2".into() }
    }

    #[test]
    fn each_thing_stands_once_with_its_price() {
        let told = view(entry(), Some(&pricing(Some(2_000_000))));
        let lines: Vec<_> =
            told.lines.iter().map(|one| (one.of, one.count, one.pico_per_unit, one.nano)).collect();
        assert_eq!(
            lines,
            [
                ("input", 100, Some(1_000_000), Some(100_000)),
                ("cache_read", 50, Some(100_000), Some(5_000)),
                ("audio_in", 30, Some(2_000_000), Some(60_000)),
                ("output", 20, Some(3_000_000), Some(60_000)),
                ("image", 2, None, None),
            ]
        );
        assert_eq!((told.lines_nano, told.total_nano), (Some(225_000), Some(777)));
        assert_eq!((told.same_prices, told.lines_version.as_deref()), (Some(false), Some("v2")));
    }

    #[test]
    fn what_nobody_knows_is_not_nought() {
        let told = view(entry(), None);
        assert!(told.lines.len() == 5 && told.lines.iter().all(|line| line.nano.is_none()), "{told:?}");
        assert_eq!((told.lines_nano, told.same_prices, told.lines_version), (None, None, None));
        let nothing = view(Entry { usage: None, detail: "{}".to_owned(), ..entry() }, Some(&pricing(None)));
        assert_eq!((nothing.lines.len(), nothing.lines_nano), (0, None));
    }
}
