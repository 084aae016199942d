//! What names mean.

use proptest::prelude::*;
use wye_catalog::{Catalog, Entry, Facts, How, Prices, ProviderRow, Rates};
use wye_types::money::Price;

use crate::embedded::CATALOG;

/// At which provider, the name asked; row found, and how; whether its price is a guess.
type Meaning = (Option<&'static str>, &'static str, &'static str, &'static str, How, bool);

const MEANINGS: &[Meaning] = &[
    (Some("openai"), "gpt-4o", "openai", "gpt-4o", How::Exact, false),
    (None, "gpt-4o", "openai", "gpt-4o", How::Exact, false),
    (Some("openai"), "gpt-4o-2024-05-13", "openai", "gpt-4o-2024-05-13", How::Exact, false),
    (Some("openai"), "gpt-4o-2031-01-02", "openai", "gpt-4o", How::Dated, false),
    (Some("google"), "gemini-2.5-pro", "gemini", "gemini-2.5-pro", How::Exact, false),
    (Some("gemini"), "models/gemini-2.5-pro", "gemini", "gemini-2.5-pro", How::Decorated, true),
    (Some("anthropic"), "Claude-Sonnet-4.5", "anthropic", "claude-sonnet-4-5", How::Alias, false),
    (None, "anthropic/claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5", How::Exact, false),
    (Some("my-proxy"), "gpt-4o-mini", "openai", "gpt-4o-mini", How::Exact, true),
    (Some("groq"), "gpt-4o-mini", "openai", "gpt-4o-mini", How::Exact, true),
    (Some("openai"), "gpt-4.1-mini-flavour-of-tomorrow", "openai", "gpt-4.1-mini", How::Prefix, true),
];

#[test]
fn names_mean_what_they_should() {
    for (provider, id, at, row, how, guess) in MEANINGS {
        let found = CATALOG.find(*provider, id).unwrap_or_else(|| panic!("{id} is not found"));
        assert_eq!((found.provider(), found.id(), found.how()), (*at, *row, *how), "{provider:?} {id}");
        assert_eq!(found.is_guess(), *guess, "{provider:?} {id}");
    }
    for unknown in ["house-llm", "", "-", "/", "x", "gpt-4.99x", "日本語", &"a-".repeat(5000)] {
        assert!(CATALOG.find(None, unknown).is_none(), "{unknown:.40}");
    }
}

#[test]
fn makers_come_before_resellers() {
    // The same id at a reseller with another window: the maker's row is the one that counts.
    for id in ["deepseek-v4-flash", "grok-4.3", "kimi-k3", "mistral-large-latest", "command-a-03-2025"] {
        let found = CATALOG.find(None, id).unwrap();
        assert_eq!(found.facts().vendor, found.provider(), "{id}");
    }
}

#[test]
fn a_model_that_is_served_for_nothing_is_not_proved_free_by_its_name() {
    let found = CATALOG.find(Some("openrouter"), "openai/gpt-4o:free").unwrap();
    assert_eq!(found.how(), How::Decorated);
    assert!(found.is_guess() && found.prices().is_none());
}

fn entry(provider: &str, id: &str) -> Entry {
    let rates = Rates::of_tokens(Price { input: Some(1), ..Price::default() });
    Entry {
        facts: Facts::new(provider.to_owned(), id.to_owned()),
        prices: Some(std::sync::Arc::new(Prices::flat(rates))),
        aliases: Vec::new(),
        facts_source: 0,
        price_source: 0,
    }
}

#[test]
fn a_bare_name_finds_the_newest_date_and_the_longest_beginning() {
    let providers = ["maker", "shop"].map(|id| ProviderRow { id, name: id, aliases: "" });
    let entries = [
        entry("shop", "m-5-mini-2027-01-01"),
        entry("maker", "m-5-mini-2026-03-17"),
        entry("maker", "m-5-mini-2026-09-01"),
        entry("maker", "m-5"),
        entry("shop", "m-5-maxi"),
    ];
    let catalog = Catalog::of(&[], &providers, &entries).unwrap();
    let mut turned = entries.to_vec();
    turned.reverse();
    assert_eq!(Catalog::of(&[], &providers, &turned).unwrap().version(), catalog.version());
    let means = |provider: Option<&str>, id: &str| {
        let found = catalog.find(provider, id).unwrap();
        (found.provider().to_owned(), found.id().to_owned(), found.how())
    };
    let maker = |id: &str, how: How| ("maker".to_owned(), id.to_owned(), how);
    assert_eq!(means(None, "m-5-mini"), maker("m-5-mini-2026-09-01", How::Dated));
    assert_eq!(means(Some("maker"), "m-5-mini"), maker("m-5-mini-2026-09-01", How::Dated));
    assert_eq!(means(Some("shop"), "m-5-mini").1, "m-5-mini-2027-01-01");
    assert_eq!(means(None, "m-5-maxi-x"), ("shop".into(), "m-5-maxi".into(), How::Prefix));
    assert_eq!(means(Some("maker"), "m-5-maxi-x"), maker("m-5", How::Prefix), "its own family first");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_name_is_looked_up_without_panic_and_twice_alike(name in "\\PC{0,40}", provider in "[a-z]{0,8}") {
        let key = |found: Option<wye_catalog::Found<'_>>| found.map(|f| (f.id().to_owned(), f.how(), f.is_guess()));
        let once = key(CATALOG.find(Some(&provider), &name));
        prop_assert_eq!(once, key(CATALOG.find(Some(&provider), &name)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(wye-catalog\t1\tx\n)?([spm$=]\t[-|;a-z0-9\t]{0,30}\n){0,6}") {
        let _ = Catalog::read(text);
    }
}
