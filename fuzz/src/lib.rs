//! What must hold for any bytes. Each module is one fuzz target: `check` panics where something does not hold.
//!
//! The dialects are taken from `DialectId::ALL`, so that a new one is fuzzed as soon as it is there.
#![forbid(unsafe_code)]

pub mod config;
pub mod frames;
mod input;
pub mod request;
pub mod service;
pub mod stream;
pub mod translate;
mod twins;

pub use input::{HEADER, header};
