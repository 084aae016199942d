//! Users, logins and everything that keeps others out, on both databases.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "../../store/tests/it/databases.rs"]
mod databases;
#[path = "it/house.rs"]
mod house;
#[path = "it/login.rs"]
mod login;
#[path = "it/second_factor.rs"]
mod second_factor;
#[path = "it/sessions.rs"]
mod sessions;
#[path = "it/users.rs"]
mod users;
