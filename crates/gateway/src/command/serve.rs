//! `wye serve`: the gateway.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{Failure, NO_PROVIDER, Running};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::record;
use crate::reload::Reload;
use crate::state::Opening;
use crate::telemetry::say;

pub(super) async fn serve(running: Running) -> Result<(), Failure> {
    let (source, records) = (running.source.clone(), running.records);
    let opening = Opening::of(running).await?;
    let (file, extra) = (opening.file.clone(), opening.extra.clone());
    let state = opening.open().await?;
    let config = state.configurator.current().config.clone();
    if config.providers.is_empty() {
        tracing::warn!("{NO_PROVIDER}");
    }
    let lines = config.log.stdout || records;
    let lines = lines.then(|| RecordsTo::standard_output(record::json_line)).transpose()?;
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    let listener = listen(config.listen).await?;
    let sharing = state.share(&tracker).await?.map(Arc::new);
    let gateway = Gateway::build(state, listener, lines)?.sharing(sharing.clone());
    let providers: Vec<&str> = config.providers.iter().map(|p| p.id.as_str()).collect();
    let address = gateway.address();
    tracing::info!(%address, providers = providers.join(" "), routes = config.routes.len(), "ready");
    Reload::of(&gateway, source, extra, file)?.watch(&tracker, stop.soon.clone());
    gateway.follow(&tracker, stop.soon.clone());
    say(&format!("listening on http://{address}"));
    gateway.run(stop).await;
    if let Some(sharing) = sharing {
        sharing.end().await;
    }
    Ok(())
}
