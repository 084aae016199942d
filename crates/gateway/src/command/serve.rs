//! `wye serve`: the gateway.

use tokio_util::task::TaskTracker;

use super::{Failure, NO_PROVIDER, Running};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::load::Loaded;
use crate::reload::Reload;
use crate::telemetry::say;
use crate::{load, record};

pub(super) async fn serve(running: Running) -> Result<(), Failure> {
    let Loaded { mut config, text } = load::config(&running.source, &[]).await?;
    config.listen = running.listen.unwrap_or(config.listen);
    if config.providers.is_empty() {
        tracing::warn!("{NO_PROVIDER}");
    }
    let records = RecordsTo::standard_output(record::json_line)?;
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    let listener = listen(config.listen).await?;
    let mut gateway = Gateway::build(config, listener, records)?;
    let providers: Vec<&str> = gateway.config.providers.iter().map(|p| p.id.as_str()).collect();
    let address = gateway.address();
    tracing::info!(%address, providers = providers.join(" "), routes = gateway.config.routes.len(), "ready");
    let reload = Reload::of(&mut gateway, (running, text), Vec::new())?;
    reload.watch(&tracker, stop.soon.clone());
    say(&format!("listening on http://{address}"));
    gateway.run(stop).await;
    Ok(())
}
