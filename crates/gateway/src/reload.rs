//! Reload on change and on SIGHUP: swapped whole or refused whole; requests under way keep what they began with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::Config;
use wye_live::Builder;
use wye_pipeline::Pipeline;

use crate::boot::{Gateway, warn_of_risks};
use crate::command::{Failure, Running, Source};
use crate::load;

/// How often the file is looked at. Its text is compared, not its times: mounted volumes swap links.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps a gateway at its configuration file.
pub(crate) struct Reload {
    source: Source,
    extra: Vec<(&'static str, String)>,
    pipeline: Arc<Pipeline>,
    builder: Builder,
    /// Where the command line says to listen.
    asked: Option<SocketAddr>,
    /// What the process was started with, the command line included.
    booted: Config,
    /// The text that was read last.
    seen: Option<String>,
    hangup: Signal,
}

impl Reload {
    /// Takes over the gateway's builder. `text` is what the gateway was built from, so that no change since is missed.
    /// From here on SIGHUP no longer ends the process.
    pub(crate) fn of(
        gateway: &mut Gateway,
        (running, text): (Running, Option<String>),
        extra: Vec<(&'static str, String)>,
    ) -> Result<Self, Failure> {
        let hangup = hangup()?;
        let builder = gateway.builder.take();
        let builder = builder.ok_or_else(|| Failure::happened("the configuration is watched twice"))?;
        Ok(Self {
            source: running.source,
            asked: running.listen,
            booted: gateway.config.clone(),
            pipeline: Arc::clone(&gateway.pipeline),
            seen: text,
            builder,
            extra,
            hangup,
        })
    }

    /// Watches, on `tracker`, until `stop`.
    pub(crate) fn watch(self, tracker: &TaskTracker, stop: CancellationToken) {
        tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.follow() => {}
            }
        });
    }

    async fn follow(mut self) {
        loop {
            let asked = tokio::select! {
                signal = self.hangup.recv() => signal.is_some(),
                () = tokio::time::sleep(EVERY) => false,
            };
            let now = read(self.source.clone()).await;
            // A file that is being replaced may be missing for a moment.
            if asked || now.is_some() && now != self.seen {
                self.seen = now;
                self.reload().await;
            }
        }
    }

    async fn reload(&mut self) {
        let extra: Vec<(&str, String)> = self.extra.clone();
        let mut config = match load::config(&self.source, &extra).await {
            Ok(loaded) => loaded.config,
            Err(failure) => {
                tracing::error!(
                    "the configuration is not reloaded, the last one stays:\n{}",
                    failure.message
                );
                return;
            }
        };
        config.listen = self.asked.unwrap_or(config.listen);
        let needs_restart = wye_config::boot_changes(&self.booted, &config);
        config.listen = self.booted.listen;
        let without_keys = config.keys.is_empty() && !config.listen.ip().is_loopback();
        if without_keys {
            tracing::error!(
                "the configuration is not reloaded: it has no client keys, but others can reach us"
            );
            return;
        }
        match self.builder.build(&config) {
            Ok(live) => {
                let hash = live.hash.clone();
                self.pipeline.swap(live);
                // Whoever reads this line may rely on it.
                tracing::info!(config = %hash, "configuration reloaded");
                warn_of_risks(&config);
                if !needs_restart.is_empty() {
                    tracing::warn!("changed, but taken only at the next start: {}", needs_restart.join(", "));
                }
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

/// Where nothing is to be read again, SIGHUP is answered all the same: whoever sends it expects no end.
pub(crate) fn keep_on_hangup(tracker: &TaskTracker, stop: CancellationToken) -> Result<(), Failure> {
    let mut hangup = hangup()?;
    tracker.spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                signal = hangup.recv() => {
                    if signal.is_none() {
                        return;
                    }
                    tracing::info!("nothing is reloaded: the configuration is built in");
                }
            }
        }
    });
    Ok(())
}

fn hangup() -> Result<Signal, Failure> {
    signal(SignalKind::hangup())
        .map_err(|error| Failure::happened(format!("SIGHUP cannot be caught: {error}")))
}

/// The file's text. The file is looked for each time: it may come into being later than the gateway.
async fn read(source: Source) -> Option<String> {
    let reading = move || std::fs::read_to_string(load::file(&source)?).ok();
    tokio::task::spawn_blocking(reading).await.ok().flatten()
}
