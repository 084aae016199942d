//! `wye serve`: the gateway.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::Config;
use wye_live::Builder;

use super::{Failure, NO_PROVIDER, Running, Source};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::reload::Reload;
use crate::telemetry::say;
use crate::{load, record};

pub(super) async fn serve(running: Running) -> Result<(), Failure> {
    let mut config = load::config(&running.source, &[]).await?;
    config.listen = running.listen.unwrap_or(config.listen);
    if config.providers.is_empty() {
        tracing::warn!("{NO_PROVIDER}");
    }
    let records = RecordsTo { to: std::io::stdout(), line: record::json_line };
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    let listener = listen(config.listen).await?;
    let mut gateway = Gateway::build(config, listener, records)?;
    let providers: Vec<&str> = gateway.config.providers.iter().map(|p| p.id.as_str()).collect();
    tracing::info!(providers = providers.join(" "), routes = gateway.config.routes.len(), "ready");
    say(&format!("listening on http://{}", gateway.address()));
    watch(&mut gateway, &tracker, running.source, (Vec::new(), stop.soon.clone()));
    gateway.run(stop).await;
    Ok(())
}

/// Lets the gateway follow its configuration file.
pub(super) fn watch(
    gateway: &mut Gateway,
    tracker: &TaskTracker,
    source: Source,
    (extra, stop): (Vec<(&'static str, String)>, CancellationToken),
) {
    let builder = std::mem::replace(&mut gateway.builder, Builder::new(TaskTracker::new()));
    let mut running: Config = gateway.config.clone();
    running.listen = gateway.address();
    let reload = Reload { source, extra, pipeline: gateway.pipeline.clone(), builder, running };
    tracker.spawn(async move {
        if let Err(failure) = reload.watch(stop).await {
            tracing::error!("{}", failure.message);
        }
    });
}
