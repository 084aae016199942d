//! What operators do: the configuration and its versions, secrets, client keys, users, sessions, second factors, the
//! audit log. The admin API (in `server`) is a thin layer of HTTP over this.
//!
//! **Invariants:** knows no HTTP; no SQL of its own beyond the statements in its `sql` constants is written elsewhere
//! than in `store`'s words; nothing here runs on the request path.

pub mod client_key;
pub mod configurator;
pub mod secrets;

pub use configurator::{ChangeError, Configurator, Current};
pub use secrets::Secrets;
