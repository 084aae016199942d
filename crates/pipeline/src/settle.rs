//! Stage 8: settle. A guard that covers the request from admission to the last byte; on end, error or drop it sends
//! the one record.

mod fleet;
mod money;
mod running;
mod second;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use wye_catalog::Service;
use wye_limits::Moment;
use wye_types::error::GatewayError;
use wye_types::record::{Outcome, RecordSlot, RequestRecord, UsageSource};
use wye_types::usage::Ledger;
use wye_types::{Clock, Code, DialectId, Kind, Usage};

use crate::admit::{Holding, Shown, Used};
use crate::answer::{Reply, Unsaid};
use crate::attempt::Compared;
use crate::call::Times;
use crate::capture::Capture;
use crate::kept::Keeping;
use crate::parse::{Input, Request};
use crate::pipeline::facts;
use crate::price::Pricing;
use crate::quota;
use crate::service::ServiceRequest;
use running::{Aside, Running};
pub(crate) use second::Priced;

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
    /// The upstream call that is spoken of, if one runs.
    running: Option<Running>,
    /// Others that run beside it.
    aside: Vec<Aside>,
    /// The client wants one call at a time.
    pub(crate) alone: bool,
    /// What the call whose answer is sent holds of its provider's quotas, until its use is known.
    held: Option<quota::Holding>,
    /// Since when it waits for a quota, if it does.
    waits_since: Option<Duration>,
    /// Events with content so far: what an unreported usage is estimated from.
    content_events: u64,
    /// Tokens of the request where it is no prompt, or nobody knows yet what it is.
    input: u64,
    /// The prompt: counted at the latest when nobody says what was used.
    prompt: Option<Arc<Input>>,
    /// What is worked on when the answer has ended may use so many tokens for its answer, if something is.
    behind: Option<u64>,
    ended: bool,
    stop: Arc<CancellationToken>,
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
    /// The client asked to be told in the answer how it came about.
    pub(crate) tells_trace: bool,
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
    /// What calls used whose answer broke off and was gone on with.
    before: Option<Usage>,
    /// Whose answers were compared, and how that went.
    pub(crate) compared: Option<Box<Compared>>,
    /// What the client is told beside what the target's dialect could not say.
    pub(crate) notes: Vec<String>,
}

impl Settle {
    pub(crate) fn new(
        record: RequestRecord,
        clock: Arc<dyn Clock>,
        (arrived, received): (Duration, Moment),
        (slot, holding): (Box<dyn RecordSlot>, Holding),
        stop: Arc<CancellationToken>,
    ) -> Box<Self> {
        Box::new(Self {
            clock,
            arrived,
            received: received.mono,
            at: received,
            slot: Some(slot),
            running: None,
            aside: Vec::new(),
            alone: false,
            held: None,
            waits_since: None,
            content_events: 0,
            input: record.request_bytes.div_ceil(4),
            prompt: None,
            behind: None,
            ended: false,
            stop,
            holding,
            price: None,
            asked_service: Service::Standard,
            service: Service::Standard,
            tells_cost: false,
            tells_trace: false,
            reported: None,
            billed: Used { tokens: 0, cost: Some(0), priced: 0 },
            upstream_headers: HeaderMap::new(),
            capture: None,
            keeping: None,
            before: None,
            compared: None,
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

    /// The clock, for calls that outlast a look at this.
    pub(crate) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The clock and what it said last, for a call.
    pub(crate) fn times(&self) -> Times<'_> {
        Times { clock: &*self.clock, now: self.at.mono }
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

    /// What the request asks for is known.
    pub(crate) fn asked(&mut self, request: &Request) {
        self.record.asked.clone_from(&request.head.model);
        self.record.stream = request.head.stream;
    }

    /// It is known who is expected to read the request.
    pub(crate) fn expects(&mut self, request: &Request) {
        self.prompt = Some(Arc::clone(request.input()));
        // Only this dialect has answers that are receipts.
        let works_on = request.dialect.id() == DialectId::OpenAiResponses
            && request.head.top.raw(&request.bytes, "background") == Some(b"true");
        self.behind = works_on.then(|| request.most_output());
    }

    /// Tokens of the request, as estimated.
    fn input(&self) -> u64 {
        self.prompt.as_ref().map_or(self.input, |prompt| prompt.tokens())
    }

    /// Whether a provider works on it when the answer has ended.
    pub(crate) const fn works_on(&self) -> bool {
        self.behind.is_some()
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
            // The request may be dropped now, and a stream takes long.
            if let Some(prompt) = self.prompt.take_if(|prompt| prompt.is_long()) {
                self.input = prompt.tokens();
            }
            if let Some(running) = &mut self.running {
                running.phases.content = Some(running.since(since));
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
        self.turn_to_any();
        let gone_while_called = self.running.is_some() && self.record.code == Some(Code::CallerGone);
        self.attempt_ended(None, Outcome::Cancelled);
        self.lose_others();
        self.waited();
        self.estimate_usage();
        if let Some(held) = self.held.take() {
            held.served(self.record.usage.as_ref());
        }
        self.reckon(gone_while_called);
        self.with_before();
        self.record.total = self.now().saturating_sub(self.arrived);
        self.record.bodies = self.capture.take().and_then(|capture| capture.end(self.record.code.is_some()));
        self.record.warnings.append(&mut self.notes);
        if let Some(slot) = self.slot.take() {
            slot.send(std::mem::take(&mut self.record));
        }
    }
}
