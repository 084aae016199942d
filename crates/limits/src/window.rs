//! Amounts that stop counting after a while.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use crate::{Moment, Period, Word};

/// Into how many slots a rolling window is cut. An amount counts from one span to one span and a sixtieth.
pub(crate) const SLOTS: u32 = 60;

/// How far a wall clock may be put back within a calendar's unit, in milliseconds.
const STEP_BACK_MS: u64 = 3_600_000;

/// Amounts used within a period. Amounts are kept per slot: a sixtieth of a rolling window, the whole unit of a calendar.
#[derive(Debug, Clone)]
pub struct Window {
    period: Period,
    /// Slots that count, oldest first; none is empty for ever, since a calendar and a total have but one.
    slots: VecDeque<(u64, u64)>,
    used: u64,
    /// When the current calendar unit began and will end, in Unix milliseconds.
    begins: u64,
    ends: u64,
    /// The slot of a rolling window that was asked for last, and from when until when it is the current one. Every request
    /// asks several windows several times, and to find the slot takes divisions of 128 bits.
    current: (u64, Range<Duration>),
}

/// A window as it is kept over a restart: how old its amounts are, so that another process's clock can hold them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// When it was saved, in Unix milliseconds.
    pub at_ms: u64,
    /// Age at that time and amount, oldest first. Calendars and totals have one entry of age zero.
    pub amounts: Vec<(Duration, u64)>,
    /// What the vendor said last, if that still holds.
    pub word: Option<Word>,
}

impl Saved {
    /// Whether nothing of it counts any more, whatever the window is (`period`: the name of its period). What is not
    /// known for certain counts.
    #[must_use]
    pub fn is_over(&self, period: &str, now: Moment) -> bool {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let longest = match period.split_once(' ') {
            // Units are longer where clocks are put back.
            Some(("day", _)) => DAY * 2,
            Some(("week", _)) => DAY * 8,
            Some(("month", _)) => DAY * 32,
            Some((span, "s")) => span
                .parse()
                .ok()
                .and_then(|span| Duration::try_from_secs_f64(span).ok())
                .map_or(Duration::MAX, |span| span.saturating_add(width(span))),
            _ => Duration::MAX,
        };
        let since = Duration::from_millis(now.unix_ms.saturating_sub(self.at_ms));
        self.word.is_none_or(|word| word.until_ms <= now.unix_ms)
            && self.amounts.iter().all(|(age, amount)| *amount == 0 || age.saturating_add(since) > longest)
    }

    /// Whether there is nothing in it to be kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.amounts.is_empty() && self.word.is_none()
    }
}

impl Window {
    /// A window in which nothing is used.
    #[must_use]
    pub const fn new(period: Period) -> Self {
        let current = (0, Duration::ZERO..Duration::ZERO);
        Self { period, slots: VecDeque::new(), used: 0, begins: 0, ends: 0, current }
    }

    /// How long amounts count.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// What counts now.
    pub fn used(&mut self, now: Moment) -> u64 {
        self.slot(now);
        self.used
    }

    /// Adds an amount; gives the slot it belongs to.
    pub fn add(&mut self, now: Moment, amount: u64) -> u64 {
        let slot = self.slot(now);
        match self.slots.back_mut() {
            Some((last, used)) if *last == slot => *used = used.saturating_add(amount),
            _ => self.slots.push_back((slot, amount)),
        }
        self.used = self.used.saturating_add(amount);
        slot
    }

    /// Changes what was added to a slot, if that still counts.
    pub fn change(&mut self, slot: u64, was: u64, is: u64) {
        let Some((_, used)) = self.slots.iter_mut().rev().find(|(s, _)| *s == slot) else { return };
        let before = *used;
        *used = used.saturating_sub(was).saturating_add(is);
        self.used = self.used.saturating_sub(before).saturating_add(*used);
    }

    /// The share of the calendar's unit that has passed, in thousandths; `None` where there is none.
    pub fn passed(&mut self, now: Moment) -> Option<u64> {
        self.slot(now);
        let Period::Calendar(..) = &self.period else { return None };
        let (passed, whole) =
            (now.unix_ms.saturating_sub(self.begins), self.ends.saturating_sub(self.begins));
        Some((passed.saturating_mul(1000) / whole.max(1)).min(1000))
    }

