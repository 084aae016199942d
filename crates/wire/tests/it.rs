//! Integration tests of the wire crate.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "it/corpus.rs"]
mod corpus;
#[path = "it/fold.rs"]
mod fold;
