//! Limits that many requests share, reserved together or not at all.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::bell::Listening;
use crate::lease::{Answer, Ask};
use crate::{Full, Meter, Moment, Report, Ticket};

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// Requests.
    Requests,
    /// Tokens, prompt and answer.
    Tokens,
    /// Money, in nano-dollars.
    Money,
    /// Requests under way. What is reserved is given back when the request ends.
    Concurrent,
}

impl Measure {
    /// The name in configuration and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Money => "money",
            Self::Concurrent => "concurrent requests",
        }
    }
}

/// A limit that many requests share.
pub struct Cell {
    /// Whose limit it is, for messages: `key ci`, `team search`, `provider groq`.
    pub owner: String,
    /// What it counts.
    pub measure: Measure,
    meter: Mutex<Meter>,
    changed: AtomicBool,
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("owner", &self.owner)
            .field("measure", &self.measure)
            .finish_non_exhaustive()
    }
}

/// What a client may know of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The limit.
    pub limit: u64,
    /// What is left of it.
    pub left: u64,
    /// When all of it is there again; `None` if that never happens by itself.
    pub resets_in: Option<Duration>,
}

impl Cell {
    /// A limit.
    #[must_use]
    pub fn new(owner: impl Into<String>, measure: Measure, meter: Meter) -> Self {
        Self { owner: owner.into(), measure, meter: Mutex::new(meter), changed: AtomicBool::new(false) }
    }

    /// What is left of it.
    #[must_use]
    pub fn view(&self, now: Moment) -> View {
        self.with(|meter| View {
            limit: meter.limit(),
            left: meter.left(now),
            resets_in: meter.fits_in(now, meter.limit()),
        })
    }

    /// Whether its count changed since it was asked last.
    pub fn take_changed(&self) -> bool {
        self.changed.swap(false, Ordering::Relaxed)
    }

    /// Lets nothing more through while the counters that it shares with other processes cannot be reached. Otherwise
    /// this process goes on with its own share then.
    pub fn refuse_when_lost(&self, refuse: bool) {
        self.with(|meter| meter.refuse_when_lost(refuse));
    }

    /// What to ask of the counters that it shares with other processes, if anything.
    pub fn plan(&self, now: Moment) -> Option<Ask> {
        self.with(|meter| {
            let limit = meter.limit();
            meter.lease()?.plan(now, limit)
        })
    }

    /// Hears what the vendor says of this limit.
    pub fn told(&self, now: Moment, report: Report) {
        self.with(|meter| meter.hear(now, report));
        self.changed.store(true, Ordering::Relaxed);
    }

    /// Hears the answer to what was asked at `sent`.
    pub fn hear(&self, sent: Moment, now: Moment, ask: &Ask, answer: &Answer) {
        self.leased(|lease| lease.hear(sent, now, ask, answer));
    }

    /// There is no answer to what was asked.
    pub fn unanswered(&self, ask: &Ask) {
        self.leased(|lease| lease.failed(ask));
    }

    /// Hears an answer that came from counters which had lost what they knew: what it grants goes back.
    pub fn decline(&self, answer: &Answer) {
        self.leased(|lease| lease.decline(answer));
    }

    /// The shared counters lost what they knew.
    pub fn begin_anew(&self, now: Moment) {
        self.with(|meter| {
            let used = meter.window().used(now);
            if let Some(lease) = meter.lease() {
                lease.begin_anew(now, used);
            }
        });
    }

    /// Puts aside what is leased and not used: the next question gives it back.
    pub fn end_lease(&self, now: Moment) {
        self.leased(|lease| lease.end(now));
    }

    /// Whether it may have something to ask later, although it does not call.
    pub fn is_leasing(&self, now: Moment) -> bool {
        self.with(|meter| meter.lease().is_some_and(|lease| lease.is_active(now)))
    }

    fn leased(&self, change: impl FnOnce(&mut crate::lease::Lease)) {
        self.with(|meter| {
            if let Some(lease) = meter.lease() {
                change(lease);
            }
        });
    }

