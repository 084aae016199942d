//! Why a request went where it went: what was known of it, what was weighed, and how. It is what a decision looked at,
//! copied, so that it can be told and replayed later. Nothing in it is formatted before somebody reads it.

mod blob;
mod explanation;

use std::borrow::Cow;
use std::sync::Arc;

use super::Refusal;
use crate::DeploymentId;

pub use explanation::{Explanation, Facts, Profile, Refused, Session, Step, Weighed};

/// The most candidates that a decision records. Of a larger fleet those are kept that are tried first and then those
/// that were refused first.
pub const MOST_CANDIDATES: usize = 64;

/// The most terms that a score has.
pub const MOST_TERMS: usize = 5;

/// Why a request went where it went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecisionRecord {
    /// The routes that were followed, from the one that was asked for to the one whose strategy ordered the candidates.
    pub chain: Vec<Hop>,
    /// What was known of the request.
    pub facts: FactsRecord,
    /// What it is thought to be about.
    pub profile: Option<Box<ProfileRecord>>,
    /// How its attempts are arranged.
    pub mode: Mode,
    /// What the numbers in [`CandidateRecord::terms`] mean, in their order.
    pub terms: &'static [&'static str],
    /// What was weighed: in the order in which it is tried, then what was refused.
    pub candidates: Vec<CandidateRecord>,
    /// Candidates beyond [`MOST_CANDIDATES`].
    pub omitted: u32,
    /// Where chance came from.
    pub seed: u64,
    /// How the session of the request weighed in.
    pub affinity: Option<AffinityRecord>,
}

/// A route that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Its name.
    pub route: Arc<str>,
    /// How it orders its targets.
    pub strategy: &'static str,
    /// Why it led where it led, where the strategy's scores do not say: the rule that held, the judge's rating.
    pub reason: Option<Cow<'static, str>>,
}

/// What was known of a request without guessing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsRecord {
    /// Tokens of the prompt, estimated.
    pub tokens_in: u64,
    /// Tokens that the answer is expected to have.
    pub tokens_out: u64,
    /// What it needs and has.
    pub traits: Traits,
    /// The script that most of its text is in.
    pub script: Option<&'static str>,
    /// What its words say it is.
    pub tags: Vec<&'static str>,
    /// The tier that its words say it belongs to.
    pub tier: Option<u8>,
}

/// What a request needs of a model and has about it, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits(pub u16);

impl Traits {
    /// It offers tools.
    pub const TOOLS: Self = Self(1);
    /// It shows images.
    pub const IMAGES: Self = Self(1 << 1);
    /// It has sound in it, or wants some.
    pub const AUDIO: Self = Self(1 << 2);
    /// Its answer must follow a schema.
    pub const SCHEMA: Self = Self(1 << 3);
    /// Its answer must be JSON.
    pub const JSON: Self = Self(1 << 4);
    /// It asks for reasoning.
    pub const THINKING: Self = Self(1 << 5);
    /// It wants a stream.
    pub const STREAM: Self = Self(1 << 6);
    /// It belongs to a session.
    pub const SESSION: Self = Self(1 << 7);
    /// It goes on from the results of tools.
    pub const TOOL_LOOP: Self = Self(1 << 8);
    /// Its words are signs of complexity.
    pub const COMPLEX: Self = Self(1 << 9);
    /// It may cost nothing.
    pub const FREE_ONLY: Self = Self(1 << 10);
    /// It has files in it.
    pub const FILES: Self = Self(1 << 11);

    /// Every trait with its name.
    const NAMES: [(Self, &'static str); 12] = [
        (Self::TOOLS, "tools"),
        (Self::IMAGES, "images"),
        (Self::AUDIO, "audio"),
        (Self::FILES, "files"),
        (Self::SCHEMA, "schema"),
        (Self::JSON, "json"),
        (Self::THINKING, "thinking"),
        (Self::STREAM, "stream"),
        (Self::SESSION, "session"),
        (Self::TOOL_LOOP, "tool_loop"),
        (Self::COMPLEX, "complex"),
        (Self::FREE_ONLY, "free_only"),
    ];

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These, and others if it is so.
    #[must_use]
    pub const fn and_if(self, so: bool, others: Self) -> Self {
        if so { self.and(others) } else { self }
    }

    /// Whether all of others are among these.
    #[must_use]
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(one, _)| self.has(*one)).map(|(_, name)| name)
    }
}

