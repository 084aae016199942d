//! What the client is told when no attempt led to an answer.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use wye_routing::FailureKind;
use wye_types::Code;
use wye_types::error::{Fault, GatewayError, LimitOwner};
use wye_types::record::{Outcome, RefusalCode, RequestRecord};

use super::{Driven, Job, Tries};
use crate::answer::{Answer, AnswerBody, Reply, Unsaid};
use crate::call::Bad;
use crate::pipeline::{JSON, facts};
use crate::settle::Settle;

/// When to come again to a route of which nobody knows when it will have a target.
const NO_TARGET_WAIT: Duration = Duration::from_secs(5);

/// Nothing helped.
pub(crate) struct Failed {
    pub(crate) error: GatewayError,
    /// The provider's own error body, in the client's dialect, to be passed on as it is.
    pub(crate) raw: Option<Bytes>,
    pub(crate) headers: HeaderMap,
}

impl Failed {
    /// The end of its request.
    pub(crate) fn reply(self, mut settle: Box<Settle>) -> Reply {
        let Self { error, raw, headers } = self;
        settle.end(error.http_status(), Some(error.code));
        settle.upstream_headers = headers;
        if let Some(raw) = &raw {
            settle.sent(raw);
        }
        let facts = facts(&mut settle);
        let Some(raw) = raw else {
            return Reply { facts, result: Err(error), unsaid: Unsaid::of(settle) };
        };
        let answer = Answer {
            status: error.http_status(),
            content_type: JSON,
            body: AnswerBody::full(raw),
            error: Some(Box::new(error)),
        };
        Reply { facts, result: Ok(answer), unsaid: None }
    }
}

impl<J: Job> Tries<J> {
    /// The request itself is at fault: the provider's answer goes to the client, as it is where the dialects are the
    /// same.
    pub(super) fn passed(mut self, job: &J, telling: usize) -> Driven<J::Good> {
        if telling >= self.bads.len() {
            return self.lost_its_way();
        }
        let bad = self.bads.swap_remove(telling);
        let said = bad.by.as_ref().and_then(|by| self.route.targets.iter().find(|t| t.deployment == *by));
        let same = said.is_some_and(|target| job.is_native(target));
        let mut error = GatewayError::new(bad.code(), bad.message);
        error.status = bad.failure.status.filter(|status| *status >= 400);
        error.retry_after = bad.failure.retry_after;
        error.upstream = bad.error;
        error.limit_owner = limit_owner(bad.failure.kind);
        let raw = bad.raw.filter(|_| same);
        Driven::Failed(self.settle, Box::new(Failed { error, raw, headers: bad.headers }))
    }

    /// The machine and its driver disagree about what happens: a fault of ours, told as such.
    pub(super) fn lost_its_way(self) -> Driven<J::Good> {
        let error = GatewayError::new(Code::GatewayInternal, "the attempts of the request came out of order");
        let failed = Failed { error, raw: None, headers: HeaderMap::new() };
        Driven::Failed(self.settle, Box::new(failed))
    }

    /// All that could be tried has failed. `telling` is the failure that tells most, with the soonest time to come
    /// back.
    pub(super) fn gave_up(mut self, telling: usize, retry_after: Option<Duration>) -> Driven<J::Good> {
        if telling >= self.bads.len() {
            let error = nothing_to_call(&self.route.name, &self.settle.record, self.decided.passed_for);
            let failed = Failed { error, raw: None, headers: HeaderMap::new() };
            return Driven::Failed(self.settle, Box::new(failed));
        }
        let bad = self.bads.swap_remove(telling);
        let attempts = self.settle.record.attempts.len();
        let message = match attempts {
            0 | 1 => bad.message.clone(),
            n => format!("all {n} attempts failed; the one that tells most: {}", bad.message),
        };
        let mut error = GatewayError::new(bad.code(), message);
        error.status = status_of(&bad);
        error.retry_after = retry_after;
        error.limit_owner = match bad.own {
            Some(_) => Some(LimitOwner::Gateway).filter(|_| bad.failure.kind == FailureKind::NoAccount),
            None => limit_owner(bad.failure.kind),
        };
        error.details = Some(details(&self.settle.record));
        error.upstream = bad.error;
        Driven::Failed(self.settle, Box::new(Failed { error, raw: None, headers: bad.headers }))
    }
}

