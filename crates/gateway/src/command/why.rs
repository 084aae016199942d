//! `wye why`: what became of a request, and why it went where it went. It opens nothing but the database, so that a
//! configuration that is wrong is not in the way.

pub(super) mod page;

use std::path::PathBuf;

use clap::Args;
use wye_store::Db;
use wye_store::log::Entry;
use wye_types::RequestId;

use super::Failure;
use crate::load::variable;
use crate::state::DATABASE;
use crate::telemetry::say;

/// Options of `wye why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The request: what its answer's x-wye-decision-id says
    id: String,
    /// Show every candidate, however many there were
    #[arg(long)]
    all: bool,
    /// Folder for everything the gateway keeps
    #[arg(long, value_name = "DIR", env = "WYE_DATA", default_value = "wye-data")]
    data: PathBuf,
}

pub(super) async fn why(why: Why) -> Result<(), Failure> {
    let Some(id) = RequestId::parse(why.id.trim()) else {
        return Err(Failure::asked(format!(
            "{:?} is no id of a request; write what its answer's x-wye-decision-id says",
            why.id
        )));
    };
    let db = open(&why).await?;
    let found = Entry::whole(&db, id).await.map_err(|error| Failure::happened(error.to_string()))?;
    let Some(entry) = found else {
        return Err(Failure::asked(format!(
            "no request {id} is known; it is written within a second of its end, and kept for as long as log.keep says"
        )));
    };
    say(&page::page(&entry, if why.all { usize::MAX } else { page::USUAL }));
    Ok(())
}

async fn open(why: &Why) -> Result<Db, Failure> {
    let file = why.data.join(DATABASE);
    let db = match variable("DATABASE_URL") {
        Some(url) => Db::postgres(&url).await,
        // A folder without a database is the wrong folder: none is made.
        None if !file.is_file() => {
            return Err(Failure::asked(format!(
                "there is no {}; name the gateway's data folder with --data DIR",
                file.display()
            )));
        }
        None => Db::sqlite(&file).await,
    };
    db.map_err(|error| Failure::happened(error.to_string()))
}
