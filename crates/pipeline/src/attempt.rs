//! Stage 5: attempt. The driver turns the attempt machine's actions into calls and what comes of them into events.
//! What is asked, and what a good answer to it is, is the [`Job`]'s affair.

mod buffered;
pub(crate) mod chat;
mod contest;
mod fail;
mod first;
mod hedge;
mod held;
mod job;
mod judge;
mod members;
mod places;
pub(crate) mod probe;
mod rate;
mod several;
mod spare;
mod start;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use wye_routing::{Action, Event, Failure, FailureKind, Machine, Plan};
use wye_types::error::Fault;
use wye_types::record::{PassedOver, Refusal, RefusalCode};

use crate::call::{Bad, EXHAUSTED_REST};
use crate::decide::Decided;
use crate::live::{Route, Target};
use crate::parse::Estimate;
use crate::settle::Settle;

pub(crate) use fail::Failed;
pub use hedge::HedgePolicy;
pub(crate) use job::{At, Job};
pub(crate) use places::would_compare;
pub use several::{Compared, Several, Strong};
use spare::Second;
pub(crate) use spare::Spare;
pub(crate) use turn::Queue;

/// Where the attempts of a request led.
pub(crate) enum Driven<G> {
    /// To an answer, whole or begun.
    Good(Box<Settle>, G),
    /// Nothing that could be tried helped.
    Failed(Box<Settle>, Box<Failed>),
}

/// Everything the attempts of one request need.
pub(crate) struct Driver<J: Job> {
    job: J,
    tries: Tries<J>,
}

/// The attempts of one request: what was decided, and what came of each. Apart from what is asked, since calls that run
/// borrow that while these change.
struct Tries<J: Job> {
    route: Arc<Route>,
    estimate: Estimate,
    decided: Decided,
    queue: Queue,
    machine: Machine,
    settle: Box<Settle>,
    /// What came of each attempt, beside the machine's failures.
    bads: Vec<Bad>,
    /// Accounts tried in this round, by target.
    tried: Vec<(usize, usize)>,
    /// The body prepared last, and for which target.
    prepared: Option<(usize, J::Outgoing)>,
    /// Whether the request has put its share into what its route may spend on hedges.
    has_paid: bool,
    /// The answer that is sent where no other passes.
    spare: Option<Second<J::Good>>,
    /// Whole answers are asked for, whatever the client wants.
    asks_whole: bool,
}

/// Why a target gave no answer.
enum Fell {
    /// It was not called.
    Refused { retry_after: Option<Duration> },
    /// It was, or could not be.
    Failed(Failure),
}

impl Fell {
    const fn event(self, contender: u32) -> Event {
        match self {
            Self::Refused { retry_after } => Event::Refused { contender, retry_after },
            Self::Failed(failure) => Event::Failed { contender, failure },
        }
    }
}

/// How the attempts of a decision ended.
enum End<G> {
    Good(G),
    /// The request itself is at fault, as this failure says.
    Pass {
        telling: usize,
    },
    /// Nothing helped.
    GaveUp {
        telling: usize,
        retry_after: Option<Duration>,
    },
    /// The machine and its driver disagree.
    Lost,
}

impl<J: Job> Driver<J> {
    pub(crate) fn new(job: J, mut decided: Decided, settle: Box<Settle>, queue: Queue) -> Box<Self> {
        job.prefer(&decided.route.targets, &mut decided.order);
        let tries = Tries {
            estimate: job.estimate(),
            route: Arc::clone(&decided.route),
            machine: Machine::new(Plan::default()),
            decided,
            queue,
            settle,
            bads: Vec::new(),
            tried: Vec::new(),
            prepared: None,
            has_paid: false,
            spare: None,
            asks_whole: false,
        };
        Box::new(Self { job, tries })
    }

    /// Runs until there is an answer, whole or begun, or nothing left to try. Dropping it cancels what runs.
    pub(crate) async fn run(mut self: Box<Self>) -> Driven<J::Good> {
        let mut compares = self.tries.route.policy.several.is_some();
        loop {
            let Self { job, tries } = &mut *self;
            if let Err(error) = tries.turn(job).await {
                return self.tries.never_tried(*error);
            }
            if std::mem::take(&mut compares) {
                match Box::pin(tries.compare(job)).await {
                    Ok(None) => {}
                    Ok(Some(good)) => {
                        let good = job.wanted(good);
                        return Driven::Good(self.tries.settle, good);
                    }
                    Err(error) => return self.tries.never_tried(*error),
                }
            }
            tries.machine = Machine::new(tries.plan(job));
            // The machine counts its own failures; those of answers that were compared stand before them.
            let before = tries.bads.len();
            let end = if tries.machine.hedges() {
                Box::pin(tries.contest(job)).await
            } else {
                tries.in_turn(job).await
            };
            if let End::Pass { .. } | End::GaveUp { .. } = end
                && let Some(second) = tries.spare.take()
            {
                let good = tries.send(second);
                let good = job.wanted(good);
                return Driven::Good(self.tries.settle, good);
            }
            match end {
                End::Good(good) => return Driven::Good(self.tries.settle, good),
                End::Pass { telling } => {
                    let Self { job, tries } = *self;
                    let telling = if tries.bads.len() > before { before + telling } else { telling };
                    return tries.passed(&job, telling);
                }
                End::GaveUp { .. } if tries.was_overtaken(job) => tokio::task::yield_now().await,
                End::GaveUp { telling, retry_after } => {
                    let telling = if self.tries.bads.len() > before { before + telling } else { telling };
                    return self.tries.gave_up(telling, retry_after);
                }
                End::Lost => return self.tries.lost_its_way(),
            }
        }
    }
}

