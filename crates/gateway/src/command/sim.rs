//! `wye sim`: the simulated fleet alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio_util::task::TaskTracker;
use wye_sim::{DEMO_FLEET, Fleet, Script};

use super::Failure;
use crate::boot::{listen, stop_signal};
use crate::telemetry::say;

/// Options of `wye sim`.
#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, short, value_name = "ADDR", default_value = "127.0.0.1:9931")]
    listen: SocketAddr,
    /// Script of the fleet (YAML) [default: the demo's]
    #[arg(long, short, value_name = "FILE")]
    script: Option<PathBuf>,
}

pub(super) async fn sim(sim: Sim) -> Result<(), Failure> {
    let (name, text) = match &sim.script {
        None => ("the demo's script".to_owned(), DEMO_FLEET.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::asked(format!("{name}: the script cannot be read: {error}")))?;
            (name, text)
        }
    };
    let script = Script::from_yaml(&text).map_err(|error| Failure::asked(format!("{name}: {error}")))?;
    let tracker = TaskTracker::new();
    let stop = stop_signal(&tracker)?;
    let listener = listen(sim.listen).await?;
    let fleet = Fleet::start(script, listener, &tracker, stop.soon.clone());
    say(&format!("listening on http://{}", fleet.addr()));
    stop.soon.cancelled().await;
    Ok(())
}
