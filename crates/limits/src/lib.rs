//! Limits: how much of something may be used in a window of time, and what is left of it.
//!
//! Everything is *reserved* before it is used and *settled* with what was really used; what was reserved for nothing is
//! given back. Admission of clients, quotas of providers and budgets in money are the same arithmetic over different
//! measures.
//!
//! **Invariants:** pure: time comes in as a [`Moment`]. What is admitted never exceeds the limit: a window counts an
//! amount for at least its whole span. An amount belongs to the window in which it was reserved.

//!
//! Limits that several processes share are leased: see [`Ask`] for what is asked of the shared side, [`Tally`] for what
//! it does, [`Share`] for what a process knows of the others.

mod bell;
mod cell;
mod cells;
mod lease;
mod meter;
mod moment;
mod period;
mod share;
mod tally;
mod window;
mod word;

pub use bell::{Bell, Listening};
pub use cell::{Cell, Held, LEASE_WAIT, Measure, Refusal, View, reserve_all};
pub use cells::{CellId, Cells};
pub use lease::{Answer, Ask, HeldAnswer, HeldAsk, SlotsAnswer, SlotsAsk};
pub use meter::{Full, Meter, Report, Ticket};
pub use moment::Moment;
pub use period::{Period, Unit};
pub use share::Share;
pub use tally::{Asked, Tally};
pub use window::{Saved, Window};
pub use word::Word;
