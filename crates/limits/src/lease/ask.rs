//! Questions to the shared side and its answers: plain numbers, so that a script can do what [`crate::Tally`] does.

use std::time::Duration;

/// A question about one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// About a rolling window.
    Slots(SlotsAsk),
    /// About a calendar window, a total or places of requests under way.
    Held(HeldAsk),
}

impl Ask {
    /// What it asks for and cannot do without.
    #[must_use]
    pub const fn need(&self) -> u64 {
        match self {
            Self::Slots(ask) => ask.need,
            Self::Held(ask) => ask.need,
        }
    }

    /// The same question without asking for anything: only what must be told is told.
    #[must_use]
    pub fn telling_only(mut self) -> Self {
        match &mut self {
            Self::Slots(ask) => (ask.need, ask.like) = (0, 0),
            Self::Held(ask) => (ask.need, ask.like) = (0, 0),
        }
        self
    }
}

/// A question about a rolling window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotsAsk {
    /// The limit.
    pub limit: u64,
    /// The width of a slot. A window is sixty of them.
    pub width: Duration,
    /// How long the grant will be used: it is charged to the slot of that moment.
    pub valid: Duration,
    /// What is needed: given if there is so much.
    pub need: u64,
    /// What would be liked beyond: given from this process's share of what is left then.
    pub like: u64,
    /// What was used without a grant. It is charged whatever the limit says.
    pub charge: u64,
    /// Slots to which too much was charged, and how much.
    pub returns: Vec<(u64, u64)>,
}

/// A question about a window without slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldAsk {
    /// The limit.
    pub limit: u64,
    /// When the window begins and ends, in Unix milliseconds of the server; `None` if it never ends.
    pub window: (u64, Option<u64>),
    /// What this process has used or may use without asking. It is charged whatever the limit says: it was granted
    /// before, or used while the counters were lost.
    pub keep: u64,
    /// What is needed beyond: given if there is so much.
    pub need: u64,
    /// What would be liked beyond that: given from this process's share of what is left then.
    pub like: u64,
    /// Rises with each question, so that one that arrives late changes nothing.
    pub number: u64,
    /// How long the answer counts if nothing more is heard of this process; `None`: until the window ends.
    pub lasting: Option<Duration>,
}

/// What the shared side answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// To [`Ask::Slots`].
    Slots(SlotsAnswer),
    /// To [`Ask::Held`].
    Held(HeldAnswer),
    /// The window of the question is over.
    Over,
}

/// What is granted of a rolling window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotsAnswer {
    /// How much may be used.
    pub given: u64,
    /// The slot it was charged to.
    pub slot: u64,
    /// What nobody has.
    pub left: u64,
    /// When what was needed and not given would be there; `None` if never.
    pub frees_in: Option<Duration>,
}

/// What is granted of a window without slots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldAnswer {
    /// What this process may have used in all.
    pub held: u64,
    /// What nobody has. Negative: more is held than the limit allows, since it was lowered or the counters were lost.
    pub left: i64,
    /// How long until the window ends.
    pub ends_in: Option<Duration>,
    /// When what was needed and not given would be there; `None` if never by itself.
    pub frees_in: Option<Duration>,
}
