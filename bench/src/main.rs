//! `make bench`: what a request costs in Wye, beside nginx and the upstream itself, in one run on one machine.
//!
//! The gateway has core 0 to itself; this process (the load) and its child (the upstream) share core 1. Everything
//! listens on loopback on ports the system gives, is bounded in time, and is stopped at the end.

mod callgrind;
mod conf;
mod fresh;
mod load;
mod measure;
mod process;
mod report;
mod scenario;
mod subject;
mod upstream;
mod wire;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// The whole run may take this long, whatever happens.
const LIMIT: Duration = Duration::from_mins(30);
const USAGE: &str = "usage: wye-bench [--wye BINARY] [--baseline BINARY] [--other BINARY] [--out FOLDER] [--rounds N] [--seconds N] [--no-instructions] [--only LOAD] [--page FILE]
  --baseline is an older wye, set up without limits: what has been added since is measured against it
  --other is one more wye, set up alike, so that two builds can be compared
  --rounds 0 counts instructions and nothing else; --only runs one load by its name, as `closed`; --page writes the table into FILE, between its two marks";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Options {
    wye: Option<PathBuf>,
    baseline: Option<PathBuf>,
    other: Option<PathBuf>,
    out: PathBuf,
    rounds: usize,
    seconds: u64,
    instructions: bool,
    /// The one load that is run; all if there is no name.
    only: Option<String>,
    page: Option<PathBuf>,
    pinned: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = if words.first().is_some_and(|word| word == "upstream") {
        run(upstream::serve())
    } else {
        match parse(&words) {
            Some(options) => bench(&words, &options),
            None => Err(USAGE.into()),
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("wye-bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[String]) -> Option<Options> {
    let mut options = Options {
        wye: None,
        baseline: None,
        other: None,
        out: "target/bench".into(),
        rounds: 3,
        seconds: 8,
        instructions: true,
        only: None,
        page: None,
        pinned: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--pinned" => options.pinned = true,
            "--wye" => options.wye = Some(words.next()?.into()),
            "--baseline" => options.baseline = Some(words.next()?.into()),
            "--no-instructions" => options.instructions = false,
            "--only" => options.only = Some(words.next()?.clone()),
            "--page" => options.page = Some(words.next()?.into()),
            "--other" => options.other = Some(words.next()?.into()),
            "--out" => options.out = words.next()?.into(),
            "--rounds" => options.rounds = words.next()?.parse().ok().filter(|n| *n <= 9)?,
            "--seconds" => options.seconds = words.next()?.parse().ok().filter(|n| (1..=60).contains(n))?,
            _ => return None,
        }
    }
    Some(options)
}

/// Starts over on core 1 if that is possible, then measures.
fn bench(words: &[String], options: &Options) -> Result<(), String> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if !options.pinned && cores > 1 && process::have("taskset") {
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let again = Command::new("taskset").args(["-c", "1"]).arg(this).args(words).arg("--pinned").status();
        return match again {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err("the pinned run failed".into()),
            Err(error) => Err(format!("taskset: {error}")),
        };
    }
    if !options.pinned {
        say("not pinned to cores (needs taskset and two cores): the figures are rougher");
    }
    run(async {
        let measured = tokio::time::timeout(LIMIT, scenario::measure_all(options)).await;
        let results = measured.map_err(|_| format!("took longer than {LIMIT:?}"))??;
        let table = report::table(&results);
        report::save(&options.out, &results, &table)?;
        if let Some(page) = &options.page {
            report::write_page(page, &table)?;
        }
        print(&table);
        results.verdict()
    })
}

fn run<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(work)
}

/// Progress and complaints go to standard error, so that standard output is the table alone.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
