//! Wire dialects, both directions: request, response, stream, error. Plus SSE framing, the one scan of a body's top
//! level, and byte patching for calls whose client and provider speak the same dialect.
//!
//! Dialects meet in the IR of `wye-types`, never pairwise.
//!
//! **Invariant:** nothing here knows a provider, a socket or a clock.

pub mod anthropic_messages;
pub mod assemble;
pub mod bedrock_converse;
mod call_ids;
pub mod cohere;
pub mod dialect;
mod error_words;
pub mod event_stream;
mod fields;
pub mod frames;
pub mod gemini;
mod in_turn;
mod loss;
pub mod multipart;
pub mod names;
pub mod ollama;
pub mod openai_chat;
pub mod openai_completions;
pub mod openai_responses;
pub mod patch;
pub mod scan;
pub mod seal;
pub mod service;
pub mod sse;
mod timestamp;
mod walk;
pub mod watch;
mod written;

pub use dialect::{Dialect, RequestError, Written, dialect};
pub use service::Shape;
