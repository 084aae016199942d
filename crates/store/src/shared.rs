//! Limits that several gateways share through a Valkey or Redis server.
//!
//! Admission never asks the server: each process holds leases ([`wye_limits::Ask`]), and one task renews them in the
//! background, all that are due in one exchange. The server's clock is the time. While it cannot be reached, limits
//! go on alone or let nothing through, as each of them declares, and the task tries to reach it again, ever more rarely.
//!
//! A server that comes back without its data is a new *world*: every process charges again what it used, and nobody is
//! granted anything until all had the time to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_limits::{Cells, Share};
use wye_types::Clock;

mod link;
mod memory;
mod renew;
pub mod rests;
mod script;

pub use link::Server;
pub use memory::Memory;

/// How long the start waits for the server before it goes on without it.
const FIRST: Duration = Duration::from_secs(1);

/// The sharing of limits by this process; lives as long as the process does.
#[derive(Debug)]
pub struct Sharing {
    share: Arc<Share>,
    state: watch::Receiver<State>,
    stop: CancellationToken,
    ended: watch::Receiver<bool>,
}

/// Since when the shared counters cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Degraded {
    /// Unix milliseconds.
    pub since_ms: u64,
    /// What is wrong, in words for people; no secret.
    pub what: String,
}

/// What is known of the server's health.
type State = Option<Degraded>;

impl Sharing {
    /// Shares all limits of `cells` with the other gateways at `server`, and returns when it was reached or could not be
    /// reached for a second; the latter is no error. `node` is this gateway's name; it need not be unique.
    pub async fn start(
        server: Server,
        cells: Arc<Cells>,
        clock: Arc<dyn Clock>,
        tracker: &TaskTracker,
        node: &str,
    ) -> Self {
        let share = Arc::new(Share::default());
        cells.share(Arc::clone(&share));
        let what = "the shared counters were not reached yet".to_owned();
        let (telling, state) = watch::channel(Some(Degraded { since_ms: clock.unix_ms(), what }));
        let stop = CancellationToken::new();
        let (reached, mut first) = watch::channel(false);
        let (ending, ended) = watch::channel(false);
        let task = renew::Renewer::new(server, cells, Arc::clone(&share), clock, node);
        let stopped = stop.clone();
        tracker.spawn(async move {
            task.run(&telling, &reached, &stopped).await;
            ending.send_replace(true);
        });
        // Neither a slow server nor one that is not there keeps the gateway from starting.
        let _ = tokio::time::timeout(FIRST, first.wait_for(|reached| *reached)).await;
        Self { share, state, stop, ended }
    }

    /// What is wrong with the shared counters, if anything.
    #[must_use]
    pub fn health(&self) -> Option<Degraded> {
        self.state.borrow().clone()
    }

    /// Ends when the counters are shared (again), or are not.
    pub async fn until_shared(&self, shared: bool) {
        // The task ends only with us.
        let _ = self.state.clone().wait_for(|degraded| degraded.is_none() == shared).await;
    }

    /// How many gateways share the counters, this one among them, when that was last known.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.share.nodes()
    }

    /// Gives back what is leased and not used, and ends. Takes about a second at most.
    pub async fn end(&self) {
        self.stop.cancel();
        // The sender is gone only if the task is.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

impl Drop for Sharing {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
