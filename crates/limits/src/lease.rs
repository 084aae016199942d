//! Leases: what this process may use of a limit that several processes share, so that admission asks nobody.
//!
//! The shared side charges a lease *before* it is used, at the latest moment at which it may be used, and what is not
//! used is given back. So the sum of what all processes may admit never exceeds the limit, whatever is lost on the way:
//! a process that dies leaves its lease charged until the window passes, an answer that does not arrive was charged for
//! nothing. Everything that is not certain is decided against admission.
//!
//! There are two books. Rolling windows keep [`slots`]: grants that are valid for a moment. Calendar windows, totals
//! and places of requests under way keep what is [`held`]: one number a process, told whole each time, so that telling
//! it twice changes nothing.

mod ask;
mod demand;
mod held;
mod slots;

use std::sync::{Arc, Weak};
use std::time::Duration;

pub use ask::{Answer, Ask, HeldAnswer, HeldAsk, SlotsAnswer, SlotsAsk};
use demand::Demand;
use held::Held;
use slots::Slots;

use crate::bell::{Bell, Listening};
use crate::share::Share;
use crate::{Cell, Measure, Moment, Period};

/// How long nobody asks again after the shared side had nothing left. Others may give something back meanwhile.
const DRY: Duration = Duration::from_millis(200);
/// How long what was told of the shared window is believed.
const BELIEVED: Duration = Duration::from_secs(2);

/// How often somebody who has more than is used hears whether others lack it.
const STALE: Duration = Duration::from_secs(1);

/// What this process may use of a shared limit.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    share: Arc<Share>,
    cell: Weak<Cell>,
    answered: Arc<Bell>,
    queued: bool,
    book: Book,
    demand: Demand,
    told: Option<Told>,
}

#[derive(Debug, Clone)]
enum Book {
    Slots(Slots),
    Held(Held),
}

/// What the shared side said last.
#[derive(Debug, Clone, Copy)]
struct Told {
    at: Duration,
    /// What was left there.
    left: u64,
    /// Whether that was less than what was needed, and when that would be there.
    dry: Option<Option<Duration>>,
}

/// Where an amount was taken from, so that it can go back there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Not from a lease.
    Own,
    /// From grants, the oldest of which was charged to this slot, in this world of the server's.
    Slot { slot: u64, world: u32 },
    /// From nobody: the counters were lost. It is charged when they are back, with this round of debts.
    Owed { round: u32 },
    /// From what is held in the window that began then.
    Window(u64),
}

/// What a lease says to a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    /// It is taken.
    Taken(Source),
    /// The lease has too little, the shared side may have more and is asked.
    Short,
    /// The shared side has too little; it may have enough so much later, or never by itself.
    Dry(Option<Duration>),
    /// The lease has too little and the shared side cannot be reached.
    Lost,
}

impl Lease {
    /// A lease of nothing.
    pub(crate) fn new(share: Arc<Share>, cell: Weak<Cell>, measure: Measure, period: &Period) -> Self {
        let book = match (measure, period) {
            (Measure::Concurrent, _) => Book::Held(Held::of_places()),
            (_, Period::Rolling(span)) => Book::Slots(Slots::new(*span)),
            (_, Period::Calendar(..) | Period::Total) => Book::Held(Held::of(period.clone())),
        };
        Self {
            share,
            cell,
            answered: Arc::default(),
            queued: false,
            book,
            demand: Demand::default(),
            told: None,
        }
    }

    /// How many processes share the counters.
    pub(crate) fn nodes(&self) -> u64 {
        self.share.nodes()
    }

    /// The next answer of the shared side.
    pub(crate) fn answer(&self) -> Listening {
        self.answered.listen()
    }

    /// What may be taken without asking.
    pub(crate) fn left(&mut self, now: Moment) -> u64 {
        match &mut self.book {
            Book::Slots(slots) => slots.left(now.mono),
            Book::Held(held) => held.left(now, &self.share),
        }
    }

    /// What may be left in all, as far as is known: the lease and what the shared side had last. `None` if it said
    /// nothing of late.
    pub(crate) fn known_left(&mut self, now: Moment) -> Option<u64> {
        let told = self.told?;
        let until = match told.dry {
            Some(Some(enough_at)) => enough_at,
            _ => told.at.saturating_add(BELIEVED),
        };
        (now.mono < until).then(|| self.left(now).saturating_add(told.left))
    }

    /// How long until the shared side may have enough, if it had too little of late.
    pub(crate) fn dry_for(&self, now: Moment) -> Option<Option<Duration>> {
        let enough_at = self.told?.dry?;
        Some(enough_at.map(|at| at.saturating_sub(now.mono)))
    }

    /// Takes an amount.
    pub(crate) fn take(&mut self, now: Moment, amount: u64) -> Take {
        let taken = match &mut self.book {
            Book::Slots(slots) => slots.take(now.mono, amount),
            Book::Held(held) => held.take(now, amount, &self.share),
        };
        if let Some(source) = taken {
            self.demand.took(now.mono, amount);
            return Take::Taken(source);
        }
        if self.share.is_lost() {
            return Take::Lost;
        }
        self.demand.missed(now.mono, amount);
        if let Some(Told { at, left, dry: Some(enough_at) }) = self.told
            && now.mono < at.saturating_add(DRY)
            && amount > self.left(now).saturating_add(left)
        {
            return Take::Dry(enough_at.map(|at| at.saturating_sub(now.mono)));
        }
        self.want();
        self.share.hurry();
        Take::Short
    }

