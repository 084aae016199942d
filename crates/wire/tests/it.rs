//! Tests of the dialects against recordings, golden files and generated traffic.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/gemini.rs"]
mod gemini;
#[path = "it/generate.rs"]
mod generate;
#[path = "it/properties.rs"]
mod properties;
