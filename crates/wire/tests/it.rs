//! Tests of the dialects against recordings, golden files and generated traffic.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/arguments.rs"]
mod arguments;
#[path = "it/bedrock.rs"]
mod bedrock;
#[path = "it/completions.rs"]
mod completions;
#[path = "it/corpus.rs"]
mod corpus;
#[path = "it/errors.rs"]
mod errors;
#[path = "it/flavours.rs"]
mod flavours;
#[path = "it/fold.rs"]
mod fold;
#[path = "it/found.rs"]
mod found;
#[path = "it/gemini.rs"]
mod gemini;
#[path = "it/generate.rs"]
mod generate;
#[path = "it/golden.rs"]
mod golden;
#[path = "it/media.rs"]
mod media;
#[path = "it/namespaces.rs"]
mod namespaces;
#[path = "it/ollama.rs"]
mod ollama;
#[path = "it/openai.rs"]
mod openai;
#[path = "it/properties.rs"]
mod properties;
#[path = "it/responses.rs"]
mod responses;
#[path = "it/same_case.rs"]
mod same_case;
#[path = "it/services.rs"]
mod services;
#[path = "it/translated.rs"]
mod translated;
#[path = "it/vendor/vendors.rs"]
mod vendor;
