//! The harness itself: the same seed gives the same table, goals or not, whoever decides.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wye_sim_bench::ask::Ask;
use wye_sim_bench::quality::exam::Questions;
use wye_sim_bench::quality::fleet::Fleet;
use wye_sim_bench::quality::measure::{Came, Stage, asks};
use wye_sim_bench::quality::plan::Plan;
use wye_sim_bench::quality::prompt::Prompts;
use wye_sim_bench::quality::row::{Row as Asker, Who, rows};
use wye_sim_bench::quality::truth::Truth;
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

/// Sixty prompts in a world.
fn asked(fleet: &Fleet, world: u32) -> Vec<(Asker, Came)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/prompts");
    let prompts = Prompts::read(&folder).unwrap().part(0, 60);
    let asks: Arc<[Ask]> = asks(&prompts).into();
    let truth = Truth::draw(fleet, world, prompts.usual());
    let stage = Stage::new(fleet, &prompts, &truth, &asks);
    let came = |row: Asker| {
        let came = stage.run(&row, 5).unwrap();
        (row, came)
    };
    rows(fleet).into_iter().map(came).collect()
}

#[test]
fn every_prompt_is_asked_before_one_is_asked_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/prompts");
    let prompts = Prompts::read(&folder).unwrap();
    let (all, most) = (prompts.asked.len(), prompts.asked.len() / 3 + 1);
    let asked = (0..3).flat_map(|pair| prompts.part(pair, most).asked).map(|prompt| prompt.text);
    let mut asked: Vec<String> = asked.collect();
    assert_eq!(asked[..all], prompts.asked.iter().map(|prompt| prompt.text.clone()).collect::<Vec<_>>());
    assert_eq!(asked.split_off(all), asked[..3 * most - all]);
    assert_eq!(prompts.part(7, all + 1).asked.len(), all, "none twice");
}

#[test]
fn the_same_world_gives_the_same_answers() {
    let fleet = Fleet::known();
    let came = |world| asked(&fleet, world).into_iter().map(|(_, came)| came).collect::<Vec<_>>();
    let one = came(0);
    assert_eq!(one, came(0));
    assert_ne!(one, came(1));
}

#[test]
fn everybody_is_answered_and_nobody_beats_who_knows_the_answers() {
    for fleet in Fleet::all().unwrap() {
        let came = asked(&fleet, 2);
        let of = |wanted: Plan| {
            let row = came.iter().find(|(row, _)| matches!(row.who, Who::Plan(plan) if plan == wanted));
            row.map(|(_, came)| came).unwrap()
        };
        let oracle = of(Plan::Oracle);
        for (row, came) in &came {
            assert_eq!(came.firsts.len(), 60, "{}", row.name);
            assert!(came.quality <= oracle.quality, "{}", row.name);
            assert!(came.cost > 0.0 && (0.0..=1.0).contains(&came.mixed), "{}", row.name);
        }
        assert!(oracle.cost < of(Plan::Likeliest).cost);
        for (place, _) in fleet.members.iter().enumerate() {
            // One model for all is the same mix whoever draws.
            let single = of(Plan::Single(place));
            assert!((single.quality - single.mixed).abs() < 1e-9);
        }
        let exam = |row: &&(Asker, Came)| matches!(row.0.who, Who::Wye(_, Questions::Each(_)));
        assert!(came.iter().filter(exam).count() >= 5);
    }
}
