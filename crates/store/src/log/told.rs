//! What the log keeps of a request as JSON and as bytes, read for whoever asks about that one.

use serde::Deserialize;
use wye_types::record::decision::Explanation;

use super::Entry;

/// What an entry's `detail` says. What an older version did not write is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The request that it was made for, where the gateway made it for itself.
    pub parent: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// Microseconds for which it waited for a provider's quota.
    pub waited_us: u64,
    /// Upstream calls, in the order in which they were started.
    pub attempts: Vec<Tried>,
    /// Targets that were not called.
    pub passed_over: Vec<PassedBy>,
    /// What the target's dialect could not say.
    pub warnings: Vec<String>,
}

/// An upstream call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tried {
    /// `provider/model`.
    pub deployment: String,
    /// Which of the provider's accounts, from 0.
    pub account: u64,
    /// What it was made for; `None`: it was the first.
    pub role: Option<String>,
    /// Microseconds from the request's arrival to the call.
    pub started_us: u64,
    /// Microseconds that it waited for its turn.
    pub queued_us: Option<u64>,
    /// Microseconds from the call to the beginning of the answer.
    pub answered_us: Option<u64>,
    /// Microseconds from the call to the first content.
    pub content_us: Option<u64>,
    /// Microseconds from the call to its end.
    pub took_us: u64,
    /// The provider's HTTP status.
    pub status: Option<u16>,
    /// `served`, `failed` or `cancelled`.
    pub outcome: String,
    /// How it failed.
    pub code: Option<String>,
}

/// A target that was not called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PassedBy {
    /// `provider/model`.
    pub deployment: String,
    /// Why not, in one word; `None` where an older version wrote it.
    pub code: Option<String>,
    /// The same for people.
    pub reason: String,
}

impl Entry {
    /// Its attempts, and what else `detail` says.
    #[must_use]
    pub fn told(&self) -> Detail {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }

    /// Its decision, where it has one and was read with it.
    #[must_use]
    pub fn explanation(&self) -> Option<Explanation> {
        self.decision.as_deref().and_then(Explanation::read)
    }
}