/// What a request is thought to be about, and how hard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileRecord {
    /// The likeliest categories, with how likely each is, from 0 to 1.
    pub categories: Vec<(&'static str, f32)>,
    /// How hard it is, from 0 to 1.
    pub difficulty: Option<f32>,
}

/// How the attempts of a request are arranged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One after the other.
    #[default]
    InTurn,
    /// The next starts beside the one that is late.
    Hedged,
    /// Several start at once, and the first that answers wins.
    Race,
    /// Several answer, and the answer that the others agree with is sent.
    Consensus,
    /// Two cheap ones answer, and a strong one if they differ.
    Verified,
}

impl Mode {
    /// Every mode; its place is the number that stands for it where it is stored.
    pub const ALL: [Self; 5] = [Self::InTurn, Self::Hedged, Self::Race, Self::Consensus, Self::Verified];

    /// Its name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InTurn => "in_turn",
            Self::Hedged => "hedged",
            Self::Race => "race",
            Self::Consensus => "consensus",
            Self::Verified => "verified",
        }
    }
}

/// A deployment that was weighed.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateRecord {
    /// What would be called.
    pub deployment: Arc<DeploymentId>,
    /// What it was ordered by, largest first; `None` where it was not weighed.
    pub score: Option<f64>,
    /// What that is made of; named by [`DecisionRecord::terms`].
    pub terms: [f32; MOST_TERMS],
    /// Its place in the order in which targets are tried, from 0.
    pub place: Option<u16>,
    /// Why it is not tried.
    pub refused: Option<Refusal>,
}

/// How the session of a request weighed in.
#[derive(Debug, Clone, PartialEq)]
pub struct AffinityRecord {
    /// How the session was known.
    pub by: SessionBy,
    /// What it came to.
    pub outcome: Affinity,
    /// The deployment that served the session last.
    pub home: Option<Arc<DeploymentId>>,
    /// What leaving it would have cost, in the terms of the score.
    pub price: f32,
}

/// How a session was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionBy {
    /// The client named it.
    Name,
    /// The prompt begins like an earlier one.
    Prefix,
}

impl SessionBy {
    /// Every way; its place is the number that stands for it where it is stored.
    pub const ALL: [Self; 2] = [Self::Name, Self::Prefix];

    /// Its name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Prefix => "prefix",
        }
    }
}

/// What a session's wish to stay came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Affinity {
    /// It has no deployment yet.
    First,
    /// It stays.
    Kept,
    /// Another is better by more than the switch costs.
    Moved,
    /// Its deployment cannot be called.
    Forced,
}

impl Affinity {
    /// Every outcome; its place is the number that stands for it where it is stored.
    pub const ALL: [Self; 4] = [Self::First, Self::Kept, Self::Moved, Self::Forced];

    /// Its name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Kept => "kept",
            Self::Moved => "moved",
            Self::Forced => "forced",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_told_by_name() {
        let traits = Traits::TOOLS.and(Traits::STREAM).and_if(false, Traits::AUDIO);
        assert_eq!(traits.names().collect::<Vec<_>>(), ["tools", "stream"]);
        assert!(traits.has(Traits::TOOLS) && !traits.has(Traits::TOOLS.and(Traits::JSON)));
        let all = Traits::NAMES.iter().fold(Traits::default(), |all, (one, _)| all.and(*one));
        assert_eq!(
            (all.0.count_ones() as usize, all.names().count()),
            (Traits::NAMES.len(), Traits::NAMES.len())
        );
    }
}