impl<J: Job> Tries<J> {
    /// Runs the plan of one decision, one attempt after the other.
    async fn in_turn(&mut self, job: &J) -> End<J::Good> {
        let mut event = Event::Begin;
        let mut good = None;
        loop {
            let action = self.machine.step(self.settle.now(), event);
            if matches!(action, Action::Start { .. } | Action::Wait { .. }) && job.is_spent() {
                let retry_after = self.bads.last().and_then(|bad| bad.failure.retry_after);
                return End::GaveUp { telling: self.bads.len().saturating_sub(1), retry_after };
            }
            match action {
                Action::Start { target, contender } => match self.start(job, target).await {
                    Ok(made) => {
                        good = Some(made);
                        event = Event::Content { contender };
                    }
                    Err(fell) => event = fell.event(contender),
                },
                Action::Wait { until } => {
                    tokio::time::sleep(until.saturating_sub(self.settle.now())).await;
                    self.settle.tick();
                    self.tried.clear();
                    event = Event::Waited;
                }
                Action::Commit { .. } => return good.map_or(End::Lost, End::Good),
                Action::Pass { telling } => return End::Pass { telling },
                Action::GiveUp { telling, retry_after } => return End::GaveUp { telling, retry_after },
                Action::Await | Action::Nothing => return End::Lost,
            }
        }
    }

    fn failed(&mut self, bad: Bad) -> Fell {
        let fell = Fell::Failed(bad.failure.clone());
        self.bads.push(bad);
        fell
    }

    /// What a target is sent; made once however many of its accounts are tried.
    fn prepare(&mut self, job: &J, (place, target): (usize, &Target)) -> Result<J::Outgoing, Fell> {
        if let Some((_, ready)) = self.prepared.as_ref().filter(|(of, _)| *of == place) {
            return Ok(ready.clone());
        }
        let made = match job.outgoing(target) {
            Ok(made) => made,
            Err(error) if self.is_native_later(job, place) => {
                // What it says of the request may quote it, and the record has none of its words.
                return Err(self.loses(target, error.message, error.param.unwrap_or_default()));
            }
            Err(error) => return Err(self.failed(Bad::request(&error))),
        };
        let losses = J::losses(&made);
        let asked = self.queue.ask().controls.as_deref().is_some_and(|controls| controls.require_parameters);
        let refuses =
            asked || self.route.policy.refuse_losses || target.shaping.as_ref().is_some_and(|s| s.refuses);
        if refuses && !losses.is_empty() {
            let losses: Vec<String> = losses.iter().map(ToString::to_string).collect();
            let lost = losses.join("; ");
            let message = format!(
                "{} cannot be told everything in the request ({lost}), and nothing of it may be dropped",
                target.deployment
            );
            return Err(self.loses(target, message, lost));
        }
        self.prepared = Some((place, made.clone()));
        Ok(made)
    }

    /// A target is not called because something of the request would be lost on it.
    fn loses(&mut self, target: &Target, message: String, lost: String) -> Fell {
        let reason = Refusal::new(RefusalCode::Loss);
        let reason = if lost.is_empty() { reason } else { reason.about(lost) };
        let over = PassedOver { deployment: Arc::clone(&target.deployment), reason };
        // Each of its accounts would be told the same.
        if !self.settle.record.passed_over.contains(&over) {
            self.settle.record.pass_over(over);
        }
        self.failed(Bad::of(FailureKind::Loss, message))
    }

    /// Whether a target behind this one speaks the client's own words: what cannot be translated can still be sent there.
    fn is_native_later(&self, job: &J, place: usize) -> bool {
        let later = self.decided.order.get(place + 1..).unwrap_or_default();
        later.iter().any(|target| job.is_native(&self.route.targets[*target]))
    }
}

/// What a failure says about the account, and what an operator must hear of.
/// Where it is `known` which quota is used up, nothing else rests.
pub(crate) fn note_failure(target: &Target, account: usize, bad: &Bad, known: bool, now: Duration) {
    let state = &target.endpoint.accounts[account].state;
    let deployment = &target.deployment;
    match bad.failure.kind {
        FailureKind::Fault(Fault::RateLimited) if known => {
            tracing::info!(%deployment, account, message = %bad.logged(), "rate limited; its quota is used up");
        }
        FailureKind::Fault(Fault::RateLimited) if bad.error.as_ref().is_some_and(|e| e.exhausted) => {
            let rest = bad.failure.retry_after.unwrap_or(EXHAUSTED_REST);
            let rest = state.exhausted(&deployment.model, now, rest);
            tracing::info!(%deployment, account, rest_s = rest.as_secs(), "its quota is used up; the model rests");
        }
        FailureKind::Fault(Fault::RateLimited) => {
            let rest = state.refused(now, bad.failure.retry_after);
            tracing::info!(%deployment, account, rest_s = rest.as_secs(), "rate limited; the account rests");
        }
        FailureKind::Fault(fault @ (Fault::Auth | Fault::Payment)) => {
            state.refused(now, bad.failure.retry_after);
            tracing::error!(%deployment, account, ?fault, "the provider refuses this account");
        }
        FailureKind::Fault(fault @ (Fault::Forbidden | Fault::NotFound)) => {
            tracing::error!(%deployment, account, ?fault, "the provider refuses this deployment");
        }
        kind => tracing::info!(%deployment, account, ?kind, message = %bad.logged(), "attempt failed"),
    }
}
