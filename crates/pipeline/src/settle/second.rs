//! An answer that had been put aside is sent after all. What its call came to was counted as in vain; it is its own use now.

use std::sync::Arc;

use wye_catalog::Service;
use wye_types::record::Outcome;
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
