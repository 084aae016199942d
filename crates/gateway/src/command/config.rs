//! `wye config`: the items of the database, their versions, and the way back.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wye_config::Format;
use wye_store::config_log::{Author, Version};

use super::{Failure, Source};
use crate::load;
use crate::state::State;
use crate::telemetry::say;

/// Options of `wye config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print what the database holds, in the shape of a configuration file
    ///
    /// Secrets are not in it, only their names. What the configuration file has is not in it either.
    Export {
        /// Print the secrets instead, sealed: they can be imported where the master key is the same
        #[arg(long)]
        secrets: bool,
    },
    /// Replace what the database holds by what a file says, as one new version
    Import {
        /// The file (YAML, TOML or JSON); - reads YAML from standard input
        file: PathBuf,
        /// The file holds secrets that were exported with --secrets; those it does not name stay
        #[arg(long)]
        secrets: bool,
    },
    /// List the versions, newest first, one a line
    History {
        /// How many
        #[arg(long, short = 'n', default_value_t = 20)]
        count: u32,
    },
    /// Make a new version that is like an old one
    Rollback {
        /// The old version's number; 0 is the empty configuration
        version: i64,
    },
}

pub(super) async fn config(config: Config) -> Result<(), Failure> {
    let Config { source, what } = config;
    let name = load::name(&source);
    let state = State::of_command(source).await?;
    let configurator = &state.configurator;
    let refused = |error| load::refused(&name, &error);
    let base = configurator.current().version;
    match what {
        What::Export { secrets: false } => say(configurator.export().trim_end()),
        What::Export { secrets: true } => {
            say(configurator.export_secrets().await.map_err(refused)?.trim_end());
        }
        What::Import { file, secrets: true } => {
            let by = author(&state, "wye config import --secrets");
            let count = configurator.import_secrets(&text(&file)?, &by).await.map_err(refused)?;
            say(&format!("{count} secrets are imported"));
        }
        What::Import { file, secrets: false } => {
            let shown = file.display().to_string();
            let given = text(&file)?;
            let author = author(&state, "wye config import");
            let imported = configurator.import(base, (&given, Format::of_name(&shown)), author).await;
            let current = imported.map_err(|error| load::refused(&shown, &error))?;
            say(&format!("version {} {}", current.version, current.hash));
        }
        What::History { count } => {
            let history = configurator.history(None, count).await;
            let history = history.map_err(|error| refused(error.into()))?;
            if !history.is_empty() {
                say(&history.iter().map(line).collect::<Vec<_>>().join("\n"));
            }
        }
        What::Rollback { version } => {
            let author = author(&state, &format!("wye config rollback {version}"));
            let current = configurator.go_back(base, version, author).await.map_err(refused)?;
            say(&format!("version {} {}", current.version, current.hash));
        }
    }
    Ok(())
}

/// Who changes something by a command.
pub(super) fn author(state: &State, note: &str) -> Author {
    let user = load::variable("USER").filter(|user| !user.is_empty());
    let name = user.map_or_else(|| "command".to_owned(), |user| format!("command ({user})"));
    Author { name, at_ms: state.now_ms(), note: note.to_owned() }
}

fn text(file: &Path) -> Result<String, Failure> {
    let read = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| Failure::asked(format!("{}: cannot be read: {error}", file.display())))
}

/// Number, time, hash, author, what was changed, note; parted by tabs.
fn line(version: &Version) -> String {
    let at = i64::try_from(version.author.at_ms).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.to_string());
    let changes = version.changes.as_array().map_or(&[][..], Vec::as_slice);
    let changes: Vec<String> = changes
        .iter()
        .map(|change| {
            let part = |name: &str| change.get(name).and_then(|part| part.as_str()).unwrap_or_default();
            let sign = match (change.get("before"), change.get("after")) {
                (Some(before), _) if before.is_null() => '+',
                (_, Some(after)) if after.is_null() => '-',
                _ => '~',
            };
            format!("{sign}{} {}", part("kind"), part("name"))
        })
        .collect();
    let hash = version.hash.get(..12).unwrap_or(&version.hash);
    // Names are anybody's; a line stays a line.
    let clean = |text: &str| text.replace(|c: char| c.is_control(), " ");
    let Author { name, note, .. } = &version.author;
    let (name, changes, note) = (clean(name), clean(&changes.join(", ")), clean(note));
    format!("{}\t{at}\t{hash}\t{name}\t{changes}\t{note}", version.number)
}
