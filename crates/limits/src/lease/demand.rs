//! How much a process will want: what it took of late, and what it could not get.

use std::time::Duration;

/// How long a limit that is not used keeps ready what the last reservation took, so that the next need not wait. What
/// is kept ready is missing to others, and asking for it takes a millisecond.
const WARM: Duration = Duration::from_secs(3);
/// The same where the shared side has nothing left for others.
const EXPECTED: Duration = Duration::from_secs(1);
/// Between two measurements.
const MEASURED: Duration = Duration::from_millis(200);

/// What was taken and missed of late.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    /// Taken since the last measurement.
    taken: u64,
    measured: Duration,
    /// Taken within an interval, falling slowly.
    pace: u64,
    /// The last reservation.
    last: u64,
    last_at: Option<Duration>,
    /// The largest reservation that found too little since the last question.
    missed: u64,
    /// All of them together.
    missed_all: u64,
}

/// What to ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// The largest reservation that found too little.
    pub(super) missed: u64,
    /// What should be ready beyond.
    pub(super) ready: u64,
    /// Whether the shared side has nothing left: nothing is kept for later.
    pub(super) scarce: bool,
    /// Whether nothing was heard of the shared side for a while.
    pub(super) stale: bool,
}

impl Demand {
    pub(super) fn took(&mut self, now: Duration, amount: u64) {
        self.taken = self.taken.saturating_add(amount);
        self.seen(now, amount);
    }

    pub(super) fn missed(&mut self, now: Duration, amount: u64) {
        self.missed = self.missed.max(amount);
        self.missed_all = self.missed_all.saturating_add(amount);
        self.seen(now, amount);
    }

    const fn seen(&mut self, now: Duration, amount: u64) {
        self.last = amount;
        self.last_at = Some(now);
    }

    /// Measures what was taken per interval.
    pub(super) fn tick(&mut self, now: Duration, interval: Duration) {
        let since = now.saturating_sub(self.measured);
        if since < MEASURED {
            return;
        }
        let scaled = u128::from(self.taken) * interval.as_nanos() / since.as_nanos();
        let fallen = self.pace / 2;
        self.pace = u64::try_from(scaled).unwrap_or(u64::MAX).max(fallen);
        self.taken = 0;
        self.measured = now;
    }

    /// What to ask for. Where the shared side has nothing left, nothing is kept ready that is not in use.
    pub(super) fn wish(&self, now: Duration, short_there: bool) -> Wish {
        let expected = if short_there { EXPECTED } else { WARM };
        let last = if self.used_within(now, expected) { self.last } else { 0 };
        let others = self.missed_all.saturating_sub(self.missed);
        let ready = self.pace.saturating_mul(2).max(last).saturating_add(others);
        Wish { missed: self.missed, ready, ..Wish::default() }
    }

    /// A question is sent.
    pub(super) const fn asked(&mut self) {
        self.missed = 0;
        self.missed_all = 0;
    }

    pub(super) fn is_warm(&self, now: Duration) -> bool {
        self.missed > 0 || self.pace > 0 || self.used_within(now, WARM)
    }

    fn used_within(&self, now: Duration, time: Duration) -> bool {
        self.last_at.is_some_and(|at| now < at.saturating_add(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wished_follows_what_is_used_and_falls_to_nothing() {
        let s = Duration::from_secs;
        let mut demand = Demand::default();
        for _ in 0..50 {
            demand.took(s(1), 2);
        }
        demand.missed(s(1), 7);
        demand.missed(s(1), 5);
        demand.tick(s(2), s(1));
        // A hundred taken within two seconds of which nothing was known before.
        assert_eq!(demand.wish(s(2), false), Wish { missed: 7, ready: 105, ..Wish::default() });
        demand.asked();
        assert_eq!(demand.wish(s(2), false), Wish { ready: 100, ..Wish::default() });
        for second in 3..10 {
            demand.tick(s(second), s(1));
        }
        assert_eq!(demand.wish(s(3), false), Wish { ready: 5, ..Wish::default() });
        assert_eq!(demand.wish(s(3), true), Wish::default());
        assert!(demand.is_warm(s(3)) && !demand.is_warm(s(4)));
    }
}