/// A route has no target that can be called. Where that is what the client itself asked for, it can be mended by asking
/// for less. `soonest`: when the first of all that are left out may be called; the record tells of the first few alone.
fn nothing_to_call(route: &str, record: &RequestRecord, soonest: Option<Duration>) -> GatewayError {
    let RequestRecord { passed_over, passed_more, .. } = record;
    let all = passed_over.len() + passed_more.iter().map(|(_, count)| *count as usize).sum::<usize>();
    use RefusalCode::{Excluded, MaxLatency, NotFree, PriceCap, SwitchedOff};
    /// Reasons that are told; a fleet may have thousands.
    const MOST_TOLD: usize = 5;
    let told = passed_over.iter().take(MOST_TOLD).map(|over| format!("{}: {}", over.deployment, over.reason));
    let mut reasons = told.collect::<Vec<_>>().join("; ");
    if all > MOST_TOLD {
        reasons = format!("{reasons}; and {} more", all - MOST_TOLD);
    }
    let mut codes =
        passed_over.iter().map(|over| over.reason.code).chain(passed_more.iter().map(|more| more.0));
    if all > 0 && codes.clone().all(|code| code == SwitchedOff) {
        let message = format!("`{route}` may call nothing: {reasons}");
        return GatewayError::new(Code::CallerModelNotFound, message);
    }
    let by_wish = |code: RefusalCode| matches!(code, Excluded | MaxLatency | NotFree | PriceCap);
    if all > 0 && codes.all(by_wish) {
        let message = format!(
            "nothing that `{route}` may call is left by what is asked of the way ({reasons}); ask for less"
        );
        return GatewayError::new(Code::CallerInvalidRequest, message);
    }
    let reasons = if reasons.is_empty() { reasons } else { format!(": {reasons}") };
    let message = format!("the route `{route}` has no target that can be called{reasons}");
    let mut error = GatewayError::new(Code::GatewayNoTarget, message);
    error.retry_after = Some(soonest.unwrap_or(NO_TARGET_WAIT).max(Duration::from_secs(1)));
    error
}

/// The provider's own status where it is one a client should act on; the table's otherwise.
fn status_of(bad: &Bad) -> Option<u16> {
    let FailureKind::Fault(fault) = bad.failure.kind else { return None };
    let own = bad.failure.status.filter(|status| *status >= 400);
    match fault {
        Fault::Auth | Fault::Payment | Fault::Forbidden | Fault::NotFound => None,
        Fault::BadRequest | Fault::ContextTooLong | Fault::RateLimited => own.filter(|s| *s < 500),
        Fault::Overloaded | Fault::Server | Fault::Timeout => own.filter(|s| *s >= 500),
    }
}

const fn limit_owner(kind: FailureKind) -> Option<LimitOwner> {
    match kind {
        FailureKind::Fault(Fault::RateLimited | Fault::Payment) | FailureKind::NoAccount => {
            Some(LimitOwner::Provider)
        }
        _ => None,
    }
}

/// The attempts made, for `error.details`.
fn details(record: &RequestRecord) -> Value {
    let attempts: Vec<Value> = record
        .attempts
        .iter()
        .map(|attempt| {
            let code = match attempt.outcome {
                Outcome::Failed(code) => Some(code.name()),
                Outcome::Served | Outcome::Cancelled => None,
            };
            json!({
                "deployment": attempt.deployment.to_string(),
                "account": attempt.account,
                "status": attempt.status,
                "code": code,
                "took_ms": u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    json!({ "attempts": attempts })
}
