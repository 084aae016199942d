//! Tests of the dialects against recordings, golden files and generated traffic.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/bedrock.rs"]
mod bedrock;
#[path = "it/corpus.rs"]
mod corpus;
#[path = "it/fold.rs"]
mod fold;
#[path = "it/gemini.rs"]
mod gemini;
#[path = "it/generate.rs"]
mod generate;
#[path = "it/golden.rs"]
mod golden;
#[path = "it/openai.rs"]
mod openai;
#[path = "it/properties.rs"]
mod properties;
#[path = "it/same_case.rs"]
mod same_case;
#[path = "it/vendor/mod.rs"]
mod vendor;
