//! A limit over a window, and what a vendor says about it.

use std::time::Duration;

use crate::lease::{Lease, Source, Take};
use crate::{Moment, Period, Saved, Window, Word};

/// A limit on what may be used within a period.
#[derive(Debug, Clone)]
pub struct Meter {
    limit: u64,
    window: Window,
    told: Option<Told>,
    /// What this process may use, where several share the limit. Without it the limit is this process's own.
    lease: Option<Box<Lease>>,
    /// Whether nothing more is let through while the others cannot be reached.
    refuses_when_lost: bool,
    /// How often a vendor has spoken.
    words: u64,
}

/// A vendor's word holds no longer, whatever it says: a day and the hour by which some are longer. One that is wrong, or
/// misread, would close the account until the process ends; asking once a day what is left costs nothing.
const LONGEST_WORD: Duration = Duration::from_secs(25 * 3600);

/// So much of a calendar's unit, in thousandths, is kept to its end.
const KEPT: u64 = 5;

/// What a vendor said is left.
#[derive(Debug, Clone, Copy)]
struct Told {
    left: u64,
    at: Duration,
    heard: Duration,
    until: Duration,
    /// How much comes back evenly from `at` to `until`; otherwise all of it comes back at once at the end.
    grows: u64,
}

impl Told {
    /// As it is kept over a restart.
    fn keep(self, limit: u64, now: Moment) -> Word {
        let ago = |at: Duration| now.unix_ms.saturating_sub(millis(now.mono.saturating_sub(at)));
        Word {
            limit,
            left: self.left,
            grows: self.grows,
            at_ms: ago(self.at),
            heard_ms: ago(self.heard),
            until_ms: now.unix_ms.saturating_add(millis(self.until.saturating_sub(now.mono))),
        }
    }

    /// What an earlier process kept, if it still holds.
    fn taken_over(word: Word, now: Moment) -> Option<Self> {
        let ago = |at_ms| Duration::from_millis(now.unix_ms.saturating_sub(at_ms));
        let rest = Duration::from_millis(word.until_ms.saturating_sub(now.unix_ms)).min(LONGEST_WORD);
        if rest.is_zero() {
            return None;
        }
        let was = Self {
            left: word.left,
            at: Duration::ZERO,
            heard: Duration::ZERO,
            grows: word.grows,
            until: ago(word.at_ms) + rest,
        };
        // What has come back since is there; this process's clock may be younger than the word.
        let left = was.left_at(ago(word.at_ms)).min(word.left.saturating_add(word.grows));
        Some(Self {
            left,
            grows: word.grows.saturating_sub(left - word.left),
            at: now.mono,
            heard: now.mono.saturating_sub(ago(word.heard_ms)),
            until: now.mono.saturating_add(rest),
        })
    }

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
    source: Source,
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
    /// Whether the limit is shared by several processes and this one has too little of it at hand: more is being asked
    /// for, and the answer is a matter of milliseconds.
    pub asking: bool,
}

impl Full {
    const fn for_now(retry_in: Option<Duration>) -> Self {
        Self { retry_in, asking: false }
    }
}

