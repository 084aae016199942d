//! Whether a request may be asked of several targets at once, when one is late, and what that may cost.

use std::sync::Arc;
use std::time::Duration;

use wye_fleet::{Allowance, Spent};
use wye_routing::{Hedge, Plan};
use wye_types::record::decision::Mode;
use wye_types::usage::Ledger;

use super::{Job, Tries};
use crate::live::Target;

/// How a route asks several targets at once.
#[derive(Debug, Clone)]
pub struct HedgePolicy {
    /// How many at once at most, up to [`wye_routing::machine::MOST_CONTENDERS`].
    pub contenders: usize,
    /// All start at once, instead of each when the one before it is late.
    pub race: bool,
    /// A target is late after the time within which so many percent of its first contents come; see
    /// [`wye_fleet::speed::Speed::late_after`].
    pub percentile: u32,
    /// How many calls beside others there may be, in thousandths of the route's requests, in number and in money; `None`:
    /// as many as there are late ones.
    pub budget: Option<u32>,
    /// What is left of that: [`wye_fleet::Fleet::allowance`] of the route's name, which outlives a reload.
    pub allowance: Arc<Allowance>,
}

impl HedgePolicy {
    /// The usual: up to three, each when the one before it is later than 97 percent of its answers, for at most five
    /// percent of the requests.
    #[must_use]
    pub const fn usual(allowance: Arc<Allowance>) -> Self {
        Self { contenders: 3, race: false, percentile: 97, budget: Some(50), allowance }
    }
}

impl<J: Job> Tries<J> {
    /// What the machine may do.
    pub(super) fn plan(&self, job: &J) -> Plan {
        Plan { hedge: self.hedge(job), ..self.decided.plan(self.settle.arrived()) }
    }

    /// Never for what a provider works on when the answer has ended, at a target that is asked only because nobody else is
    /// left or in the name of another model that the client listed, and where there is no other provider.
    fn hedge(&self, job: &J) -> Option<Hedge> {
        let policy = self.route.policy.hedge.as_ref()?;
        let (targets, order) = (&self.route.targets, &self.decided.order);
        let named = |place: &usize| *place < self.route.first_named();
        let firm = order.get(..self.decided.firm)?;
        let firm = &firm[..firm.iter().position(|place| !named(place)).unwrap_or(firm.len())];
        let provider = |place: &usize| targets.get(*place).map(|target| target.endpoint.fleet.number);
        let first = firm.first().and_then(provider)?;
        let may = firm.iter().filter_map(provider).any(|other| other != first)
            && !self.settle.alone
            && !self.settle.works_on()
            && job.may_race(targets, firm);
        may.then_some(Hedge { contenders: policy.contenders, race: policy.race, among: firm.len() })
    }

    /// A target of the order.
    fn target(&self, place: usize) -> Option<&Target> {
        self.route.targets.get(*self.decided.order.get(place)?)
    }

    /// How long after its call a target is late, by how it usually is through the account. While little may be spent, that is kept for those that are stuck.
    pub(super) fn late_after(&self, target: &Target, account: usize) -> Duration {
        let policy = &self.route.policy;
        let stream = self.settle.record.stream;
        let percentile = policy.hedge.as_ref().map_or(100, |hedge| hedge.percentile);
        let own = target.lane(account).and_then(|lane| lane.speed(stream)?.surely_late_after(percentile));
        match own.or_else(|| target.member.state.speed(stream).late_after(percentile)) {
            Some(late) if self.budget().is_none_or(|(allowance, _)| allowance.has_plenty()) => late.likely,
            Some(late) => late.surely,
            // Nobody knows it yet.
            None if stream => policy.first_content / 4,
            None => policy.least_share,
        }
    }

    /// Several targets may be asked from now on: the decision says so, and the request puts its share into what its route
    /// may spend, once.
    pub(super) fn opens(&mut self) {
        if let Some(decision) = &mut self.settle.record.decision {
            let races = self.route.policy.hedge.as_ref().is_some_and(|hedge| hedge.race);
            decision.mode = if races { Mode::Race } else { Mode::Hedged };
        }
        if let Some((hedge, share)) = self.budget()
            && !self.has_paid
        {
            hedge.earn(share, self.target(0).and_then(|target| self.foreseen(target)));
            self.has_paid = true;
        }
    }

    /// Takes what a call beside others may cost. `None`: there is not enough left.
    pub(super) fn spends(&self, place: usize) -> Option<Option<Spent>> {
        let Some((allowance, _)) = self.budget() else { return Some(None) };
        let cost = self.target(place).and_then(|target| self.foreseen(target));
        allowance.spend(cost).map(Some)
    }

    fn budget(&self) -> Option<(&Arc<Allowance>, u32)> {
        let hedge = self.route.policy.hedge.as_ref()?;
        Some((&hedge.allowance, hedge.budget?))
    }

    /// What a call is thought to cost, in nano-dollars.
    pub(super) fn foreseen(&self, target: &Target) -> Option<u64> {
        let price = target.price_of(self.settle.record.kind, self.settle.holding.is_free_only())?;
        price.foreseen(&Ledger::from(self.estimate.usage()), self.settle.moment().unix_ms / 1000)
    }
}
