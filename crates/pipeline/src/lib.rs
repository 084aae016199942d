//! The life of a request, one file a stage:
//!
//! ```text
//! 1 authenticate → 2 parse → 3 admit → 4 decide → 5 attempt ⇄ 6 translate → 7 relay → 8 settle
//! ```
//!
//! **Invariant:** nothing on this path touches a database, waits for a lock or grows a queue. This crate knows
//! neither the HTTP server above it nor SQL nor configuration files; time and chance are injected.

pub mod admit;
pub mod agree;
pub mod answer;
mod attempt;
pub mod authenticate;
mod bill;
mod call;
pub mod capture;
pub mod card;
pub mod chance;
pub mod checkable;
pub mod client;
mod count;
mod decide;
pub mod embeddings;
pub mod exception;
pub mod explain;
pub mod fetch;
pub mod free;
pub mod guest;
mod inner;
pub mod kept;
mod lease;
pub mod live;
pub mod mirror;
mod ours;
mod parse;
pub mod pass;
pub mod pipeline;
pub mod price;
pub mod quota;
pub mod rate;
pub mod realtime;
mod reason;
pub mod relay;
mod rests;
pub mod seen;
pub mod service;
mod settle;
pub mod shape;
mod sign;
pub mod together;
mod trace;
mod translate;
pub mod trial;
pub mod upload;
pub mod upstream;
pub mod validate;
pub mod wait;
pub mod wire;

pub use admit::Shown;
pub use answer::{Answer, AnswerBody, Facts, Reply, Unsaid};
pub use authenticate::{Caller, Presented};
pub use explain::{Explained, Question};
pub use live::Live;
pub use ours::{Controls, MaxPrice, Pattern, Strategy};
pub use pipeline::{Inbound, Pipeline};
