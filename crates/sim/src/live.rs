//! A script at work: what it says, and what has been counted since it was set.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::fixed::Ready;
use crate::kept::Kept;
use crate::quota::Ledger;
use crate::script::{Dialect, Fault, Model, On, Provider, Script};
use crate::sign::Signer;
use crate::words;

/// Tokens in the steps in which vendors cache prompts, and the least they cache.
const BLOCK_TOKENS: u64 = 1024;
const BLOCK_BYTES: usize = 4096;

/// Prefixes remembered before all are forgotten.
const PREFIXES: usize = 65_536;

/// A script at work.
pub(crate) struct Live {
    pub(crate) seed: u64,
    pub(crate) seats: BTreeMap<String, Seat>,
    pub(crate) ledger: Ledger,
    prefixes: Mutex<HashSet<u64>>,
}

/// One provider at work.
pub(crate) struct Seat {
    pub(crate) provider: Provider,
    pub(crate) signer: Signer,
    /// The answers rendered in advance, by dialect and model.
    pub(crate) ready: Vec<(Dialect, HashMap<String, Ready>)>,
    counts: Mutex<HashMap<String, u64>>,
    pub(crate) kept: Kept,
}

/// What a fault rule looks at.
pub(crate) struct Facts<'a> {
    pub(crate) model: &'a str,
    /// Which request for that model this is, from 1.
    pub(crate) nth: u64,
    pub(crate) stream: bool,
    pub(crate) key: Option<&'a str>,
    /// The body as it came.
    pub(crate) last_user: &'a str,
}

impl Live {
    pub(crate) fn new(script: Script) -> Self {
        let seed = script.seed;
        let seats = script.providers.into_iter().map(|(name, provider)| {
            let signer = Signer::new(seed, &name);
            let fixed: Vec<_> = provider.models.iter().filter_map(|(id, m)| Some((id, m.fixed?))).collect();
            let rendered = |dialect: &Dialect| {
                let ready = fixed.iter().map(|(id, fixed)| ((*id).clone(), Ready::new(*dialect, id, *fixed)));
                (*dialect, ready.collect())
            };
            let ready = provider.dialects.iter().filter(|_| !fixed.is_empty()).map(rendered).collect();
            (name, Seat { provider, signer, ready, counts: Mutex::default(), kept: Kept::default() })
        });
        Self { seed, seats: seats.collect(), ledger: Ledger::default(), prefixes: Mutex::default() }
    }

    /// Forgets what was counted and cached.
    pub(crate) fn reset(&self) {
        self.ledger.clear();
        self.prefixes.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for seat in self.seats.values() {
            seat.counts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// How many tokens of this prompt were seen before, and how many are remembered from now on.
    pub(crate) fn cached(&self, provider: &str, model: &str, prompt: &str) -> (u64, u64) {
        let mut prefixes = self.prefixes.lock().unwrap_or_else(PoisonError::into_inner);
        if prefixes.len() > PREFIXES {
            prefixes.clear();
        }
        let (mut seen, mut new) = (0, 0);
        let mut hash = words::seed(&[provider.as_bytes(), model.as_bytes()]);
        for block in prompt.as_bytes().chunks_exact(BLOCK_BYTES) {
            hash = words::seed(&[&hash.to_le_bytes(), block]);
            if prefixes.insert(hash) {
                new += BLOCK_TOKENS;
            } else {
                seen += BLOCK_TOKENS;
            }
        }
        (seen, new)
    }
}

impl Seat {
    pub(crate) fn model(&self, id: &str) -> Option<&Model> {
        self.provider.models.get(id)
    }

    /// The answer rendered in advance, if the model has one.
    pub(crate) fn ready(&self, dialect: Dialect, model: &str) -> Option<&Ready> {
        self.ready.iter().find(|(d, _)| *d == dialect)?.1.get(model)
    }

    /// Counts a request for a model and says which it is, from 1.
    pub(crate) fn count(&self, model: &str) -> u64 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(model.to_owned()).or_insert(0);
        *count += 1;
        *count
    }

    /// The fault that strikes a request, if one does.
    pub(crate) fn fault(&self, seed: u64, name: &str, facts: &Facts<'_>) -> Option<&Fault> {
        let rules = self.provider.faults.iter().enumerate();
        let mut rules = rules.filter(|(i, rule)| {
            let draw = || {
                let index = i.to_le_bytes();
                let nth = facts.nth.to_le_bytes();
                let parts: [&[u8]; 5] =
                    [&seed.to_le_bytes(), name.as_bytes(), facts.model.as_bytes(), &index, &nth];
                fastrand::Rng::with_seed(words::seed(&parts)).f64()
            };
            holds(&rule.on, facts, draw)
        });
        rules.next().map(|(_, rule)| &rule.fault).filter(|fault| **fault != Fault::None)
    }
}

fn holds(on: &On, facts: &Facts<'_>, draw: impl Fn() -> f64) -> bool {
    on.model.as_ref().is_none_or(|m| m == facts.model)
        && on.nth.as_ref().is_none_or(|n| n.contains(&facts.nth))
        && on.every.is_none_or(|every| facts.nth.is_multiple_of(every.max(1)))
        && on.from.is_none_or(|from| facts.nth >= from)
        && on.to.is_none_or(|to| facts.nth <= to)
        && on.stream.is_none_or(|stream| stream == facts.stream)
        && on.key.as_ref().is_none_or(|key| Some(key.as_str()) == facts.key)
        && on.contains.as_ref().is_none_or(|text| facts.last_user.contains(text))
        && on.chance.is_none_or(|chance| draw() < chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_prefixes_are_cached_in_blocks() {
        let live = Live::new(Script { seed: 1, epoch: None, providers: BTreeMap::new() });
        let prompt = "x".repeat(10_000);
        assert_eq!(live.cached("p", "m", &prompt), (0, 2048));
        assert_eq!(live.cached("p", "m", &format!("{prompt}and more")), (2048, 0));
        assert_eq!(live.cached("p", "other", &prompt), (0, 2048));
        assert_eq!(live.cached("p", "m", "short"), (0, 0));
    }
}
