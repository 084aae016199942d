//! A limit over a window, and what a vendor says about it.

use std::time::Duration;

use crate::{Moment, Period, Window};

/// A limit on what may be used within a period.
#[derive(Debug, Clone)]
pub struct Meter {
    limit: u64,
    window: Window,
    told: Option<Told>,
    /// How often a vendor has spoken.
    words: u64,
}

/// What a vendor said is left.
#[derive(Debug, Clone, Copy)]
struct Told {
    left: u64,
    at: Duration,
    until: Duration,
    /// How much comes back evenly from `at` to `until`; otherwise all of it comes back at once at the end.
    grows: u64,
}

impl Told {
    fn left_at(&self, now: Duration) -> u64 {
        let (passed, span) =
            (now.saturating_sub(self.at).as_nanos(), (self.until - self.at).as_nanos().max(1));
        let grown = u128::from(self.grows).saturating_mul(passed) / span;
        self.left.saturating_add(u64::try_from(grown).unwrap_or(u64::MAX))
    }

    /// Takes an amount that is there.
    fn spend(&mut self, now: Duration, amount: u64) {
        if self.grows > 0 && now < self.until {
            let left = self.left_at(now);
            self.grows = self.grows.saturating_sub(left.saturating_sub(self.left));
            (self.left, self.at) = (left, now.max(self.at));
        }
        self.left = self.left.saturating_sub(amount);
    }

    /// When so much is left, if nobody takes it.
    fn has_at(&self, amount: u64) -> Duration {
        let lacks = amount.saturating_sub(self.left);
        if lacks > self.grows {
            return self.until;
        }
        let span = (self.until - self.at).as_nanos();
        let nanos = u128::from(lacks).saturating_mul(span).div_ceil(u128::from(self.grows.max(1)));
        self.at.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// What was reserved. Must be settled or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a reservation that is not settled counts until its window ends"]
pub struct Ticket {
    slot: u64,
    amount: u64,
    /// The vendor's words that had been heard when it was made.
    words: u64,
}

impl Ticket {
    /// How much was reserved.
    #[must_use]
    pub const fn amount(&self) -> u64 {
        self.amount
    }
}

/// Why nothing was reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// How long until it would fit, if nobody else takes it. `None`: it never will.
    pub retry_in: Option<Duration>,
}

/// What a vendor's answer says about one of its limits. Fields it does not tell are `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// The limit.
    pub limit: Option<u64>,
    /// What is left of it.
    pub remaining: Option<u64>,
    /// When all of it is there again.
    pub resets_in: Option<Duration>,
    /// Whether it comes back evenly until then, and not all at once.
    pub refills: bool,
}

impl Meter {
    /// A limit of which nothing is used.
    #[must_use]
    pub const fn new(limit: u64, period: Period) -> Self {
        Self { limit, window: Window::new(period), told: None, words: 0 }
    }

    /// The limit.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Another limit over the same use.
    pub const fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// The window, to be saved and restored.
    pub const fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    /// What may still be reserved.
    pub fn left(&mut self, now: Moment) -> u64 {
        let own = self.limit.saturating_sub(self.window.used(now));
        match self.told_now(now) {
            Some(told) => own.min(told.left_at(now.mono)),
            None => own,
        }
    }

    /// Reserves an amount.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn reserve(&mut self, now: Moment, amount: u64) -> Result<Ticket, Full> {
        if amount > self.left(now) {
            return Err(Full { retry_in: self.fits_in(now, amount) });
        }
        if let Some(told) = &mut self.told {
            told.spend(now.mono, amount);
        }
        Ok(Ticket { slot: self.window.add(now, amount), amount, words: self.words })
    }

    /// Replaces what was reserved by what was used. That may be more: what is already used cannot be refused.
    pub fn settle(&mut self, ticket: Ticket, used: u64) {
        self.window.change(ticket.slot, ticket.amount, used);
        // What the vendor has said since then counts this use already.
        if let Some(told) = self.told.as_mut().filter(|_| ticket.words == self.words) {
            told.left = told.left.saturating_add(ticket.amount).saturating_sub(used);
        }
    }

    /// Gives back what was reserved for nothing.
    pub fn refund(&mut self, ticket: Ticket) {
        self.settle(ticket, 0);
    }

    /// Hears what the vendor says of this limit. Its word about what is left holds until it resets: others may use the
    /// same account, and it may count otherwise than we do.
    pub fn hear(&mut self, now: Moment, report: Report) {
        if let Some(limit) = report.limit {
            self.limit = limit;
        }
        if let Some(left) = report.remaining {
            let span = match self.window.period() {
                Period::Rolling(span) => *span,
                // Longer than any daily reset that a vendor leaves unsaid would be a guess.
                Period::Calendar(..) | Period::Total => Duration::from_secs(60),
            };
            let until = now.mono.saturating_add(report.resets_in.unwrap_or(span));
            let grows = if report.refills { self.limit.saturating_sub(left) } else { 0 };
            self.told = Some(Told { left, at: now.mono, until, grows });
            self.words += 1;
        }
    }

    /// How long until an amount fits, if nobody else takes it. `None` if it never will.
    pub fn fits_in(&mut self, now: Moment, amount: u64) -> Option<Duration> {
        let own = self.window.frees_in(now, self.limit.checked_sub(amount)?)?;
        let told = match self.told_now(now) {
            Some(told) if told.left_at(now.mono) < amount => told.has_at(amount).saturating_sub(now.mono),
            _ => Duration::ZERO,
        };
        Some(own.max(told))
    }

    fn told_now(&mut self, now: Moment) -> Option<Told> {
        self.told = self.told.filter(|told| now.mono < told.until);
        self.told
    }
}
