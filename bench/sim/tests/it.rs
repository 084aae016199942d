//! The harness itself: the same seed gives the same table, goals or not, whoever decides.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use wye_sim_bench::run::{OTHERS, Row, run};
use wye_sim_bench::scenario::{Results, Scenario, all};
use wye_sim_bench::table::section;

/// Four minutes of a scenario.
fn short(mut scenario: Scenario) -> Scenario {
    scenario.length = Duration::from_secs(240);
    for trouble in scenario.specs.iter_mut().flat_map(|spec| &mut spec.troubles) {
        (trouble.from, trouble.to) = (trouble.from / 15, trouble.to / 15);
    }
    scenario
}

fn table(scenario: &Scenario, seed: u64) -> String {
    let rows: Vec<Row> = OTHERS.iter().chain(&scenario.wye).copied().collect();
    let tallies = rows.into_iter().map(|row| run(scenario, row, seed).unwrap()).collect();
    section(scenario, &Results { tallies })
}

#[test]
fn the_same_seed_gives_the_same_table() {
    for scenario in all().into_iter().map(short) {
        let table = table(&scenario, 6);
        assert_eq!(table, self::table(&scenario, 6));
        assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), 8 + scenario.wye.len());
    }
}

#[test]
fn another_seed_gives_another_table() {
    let scenario = short(all().remove(0));
    assert_ne!(table(&scenario, 6), table(&scenario, 7));
}
