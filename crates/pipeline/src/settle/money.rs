//! What a request came to in money: reckoned once it is known what was used, told to the client, paid by its budgets.

use std::sync::Arc;

use bytes::Bytes;
use wye_catalog::{Basis, Service};
use wye_types::error::GatewayError;
use wye_types::record::UsageSource;
use wye_types::usage::{Ledger, Units};
use wye_types::{Code, Usage};
use wye_wire::dialect::Loss;
use wye_wire::scan::TopLevel;

use super::Settle;
use crate::admit::Used;
use crate::live::Route;
use crate::ours::Ours;
use crate::price::Pricing;
use crate::{bill, free};

/// The field that asks for a class of service.
const TIER: &str = "service_tier";

impl Settle {
    /// Takes what a request asks of the gateway itself, and refuses what may cost something where nothing may.
    ///
    /// # Errors
    /// See [`free::check`].
    pub(crate) fn heed(
        &mut self,
        ours: &Ours,
        route: &Route,
        asked: (&TopLevel, &[u8], &str),
    ) -> Result<(), GatewayError> {
        self.tells_cost = ours.cost;
        self.tells_trace = ours.controls.as_ref().is_some_and(|controls| controls.trace);
        self.alone = ours.controls.as_ref().is_some_and(|controls| controls.no_hedge);
        self.notes.extend_from_slice(&ours.unheeded);
        let (top, body, _) = asked;
        if let Some(tier) = top.raw(body, TIER).and_then(|raw| serde_json::from_slice::<&str>(raw).ok()) {
            // What is answered at once is no batch, whatever it calls itself.
            self.asked_service =
                Some(Service::named(tier)).filter(|one| *one != Service::Batch).unwrap_or_default();
        }
        if ours.free_only {
            self.holding.must_be_free();
        }
        if self.holding.is_free_only() { free::check(route, asked) } else { Ok(()) }
    }

    /// What the deployment costs that is called now. It does not serve in the class that was asked for if it is not told
    /// of it.
    pub(crate) fn costs(&mut self, price: Option<&Pricing>, losses: &[Loss]) {
        self.price = price.cloned();
        let told = losses.iter().all(|loss| loss.field != TIER);
        self.service = if told { self.asked_service } else { Service::Standard };
    }

    /// The call that failed was billed: its answer could not be sent, but its provider counted it.
    pub(crate) fn billed(&mut self, usage: &Usage) {
        let price = self.price.take();
        self.billed_at(usage, price.as_ref(), self.service);
        self.price = price;
    }

    /// The same for a call of another deployment than the one called last.
    pub(super) fn billed_at(&mut self, usage: &Usage, price: Option<&Pricing>, service: Service) {
        let (cost, basis) = amount(&Ledger::from(*usage), (price, service), self.record.at_ms / 1000);
        self.billed = self.billed.and(usage.total(), cost);
        self.record.cost_basis = basis;
    }

    /// Whether anybody can tell what the call that is made now costs.
    pub(crate) fn cost_is_known(&mut self, known: bool) {
        self.billed.cost = known.then_some(0);
        self.record.cost_basis = (!known).then(|| Basis::Unknown.name());
    }

    /// What the answer that is sent used.
    fn own(&self) -> Ledger {
        let tokens = self.record.usage.unwrap_or_default();
        // What the request asked for was used only if somebody answered it.
        let units = if self.record.served.is_some() { self.record.units } else { Units::default() };
        // Nought stands there where another bills the call, too: it proves nothing.
        let reported = self.reported.or(tokens.reported).filter(|nano| *nano > 0);
        Ledger { tokens, units, reported }
    }

    /// What the request came to so far, attempts in vain included.
    fn spent(&self) -> (Used, Option<&'static str>) {
        let own = self.own();
        let (cost, basis) = amount(&own, (self.price.as_ref(), self.service), self.record.at_ms / 1000);
        (self.billed.and(own.tokens.total(), cost), basis.or(self.record.cost_basis))
    }

    /// What a whole answer cost, and its body, which tells that too where the client asked for it.
    pub(crate) fn bill(&mut self, body: Bytes) -> (Option<u64>, Bytes) {
        let cost = self.cost();
        let told = cost.filter(|_| self.tells_cost).and_then(|nano| bill::in_body(&body, nano));
        (cost, told.map_or(body, Bytes::from))
    }

    /// What an answer cost so far, in nano-dollars, for the client; `None` where nobody knows.
    pub(crate) fn cost(&mut self) -> Option<u64> {
        self.estimate_usage();
        let (used, basis) = self.spent();
        used.cost.filter(|_| basis.is_some())
    }

    /// Counts what was used so far of something that goes on. Gives why it may not go on, if nothing is left.
    pub(crate) fn book(&mut self) -> Option<Code> {
        let (used, _) = self.spent();
        let now = self.tick();
        self.holding.book(used, now)
    }

    /// Tokens as estimated for the prompt, one an event for the answer. What was reported before an
    /// answer broke off is a beginning, not a sum.
    pub(super) fn estimate_usage(&mut self) {
        // Whoever has no more than the receipt of work has caused all of it.
        if let Some(behind) =
            self.behind.filter(|_| self.record.usage.is_none() && self.record.served.is_some())
        {
            self.record.usage = Some(Usage { input: self.input(), output: behind, ..Usage::default() });
            self.record.usage_source = UsageSource::Estimated;
        }
        if let Some(usage) = self.record.usage.as_mut().filter(|_| self.record.code.is_some())
            && usage.output_total() < self.content_events
        {
            usage.output += self.content_events - usage.output_total();
            self.record.usage_source = UsageSource::Estimated;
        }
        if self.record.usage.is_none() && self.content_events > 0 {
            self.record.usage =
                Some(Usage { input: self.input(), output: self.content_events, ..Usage::default() });
            self.record.usage_source = UsageSource::Estimated;
        }
    }

    /// Puts what was used in the place of what was reserved. A prompt that was sent when the client went away is billed
    /// by most providers, so that it counts although nobody saw an answer.
    pub(super) fn reckon(&mut self, gone_while_called: bool) {
        if gone_while_called && self.record.usage.is_none() {
            let input = self.input();
            self.record.usage = Some(Usage { input, ..Usage::default() });
            self.record.usage_source = UsageSource::Estimated;
        }
        let (used, basis) = self.spent();
        self.record.cost = used.cost;
        self.record.cost_basis = basis;
        self.record.price_version = self.price.as_ref().map(|price| Arc::clone(&price.version));
        std::mem::take(&mut self.holding).settle(used);
    }
}

/// What a ledger comes to at a price, and what that rests on; nothing where nothing was used. `at` is in Unix seconds.
pub(super) fn amount(
    ledger: &Ledger,
    (price, service): (Option<&Pricing>, Service),
    at: u64,
) -> (Option<u64>, Option<&'static str>) {
    let (cost, basis) = match price {
        _ if *ledger == Ledger::default() => return (Some(0), None),
        Some(price) => price.amount(ledger, at, service),
        None => wye_catalog::amount(ledger, None, at, service),
    };
    // Counts of nought are no proof that it cost nothing.
    let known = basis != Basis::Unknown;
    (cost.filter(|_| known), Some(basis.name()))
}
