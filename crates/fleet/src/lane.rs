//! A deployment asked through one of its provider's accounts: one may be a free tier, another a paid one. How fast and how
//! surely each answers is kept apart, but only where there are several: a single one is what is known of the deployment.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::age::Age;
use crate::deployment::UNKNOWN_SUCCESS;
use crate::merit::{Merit, TRUST_AGED};
use crate::packed::Pair;
use crate::speed::{Average, Speed};
use crate::trouble::Trouble;

/// One account's way to one deployment. What is known of it is made when it is first asked: there may be many that never
/// are.
#[derive(Debug, Default)]
pub struct Lane {
    /// Streams and whole answers.
    ways: OnceLock<Box<[Way; 2]>>,
    in_flight: AtomicU32,
}

/// What is known of one kind of answer.
#[derive(Debug, Default)]
struct Way {
    speed: Speed,
    /// Successes, as accounts are compared by. It begins in the middle, so that one failure alone says little.
    trust: Average,
    /// Since when they are known.
    trusted: Age,
    pace: Pace,
}

impl Lane {
    /// A call begins, of which [`Lane::left`] must be told.
    pub(crate) fn begins(&self, stream: bool, now: Duration) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let way = self.made(stream);
        way.speed.begins(now);
        if way.trust.get().is_some() {
            way.trusted.begins(TRUST_AGED, now);
        }
    }

    /// A call is over, whatever came of it.
    pub(crate) fn left(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// An answer came.
    pub(crate) fn served(
        &self,
        stream: bool,
        (first_content, tokens_per_s): (Duration, Option<f32>),
        now: Duration,
    ) {
        let way = self.made(stream);
        // What is found after a long time holds, and not a quarter of it.
        if way.trust.get().is_some() && way.trusted.is_over(TRUST_AGED, now) {
            way.trust.begin_anew(1.0);
        } else {
            way.trust.take_after(UNKNOWN_SUCCESS, 1.0);
        }
        way.trusted.measured(now);
        way.pace.take(first_content, way.speed.has_aged(now));
        way.speed.served(first_content, tokens_per_s, now);
    }

    /// None came. What rests for it, or what no account can help, is not held against one.
    pub(crate) fn failed(&self, stream: bool, trouble: Trouble, now: Duration) {
        if matches!(trouble, Trouble::RateLimited | Trouble::Unreachable) {
            return;
        }
        let way = self.made(stream);
        way.trust.take_after(UNKNOWN_SUCCESS, 0.0);
        way.trusted.measured(now);
        way.speed.failed();
    }

    /// An answer was not waited for any longer.
    pub(crate) fn late(&self, stream: bool, at_least: Duration, now: Duration) {
        let way = self.made(stream);
        let aged = way.speed.has_aged(now);
        if way.speed.late(at_least, now) {
            way.pace.take(at_least, aged);
        }
    }

    /// What it did is not known any more.
    pub(crate) fn forget(&self) {
        for way in self.ways.get().into_iter().flat_map(|ways| ways.iter()) {
            way.speed.forget();
            way.trust.forget();
            way.pace.forget();
        }
    }

    /// By what it is compared with other accounts.
    #[must_use]
    pub fn merit(&self, stream: bool, now: Duration) -> Merit {
        let Some(way) = self.way(stream) else { return Merit::default() };
        let trust = way.trust.get().filter(|_| way.trusted.holds(TRUST_AGED, now).is_some());
        let first_ms = way.pace.get().filter(|_| way.speed.measured_at(now).is_some());
        Merit { success: trust.unwrap_or(UNKNOWN_SUCCESS), first_ms }
    }

    /// How fast it is with a kind of answer; `None` if it was never asked for any.
    #[must_use]
    pub fn speed(&self, stream: bool) -> Option<&Speed> {
        self.way(stream).map(|way| &way.speed)
    }

    /// Calls under way.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    fn way(&self, stream: bool) -> Option<&Way> {
        self.ways.get().map(|ways| &ways[usize::from(stream)])
    }

    fn made(&self, stream: bool) -> &Way {
        &self.ways.get_or_init(Box::default)[usize::from(stream)]
    }
}

/// Of so many calls the average is made at most.
const MEMORY: u32 = 16;
/// With fewer an average says nothing.
const FEWEST: u32 = 8;

/// The usual time to the first content: the mean of its logarithms. One long prompt moves that little and a stall much,
/// so that two accounts that are alike seldom look as if they were not.
#[derive(Debug, Default)]
struct Pace(Pair);

impl Pace {
    /// Takes a time; `anew`: whatever came before.
    fn take(&self, first_content: Duration, anew: bool) {
        let log = (first_content.as_secs_f32() * 1000.0).max(1.0).ln();
        self.0.change(|calls, mean| {
            let calls = if anew { 0 } else { calls };
            let mean = if calls == 0 { log } else { f32::from_bits(mean) };
            let calls = (calls + 1).min(MEMORY);
            #[expect(clippy::cast_precision_loss, reason = "sixteen at most")]
            let mean = mean + (log - mean) / calls as f32;
            Some((calls, mean.to_bits()))
        });
    }

    fn forget(&self) {
        self.0.change(|_, _| Some((0, 0)));
    }

