//! Chores of the repository. Depends on nothing, so that it builds in a second and never blocks a change of ours.

mod catalog;
mod layer;
mod page;
mod priors;
mod profile;
mod tidy;
mod tree;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// The workspace this tool was built from.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let problems = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy::check(root()),
        ["layers"] => layer::check(root()),
        ["providers-doc"] => page::write(root()),
        ["catalog", ref more @ ..] => catalog::run(root(), more),
        ["priors", ref more @ ..] => priors::run(root(), more),
        ["train-profile", ref more @ ..] => profile::run(root(), more),
        _ => {
            say("usage: cargo xtask <tidy | layers | providers-doc | catalog | priors | train-profile>");
            return ExitCode::from(2);
        }
    };
    match problems {
        Ok(list) if list.is_empty() => ExitCode::SUCCESS,
        Ok(list) => {
            list.iter().for_each(|line| say(line));
            say(&format!("{} problem(s)", list.len()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("cannot check: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// One line to standard error. A closed pipe is nobody's problem here.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
