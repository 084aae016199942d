//! `cargo xtask train-profile [--check | --folds | --labels FILE]`: trains the heads and writes their file and what is to be known of
//! them, or says whether the file is what the data give, or how settings do by folds. With a file of labels, which `GET /api/v1/labels-export` gives, what
//! operators said of their own requests is learnt too.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use wye_train::data::Data;
use wye_train::{folds, lessons, report, train};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        [public, own, model, page] => read(public, own).and_then(|data| write(&data, model, page)),
        [public, own, model, page, "--labels", labels] => read(public, own)
            .and_then(|data| data.with_labels(Path::new(labels)))
            .and_then(|data| write(&data, model, page)),
        [public, own, _, _, "--folds"] => {
            read(public, own).and_then(|data| io::stdout().write_all(folds::page(&data).as_bytes()))
        }
        [public, own, model, _, "--check"] => check(public, own, model),
        _ => Err(io::Error::other(
            "usage: train-profile PUBLIC OWN MODEL PAGE [--check | --folds | --labels FILE]",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(public: &str, own: &str) -> io::Result<Data> {
    Data::read(Path::new(public), Path::new(own))
}

fn write(data: &Data, model: &str, page: &str) -> io::Result<()> {
    let file = train::file(&lessons::all(data))?;
    let text = report::page(data, &file)?;
    fs::write(model, &file)?;
    fs::write(page, text)
}

fn check(public: &str, own: &str, model: &str) -> io::Result<()> {
    let data = read(public, own)?;
    if train::file(&lessons::all(&data))? == fs::read(model)? {
        Ok(())
    } else {
        Err(io::Error::other(format!("{model} is not what the data give: cargo xtask train-profile")))
    }
}
