//! The catalogue: which models there are, what they can do and what they cost, and the way from a ledger to money.
//!
//! It is a snapshot inside the binary, made by `cargo xtask catalog` from public registries, so that a gateway without
//! a network knows prices; an operator may refresh it from a file and overrule any row.
//!
//! **Invariants:** pure: it neither fetches nor reads a clock. What is not known is `None`, a price above all: an
//! unknown price is never nought. Look-up gives the same answer for the same catalogue, and says how it came by it.

mod catalog;
mod cost;
mod facts;
mod find;
mod index;
mod name;
mod overrides;
mod parse;
mod rates;
mod refresh;
mod render;
mod when;

pub use catalog::{Catalog, Entry, ProviderRow, Source};
pub use cost::{Basis, Cost, Line, amount, cost, foreseen};
pub use facts::{Facts, Kind, Modalities, Status};
pub use find::{Found, How};
pub use overrides::{OPERATOR, Override};
pub use parse::Broken;
pub use rates::{Item, Prices, Rates, Rule};
pub use refresh::{Problem, Refreshed, jumps, refresh};
pub use render::render;
pub use when::{Ask, Service, When};
