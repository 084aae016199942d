//! Stage 8: settle. A guard that covers the request from admission to the last byte; on end, error or drop it sends
//! the one record.

mod fleet;
mod money;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use wye_catalog::Service;
use wye_limits::Moment;
use wye_types::error::GatewayError;
use wye_types::record::{AttemptRecord, Outcome, Phases, RecordSlot, RequestRecord, Role, UsageSource};
use wye_types::usage::Ledger;
use wye_types::{Clock, Code, DeploymentId, DialectId, Kind, Usage};

use crate::admit::{Holding, Shown, Used};
use crate::answer::{Reply, Unsaid};
use crate::capture::Capture;
use crate::kept::Keeping;
use crate::parse::Request;
use crate::pipeline::facts;
use crate::price::Pricing;
use crate::quota;
use crate::service::ServiceRequest;
use fleet::tell;

/// The guard. It is large and goes through every stage, so that it is held in a box.
pub(crate) struct Settle {
    /// The record as far as it is known. Public to the stages, which fill it in.
    pub(crate) record: RequestRecord,
    clock: Arc<dyn Clock>,
    arrived: Duration,
    received: Duration,
    /// The clocks as they were read last. Reading them costs as much as deciding; between two points where a request
    /// waits for something, its time stands still.
    pub(crate) at: Moment,
    slot: Option<Box<dyn RecordSlot>>,
    running: Option<Running>,
    /// What the call whose answer is sent holds of its provider's quotas, until its use is known.
    held: Option<quota::Holding>,
    /// Since when it waits for a quota, if it does.
    waits_since: Option<Duration>,
    /// Events with content so far: what an unreported usage is estimated from.
    content_events: u64,
    /// Tokens of the request, as estimated.
    input: u64,
    /// What is worked on when the answer has ended may use so much, if something is.
    behind: Option<Usage>,
    ended: bool,
    stop: CancellationToken,
    /// What is held of the client's limits.
    pub(crate) holding: Holding,
    /// What the deployment called last costs.
    price: Option<Pricing>,
    /// The class of service that was asked for, as far as it has a price of its own, and that of the deployment called
    /// last.
    asked_service: Service,
    service: Service,
    /// The client asked to be told in the answer what it cost.
    pub(crate) tells_cost: bool,
    /// What the provider itself says that the answer cost, in nano-dollars.
    reported: Option<u64>,
    /// What attempts came to whose answers were not sent, and were billed all the same.
    billed: Used,
    /// The serving provider's answer headers that clients read.
    pub(crate) upstream_headers: HeaderMap,
    /// The bodies, where they may be kept.
    pub(crate) capture: Option<Capture>,
    /// The response, where a later request may go on from it.
    pub(crate) keeping: Option<Box<Keeping>>,
    /// What the client is told beside what the target's dialect could not say.
    pub(crate) notes: Vec<String>,
}

struct Running {
    deployment: Arc<DeploymentId>,
    account: usize,
    started: Duration,
    status: Option<u16>,
    holding: Option<quota::Holding>,
    unsent: bool,
    /// What the deployment's state is told of it.
    call: Option<wye_fleet::Call>,
    phases: Phases,
}

impl Settle {
    pub(crate) fn new(
        record: RequestRecord,
        clock: Arc<dyn Clock>,
        (arrived, received): (Duration, Moment),
        (slot, holding): (Box<dyn RecordSlot>, Holding),
        stop: CancellationToken,
    ) -> Box<Self> {
        Box::new(Self {
            clock,
            arrived,
            received: received.mono,
            at: received,
            slot: Some(slot),
            running: None,
            held: None,
            waits_since: None,
            content_events: 0,
            input: record.request_bytes.div_ceil(4),
            behind: None,
            ended: false,
            stop,
            holding,
            price: None,
            asked_service: Service::Standard,
            service: Service::Standard,
            tells_cost: false,
            reported: None,
            billed: Used { tokens: 0, cost: Some(0), priced: 0 },
            upstream_headers: HeaderMap::new(),
            capture: None,
            keeping: None,
            notes: Vec::new(),
            record,
        })
    }

    /// Reads the clocks: to be called after every wait.
    pub(crate) fn tick(&mut self) -> Moment {
        self.at = Moment::of(&*self.clock);
        self.at
    }

    /// The monotonic clock as it was read last.
    pub(crate) const fn now(&self) -> Duration {
        self.at.mono
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Both clocks as they were read last.
    pub(crate) const fn moment(&self) -> Moment {
        self.at
    }

    /// What an attempt's reservation may move on.
    pub(crate) fn reserving(&mut self) -> (&dyn Clock, &mut Moment) {
        (&*self.clock, &mut self.at)
    }

    /// The request begins to wait for a provider's quota.
    pub(crate) fn waits(&mut self) {
        self.waits_since = Some(self.now());
    }

    /// It waits no longer.
    pub(crate) fn waited(&mut self) {
        if let Some(since) = self.waits_since.take() {
            self.record.waited += self.now().saturating_sub(since);
        }
    }

    pub(crate) fn arrived(&self) -> Duration {
        self.arrived
    }

    /// An upstream call begins; `holding` is what it reserved of the provider's quotas.
    pub(crate) fn attempt_started(
        &mut self,
        deployment: Arc<DeploymentId>,
        account: usize,
        holding: Option<quota::Holding>,
    ) {
        let started = self.now().saturating_sub(self.arrived);
        if self.record.attempts.is_empty() {
            let since = self.now().saturating_sub(self.received);
            self.record.overhead = since.saturating_sub(self.record.waited);
        }
        let phases = Phases::default();
        self.running = Some(Running {
            deployment,
            account,
            started,
            status: None,
            holding,
            unsent: false,
            call: None,
            phases,
        });
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
            running.phases.answered = Some(since.saturating_sub(running.started));
            self.record.served = Some(Arc::clone(&running.deployment));
        }
    }

