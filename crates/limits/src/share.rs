//! What the limits of a process know of the other processes that share them.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::bell::{Bell, Listening};
use crate::{Cell, Moment};

/// The state of sharing in one process: whether the shared counters can be reached, how many processes share them, by
/// which clock, and which limits want something of them.
///
/// The request path reads it and never waits for it; one task writes it.
#[derive(Debug)]
pub struct Share {
    lost: AtomicBool,
    nodes: AtomicU64,
    /// The server's Unix milliseconds when our monotonic clock was zero; `UNKNOWN` before it was first heard of.
    offset_ms: AtomicI64,
    wanted: Mutex<Vec<Weak<Cell>>>,
    called: Arc<Bell>,
}

const UNKNOWN: i64 = i64::MIN;

impl Default for Share {
    fn default() -> Self {
        Self {
            lost: AtomicBool::new(true),
            nodes: AtomicU64::new(1),
            offset_ms: AtomicI64::new(UNKNOWN),
            wanted: Mutex::default(),
            called: Arc::default(),
        }
    }
}

impl Share {
    /// Whether the shared counters cannot be reached, so that each process goes on alone.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Says whether the shared counters can be reached. They cannot until it is said that they can.
    pub fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::Relaxed);
    }

    /// How many processes shared the counters when that was last known; at least one.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.nodes.load(Ordering::Relaxed).max(1)
    }

    /// Says how many processes share the counters, this one among them.
    pub fn set_nodes(&self, nodes: u64) {
        self.nodes.store(nodes, Ordering::Relaxed);
    }

    /// Says what the server's clock showed when ours showed `now`.
    pub fn set_server_ms(&self, server_ms: u64, now: Moment) {
        let mono = i64::try_from(now.mono.as_millis()).unwrap_or(i64::MAX);
        let server = i64::try_from(server_ms).unwrap_or(i64::MAX);
        self.offset_ms.store(server.saturating_sub(mono), Ordering::Relaxed);
    }

    /// What the server's clock shows now, in Unix milliseconds; by our own clock as long as nothing was heard of it.
    #[must_use]
    pub fn server_ms(&self, now: Moment) -> u64 {
        match self.offset_ms.load(Ordering::Relaxed) {
            UNKNOWN => now.unix_ms,
            offset => {
                let mono = i64::try_from(now.mono.as_millis()).unwrap_or(i64::MAX);
                u64::try_from(offset.saturating_add(mono)).unwrap_or(0)
            }
        }
    }

    /// The limits that want something since this was asked last.
    #[must_use]
    pub fn take_wanted(&self) -> Vec<Arc<Cell>> {
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        wanted.iter().filter_map(Weak::upgrade).collect()
    }

    /// The next time that somebody waits for what a limit wants.
    #[must_use]
    pub fn call(&self) -> Listening {
        self.called.listen()
    }

    /// A limit wants something, some time soon. Each stands in the list once until it is taken, so that the list is
    /// bounded by the number of limits.
    pub(crate) fn want(&self, cell: Weak<Cell>) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).push(cell);
    }

    /// Somebody waits for it.
    pub(crate) fn hurry(&self) {
        self.called.ring();
    }
}
