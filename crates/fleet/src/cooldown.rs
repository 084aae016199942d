//! How long a deployment rests after failures: a ladder, and longer rests for what will not mend so soon (SMLGateway,
//! reference §6). In milliseconds: rounded to minutes, the first rungs would be none at all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::packed::{Pair, millis, tenths};
use crate::trouble::Trouble;

/// The first rung of the ladder; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// The last rung.
const LAST: Duration = Duration::from_secs(120);
/// On the ladder, one call so often finds out whether it answers again. The ladder alone would leave a provider that is
/// back unused for up to two minutes.
const PROBE: Duration = Duration::from_secs(30);
/// A failure later than this after the one before begins the ladder again.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// A model that so many times in a day was not found …
const NOT_FOUND: u32 = 3;
/// … rests for a day: it was renamed or taken away. The reference rests it for thirty; who is wrong about that could not
/// mend it but by a restart.
const NOT_FOUND_REST: Duration = Duration::from_secs(24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Nobody's word is believed for longer.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// The rests of a deployment.
#[derive(Debug, Default)]
pub struct Cooldown {
    /// Milliseconds of the monotonic clock until which it rests by the ladder; 0 if it never did.
    until_ms: AtomicU64,
    /// When one call may find out how it is, should it rest by the ladder then.
    probe_ms: AtomicU64,
    /// Until when it rests for what will not mend sooner.
    firm_ms: AtomicU64,
    /// Failures in a row, and when the last one was.
    streak: Pair,
    /// How often in a day the model was not found, and when that was first.
    not_found: Pair,
}

/// The one call that finds out how a deployment is that rests: until when it has the place, and since when it was free, in
/// milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    until: u64,
    before: u64,
}

impl Cooldown {
    /// The deployment failed. Gives how long it rests for that; a longer rest that is running holds.
    pub fn failed(&self, trouble: Trouble, now: Duration) -> Duration {
        let rung = match trouble.rest() {
            Some(rest) if rest.is_zero() => return rest,
            _ => self.rung(now),
        };
        let firm = if trouble == Trouble::NotFound { self.not_found(now) } else { trouble.rest() };
        if let Some(firm) = firm {
            self.rests(firm, now);
        }
        self.until_ms.fetch_max(millis(now + rung), Ordering::Relaxed);
        self.probe_ms.fetch_max(millis(now + PROBE), Ordering::Relaxed);
        firm.map_or(rung, |firm| firm.max(rung))
    }

    /// It rests for a time, whatever its failures: the provider or an operator says so.
    pub fn rests(&self, rest: Duration, now: Duration) {
        self.firm_ms.fetch_max(millis(now.saturating_add(rest.min(LONGEST))), Ordering::Relaxed);
    }

    /// Until when it is left alone, if it is. Once in a while one call is let through that finds out how it is.
    #[must_use]
    pub fn shut(&self, now: Duration) -> Option<Duration> {
        let firm = self.firm_ms.load(Ordering::Relaxed) > millis(now);
        let probed = self.probe_ms.load(Ordering::Relaxed) <= millis(now);
        self.until(now).filter(|_| firm || !probed)
    }

