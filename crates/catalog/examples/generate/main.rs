//! Makes the catalogue's file from public registries. `cargo xtask catalog` runs it; it is an example so that neither the
//! binary nor the tool of chores carries what only it needs.
//!
//! `generate FOLDER REGISTRY [--check]` reads the registries in REGISTRY and writes `catalog.zst` and `NOTICES.md` to
//! FOLDER, or says whether they are what it would write. What it dropped, and why, goes to standard error.

mod clause;
mod dev;
mod genai;
mod history;
mod litellm;
mod merge;
mod notices;
mod plan;
mod row;
mod tiers;
mod universe;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

/// How hard zstd tries: the file is made once and read at every start.
const LEVEL: i32 = 22;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (folder, registry, check) = match words[..] {
        [folder, registry] => (Path::new(folder), Path::new(registry), false),
        [folder, registry, "--check"] => (Path::new(folder), Path::new(registry), true),
        _ => return Err("usage: generate FOLDER REGISTRY [--check]".into()),
    };
    let mut report = Vec::new();
    let text = make(folder, registry, &mut report)?;
    let packed = zstd::bulk::compress(text.as_bytes(), LEVEL)?;
    let notices = notices::page();
    for line in &report {
        say(line);
    }
    say(&format!("{} bytes of text, {} packed, {} remarks", text.len(), packed.len(), report.len()));
    let files = [("catalog.zst", packed), ("NOTICES.md", notices.into_bytes())];
    if check {
        let stale: Vec<&str> = files
            .iter()
            .filter(|(name, bytes)| std::fs::read(folder.join(name)).ok().as_ref() != Some(bytes))
            .map(|(name, _)| *name)
            .collect();
        for name in &stale {
            say(&format!("{name} is not what the registries give; run cargo xtask catalog"));
        }
        return Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The text of the catalogue.
fn make(folder: &Path, registry: &Path, report: &mut Vec<String>) -> Result<String, Box<dyn Error>> {
    let json = |name: &str| -> Result<Value, Box<dyn Error>> {
        let bytes = std::fs::read(registry.join(name)).map_err(|error| format!("{name}: {error}"))?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))?)
    };
    let plan = std::fs::read_to_string(folder.join("providers.tsv"))?;
    let registries = universe::Registries {
        dev: json("models_snapshot_all.json")?,
        genai: json("genai_prices_0.2.3.json")?,
        litellm: json("litellm_1.109.1_model_prices_and_context_window.json")?,
        history: json("model-prices_0.0.5_snapshot.json")?,
        tiers: tiers::read(&std::fs::read_to_string(folder.join("tiers.tsv"))?)?,
    };
    let plan = plan::read(&plan, &registries.dev)?;
    let entries = universe::entries(&plan, &registries, report)?;
    let providers: Vec<_> = plan.iter().map(plan::Provider::row).collect();
    Ok(wye_catalog::render(&notices::SOURCES, &providers, &entries))
}

#[expect(clippy::print_stderr, reason = "a tool that speaks to a person")]
fn say(line: &str) {
    eprintln!("{line}");
}
