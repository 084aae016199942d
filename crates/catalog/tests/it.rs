//! The catalogue as others use it: the embedded file, look-up, money, refresh.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/costs.rs"]
mod costs;
#[path = "it/embedded.rs"]
mod embedded;
#[path = "it/lookup.rs"]
mod lookup;
#[path = "it/refreshed.rs"]
mod refreshed;
#[path = "it/vendors.rs"]
mod vendors;
