//! The lease of a window without slots: one number of this process, told whole each time.
//!
//! The process says what it keeps (used, or granted before), the shared side says what it holds then. Nothing is ever
//! given up on the shared side before it is put aside here, so the sum of what is kept never exceeds what is held.

use std::time::Duration;

use super::demand::Wish;
use super::{HeldAnswer, HeldAsk, Source};
use crate::share::Share;
use crate::{Moment, Period};

/// How long places of requests under way count when nothing more is heard of their process.
const LASTING: Duration = Duration::from_secs(10);
/// How much sooner the process stops using them: clocks do not run alike, and it may be late.
const MARGIN: Duration = Duration::from_secs(1);

/// What a process holds of a window without slots.
#[derive(Debug, Clone)]
pub(super) struct Held {
    period: Period,
    /// Whether it counts requests under way, which end with their process.
    places: bool,
    /// When the window began, in the server's Unix milliseconds.
    window: u64,
    /// When it ends, by the server's clock and by ours.
    ends: Option<(u64, Duration)>,
    known: bool,
    /// What may be used in all.
    held: u64,
    /// Until when, if nothing more is heard of the shared side.
    until: Option<Duration>,
    /// What is used or reserved.
    own: u64,
    /// What the shared side was told last.
    kept: u64,
    number: u64,
}

impl Held {
    pub(super) const fn of(period: Period) -> Self {
        Self {
            period,
            places: false,
            window: 0,
            ends: None,
            known: false,
            held: 0,
            until: None,
            own: 0,
            kept: 0,
            number: 0,
        }
    }

    pub(super) fn of_places() -> Self {
        let mut held = Self::of(Period::Total);
        held.places = true;
        held
    }

    /// Goes over into the window that is now by the server's clock. A window that is over is never gone back to.
    fn roll(&mut self, now: Moment, share: &Share) {
        let Period::Calendar(unit, zone) = &self.period else { return };
        if self.known && self.ends.is_none_or(|(_, mono)| now.mono < mono) {
            return;
        }
        let server = share.server_ms(now);
        let (from, to) = unit.around(server, zone);
        let rest = Duration::from_millis(to.saturating_sub(server));
        if self.known && from <= self.window {
            // Our clock ran ahead of the server's: the window is not over yet there.
            self.ends = Some((to, now.mono.saturating_add(rest)));
            return;
        }
        *self = Self {
            window: from,
            ends: Some((to, now.mono.saturating_add(rest))),
            known: true,
            number: self.number,
            ..Self::of(self.period.clone())
        };
    }

    pub(super) fn left(&mut self, now: Moment, share: &Share) -> u64 {
        self.roll(now, share);
        if self.until.is_some_and(|until| until <= now.mono) {
            return 0;
        }
        self.held.saturating_sub(self.own)
    }

    pub(super) fn take(&mut self, now: Moment, amount: u64, share: &Share) -> Option<Source> {
        if amount > self.left(now, share) {
            return None;
        }
        self.own = self.own.saturating_add(amount);
        Some(Source::Window(self.window))
    }

    pub(super) fn owe(&mut self, now: Moment, amount: u64, share: &Share) -> Source {
        self.roll(now, share);
        self.own = self.own.saturating_add(amount);
        Source::Window(self.window)
    }

    pub(super) fn settle(&mut self, source: Source, taken: u64, used: u64) {
        // What was taken before the processes shared anything is in no book.
        if source == Source::Window(self.window) {
            self.own = self.own.saturating_sub(taken).saturating_add(used);
        }
    }

    pub(super) const fn give_all(&mut self) {
        if self.held > self.own {
            self.held = self.own;
        }
    }

    pub(super) fn plan(&mut self, now: Moment, limit: u64, wish: Wish, share: &Share) -> Option<HeldAsk> {
        self.roll(now, share);
        if self.until.is_some_and(|until| until <= now.mono) {
            // Others may have been given what was not used.
            self.give_all();
        }
        // Places come back by themselves: many a second are not many at once.
        let ready = if self.places { wish.ready.min(self.own.max(1)) } else { wish.ready };
        let free = self.held.saturating_sub(self.own);
        if free > ready.saturating_mul(if wish.scarce { 1 } else { 2 }) {
            self.held = self.own.saturating_add(ready);
        }
        let keep = self.held.max(self.own);
        let free = keep - self.own;
        let need = wish.missed.saturating_sub(free);
        // Who keeps more than is used hears from time to time whether others lack it.
        let idle = wish.stale && free > 0;
        let like = if need > 0 || free < ready.div_ceil(2) { ready.saturating_sub(free) } else { 0 };
        let aging = self.until.is_some_and(|until| until.saturating_sub(now.mono) < LASTING / 2);
        let worth = self.places && (aging || self.until.is_none()) && keep > 0;
        if need == 0 && like == 0 && keep == self.kept && !worth && !idle {
            return None;
        }
        self.number += 1;
        self.kept = keep;
        let window = (self.window, self.ends.map(|(to, _)| to));
        let lasting = self.places.then_some(LASTING);
        Some(HeldAsk { limit, window, keep, need, like, number: self.number, lasting })
    }

    pub(super) fn is_due(&self) -> bool {
        self.held.max(self.own) != self.kept || (self.places && self.kept > 0)
    }

    /// Takes what was granted; says how much more that is. An answer about a window that is over grants nothing.
    pub(super) fn granted(&mut self, sent: Duration, ask: &HeldAsk, answer: &HeldAnswer) -> u64 {
        if ask.window.0 != self.window {
            return 0;
        }
        self.held = answer.held;
        self.kept = answer.held;
        if answer.left < 0 {
            // More is held than there is: what is not used is given up at once.
            self.give_all();
        }
        self.until = self.places.then(|| sent.saturating_add(LASTING).saturating_sub(MARGIN));
        if let (Some((_, mono)), Some(rest)) = (&mut self.ends, answer.ends_in) {
            *mono = sent.saturating_add(rest);
        }
        answer.held.saturating_sub(ask.keep)
    }

    /// By the server's clock the window is over.
    pub(super) fn over(&mut self, now: Duration) {
        if let Some((_, mono)) = &mut self.ends {
            *mono = (*mono).min(now);
        }
        self.forget_told();
    }

    /// What the shared side knows is not known: it is told again.
    pub(super) const fn forget_told(&mut self) {
        self.kept = u64::MAX;
    }

    pub(super) fn begin_anew(&mut self, now: Moment, used: u64, share: &Share) {
        self.roll(now, share);
        self.own = self.own.max(used);
        self.kept = 0;
    }
}
