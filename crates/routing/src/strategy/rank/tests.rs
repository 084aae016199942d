//! Properties that hold for every strategy, and what each one is for.

use proptest::prelude::*;

use super::*;
use crate::strategy::Worth;

fn row(number: u32) -> Row {
    Row {
        number,
        weight: 0.5,
        reading: Glance::default(),
        cost: None,
        context: None,
        size: Size::Unknown,
        mark: Mark::default(),
    }
}

fn numbers(order: Order, rows: &[Row], ask: Ask<'_>) -> Vec<u32> {
    rank(order, rows, ask).iter().map(|ranked| rows[ranked.row].number).collect()
}

const ALL: [Order; 10] = [
    Order::Listed,
    Order::Balanced(Weights {
        random: 0.3,
        health: 0.1,
        speed: 0.3,
        user: 0.2,
        consecutive: 0.3,
        history: 3,
    }),
    Order::Weighted,
    Order::Adaptive(Weights {
        random: 0.3,
        health: 0.1,
        speed: 0.3,
        user: 0.2,
        consecutive: 0.3,
        history: 3,
    }),
    Order::Fastest,
    Order::Cheapest(None),
    Order::Cheapest(Some(0.05)),
    Order::Strongest,
    Order::School(None),
    Order::Learned(None, Worth::USUAL),
];

#[test]
fn adaptive_is_the_reference_formula() {
    let weights = Weights { random: 0.0, ..Weights::default() };
    let mut rows = [row(1), row(2)];
    rows[0].reading = Glance { health: 90, first_ms: Some(3000.0), used: 10, ..Glance::default() };
    rows[1].reading = Glance { health: 50, used: 5, ..Glance::default() };
    let ask = Ask { winners: &[1, 2, 3], ..Ask::default() };
    let ranked = rank(Order::Adaptive(weights), &rows, ask);
    let score = |row: usize| ranked.iter().find(|r| r.row == row).unwrap().score;
    // (0.9·0.1 + 0.9·0.3 + 0.5·0.2) · 0.3 − 0.5 and (0.5·0.1 + 0.8·0.3 + 0.5·0.2) · 0.65 − 0.2
    assert!((score(0) - (0.46 * 0.3 - 0.5)).abs() < 1e-6, "{}", score(0));
    assert!((score(1) - (0.39 * 0.65 - 0.2)).abs() < 1e-6, "{}", score(1));
    assert_eq!(ranked[0].row, 1);
}

#[test]
fn the_cheapest_whose_price_is_known_comes_first_and_free_is_cheapest() {
    let mut rows = [row(1), row(2), row(3), row(4)];
    rows[0].cost = Some(900);
    rows[1].cost = None;
    rows[2].cost = Some(0);
    rows[3].cost = Some(100);
    assert_eq!(numbers(Order::Cheapest(None), &rows, Ask::default()), [3, 4, 1, 2]);
}

#[test]
fn the_fastest_counts_the_whole_answer_and_what_often_fails_is_slow() {
    let mut rows = [row(1), row(2), row(3), row(4)];
    let reading = |first, speed, success| Glance {
        first_ms: Some(first),
        tokens_per_s: Some(speed),
        success: Some(success),
        ..Glance::default()
    };
    rows[0].reading = reading(200.0, 10.0, 1.0);
    rows[1].reading = reading(500.0, 500.0, 1.0);
    rows[2].reading = reading(100.0, 500.0, 0.1);
    assert_eq!(numbers(Order::Fastest, &rows, Ask { out_tokens: 1000, ..Ask::default() }), [2, 4, 3, 1]);
    assert_eq!(numbers(Order::Fastest, &rows, Ask::default()), [1, 2, 3, 4]);
}

#[test]
fn the_head_teaches_and_without_grades_size_and_price_decide() {
    let mut rows = [row(1), row(2), row(3), row(4)];
    rows[0].mark.grade = Some(0.9);
    rows[1].mark = Mark { head: true, grade: Some(0.7), quality: None };
    rows[2].size = Size::XLarge;
    assert_eq!(numbers(Order::School(None), &rows, Ask::default()), [2, 1, 3, 4]);
    assert_eq!(numbers(Order::Strongest, &rows, Ask::default()), [1, 2, 3, 4]);
    let mut rows = [row(1), row(2), row(3)];
    rows[0].size = Size::Large;
    rows[0].cost = Some(1000);
    rows[1].size = Size::Large;
    rows[1].cost = Some(10);
    rows[2].size = Size::Small;
    assert_eq!(numbers(Order::School(None), &rows, Ask::default()), [2, 1, 3]);
}

/// SMLGateway [H], reference §4: "lets never-examined models in at a neutral 50".
#[test]
fn who_was_never_examined_stands_between_those_who_passed_and_those_who_failed() {
    let mut rows = [row(1), row(2), row(3)];
    rows[0].mark.grade = Some(0.45);
    rows[2].mark.grade = Some(0.55);
    rows[0].size = Size::XLarge;
    assert_eq!(numbers(Order::School(None), &rows, Ask::default()), [3, 2, 1]);
}

