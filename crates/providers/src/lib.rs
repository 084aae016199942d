//! The registry of providers: endpoints that speak a dialect, mostly data, one file a provider.
//!
//! **Invariants:** no sockets, no clock, no environment; and no provider's id stands anywhere but in its own file
//! (tests and documentation excepted), so that a new provider is one file and one line.

pub mod auth;
pub mod endpoint;
pub mod free;
pub mod header;
pub mod limits;
pub mod models;
pub mod provider;
pub mod quirk;
pub mod serves;
pub mod spoken;

pub use auth::Credential;
pub use endpoint::{Operation, endpoint};
pub use free::{Free, FreeTier, KnownLimit, Proof};
pub use limits::Counting;
pub use models::Models;
pub use provider::{Auth, PROVIDERS, Provider, find, find_by_any};
pub use quirk::Quirks;
pub use serves::Serves;
pub use spoken::{ModelRule, Spoken};
pub use wye_types::Kind;
pub use wye_wire::Shape;
