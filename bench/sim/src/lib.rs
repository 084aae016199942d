//! `make sim-bench`: routing in virtual time. The real pipeline, a baseline and replicas of the reference systems meet the
//! same requests and the same simulated providers, by seed. `make quality-bench`: the same for what answers are worth.
//!
//! Nothing here has a socket: tokio's paused clock goes on whenever nothing is left to do, so that a day takes seconds and
//! every run of a seed is the same.

pub mod ask;
pub mod chance;
pub mod clock;
pub mod command;
pub mod policy;
pub mod provider;
pub mod quality;
pub mod run;
pub mod scenario;
pub mod serve;
pub mod spec;
pub mod table;
pub mod tally;
pub mod vendor;
pub mod window;