    /// How long until at most `most` counts, if nothing is added. `None` if that never happens.
    pub fn frees_in(&mut self, now: Moment, most: u64) -> Option<Duration> {
        self.slot(now);
        if self.used <= most {
            return Some(Duration::ZERO);
        }
        match &self.period {
            Period::Total => None,
            Period::Calendar(..) => Some(Duration::from_millis(self.ends.saturating_sub(now.unix_ms))),
            Period::Rolling(span) => {
                let width = width(*span);
                let mut left = self.used;
                let enough = self.slots.iter().find(|(_, amount)| {
                    left = left.saturating_sub(*amount);
                    left <= most
                });
                enough.map(|(slot, _)| expiry(*slot, width).saturating_sub(time(now, width)))
            }
        }
    }

    /// What is to be kept over a restart.
    pub fn save(&mut self, now: Moment) -> Saved {
        self.slot(now);
        let age = |slot: u64| match &self.period {
            Period::Rolling(span) => {
                let width = width(*span);
                time(now, width).saturating_sub(start(slot, width))
            }
            _ => Duration::ZERO,
        };
        Saved {
            at_ms: now.unix_ms,
            amounts: self.slots.iter().map(|(slot, used)| (age(*slot), *used)).collect(),
            word: None,
        }
    }

    /// Takes back what an earlier process kept. Time that the wall clock lost since then counts as none.
    pub fn restore(&mut self, saved: &Saved, now: Moment) {
        let since = Duration::from_millis(now.unix_ms.saturating_sub(saved.at_ms));
        // What is put back may be too old to count.
        self.current.1 = Duration::ZERO..Duration::ZERO;
        match self.period.clone() {
            Period::Rolling(span) => {
                let width = width(span);
                for (age, amount) in &saved.amounts {
                    let age = age.saturating_add(since);
                    if age <= span + width {
                        // The slots of two processes do not begin together: a slot later never lets an amount go
                        // sooner.
                        let now = time(now, width);
                        let at = now.saturating_sub(age).saturating_add(width).min(now);
                        self.put(index(at, width), *amount);
                    }
                }
            }
            Period::Calendar(unit, zone) => {
                let (from, _) = unit.around(now.unix_ms, &zone);
                if saved.at_ms >= from {
                    self.add(now, saved.amounts.iter().fold(0, |sum, (_, n)| sum.saturating_add(*n)));
                }
            }
            Period::Total => {
                self.add(now, saved.amounts.iter().fold(0, |sum, (_, n)| sum.saturating_add(*n)));
            }
        }
    }

    fn put(&mut self, slot: u64, amount: u64) {
        match self.slots.binary_search_by_key(&slot, |(s, _)| *s) {
            Ok(at) => self.slots[at].1 = self.slots[at].1.saturating_add(amount),
            Err(at) => self.slots.insert(at, (slot, amount)),
        }
        self.used = self.used.saturating_add(amount);
    }

    /// The slot of a moment; drops what no longer counts.
    fn slot(&mut self, now: Moment) -> u64 {
        match &self.period {
            Period::Total => 0,
            Period::Calendar(unit, zone) => {
                if now.unix_ms >= self.ends {
                    let (from, to) = unit.around(now.unix_ms, zone);
                    (self.begins, self.ends) = (from, to);
                    self.drop_before(from);
                    return from;
                }
                // A wall clock that is put back a little stays in the unit it was in. One that had been far ahead does
                // not, or the limit would be shut until that time comes; what counted goes on counting.
                if now.unix_ms < self.begins.saturating_sub(STEP_BACK_MS) {
                    let (from, to) = unit.around(now.unix_ms, zone);
                    (self.begins, self.ends) = (from, to);
                    self.slots.clear();
                    self.slots.push_back((from, self.used));
                    return from;
                }
                self.slots.back().map_or(self.begins, |(slot, _)| *slot)
            }
            Period::Rolling(span) => {
                if self.current.1.contains(&now.mono) {
                    return self.current.0;
                }
                let width = width(*span);
                let slot = index(time(now, width), width);
                self.current = (slot, begin(slot, width)..begin(slot.saturating_add(1), width));
                self.drop_before(slot.saturating_sub(u64::from(SLOTS)));
                slot
            }
        }
    }

    fn drop_before(&mut self, oldest: u64) {
        while let Some((slot, used)) = self.slots.front().copied() {
            if slot >= oldest {
                break;
            }
            self.slots.pop_front();
            self.used = self.used.saturating_sub(used);
        }
    }
}

