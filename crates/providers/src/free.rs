//! What vendors give away, and within which limits: data with source and date, so that a route that may cost nothing
//! can tell what is proved from what is hoped.

use crate::spoken::matches;

/// Where a fact is from, and when it was so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// A page, or a published table.
    pub at: &'static str,
    /// The day, as `2026-05-03`.
    pub as_of: &'static str,
}

impl Source {
    /// A page as it was on a day.
    #[must_use]
    pub const fn new(at: &'static str, as_of: &'static str) -> Self {
        Self { at, as_of }
    }
}

/// The table of `SMLGateway`, a gateway over free models, at its commit b8c7bb6.
pub const SMLGATEWAY: Source = Source::new("SMLGateway's table of providers (b8c7bb6)", "2026-05-03");
/// A comparison of the limits of free tiers.
pub const COMPARED: Source =
    Source::new("https://docs.bswen.com/blog/2026-03-23-free-llm-api-rate-limits-compared", "2026-03-23");

/// The prices and models that models.dev knew.
pub const MODELS_DEV: Source = Source::new("https://models.dev/api.json", "2026-08-18");
/// The price file of `LiteLLM` 1.109.1.
pub const LITELLM: Source =
    Source::new("LiteLLM 1.109.1's model_prices_and_context_window.json", "2026-11-21");
/// A table of free tiers kept by many, as republished with its guide to limits.
pub const RESOURCES: Source =
    Source::new("https://www.mintlify.com/cheahjs/free-llm-api-resources/guides/rate-limits", "2026-03-23");

/// What a vendor gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeTier {
    /// Of what it consists.
    pub of: Free,
    /// What one must do or accept for it, in a few words; empty: sign up, no more.
    pub terms: &'static str,
    /// Its limits, as far as they are known. What answers tell of limits is newer and goes before them.
    pub limits: &'static [KnownLimit],
    /// Where that is from.
    pub source: Source,
}

/// Of what a free tier consists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// Models that cost nobody anything; `*` at either end of a name stands for anything.
    Models(&'static [&'static str]),
    /// Everything, as long as the account has no means of payment: what is beyond the limits is refused, not charged.
    Plan,
    /// An amount that is used up and then charged; how much, in words.
    Credit(&'static str),
}

/// A limit that is known without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLimit {
    /// Of which models; `*` at either end of a name stands for anything.
    pub models: &'static [&'static str],
    /// The most of it.
    pub most: u64,
    /// Of what.
    pub of: Of,
    /// In which time.
    pub per: Per,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Calls.
    Requests,
    /// Tokens, in and out.
    Tokens,
}

/// In which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}

impl Per {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// Every model.
const ALL: &[&str] = &["*"];

impl KnownLimit {
    /// On the requests to all models together.
    #[must_use]
    pub const fn requests(most: u64, per: Per) -> Self {
        Self { models: ALL, most, of: Of::Requests, per }
    }

    /// On the tokens of all models together.
    #[must_use]
    pub const fn tokens(most: u64, per: Per) -> Self {
        Self { models: ALL, most, of: Of::Tokens, per }
    }

    /// The same, of each of these models.
    #[must_use]
    pub const fn of(self, models: &'static [&'static str]) -> Self {
        Self { models, ..self }
    }

    /// Whether it is about a model.
    #[must_use]
    pub fn is_about(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| matches(pattern, model))
    }
}

/// Why a call costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is answered on the user's own machine.
    Local,
    /// The vendor gives this model away.
    Model,
    /// The account's plan is free. That holds while the account has no means of payment, which only its owner knows.
    Plan,
}

impl FreeTier {
    /// Why a model of it costs nothing. `None`: it may cost something.
    #[must_use]
    pub fn proof(&self, model: &str) -> Option<Proof> {
        match self.of {
            Free::Models(models) => {
                models.iter().any(|pattern| matches(pattern, model)).then_some(Proof::Model)
            }
            Free::Plan => Some(Proof::Plan),
            Free::Credit(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_is_no_proof() {
        let tier = |of| FreeTier { of, terms: "", limits: &[], source: SMLGATEWAY };
        assert_eq!(tier(Free::Credit("$1")).proof("m"), None);
        assert_eq!(tier(Free::Plan).proof("m"), Some(Proof::Plan));
        assert_eq!(tier(Free::Models(&["*:free"])).proof("a/b:free"), Some(Proof::Model));
        assert_eq!(tier(Free::Models(&["*:free"])).proof("a/b"), None);
    }

    #[test]
    fn every_fact_has_its_day() {
        for provider in crate::PROVIDERS {
            let Some(tier) = &provider.free else { continue };
            let day = tier.source.as_of;
            assert!(
                day.len() == 10 && day.starts_with("202") && !tier.source.at.is_empty(),
                "{}",
                provider.id
            );
            assert!(!provider.local, "{}: what runs here costs nothing anyway", provider.id);
            for limit in tier.limits {
                assert!(limit.most > 0 && !limit.models.is_empty(), "{}", provider.id);
            }
        }
    }
}
