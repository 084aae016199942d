//! A provider that refuses call after call is asked last for a while: its deployments share a fate that each of them
//! alone would find out too late.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::packed::{Pair, millis, tenths};
use crate::trouble::Trouble;

/// So many refusals for rate (429) within thirty seconds are a storm … (SMLGateway at H, reference §6)
const REFUSALS: u32 = 5;
const REFUSALS_WITHIN: Duration = Duration::from_secs(30);
/// … in which the provider is asked last for so long, or until it answers. SMLGateway has five minutes here, and thirty
/// after failures: but who is asked last is not asked at all while others answer, and could not show that it is well again.
/// Should it not be, the next failure puts it last again.
const AFTER_REFUSALS: Duration = Duration::from_secs(45);
/// So many failures of so many attempts within three minutes are an outage …
const FAILURES: u32 = 10;
const ATTEMPTS: u32 = 20;
const FAILURES_WITHIN: Duration = Duration::from_secs(180);
/// … for as long, or until it answers.
const AFTER_FAILURES: Duration = Duration::from_secs(45);

/// The state of a provider as a whole.
#[derive(Debug, Default)]
pub struct ProviderState {
    /// When the window of refusals began, and how many there were.
    refusals: Pair,
    /// When the window of attempts began; all above, failed ones below.
    attempts: Pair,
    /// Milliseconds of the monotonic clock until which it is asked last.
    last_until_ms: AtomicU64,
}

impl ProviderState {
    /// It answered. It is asked in its turn again.
    pub fn served(&self, now: Duration) {
        self.attempt(false, now);
        if self.last_until_ms.load(Ordering::Relaxed) != 0 {
            self.last_until_ms.store(0, Ordering::Relaxed);
            self.refusals.change(|_, _| Some((0, 0)));
            self.attempts.change(|_, _| Some((0, 0)));
        }
    }

    /// It failed. Gives whether it is asked last from now on.
    pub fn failed(&self, trouble: Trouble, now: Duration) -> bool {
        let refused = trouble == Trouble::RateLimited && self.refusal(now);
        let down = self.attempt(true, now);
        let rest = match (down, refused) {
            (true, _) => AFTER_FAILURES,
            (_, true) => AFTER_REFUSALS,
            _ => return false,
        };
        let until = millis(now.saturating_add(rest));
        self.last_until_ms.fetch_max(until, Ordering::Relaxed) < millis(now)
    }

    /// Whether it is asked after all others.
    #[must_use]
    pub fn asked_last(&self, now: Duration) -> bool {
        self.last_until_ms.load(Ordering::Relaxed) > millis(now)
    }

    /// Until when it is asked last, on the monotonic clock.
    pub(crate) fn last_until(&self) -> Duration {
        Duration::from_millis(self.last_until_ms.load(Ordering::Relaxed))
    }

    /// Another process asks it last until then.
    pub(crate) fn learn(&self, until: Duration) {
        self.last_until_ms.fetch_max(millis(until), Ordering::Relaxed);
    }

    /// An operator ends it.
    pub fn reset(&self) {
        self.last_until_ms.store(0, Ordering::Relaxed);
        self.refusals.change(|_, _| Some((0, 0)));
        self.attempts.change(|_, _| Some((0, 0)));
    }

    fn refusal(&self, now: Duration) -> bool {
        let now = tenths(now);
        let mut storm = false;
        self.refusals.change(|start, count| {
            let fresh =
                count > 0 && u128::from(now.saturating_sub(start)) * 100 < REFUSALS_WITHIN.as_millis();
            let (start, count) = if fresh { (start, count.saturating_add(1)) } else { (now, 1) };
            storm = count >= REFUSALS;
            Some((start, count))
        });
        storm
    }

    fn attempt(&self, failed: bool, now: Duration) -> bool {
        let now = tenths(now);
        let mut down = false;
        self.attempts.change(|start, counts| {
            let fresh = u128::from(now.saturating_sub(start)) * 100 < FAILURES_WITHIN.as_millis();
            let (start, all, bad) = if fresh { (start, counts >> 16, counts & 0xFFFF) } else { (now, 0, 0) };
            let all = (all + 1).min(0xFFFF);
            let bad = (bad + u32::from(failed)).min(0xFFFF);
            // Many good answers among the failures are no outage.
            down = failed && bad >= FAILURES && all >= ATTEMPTS && bad * 2 > all;
            Some((start, all << 16 | bad))
        });
        down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_refusals_in_half_a_minute_are_a_storm_until_it_answers() {
        let provider = ProviderState::default();
        for n in 0..4 {
            assert!(!provider.failed(Trouble::RateLimited, s(100 + n)));
        }
        assert!(provider.failed(Trouble::RateLimited, s(110)));
        assert!(!provider.failed(Trouble::RateLimited, s(111)), "told once");
        assert!(provider.asked_last(s(111)) && provider.asked_last(s(155)) && !provider.asked_last(s(156)));
        provider.served(s(120));
        assert!(!provider.asked_last(s(121)));
        for n in 0..20 {
            assert!(!provider.failed(Trouble::RateLimited, s(1000 + n * 31)));
        }
    }

    #[test]
    fn an_outage_is_ten_failures_of_twenty_attempts_most_of_them_bad() {
        let provider = ProviderState::default();
        for _ in 0..10 {
            provider.served(s(1));
        }
        let told: Vec<bool> = (0..12).map(|_| provider.failed(Trouble::Server, s(2))).collect();
        assert_eq!(told.iter().position(|told| *told), Some(10), "of 21 attempts 11 failed");
        assert!(provider.asked_last(s(46)) && !provider.asked_last(s(48)));
        provider.reset();
        assert!(!provider.asked_last(s(3)));
    }
}
