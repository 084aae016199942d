//! Two numbers in one atomic word, so that both are read and changed together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Two numbers of 32 bits.
#[derive(Debug, Default)]
pub(crate) struct Pair(AtomicU64);

impl Pair {
    pub(crate) fn get(&self) -> (u32, u32) {
        split(self.0.load(Ordering::Relaxed))
    }

    /// Changes both by what they are; `None` leaves them.
    pub(crate) fn change(&self, mut new: impl FnMut(u32, u32) -> Option<(u32, u32)>) -> bool {
        let change = |word| {
            let (high, low) = split(word);
            new(high, low).map(|(high, low)| u64::from(high) << 32 | u64::from(low))
        };
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

const fn split(word: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
    let halves = ((word >> 32) as u32, word as u32);
    halves
}

/// Milliseconds of the monotonic clock.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Tenths of a second of the monotonic clock: thirteen years fit.
pub(crate) fn tenths(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / 100).unwrap_or(u32::MAX)
}
