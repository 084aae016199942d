//! Money: no token twice, more costs more, sums add up.

use proptest::prelude::*;
use wye_catalog::{Basis, Item, Prices, Rates, Rule, Service, When, cost};
use wye_types::Usage;
use wye_types::money::Price;
use wye_types::usage::{Ledger, Units};

fn rates() -> impl Strategy<Value = Rates> {
    proptest::collection::vec(0_u64..1_000_000_000, 18).prop_map(|all| {
        let mut rates = Rates::default();
        for ((item, _), price) in Item::ALL.into_iter().zip(all) {
            *rates.price_mut(item) = Some(price);
        }
        rates.request = None;
        rates
    })
}

fn ledger() -> impl Strategy<Value = Ledger> {
    proptest::collection::vec(0_u64..10_000_000, 17).prop_map(|n| Ledger {
        tokens: Usage {
            input: n[0],
            cache_read: Some(n[1]),
            cache_write: Some(n[2]),
            cache_write_1h: Some(n[3]),
            audio_in: Some(n[4]),
            image_in: Some(n[5]),
            output: n[6],
            reasoning: Some(n[7]),
            audio_out: Some(n[8]),
            image_out: Some(n[9]),
            reported: None,
            billed: None,
        },
        units: Units {
            images: Some(n[10]),
            heard_ms: Some(n[11] * 1000),
            spoken_ms: Some(n[12] * 1000),
            characters: Some(n[13]),
            searches: Some(n[14]),
            search_units: Some(n[15]),
            pages: Some(n[16]),
        },
        reported: None,
    })
}

fn plus(a: &Ledger, b: &Ledger) -> Ledger {
    let sum = |a: Option<u64>, b: Option<u64>| Some(a.unwrap_or(0) + b.unwrap_or(0));
    let (s, t, u, v) = (&a.tokens, &b.tokens, &a.units, &b.units);
    Ledger {
        tokens: Usage {
            input: s.input + t.input,
            cache_read: sum(s.cache_read, t.cache_read),
            cache_write: sum(s.cache_write, t.cache_write),
            cache_write_1h: sum(s.cache_write_1h, t.cache_write_1h),
            audio_in: sum(s.audio_in, t.audio_in),
            image_in: sum(s.image_in, t.image_in),
            output: s.output + t.output,
            reasoning: sum(s.reasoning, t.reasoning),
            audio_out: sum(s.audio_out, t.audio_out),
            image_out: sum(s.image_out, t.image_out),
            reported: None,
            billed: None,
        },
        units: Units {
            images: sum(u.images, v.images),
            heard_ms: sum(u.heard_ms, v.heard_ms),
            spoken_ms: sum(u.spoken_ms, v.spoken_ms),
            characters: sum(u.characters, v.characters),
            searches: sum(u.searches, v.searches),
            search_units: sum(u.search_units, v.search_units),
            pages: sum(u.pages, v.pages),
        },
        reported: None,
    }
}

fn total(ledger: &Ledger, rates: Rates) -> u64 {
    cost(ledger, Some((&Prices::flat(rates), Basis::Catalog)), 0, Service::Standard).total.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn cost_is_additive_and_monotone(a in ledger(), b in ledger(), rates in rates()) {
        let (apart, together) = (total(&a, rates) + total(&b, rates), total(&plus(&a, &b), rates));
        prop_assert!(apart >= together && apart - together <= 1, "{apart} {together}: rounded up once");
        prop_assert!(together >= total(&a, rates));
    }

    /// At one pico-dollar a token, a cost is the number of tokens: each is billed once, under one heading.
    #[test]
    fn no_token_is_billed_twice(mut ledger in ledger()) {
        ledger.units = Units::default();
        let one = Some(1);
        let tokens = Price {
            input: one, output: one, cache_read: one, cache_write: one, cache_write_1h: one, reasoning: one,
            audio_in: one, audio_out: one, image_in: one, image_out: one,
        };
        let prices = Prices::flat(Rates::of_tokens(tokens));
        let billed = cost(&ledger, Some((&prices, Basis::Catalog)), 0, Service::Standard);
        let pico: u128 = billed.lines.iter().filter_map(|line| line.pico).sum();
        prop_assert_eq!(pico, u128::from(ledger.tokens.total()));
        let items: std::collections::HashSet<Item> = billed.lines.iter().map(|line| line.item).collect();
        prop_assert_eq!(items.len(), billed.lines.len());
    }
}

