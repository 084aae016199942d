//! `wye-many priors [--check] FOLDER FILE` writes the table of priors, or says whether it is current;
//! `wye-many choose FOLDER [--page FILE]` measures how a request finds one of 28 models.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use wye_many::{choose, data, page, priors};

/// What is written stands behind this line.
const MARK: &str = "<!-- many: written by make many-bench -->\n";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["priors", "--check", folder, file] => check(Path::new(folder), Path::new(file)),
        ["priors", folder, file] => made(Path::new(folder)).and_then(|text| std::fs::write(file, text)),
        ["choose", folder] => measured(Path::new(folder)).map(|text| say(&text)),
        ["choose", folder, "--page", file] => written(Path::new(folder), Path::new(file)),
        _ => Err(io::Error::other(
            "usage: wye-many priors [--check] FOLDER FILE | wye-many choose FOLDER [--page FILE]",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("wye-many: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn made(folder: &Path) -> io::Result<String> {
    let asked = data::all(folder)?;
    Ok(priors::text(&priors::table(&asked), asked.len()))
}

fn check(folder: &Path, file: &Path) -> io::Result<()> {
    if made(folder)? == std::fs::read_to_string(file)? {
        return Ok(());
    }
    Err(io::Error::other(format!("{} is stale: cargo xtask priors", file.display())))
}

fn measured(folder: &Path) -> io::Result<String> {
    Ok(page::section(&choose::measure(&data::zero(folder)?)))
}

fn written(folder: &Path, file: &Path) -> io::Result<()> {
    let section = measured(folder)?;
    say(&section);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let before = text.split(MARK).next().unwrap_or_default().trim_end();
    std::fs::write(file, format!("{before}\n\n{MARK}\n{section}"))
}

/// Lines to standard output. A closed pipe is nobody's problem here.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
