//! Stage 8: settle. A guard that covers the request from admission to the last byte; on end, error or drop it sends
//! the one record.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use wye_types::record::{AttemptRecord, Outcome, RecordSlot, RequestRecord, UsageSource};
use wye_types::{Clock, Code, DeploymentId, Usage};

/// The guard.
pub(crate) struct Settle {
    /// The record as far as it is known. Public to the stages, which fill it in.
    pub(crate) record: RequestRecord,
    clock: Arc<dyn Clock>,
    arrived: Duration,
    slot: Option<Box<dyn RecordSlot>>,
    running: Option<Running>,
    /// Events with content so far: what an unreported usage is estimated from.
    content_events: u64,
    ended: bool,
    /// The serving provider's answer headers that clients read.
    pub(crate) upstream_headers: HeaderMap,
}

struct Running {
    deployment: Arc<DeploymentId>,
    account: usize,
    started: Duration,
}

impl Settle {
    pub(crate) fn new(
        record: RequestRecord,
        clock: Arc<dyn Clock>,
        arrived: Duration,
        slot: Box<dyn RecordSlot>,
    ) -> Self {
        Self {
            record,
            clock,
            arrived,
            slot: Some(slot),
            running: None,
            content_events: 0,
            ended: false,
            upstream_headers: HeaderMap::new(),
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
            self.record.overhead = started;
        }
        self.running = Some(Running { deployment, account, started });
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
            status,
            outcome,
        });
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
                input: self.record.request_bytes.div_ceil(4),
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
            self.end(Code::CallerGone.status(), Some(Code::CallerGone));
        }
        self.attempt_ended(None, Outcome::Cancelled);
        self.estimate_usage();
        self.record.total = self.now().saturating_sub(self.arrived);
        if let Some(slot) = self.slot.take() {
            slot.send(std::mem::take(&mut self.record));
        }
    }
}
