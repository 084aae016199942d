//! The registry: its rows, its page, and against recorded traffic.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "it/page.rs"]
mod page;
#[path = "it/recordings.rs"]
mod recordings;
#[path = "it/rows.rs"]
mod rows;