    /// In milliseconds, once there are some calls.
    fn get(&self) -> Option<f32> {
        let (calls, mean) = self.0.get();
        (calls >= FEWEST).then(|| f32::from_bits(mean).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::ranks;
    use crate::speed::AGED;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn call(lane: &Lane, ms: u64, now: Duration) {
        lane.begins(true, now);
        lane.served(true, (Duration::from_millis(ms), None), now);
        lane.left();
    }

    fn fail(lane: &Lane, trouble: Trouble, now: Duration) {
        lane.begins(true, now);
        lane.failed(true, trouble, now);
        lane.left();
    }

    /// Which of two comes behind the other.
    fn behind(lanes: &[Lane; 2], now: Duration) -> Option<usize> {
        let ranks = ranks(lanes.iter().map(|lane| Some(lane.merit(true, now))))?;
        ranks.iter().position(|rank| *rank > 0)
    }

    #[test]
    fn nothing_is_kept_of_who_was_never_asked() {
        let lane = Lane::default();
        assert_eq!((lane.merit(true, s(1)), lane.in_flight()), (Merit::default(), 0));
        assert!(lane.speed(true).is_none());
        lane.begins(true, s(1));
        assert_eq!(lane.in_flight(), 1);
        lane.left();
        assert_eq!((lane.merit(true, s(1)), lane.in_flight()), (Merit::default(), 0));
    }

    #[test]
    fn who_fails_again_and_again_comes_behind_until_it_is_asked_again_and_answers() {
        let lanes = [Lane::default(), Lane::default()];
        for _ in 0..5 {
            call(&lanes[1], 300, s(1));
        }
        fail(&lanes[0], Trouble::Server, s(1));
        assert_eq!(behind(&lanes, s(1)), None, "once is nothing");
        fail(&lanes[0], Trouble::Account, s(2));
        assert_eq!(behind(&lanes, s(2)), Some(0));
        let kinds = ranks(lanes.iter().map(|lane| Some(lane.merit(false, s(2)))));
        assert_eq!(kinds, None, "kinds of answers are apart");
        // It is tried again after a time, by one.
        call(&lanes[1], 300, s(100));
        let later = s(2) + TRUST_AGED;
        assert_eq!(behind(&lanes, later - s(1)), Some(0));
        assert_eq!(behind(&lanes, later), None);
        lanes[0].begins(true, later);
        assert_eq!(behind(&lanes, later), Some(0), "one finds out");
        lanes[0].failed(true, Trouble::Account, later);
        lanes[0].left();
        let later = later + TRUST_AGED;
        call(&lanes[1], 300, later - s(9));
        assert_eq!(behind(&lanes, later - s(1)), Some(0));
        call(&lanes[0], 300, later);
        assert_eq!(behind(&lanes, later), None, "it answered");
    }

    #[test]
    fn what_rests_or_fails_for_everybody_is_not_held_against_one() {
        let lanes = [Lane::default(), Lane::default()];
        call(&lanes[1], 300, s(1));
        for _ in 0..9 {
            fail(&lanes[0], Trouble::RateLimited, s(1));
            fail(&lanes[0], Trouble::Unreachable, s(1));
        }
        assert_eq!(behind(&lanes, s(1)), None);
        assert_eq!(lanes[0].speed(true).and_then(Speed::success), None);
    }

    #[test]
    fn who_is_slow_comes_behind_until_that_was_long_ago() {
        let lanes = [Lane::default(), Lane::default()];
        for n in 0..8 {
            assert_eq!(behind(&lanes, s(n)), None, "{n} calls say nothing");
            call(&lanes[0], 900, s(n));
            call(&lanes[1], 400, s(n));
        }
        assert_eq!(behind(&lanes, s(9)), Some(0));
        let aged = s(7) + AGED;
        for now in 10..aged.as_secs() {
            call(&lanes[1], 400, s(now));
        }
        assert_eq!((behind(&lanes, aged - s(1)), behind(&lanes, aged)), (Some(0), None));
        call(&lanes[0], 300, aged);
        assert_eq!(behind(&lanes, aged), None);
        lanes[0].forget();
        assert_eq!(lanes[0].merit(true, aged), Merit::default());
    }

    #[test]
    fn a_call_that_was_given_up_counts_as_slow() {
        let lanes = [Lane::default(), Lane::default()];
        for _ in 0..20 {
            call(&lanes[0], 400, s(1));
            call(&lanes[1], 400, s(1));
        }
        for n in 0..5 {
            assert_eq!(behind(&lanes, s(1)), None, "{n}");
            lanes[1].late(true, Duration::from_millis(100), s(1));
            if n < 4 {
                lanes[1].late(true, s(5), s(1));
            }
        }
        lanes[1].late(true, s(30), s(1));
        assert_eq!(behind(&lanes, s(1)), Some(1));
    }

    /// Times of two accounts that are alike, spread as those of real models are (lognormal, σ = 0.8), and of two of which
    /// one is three times as slow.
    #[test]
    fn alike_ones_take_turns_and_a_slow_one_is_seen_soon() {
        let mut seed = 1u64;
        let mut normal = || {
            // Twelve even draws make a normal one near enough.
            (0..12).fold(-6.0, |sum, _| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum + (seed >> 40) as f64 / f64::from(1 << 24)
            })
        };
        let mut ms = |middle: f64| (middle * (0.8 * normal()).exp()) as u64;
        let alike = [Lane::default(), Lane::default()];
        let mut apart = 0;
        for n in 0..20_000 {
            call(&alike[n % 2], ms(500.0), s(1));
            apart += usize::from(behind(&alike, s(1)).is_some());
        }
        assert!(apart < 200, "{apart} of 20000 moments see a difference where none is");
        let unlike = [Lane::default(), Lane::default()];
        let mut seen = 0;
        for n in 0..2000 {
            call(&unlike[n % 2], ms([500.0, 1500.0][n % 2]), s(1));
            seen += usize::from(n >= 40 && behind(&unlike, s(1)) == Some(1));
        }
        assert!(seen > 1700, "only {seen} of 1960 moments see the slow one");
    }
}