const PRICE: Price = Price {
    input: Some(1_000_000),
    output: Some(2_000_000),
    cache_read: None,
    cache_write: None,
    cache_write_1h: None,
    reasoning: None,
    audio_in: None,
    audio_out: None,
    image_in: None,
    image_out: None,
};

fn of(ledger: &Ledger, prices: &Prices, service: Service) -> (Option<u64>, Basis) {
    let cost = cost(ledger, Some((prices, Basis::Catalog)), 0, service);
    (cost.total, cost.basis)
}

#[test]
fn a_providers_own_figure_wins_and_no_price_is_no_cost() {
    let used = Ledger::from(Usage { input: 10, ..Usage::default() });
    let prices = Prices::flat(Rates::of_tokens(PRICE));
    let said = Ledger { reported: Some(42), ..used };
    assert_eq!(of(&said, &prices, Service::Standard), (Some(42), Basis::Reported));
    assert_eq!(cost(&said, None, 0, Service::Standard).total, Some(42));
    assert_eq!(cost(&used, None, 0, Service::Standard).total, None);
    assert_eq!(cost(&used, None, 0, Service::Standard).basis, Basis::Unknown);
    assert_eq!(cost(&Ledger::default(), None, 0, Service::Standard).total, Some(0));
    assert_eq!(of(&used, &Prices::default(), Service::Standard), (None, Basis::Unknown));
}

#[test]
fn a_tier_bills_the_whole_request_and_a_class_has_its_own_price() {
    let at = |when: When, input: u64| Rule {
        when,
        rates: Rates::of_tokens(Price { input: Some(input), ..Price::default() }),
    };
    let prices = Prices {
        rules: Box::new([
            at(When::ALWAYS, 1000),
            at(When { above: 100, ..When::ALWAYS }, 2000),
            at(When { service: Service::Batch, ..When::ALWAYS }, 500),
        ]),
    };
    let used =
        |input: u64, read: u64| Ledger::from(Usage { input, cache_read: Some(read), ..Usage::default() });
    assert_eq!(of(&used(60, 40), &prices, Service::Standard).0, Some(100));
    assert_eq!(
        of(&used(60, 41), &prices, Service::Standard).0,
        Some(202),
        "cached tokens make a prompt long too"
    );
    assert_eq!(of(&used(60, 40), &prices, Service::Batch).0, Some(50));
    assert_eq!(of(&used(60, 40), &prices, Service::Priority).0, Some(100), "no price of its own");
}

#[test]
fn what_is_billed_by_the_piece_is_billed_once() {
    let by_tokens = Prices::flat(Rates::of_tokens(PRICE));
    let by_second = Prices::flat(Rates { heard_second: Some(100_000_000), ..Rates::default() });
    let heard = Ledger {
        tokens: Usage { input: 1000, output: 10, ..Usage::default() },
        units: Units { heard_ms: Some(60_000), ..Units::default() },
        reported: None,
    };
    assert_eq!(
        of(&heard, &by_tokens, Service::Standard).0,
        Some(1_020_000),
        "the seconds are for the record"
    );
    assert_eq!(of(&heard, &by_second, Service::Standard).0, Some(6_000_000), "0.006 dollars a minute");
    let only_heard = Ledger { tokens: Usage::default(), ..heard };
    assert_eq!(of(&only_heard, &by_tokens, Service::Standard).0, None);
    let searched = Ledger { units: Units { searches: Some(1), ..Units::default() }, ..heard };
    assert_eq!(of(&searched, &by_tokens, Service::Standard).0, None, "a search comes on top");
    let audio = Ledger::from(Usage { input: 1, audio_in: Some(1), ..Usage::default() });
    assert_eq!(of(&audio, &by_tokens, Service::Standard).0, None, "sound is not text");
    let images = Ledger { units: Units { images: Some(3), ..Units::default() }, ..Ledger::default() };
    let fee = Rates { image: Some(40_000_000_000), request: Some(5_000_000_000), ..Rates::default() };
    assert_eq!(of(&images, &Prices::flat(fee), Service::Standard).0, Some(125_000_000));
}
