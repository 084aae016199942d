//! `make quality-bench`: how well requests are answered for what they cost, by who decides where they go. A command of its
//! own beside `sim-bench`: there one world is met by a day of requests and nobody looks at answers, here a thousand prompts
//! are asked in each of many worlds, of which none knows the table that Wye expects by.

pub mod exam;
pub mod figure;
pub mod fleet;
pub mod measure;
pub mod page;
pub mod plan;
pub mod prompt;
pub mod row;
pub mod truth;

/// The seed of the figures that are kept.
pub const SEED: u64 = 20_261_122;
/// Pairs of worlds. In the second of a pair every deviation is turned round, so that means over worlds are what was expected.
pub const PAIRS: u32 = 40;
/// Prompts that a pair of worlds is asked, another part of all in each: what differs between worlds is more than what differs
/// between prompts, so that more of them make a run longer and hardly an interval narrower.
pub const EACH: usize = 1_000;