    /// Reads or changes the meter. The lock is held for the call alone.
    pub fn with<T>(&self, change: impl FnOnce(&mut Meter) -> T) -> T {
        // A meter's arithmetic cannot panic half-way; one that somebody panicked beside is as good as before.
        change(&mut self.meter.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a request was not admitted.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The limit that is full.
    pub cell: Arc<Cell>,
    /// How long until it would fit. `None`: it never will.
    pub retry_in: Option<Duration>,
    /// The limit is shared by several processes and this one has too little of it at hand. Ends when the answer of the
    /// others is there, a matter of milliseconds: wait for it (with a bound, see [`LEASE_WAIT`]) and reserve again.
    pub lease: Option<Listening>,
}

/// How long admission waits for a lease before it refuses.
pub const LEASE_WAIT: Duration = Duration::from_millis(50);

/// What a request holds of its limits. Dropping it gives everything back.
#[derive(Debug, Default)]
pub struct Held {
    parts: Vec<(Arc<Cell>, Ticket)>,
}

impl Held {
    /// Adds what another reservation holds.
    pub fn join(&mut self, mut other: Self) {
        if self.parts.is_empty() {
            std::mem::swap(&mut self.parts, &mut other.parts);
        } else {
            self.parts.append(&mut other.parts);
        }
    }

    /// Counts what was used so far beside what is reserved, at the moment at which it was: what goes on for long would be
    /// counted too late otherwise, and in a window that is over. Gives what nothing is left of.
    pub fn book(&self, now: Moment, used: impl Fn(Measure) -> u64) -> Option<Measure> {
        let mut spent = None;
        for (cell, ticket) in &self.parts {
            let amount = used(cell.measure);
            if amount == 0 {
                continue;
            }
            let left = cell.with(|meter| {
                match meter.reserve(now, 0) {
                    Ok(ticket) => meter.settle(ticket, amount),
                    // It was used all the same.
                    Err(_) => meter.settle(*ticket, ticket.amount().saturating_add(amount)),
                }
                meter.left(now)
            });
            cell.changed.store(true, Ordering::Relaxed);
            if left == 0 {
                spent.get_or_insert(cell.measure);
            }
        }
        spent
    }

    /// Replaces what was reserved by what was used. Places of requests under way are given back; a measure of which
    /// nothing is known keeps what was reserved for it.
    pub fn settle(mut self, used: impl Fn(Measure) -> Option<u64>) {
        for (cell, ticket) in std::mem::take(&mut self.parts) {
            let used = match cell.measure {
                Measure::Concurrent => 0,
                measure => used(measure).unwrap_or(ticket.amount()),
            };
            cell.with(|meter| meter.settle(ticket, used));
            cell.changed.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Most are dropped when there is nothing left in them.
        if self.parts.is_empty() {
            return;
        }
        for (cell, ticket) in self.parts.drain(..) {
            cell.with(|meter| meter.refund(ticket));
            cell.changed.store(true, Ordering::Relaxed);
        }
    }
}

/// Reserves an amount of each limit, or nothing of any.
///
/// # Errors
/// The first limit that is full.
pub fn reserve_all<'c>(
    wanted: impl IntoIterator<Item = (&'c Arc<Cell>, u64)>,
    now: Moment,
) -> Result<Held, Refusal> {
    let mut held = Held::default();
    for (cell, amount) in wanted {
        let reserved = cell.with(|meter| {
            meter.reserve(now, amount).map_err(|full| {
                // Listened to under the same lock: the answer cannot come in between.
                let lease = if full.asking { meter.lease().map(|lease| lease.answer()) } else { None };
                (full, lease)
            })
        });
        match reserved {
            Ok(ticket) => {
                cell.changed.store(true, Ordering::Relaxed);
                held.parts.push((Arc::clone(cell), ticket));
            }
            // What is held so far goes back when it is dropped.
            Err((Full { retry_in, .. }, lease)) => {
                return Err(Refusal { cell: Arc::clone(cell), retry_in, lease });
            }
        }
    }
    Ok(held)
}
