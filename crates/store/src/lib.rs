//! State: the only room that knows SQL. SQLite (one writer, many readers) and PostgreSQL behind one face, migrations
//! numbered alike, the vault for secrets.
//!
//! A change is a list of [`Statement`]s that happen together or not at all; each may say how many rows it must touch,
//! which is how two who change the same thing find out about each other. There are no open transactions to hold.
//!
//! **Invariants:** no HTTP, no routing; statements are constants, values are bound, never spliced.

pub mod alerts;
pub mod audit;
pub mod config_log;
pub mod db;
mod error;
pub mod foreign;
pub mod grades;
pub mod labels;
pub mod log;
mod migrate;
pub mod responses;
pub mod sealed;
pub mod shared;
pub mod turn;
pub mod users;
mod value;
pub mod vault;

pub use db::{Budget, Db, Statement};
pub use error::StoreError;
pub use value::{Row, Value};
