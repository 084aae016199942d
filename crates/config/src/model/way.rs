//! What a route says beside its strategy: who is not asked, how many at once, who stays with whom, and what is done with
//! answers before and after they are given.

use std::time::Duration;

use wye_profile::Category;

use super::TargetOf;

/// Which targets are not asked at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilterConfig {
    /// How many times the tokens that a request needs must fit into a target's context.
    pub context_margin: f64,
    /// Whether only what is proved to cost nothing is asked.
    pub free_only: bool,
    /// The longest time to the first content that a target may be known for.
    pub max_latency: Option<Duration>,
    /// What a target may cost.
    pub max_price: MaxPrice,
}

impl Default for FilterConfig {
    fn default() -> Self {
        Self { context_margin: 1.1, free_only: false, max_latency: None, max_price: MaxPrice::default() }
    }
}

/// Prices beyond which a target is not asked, in pico-dollars per token. One whose price nobody knows is asked only
/// where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxPrice {
    /// Of a prompt.
    pub input: Option<u64>,
    /// Of an answer.
    pub output: Option<u64>,
}

/// Whether several targets are asked at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HedgeConfig {
    /// How many run for one request at most, each of another provider; 1: none beside the first.
    pub contenders: usize,
    /// When the next one starts.
    pub mode: HedgeMode,
    /// How many requests more than those of clients may be made, as a share of them, in number and in money; counts under
    /// [`HedgeMode::Adaptive`].
    pub budget: f64,
    /// Under [`HedgeMode::Adaptive`] the next starts when the first is later than so many of a hundred of its own answers.
    pub percentile: u8,
}

impl Default for HedgeConfig {
    fn default() -> Self {
        Self { contenders: 1, mode: HedgeMode::Adaptive, budget: 0.05, percentile: 97 }
    }
}

/// When the next contender starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HedgeMode {
    /// When those that run are later than they usually are.
    #[default]
    Adaptive,
    /// At once (SMLGateway).
    Race,
}

/// Whether sessions stay with who served them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AffinityConfig {
    /// How a session is known.
    pub by: Affinity,
    /// How long a session that says nothing is remembered.
    pub idle: Duration,
    /// How much better another target must be for a session to leave the one it has, as a share of the distance between
    /// the best and the worst score; 1: only a failure makes it leave.
    pub switch_cost: f64,
}

impl Default for AffinityConfig {
    fn default() -> Self {
        Self { by: Affinity::Auto, idle: Duration::from_secs(600), switch_cost: 0.5 }
    }
}

/// How a session is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Affinity {
    /// By its header, else by how its prompt begins.
    #[default]
    Auto,
    /// It is not.
    Off,
    /// By its header alone.
    Header,
    /// By how its prompt begins alone.
    Prompt,
}

/// What the operator knows better than the gateway about what requests of a route are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileConfig {
    /// Words that say what a request is about in which they stand, by category; the first whose words are found counts.
    pub words: Vec<(Category, Vec<String>)>,
    /// No request is thought to be easier than this, from 0 to 1.
    pub min_difficulty: f64,
}

/// Who else is sent some of the requests. What it answers is recorded and never returned.
#[derive(Debug, Clone, PartialEq)]
pub struct MirrorConfig {
    /// A deployment or a route.
    pub target: TargetOf,
    /// The share of requests, from 0 to 1.
    pub share: f64,
}

/// What of an answer is looked at before the client gets any of it. What does not pass leads to the next target. That an
/// answer is empty is judged by [`super::Retry::empty`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ValidateConfig {
    /// It refuses what others would answer.
    pub refusal: bool,
    /// It writes a call of a tool as text; what can be read as one is made one.
    pub tool_text: bool,
    /// It is no JSON, or not of the schema, where the request asks for that.
    pub json: bool,
    /// It is in another script than the request.
    pub language: bool,
}

impl ValidateConfig {
    /// Whether anything is looked at.
    #[must_use]
    pub const fn any(self) -> bool {
        self.refusal || self.tool_text || self.json || self.language
    }
}