#[test]
fn of_equal_grades_the_one_that_is_expected_to_be_better_comes_first() {
    let mut rows = [row(1), row(2), row(3)];
    let expect = |mean| Some(Quality { mean, sd: 0.1 });
    for (row, mean) in rows.iter_mut().zip([0.5, 0.7, 0.6]) {
        row.mark.quality = expect(mean);
    }
    rows[0].size = Size::XLarge;
    assert_eq!(numbers(Order::School(None), &rows, Ask::default()), [2, 3, 1]);
    assert_eq!(numbers(Order::Strongest, &rows, Ask::default()), [2, 3, 1]);
    rows[2].mark.grade = Some(0.51);
    assert_eq!(numbers(Order::School(None), &rows, Ask::default()), [3, 2, 1]);
}

#[test]
fn the_cheapest_that_is_good_enough_comes_first_and_the_others_as_good_as_they_are() {
    let mut rows = [row(1), row(2), row(3), row(4), row(5)];
    for (row, (mean, cost)) in rows.iter_mut().zip([
        (0.80, Some(900)),
        (0.76, Some(500)),
        (0.5, Some(1)),
        (0.6, Some(2)),
        (0.9, None),
    ]) {
        row.mark.quality = Some(Quality { mean, sd: 0.1 });
        row.cost = cost;
    }
    assert_eq!(numbers(Order::Cheapest(Some(0.05)), &rows, Ask::default()), [2, 1, 4, 3, 5]);
    assert_eq!(numbers(Order::Cheapest(Some(0.0)), &rows, Ask::default()), [1, 2, 4, 3, 5]);
    assert_eq!(numbers(Order::Cheapest(None), &rows, Ask::default()), [3, 4, 2, 1, 5]);
}

#[test]
fn shares_are_kept_and_no_share_is_only_a_fallback() {
    let mut rows = [row(1), row(2), row(3)];
    for (row, weight) in rows.iter_mut().zip([95.0, 5.0, 0.0]) {
        row.weight = weight;
    }
    let mut first = [0_u32; 4];
    for seed in 0..10_000 {
        let order = numbers(Order::Weighted, &rows, Ask { seed, ..Ask::default() });
        first[order[0] as usize] += 1;
        assert_eq!(order[2], 3);
    }
    assert!((400..600).contains(&first[2]), "{first:?}");
}

#[test]
fn balanced_favours_what_was_used_least() {
    let mut rows = [row(1), row(2), row(3)];
    for (row, used) in rows.iter_mut().zip([0, 1, 3]) {
        row.reading.used = used;
    }
    let mut first = [0_u32; 4];
    for seed in 0..8000 {
        let order = numbers(Order::Balanced(Weights::default()), &rows, Ask { seed, ..Ask::default() });
        first[order[0] as usize] += 1;
    }
    for (count, weight) in first[1..].iter().zip([4000_u32, 3000, 1000]) {
        assert!(count.abs_diff(weight) < 200, "{first:?}");
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    let reading = (0u8..=100, prop::option::of(0f32..1.0), prop::option::of(0f32..1e6), 0u32..100);
    let reading = reading.prop_map(|(health, success, first_ms, used)| Glance {
        health,
        success,
        first_ms,
        tokens_per_s: first_ms.map(|ms| ms / 100.0),
        used,
    });
    let known = (prop::option::of(any::<u64>()), prop::option::of(any::<u64>()), prop::option::of(0f32..1.0));
    let quality = (prop_oneof![Just(f32::NAN), -1f32..2.0], 0f32..0.3);
    let quality = prop::option::of(quality.prop_map(|(mean, sd)| Quality { mean, sd }));
    (reading, known, prop_oneof![Just(f32::NAN), -1f32..100.0], any::<bool>(), quality).prop_map(
        |(reading, (cost, context, grade), weight, head, quality)| {
            let mark = Mark { grade, head, quality };
            Row { reading, cost, context, weight, mark, ..row(1) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Everything comes out once, scores fall, and how the rows are arranged makes no difference.
    #[test]
    fn every_order_is_whole_sorted_and_the_same_however_it_is_arranged(
        rows in prop::collection::vec(any_row(), 0..40), seed in any::<u64>(), shift in 0usize..40,
        winners in prop::collection::vec(1u32..40, 0..8),
    ) {
        let mut rows = rows;
        for (number, row) in (1..).zip(&mut rows) {
            row.number = number;
        }
        let ask = Ask { seed, winners: &winners, tokens: 900, out_tokens: 300, explores: seed % 2 == 0 };
        let mut turned = rows.clone();
        if !turned.is_empty() {
            let shift = shift % turned.len();
            turned.rotate_left(shift);
        }
        for strategy in ALL {
            let ranked = rank(strategy, &rows, ask);
            let mut places: Vec<usize> = ranked.iter().map(|r| r.row).collect();
            prop_assert!(ranked.windows(2).all(|two| two[0].score >= two[1].score));
            prop_assert_eq!(strategy.terms().len() <= MOST_TERMS, true);
            places.sort_unstable();
            prop_assert_eq!(places, (0..rows.len()).collect::<Vec<_>>());
            if strategy != Order::Listed {
                prop_assert_eq!(numbers(strategy, &rows, ask), numbers(strategy, &turned, ask));
            }
        }
    }
}
