//! How long the catalogue takes to load and to look things up, and what it holds in memory: `cargo bench -p wye-catalog`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints what it measured by the clock"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use wye_catalog::{Catalog, Override, Rates};

const KNOWN: &[(&str, &str)] = &[
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-5"),
    ("openrouter", "meta-llama/llama-3.3-70b-instruct:free"),
    ("google", "gemini-2.5-pro"),
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
];
const FUZZY: &[(&str, &str)] = &[
    ("my-own", "eu.anthropic.claude-sonnet-4-5-20291231-v9:0"),
    ("groq", "accounts/someone/models/a-model-that-nobody-ever-heard-of-with-a-long-name-2031-01-01:free"),
    ("openai", "gpt-4.1-mini-flavour-of-tomorrow"),
    ("nobody", "completely-unknown-model-with-many-words-in-it"),
];

/// Resident memory in KiB.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let before = resident()?;
    let start = Instant::now();
    let catalog = Catalog::embedded()?;
    let loaded = start.elapsed();
    println!("{} models loaded in {loaded:?}, {} KiB more resident", catalog.len(), resident()? - before);
    for (what, names) in [("known", KNOWN), ("fuzzy", FUZZY)] {
        for (provider, id) in names {
            let rounds = 10_000;
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(catalog.find(black_box(Some(provider)), black_box(id)));
            }
            let each = start.elapsed() / rounds;
            let found = catalog.find(Some(provider), id);
            let row = found.map_or("nothing", |found| found.id());
            println!("{what}: {each:?} for {provider}/{id} -> {row} ({:?})", found.map(|found| found.how()));
        }
    }
    let start = Instant::now();
    let facts = catalog.find(Some("openai"), "gpt-4o").map(|found| black_box(found.facts()).context);
    println!("facts: {:?} ({facts:?})", start.elapsed());
    let one = Override {
        provider: "openai".into(),
        id: "gpt-4o".into(),
        rates: Some(Rates::FREE),
        ..Override::default()
    };
    let start = Instant::now();
    let with = catalog.with(&[one])?;
    println!("with an override: {:?}, {} models", start.elapsed(), with.len());
    Ok(())
}
