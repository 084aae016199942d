//! `cargo xtask train-profile [--check]`: trains the heads and writes their file and what is to be known of them, or says
//! whether the file is what the data give.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use wye_train::data::Data;
use wye_train::{lessons, report, train};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        [public, own, model, page] => write(public, own, model, page),
        [public, own, model, _, "--check"] => check(public, own, model),
        _ => Err(io::Error::other("usage: train-profile PUBLIC OWN MODEL PAGE [--check]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(public: &str, own: &str, model: &str, page: &str) -> io::Result<()> {
    let data = Data::read(Path::new(public), Path::new(own))?;
    let file = train::file(&lessons::all(&data));
    let text = report::page(&data, &file)?;
    fs::write(model, &file)?;
    fs::write(page, text)
}

fn check(public: &str, own: &str, model: &str) -> io::Result<()> {
    let data = Data::read(Path::new(public), Path::new(own))?;
    if train::file(&lessons::all(&data)) == fs::read(model)? {
        Ok(())
    } else {
        Err(io::Error::other(format!("{model} is not what the data give: cargo xtask train-profile")))
    }
}