    /// Takes the leave to call. Of one that rests it is the call that finds out how it is, and what it took is to be
    /// [given back](Self::unused) if it is never made.
    ///
    /// # Errors
    /// When it may be asked again: it rests, and another call finds out already how it is.
    pub fn take(&self, now: Duration) -> Result<Option<Probe>, Duration> {
        let Some(until) = self.until(now) else { return Ok(None) };
        let probe = self.probe_ms.load(Ordering::Relaxed);
        let firm = self.firm_ms.load(Ordering::Relaxed) > millis(now);
        let next = millis(now.saturating_add(PROBE));
        let taken = !firm
            && probe <= millis(now)
            && self.probe_ms.compare_exchange(probe, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if taken { Ok(Some(Probe { until: next, before: probe })) } else { Err(until) }
    }

    /// The call that would have found out was not made: another may at once.
    pub fn unused(&self, probe: Probe) {
        let Probe { until, before } = probe;
        let _ = self.probe_ms.compare_exchange(until, before, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// It answered: the ladder begins again, and what rests by the ladder rests no longer. It was asked all the same, or
    /// before; that it can answer is better known now than when it was put to rest.
    pub fn served(&self) {
        if self.streak.get().0 != 0 {
            self.streak.change(|_, at| Some((0, at)));
            self.until_ms.store(0, Ordering::Relaxed);
            self.firm_ms.store(0, Ordering::Relaxed);
        }
        if self.not_found.get().0 != 0 {
            self.not_found.change(|_, at| Some((0, at)));
        }
    }

    /// Until when it rests, if it does.
    #[must_use]
    pub fn until(&self, now: Duration) -> Option<Duration> {
        let until = self.until_ms.load(Ordering::Relaxed).max(self.firm_ms.load(Ordering::Relaxed));
        let until = Duration::from_millis(until);
        (until > now).then_some(until)
    }

    /// When it rests no longer, by the ladder and firmly; in the past if it does not rest.
    pub(crate) fn ends(&self) -> (Duration, Duration) {
        let end = |of: &AtomicU64| Duration::from_millis(of.load(Ordering::Relaxed));
        (end(&self.until_ms), end(&self.firm_ms))
    }

    /// Another process lets it rest by the ladder until then. It is on the ladder here as well, so that an answer ends it.
    pub(crate) fn learn(&self, until: Duration, now: Duration) {
        self.streak.change(|streak, at| (streak == 0).then_some((1, tenths(now).max(at))));
        self.until_ms.fetch_max(millis(until.min(now.saturating_add(LAST))), Ordering::Relaxed);
        self.probe_ms.fetch_max(millis(now.saturating_add(PROBE)), Ordering::Relaxed);
    }

    /// An operator ends the rest.
    pub fn reset(&self) {
        self.streak.change(|_, at| Some((0, at)));
        self.not_found.change(|_, at| Some((0, at)));
        self.until_ms.store(0, Ordering::Relaxed);
        self.firm_ms.store(0, Ordering::Relaxed);
    }

    /// The next rung. Requests that were under way together fail together: while it rests, no rung is climbed.
    fn rung(&self, now: Duration) -> Duration {
        let resting = self.until(now).is_some();
        let mut rung = 1;
        self.streak.change(|streak, at| {
            let now = tenths(now);
            let fresh = u128::from(now.saturating_sub(at)) * 100 <= FORGOTTEN.as_millis();
            rung = match streak {
                0 => 1,
                _ if !fresh => 1,
                streak if resting => streak,
                streak => streak.saturating_add(1),
            };
            Some((rung, now.max(at)))
        });
        FIRST.saturating_mul(1 << (rung - 1).min(8)).min(LAST)
    }

    /// Counts a model that was not found; gives the long rest once it was so too often.
    fn not_found(&self, now: Duration) -> Option<Duration> {
        // Requests that were under way together miss it together: that is one time.
        if self.until(now).is_some() {
            return None;
        }
        let mut count = 1;
        self.not_found.change(|so_far, first| {
            let now = tenths(now);
            let within = so_far > 0 && u128::from(now.saturating_sub(first)) * 100 < DAY.as_millis();
            count = if within { so_far.saturating_add(1) } else { 1 };
            Some((count, if within { first } else { now }))
        });
        (count >= NOT_FOUND).then_some(NOT_FOUND_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_ladder_doubles_from_ten_seconds_to_two_minutes() {
        let cooldown = Cooldown::default();
        let mut now = s(1);
        let mut rungs = Vec::new();
        for _ in 0..7 {
            let rest = cooldown.failed(Trouble::Server, now);
            rungs.push(rest.as_secs());
            assert_eq!(cooldown.until(now), Some(now + rest));
            now += rest;
            assert_eq!(cooldown.until(now), None);
        }
        assert_eq!(rungs, [10, 20, 40, 80, 120, 120, 120]);
        assert_eq!(
            cooldown.failed(Trouble::Server, now + s(601)),
            s(10),
            "ten minutes later it begins again"
        );
        cooldown.served();
        assert_eq!(cooldown.until(now + s(601)), None);
        assert_eq!(cooldown.failed(Trouble::Timeout, now + s(602)), s(10));
    }

    #[test]
    fn one_call_in_half_a_minute_finds_out_and_no_long_rest_is_disturbed() {
        let cooldown = Cooldown::default();
        for at in [0, 10, 30, 70] {
            cooldown.failed(Trouble::Server, s(at));
        }
        assert_eq!((cooldown.until(s(99)), cooldown.shut(s(99))), (Some(s(150)), Some(s(150))));
        assert_eq!(cooldown.shut(s(100)), None);
        assert!(cooldown.take(s(100)).unwrap().is_some());
        assert_eq!(cooldown.take(s(100)), Err(s(150)));
        assert_eq!(cooldown.shut(s(101)), Some(s(150)), "it is under way");
        cooldown.rests(s(600), s(101));
        assert_eq!((cooldown.shut(s(140)), cooldown.take(s(140))), (Some(s(701)), Err(s(701))));
    }

    #[test]
    fn failures_that_come_together_are_one_rung_and_the_longer_rest_holds() {
        let cooldown = Cooldown::default();
        for _ in 0..20 {
            assert_eq!(cooldown.failed(Trouble::Unreachable, s(5)), s(10));
        }
        assert_eq!(cooldown.until(s(5)), Some(s(15)));
        assert_eq!(cooldown.failed(Trouble::Gone, s(6)), s(86_400));
        cooldown.failed(Trouble::Server, s(7));
        assert_eq!(cooldown.until(s(7)), Some(s(86_406)), "a shorter rest does not end a longer one");
    }

    #[test]
    fn what_an_account_did_rests_the_account_and_not_the_deployment() {
        let cooldown = Cooldown::default();
        for trouble in [Trouble::RateLimited, Trouble::Account] {
            assert_eq!(cooldown.failed(trouble, s(1)), s(0));
        }
        assert_eq!(cooldown.until(s(1)), None);
    }

    #[test]
    fn a_model_that_is_not_found_thrice_in_a_day_rests_for_a_day() {
        let cooldown = Cooldown::default();
        assert_eq!(cooldown.failed(Trouble::NotFound, s(100)), s(10));
        assert_eq!(cooldown.failed(Trouble::NotFound, s(200)), s(20));
        assert_eq!(cooldown.failed(Trouble::NotFound, s(300)), NOT_FOUND_REST);
        let other = Cooldown::default();
        for day in 0..5 {
            assert!(other.failed(Trouble::NotFound, s(day * 90_000)) <= LAST, "one a day is not three");
        }
        cooldown.reset();
        assert_eq!(cooldown.until(s(300)), None);
    }
}
