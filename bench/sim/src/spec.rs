//! What a simulated provider is like.

use std::time::Duration;

use crate::window::Back;

/// A provider with one model.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its name, which is also its host: `http://NAME.sim`.
    pub name: &'static str,
    /// What its model is called.
    pub model: &'static str,
    /// Whose words it uses when it speaks of limits.
    pub vendor: Vendor,
    /// What may be used of it.
    pub limits: Limits,
    /// How quickly it answers.
    pub pace: Pace,
    /// The share of requests on which it falls silent after the head of its answer, and for how long.
    pub stalls: Option<(f64, Duration)>,
    /// When it fails, and how.
    pub troubles: Vec<Trouble>,
    /// Nano-dollars per token of prompts and of answers.
    pub price: (u64, u64),
}

/// Whose words a provider uses for its limits. The shapes are the vendors', the texts our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Limits on tokens of a minute and requests of a day in every answer; refusals name limit, use and time.
    Groq,
    /// The same with the time in the names of the headers; refusals say what was passed and not when it is back.
    Cerebras,
    /// Nothing in headers; refusals carry `QuotaFailure` and `RetryInfo`.
    Google,
    /// What is left of a minute in every answer, never when it is back.
    Mistral,
    /// On refusals only, the moment in Unix milliseconds.
    OpenRouter,
    /// On refusals only, `retry-after` in seconds.
    GitHub,
    /// Nothing at all but the status.
    Mute,
}

/// What may be used.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests a minute.
    pub rpm: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Requests a day.
    pub rpd: Option<u64>,
    /// How a minute's use comes back. Days end at midnight.
    pub back: Back,
}

impl Limits {
    /// Anything may be.
    pub const NONE: Self = Self { rpm: None, tpm: None, rpd: None, back: Back::Sliding };

    /// Requests that can be served in a minute for long, when one takes so many tokens.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "limits")]
    pub fn sustained(&self, tokens: f64) -> f64 {
        let each = [
            self.rpm.map(|n| n as f64),
            self.tpm.map(|n| n as f64 / tokens),
            self.rpd.map(|n| n as f64 / 1440.0),
        ];
        each.into_iter().flatten().fold(f64::INFINITY, f64::min)
    }
}

/// How quickly answers come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The median of the time to the first content, lognormal, in milliseconds.
    pub first_ms: f64,
    /// The deviation of its logarithm.
    pub sigma: f64,
    /// Tokens a second afterwards.
    pub tokens_per_s: f64,
}

/// A time in which a provider fails.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// From when.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
    /// How.
    pub how: How,
}

/// How a provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// No connection can be made, and those that there are break.
    Unreachable,
    /// Every request gets this status.
    Status(u16),
    /// Requests are taken and never answered.
    Silent,
    /// Every request gets 429, with the seconds until it is over.
    StormTold,
    /// Every request gets 429 and nobody says until when.
    StormUntold,
}

impl Spec {
    /// A provider without limits, faults or price.
    #[must_use]
    pub const fn new(name: &'static str, first_ms: f64) -> Self {
        Self {
            name,
            model: "m",
            vendor: Vendor::Mute,
            limits: Limits::NONE,
            pace: Pace { first_ms, sigma: 0.35, tokens_per_s: 120.0 },
            stalls: None,
            troubles: Vec::new(),
            price: (0, 0),
        }
    }
}
