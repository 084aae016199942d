//! Upstream calls under way, and what is recorded of each when it is over.
//!
//! One of them is spoken of at a time, and all that is said of a call is said of that one. Others may run beside it, each
//! with its own price; they are set aside until it is their turn to be spoken of.

use std::sync::Arc;
use std::time::Duration;

use wye_catalog::Service;
use wye_types::error::GatewayError;
use wye_types::record::{AttemptRecord, Outcome, Phases, Role};
use wye_types::{DeploymentId, Usage};

use super::Settle;
use super::fleet::tell;
use crate::price::Pricing;
use crate::quota;

/// An upstream call under way.
pub(super) struct Running {
    /// How many calls were begun before it.
    number: u32,
    deployment: Arc<DeploymentId>,
    account: usize,
    started: Duration,
    status: Option<u16>,
    holding: Option<quota::Holding>,
    unsent: bool,
    /// What the deployment's state is told of it.
    call: Option<wye_fleet::Call>,
    role: Role,
    pub(super) phases: Phases,
    /// Tokens and nano-dollars that it is thought to come to.
    foreseen: (u64, u64),
}

impl Running {
    /// How long after its call something is that is so long after the arrival of the request.
    pub(super) const fn since(&self, arrival: Duration) -> Duration {
        arrival.saturating_sub(self.started)
    }
}

/// A call that runs beside the one that is spoken of, and what it costs.
pub(super) struct Aside {
    running: Running,
    price: Option<Pricing>,
    service: Service,
}

impl Settle {
    /// An upstream call begins; `holding` is what it reserved of the provider's quotas. Gives its number.
    pub(crate) fn attempt_started(
        &mut self,
        deployment: Arc<DeploymentId>,
        account: usize,
        holding: Option<quota::Holding>,
    ) -> u32 {
        let started = self.now().saturating_sub(self.arrived);
        let number = u32::try_from(self.attempts()).unwrap_or(u32::MAX);
        if number == 0 {
            let since = self.now().saturating_sub(self.received);
            self.record.overhead = since.saturating_sub(self.record.waited);
        }
        let before = self.aside.last().map(|aside| aside.running.started);
        let role = match (number, before) {
            (0, _) => Role::Primary,
            (_, Some(_)) => Role::Hedge,
            _ if self.before.is_some() => Role::Continuation,
            (_, None) => Role::Retry,
        };
        let queued = before.map(|before| started.saturating_sub(before));
        self.running = Some(Running {
            number,
            deployment,
            account,
            started,
            status: None,
            holding,
            unsent: false,
            call: None,
            role,
            phases: Phases { queued, ..Phases::default() },
            foreseen: (0, 0),
        });
        number
    }

    /// What the running call is thought to come to: tokens and nano-dollars.
    pub(crate) const fn attempt_may_cost(&mut self, foreseen: (u64, u64)) {
        if let Some(running) = &mut self.running {
            running.foreseen = foreseen;
        }
    }

    /// Takes of the client's limits what one more call may come to, beside those that run and those that were billed.
    ///
    /// # Errors
    /// A limit that has no room for it.
    pub(crate) async fn pay_ahead(&mut self, foreseen: (u64, u64)) -> Result<(), GatewayError> {
        let calls = self.aside.iter().map(|aside| &aside.running).chain(&self.running);
        let billed = (self.billed.tokens, self.billed.priced);
        let sum = |a: (u64, u64), b: (u64, u64)| (a.0.saturating_add(b.0), a.1.saturating_add(b.1));
        let before = calls.map(|running| running.foreseen).fold(billed, sum);
        // What the first call may come to was taken when the request was let in.
        if before == (0, 0) {
            return Ok(());
        }
        self.holding.take_more(sum(before, foreseen), (&*self.clock, &mut self.at)).await
    }

    /// What the running call is made for.
    pub(crate) const fn attempt_is(&mut self, role: Role) {
        if let Some(running) = &mut self.running {
            running.role = role;
        }
    }

    /// The deployment's state is told what comes of the running call.
    pub(crate) fn watches(&mut self, call: wye_fleet::Call) {
        if let Some(running) = &mut self.running {
            running.call = Some(call);
        }
    }

    /// The running call could not be sent: the provider knows nothing of it.
    pub(crate) const fn attempt_unsent(&mut self) {
        if let Some(running) = &mut self.running {
            running.unsent = true;
        }
    }

