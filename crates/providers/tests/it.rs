//! The registry against recorded traffic.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "it/page.rs"]
mod page;
#[path = "it/recordings.rs"]
mod recordings;
