//! What operators do, on both databases.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "it/client_key.rs"]
mod client_key;
#[path = "it/configurator.rs"]
mod configurator;
#[path = "it/databases.rs"]
mod databases;
#[path = "it/node.rs"]
mod node;
#[path = "it/secrets.rs"]
mod secrets;
