//! The tree as a whole: what is in the order, and in which.

use proptest::collection::vec as many;
use proptest::prelude::{Just, any};
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::strategy::Strategy as Making;
use proptest::test_runner::Config as ProptestConfig;
use wye_fleet::Glance;

use super::*;
use crate::strategy::{Size, Weights};

fn row(number: u32, cost: u64) -> Row {
    Row {
        number,
        weight: 1.0,
        reading: Glance::default(),
        cost: Some(cost),
        context: None,
        size: Size::Unknown,
        mark: Mark::default(),
    }
}

fn target(place: usize) -> Member {
    Member { what: What::Target(place), weight: 1.0 }
}

fn group(name: &str, strategy: Strategy, members: Vec<Member>) -> Group {
    Group { name: name.into(), strategy, members }
}

fn of(group: Group) -> Member {
    Member { what: What::Group(Box::new(group)), weight: 1.0 }
}

fn order(group: &Group, rows: &[Row], places: &[u32], context: &Context<'_>) -> Vec<usize> {
    group
        .walk(Rows { rows, places, standings: &[] }, context)
        .unwrap()
        .order
        .iter()
        .map(|placed| placed.target)
        .collect()
}

const LISTED: Strategy = Strategy::Ranked(Order::Listed);
const CHEAPEST: Strategy = Strategy::Ranked(Order::Cheapest(None));

#[test]
fn a_list_takes_a_route_as_one_and_a_weighing_strategy_sees_through_it() {
    let rows = [row(1, 9), row(2, 5), row(3, 1), row(4, 7)];
    let places = [0, 1, 2, 3];
    let inner = || of(group("inner", CHEAPEST, vec![target(0), target(1)]));
    let listed = group("outer", LISTED, vec![inner(), target(2), target(3)]);
    assert_eq!(order(&listed, &rows, &places, &Context::default()), [1, 0, 2, 3]);
    let cheapest =
        group("outer", CHEAPEST, vec![of(group("inner", LISTED, vec![target(0), target(1)])), target(2)]);
    assert_eq!(order(&cheapest, &rows, &places, &Context::default()), [2, 1, 0]);
    let walked =
        listed.walk(Rows { rows: &rows, places: &places, standings: &[] }, &Context::default()).unwrap();
    let hops: Vec<_> = walked.hops.iter().map(|hop| (&*hop.route, hop.strategy)).collect();
    assert_eq!(hops, [("outer", "ordered"), ("inner", "cheapest")]);
}

#[test]
fn rules_choose_a_member_and_the_others_stand_behind_it() {
    let rows = [row(1, 9), row(2, 5), row(3, 1)];
    let route = group("r", Strategy::Rules(Box::default()), (0..3).map(target).collect());
    let text = "please analyze and debug this";
    let facts = Facts {
        text,
        found: wye_profile::found(text, false, false),
        category: None,
        tokens: 9,
        tools: false,
        media: false,
    };
    let context = Context { facts: Some(facts), ..Context::default() };
    assert_eq!(order(&route, &rows, &[0, 1, 2], &context), [2, 0, 1]);
    // What it chose may not be called: the next does.
    assert_eq!(order(&route, &rows, &[0, 1, NO_ROW], &context), [0, 1]);
}

#[test]
fn a_judge_is_asked_first_and_rules_stand_in_for_it() {
    let rows = [row(1, 9), row(2, 5), row(3, 1)];
    let places = [0, 1, 2];
    let judge = Judge { threshold: Some(10), rules: Rules::default() };
    let route = group("r", Strategy::Judge(Box::new(judge)), (0..3).map(target).collect());
    let rated = |rating| [Rating { group: "r".into(), rating }];
    let asked = route.walk(Rows { rows: &rows, places: &places, standings: &[] }, &Context::default());
    assert_eq!(asked.unwrap_err().group, "r".into());
    // Reference §5: ten and three.
    for (rating, first) in [(1, 0), (3, 0), (4, 1), (7, 1), (8, 2), (10, 2)] {
        let ratings = rated(Some(rating));
        let context = Context { ratings: &ratings, ..Context::default() };
        assert_eq!(order(&route, &rows, &places, &context)[0], first, "{rating}");
    }
    let ratings = rated(None);
    let context = Context { ratings: &ratings, ..Context::default() };
    let walked = route.walk(Rows { rows: &rows, places: &places, standings: &[] }, &context).unwrap();
    assert_eq!(walked.hops[0].reason.as_deref(), Some("no rating; no rule holds"));
}

fn any_order() -> impl Making<Value = Strategy> {
    prop_oneof![
        Just(LISTED),
        Just(CHEAPEST),
        Just(Strategy::Ranked(Order::Weighted)),
        Just(Strategy::Ranked(Order::Adaptive(Weights::default()))),
        Just(Strategy::Ranked(Order::Balanced(Weights::default()))),
        Just(Strategy::Ranked(Order::Fastest)),
        Just(Strategy::Rules(Box::default())),
    ]
}

fn any_group() -> impl Making<Value = Group> {
    let leaf = (any_order(), many(0_usize..12, 0..6))
        .prop_map(|(strategy, targets)| group("leaf", strategy, targets.into_iter().map(target).collect()));
    leaf.prop_recursive(3, 24, 4, |inner| {
        (any_order(), many(prop_oneof![(0_usize..12).prop_map(target), inner.prop_map(of)], 0..5))
            .prop_map(|(strategy, members)| group("node", strategy, members))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Nobody who may not be called is in the order, nobody stands there twice, and everybody who may be called and is in
    /// the tree stands there.
    #[test]
    fn the_order_is_what_may_be_called_each_once(
        tree in any_group(),
        may in many(any::<bool>(), 12),
        seed in any::<u64>(),
    ) {
        let mut rows = Vec::new();
        let places: Vec<u32> = may.iter().enumerate().map(|(place, may)| {
            if !may { return NO_ROW; }
            rows.push(row(u32::try_from(place).unwrap() + 1, 7));
            u32::try_from(rows.len() - 1).unwrap()
        }).collect();
        let context = Context { ask: Ask { seed, ..Ask::default() }, ..Context::default() };
        let mut got = order(&tree, &rows, &places, &context);
        let again = order(&tree, &rows, &places, &context);
        prop_assert_eq!(&got, &again);
        let mut leaves = Vec::new();
        tree.leaves(1.0, &mut leaves);
        let mut wanted: Vec<usize> = leaves.into_iter().map(|(target, _)| target).filter(|t| may[*t]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        got.sort_unstable();
        prop_assert_eq!(got, wanted);
    }
}
