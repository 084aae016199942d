//! An answer that did not pass, kept while others are asked: sent after all where nobody does better, since an answer that
//! does not pass is better than none. Of several the first is kept, whose target the route's order prefers.

use std::fmt;
use std::sync::Arc;

use wye_types::Usage;
use wye_wire::dialect::Loss;

use super::chat::Good;
use super::{Job, Tries};
use crate::call::Bad;
use crate::live::Target;
use crate::settle::Priced;

/// An answer that did not pass.
pub(crate) struct Spare(Box<Good>);

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spare")
    }
}

impl Spare {
    pub(crate) fn new(good: Good) -> Self {
        Self(Box::new(good))
    }

    pub(super) fn good(self) -> Good {
        *self.0
    }
}

/// The same with what sending it takes.
pub(super) struct Second<G> {
    pub(super) good: G,
    /// Its target's place in the route.
    pub(super) target: usize,
    pub(super) account: usize,
    pub(super) warnings: Vec<String>,
    pub(super) priced: Priced,
    /// What it was billed for.
    pub(super) usage: Option<Usage>,
}

impl<J: Job> Tries<J> {
    /// Keeps an answer that did not pass, unless one is kept already.
    pub(super) fn keep(&mut self, (target, account): (&Target, usize), losses: &[Loss], bad: &mut Bad) {
        let Some(good) = J::spare(bad) else { return };
        let place =
            self.route.targets.iter().position(|one| Arc::ptr_eq(&one.deployment, &target.deployment));
        if let (None, Some(target)) = (&self.spare, place) {
            let mut warnings: Vec<String> = losses.iter().map(ToString::to_string).collect();
            warnings.push(format!("the answer did not pass, and no other did better: {}", bad.message));
            let (priced, usage) = (self.settle.priced(), bad.usage.as_deref().copied());
            self.spare = Some(Second { good, target, account, warnings, priced, usage });
        }
    }

    /// Sends what was kept.
    pub(super) fn send(&mut self, second: Second<J::Good>) -> J::Good {
        let Second { good, target, account, warnings, priced, usage } = second;
        let route = Arc::clone(&self.route);
        let target = &route.targets[target];
        self.settle.stands(&target.deployment, priced, usage.as_ref());
        self.settle.record.warnings = warnings;
        if let Some(keeping) = &mut self.settle.keeping {
            keeping.called(target, account);
        }
        good
    }
}
