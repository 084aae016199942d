//! `wye check`: everything that is wrong with a configuration.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_live::{Builder, Limiting};
use wye_pipeline::chance::ProcessClock;

use super::{Failure, Source};
use crate::load;
use crate::telemetry::say;

pub(super) async fn check(source: Source) -> Result<(), Failure> {
    let config = load::config(&source).await?;
    Builder::new(TaskTracker::new(), Limiting::new(Arc::new(ProcessClock::start())))
        .build(&config)
        .map_err(|problems| Failure::asked(problems.join("\n")))?;
    let name = load::file(&source).map_or_else(|| "the environment".to_owned(), |p| p.display().to_string());
    say(&format!(
        "{name}: ok ({}, {}, {})",
        counted(config.providers.len(), "provider"),
        counted(config.routes.len(), "route"),
        counted(config.keys.len(), "client key")
    ));
    Ok(())
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