/// The width of a slot; never zero.
pub(crate) fn width(span: Duration) -> Duration {
    (span / SLOTS).max(Duration::from_millis(1))
}

/// The time that slots of a rolling window are counted by. It runs ahead of the process's clock, so that there are slots for
/// what counts and is older than the process.
fn time(now: Moment, width: Duration) -> Duration {
    now.mono.saturating_add(ahead(width))
}

/// How far it runs ahead.
const fn ahead(width: Duration) -> Duration {
    width.saturating_mul(2 * SLOTS)
}

/// When a slot begins by the process's clock, or sooner where that cannot be told.
fn begin(slot: u64, width: Duration) -> Duration {
    start(slot, width).saturating_sub(ahead(width))
}

fn index(at: Duration, width: Duration) -> u64 {
    u64::try_from(at.as_nanos() / width.as_nanos()).unwrap_or(u64::MAX)
}

fn start(slot: u64, width: Duration) -> Duration {
    let nanos = u128::from(slot).saturating_mul(width.as_nanos());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// When a slot no longer counts: a whole span after its end.
fn expiry(slot: u64, width: Duration) -> Duration {
    start(slot.saturating_add(u64::from(SLOTS) + 1), width)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Unit;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The slot that is remembered is the one that would be found.
        #[test]
        fn a_slot_is_the_same_however_it_is_found(
            span_ms in prop_oneof![1..100_000_u64, any::<u64>()],
            moments in prop::collection::vec((0..200_000_000_000_u64, 0..3_u64), 1..60),
        ) {
            let span = Duration::from_millis(span_ms);
            let mut window = Window::new(Period::Rolling(span));
            let (mut mono, mut added) = (Duration::ZERO, Vec::new());
            for (step, amount) in moments {
                mono += Duration::from_nanos(step);
                let now = Moment { mono, unix_ms: 1 };
                let slot = window.add(now, amount);
                prop_assert_eq!(slot, index(time(now, width(span)), width(span)));
                added.push((slot, amount));
                let counts = added.iter().filter(|(of, _)| *of >= slot.saturating_sub(u64::from(SLOTS)));
                prop_assert_eq!(window.used(now), counts.map(|(_, amount)| amount).sum::<u64>());
            }
        }
    }

    #[test]
    fn a_clock_that_was_far_ahead_for_a_moment_shuts_no_limit_for_long() {
        const DAY: u64 = 86_400_000;
        const START: u64 = 20_000 * DAY;
        let at = |unix_ms| Moment { mono: Duration::from_secs(1), unix_ms };
        let mut window = Window::new(Period::utc(Unit::Day));
        // A step back over midnight, as time servers make it, is still the same day.
        window.add(at(START), 1);
        assert_eq!(window.used(at(START - 1000)), 1);
        assert_eq!(window.used(at(START)), 1, "and is not counted twice over");
        let ticket = window.add(at(START + 400 * DAY), 5);
        assert_eq!(window.used(at(START + 5000)), 5, "what was used while it was ahead counts on");
        window.change(ticket, 5, 2);
        let left = window.frees_in(at(START + 5000), 0).unwrap();
        assert_eq!(left, Duration::from_millis(DAY - 5000), "until the day of the right clock ends");
        assert_eq!(window.used(at(START + DAY)), 0);
    }

    #[test]
    fn what_is_older_than_the_process_counts_no_longer_for_that() {
        const HOUR: u64 = 3_600_000;
        let start = 20_000 * 24 * HOUR;
        let day = || Window::new(Period::Rolling(Duration::from_secs(24 * 3600)));
        let at = |mono_ms, unix_ms| Moment { mono: Duration::from_millis(mono_ms), unix_ms };
        let mut window = day();
        window.add(at(0, start), 7);
        // Restarted every five hours, each time with a clock that begins at zero.
        let mut counted = 0;
        for nth in 1..=9 {
            let saved = window.save(at(5 * HOUR, start + 5 * HOUR * nth));
            window = day();
            window.restore(&saved, at(10, start + 5 * HOUR * nth));
            counted = if window.used(at(20, start + 5 * HOUR * nth)) > 0 { nth } else { counted };
        }
        // A day, and a slot for each restart: 24 h and at most 9 × 24 min.
        assert!((4..=5).contains(&counted), "counted after {counted} restarts");
    }
}
