//! How vendors count what may be used in a time. Written apart from `wye-limits`, which is measured against it.

use std::collections::VecDeque;
use std::time::Duration;

/// How use comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// Each amount after the time has passed since.
    Sliding,
    /// All of it when the clock's next minute or day begins.
    AtOnce,
    /// Evenly: a bucket that is filled.
    Evenly,
}

/// A limit and what is used of it.
#[derive(Debug, Clone)]
pub struct Window {
    back: Back,
    span: Duration,
    limit: u64,
    /// Of a sliding one: amounts by time.
    log: VecDeque<(Duration, u64)>,
    /// Of the others: what is used, since when.
    used: f64,
    at: Duration,
}

impl Window {
    /// A limit of which nothing is used.
    #[must_use]
    pub const fn new(back: Back, span: Duration, limit: u64) -> Self {
        Self { back, span, limit, log: VecDeque::new(), used: 0.0, at: Duration::ZERO }
    }

    /// The limit.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// What counts now. More than the limit where answers were longer than was left.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative; rounded up")]
    pub fn used(&mut self, now: Duration) -> u64 {
        self.go_on(now);
        match self.back {
            Back::Sliding => self.log.iter().map(|(_, amount)| amount).sum(),
            Back::AtOnce | Back::Evenly => self.used.ceil() as u64,
        }
    }

    /// Counts an amount.
    #[expect(clippy::cast_precision_loss, reason = "tokens of a request")]
    pub fn add(&mut self, now: Duration, amount: u64) {
        self.go_on(now);
        match self.back {
            Back::Sliding => self.log.push_back((now, amount)),
            Back::AtOnce | Back::Evenly => self.used += amount as f64,
        }
    }

    /// How long until an amount fits; zero if it does now. What is larger than the limit fits when nothing is used.
    #[expect(clippy::cast_precision_loss, reason = "tokens of a request")]
    pub fn fits_in(&mut self, now: Duration, amount: u64) -> Duration {
        let room = self.limit.saturating_sub(amount);
        if self.used(now) <= room {
            return Duration::ZERO;
        }
        match self.back {
            Back::Sliding => {
                let mut left: u64 = self.log.iter().map(|(_, amount)| amount).sum();
                let last = self.log.iter().find(|(_, amount)| {
                    left = left.saturating_sub(*amount);
                    left <= room
                });
                last.map_or(self.span, |(at, _)| (*at + self.span).saturating_sub(now))
            }
            Back::AtOnce => self.at + self.span - now,
            Back::Evenly => self.span.mul_f64((self.used - room as f64) / self.limit.max(1) as f64),
        }
    }

    /// How long until all of it is there.
    pub fn whole_in(&mut self, now: Duration) -> Duration {
        self.fits_in(now, self.limit)
    }

    #[expect(clippy::cast_precision_loss, reason = "limits of a day")]
    fn go_on(&mut self, now: Duration) {
        match self.back {
            Back::Sliding => {
                while self.log.front().is_some_and(|(at, _)| *at + self.span <= now) {
                    self.log.pop_front();
                }
            }
            Back::AtOnce => {
                let began = self.span.mul_f64((now.as_secs_f64() / self.span.as_secs_f64()).floor());
                if began > self.at {
                    (self.used, self.at) = (0.0, began);
                }
            }
            Back::Evenly => {
                let share = (now - self.at).as_secs_f64() / self.span.as_secs_f64();
                self.used = (self.used - share * self.limit as f64).max(0.0);
                self.at = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn each_kind_gives_back_in_its_way() {
        let minute = |back| Window::new(back, s(60), 10);
        let mut sliding = minute(Back::Sliding);
        sliding.add(s(10), 4);
        sliding.add(s(30), 6);
        assert_eq!((sliding.fits_in(s(40), 1), sliding.fits_in(s(40), 5)), (s(30), s(50)));
        assert_eq!((sliding.used(s(70)), sliding.used(s(90))), (6, 0));
        let mut at_once = minute(Back::AtOnce);
        at_once.add(s(50), 10);
        assert_eq!((at_once.fits_in(s(55), 1), at_once.used(s(60))), (s(5), 0));
        let mut evenly = minute(Back::Evenly);
        evenly.add(s(0), 10);
        assert_eq!((evenly.fits_in(s(0), 1), evenly.used(s(30))), (s(6), 5));
        assert_eq!((evenly.fits_in(s(30), 5), evenly.whole_in(s(30))), (s(0), s(30)));
    }
}
