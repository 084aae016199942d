//! A circuit breaker for each deployment: closed, open, half-open with one probe at a time.
//!
//! SMLGateway's numbers (reference §6): five outcomes within 30 s of which less than three in ten are good open it for
//! 30 s; a good probe closes it, a bad one opens it as long again (there: for four minutes, for which a provider that is
//! back would be left alone). Its flaws are not kept: half-open lets one
//! request through and not all, it does not close by itself because nobody asked, and a refusal of its own is no failure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::packed::{Pair, millis, tenths};

/// How long outcomes are counted together.
const WINDOW: Duration = Duration::from_secs(30);
/// Fewer outcomes say nothing.
const ENOUGH: u32 = 5;
/// It opens when fewer than so many of a hundred are good.
const GOOD_PERCENT: u32 = 30;
/// How long it stays open.
const OPEN: Duration = Duration::from_secs(30);
/// How long after a bad probe. One call in half a minute finds out soon enough and disturbs nobody.
const REOPEN: Duration = Duration::from_secs(30);
/// A probe that says nothing for so long is given up: another may go.
const PROBE: Duration = Duration::from_secs(65);

/// The lowest two bits of the gate.
const CLOSED: u64 = 0;
const BROKEN: u64 = 1;
const PROBING: u64 = 2;

/// Whether a deployment may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// It may be.
    Yes,
    /// By one request, which finds out how it is.
    Probe,
    /// Not before then, on the monotonic clock.
    No {
        /// When it may be asked again.
        until: Duration,
    },
}

/// The leave to call a deployment. It must be given back, with what came of the call or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Ticket {
    /// One call among many.
    Plain,
    /// The one call that finds out; until when it has the place, in milliseconds of the monotonic clock.
    Probe(u64),
}

/// The breaker of a deployment.
#[derive(Debug, Default)]
pub struct Breaker {
    /// Milliseconds of the monotonic clock, times four, and what happens then.
    gate: AtomicU64,
    /// When the window began, in tenths of a second; outcomes in it: good above, bad below.
    window: Pair,
}

impl Breaker {
    /// Whether a call may be made.
    #[must_use]
    pub fn admits(&self, now: Duration) -> Admit {
        let gate = self.gate.load(Ordering::Relaxed);
        let until = Duration::from_millis(gate >> 2);
        match gate & 3 {
            CLOSED => Admit::Yes,
            _ if until > now => Admit::No { until },
            _ => Admit::Probe,
        }
    }

    /// Takes the leave to call.
    ///
    /// # Errors
    /// When it may be asked again.
    pub fn take(&self, now: Duration) -> Result<Ticket, Duration> {
        let gate = self.gate.load(Ordering::Relaxed);
        match self.admits(now) {
            Admit::Yes => Ok(Ticket::Plain),
            Admit::No { until } => Err(until),
            Admit::Probe => {
                let until = millis(now.saturating_add(PROBE));
                let probing = until << 2 | PROBING;
                let taken =
                    self.gate.compare_exchange(gate, probing, Ordering::Relaxed, Ordering::Relaxed).is_ok();
                if taken { Ok(Ticket::Probe(until)) } else { Err(Duration::from_millis(until)) }
            }
        }
    }

    /// What came of a call. Gives whether the breaker opened by it.
    pub fn ended(&self, ticket: Ticket, good: bool, now: Duration) -> bool {
        match ticket {
            Ticket::Probe(until) => {
                let next = if good { CLOSED } else { broken(now, REOPEN) };
                if good {
                    self.window.change(|_, _| Some((tenths(now), 0)));
                }
                self.leave(until, next) && !good
            }
            // What was under way before it opened says nothing new.
            Ticket::Plain if self.gate.load(Ordering::Relaxed) != CLOSED => false,
            Ticket::Plain => self.count(good, now) && self.open(now),
        }
    }

    /// The call was not made, or said nothing about the provider: its client left, a limit of ours refused it.
    pub fn unused(&self, ticket: Ticket, now: Duration) {
        if let Ticket::Probe(until) = ticket {
            self.leave(until, millis(now) << 2 | BROKEN);
        }
    }

    /// Until when it is open, if it is.
    pub(crate) fn open_until(&self) -> Option<Duration> {
        let gate = self.gate.load(Ordering::Relaxed);
        (gate & 3 == BROKEN).then(|| Duration::from_millis(gate >> 2))
    }

