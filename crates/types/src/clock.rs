//! Time is injected: whoever needs it takes a [`Clock`], so that a test can hold it still.

use std::time::Duration;

/// The two clocks of a process.
pub trait Clock: Send + Sync {
    /// Time since an arbitrary origin; never goes back. For deadlines and durations.
    fn mono(&self) -> Duration;
    /// Milliseconds since the Unix epoch; may jump. For ids, records and vendors' absolute resets.
    fn unix_ms(&self) -> u64;
}
