//! How the log is: told once a spell in the program's own log, and to whoever asks.

use std::sync::{Mutex, PoisonError};

/// How the log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Health {
    /// Records are written to the database.
    #[default]
    Ok,
    /// They are not: they wait in the spool.
    Degraded {
        /// Since when, in Unix milliseconds.
        since_ms: u64,
        /// What is wrong.
        what: String,
        /// Whether the spool is full too, or the writer has failed, so that new requests are refused.
        full: bool,
    },
}

/// The health as it is now.
#[derive(Debug, Default)]
pub(super) struct Watched(Mutex<Health>);

impl Watched {
    pub(super) fn get(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records are written again.
    pub(super) fn well(&self) {
        let was = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if let Health::Degraded { since_ms, .. } = was {
            tracing::warn!(since_ms, "requests are logged to the database again");
        }
    }

    /// They are not. A spell begins when this is first said, and keeps its beginning.
    pub(super) fn ill(&self, now_ms: u64, what: &str, full: bool) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since_ms, was_full) = match &*health {
            Health::Ok => {
                tracing::error!(
                    "requests cannot be logged to the database and wait in a file until they can: {what}"
                );
                (now_ms, false)
            }
            Health::Degraded { since_ms, full, .. } => (*since_ms, *full),
        };
        if full && !was_full {
            tracing::error!("the file in which requests wait is full: new requests are refused: {what}");
        }
        *health = Health::Degraded { since_ms, what: what.to_owned(), full };
    }

    /// The writer has ended by a fault of ours. It is not well again in this process.
    pub(super) fn failed(&self, now_ms: u64) {
        let what = "its writer has failed, by a fault of ours; a restart begins again".to_owned();
        tracing::error!("the log takes no requests, and new ones are refused: {what}");
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since_ms = match &*health {
            Health::Ok => now_ms,
            Health::Degraded { since_ms, .. } => *since_ms,
        };
        *health = Health::Degraded { since_ms, what, full: true };
    }
}