/// How long a request that finds too little at hand is told to wait, if it does not wait for the answer.
const ASKING: Duration = Duration::from_millis(50);
/// When to try again while the shared counters are lost and the limit lets nothing through then.
const LOST: Duration = Duration::from_secs(1);

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
        Self {
            limit,
            window: Window::new(period),
            told: None,
            words: 0,
            lease: None,
            refuses_when_lost: false,
        }
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

    /// What is to be kept over a restart.
    pub fn save(&mut self, now: Moment) -> Saved {
        let limit = self.limit;
        Saved { word: self.told_now(now).map(|told| told.keep(limit, now)), ..self.window.save(now) }
    }

    /// Takes back what an earlier process kept.
    pub fn restore(&mut self, saved: &Saved, now: Moment) {
        self.window.restore(saved, now);
        self.told = saved.word.and_then(|word| Told::taken_over(word, now));
    }

    /// The window.
    pub const fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    /// What may still be reserved, as far as this process knows.
    pub fn left(&mut self, now: Moment) -> u64 {
        let own = self.limit.saturating_sub(self.window.used(now));
        let own = match self.lease.as_mut().and_then(|lease| lease.known_left(now)) {
            Some(shared) => own.min(shared),
            None => own,
        };
        match self.told_now(now) {
            Some(told) => own.min(told.left_at(now.mono)),
            None => own,
        }
    }

    /// Whether more is used of a calendar's unit than has passed of it: at this pace it will not last. A little is kept
    /// for whatever comes at its end.
    pub fn is_ahead(&mut self, now: Moment) -> bool {
        let Some(passed) = self.window.passed(now) else { return false };
        let (used, due) = (self.limit.saturating_sub(self.left(now)), passed.saturating_sub(KEPT));
        used > self.limit.saturating_mul(due) / 1000
    }

    /// Reserves an amount.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn reserve(&mut self, now: Moment, amount: u64) -> Result<Ticket, Full> {
        if amount > self.limit {
            return Err(Full::for_now(None));
        }
        if self.told_now(now).is_some_and(|told| told.left_at(now.mono) < amount) {
            return Err(Full::for_now(self.fits_in(now, amount)));
        }
        let source = if self.lease.is_some() { self.take(now, amount)? } else { Source::Own };
        if source == Source::Own && amount > self.limit.saturating_sub(self.window.used(now)) {
            return Err(Full::for_now(self.fits_in(now, amount)));
        }
        if let Some(told) = &mut self.told {
            told.spend(now.mono, amount);
        }
        Ok(Ticket { slot: self.window.add(now, amount), amount, source, words: self.words })
    }

    /// Takes an amount from the lease, or from this process's own share while the shared counters are lost.
    fn take(&mut self, now: Moment, amount: u64) -> Result<Source, Full> {
        let Some(lease) = &mut self.lease else { return Ok(Source::Own) };
        match lease.take(now, amount) {
            Take::Taken(source) => Ok(source),
            Take::Short => Err(Full { retry_in: Some(ASKING), asking: true }),
            Take::Dry(retry_in) => Err(Full::for_now(retry_in)),
            Take::Lost if self.refuses_when_lost => Err(Full::for_now(Some(LOST))),
            Take::Lost => {
                // At least one, or a limit smaller than the number of processes would let nothing through at all.
                let share = (self.limit / lease.nodes()).max(self.limit.min(1));
                let most = share.checked_sub(amount).ok_or(Full::for_now(Some(LOST)))?;
                match self.window.frees_in(now, most) {
                    Some(Duration::ZERO) => Ok(lease.owe(now, amount)),
                    wait => Err(Full::for_now(wait)),
                }
            }
        }
    }

    /// Replaces what was reserved by what was used. That may be more: what is already used cannot be refused.
    pub fn settle(&mut self, ticket: Ticket, used: u64) {
        self.window.change(ticket.slot, ticket.amount, used);
        // What the vendor has said since then counts this use already.
        if let Some(told) = self.told.as_mut().filter(|_| ticket.words == self.words) {
            told.left = told.left.saturating_add(ticket.amount).saturating_sub(used);
        }
        if let Some(lease) = &mut self.lease {
            lease.settle(ticket.source, ticket.amount, used);
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
            let resets_in = report.resets_in.unwrap_or(span).min(LONGEST_WORD);
            let until = now.mono.saturating_add(resets_in);
            let grows = if report.refills { self.limit.saturating_sub(left) } else { 0 };
            self.told = Some(Told { left, at: now.mono, heard: now.mono, until, grows });
            self.words += 1;
        }
    }

    /// How long until an amount fits, if nobody else takes it. `None` if it never will.
    pub fn fits_in(&mut self, now: Moment, amount: u64) -> Option<Duration> {
        let mut own = self.window.frees_in(now, self.limit.checked_sub(amount)?)?;
        if let Some(wait) = self.lease.as_ref().and_then(|lease| lease.dry_for(now))
            && self.lease.as_mut().is_some_and(|lease| lease.left(now) < amount)
        {
            own = own.max(wait?);
        }
        let told = match self.told_now(now) {
            Some(told) if told.left_at(now.mono) < amount => told.has_at(amount).saturating_sub(now.mono),
            _ => Duration::ZERO,
        };
        Some(own.max(told))
    }

    /// Whether nothing more is let through while the counters that it shares with other processes cannot be reached.
    pub(crate) const fn refuse_when_lost(&mut self, refuse: bool) {
        self.refuses_when_lost = refuse;
    }

    /// The lease, where several processes share the limit.
    pub(crate) fn lease(&mut self) -> Option<&mut Lease> {
        self.lease.as_deref_mut()
    }

    /// From now on several processes share the limit.
    pub(crate) fn share(&mut self, lease: Lease) {
        self.lease = Some(Box::new(lease));
    }

    fn told_now(&mut self, now: Moment) -> Option<Told> {
        self.told = self.told.filter(|told| now.mono < told.until);
        self.told
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