    /// How many upstream calls were made so far.
    pub(crate) fn attempts(&self) -> usize {
        self.record.attempts.len() + usize::from(self.running.is_some())
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
        let took = self.now().saturating_sub(self.arrived).saturating_sub(running.started);
        let role = if self.record.attempts.is_empty() { Role::Primary } else { Role::Retry };
        self.record.attempts.push(AttemptRecord {
            deployment: running.deployment,
            account: running.account,
            started: running.started,
            took,
            status: status.or(running.status),
            outcome,
            role,
            phases: running.phases,
        });
    }

    /// What the request asks for is known.
    pub(crate) fn asked(&mut self, request: &Request) {
        self.record.asked.clone_from(&request.head.model);
        self.record.stream = request.head.stream;
        self.expects(request);
    }

    /// What it is thought to use is known, or known better.
    pub(crate) fn expects(&mut self, request: &Request) {
        self.input = request.estimate().input;
        // Only this dialect has answers that are receipts.
        let works_on = request.dialect.id() == DialectId::OpenAiResponses
            && request.head.top.raw(&request.bytes, "background") == Some(b"true");
        self.behind = works_on.then(|| request.at_most().usage());
    }

    /// Ends the request before anything was tried.
    pub(crate) fn refused(mut self: Box<Self>, error: GatewayError) -> Reply {
        self.end(error.http_status(), Some(error.code));
        Reply { facts: facts(&mut self), result: Err(error), unsaid: Unsaid::of(self) }
    }

    /// A whole answer of so many bytes goes to the client.
    pub(crate) fn whole_content(&mut self, bytes: u64) {
        self.content_events = self.content_events.saturating_add(1).max(bytes / 4);
        self.record.first_content.get_or_insert(self.at.mono.saturating_sub(self.arrived));
    }

    /// Content goes to the client.
    pub(crate) fn content(&mut self) {
        self.content_events += 1;
        if self.record.first_content.is_none() {
            let since = self.tick().mono.saturating_sub(self.arrived);
            self.record.first_content = Some(since);
            if let Some(running) = &mut self.running {
                running.phases.content = Some(since.saturating_sub(running.started));
            }
        }
    }

    /// The client is sent these bytes.
    pub(crate) fn sent(&mut self, piece: &Bytes) {
        if let Some(capture) = &mut self.capture {
            capture.sent(piece);
        }
        if let Some(keeping) = &mut self.keeping {
            keeping.sent(piece);
        }
    }

    /// The provider reported what a call besides chat used; the last report holds.
    pub(crate) fn ledger(&mut self, ledger: Ledger) {
        // A report of nothing is none: taken for one, it would say that the answer cost nothing. Moderations do.
        if ledger == Ledger::default() && self.record.kind != Kind::Moderations {
            return;
        }
        self.usage(ledger.tokens);
        // How long the sound was is only thought where the answer tells nothing.
        let asked = Ledger { units: self.record.units, ..Ledger::default() };
        if ledger == asked && asked.units.heard_ms.is_some() {
            self.record.usage_source = UsageSource::Estimated;
        }
        self.record.units = ledger.units;
        self.reported = ledger.reported;
    }

    /// What a call besides chat asks for is known.
    pub(crate) fn asked_for(&mut self, request: &ServiceRequest) {
        self.record.asked.clone_from(&request.head.model);
        self.record.stream = request.head.stream;
        self.record.units = request.head.units;
        self.input = request.head.text_bytes.div_ceil(4);
    }

    /// The provider reported usage; the last report holds.
    pub(crate) const fn usage(&mut self, usage: Usage) {
        self.record.usage = Some(usage);
        self.record.usage_source = UsageSource::Reported;
    }

    /// So many tokens of an answer went by without the provider's count of them.
    pub(crate) fn untold(&mut self, tokens: u64) {
        if tokens > 0 {
            let usage = self.record.usage.get_or_insert_default();
            usage.output = usage.output.saturating_add(tokens);
            self.record.usage_source = UsageSource::Estimated;
        }
    }

    /// The request is over: `code` says how, if not well.
    pub(crate) fn end(&mut self, status: u16, code: Option<Code>) {
        self.record.status = status;
        self.record.code = code;
        self.ended = true;
    }

    /// What the client is told of its limits.
    pub(crate) fn shown(&self) -> Option<Box<Shown>> {
        self.holding.shown(self.at)
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        self.tick();
        if !self.ended {
            // Dropped unfinished: by the client, or by a gateway that stops.
            let code = if self.stop.is_cancelled() { Code::GatewayShuttingDown } else { Code::CallerGone };
            self.end(code.status(), Some(code));
        }
        let gone_while_called = self.running.is_some() && self.record.code == Some(Code::CallerGone);
        self.attempt_ended(None, Outcome::Cancelled);
        self.waited();
        self.estimate_usage();
        if let Some(held) = self.held.take() {
            held.served(self.record.usage.as_ref());
        }
        self.reckon(gone_while_called);
        self.record.total = self.now().saturating_sub(self.arrived);
        self.record.bodies = self.capture.take().and_then(|capture| capture.end(self.record.code.is_some()));
        self.record.warnings.append(&mut self.notes);
        if let Some(slot) = self.slot.take() {
            slot.send(std::mem::take(&mut self.record));
        }
    }
}
