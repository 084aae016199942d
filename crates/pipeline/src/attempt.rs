//! Stage 5: attempt. The driver turns the attempt machine's actions into calls and what comes of them into events.

mod fail;
mod first;
mod judge;
mod start;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use wye_limits::Moment;
use wye_providers::endpoint::Operation;
use wye_routing::{Action, Event, FailureKind, Machine};
use wye_types::Usage;
use wye_types::error::Fault;
use wye_wire::dialect::StreamAsk;

use crate::call::{Bad, Call, EXHAUSTED_REST, passed_on};
use crate::decide::Decided;
use crate::live::{Route, Target};
use crate::parse::{Estimate, Request};
use crate::relay::Relaying;
use crate::settle::Settle;
use crate::translate::{Outgoing, outgoing};
use crate::upstream::UpstreamBody;

pub(crate) use fail::Failed;
pub(crate) use turn::Queue;

/// Where the attempts of a request led.
pub(crate) enum Driven {
    /// A whole answer, in the client's dialect.
    Whole(Settle, Whole),
    /// A stream whose first content is there.
    Stream(Box<Relaying>),
    /// Nothing that could be tried helped.
    Failed(Settle, Box<Failed>),
}

/// A whole answer.
pub(crate) struct Whole {
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) usage: Option<Usage>,
}

/// Everything the attempts of one request need.
pub(crate) struct Driver {
    pub(crate) request: Request,
    pub(crate) route: Arc<Route>,
    pub(crate) ask: StreamAsk,
    pub(crate) client_headers: HeaderMap,
    estimate: Estimate,
    decided: Decided,
    queue: Queue,
    machine: Machine,
    settle: Settle,
    /// What came of each attempt, beside the machine's failures.
    bads: Vec<Bad>,
    /// Accounts tried in this round, by target.
    tried: Vec<(usize, usize)>,
    /// The body prepared last, and for which target.
    prepared: Option<(usize, Outgoing)>,
}

enum Good {
    Whole(Whole),
    Stream(Box<first::FirstContent>),
}

/// How the attempts of a decision ended.
enum End {
    Good(Good),
    /// The request itself is at fault.
    Pass,
    /// Nothing helped.
    GaveUp {
        telling: usize,
        retry_after: Option<Duration>,
    },
    /// The machine and its driver disagree.
    Lost,
}

impl Driver {
    pub(crate) fn new(
        request: Request,
        decided: Decided,
        settle: Settle,
        ask: StreamAsk,
        (client_headers, queue): (HeaderMap, Queue),
    ) -> Self {
        Self {
            estimate: request.estimate(),
            request,
            route: Arc::clone(&decided.route),
            ask,
            client_headers,
            machine: Machine::new(decided.plan(settle.arrived())),
            decided,
            queue,
            settle,
            bads: Vec::new(),
            tried: Vec::new(),
            prepared: None,
        }
    }

    /// Runs until there is content, a whole answer, or nothing left to try. Dropping it cancels what runs.
    pub(crate) async fn run(mut self) -> Driven {
        loop {
            if let Err(error) = self.turn().await {
                return self.never_tried(*error);
            }
            self.machine = Machine::new(self.decided.plan(self.settle.arrived()));
            match self.attempts().await {
                End::Good(Good::Whole(whole)) => return Driven::Whole(self.settle, whole),
                End::Good(Good::Stream(first)) => {
                    return Driven::Stream(Box::new(first.relaying(
                        self.settle,
                        &self.route.policy,
                        self.machine.deadline(),
                    )));
                }
                End::Pass => return self.passed(),
                End::GaveUp { .. } if self.was_overtaken() => tokio::task::yield_now().await,
                End::GaveUp { telling, retry_after } => return self.gave_up(telling, retry_after),
                End::Lost => return self.lost_its_way(),
            }
        }
    }

