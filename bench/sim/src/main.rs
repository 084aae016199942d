//! The command behind `make sim-bench`: runs scenarios, prints their tables, says which goals are missed.

use std::path::PathBuf;
use std::process::ExitCode;

use wye_sim_bench::command::{run, say, write_behind};
use wye_sim_bench::run::{OTHERS, run as run_row};
use wye_sim_bench::scenario::{Results, Scenario, all};
use wye_sim_bench::table::section;

const USAGE: &str = "usage: wye-sim-bench [--check] [--page FILE] [--seed N] [--only ROWS] [SCENARIO…]
  --check ends with 1 if a goal is missed; --page writes the tables into FILE, behind its mark;
  --only runs the rows whose names hold a text
  scenarios: quota tail outage storm storm-untold cost (all of them if none is named)";
/// What is written stands behind this line.
const MARK: &str = "<!-- sim-bench: written by make sim-bench -->\n";
/// The seed of the figures that are kept.
const SEED: u64 = 6;

struct Options {
    check: bool,
    page: Option<PathBuf>,
    seed: u64,
    only: String,
    names: Vec<String>,
}

fn main() -> ExitCode {
    run(("wye-sim-bench", USAGE), parse, |options| options.check, bench)
}

fn parse(words: &[String]) -> Option<Options> {
    let mut options =
        Options { check: false, page: None, seed: SEED, only: String::new(), names: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => options.check = true,
            "--page" => options.page = Some(words.next()?.into()),
            "--seed" => options.seed = words.next()?.parse().ok()?,
            "--only" => options.only.clone_from(words.next()?),
            name if all().iter().any(|scenario| scenario.name == name) => options.names.push(name.to_owned()),
            _ => return None,
        }
    }
    Some(options)
}

/// Runs what is asked for. Gives how many goals are missed.
fn bench(options: &Options) -> Result<usize, String> {
    let (mut page, mut missed) = (String::new(), 0);
    let named = |scenario: &Scenario| {
        options.names.is_empty() || options.names.iter().any(|name| name == scenario.name)
    };
    for scenario in all().into_iter().filter(named) {
        let rows = OTHERS.iter().chain(&scenario.wye).filter(|row| row.name.contains(&options.only));
        let tallies = rows.map(|row| run_row(&scenario, *row, options.seed)).collect::<Result<_, _>>()?;
        let results = Results { tallies };
        missed += (scenario.goals)(&results).iter().filter(|goal| !goal.met).count();
        let text = section(&scenario, &results);
        say(&text);
        page.push_str(&text);
    }
    if let Some(path) = &options.page {
        write_behind(path, MARK, &page)?;
    }
    Ok(missed)
}
