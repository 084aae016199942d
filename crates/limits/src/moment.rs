//! A reading of both clocks.

use std::time::Duration;

use wye_types::Clock;

/// One reading of both clocks. Rolling windows go by the monotonic one, so that a step of the wall clock neither frees
/// nor blocks anything; calendar windows go by the wall clock, because they are promised in its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Time since the process's origin.
    pub mono: Duration,
    /// Milliseconds since the Unix epoch.
    pub unix_ms: u64,
}

impl Moment {
    /// Reads both clocks.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self { mono: clock.mono(), unix_ms: clock.unix_ms() }
    }

    /// So much later by both clocks.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self { mono: self.mono.saturating_add(time), unix_ms: self.unix_ms.saturating_add(ms) }
    }
}