    /// Runs the plan of one decision.
    async fn attempts(&mut self) -> End {
        let mut event = Event::Begin;
        let mut good = None;
        loop {
            match self.machine.step(self.settle.now(), event) {
                Action::Start { target } => match Box::pin(self.start(target)).await {
                    Ok(made) => {
                        good = Some(made);
                        event = Event::Content;
                    }
                    Err(failed) => event = failed,
                },
                Action::Wait { until } => {
                    tokio::time::sleep(until.saturating_sub(self.settle.now())).await;
                    self.settle.tick();
                    self.tried.clear();
                    event = Event::Waited;
                }
                Action::Commit => return good.map_or(End::Lost, End::Good),
                Action::Pass => return End::Pass,
                Action::GiveUp { telling, retry_after } => return End::GaveUp { telling, retry_after },
                Action::Nothing => return End::Lost,
            }
        }
    }

    fn failed(&mut self, bad: Bad) -> Event {
        let event = Event::Failed(bad.failure.clone());
        self.bads.push(bad);
        event
    }

    /// The body for a target; computed once however many of its accounts are tried.
    fn prepare(&mut self, place: usize, target: &Target) -> Result<Outgoing, Event> {
        if let Some((_, ready)) = self.prepared.as_ref().filter(|(of, _)| *of == place) {
            return Ok(ready.clone());
        }
        let made = match outgoing(&self.request, target) {
            Ok(made) => made,
            Err(error) if self.speaks_later(place) => {
                return Err(self.failed(Bad::of(FailureKind::Loss, error.message)));
            }
            Err(error) => return Err(self.failed(Bad::request(&error))),
        };
        if self.route.policy.refuse_losses && !made.losses.is_empty() {
            let losses: Vec<String> = made.losses.iter().map(ToString::to_string).collect();
            let message = format!(
                "{} cannot be told everything in the request ({}) and the route refuses to drop it",
                target.deployment,
                losses.join("; ")
            );
            return Err(self.failed(Bad::of(FailureKind::Loss, message)));
        }
        self.prepared = Some((place, made.clone()));
        Ok(made)
    }

    /// Whether a target behind this one speaks the client's dialect: what cannot be translated can still be sent there.
    fn speaks_later(&self, place: usize) -> bool {
        let client = self.request.dialect.id();
        let later = self.decided.order.get(place + 1..).unwrap_or_default();
        later.iter().any(|target| self.route.targets[*target].wire(client).dialect == client)
    }

    async fn call(&self, target: &Target, account: usize, outgoing: &Outgoing) -> Result<Good, Bad> {
        let policy = &*self.route.policy;
        let stream = self.request.head.stream;
        let deadline = self.machine.deadline();
        let patience = if self.request.head.wants_thinking {
            policy.first_content_thinking
        } else {
            policy.first_content
        };
        let now = self.settle.now();
        let head_by = if stream { deadline.min(now + patience) } else { self.machine.whole_by(now) };
        let client = self.request.dialect.id();
        let wire = target.wire(client);
        let call = Call {
            target,
            wire,
            account,
            outgoing,
            policy,
            operation: Operation::Chat { stream },
            client_headers: &passed_on(client, wire.dialect, &self.client_headers),
            head_by,
        };
        let response = call.head(&self.settle).await?;
        let model = target.deployment.model.as_str();
        target.endpoint.quotas.hear((account, model), response.headers(), Moment::of(self.settle.clock()));
        let status = response.status().as_u16();
        self.content(&call, response).await.map_err(|mut bad| {
            bad.failure.status.get_or_insert(status);
            bad
        })
    }

    /// What follows a good head.
    async fn content(&self, call: &Call<'_>, response: Response<UpstreamBody>) -> Result<Good, Bad> {
        if self.request.head.stream {
            let first = first::first_content(self, call, response).await?;
            return Ok(Good::Stream(Box::new(first)));
        }
        let (head, body) = response.into_parts();
        let body = call.whole(body, &self.settle).await?;
        judge::judge(self, call, &body, &head.headers).map(Good::Whole)
    }
}

/// What a failure says about the account, and what an operator must hear of.
/// Where it is `known` which quota is used up, nothing else rests.
pub(crate) fn note_failure(target: &Target, account: usize, bad: &Bad, known: bool, now: Duration) {
    let state = &target.endpoint.accounts[account].state;
    let deployment = &target.deployment;
    match bad.failure.kind {
        FailureKind::Fault(Fault::RateLimited) if known => {
            tracing::info!(%deployment, account, message = %bad.message, "rate limited; its quota is used up");
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
        kind => tracing::info!(%deployment, account, ?kind, message = %bad.message, "attempt failed"),
    }
}
