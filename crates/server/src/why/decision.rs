//! A decision as JSON: for the request log, for its client, and for whoever asks where a request would go.

use serde::Serialize;
use utoipa::ToSchema;
use wye_types::record::decision::{self, Explanation};

/// Why a request went where it went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decision {
    /// The routes that were followed, from the one that was asked for to the one that ordered the candidates.
    chain: Vec<DecisionRoute>,
    /// What was known of the request.
    facts: DecisionFacts,
    /// What it is thought to be about.
    profile: Option<DecisionProfile>,
    /// How its attempts are arranged: `in_turn`, `hedged`, `race`, `consensus`, `verified`.
    mode: &'static str,
    /// What the numbers in the candidates' `terms` mean, in their order.
    terms: Vec<String>,
    /// What was weighed: in the order in which it is tried, then what was refused.
    candidates: Vec<DecisionCandidate>,
    /// How many more there were.
    omitted: u32,
    /// Where chance came from, as a text: it is too large for some readers of JSON.
    seed: String,
    /// How the session of the request weighed in.
    session: Option<DecisionSession>,
}

/// A route that was followed.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionRoute {
    /// Its name.
    route: String,
    /// How it orders its targets.
    strategy: String,
    /// Why it led where it led, where scores do not say.
    reason: Option<String>,
}

/// What was known of a request.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionFacts {
    /// Tokens of the prompt, estimated.
    tokens_in: u64,
    /// Tokens that the answer is expected to have.
    tokens_out: u64,
    /// What it needs and has: `tools`, `images`, `stream`.
    traits: Vec<&'static str>,
    /// The script that most of its text is in.
    script: Option<String>,
    /// What its words say it is.
    tags: Vec<String>,
    /// The tier that its words say it belongs to.
    tier: Option<u8>,
}

/// What a request is thought to be about.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionProfile {
    /// The likeliest categories.
    categories: Vec<DecisionCategory>,
    /// How hard it is, from 0 to 1.
    difficulty: Option<f32>,
}

/// What a request may be about.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionCategory {
    /// The category.
    name: String,
    /// How likely it is, from 0 to 1.
    likely: Option<f32>,
}

/// A deployment that was weighed.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionCandidate {
    /// `provider/model`.
    deployment: String,
    /// Its place in the order in which targets are tried, from 0; `null` if it is not.
    place: Option<u16>,
    /// What it was ordered by, largest first; `null` where it was not weighed.
    score: Option<f64>,
    /// What that is made of; `null` where a term is not known.
    terms: Vec<Option<f32>>,
    /// Why it is not tried.
    refused: Option<DecisionRefusal>,
}

/// Why a deployment is not tried.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionRefusal {
    /// The reason in one word, such as `quota_used_up`.
    code: &'static str,
    /// The same for people.
    reason: String,
    /// Milliseconds, counted from the decision, after which it may be called; `null` where that is not known.
    wait_ms: Option<u64>,
}

/// How the session of a request weighed in.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionSession {
    /// How it was known: `name`, `prefix`.
    by: &'static str,
    /// What it came to: `first`, `kept`, `moved`, `forced`.
    outcome: &'static str,
    /// The deployment that served it last.
    home: Option<String>,
    /// What leaving that would have cost, in the terms of the score.
    price: Option<f32>,
}

impl From<Explanation> for Decision {
    fn from(told: Explanation) -> Self {
        let facts = told.facts;
        Self {
            chain: told
                .chain
                .into_iter()
                .map(|decision::Step { route, strategy, reason }| DecisionRoute { route, strategy, reason })
                .collect(),
            facts: DecisionFacts {
                tokens_in: facts.tokens_in,
                tokens_out: facts.tokens_out,
                traits: facts.traits,
                script: facts.script,
                tags: facts.tags,
                tier: facts.tier,
            },
            profile: told.profile.map(|profile| DecisionProfile {
                categories: profile
                    .categories
                    .into_iter()
                    .map(|(name, likely)| DecisionCategory { name, likely })
                    .collect(),
                difficulty: profile.difficulty,
            }),
            mode: told.mode,
            terms: told.terms,
            candidates: told.candidates.into_iter().map(DecisionCandidate::from).collect(),
            omitted: told.omitted,
            seed: told.seed.to_string(),
            session: told.session.map(|decision::Session { by, outcome, home, price }| DecisionSession {
                by,
                outcome,
                home,
                price,
            }),
        }
    }
}

impl From<decision::Weighed> for DecisionCandidate {
    fn from(told: decision::Weighed) -> Self {
        let decision::Weighed { deployment, place, score, terms, refused } = told;
        let refused = refused.map(|decision::Refused { code, reason, wait_ms }| DecisionRefusal {
            code,
            reason,
            wait_ms,
        });
        Self { deployment, place, score, terms, refused }
    }
}