    /// Takes an amount that nobody granted: the counters are lost. It is charged when they are back.
    pub(crate) fn owe(&mut self, now: Moment, amount: u64) -> Source {
        self.want();
        self.demand.took(now.mono, amount);
        match &mut self.book {
            Book::Slots(slots) => slots.owe(amount),
            Book::Held(held) => held.owe(now, amount, &self.share),
        }
    }

    /// Replaces what was taken by what was used.
    pub(crate) fn settle(&mut self, source: Source, taken: u64, used: u64) {
        if taken == used {
            return;
        }
        match &mut self.book {
            Book::Slots(slots) => slots.settle(source, taken, used),
            Book::Held(held) => held.settle(source, taken, used),
        }
        self.want();
    }

    /// What to ask of the shared side now, if anything. Whatever might be given away is put aside first, so that
    /// nobody takes it while the question is under way.
    pub(crate) fn plan(&mut self, now: Moment, limit: u64) -> Option<Ask> {
        self.queued = false;
        self.demand.tick(now.mono, self.interval());
        let short_there = self.told.is_some_and(|told| told.left == 0);
        let mut wish = self.demand.wish(now.mono, short_there);
        wish.scarce = short_there;
        wish.stale = self.told.is_none_or(|told| now.mono >= told.at.saturating_add(STALE));
        let ask = match &mut self.book {
            Book::Slots(slots) => slots.plan(now.mono, limit, wish).map(Ask::Slots),
            Book::Held(held) => held.plan(now, limit, wish, &self.share).map(Ask::Held),
        };
        if ask.is_some() {
            self.demand.asked();
        }
        ask
    }

    /// Whether there may be something to plan later although nobody calls.
    pub(crate) fn is_active(&mut self, now: Moment) -> bool {
        self.demand.is_warm(now.mono) || self.left(now) > 0 || self.is_due()
    }

    fn is_due(&self) -> bool {
        match &self.book {
            Book::Slots(slots) => slots.is_due(),
            Book::Held(held) => held.is_due(),
        }
    }

    /// Hears the answer to a question that was sent at `sent`.
    pub(crate) fn hear(&mut self, sent: Moment, now: Moment, ask: &Ask, answer: &Answer) {
        let need = ask.need();
        let (given, left, frees_in) = match (&mut self.book, ask, answer) {
            (Book::Slots(slots), _, Answer::Slots(answer)) => {
                slots.granted(sent.mono, answer);
                (answer.given, answer.left, answer.frees_in)
            }
            (Book::Held(held), Ask::Held(ask), Answer::Held(answer)) => {
                let given = held.granted(sent.mono, ask, answer);
                (given, u64::try_from(answer.left).unwrap_or(0), answer.frees_in)
            }
            (book, ..) => {
                if let Book::Held(held) = book {
                    held.over(now.mono);
                }
                self.want();
                self.share.hurry();
                self.answered.ring();
                return;
            }
        };
        let dry = (given < need).then(|| frees_in.map(|wait| now.mono.saturating_add(wait)));
        self.told = Some(Told { at: now.mono, left, dry });
        self.answered.ring();
    }

    /// The question may or may not have arrived: nothing is known of what became of it.
    pub(crate) fn failed(&mut self, ask: &Ask) {
        match (&mut self.book, ask) {
            (Book::Slots(slots), Ask::Slots(ask)) => slots.failed(ask),
            (Book::Held(held), _) => held.forget_told(),
            (Book::Slots(_), Ask::Held(_)) => {}
        }
        self.want();
        self.answered.ring();
    }

    /// The shared side lost what it knew: all that this process used is charged again, no old grant counts.
    pub(crate) fn begin_anew(&mut self, now: Moment, used: u64) {
        match &mut self.book {
            Book::Slots(slots) => slots.begin_anew(used),
            Book::Held(held) => held.begin_anew(now, used, &self.share),
        }
        self.told = None;
        self.want();
        self.answered.ring();
    }

    /// Gives back what was granted by a shared side that has lost what it knew since the question was thought of.
    pub(crate) fn decline(&mut self, answer: &Answer) {
        if let (Book::Slots(slots), Answer::Slots(answer)) = (&mut self.book, answer) {
            slots.give_back(answer.slot, answer.given);
            self.want();
        }
    }

    /// Puts aside all that is not used, to be given back at the end of the process.
    pub(crate) fn end(&mut self, now: Moment) {
        match &mut self.book {
            Book::Slots(slots) => slots.give_all(),
            Book::Held(held) => held.give_all(),
        }
        self.demand = Demand::default();
        self.demand.tick(now.mono, self.interval());
    }

    const fn interval(&self) -> Duration {
        match &self.book {
            Book::Slots(slots) => slots.valid(),
            Book::Held(_) => Duration::from_secs(1),
        }
    }

    fn want(&mut self) {
        if !self.queued {
            self.queued = true;
            self.share.want(Weak::clone(&self.cell));
        }
    }
}
