//! What operators do, on both databases.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "it/client_key.rs"]
mod client_key;
#[path = "it/configurator.rs"]
mod configurator;
#[path = "../../store/tests/it/databases.rs"]
mod databases;
#[path = "it/house.rs"]
mod house;
#[path = "it/login.rs"]
mod login;
#[path = "it/node.rs"]
mod node;
#[path = "it/second_factor.rs"]
mod second_factor;
#[path = "it/secrets.rs"]
mod secrets;
#[path = "it/sessions.rs"]
mod sessions;
#[path = "it/users.rs"]
mod users;
