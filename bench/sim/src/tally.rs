//! What came of a run, in figures.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::policy::{Providers, Told};

/// The figures of one policy in one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// The policy.
    pub name: &'static str,
    /// Requests.
    pub asked: usize,
    /// Those that failed, by code.
    pub codes: BTreeMap<String, usize>,
    /// Times to the first content of those that did not, ascending, in milliseconds.
    pub firsts: Vec<u128>,
    /// What each provider got.
    pub served: Vec<Served>,
}

/// What a provider got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its name.
    pub name: &'static str,
    /// Calls.
    pub calls: usize,
    /// Those that it answered.
    pub answered: usize,
    /// When the calls came that it answered.
    pub times: Vec<Duration>,
    /// 429s.
    pub limited: usize,
    /// Calls into a window of which the caller knew that it was closed.
    pub closed: usize,
    /// Nano-dollars.
    pub cost: u64,
    /// After the end of each of its troubles, how long until it answered again.
    pub back_after: Vec<Option<Duration>>,
}

impl Tally {
    /// The figures of a run.
    #[must_use]
    pub fn new(name: &'static str, told: Vec<Told>, providers: &Providers) -> Self {
        let asked = told.len();
        let mut codes = BTreeMap::new();
        let mut firsts = Vec::with_capacity(asked);
        for told in told {
            match (told.code, told.first) {
                (None, Some(first)) => firsts.push(first.as_millis()),
                (code, _) => *codes.entry(code.unwrap_or_else(|| "empty".to_owned())).or_default() += 1,
            }
        }
        firsts.sort_unstable();
        let served = providers.iter().map(|provider| {
            let calls = provider.calls();
            let answered = |call: &&crate::provider::Call| call.status == 200;
            let back_after = provider.spec.troubles.iter().map(|trouble| {
                let back = calls.iter().filter(answered).find(|call| call.at >= trouble.to);
                back.map(|call| call.at - trouble.to)
            });
            Served {
                name: provider.spec.name,
                calls: calls.len(),
                answered: calls.iter().filter(answered).count(),
                times: calls.iter().filter(answered).map(|call| call.at).collect(),
                limited: calls.iter().filter(|call| call.status == 429).count(),
                closed: calls.iter().filter(|call| call.closed).count(),
                cost: provider.cost(),
                back_after: back_after.collect(),
            }
        });
        Self { name, asked, codes, firsts, served: served.collect() }
    }

    /// The share of requests that were answered, in percent.
    #[must_use]
    pub fn success(&self) -> f64 {
        percent(self.firsts.len(), self.asked)
    }

    /// Calls to providers.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.served.iter().map(|served| served.calls).sum()
    }

    /// Calls for each request.
    #[must_use]
    pub fn calls_each(&self) -> f64 {
        ratio(self.calls(), self.asked)
    }

    /// The share of calls that got 429, in percent.
    #[must_use]
    pub fn limited(&self) -> f64 {
        percent(self.served.iter().map(|served| served.limited).sum(), self.calls())
    }

    /// Calls into windows known to be closed.
    #[must_use]
    pub fn closed(&self) -> usize {
        self.served.iter().map(|served| served.closed).sum()
    }

    /// Time to the first content that a share of the answered requests did not exceed, in milliseconds.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    pub fn first(&self, share: f64) -> Option<u128> {
        let place = (self.firsts.len() as f64 * share).ceil() as usize;
        self.firsts.get(place.saturating_sub(1)).copied()
    }

    /// Dollars for a thousand answered requests.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "money for people")]
    pub fn dollars(&self) -> f64 {
        let nanos: u64 = self.served.iter().map(|served| served.cost).sum();
        nanos as f64 / 1e6 / self.firsts.len().max(1) as f64
    }

    /// The longest time from the end of a trouble until the provider was in use again; `None` if it never was.
    #[must_use]
    pub fn back_after(&self) -> Option<Duration> {
        let all = self.served.iter().flat_map(|served| &served.back_after);
        all.copied().max_by_key(|back| back.unwrap_or(Duration::MAX)).flatten()
    }
}

/// A share in percent; of nothing it is nought.
#[must_use]
pub fn percent(part: usize, whole: usize) -> f64 {
    ratio(part, whole) * 100.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
