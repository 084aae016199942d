//! `wye import`: another gateway's configuration becomes a file of ours, and a report of what became of it.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use wye_import::{Imported, Input, Kind, Rows};

use super::config::author;
use super::{Failure, Source};
use crate::load;
use crate::state::State;
use crate::telemetry::{complain, say};

/// What has the program find out whose a file is.
const AUTO: &str = "auto";
/// How a file of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// How a dump in `pg_dump`'s own format begins.
const CUSTOM_DUMP: &[u8] = b"PGDMP";

/// Options of `wye import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Whose configuration it is; auto finds out
    #[arg(value_name = "KIND", value_parser = kinds())]
    kind: String,
    /// The other gateway's file; of GopherGate its .env, its database, or both
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// Write the configuration to this file, which must not be there yet [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How the report is written: to standard output with --out, else to standard error
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
    report: Form,
    /// Seal the secrets of the file in the vault of this data folder, or of DATABASE_URL
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// Lines for people
    Text,
    /// JSON for programs
    Json,
}

fn kinds() -> PossibleValuesParser {
    [AUTO].into_iter().chain(Kind::ALL.map(Kind::name)).into()
}

/// What stands in a file.
enum Given {
    Text(String),
    Tables(Vec<Rows>),
}

pub(super) async fn import(options: Import) -> Result<(), Failure> {
    let Import { kind, files, out, report, into } = options;
    if let Some(out) = out.as_deref().filter(|out| out.exists()) {
        return Err(taken(out));
    }
    let given = files.iter().map(|file| read(file)).collect::<Result<Vec<Given>, Failure>>()?;
    let kind = kind_of(&kind, &given)?;
    if given.len() > 1 && kind != Kind::GopherGate {
        return Err(Failure::asked(format!("{} is configured by one file; name one", kind.title())));
    }
    let inputs: Vec<Input<'_>> = given
        .iter()
        .map(|given| match given {
            Given::Text(text) => Input::Text(text),
            Given::Tables(tables) => Input::Tables(tables),
        })
        .collect();
    // Only texts have problems with lines, and of those there is one.
    let text = given.iter().position(|given| matches!(given, Given::Text(_))).unwrap_or_default();
    let name = files.get(text).map(|file| file.display().to_string()).unwrap_or_default();
    let imported = wye_import::import(kind, &inputs).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{name}:{problem}")).collect();
        Failure::asked(lines.join("\n"))
    })?;
    let sealed = into.is_some();
    if let Some(data) = into {
        Box::pin(seal(&imported, data)).await?;
    }
    let told = match report {
        Form::Text => imported.report.text(sealed),
        Form::Json => imported.report.json().to_string(),
    };
    match out {
        None => {
            say(imported.yaml.trim_end());
            complain(told.trim_end());
        }
        Some(out) => {
            write(&out, &imported.yaml)?;
            say(told.trim_end());
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Given, Failure> {
    let shown = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::asked(format!("{shown}: it cannot be read: {error}")))?;
    if bytes.starts_with(SQLITE) {
        let tables =
            wye_store::foreign::gopher_gate(file).map_err(|why| Failure::asked(format!("{shown}: {why}")))?;
        let rows = tables.into_iter().map(|table| Rows {
            table: table.table,
            columns: table.columns,
            rows: table.rows.into_iter().map(|row| (0, row)).collect(),
        });
        return Ok(Given::Tables(rows.collect()));
    }
    if bytes.starts_with(CUSTOM_DUMP) {
        let message = "this dump is in pg_dump's own format; make it a text: pg_restore -f dump.sql FILE";
        return Err(Failure::asked(format!("{shown}: {message}")));
    }
    String::from_utf8(bytes).map(Given::Text).map_err(|_| {
        Failure::asked(format!("{shown}: it is neither text in UTF-8 nor a database of SQLite's"))
    })
}

/// The kind that is named, or found out.
fn kind_of(name: &str, given: &[Given]) -> Result<Kind, Failure> {
    if let Some(kind) = Kind::of_name(name) {
        return Ok(kind);
    }
    let found = given.iter().find_map(|given| match given {
        Given::Tables(_) => Some(Kind::GopherGate),
        Given::Text(text) => Kind::of_text(text),
    });
    found.ok_or_else(|| {
        let names = Kind::ALL.map(Kind::name).join(", ");
        Failure::asked(format!("nothing in the file tells whose it is; write one of {names} for {AUTO}"))
    })
}

/// Puts the secrets that are known into the vault. One that is there already is somebody's, and stays as it is.
async fn seal(imported: &Imported, data: PathBuf) -> Result<(), Failure> {
    let source = Source { config: None, data };
    let name = load::name(&source);
    let state = State::of_command(source).await?;
    let refused = |error| load::refused(&name, &error);
    let there = state.configurator.list_secrets().await.map_err(refused)?;
    let known: Vec<&str> = imported
        .secrets
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| there.iter().any(|secret| secret.name == *name))
        .collect();
    if !known.is_empty() {
        return Err(Failure::asked(format!(
            "secrets of these names are in the vault already: {}; remove them (wye vault remove), or import without \
             --into",
            known.join(", ")
        )));
    }
    let by = author(&state, "wye import");
    for (name, secret) in &imported.secrets {
        state.configurator.set_secret(name, secret, &by).await.map_err(refused)?;
    }
    Ok(())
}

/// Writes a file that is not there yet.
fn write(out: &Path, yaml: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(out);
    match file.and_then(|mut file| file.write_all(yaml.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(out)),
        Err(error) => Err(Failure::happened(format!("{}: it cannot be written: {error}", out.display()))),
    }
}

fn taken(out: &Path) -> Failure {
    Failure::asked(format!("{} is there already; name another file, or move it away", out.display()))
}
