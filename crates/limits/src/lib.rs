//! Limits: how much of something may be used in a window of time, and what is left of it.
//!
//! Everything is *reserved* before it is used and *settled* with what was really used; what was reserved for nothing is
//! given back. Admission of clients, quotas of providers and budgets in money are the same arithmetic over different
//! measures.
//!
//! **Invariants:** pure: time comes in as a [`Moment`]. What is admitted never exceeds the limit: a window counts an
//! amount for at least its whole span. An amount belongs to the window in which it was reserved.

mod cell;
mod cells;
mod meter;
mod moment;
mod period;
mod window;

pub use cell::{Cell, Held, Measure, Refusal, View, reserve_all};
pub use cells::{CellId, Cells};
pub use meter::{Full, Meter, Report, Ticket};
pub use moment::Moment;
pub use period::{Period, Unit};
pub use window::{Saved, Window};
