//! One attempt: an account with quota left, the call, and what it says about both.

use std::sync::Arc;
use std::time::Duration;

use wye_fleet::Call;
use wye_limits::{Listening, Moment};
use wye_providers::limits::read_refusal;
use wye_routing::FailureKind;
use wye_routing::cooldown::Picked;
use wye_types::error::{Fault, GatewayError};
use wye_types::record::{Outcome, PassedOver, Refusal, RefusalCode};
use wye_wire::dialect::Loss;

use super::probe::Probing;
use super::{At, Fell, Job, Tries, note_failure};
use crate::call::{Bad, within};
use crate::lease;
use crate::live::Target;
use crate::parse::Estimate;
use crate::quota::{Holding, Refused, Wanted};

/// A call that may be made: whom it asks, and what it holds of them.
pub(super) struct Ready<O> {
    /// The target's place in the route.
    pub(super) target: usize,
    pub(super) account: usize,
    pub(super) outgoing: O,
    holding: Option<Holding>,
    call: Call,
    /// Tokens and nano-dollars that it may come to.
    foreseen: (u64, u64),
    /// Its account rests, and this call finds out how it is.
    probing: Option<Probing>,
}

impl<J: Job> Tries<J> {
    /// Tries a target with an account that is free.
    pub(super) async fn start(&mut self, job: &J, place: usize) -> Result<J::Good, Fell> {
        let route = Arc::clone(&self.route);
        let ready = self.ready(job, place).await?;
        let (target, account) = (&route.targets[ready.target], ready.account);
        let outgoing = self.begins(ready).1;
        let now = self.settle.now();
        let (deadline, whole_by) = (self.machine.deadline(), self.machine.whole_by(now));
        let (policy, times) = (&*route.policy, self.settle.times());
        let called = job.call(At { target, account, policy, times, deadline, whole_by }, &outgoing).await;
        self.settle.tick();
        self.came(job, (target, account), J::losses(&outgoing), called)
    }

    /// Finds an account of a target, and what it is sent.
    pub(super) async fn ready(&mut self, job: &J, place: usize) -> Result<Ready<J::Outgoing>, Fell> {
        let route = Arc::clone(&self.route);
        let found = self.decided.order.get(place).and_then(|at| Some((*at, route.targets.get(*at)?)));
        let Some((at, target)) = found else { return Err(Fell::Refused { retry_after: None }) };
        if job.needs_fetching(target) {
            self.fetch(job, target).await?;
        }
        let foreseen = (self.estimate.total(), self.foreseen(target).unwrap_or_default());
        if let Err(error) = self.settle.pay_ahead(foreseen).await {
            return Err(self.unpaid(&error));
        }
        let mut call = self.leave_to_call(place, target)?;
        let (account, holding, probing) = self.reserve(job, (place, target)).await?;
        if let Some(lane) = target.lane(account) {
            call.through(lane, self.settle.now());
        }
        // Whoever waited has what it waited for.
        self.queue.served();
        self.tried.push((place, account));
        let outgoing = self.prepare(job, (place, target))?;
        Ok(Ready { target: at, account, outgoing, holding, call, foreseen, probing })
    }

    /// The call is made now. Gives its number among those of the request, and what is sent.
    pub(super) fn begins(&mut self, ready: Ready<J::Outgoing>) -> (u32, J::Outgoing) {
        let target = &self.route.targets[ready.target];
        if let Some(probing) = ready.probing {
            probing.sent();
        }
        let price = target.price(self.settle.holding.is_free_only());
        self.settle.set_aside();
        self.settle.costs(price, J::losses(&ready.outgoing));
        let number =
            self.settle.attempt_started(Arc::clone(&target.deployment), ready.account, ready.holding);
        self.settle.watches(ready.call);
        self.settle.attempt_may_cost(ready.foreseen);
        (number, ready.outgoing)
    }

