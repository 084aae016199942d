//! How the deployments are: health, rests, breaker, speed. Written by what comes of attempts, read by every decision,
//! without a lock.
//!
//! **Invariants:** pure: time comes in as a value of the monotonic clock. Only what a provider did counts; a refusal of
//! our own (a limit, a breaker, a client that left) never reaches it. Of two deadlines the later one holds.

pub mod affinity;
mod age;
pub mod allowance;
pub mod breaker;
pub mod cooldown;
pub mod deployment;
pub mod health;
pub mod lane;
pub mod merit;
mod packed;
pub mod recent;
pub mod registry;
pub mod shut;
pub mod speed;
pub mod storm;
pub mod trouble;

pub use allowance::{Allowance, Spent};
pub use breaker::{Admit, Ticket};
pub use deployment::{DeploymentState, Glance, Reading, Rules};
pub use lane::Lane;
pub use merit::Merit;
pub use recent::Winners;
pub use registry::{Call, Fleet, Member, ProviderFleet};
pub use shut::{Shut, Why};
pub use storm::ProviderState;
pub use trouble::{Outcome, Trouble};
