//! What both databases must do alike. Every test of `conformance` runs on each of them.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "it/alerts.rs"]
mod alerts;
#[path = "it/config_log.rs"]
mod config_log;
#[path = "it/cut.rs"]
mod cut;
#[path = "it/databases.rs"]
mod databases;
#[path = "it/db.rs"]
mod db;
#[path = "it/foreign.rs"]
mod foreign;
#[path = "it/grades.rs"]
mod grades;
#[path = "it/log.rs"]
mod log;
#[path = "it/responses.rs"]
mod responses;
#[path = "it/rests.rs"]
mod rests;
#[path = "it/retain.rs"]
mod retain;
#[path = "it/shared.rs"]
mod shared;
#[path = "it/sink.rs"]
mod sink;
