//! Errors as HTTP responses, in the caller's dialect. Nothing else builds an error response.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use wye_pipeline::Unsaid;
use wye_types::error::GatewayError;
use wye_types::reply::ErrorReply;
use wye_types::{Code, DialectId};
use wye_wire::dialect;

use crate::headers::put_request_id;
use crate::safe;

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
