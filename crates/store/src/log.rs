//! The request log: one row a request, and the sums that panels read.

mod append;
mod entry;
mod find;
mod rollup;
mod sketch;
mod stats;

pub use append::RequestLog;
pub use entry::Entry;
pub use find::{Filter, Found};
pub use sketch::Sketch;
pub use stats::{By, Span, Sum};
