//! The clock of a simulation: tokio's paused one, and a calendar that begins at a midnight.

use std::time::Duration;

use tokio::time::Instant;
use wye_types::Clock;

/// 2026-01-05T00:00:00Z, a Monday: days of quotas begin with the simulation.
const EPOCH_MS: u64 = 1_767_571_200_000;

/// Time since the simulation began.
#[derive(Debug, Clone, Copy)]
pub struct Virtual {
    origin: Instant,
}

impl Virtual {
    /// A clock that begins now, in a runtime whose time is paused.
    #[must_use]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Since the beginning.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Waits for a moment.
    pub async fn until(&self, at: Duration) {
        tokio::time::sleep_until(self.origin + at).await;
    }
}

impl Clock for Virtual {
    fn mono(&self) -> Duration {
        self.now()
    }

    fn unix_ms(&self) -> u64 {
        EPOCH_MS.saturating_add(u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX))
    }
}
