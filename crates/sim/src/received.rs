//! The log of what a fleet received, and the guards that say how each request ended.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;
use tokio::sync::watch;

/// How many requests the log keeps; older ones are forgotten.
pub const KEPT: usize = 4096;

/// A request that reached a simulated provider.
#[derive(Debug, Clone, Serialize)]
pub struct Received {
    /// The provider it was sent to.
    pub provider: String,
    /// The model it named; empty if it named none.
    pub model: String,
    /// Which of the provider's keys it carried, counted from 0; `None` if the provider is open.
    pub key: Option<usize>,
    /// The HTTP method.
    pub method: String,
    /// Path and query, without the provider's segment.
    pub path: String,
    /// All headers, names in lower case; the last one wins where a name came twice.
    pub headers: BTreeMap<String, String>,
    /// The body; null if there was none, a string if it was no JSON.
    pub body: Value,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// When it came, since the fleet started; in milliseconds when serialized.
    #[serde(serialize_with = "in_ms")]
    pub at: Duration,
    /// The name of the fault that struck it.
    pub fault: Option<String>,
    /// Whether the answer was handed over to its end.
    pub finished: bool,
}

fn in_ms<S: Serializer>(at: &Duration, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_u64(u64::try_from(at.as_millis()).unwrap_or(u64::MAX))
}

/// Counts since the fleet started or was cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that reached a provider.
    pub requests: u64,
    /// Of those, the ones whose client went away before the answer's end.
    pub disconnects: u64,
    /// Of those, the ones that were answered to the end.
    pub finished: u64,
}

#[derive(Default)]
struct Entries {
    /// How often the log was cleared: what began before is not counted after.
    era: u64,
    first: u64,
    kept: VecDeque<Received>,
}

/// The log; clones share it.
#[derive(Clone)]
pub(crate) struct Log {
    entries: Arc<Mutex<Entries>>,
    counts: Arc<watch::Sender<Counts>>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { entries: Arc::default(), counts: Arc::new(watch::Sender::new(Counts::default())) }
    }

    /// Notes a request and returns the guard that will say how it ended.
    pub(crate) fn note(&self, received: Received) -> Ending {
        let (era, id) = self.with(|entries| {
            if entries.kept.len() == KEPT {
                entries.kept.pop_front();
                entries.first += 1;
            }
            entries.kept.push_back(received);
            (entries.era, entries.first + entries.kept.len() as u64 - 1)
        });
        self.counts.send_modify(|c| c.requests += 1);
        Ending { log: self.clone(), era, id: Some(id), settled: false }
    }

    /// Counts a request without keeping it.
    pub(crate) fn count(&self) -> Ending {
        self.counts.send_modify(|c| c.requests += 1);
        Ending { log: self.clone(), era: self.with(|e| e.era), id: None, settled: false }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.with(|entries| entries.kept.iter().cloned().collect())
    }

    pub(crate) fn clear(&self) {
        self.with(|entries| {
            entries.era += 1;
            entries.first += entries.kept.len() as u64;
            entries.kept.clear();
        });
        self.counts.send_modify(|c| *c = Counts::default());
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until the counts are as wished; `false` if that can no longer happen.
    pub(crate) async fn until(&self, wish: impl FnMut(&Counts) -> bool) -> bool {
        self.counts.subscribe().wait_for(wish).await.is_ok()
    }

    fn update(&self, id: Option<u64>, change: impl FnOnce(&mut Received)) {
        let Some(id) = id else { return };
        self.with(|entries| {
            let at = id.checked_sub(entries.first).and_then(|at| usize::try_from(at).ok());
            if let Some(entry) = at.and_then(|at| entries.kept.get_mut(at)) {
                change(entry);
            }
        });
    }

    fn with<T>(&self, f: impl FnOnce(&mut Entries) -> T) -> T {
        f(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Says how a request ended: dropped before it is settled means that the client went away.
pub(crate) struct Ending {
    log: Log,
    era: u64,
    id: Option<u64>,
    settled: bool,
}

impl Ending {
    /// Notes which fault struck.
    pub(crate) fn fault(&self, name: &str) {
        self.log.update(self.id, |r| r.fault = Some(name.to_owned()));
    }

    /// Notes what became known after the request had been noted.
    pub(crate) fn learn(&self, change: impl FnOnce(&mut Received)) {
        self.log.update(self.id, change);
    }

    /// The answer was handed over to its end.
    pub(crate) fn finish(&mut self) {
        if !self.settled {
            self.settled = true;
            self.log.update(self.id, |r| r.finished = true);
            self.tally(|c| c.finished += 1);
        }
    }

    fn tally(&self, change: impl FnOnce(&mut Counts)) {
        if self.log.with(|entries| entries.era) == self.era {
            self.log.counts.send_modify(change);
        }
    }

    /// The script broke the answer off; nobody's client went away.
    pub(crate) fn abandon(&mut self) {
        self.settled = true;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.settled {
            self.tally(|c| c.disconnects += 1);
        }
    }
}
