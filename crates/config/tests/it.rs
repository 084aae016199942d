//! The crate from outside: good files, bad files, three formats, the example and the schema.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "it/alerts.rs"]
mod alerts;
#[path = "it/bad.rs"]
mod bad;
#[path = "it/example.rs"]
mod example;
#[path = "it/good.rs"]
mod good;
#[path = "it/layers.rs"]
mod layers;
#[path = "it/limits.rs"]
mod limits;
#[path = "it/placed.rs"]
mod placed;
#[path = "it/property.rs"]
mod property;
#[path = "it/route.rs"]
mod route;
#[path = "it/shape.rs"]
mod shape;

use wye_config::{Config, Format, Problem, Sources, load};

fn env(name: &str) -> Option<String> {
    let value = match name {
        "GROQ_API_KEY" => "gsk-1",
        "WYE_ALICE_KEY" => "alice-key",
        "CORP_KEY_A" => "corp-a",
        "CORP_KEY_B" => "corp-b",
        "ROUNDS" => "3",
        "SECRET_WORD" => "hush",
        _ => return None,
    };
    Some(value.into())
}

fn file(path: &str) -> std::io::Result<String> {
    match path.strip_prefix("/run/secrets/") {
        Some(name) => Ok(format!("secret of {name}\n")),
        None => Err(std::io::ErrorKind::NotFound.into()),
    }
}

const SOURCES: Sources<'static> = Sources { env: &env, vault: &|_| None, file: &file, local: &[] };
const BARE: Sources<'static> = Sources { env: &|_| None, vault: &|_| None, file: &file, local: &[] };

fn read(text: &str, format: Format) -> Result<Config, Vec<Problem>> {
    load(text, format, &SOURCES)
}

fn good(text: &str) -> Config {
    read(text, Format::Yaml).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}