    /// It is open in another process until then. A probe that is under way here finds out by itself.
    pub(crate) fn learn(&self, until: Duration) {
        let gate = self.gate.load(Ordering::Relaxed);
        let learned = millis(until) << 2 | BROKEN;
        if gate & 3 != PROBING && learned > gate {
            let _ = self.gate.compare_exchange(gate, learned, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// An operator closes it.
    pub fn reset(&self) {
        self.window.change(|_, _| Some((0, 0)));
        self.gate.store(CLOSED, Ordering::Relaxed);
    }

    /// Ends a probe, unless another has its place already.
    fn leave(&self, until: u64, next: u64) -> bool {
        let mine = until << 2 | PROBING;
        self.gate.compare_exchange(mine, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn open(&self, now: Duration) -> bool {
        let opened =
            self.gate.compare_exchange(CLOSED, broken(now, OPEN), Ordering::Relaxed, Ordering::Relaxed);
        opened.is_ok()
    }

    /// Counts an outcome; gives whether it is the one too many.
    fn count(&self, good: bool, now: Duration) -> bool {
        let now = tenths(now);
        let mut too_many = false;
        self.window.change(|start, counts| {
            let fresh = u128::from(now.saturating_sub(start)) * 100 < WINDOW.as_millis();
            let (mut goods, mut bads) = if fresh { (counts >> 16, counts & 0xFFFF) } else { (0, 0) };
            if good {
                goods = (goods + 1).min(0xFFFF);
            } else {
                bads = (bads + 1).min(0xFFFF);
            }
            let all = goods + bads;
            too_many = !good && all >= ENOUGH && goods * 100 < all * GOOD_PERCENT;
            Some((if fresh { start } else { now }, goods << 16 | bads))
        });
        too_many
    }
}

fn broken(now: Duration, rest: Duration) -> u64 {
    millis(now.saturating_add(rest)) << 2 | BROKEN
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn plain(breaker: &Breaker, good: bool, now: Duration) -> bool {
        let ticket = breaker.take(now).unwrap();
        assert_eq!(ticket, Ticket::Plain);
        breaker.ended(ticket, good, now)
    }

    #[test]
    fn it_opens_below_three_in_ten_and_not_before_five() {
        let breaker = Breaker::default();
        for _ in 0..4 {
            assert!(!plain(&breaker, false, s(1)));
        }
        assert!(plain(&breaker, false, s(2)));
        assert_eq!(breaker.admits(s(3)), Admit::No { until: s(32) });

        let mixed = Breaker::default();
        for n in 0..30 {
            assert!(!plain(&mixed, n % 3 == 0, s(1)), "one in three is enough");
        }
        let slow = Breaker::default();
        for n in 0..30 {
            assert!(!plain(&slow, false, s(n * 31)), "counted apart");
        }
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let breaker = Breaker::default();
        for _ in 0..5 {
            let _ = plain(&breaker, false, s(0));
        }
        assert_eq!(breaker.admits(s(30)), Admit::Probe);
        let probe = breaker.take(s(30)).unwrap();
        assert!(matches!(probe, Ticket::Probe(_)));
        assert!(breaker.take(s(30)).is_err(), "one at a time");
        assert!(!breaker.ended(Ticket::Plain, true, s(31)), "late news of old calls changes nothing");
        assert!(breaker.take(s(31)).is_err());
        assert!(breaker.ended(probe, false, s(32)));
        assert_eq!(breaker.admits(s(33)), Admit::No { until: s(62) });
        let probe = breaker.take(s(62)).unwrap();
        breaker.unused(probe, s(63));
        let probe = breaker.take(s(63)).unwrap();
        assert!(!breaker.ended(probe, true, s(64)));
        assert_eq!(breaker.admits(s(64)), Admit::Yes);
        assert!(!plain(&breaker, false, s(65)), "it begins to count anew");
    }

    #[test]
    fn a_probe_that_is_lost_gives_its_place_up() {
        let breaker = Breaker::default();
        for _ in 0..5 {
            let _ = plain(&breaker, false, s(0));
        }
        let lost = breaker.take(s(40)).unwrap();
        assert!(breaker.take(s(104)).is_err());
        let next = breaker.take(s(105)).unwrap();
        assert!(!breaker.ended(lost, true, s(106)), "it has no say any more");
        assert!(breaker.take(s(106)).is_err());
        let _ = breaker.ended(next, true, s(107));
        assert_eq!(breaker.admits(s(107)), Admit::Yes);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// At no time are two probes out whose word counts, and what is shut always says when it may be asked.
        #[test]
        fn never_two_probes(steps in prop::collection::vec((0u8..4, 0u64..40), 1..200)) {
            let breaker = Breaker::default();
            let mut now = s(1);
            let mut out: Vec<(Ticket, Duration)> = Vec::new();
            for (what, pass) in steps {
                now += s(pass);
                match what {
                    0 | 1 => match breaker.take(now) {
                        Ok(ticket) => {
                            if matches!(ticket, Ticket::Probe(_)) {
                                let live = out.iter().filter(|(t, at)| {
                                    matches!(t, Ticket::Probe(_)) && now < *at + PROBE
                                });
                                prop_assert_eq!(live.count(), 0);
                            }
                            out.push((ticket, now));
                        }
                        Err(until) => prop_assert!(until > now && until <= now + REOPEN.max(PROBE)),
                    },
                    _ => if let Some((ticket, _)) = out.pop() {
                        let _ = breaker.ended(ticket, what == 2, now);
                    },
                }
            }
        }
    }
}
