//! What one call holds of a provider's quotas until it is over.

use std::sync::Arc;

use wye_limits::{Held, Measure};
use wye_types::Usage;

use super::Quotas;
use crate::parse::Estimate;

/// What one call holds of a provider's quotas. Dropping it gives everything back.
#[derive(Debug)]
pub(crate) struct Holding {
    pub(super) quotas: Arc<Quotas>,
    pub(super) held: Held,
    pub(super) input: Held,
    pub(super) output: Held,
    pub(super) estimate: Estimate,
}

impl Holding {
    /// The call is over and its answer was used. Without a word about what it used, what was reserved counts.
    pub(crate) fn served(self, usage: Option<&Usage>) {
        let input = usage.map(|usage| {
            // Vendors that count prompts apart do not count what they read from a cache.
            usage.prompt_total().saturating_sub(usage.cache_read.unwrap_or(0))
        });
        self.settle(usage.map(Usage::total), input, usage.map(Usage::output_total));
    }

    /// The call came to nothing, though the provider had it: it was a request, and no tokens.
    pub(crate) fn failed(self) {
        self.settle(Some(0), Some(0), Some(0));
    }

    /// The client went away before there was content: the prompt was read.
    pub(crate) fn abandoned(self) {
        let input = Some(self.estimate.input);
        self.settle(input, input, Some(0));
    }

    fn settle(mut self, tokens: Option<u64>, input: Option<u64>, output: Option<u64>) {
        let of = |measure, used: Option<u64>| if measure == Measure::Tokens { used } else { None };
        std::mem::take(&mut self.held).settle(|measure| of(measure, tokens));
        std::mem::take(&mut self.input).settle(|measure| of(measure, input));
        std::mem::take(&mut self.output).settle(|measure| of(measure, output));
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        drop((
            std::mem::take(&mut self.held),
            std::mem::take(&mut self.input),
            std::mem::take(&mut self.output),
        ));
        self.quotas.waiting.freed(&self.quotas.id);
    }
}
