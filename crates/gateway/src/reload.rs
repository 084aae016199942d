//! Reload on change and on SIGHUP: swapped whole or refused whole; requests under way keep what they began with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use wye_config::Config;
use wye_live::Builder;
use wye_pipeline::Pipeline;

use crate::boot::warn_of_risks;
use crate::command::{Failure, Source};
use crate::load;

/// How often the file is looked at. Its text is compared, not its times: mounted volumes swap links.
const EVERY: Duration = Duration::from_secs(1);

/// What a reload works on.
pub(crate) struct Reload {
    pub(crate) source: Source,
    pub(crate) extra: Vec<(&'static str, String)>,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) builder: Builder,
    /// The configuration that runs, with what the command line changed.
    pub(crate) running: Config,
}

impl Reload {
    /// Watches until `stop`.
    pub(crate) async fn watch(mut self, stop: CancellationToken) -> Result<(), Failure> {
        let mut hangup = signal(SignalKind::hangup())
            .map_err(|error| Failure::happened(format!("SIGHUP cannot be caught: {error}")))?;
        let path = load::file(&self.source);
        let mut seen = read(path.clone()).await;
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                signal = hangup.recv() => signal.is_some(),
                () = tokio::time::sleep(EVERY) => false,
            };
            let now = read(path.clone()).await;
            // A file that is being replaced may be missing for a moment.
            if asked || now.is_some() && now != seen {
                seen = now;
                self.reload().await;
            }
        }
    }

    async fn reload(&mut self) {
        let extra: Vec<(&str, String)> = self.extra.clone();
        let mut config = match load::config(&self.source, &extra).await {
            Ok(config) => config,
            Err(failure) => {
                tracing::error!(
                    "the configuration is not reloaded, the last one stays:\n{}",
                    failure.message
                );
                return;
            }
        };
        let needs_restart = wye_config::boot_changes(&self.running, &config);
        config.listen = self.running.listen;
        let without_keys = config.keys.is_empty() && !config.listen.ip().is_loopback();
        if without_keys {
            tracing::error!(
                "the configuration is not reloaded: it has no client keys, but others can reach us"
            );
            return;
        }
        match self.builder.build(&config) {
            Ok(live) => {
                tracing::info!(config = %live.hash, "configuration reloaded");
                self.pipeline.swap(live);
                warn_of_risks(&config);
                if !needs_restart.is_empty() {
                    tracing::warn!("changed, but taken only at the next start: {}", needs_restart.join(", "));
                }
                self.running = config;
            }
            Err(problems) => {
                tracing::error!(
                    "the configuration is not reloaded, the last one stays:\n{}",
                    problems.join("\n")
                );
            }
        }
    }
}

async fn read(path: Option<PathBuf>) -> Option<String> {
    let path = path?;
    tokio::task::spawn_blocking(move || std::fs::read_to_string(path).ok()).await.ok().flatten()
}
