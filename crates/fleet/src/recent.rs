//! How much a deployment was used in the last minute, and which ones won last.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use crate::packed::{Pair, tenths};

/// Slots of five seconds that make a minute.
const SLOTS: usize = 12;
const SLOT_TENTHS: u32 = 50;

/// Successes in the last minute (SmartRoute counts uses so, reference §1.6), to within five seconds.
#[derive(Debug, Default)]
pub struct Recent {
    /// Which span of five seconds a slot is of, and how many were in it.
    slots: [Pair; SLOTS],
}

impl Recent {
    /// One more.
    pub fn add(&self, now: Duration) {
        let span = tenths(now) / SLOT_TENTHS + 1;
        self.slots[span as usize % SLOTS]
            .change(|of, count| Some(if of == span { (of, count.saturating_add(1)) } else { (span, 1) }));
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self, now: Duration) -> u32 {
        let span = tenths(now) / SLOT_TENTHS + 1;
        let slots = self.slots.iter().map(Pair::get);
        let fresh = slots.filter(|(of, _)| *of <= span && of.saturating_add(SLOTS as u32) > span);
        fresh.map(|(_, count)| count).sum()
    }
}

/// How many of the last winners can be asked for.
pub const MOST_WINNERS: usize = 8;

/// The deployments that answered last, newest last. What is read while it is written may miss the newest one.
#[derive(Debug, Default)]
pub struct Winners {
    ring: [AtomicU32; MOST_WINNERS],
    written: AtomicUsize,
}

impl Winners {
    /// A deployment answered; its number is not nought.
    pub fn won(&self, number: u32) {
        let place = self.written.fetch_add(1, Ordering::Relaxed);
        self.ring[place % MOST_WINNERS].store(number, Ordering::Relaxed);
    }

    /// The last of them, at most `count`, newest first, nought where there is none.
    #[must_use]
    pub fn last(&self, count: usize) -> [u32; MOST_WINNERS] {
        let written = self.written.load(Ordering::Relaxed);
        let place = |back: usize| written.checked_sub(back + 1).map(|place| place % MOST_WINNERS);
        std::array::from_fn(|back| match place(back) {
            Some(place) if back < count => self.ring[place].load(Ordering::Relaxed),
            _ => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn uses_are_forgotten_after_a_minute() {
        let recent = Recent::default();
        assert_eq!(recent.count(s(0)), 0);
        for second in 0..30 {
            recent.add(s(second));
        }
        assert_eq!(recent.count(s(30)), 30);
        assert_eq!(recent.count(s(62)), 25);
        assert_eq!(recent.count(s(90)), 0);
        recent.add(s(100));
        assert_eq!(recent.count(s(100)), 1);
    }

    #[test]
    fn the_newest_winner_is_first() {
        let winners = Winners::default();
        assert_eq!(winners.last(3), [0; 8]);
        for number in 1..=10 {
            winners.won(number);
        }
        assert_eq!(winners.last(3), [10, 9, 8, 0, 0, 0, 0, 0]);
        assert_eq!(winners.last(99), [10, 9, 8, 7, 6, 5, 4, 3]);
    }
}
