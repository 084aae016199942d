//! `make route-bench`: how well requests are told apart and routed, every figure with its seed and interval and with chance
//! beside it. Nothing here may be fitted to what it reports.

mod choose;
mod sturdy;
mod table;
mod tell;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use wye_profile::Heads;
use wye_train::data::Data;

/// The seed of intervals, of chance and of typing errors.
const SEED: u64 = wye_train::split::SEED;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [public, own] => page(public, own).and_then(|page| io::stdout().write_all(page.as_bytes())),
        [public, own, "--page", path] => page(public, own).and_then(|page| std::fs::write(path, page)),
        _ => Err(io::Error::other("usage: wye-route-bench PUBLIC OWN [--page FILE]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn page(public: &str, own: &str) -> io::Result<String> {
    let data = Data::read(Path::new(public), Path::new(own))?;
    let heads = Heads::shipped().ok_or_else(|| io::Error::other("the heads in the binary are spoilt"))?;
    let mut page = format!("{HEAD}The model is `{}`; the seed of everything is {SEED}.\n", heads.hash());
    for part in [choose::page(&data, heads), tell::page(&data, heads), sturdy::page(&data, heads)] {
        page.push('\n');
        page.push_str(&part);
    }
    Ok(page)
}

const HEAD: &str = "# How well requests are routed

Written by `make route-bench` from public data and [our own prompts](profile.md); do not edit. Prices and answers of
the public sets are of 2024: GPT-4-1106 is the strong model, Mixtral-8x7B the weak one.

";
