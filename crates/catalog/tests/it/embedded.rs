//! The file inside the binary is whole, and no price in it can be wrong in the ways that are known.

use std::sync::LazyLock;

use wye_catalog::{Ask, Catalog, Item, Override, Rates, Service};

pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());
/// 2026-11-21, a Saturday, noon.
pub(crate) const NOW: u64 = 1_795_262_400;

#[test]
fn it_reads_and_writes_itself() {
    let catalog = &*CATALOG;
    assert!(catalog.len() > 9000, "{}", catalog.len());
    let sources: Vec<_> = catalog.sources().collect();
    let providers: Vec<_> = catalog.providers().collect();
    let again = Catalog::of(&sources, &providers, &catalog.entries()).unwrap();
    assert_eq!(again.version(), catalog.version(), "the version is a hash of the lines");
    assert_eq!(again.len(), catalog.len());
}

#[test]
fn every_row_has_a_source_with_a_date_and_is_found_by_its_id() {
    let mut priced = 0;
    for row in CATALOG.all() {
        let source = row.source().unwrap();
        assert!(source.date.len() == 10 && source.licence == "MIT", "{}", row.id());
        let found = CATALOG.find(Some(row.provider()), row.id()).unwrap();
        assert_eq!((found.id(), found.provider()), (row.id(), row.provider()));
        assert!(!found.is_guess());
        priced += usize::from(row.prices().is_some());
    }
    assert!(priced * 10 > CATALOG.len() * 8, "{priced} have a price");
}

#[test]
fn prices_are_possible() {
    for row in CATALOG.all() {
        let Some(prices) = row.prices() else { continue };
        for rule in &prices.rules {
            assert!(rule.when.is_sound() && !rule.rates.is_empty(), "{}", row.id());
            // A thousand dollars a million tokens is more than anybody asks.
            let tokens = rule.rates.each().into_iter().take(10).flatten();
            assert!(tokens.max().unwrap_or(0) <= 1_000_000_000, "{} {:?}", row.id(), rule);
        }
        let short = prices.at(&Ask { at: NOW, ..Ask::default() });
        let long = prices.at(&Ask { at: NOW, prompt: 5_000_000, service: Service::Standard });
        if let (Some(short), Some(long)) = (short, long) {
            assert!(long.tokens.input >= short.tokens.input, "{}: a longer prompt is cheaper", row.id());
        }
    }
}

#[test]
fn what_costs_nothing_says_so_or_is_known_twice() {
    let free: Vec<_> = CATALOG.all().filter(|row| row.prices().is_some_and(|p| p.is_free())).collect();
    assert!(!free.is_empty());
    for row in free {
        let makers = ["openai", "anthropic", "deepseek", "xai"];
        let paid = makers.contains(&row.provider()) && !row.id().contains("moderation");
        assert!(!paid, "{}/{} is free?", row.provider(), row.id());
    }
    let llama = CATALOG.find(Some("openrouter"), "meta-llama/llama-3.3-70b-instruct:free").unwrap();
    assert!(!llama.is_guess() && llama.prices().unwrap().is_free());
}

#[test]
fn the_operator_stands_above_it() {
    let rates = Rates { search_unit: Some(7), ..Rates::default() };
    let one = |provider: &str, id: &str| Override {
        provider: provider.into(),
        id: id.into(),
        context: Some(123),
        rates: Some(rates),
        ..Override::default()
    };
    let overrides = [one("openai", "gpt-4o"), one("google", "gemini-2.5-pro"), one("my-own", "house-llm")];
    let with = CATALOG.with(&overrides).unwrap();
    assert_ne!(with.version(), CATALOG.version());
    assert_eq!(with.len(), CATALOG.len() + 1);
    for (provider, id) in [("openai", "gpt-4o"), ("gemini", "gemini-2.5-pro"), ("my-own", "house-llm")] {
        let found = with.find(Some(provider), id).unwrap();
        let facts = found.facts();
        assert_eq!((found.provider(), facts.context), (provider, Some(123)));
        assert_eq!(found.prices().unwrap().rules.len(), 1);
        assert_eq!(found.prices().unwrap().rules[0].rates.each()[16], Some(7), "{:?}", Item::ALL[16]);
        assert_eq!(found.price_source().unwrap().name, wye_catalog::OPERATOR);
        assert_eq!(found.basis(), wye_catalog::Basis::Override);
    }
    let untouched = with.find(Some("openai"), "gpt-4o-mini").unwrap();
    assert_eq!(untouched.prices(), CATALOG.find(Some("openai"), "gpt-4o-mini").unwrap().prices());
    let again = with.with(&overrides[..1]).unwrap();
    assert_eq!(again.sources().filter(|source| source.name == wye_catalog::OPERATOR).count(), 1);
}
