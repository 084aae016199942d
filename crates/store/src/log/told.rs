//! What the log keeps of a request as JSON and as bytes, read for whoever asks about that one.

use serde::Deserialize;
use wye_types::Usage;
use wye_types::record::decision::Explanation;
use wye_types::usage::{Ledger, Units};

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
    /// How many targets its route had, where no decision says it.
    pub targets: Option<u64>,
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

/// What of a ledger has no column of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Uncommon {
    cache_write_1h: Option<u64>,
    audio_in: Option<u64>,
    audio_out: Option<u64>,
    image_in: Option<u64>,
    image_out: Option<u64>,
    units: Counted,
}

/// [`Units`], by their names in records.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counted {
    images: Option<u64>,
    heard_ms: Option<u64>,
    spoken_ms: Option<u64>,
    characters: Option<u64>,
    searches: Option<u64>,
    search_units: Option<u64>,
    pages: Option<u64>,
}

impl Entry {
    /// What was used, each thing counted once, of an entry that was read: in its columns, kinds of tokens that have none of
    /// their own are counted among others. `None` if nothing was.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        let Uncommon { cache_write_1h, audio_in, audio_out, image_in, image_out, units } =
            serde_json::from_str(&self.detail).unwrap_or_default();
        let Counted { images, heard_ms, spoken_ms, characters, searches, search_units, pages } = units;
        let units = Units { images, heard_ms, spoken_ms, characters, searches, search_units, pages };
        let less =
            |all: u64, parts: [Option<u64>; 2]| parts.into_iter().flatten().fold(all, u64::saturating_sub);
        let tokens = self.usage.map(|usage| Usage {
            input: less(usage.input, [audio_in, image_in]),
            cache_write: usage.cache_write.map(|all| less(all, [cache_write_1h, None])).filter(|n| *n > 0),
            cache_write_1h,
            audio_in,
            image_in,
            output: less(usage.output, [audio_out, image_out]),
            audio_out,
            image_out,
            ..usage
        });
        let any = tokens.is_some() || units != Units::default();
        any.then(|| Ledger { tokens: tokens.unwrap_or_default(), units, reported: None })
    }

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
