//! What came of an attempt, in the words in which a deployment's state is kept.

use std::time::Duration;

/// What came of one attempt that was sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Whether it was a stream.
    pub stream: bool,
    /// What it was.
    pub end: End,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// It was answered.
    Served {
        /// From its own sending to its first content; for a whole answer, to the answer.
        first_content: Duration,
        /// Tokens a second after that, where they were counted over a time worth measuring.
        tokens_per_s: Option<f32>,
    },
    /// The provider failed.
    Failed(Trouble),
}

/// What a provider did wrong. What is the client's fault or ours has no word here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It asked to be left alone (429). What rests for that is the account, or the quota that it named.
    RateLimited,
    /// It refuses the credential, or wants money.
    Account,
    /// It does not know the model.
    NotFound,
    /// The model is gone for good (410).
    Gone,
    /// It failed (5xx).
    Server,
    /// It was too late: no connection, no first content, or silence within the answer.
    Timeout,
    /// No connection could be made, or it broke.
    Unreachable,
    /// Its answer was unusable: a word that the route refuses, unreadable, cut off.
    BadAnswer,
    /// Its answer was empty.
    Empty,
}

impl Trouble {
    /// Every one, to be listed and tested.
    pub const ALL: [Self; 9] = [
        Self::RateLimited,
        Self::Account,
        Self::NotFound,
        Self::Gone,
        Self::Server,
        Self::Timeout,
        Self::Unreachable,
        Self::BadAnswer,
        Self::Empty,
    ];

    /// Points that it adds to the failure score (SmartRoute's table, reference §1.8).
    #[must_use]
    pub const fn penalty(self) -> f32 {
        match self {
            Self::Timeout => 0.5,
            Self::RateLimited | Self::BadAnswer => 10.0,
            Self::Account => 50.0,
            Self::NotFound | Self::Gone | Self::Server | Self::Unreachable | Self::Empty => 1.0,
        }
    }

    /// How long the deployment rests for it at least (SMLGateway's table, reference §6). `None`: as long as the ladder
    /// says. Zero: not at all, because something smaller than the deployment rests instead.
    #[must_use]
    pub const fn rest(self) -> Option<Duration> {
        const MINUTE: u64 = 60;
        match self {
            // The account rests, by the provider's own word where it gives one.
            Self::RateLimited | Self::Account => Some(Duration::ZERO),
            Self::Gone => Some(Duration::from_secs(24 * 60 * MINUTE)),
            // Not five minutes as there: which words are bad a route says, and others use the deployment too.
            Self::BadAnswer
            | Self::NotFound
            | Self::Server
            | Self::Timeout
            | Self::Unreachable
            | Self::Empty => None,
        }
    }

    /// A word for it, as it is shown to people and in metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::Account => "account_refused",
            Self::NotFound => "model_not_found",
            Self::Gone => "model_gone",
            Self::Server => "server_error",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::BadAnswer => "bad_answer",
            Self::Empty => "empty_answer",
        }
    }
}
