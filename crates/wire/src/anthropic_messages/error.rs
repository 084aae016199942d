//! Errors, both ways.

use std::time::Duration;

use serde_json::{Map, Value, json};
use wye_types::code::Code;
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::error_words::{cap, plain};
/// The vendor's error types with the status each stands for.
const TYPES: [(&str, u16); 10] = [
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("billing_error", 402),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("api_error", 500),
    ("timeout_error", 504),
    ("overloaded_error", 529),
];

/// Reads an error body.
pub(super) fn read(status: u16, body: &[u8]) -> UpstreamError {
    match serde_json::from_slice::<Value>(body) {
        Ok(tree) => read_tree(status, &tree),
        Err(_) => refine(UpstreamError::of_status(status, plain(status, body))),
    }
}

/// Reads an error that has been parsed. A status below 400 yields to what the body says.
pub(super) fn read_tree(status: u16, tree: &Value) -> UpstreamError {
    let tree = match tree {
        Value::Array(items) => items.first().unwrap_or(tree),
        other => other,
    };
    let error = tree.get("error").filter(|error| !error.is_null()).unwrap_or(tree);
    let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
    let kind = text("type").filter(|kind| kind != "error").or_else(|| text("status"));
    let message = error
        .as_str()
        .map(str::to_owned)
        .or_else(|| text("message"))
        .or_else(|| tree.get("message").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| {
            tree.get("detail").map(|detail| detail.as_str().map_or_else(|| detail.to_string(), Into::into))
        })
        .unwrap_or_else(|| error.to_string());
    let number = ["status_code", "code", "http_status"]
        .iter()
        .find_map(|key| error.get(key)?.as_u64())
        .and_then(|n| u16::try_from(n).ok())
        .filter(|n| (400..600).contains(n));
    let status = if status >= 400 { status } else { number.unwrap_or_else(|| status_of(kind.as_deref())) };
    let code = match error.get("code") {
        Some(Value::String(code)) => Some(code.clone()),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => None,
    };
    let mut read = UpstreamError::of_status(status, cap(&message));
    read.kind = kind;
    read.code = code;
    read.param = text("param");
    read.retry_after = retry_info(error);
    refine(read)
}

fn status_of(kind: Option<&str>) -> u16 {
    kind.and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind)).map_or(500, |(_, status)| *status)
}

/// What the words tell that the status does not.
fn refine(mut error: UpstreamError) -> UpstreamError {
    let words = error.message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let kind = error.kind.as_deref().unwrap_or("");
    if says(&["credit balance", "insufficient balance", "insufficient credits"]) || kind == "billing_error" {
        error.fault = Fault::Payment;
        error.exhausted = true;
    } else if says(&["specified api usage limits"]) {
        error.fault = Fault::RateLimited;
        error.exhausted = true;
    } else if matches!(error.fault, Fault::BadRequest)
        && says(&[
            "prompt is too long",
            "exceed context limit",
            "exceeds the context window",
            "maximum context length",
            "input is too long",
        ])
    {
        error.fault = Fault::ContextTooLong;
    } else if kind == "overloaded_error" {
        error.fault = Fault::Overloaded;
    } else if kind == "rate_limit_error" {
        error.fault = Fault::RateLimited;
    }
    if error.retry_after.is_none() {
        error.retry_after = words.split("try again in ").nth(1).and_then(delay);
    }
    error
}

/// Google's delay, where it serves this vendor's models.
fn retry_info(error: &Value) -> Option<Duration> {
    let details = error.get("details")?.as_array()?;
    details.iter().find_map(|detail| delay(detail.get("retryDelay")?.as_str()?))
}

/// Reads the delay a text begins with: `4.77s`, `644ms`, `2m3.5s`, `30 seconds`.
fn delay(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = None;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Ok(number) = rest[..digits].trim_end_matches('.').parse::<f64>() else { break };
        let unit = rest[digits..].trim_start();
        let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let scale = match &unit[..letters] {
            "ms" => 0.001,
            "m" | "min" | "minutes" | "minute" => 60.0,
            "h" | "hours" | "hour" => 3600.0,
            "s" | "sec" | "seconds" | "second" => 1.0,
            _ => break,
        };
        total = Some(total.unwrap_or(0.0) + number * scale);
        rest = &unit[letters..];
    }
    total.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

/// Writes an error for the client.
pub(super) fn write(reply: &ErrorReply<'_>) -> Vec<u8> {
    let mut error = Map::new();
    error.insert("type".into(), json!(kind_of(reply)));
    error.insert("message".into(), json!(reply.message));
    error.insert("code".into(), json!(reply.code));
    if let Some(param) = reply.param {
        error.insert("param".into(), json!(param));
    }
    if let Some(details) = reply.details {
        error.insert("details".into(), details.clone());
    }
    json!({"type": "error", "error": error, "request_id": reply.request_id}).to_string().into_bytes()
}

/// The vendor's own type where it speaks of the client's request; what it says of our account stays ours.
fn kind_of<'a>(reply: &ErrorReply<'a>) -> &'a str {
    let about_client = matches!(reply.row.code, Code::CallerRejected | Code::CallerContextTooLong);
    reply
        .vendor_kind
        .filter(|kind| about_client && TYPES.iter().any(|(name, _)| name == kind))
        .unwrap_or(reply.row.anthropic_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_words::MAX_MESSAGE;

    #[test]
    fn faults_are_read_from_status_type_and_words() {
        let read = |status, body: &str| {
            let error = read(status, body.as_bytes());
            (error.status, error.fault, error.exhausted)
        };
        let typed = |kind: &str, message: &str| {
            json!({"type": "error", "error": {"type": kind, "message": message}}).to_string()
        };
        assert_eq!(
            read(400, &typed("invalid_request_error", "prompt is too long: 3 tokens > 2 maximum")),
            (400, Fault::ContextTooLong, false)
        );
        assert_eq!(
            read(400, &typed("invalid_request_error", "Your credit balance is too low")),
            (400, Fault::Payment, true)
        );
        assert_eq!(read(200, &typed("overloaded_error", "Overloaded")), (529, Fault::Overloaded, false));
        assert_eq!(read(200, &typed("rate_limit_error", "slow")), (429, Fault::RateLimited, false));
        assert_eq!(read(502, "<html>Bad Gateway</html>"), (502, Fault::Server, false));
        assert_eq!(read(401, "[{\"error\":\"no\"}]"), (401, Fault::Auth, false));
        assert_eq!(read(200, "{\"error\":{\"code\":503,\"message\":\"x\"}}").0, 503);
        assert_eq!(super::read(400, "{\"detail\":\"bad\"}".as_bytes()).message, "bad");
        assert!(super::read(500, "é".repeat(5000).as_bytes()).message.len() <= MAX_MESSAGE);
    }

    #[test]
    fn delays_are_read_from_words() {
        let after = |message: &str| {
            let body = json!({"error": {"message": message}}).to_string();
            read(429, body.as_bytes()).retry_after
        };
        assert_eq!(after("Please try again in 4.77s."), Some(Duration::from_millis(4770)));
        assert_eq!(after("Try again in 644ms"), Some(Duration::from_millis(644)));
        assert_eq!(after("try again in 2m1s"), Some(Duration::from_secs(121)));
        assert_eq!(after("try again later"), None);
    }
}
