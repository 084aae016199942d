//! The doors: clients' dialects over HTTP, model lists, health. The only place that builds error responses.
//!
//! **Invariant:** decides nothing. A handler finds the caller, reads the body, hands both to the pipeline and writes
//! what comes back.

mod allowance;
pub mod app;
mod arrival;
mod body;
mod door;
mod models;
mod rescue;
pub mod serve;
mod stall;

pub use app::{App, router};
pub use serve::{ServeOptions, serve};