    /// The call that is spoken of came to something.
    pub(super) fn came(
        &mut self,
        job: &J,
        (target, account): (&Target, usize),
        losses: &[Loss],
        called: Result<J::Good, Box<Bad>>,
    ) -> Result<J::Good, Fell> {
        match called {
            Ok(good) => {
                target.endpoint.accounts[account].state.served();
                self.queue.ask().remember(target.member.number, self.settle.now());
                if J::is_whole(&good) {
                    self.settle.attempt_ended(Some(200), Outcome::Served);
                } else {
                    // A stream is served when it has ended well.
                    self.settle.attempt_answers(200);
                }
                self.settle.record.warnings = losses.iter().map(ToString::to_string).collect();
                if let Some(keeping) = &mut self.settle.keeping {
                    keeping.called(target, account);
                }
                Ok(good)
            }
            Err(mut bad) => {
                if bad.unsent {
                    self.settle.attempt_unsent();
                }
                if bad.spare.is_some() || self.ran_out(job, &bad) {
                    self.settle.overlooks();
                }
                let status = bad.failure.status;
                self.settle.attempt_ended(status, Outcome::Failed(bad.failure.code()));
                if let Some(usage) = bad.usage.as_deref() {
                    self.settle.billed(usage);
                }
                self.keep((target, account), losses, &mut bad);
                let known = self.learn(job, (target, account), &bad);
                note_failure(target, account, &bad, known, self.settle.now());
                bad.by = Some(Arc::clone(&target.deployment));
                Err(self.failed(*bad))
            }
        }
    }

    /// Whether a call was cut off because the time of the whole request was over, before it had had its own. Others used
    /// that time up; it says nothing about this deployment.
    fn ran_out(&self, job: &J, bad: &Bad) -> bool {
        let (now, policy) = (self.settle.now(), &self.route.policy);
        // Who had nearly all of a total that is shorter than its patience had its time.
        let own = job.patience(policy).min(policy.total * 9 / 10);
        bad.failure.kind == FailureKind::Timeout
            && now >= self.machine.deadline()
            && self.settle.running_for().is_some_and(|had| had < own)
    }

    /// The leave to call a deployment, which its breaker may refuse. Where there is nobody else, it is called all the same.
    fn leave_to_call(&mut self, place: usize, target: &Target) -> Result<Call, Fell> {
        let (anyway, now) = (self.decided.asks_anyway(place), self.settle.now());
        target.member.call(self.asks_stream(), anyway, now).map_err(|until| {
            let reason = Refusal::new(RefusalCode::BreakerOpen).waits(Some(until.saturating_sub(now)));
            self.passed_by(target, "it failed again and again, and rests".to_owned(), reason)
        })
    }

    /// Whether targets are asked for a stream.
    pub(super) const fn asks_stream(&self) -> bool {
        self.settle.record.stream && !self.asks_whole
    }

    /// The client's limits have no room for one more call of its request.
    fn unpaid(&mut self, error: &GatewayError) -> Fell {
        let mut bad = Bad::of(FailureKind::NoAccount, error.message.clone());
        bad.failure.retry_after = error.retry_after;
        bad.own = Some(error.code);
        self.bads.push(bad);
        Fell::Refused { retry_after: error.retry_after }
    }

    /// A target is not called after all.
    fn passed_by(&mut self, target: &Target, message: String, reason: Refusal) -> Fell {
        let retry_after = reason.wait;
        let deployment = Arc::clone(&target.deployment);
        self.settle.record.pass_over(PassedOver { deployment, reason });
        let mut bad = Bad::of(FailureKind::NoAccount, message);
        bad.failure.retry_after = retry_after;
        self.bads.push(bad);
        Fell::Refused { retry_after }
    }

    /// Gets what the request needs for this target, before anything is reserved for the call.
    async fn fetch(&mut self, job: &J, target: &Target) -> Result<(), Fell> {
        let by = self.machine.deadline();
        let fetched = within(by, self.settle.now(), Box::pin(job.fetch((&self.route, target)))).await;
        self.settle.tick();
        match fetched {
            Some(Ok(())) => Ok(()),
            Some(Err(bad)) => Err(self.failed(bad)),
            None => {
                Err(self
                    .failed(Bad::of(FailureKind::Timeout, "its images were not there within the time limit")))
            }
        }
    }

