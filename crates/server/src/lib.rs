//! The doors: clients' dialects over HTTP, model lists, health, the admin API, the console. The only place that builds error responses.
//!
//! **Invariant:** decides nothing. A handler finds the caller, reads the body, hands both to the pipeline and writes
//! what comes back.

pub mod admin;
mod allowance;
pub mod app;
mod arrival;
mod body;
mod console;
mod cors;
mod decimal;
mod degraded;
mod door;
mod guest;
mod headers;
mod kept;
mod latency;
mod models;
mod pass;
mod peer;
mod prefix;
mod realtime;
mod rescue;
mod safe;
pub mod serve;
mod stall;
mod upload;
mod why;

pub use admin::{AdminDeps, Alerts, EnvironmentVariable};
pub use app::{App, admin_router, client_router, router};
pub use console::Console;
pub use cors::Doors;
pub use degraded::{Ailment, Degraded, Health};
pub use peer::Peer;
pub use serve::{ServeOptions, serve};
