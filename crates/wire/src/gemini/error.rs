//! Errors, read and written.

use std::time::Duration;

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::dialect::StreamAt;
use crate::error_words::cap;

/// Reads an error body: `{"error": {…}}`, the same in an array, a bare text, or something else altogether.
pub(super) fn read_error(status: u16, body: &[u8]) -> UpstreamError {
    let text = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let value = match value {
        Value::Array(items) => items.into_iter().next().unwrap_or(Value::Null),
        other => other,
    };
    let error = value.get("error").filter(|e| !e.is_null()).unwrap_or(&value);
    let said = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
    let message = match error {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Object(_) => said("message").or_else(|| said("detail")).unwrap_or_else(|| error.to_string()),
        _ if text.trim().is_empty() => format!("the provider answered with status {status} and no message"),
        _ => text.trim().to_owned(),
    };
    let inner = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let kind = said("status").or_else(|| said("type"));
    // Inside a 200 the body's own code is the only word about what happened.
    let status = match inner.filter(|code| (400..600).contains(code)) {
        Some(code) if status < 400 => code,
        None if status < 400 => status_of(kind.as_deref()),
        _ => status,
    };
    let details = error.get("details").and_then(Value::as_array).cloned().unwrap_or_default();
    let detail = |key: &str| details.iter().find_map(|d| d.get(key).filter(|v| !v.is_null()));
    let reason = detail("reason").and_then(Value::as_str);
    let mut out = UpstreamError::of_status(status, cap(&message));
    out.param = detail("fieldViolations").and_then(|v| v.get(0)?.get("field")?.as_str().map(str::to_owned));
    out.retry_after =
        detail("retryDelay").and_then(Value::as_str).and_then(seconds).or_else(|| delay_in(&message));
    out.exhausted = detail("violations").is_some_and(is_exhausted);
    out.code = reason.map(str::to_owned).or_else(|| said("code"));
    refine(&mut out, reason, kind.as_deref(), &message);
    out.kind = kind;
    out
}

/// What the words tell beyond the status.
fn refine(out: &mut UpstreamError, reason: Option<&str>, kind: Option<&str>, message: &str) {
    let lower = message.to_ascii_lowercase();
    let says = |text: &str| lower.contains(text);
    if matches!(reason, Some("API_KEY_INVALID" | "API_KEY_EXPIRED" | "ACCESS_TOKEN_EXPIRED"))
        || says("api key not valid")
        || says("api key expired")
    {
        out.fault = Fault::Auth;
    } else if out.status == 400
        && (says("exceeds the maximum number of tokens") || (says("token count") && says("exceed")))
    {
        out.fault = Fault::ContextTooLong;
    } else if reason == Some("BILLING_DISABLED") || says("credits are depleted") || says("enable billing") {
        out.fault = Fault::Payment;
        out.exhausted = true;
    } else if says("location is not supported") {
        out.fault = Fault::Forbidden;
    } else if kind == Some("RESOURCE_EXHAUSTED") {
        out.fault = Fault::RateLimited;
    }
}

fn status_of(kind: Option<&str>) -> u16 {
    match kind {
        Some("INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE") => 400,
        Some("UNAUTHENTICATED") => 401,
        Some("PERMISSION_DENIED") => 403,
        Some("NOT_FOUND") => 404,
        Some("RESOURCE_EXHAUSTED") => 429,
        Some("UNAVAILABLE") => 503,
        Some("DEADLINE_EXCEEDED") => 504,
        _ => 500,
    }
}

/// A quota per day, or one of zero, does not come back within minutes.
fn is_exhausted(violations: &Value) -> bool {
    violations.as_array().into_iter().flatten().any(|violation| {
        let of = |key: &str| violation.get(key).and_then(Value::as_str).unwrap_or_default();
        of("quotaId").contains("PerDay") || of("quotaValue") == "0"
    })
}

/// `48s`, `4.77s`, `644ms`.
fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

/// The delay in `Please retry in 47.9s.`
fn delay_in(message: &str) -> Option<Duration> {
    let after =
        ["retry in ", "try again in "].iter().find_map(|mark| message.split_once(mark).map(|(_, a)| a))?;
    seconds(after.split_whitespace().next()?.trim_end_matches(['.', ',']))
}

/// The error as Google writes it. The code, the field and the request's id stand in an `ErrorInfo`.
pub(super) fn write_error(reply: &ErrorReply<'_>) -> Vec<u8> {
    let mut metadata = Map::new();
    metadata.insert("request_id".to_owned(), json!(reply.request_id));
    if let Some(param) = reply.param {
        metadata.insert("param".to_owned(), json!(param));
    }
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reply.code,
        "domain": "wye",
        "metadata": metadata,
    })];
    if let Some(facts) = reply.details {
        details.push(json!({"@type": "type.googleapis.com/google.protobuf.Value", "value": facts}));
    }
    let vendor = reply.vendor_kind.filter(|kind| {
        let word = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        word && reply.status < 500
    });
    let body = json!({"error": {
        "code": reply.status,
        "message": reply.message,
        "status": vendor.unwrap_or(reply.row.google_status),
        "details": details,
    }});
    body.to_string().into_bytes()
}

/// The error as the last event of a stream.
pub(super) fn write_stream_error(reply: &ErrorReply<'_>, at: StreamAt) -> Vec<u8> {
    let mut out = Vec::new();
    let mut begun = at.begun;
    super::stream_write::frame(&mut begun, at.sse, &write_error(reply), &mut out);
    if !at.sse {
        out.push(b']');
    }
    out
}
