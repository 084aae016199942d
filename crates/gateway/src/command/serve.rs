//! `wye serve`: the gateway.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{Failure, NO_PROVIDER, Running};
use crate::boot::{Gateway, RecordsTo, listen, stop_signal};
use crate::record;
use crate::reload::Reload;
use crate::state::{Opening, valkey};
use crate::telemetry::{complain, say};

pub(super) async fn serve(running: Running) -> Result<(), Failure> {
    let (source, records, console) = (running.source.clone(), running.records, running.console());
    let opening = Opening::of(running).await?;
    let (file, extra) = (opening.file.clone(), opening.extra.clone());
    let state = Box::pin(opening.open()).await?;
    let _claim = state.home.claim()?;
    let config = state.configurator.current().config.clone();
    if config.providers.is_empty() {
        tracing::warn!("{NO_PROVIDER}");
    }
    let lines = config.log.stdout || records;
    let lines = lines.then(|| RecordsTo::standard_output(record::json_line)).transpose()?;
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    let listener = listen(config.listen).await?;
    let admin = match config.access.admin_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let set_up_at = admin.as_ref().unwrap_or(&listener).local_addr();
    let code = state.auth.setup_code().await;
    let sharing = state.share(&tracker).await?.map(Arc::new);
    let gateway = Gateway::build(state, listener, lines)?.sharing(sharing.clone()).showing(console);
    let providers: Vec<&str> = config.providers.iter().map(|p| p.id.as_str()).collect();
    let address = gateway.address();
    tracing::info!(%address, providers = providers.join(" "), routes = config.routes.len(), "ready");
    Reload::of(&gateway, source, extra, file)?.watch(&tracker, stop.soon.clone());
    gateway.follow(&tracker, stop.soon.clone());
    if let Some(server) = valkey()? {
        gateway.tell_rests(server, &tracker, stop.soon.clone());
    }
    say(&format!("listening on http://{address}"));
    // Not through the log, which others may read.
    if let (Ok(Some(code)), Ok(address)) = (code, set_up_at) {
        complain(&format!(
            "nobody administers this gateway yet; make the first administrator with the one-time code {code}\n  \
             (open http://{address}/setup in a browser, POST http://{address}/api/v1/setup, or run \
             `wye admin create NAME` on this machine)"
        ));
    }
    gateway.run(stop, admin).await;
    if let Some(sharing) = sharing {
        sharing.end().await;
    }
    Ok(())
}
