//! A limit over a window, and what a vendor says about it.

use std::time::Duration;

use crate::{Moment, Period, Window};

/// A limit on what may be used within a period.
#[derive(Debug, Clone)]
pub struct Meter {
    limit: u64,
    window: Window,
    told: Option<Told>,
}

/// What a vendor said is left.
#[derive(Debug, Clone, Copy)]
struct Told {
    left: u64,
    until: Duration,
}

/// What was reserved. Must be settled or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a reservation that is not settled counts until its window ends"]
pub struct Ticket {
    slot: u64,
    amount: u64,
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
}

impl Meter {
    /// A limit of which nothing is used.
    #[must_use]
    pub const fn new(limit: u64, period: Period) -> Self {
        Self { limit, window: Window::new(period), told: None }
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
            Some(told) => own.min(told.left),
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
            told.left = told.left.saturating_sub(amount);
        }
        Ok(Ticket { slot: self.window.add(now, amount), amount })
    }

    /// Replaces what was reserved by what was used. That may be more: what is already used cannot be refused.
    pub fn settle(&mut self, ticket: Ticket, used: u64) {
        self.window.change(ticket.slot, ticket.amount, used);
        if let Some(told) = &mut self.told {
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
            self.told = Some(Told { left, until });
        }
    }

    /// How long until an amount fits, if nobody else takes it. `None` if it never will.
    pub fn fits_in(&mut self, now: Moment, amount: u64) -> Option<Duration> {
        let own = self.window.frees_in(now, self.limit.checked_sub(amount)?)?;
        let told = match self.told_now(now) {
            Some(told) if told.left < amount => told.until.saturating_sub(now.mono),
            _ => Duration::ZERO,
        };
        Some(own.max(told))
    }

    fn told_now(&mut self, now: Moment) -> Option<Told> {
        self.told = self.told.filter(|told| now.mono < told.until);
        self.told
    }
}
