//! The words every other crate speaks: ids, the canonical chat model (IR), usage, errors with the one code table,
//! the injected clock, secrets, and the ports other crates implement.
//!
//! **Invariant:** nothing here does I/O, reads a clock or the environment, or knows a provider by name.

pub mod chat;
pub mod clock;
pub mod code;
pub mod error;
pub mod event;
pub mod ids;
pub mod kept;
pub mod kind;
pub mod money;
pub mod record;
pub mod reply;
pub mod rest;
pub mod secret;
pub mod severity;
pub mod usage;

pub use clock::Clock;
pub use code::Code;
pub use ids::{DeploymentId, DialectId, RequestId};
pub use kind::Kind;
pub use secret::Secret;
pub use severity::Severity;
pub use usage::Usage;

/// A JSON object whose keys keep the order in which they came.
pub type Map = serde_json::Map<String, serde_json::Value>;
