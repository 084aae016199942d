//! Errors and facts as HTTP responses, in the caller's dialect. Nothing else builds an error response.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, TRAILER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use wye_pipeline::{Facts, Unsaid};
use wye_types::error::GatewayError;
use wye_types::money::dollars;
use wye_types::reply::ErrorReply;
use wye_types::{Code, DialectId};
use wye_wire::dialect;

use crate::safe;

use crate::allowance::{self, speaks_of_limits};
use crate::decimal;

/// Names of our own, made once and not for every answer.
mod name {
    use http::HeaderName;

    pub(super) const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
    pub(super) const ATTEMPTS: HeaderName = HeaderName::from_static("x-wye-attempts");
    pub(super) const CONSENSUS: HeaderName = HeaderName::from_static("x-wye-consensus");
    pub(super) const COST_USD: HeaderName = HeaderName::from_static("x-wye-cost-usd");
    pub(super) const DECISION_ID: HeaderName = HeaderName::from_static("x-wye-decision-id");
    pub(super) const MODEL: HeaderName = HeaderName::from_static("x-wye-model");
    pub(super) const OVERHEAD_MS: HeaderName = HeaderName::from_static("x-wye-overhead-ms");
    pub(super) const PROVIDER: HeaderName = HeaderName::from_static("x-wye-provider");
    pub(super) const REASON: HeaderName = HeaderName::from_static("x-wye-reason");
    pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
    pub(super) const TRACE: HeaderName = HeaderName::from_static("x-wye-trace");
    pub(super) const VERIFIED: HeaderName = HeaderName::from_static("x-wye-verified");
    pub(super) const WARNINGS: HeaderName = HeaderName::from_static("x-wye-warnings");
}

/// How many headers an answer has at most, as a rule: room for them is made at once.
pub(crate) const USUAL_HEADERS: usize = 20;

/// Room for the text of a number or a time, in bytes.
const SHORT: usize = 24;

/// Sent with a 429 or 503 for which nobody named a time, in seconds.
const DEFAULT_RETRY_AFTER: u64 = 1;

/// An error in the caller's dialect, with its code, retry delay and the owner of the limit in headers.
pub(crate) fn error(caller: DialectId, error: &GatewayError, request_id: &str) -> Response {
    error_told(caller, error, request_id, None)
}

/// The same for a request whose record may still wait for the body.
pub(crate) fn error_told(
    caller: DialectId,
    error: &GatewayError,
    request_id: &str,
    unsaid: Option<Unsaid>,
) -> Response {
    if error.code == Code::GatewayInternal {
        tracing::error!(request_id, %error, "fault of the gateway's own");
    }
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Bytes::from(dialect(caller).write_error(&ErrorReply::new(error, request_id)));
    if let Some(unsaid) = unsaid {
        unsaid.say(&body);
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    safe::put(headers);
    put_error(headers, error);
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    put_request_id(headers, caller, request_id);
    response
}

/// The code, the retry delay and the owner of the limit; also beside an error in the provider's own words.
pub(crate) fn put_error(headers: &mut HeaderMap, error: &GatewayError) {
    headers.insert("x-wye-code", HeaderValue::from_static(error.code.name()));
    if let Some(owner) = error.limit_owner {
        headers.insert("x-wye-limit-owner", HeaderValue::from_static(owner.name()));
    }
    let delay = error.retry_after.map(|d| d.as_secs() + u64::from(d.subsec_nanos() > 0));
    let due = matches!(error.http_status(), 429 | 503 | 529);
    if let Some(seconds) = delay.or(due.then_some(DEFAULT_RETRY_AFTER)) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A small JSON body.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    safe::put(response.headers_mut());
    response
}

/// Under the name that the caller's SDK looks for, and everybody's.
pub(crate) fn put_request_id(headers: &mut HeaderMap, caller: DialectId, request_id: &str) {
    let Ok(value) = HeaderValue::from_str(request_id) else { return };
    if caller == DialectId::AnthropicMessages {
        headers.insert(name::ANTHROPIC_REQUEST_ID, value.clone());
    }
    headers.insert(name::REQUEST_ID, value);
}

/// The `x-wye-*` headers, and the limits: the client's own where it has any, else the provider's.
pub(crate) fn put_facts(headers: &mut HeaderMap, dialect: DialectId, facts: &Facts) {
    // Where the retry delay is of the gateway's own reckoning, the provider's other words about it would contradict it.
    let own_delay = headers.contains_key(RETRY_AFTER);
    let contradicts =
        |name: &HeaderName| matches!(name.as_str(), "retry-after" | "retry-after-ms" | "x-should-retry");
    for (name, value) in &facts.upstream_headers {
        let of_limits = facts.limits.is_some() && speaks_of_limits(name);
        if !(own_delay && contradicts(name) || of_limits) {
            headers.append(name, value.clone());
        }
    }
    if let Some(shown) = &facts.limits {
        allowance::put(headers, dialect, shown);
    }
    headers.insert(name::ATTEMPTS, decimal::header(facts.attempts as u64));
    if let Some(id) = facts.id
        && let Ok(value) = HeaderValue::from_bytes(&id.ascii())
    {
        headers.insert(name::DECISION_ID, value);
    }
    if let Some(reason) = &facts.reason {
        headers.insert(name::REASON, reason.clone());
    }
    if let Some(trace) = &facts.trace {
        headers.insert(name::TRACE, trace.clone());
    }
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(served) = &facts.served {
        put(name::PROVIDER, &served.provider);
        put(name::MODEL, &served.model);
    }
    let mut text = String::with_capacity(SHORT);
    decimal::put_ms(&mut text, facts.overhead);
    put(name::OVERHEAD_MS, &text);
    if let Some(nano) = facts.cost {
        put(name::COST_USD, &dollars(nano));
    }
    if facts.may_continue {
        headers.insert(TRAILER, HeaderValue::from_static("x-wye-continued"));
    }
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(compared) = &facts.compared {
        let name = if compared.verified { name::VERIFIED } else { name::CONSENSUS };
        put(name, &compared.to_string());
    }
    if !facts.warnings.is_empty() {
        put(name::WARNINGS, &as_header(&facts.warnings));
    }
}

/// Warnings on one line of visible ASCII, cut where headers get too long for proxies on the way.
fn as_header(warnings: &[String]) -> String {
    const MOST: usize = 1024;
    let mut line: String =
        warnings.join("; ").chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    if line.len() > MOST {
        line.truncate(MOST);
        line.push_str("...");
    }
    line
}
