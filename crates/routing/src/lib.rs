//! How a request finds its deployment: accounts and their cooldowns, the order of targets, and the attempt machine.
//!
//! **Invariant:** pure. Time comes in as a value, chance as a seeded generator, nothing is called from here.

pub mod cooldown;
pub mod decide;
pub mod grades;
pub mod machine;
pub mod quality;
pub mod rules;
pub mod selector;
pub mod strategy;
pub mod tree;
pub mod verdict;

pub use cooldown::{AccountRest, AccountState, Rotation};
pub use decide::{Decision, Room, Verdict};
pub use machine::{Action, Event, Hedge, Machine, Plan};
pub use verdict::{Failure, FailureKind};
