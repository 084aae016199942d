//! How a route's targets are ordered, with the settings of each way. The numbers are those of the systems that Wye
//! replaces, so that their users find what they had.

use std::time::Duration;

use wye_profile::Category;
use wye_routing::rules::{Condition, Pattern, Rules};
use wye_routing::strategy::{Weights, Worth};

use super::TargetOf;

/// How targets are ordered.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// As the list stands.
    Ordered,
    /// By a draw in fixed shares.
    Weighted,
    /// By a draw that favours what was used least in the last minute (SmartRoute's random).
    Balanced(Weights),
    /// By health, speed, the operator's weight, use and chance (SmartRoute's adaptive).
    Adaptive(Weights),
    /// By the time that an answer is expected to take.
    Fastest,
    /// By what the request is expected to cost.
    Cheapest {
        /// How much worse than the best a target may be expected to answer, from 0 to 1, and still be first for its price;
        /// `None`: price alone counts.
        tolerance: Option<f64>,
    },
    /// By how well it is expected to answer, then size, then context.
    Strongest,
    /// By who teaches the request's category, then grade, then how well it is expected to answer.
    School {
        /// The category that counts whatever the request is about.
        category: Option<Category>,
    },
    /// By what an answer is expected to be worth.
    Learned {
        /// The category that counts whatever the request is about.
        category: Option<Category>,
        /// What a point of quality is worth.
        worth: Worth,
    },
    /// One target by rules, then the others as the list stands (GopherGate's heuristic).
    Rules(RulesConfig),
    /// One target by a model's rating of the request, then the others as the list stands (GopherGate's classifier,
    /// SmartRoute's tiers).
    Judge(Box<JudgeConfig>),
    /// Several are asked, and the answer that the others agree with is returned.
    Consensus(ConsensusConfig),
    /// Two cheap ones are asked where answers can be compared; where they differ, a strong one.
    Verified(VerifiedConfig),
}

impl Strategy {
    /// Its name, as it is written.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Weighted => "weighted",
            Self::Balanced(_) => "balanced",
            Self::Adaptive(_) => "adaptive",
            Self::Fastest => "fastest",
            Self::Cheapest { .. } => "cheapest",
            Self::Strongest => "strongest",
            Self::School { .. } => "school",
            Self::Learned { .. } => "learned",
            Self::Rules(_) => "rules",
            Self::Judge(_) => "judge",
            Self::Consensus(_) => "consensus",
            Self::Verified(_) => "verified",
        }
    }

    /// Whether it chooses among the targets as they are written, so that a route among them stays one unit, ordered by
    /// its own strategy; the others weigh deployments, and see through routes to them.
    #[must_use]
    pub const fn keeps_units(&self) -> bool {
        matches!(self, Self::Ordered | Self::Weighted | Self::Rules(_) | Self::Judge(_))
    }
}

/// Rules that choose a target. Positions are those of the route's targets, and there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesConfig {
    /// Rules with conditions, in order.
    pub conditions: Vec<Condition>,
    /// Rules by patterns, looked at where no condition holds.
    pub patterns: Vec<PatternRule>,
}

/// A target for requests whose newest text holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternRule {
    /// What is looked for: a regular expression if it holds `(` or `\b`, else a text.
    pub pattern: String,
    /// The target's place in the route.
    pub target: usize,
    /// Whether capitals matter.
    pub case_sensitive: bool,
}

impl RulesConfig {
    /// The rules, ready to choose.
    #[must_use]
    pub fn rules(&self) -> Rules {
        // Each was read once when the configuration was checked.
        let pattern = |rule: &PatternRule| Pattern::new(&rule.pattern, rule.target, rule.case_sensitive).ok();
        Rules {
            conditions: self.conditions.clone(),
            patterns: self.patterns.iter().filter_map(pattern).collect(),
        }
    }
}

/// A model that rates requests.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgeConfig {
    /// Who rates: a deployment or a route.
    pub model: TargetOf,
    /// Steps of its scale, which the targets share evenly; `None`: one for each target.
    pub scale: Option<usize>,
    /// How long it may take before the rules choose.
    pub deadline: Duration,
    /// How long a rating is used again for the same messages; zero: not at all.
    pub cache: Duration,
    /// What it is told, instead of the usual; `{scale}` in it stands for the number of steps.
    pub prompt: Option<String>,
    /// What chooses where it fails.
    pub rules: RulesConfig,
}

/// Several answers to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsensusConfig {
    /// How many are asked, each of another provider as far as there are so many; at least 2.
    pub members: usize,
    /// What becomes of requests for a stream.
    pub stream: ConsensusStream,
}

impl Default for ConsensusConfig {
    fn default() -> Self {
        // SMLGateway asks up to three (reference §6).
        Self { members: 3, stream: ConsensusStream::Buffer }
    }
}

/// What becomes of a request for a stream where whole answers are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsensusStream {
    /// The stream begins when the answer is chosen.
    #[default]
    Buffer,
    /// The request is refused.
    Refuse,
}

/// Who answers first where answers can be compared, and who where they differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedConfig {
    /// Two places in the route; empty: the two cheapest of distinct providers.
    pub cheap: Vec<usize>,
    /// A place in the route; `None`: the strongest.
    pub strong: Option<usize>,
}
