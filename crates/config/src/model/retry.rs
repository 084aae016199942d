//! When a route's targets are tried again and how long they may take: said by a route, or by the defaults for all that say
//! nothing, so that calls by `provider/model` go the same way.

use std::time::Duration;

/// Settings of routes that say nothing themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// When to try again.
    pub retry: Retry,
    /// How long each part of a call may take.
    pub timeouts: Timeouts,
    /// What happens when a target cannot be told everything.
    pub on_loss: OnLoss,
    /// How long a request may wait for a provider's quota; zero: not at all.
    pub wait: Duration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            timeouts: Timeouts::default(),
            on_loss: OnLoss::default(),
            wait: Duration::from_secs(5),
        }
    }
}

/// When to try again, here or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// HTTP statuses of the provider that lead to the next target, besides those that always do (401 to 404).
    pub statuses: Vec<u16>,
    /// Texts in an answer (any case) that make it a failure. Empty: answers are not searched.
    pub keywords: Vec<String>,
    /// Whether an answer without content is a failure.
    pub empty: bool,
    /// How often the list of targets is gone through; at least 1.
    pub rounds: u32,
    /// The most calls for one request, over all rounds; a target that is passed over costs none. `None`: as many as there are.
    pub attempts: Option<u32>,
    /// Wait before the second round; doubled for each further one.
    pub backoff: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            statuses: vec![408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529],
            keywords: Vec::new(),
            empty: true,
            rounds: 1,
            attempts: None,
            backoff: Duration::from_millis(250),
        }
    }
}

/// How long each part of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// From the call to the first content of a stream.
    pub first_content: Duration,
    /// The same where the request asks for reasoning; never less than `first_content`.
    pub first_content_reasoning: Duration,
    /// Between two pieces of content of a stream.
    pub idle: Duration,
    /// For the whole request, all attempts together.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_content: Duration::from_secs(20),
            first_content_reasoning: Duration::from_secs(120),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(600),
        }
    }
}

/// What happens when a target's dialect cannot say everything the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLoss {
    /// The rest is left out, with a warning.
    #[default]
    Drop,
    /// The request is refused.
    Refuse,
}
