//! The command behind `make quality-bench`: asks all prompts in all worlds, prints the tables, says which goals are missed.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use wye_sim_bench::ask::Ask;
use wye_sim_bench::command::{run, say, write_behind};
use wye_sim_bench::quality::figure::Figure;
use wye_sim_bench::quality::fleet::Fleet;
use wye_sim_bench::quality::measure::{Stage, asks};
use wye_sim_bench::quality::page::{goals, section};
use wye_sim_bench::quality::prompt::Prompts;
use wye_sim_bench::quality::row::{Row, rows};
use wye_sim_bench::quality::truth::Truth;
use wye_sim_bench::quality::{EACH, PAIRS, SEED};

const USAGE: &str = "usage: wye-quality-bench PROMPTS [--check] [--page FILE] [--pairs N] [--only ROWS]
  PROMPTS is the folder data/prompts; --check ends with 1 if a goal is missed;
  --page writes the tables into FILE, behind its mark; --only runs the rows whose names hold a text";
/// What is written stands behind this line.
const MARK: &str = "<!-- quality-bench: written by make quality-bench -->\n";

struct Options {
    prompts: PathBuf,
    check: bool,
    page: Option<PathBuf>,
    pairs: u32,
    only: String,
}

fn main() -> ExitCode {
    run(("wye-quality-bench", USAGE), parse, |options| options.check, bench)
}

fn parse(words: &[String]) -> Option<Options> {
    let mut words = words.iter();
    let prompts = words.next()?.into();
    let mut options = Options { prompts, check: false, page: None, pairs: PAIRS, only: String::new() };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--check" => options.check = true,
            "--page" => options.page = Some(words.next()?.into()),
            "--pairs" => options.pairs = words.next()?.parse().ok()?,
            "--only" => options.only.clone_from(words.next()?),
            _ => return None,
        }
    }
    Some(options)
}

/// Gives how many goals are missed.
fn bench(options: &Options) -> Result<usize, String> {
    let prompts = Prompts::read(&options.prompts)?;
    let parts: Vec<(Prompts, Arc<[Ask]>)> = (0..options.pairs as usize)
        .map(|pair| prompts.part(pair, EACH))
        .map(|part| (part.clone(), asks(&part).into()))
        .collect();
    let head = format!(
        "{} prompts, {} of them in each of {} worlds, seed {SEED}.",
        prompts.asked.len(),
        EACH.min(prompts.asked.len()),
        2 * options.pairs
    );
    let (mut page, mut missed) = (String::new(), 0);
    say(&format!("{head}\n"));
    for fleet in Fleet::all()? {
        let rows: Vec<Row> =
            rows(&fleet).into_iter().filter(|row| row.name.contains(&options.only)).collect();
        let mut came = vec![Vec::new(); rows.len()];
        let worlds = parts.iter().flat_map(|part| [part, part]);
        for (number, (prompts, asks)) in (0..).zip(worlds) {
            let truth = Truth::draw(&fleet, number, prompts.usual());
            let stage = Stage::new(&fleet, prompts, &truth, asks);
            for (row, came) in rows.iter().zip(&mut came) {
                came.push(stage.run(row, SEED + u64::from(number))?);
            }
        }
        let figures = rows.into_iter().zip(came.iter().map(|came| Figure::of(came)));
        let figures: Vec<(Row, Figure)> = figures.collect();
        missed += goals(&figures).iter().filter(|goal| !goal.met).count();
        let text = section(&fleet, &figures);
        say(&text);
        page.push_str(&text);
    }
    if let Some(path) = &options.page {
        write_behind(path, MARK, &format!("{head}\n\n{page}"))?;
    }
    Ok(missed)
}
