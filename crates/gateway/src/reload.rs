//! Reload on change and on SIGHUP: swapped whole or refused whole; requests under way keep what they began with.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_admin::Configurator;
use wye_admin::configurator::FileText;
use wye_pipeline::Pipeline;

use crate::boot::{Gateway, warn_of_risks};
use crate::command::{Failure, Source};
use crate::load::{self, Extra};

/// How often the file is looked at. Its text is compared, not its times: mounted volumes swap links.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps a gateway at its configuration file.
pub(crate) struct Reload {
    source: Source,
    extra: Extra,
    pipeline: Arc<Pipeline>,
    configurator: Arc<Configurator>,
    /// The text that was read last.
    seen: Option<String>,
    hangup: Signal,
}

impl Reload {
    /// Watches for a gateway. `file` is what it was built from, so that no change since is missed. From here on SIGHUP no
    /// longer ends the process.
    pub(crate) fn of(
        gateway: &Gateway,
        source: Source,
        extra: Extra,
        file: FileText,
    ) -> Result<Self, Failure> {
        Ok(Self {
            source,
            extra,
            pipeline: Arc::clone(&gateway.pipeline),
            configurator: Arc::clone(&gateway.state.configurator),
            seen: file.text.map(|(text, _)| text),
            hangup: hangup()?,
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
                if let Err(failure) = self.reload().await {
                    tracing::error!(
                        "the configuration is not reloaded, the last one stays:\n{}",
                        failure.message
                    );
                }
            }
        }
    }

    async fn reload(&self) -> Result<(), Failure> {
        let file = load::read(&self.source, &self.extra).await?;
        let name = load::name(&self.source);
        let reloaded = self.configurator.reload_file(file).await;
        let current = reloaded.map_err(|error| load::refused(&name, &error))?;
        // Whoever reads this line may rely on it.
        tracing::info!(config = %self.pipeline.live().hash, "configuration reloaded");
        warn_of_risks(&current.config);
        if !current.restart.is_empty() {
            tracing::warn!("changed, but taken only at the next start: {}", current.restart.join(", "));
        }
        Ok(())
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
