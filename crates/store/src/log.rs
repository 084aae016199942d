//! The request log: one row a request, the sums that panels read, bodies apart.

mod append;
mod body;
mod detail;
mod entry;
mod export;
mod find;
mod flow;
mod keep;
pub mod recent;
mod redact;
pub mod retain;
mod rollup;
mod search;
mod series;
mod sift;
pub mod sink;
mod sketch;
mod stats;
mod tally;
mod told;
mod window;
mod words;

pub use append::{Batch, RequestLog};
pub use body::{Body, Kept};
pub use entry::Entry;
pub use export::{Export, Form};
pub use find::{Filter, Found};
pub use flow::{Amount, Flow, Link};
pub use keep::Keep;
pub use series::{Largest, Series};
pub use sink::Sink;
pub use sketch::Sketch;
pub use stats::{By, Only, Span, Sum};
pub use told::{Detail, PassedBy, Tried};
pub use window::Window;