    /// The running call's answer has begun and is the one that is sent.
    pub(crate) fn attempt_answers(&mut self, status: u16) {
        if let Some(running) = &mut self.running {
            running.status = Some(status);
            if let Some(call) = &mut running.call {
                call.first_content(self.at.mono);
            }
            let since = self.at.mono.saturating_sub(self.arrived);
            running.phases.answered = Some(running.since(since));
            self.record.served = Some(Arc::clone(&running.deployment));
        }
    }

    /// How long the running call has run.
    pub(crate) fn running_for(&self) -> Option<Duration> {
        let since = self.at.mono.saturating_sub(self.arrived);
        self.running.as_ref().map(|running| running.since(since))
    }

    /// How many upstream calls were made so far.
    pub(crate) fn attempts(&self) -> usize {
        self.record.attempts.len() + self.aside.len() + usize::from(self.running.is_some())
    }

    /// The running call's answer is not what the route wants, which may be the request's doing: the deployment is not
    /// blamed for it, or one client's prompt would take it from everybody.
    pub(crate) fn overlooks(&mut self) {
        if let Some(running) = &mut self.running {
            running.call = None;
        }
    }

    /// The running call came to something: failed, or its answer is the one that is sent.
    pub(crate) fn attempt_ended(&mut self, status: Option<u16>, outcome: Outcome) {
        let Some(mut running) = self.running.take() else { return };
        match (running.holding.take(), &outcome) {
            (None, _) => {}
            (holding, Outcome::Served) => self.held = holding,
            // It broke off after content: what went by counts, once it is known.
            (holding, _) if self.content_events > 0 => self.held = holding,
            (Some(holding), Outcome::Failed(_)) if running.unsent => drop(holding),
            (Some(holding), Outcome::Failed(_)) => holding.failed(),
            (Some(holding), Outcome::Cancelled) => holding.abandoned(),
        }
        if let Some(call) = running.call.take() {
            let used = self.record.usage.as_ref().map(Usage::output_total);
            tell(call, &outcome, (status.or(running.status), used), self.at.mono);
        }
        if outcome == Outcome::Served {
            self.record.served = Some(Arc::clone(&running.deployment));
        }
        self.note(running, status, outcome);
    }

    /// A call is over: its record, among the others in the order in which they were begun.
    fn note(&mut self, running: Running, status: Option<u16>, outcome: Outcome) {
        let took = running.since(self.now().saturating_sub(self.arrived));
        let attempts = &mut self.record.attempts;
        let before = |of: &AttemptRecord| of.started <= running.started && running.role != Role::Primary;
        let place = attempts.iter().rposition(before).map_or(0, |place| place + 1);
        attempts.insert(
            place,
            AttemptRecord {
                deployment: running.deployment,
                account: running.account,
                started: running.started,
                took,
                status: status.or(running.status),
                outcome,
                role: running.role,
                phases: running.phases,
            },
        );
    }

    /// The call that is spoken of goes on while another begins.
    pub(crate) fn set_aside(&mut self) {
        if let Some(running) = self.running.take() {
            self.aside.push(Aside { running, price: self.price.take(), service: self.service });
        }
    }

    /// From now on this call is spoken of.
    pub(crate) fn turn_to(&mut self, number: u32) {
        if self.running.as_ref().is_some_and(|running| running.number == number) {
            return;
        }
        self.set_aside();
        if let Some(place) = self.aside.iter().position(|aside| aside.running.number == number) {
            let Aside { running, price, service } = self.aside.remove(place);
            self.running = Some(running);
            self.price = price;
            self.service = service;
        }
    }

    /// Where none is spoken of, the oldest that runs is.
    pub(super) fn turn_to_any(&mut self) {
        if self.running.is_none()
            && let Some(oldest) = self.aside.first().map(|aside| aside.running.number)
        {
            self.turn_to(oldest);
        }
    }

    /// The calls that run beside the one that is spoken of are given up: it was quicker, or the client went away. Their
    /// providers have read the prompt and may bill it, so that it is counted.
    pub(crate) fn lose_others(&mut self) {
        for Aside { mut running, price, service } in std::mem::take(&mut self.aside) {
            if let Some(holding) = running.holding.take() {
                holding.abandoned();
            }
            if let Some(call) = running.call.take() {
                call.late(self.at.mono);
            }
            self.billed_at(&Usage { input: self.input(), ..Usage::default() }, price.as_ref(), service);
            self.note(running, None, Outcome::Cancelled);
        }
    }
}
