//! Tests of the dialects against recordings, golden files and generated traffic.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/gemini.rs"]
mod gemini;
