//! An answer that had been put aside is sent after all. What its call came to was counted as in vain; it is its own use now.

use std::sync::Arc;

use wye_catalog::Service;
use wye_types::record::{Outcome, UsageSource};
use wye_types::usage::Ledger;
use wye_types::{DeploymentId, Usage};

use super::Settle;
use super::money::amount;
use crate::price::Pricing;

/// What a call costs.
pub(crate) struct Priced {
    price: Option<Pricing>,
    service: Service,
}

impl Settle {
    /// The answer of the call that just ended is put aside: counted as in vain, until it [stands](Self::stands).
    pub(crate) fn put_aside(&mut self, usage: &Usage) -> Priced {
        if let Some(held) = self.held.take() {
            held.served(Some(usage));
        }
        self.record.served = None;
        self.billed(usage);
        self.priced()
    }

    /// What the call costs that is spoken of, or was last.
    pub(crate) fn priced(&self) -> Priced {
        Priced { price: self.price.clone(), service: self.service }
    }

    /// The answer of the call that just ended broke off, and another call goes on with it: what it used so far is counted
    /// apart from what that will use.
    pub(crate) fn cut_short(&mut self) {
        let told = self.record.usage.take();
        let mut usage = told.unwrap_or_else(|| Usage { input: self.input(), ..Usage::default() });
        usage.output += self.content_events.saturating_sub(usage.output_total());
        self.content_events = 0;
        let served = self.record.served.take();
        self.put_aside(&usage);
        self.record.served = served;
        self.before = Some(both(self.before.unwrap_or_default(), usage));
    }

    /// The record tells all that was used, by the calls before the last one too. Their cost is counted already.
    pub(super) fn with_before(&mut self) {
        if let Some(before) = self.before.take() {
            let usage = self.record.usage.unwrap_or_default();
            self.record.usage = Some(both(usage, before));
            self.record.usage_source = UsageSource::Estimated;
        }
    }

    /// The answer of a call that is over is the one that is sent; `usage` is what it was billed for ([`Settle::billed`]).
    pub(crate) fn stands(&mut self, deployment: &Arc<DeploymentId>, priced: Priced, usage: Option<&Usage>) {
        let Priced { price, service } = priced;
        if let Some(usage) = usage {
            let at = self.record.at_ms / 1000;
            let (cost, _) = amount(&Ledger::from(*usage), (price.as_ref(), service), at);
            self.billed = self.billed.without(usage.total(), cost);
        }
        (self.price, self.service) = (price, service);
        self.record.served = Some(Arc::clone(deployment));
        let mut calls = self.record.attempts.iter_mut().rev();
        if let Some(call) = calls.find(|call| call.deployment == *deployment) {
            call.outcome = Outcome::Served;
        }
    }
}

/// What two calls used.
fn both(a: Usage, b: Usage) -> Usage {
    let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or_default().saturating_add(b.unwrap_or_default())),
    };
    Usage {
        input: a.input.saturating_add(b.input),
        cache_read: sum(a.cache_read, b.cache_read),
        cache_write: sum(a.cache_write, b.cache_write),
        cache_write_1h: sum(a.cache_write_1h, b.cache_write_1h),
        audio_in: sum(a.audio_in, b.audio_in),
        image_in: sum(a.image_in, b.image_in),
        output: a.output.saturating_add(b.output),
        reasoning: sum(a.reasoning, b.reasoning),
        audio_out: sum(a.audio_out, b.audio_out),
        image_out: sum(a.image_out, b.image_out),
        reported: None,
        billed: None,
    }
}
