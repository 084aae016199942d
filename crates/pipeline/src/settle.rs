//! Stage 8: settle. A guard that covers the request from admission to the last byte; on end, error or drop it sends
//! the one record.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio_util::sync::CancellationToken;
use wye_types::error::GatewayError;
use wye_types::record::{AttemptRecord, Outcome, RecordSlot, RequestRecord, UsageSource};
use wye_types::{Clock, Code, DeploymentId, Usage};

use crate::answer::Reply;
use crate::parse::Request;
use crate::pipeline::refused;

/// The guard.
pub(crate) struct Settle {
    /// The record as far as it is known. Public to the stages, which fill it in.
    pub(crate) record: RequestRecord,
    clock: Arc<dyn Clock>,
    arrived: Duration,
    received: Duration,
    slot: Option<Box<dyn RecordSlot>>,
    running: Option<Running>,
    /// Events with content so far: what an unreported usage is estimated from.
    content_events: u64,
    /// Bytes of the request that are text, not media.
    text_bytes: u64,
    ended: bool,
    stop: CancellationToken,
    /// The serving provider's answer headers that clients read.
    pub(crate) upstream_headers: HeaderMap,
}

struct Running {
    deployment: Arc<DeploymentId>,
    account: usize,
    started: Duration,
    status: Option<u16>,
}

impl Settle {
    pub(crate) fn new(
        record: RequestRecord,
        clock: Arc<dyn Clock>,
        (arrived, received): (Duration, Duration),
        slot: Box<dyn RecordSlot>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            clock,
            arrived,
            received,
            slot: Some(slot),
            running: None,
            content_events: 0,
            text_bytes: record.request_bytes,
            ended: false,
            stop,
            upstream_headers: HeaderMap::new(),
            record,
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.mono()
    }

    pub(crate) fn unix_ms(&self) -> u64 {
        self.clock.unix_ms()
    }

    pub(crate) fn arrived(&self) -> Duration {
        self.arrived
    }

    /// An upstream call begins.
    pub(crate) fn attempt_started(&mut self, deployment: Arc<DeploymentId>, account: usize) {
        let started = self.now().saturating_sub(self.arrived);
        if self.record.attempts.is_empty() {
            self.record.overhead = self.now().saturating_sub(self.received);
        }
        self.running = Some(Running { deployment, account, started, status: None });
    }

    /// The running call's answer has begun and is the one that is sent.
    pub(crate) fn attempt_answers(&mut self, status: u16) {
        if let Some(running) = &mut self.running {
            running.status = Some(status);
            self.record.served = Some(Arc::clone(&running.deployment));
        }
    }

    /// How many upstream calls were made so far.
    pub(crate) fn attempts(&self) -> usize {
        self.record.attempts.len() + usize::from(self.running.is_some())
    }

    /// The running call came to something: failed, or its answer is the one that is sent.
    pub(crate) fn attempt_ended(&mut self, status: Option<u16>, outcome: Outcome) {
        let Some(running) = self.running.take() else { return };
        if outcome == Outcome::Served {
            self.record.served = Some(Arc::clone(&running.deployment));
        }
        let took = self.now().saturating_sub(self.arrived).saturating_sub(running.started);
        self.record.attempts.push(AttemptRecord {
            deployment: running.deployment,
            account: running.account,
            started: running.started,
            took,
            status: status.or(running.status),
            outcome,
        });
    }

    /// What the request asks for is known.
    pub(crate) fn asked(&mut self, request: &Request) {
        self.record.asked.clone_from(&request.head.model);
        self.record.stream = request.head.stream;
        self.text_bytes = request.text_bytes();
    }

    /// Ends the request before anything was tried.
    pub(crate) fn refused(mut self, error: GatewayError) -> Reply {
        self.end(error.http_status(), Some(error.code));
        refused(self.record.id, error)
    }

    /// A whole answer of so many bytes goes to the client.
    pub(crate) fn whole_content(&mut self, bytes: u64) {
        self.content();
        self.content_events = self.content_events.max(bytes / 4);
    }

    /// Content goes to the client.
    pub(crate) fn content(&mut self) {
        self.content_events += 1;
        if self.record.first_content.is_none() {
            self.record.first_content = Some(self.now().saturating_sub(self.arrived));
        }
    }

    /// The provider reported usage; the last report holds.
    pub(crate) const fn usage(&mut self, usage: Usage) {
        self.record.usage = Some(usage);
        self.record.usage_source = UsageSource::Reported;
    }

    /// The request is over: `code` says how, if not well.
    pub(crate) fn end(&mut self, status: u16, code: Option<Code>) {
        self.record.status = status;
        self.record.code = code;
        self.ended = true;
    }

    /// Tokens from bytes: four a token for the prompt, one an event for the answer. What was reported before an
    /// answer broke off is a beginning, not a sum.
    fn estimate_usage(&mut self) {
        if let Some(usage) = self.record.usage.as_mut().filter(|_| self.record.code.is_some())
            && usage.output_total() < self.content_events
        {
            usage.output += self.content_events - usage.output_total();
            self.record.usage_source = UsageSource::Estimated;
        }
        if self.record.usage.is_none() && self.content_events > 0 {
            self.record.usage = Some(Usage {
                input: self.text_bytes.div_ceil(4),
                output: self.content_events,
                ..Usage::default()
            });
            self.record.usage_source = UsageSource::Estimated;
        }
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        if !self.ended {
            // Dropped unfinished: by the client, or by a gateway that stops.
            let code = if self.stop.is_cancelled() { Code::GatewayShuttingDown } else { Code::CallerGone };
            self.end(code.status(), Some(code));
        }
        self.attempt_ended(None, Outcome::Cancelled);
        self.estimate_usage();
        self.record.total = self.now().saturating_sub(self.arrived);
        if let Some(slot) = self.slot.take() {
            slot.send(std::mem::take(&mut self.record));
        }
    }
}