    /// Takes an account of a target that neither rests nor has used up its quota, and reserves what the call may use.
    async fn reserve(&mut self, job: &J, (place, target): (usize, &Target)) -> Result<Taken, Fell> {
        if target.endpoint.quotas.count_tokens(&target.deployment.model) {
            self.estimate = job.counted();
        }
        let (decided, estimate) = (&self.decided, self.estimate);
        let mut tried: Vec<usize> = self.tried.iter().filter(|(p, _)| *p == place).map(|(_, a)| *a).collect();
        let mut last_resort = decided.asks_all_the_same() && tried.is_empty();
        if let Some(only) = job.account(target).filter(|_| target.endpoint.accounts.len() > 1) {
            tried.extend((0..target.endpoint.accounts.len()).filter(|account| *account != only));
            last_resort = false;
        }
        let stream = self.asks_stream();
        let taken = lease::reserve(self.settle.reserving(), |now| {
            let asks_all_the_same = last_resort;
            take((target, stream), estimate, (&tried, asks_all_the_same), now)
        });
        let (until, full) = match taken.await {
            Ok(taken) => return Ok(taken),
            Err(refused) => refused,
        };
        let retry_after = until.map(|until| until.saturating_sub(self.settle.now()));
        let (message, reason) = match full {
            Some(refused) => (
                format!("used up: {}", refused.quota),
                Refusal::new(RefusalCode::QuotaUsedUp).about(refused.quota).waits(retry_after),
            ),
            None => (
                "every account of the provider rests".to_owned(),
                Refusal::new(RefusalCode::Rests).waits(retry_after),
            ),
        };
        Err(self.passed_by(target, message, reason))
    }

    /// Takes what a refusal says of the provider's quotas. Gives whether it is known which of them is used up.
    fn learn(&self, job: &J, (target, account): (&Target, usize), bad: &Bad) -> bool {
        if bad.failure.kind != FailureKind::Fault(Fault::RateLimited) {
            return false;
        }
        let Some(error) = &bad.error else { return false };
        let place = (account, target.deployment.model.as_str());
        let (quotas, now) = (&target.endpoint.quotas, self.settle.moment());
        let wanted =
            |named| Some(Wanted { estimate: job.counted(), retry_after: bad.failure.retry_after, named });
        let listed = quotas.learn(place, &bad.windows, wanted(false), now);
        let named = read_refusal(&error.message, bad.raw.as_deref().unwrap_or_default());
        // What it names is what was reached, whatever its headers list.
        quotas.learn(place, &named, wanted(true), now) || listed
    }
}

/// An account, what is held of its quotas, and the place of the one call that finds out how it is.
type Taken = (usize, Option<Holding>, Option<Probing>);

/// When a target may be called, as far as is known, and the quota that was found used up last.
type Full = (Option<Duration>, Option<Refused>);

/// Takes an account and reserves. A refusal comes with the answer of other gateways that may change it, if one is due.
fn take(
    (target, stream): (&Target, bool),
    estimate: Estimate,
    (tried, asks_all_the_same): (&[usize], bool),
    now: Moment,
) -> Result<Taken, (Full, Option<Listening>)> {
    let model = target.deployment.model.as_str();
    let mut full: Option<Refused> = None;
    let mut due: Option<Listening> = None;
    let mut reserve = |account: usize| {
        let reserved = target.endpoint.quotas.reserve((account, model), estimate, now);
        reserved.map_err(|(refused, answer)| {
            let until = refused.until;
            full = Some(refused);
            due = due.take().or(answer);
            until
        })
    };
    let states = target.endpoint.accounts.iter().map(|a| &*a.state);
    let merit = |account| Some(target.lane(account)?.merit(stream, now.mono));
    let until = match target.endpoint.rotation.pick(states, (model, now.mono), tried, (merit, &mut reserve)) {
        Ok(Picked { account, taken, probe }) => {
            let probing = probe.map(|probe| Probing::of(&target.endpoint.accounts[account].state, probe));
            return Ok((account, taken, probing));
        }
        Err(until) => until,
    };
    // All rest: the decision kept the one that rests shortest by a guess of ours, to be asked all the same.
    if asks_all_the_same
        && let Some(account) = shortest_guess(target, now.mono)
        && let Ok(holding) = reserve(account)
    {
        return Ok((account, holding, None));
    }
    Err(((until, full), due))
}

/// The account whose rest ends first, of those that only our own ladder put to rest.
fn shortest_guess(target: &Target, now: Duration) -> Option<usize> {
    let accounts = target.endpoint.accounts.iter().enumerate();
    let guessed = accounts.filter(|(_, account)| !account.state.was_told(now));
    let rests = guessed.filter_map(|(index, account)| {
        Some((account.state.rests_until(&target.deployment.model, now)?, index))
    });
    rests.min().map(|(_, index)| index)
}
