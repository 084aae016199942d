//! Errors, both directions: everything that servers of OpenAI's shape have been seen to send.

use std::time::Duration;

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::error_words::{cap, plain};
/// Reads an error body. A status inside the body beats that of a 200.
pub(crate) fn read(status: u16, body: &[u8]) -> UpstreamError {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return refine(UpstreamError::of_status(known_status(status), plain(status, body)), &Value::Null);
    };
    let outer = match &value {
        Value::Array(items) => items.first().cloned().unwrap_or_default(),
        _ => value,
    };
    let inner = outer.get("error").filter(|e| !e.is_null()).unwrap_or(&outer);
    let word = |key: &str| match inner.get(key).or_else(|| outer.get(key)) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(n)) => Some(n.to_string()),
        _ => None,
    };
    let (kind, code) = (word("type"), word("code"));
    let status = if status < 400 { inner_status(inner, kind.as_deref(), code.as_deref()) } else { status };
    let mut error = UpstreamError::of_status(status, cap(&message(inner, &outer)));
    error.kind = kind.filter(|kind| kind != "error");
    error.code = code;
    error.param = word("param");
    refine(error, inner)
}

fn message(inner: &Value, outer: &Value) -> String {
    let direct = match inner {
        Value::String(text) => Some(text.clone()),
        _ => ["message", "detail", "msg", "error_msg", "errors"]
            .iter()
            .find_map(|key| inner.get(*key).or_else(|| outer.get(*key)).map(words)),
    };
    let direct = direct.unwrap_or_default();
    // OpenRouter wraps what its own upstream said.
    match inner.pointer("/metadata/raw").and_then(Value::as_str) {
        Some(raw) if !raw.is_empty() => format!("{direct}: {raw}"),
        _ => direct,
    }
}

/// The words of a message that may be a text, or a list of problems with their places.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            let text = ["msg", "message"].iter().find_map(|key| fields.get(*key)?.as_str());
            let place: Vec<String> = fields
                .get("loc")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|p| p.as_str().map_or_else(|| p.to_string(), str::to_owned))
                .collect();
            match (text, place.is_empty()) {
                (Some(text), true) => text.to_owned(),
                (Some(text), false) => format!("{}: {text}", place.join(".")),
                (None, _) => value.to_string(),
            }
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

const fn known_status(status: u16) -> u16 {
    if status < 400 { 502 } else { status }
}

/// The status of an error that came with a 200.
fn inner_status(inner: &Value, kind: Option<&str>, code: Option<&str>) -> u16 {
    let number = ["status_code", "raw_status_code", "code", "status"].iter().find_map(|key| {
        let value = inner.get(*key)?;
        let n = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
        u16::try_from(n).ok().filter(|n| (400..600).contains(n))
    });
    let words = format!("{} {}", kind.unwrap_or(""), code.unwrap_or("")).to_ascii_lowercase();
    number.unwrap_or_else(|| {
        let table = [
            ("rate_limit", 429),
            ("quota", 429),
            ("auth", 401),
            ("api_key", 401),
            ("permission", 403),
            ("not_found", 404),
            ("overloaded", 503),
            ("unavailable", 503),
            ("timeout", 504),
            ("invalid_request", 400),
            ("context_length", 400),
        ];
        table.iter().find(|(word, _)| words.contains(word)).map_or(500, |(_, status)| *status)
    })
}

/// Words by which servers say that the prompt is too long.
const TOO_LONG: [&str; 13] = [
    "context_length_exceeded",
    "exceed_context_size",
    "maximum context length",
    "max context length",
    "maximum prompt length",
    "prompt too long",
    "prompt is too long",
    "exceeds the available context size",
    "context window",
    "input token count exceeds",
    "too large for model with",
    "too many tokens",
    "input tokens exceeds",
];

/// Words by which servers say that there is no money.
const NO_MONEY: [&str; 6] = [
    "insufficient_quota",
    "insufficient balance",
    "credit balance",
    "billing_hard_limit",
    "out of credits",
    "insufficient credits",
];

/// Words by which servers say that a quota is gone for long.
const LONG_QUOTA: [&str; 7] = ["per day", "per-day", "perday", "(rpd)", "(tpd)", "per month", "monthly"];

/// Sees what the status alone does not say.
fn refine(mut error: UpstreamError, inner: &Value) -> UpstreamError {
    let code = error.code.as_deref().unwrap_or("").to_ascii_lowercase();
    let kind = error.kind.as_deref().unwrap_or("").to_ascii_lowercase();
    let text = error.message.to_ascii_lowercase();
    let says =
        |words: &[&str]| words.iter().any(|w| text.contains(w) || code.contains(w) || kind.contains(w));
    let client = (400..500).contains(&error.status);
    if says(&NO_MONEY) {
        error.exhausted = true;
        if matches!(error.status, 400 | 402 | 403 | 429) {
            error.fault = Fault::Payment;
        }
    } else if matches!(error.fault, Fault::BadRequest | Fault::Server) && says(&TOO_LONG) {
        error.fault = Fault::ContextTooLong;
    } else if code.contains("rate_limit") || kind.contains("rate_limit") {
        // Groq sends 413 for a request larger than what a minute allows.
        error.fault = Fault::RateLimited;
    } else if says(&["engine_overloaded", "overloaded_error"]) || error.status == 498 {
        error.fault = Fault::Overloaded;
    } else if client && (code.contains("model_not_found") || code.contains("model_decommissioned"))
        || error.status == 400 && says(&["model not exist", "does not exist or you do not have access"])
    {
        error.fault = Fault::NotFound;
    } else if error.status == 400
        && says(&["invalid_api_key", "api key not valid", "invalid api key", "incorrect api key"])
    {
        error.fault = Fault::Auth;
    } else if code == "tool_use_failed" {
        // The model wrote a call that does not fit; another one may do better.
        error.fault = Fault::Server;
    }
    if error.fault == Fault::RateLimited && says(&LONG_QUOTA) {
        error.exhausted = true;
    }
    error.retry_after = retry_in_message(&text).or_else(|| {
        let seconds = inner.get("retry_after").and_then(Value::as_f64)?;
        Duration::try_from_secs_f64(seconds).ok()
    });
    error
}

/// `try again in 4.77s`, `in 644ms`, `in 2m59.56s`, `retry after 18 seconds`.
fn retry_in_message(text: &str) -> Option<Duration> {
    let after = ["try again in ", "retry after ", "retry in "]
        .iter()
        .find_map(|lead| text.find(lead).map(|at| &text[at + lead.len()..]))?;
    let mut total = 0.0;
    let mut rest = after;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = rest[..digits].trim_end_matches('.');
        let Ok(number) = number.parse::<f64>() else { break };
        let tail = rest[digits..].trim_start_matches(' ');
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        total += number
            * match &tail[..letters] {
                "ms" | "milliseconds" => 0.001,
                "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
                "m" | "min" | "minute" | "minutes" => 60.0,
                "h" | "hour" | "hours" => 3600.0,
                _ => break,
            };
        rest = &tail[letters..];
    }
    (total > 0.0).then(|| Duration::try_from_secs_f64(total).ok())?
}

/// Whether a stream's event is an error: an `error` object or text, or an event of that name.
pub(crate) fn in_chunk(chunk: &Value, name: &str) -> bool {
    let named =
        chunk.get("error").is_some_and(|e| e.is_object() || e.as_str().is_some_and(|text| !text.is_empty()));
    let typed =
        chunk.get("choices").is_none() && chunk.get("object").and_then(Value::as_str) == Some("error");
    let listed = chunk.as_array().is_some_and(|items| items.iter().any(|i| i.get("error").is_some()));
    let bare = chunk.get("choices").is_none() && chunk.get("detail").is_some();
    named || typed || listed || bare || name == "error"
}

/// An error that a router reports on a choice.
pub(crate) fn of_choice(choice: &Map, finish: Option<&str>) -> Option<UpstreamError> {
    if let Some(inner) = choice.get("error").filter(|e| e.is_object()) {
        return Some(read(200, json!({"error": inner}).to_string().as_bytes()));
    }
    let word = finish.filter(|word| matches!(*word, "error" | "network_error"))?;
    Some(UpstreamError::of_status(502, format!("the provider ended the answer with `{word}`")))
}

/// Writes an error body for the client.
pub(crate) fn write(reply: &ErrorReply<'_>) -> Value {
    let kind = reply.vendor_kind.filter(|kind| is_word(kind)).unwrap_or(reply.row.openai_type);
    let mut inner = Map::new();
    inner.insert("message".into(), json!(reply.message));
    inner.insert("type".into(), json!(kind));
    inner.insert("param".into(), json!(reply.param));
    inner.insert("code".into(), json!(reply.code));
    if let Some(details) = reply.details {
        inner.insert("details".into(), details.clone());
    }
    json!({"error": inner, "request_id": reply.request_id})
}

/// Types of OpenAI's are lower-case words; Google's statuses are not.
fn is_word(kind: &str) -> bool {
    !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_words::MAX_MESSAGE;

    fn of(status: u16, body: &Value) -> UpstreamError {
        read(status, body.to_string().as_bytes())
    }

    #[test]
    fn every_shape_gives_its_message() {
        for (body, message) in [
            (json!({"error": {"message": "m"}}), "m"),
            (json!({"error": "m"}), "m"),
            (json!([{"error": {"message": "m"}}]), "m"),
            (json!({"detail": "m"}), "m"),
            (json!({"detail": [{"loc": ["body", "n"], "msg": "m"}]}), "body.n: m"),
            (json!({"object": "error", "message": "m", "code": "3051"}), "m"),
            (json!({"error": {"message": "p", "metadata": {"raw": "m"}}}), "p: m"),
            (json!({}), "the provider answered 400 without a message"),
        ] {
            assert_eq!(of(400, &body).message, message, "{body}");
        }
        let html = read(502, b"<html><head><title>502 Bad Gateway</title></head></html>");
        assert_eq!(html.message, "the provider answered 502 with an HTML page titled \"502 Bad Gateway\"");
        assert_eq!(read(500, b"").message, "the provider answered 500 without a body");
    }

    #[test]
    fn faults_are_told_from_words_where_the_status_says_too_little() {
        for (status, body, fault) in [
            (
                400,
                json!({"error": {"code": "context_length_exceeded", "message": "m"}}),
                Fault::ContextTooLong,
            ),
            (400, json!({"error": {"message": "Model Not Exist"}}), Fault::NotFound),
            (429, json!({"error": {"code": "insufficient_quota", "message": "m"}}), Fault::Payment),
            (413, json!({"error": {"code": "rate_limit_exceeded", "message": "m"}}), Fault::RateLimited),
            (400, json!({"error": {"code": "tool_use_failed", "message": "m"}}), Fault::Server),
            (200, json!({"error": {"message": "m", "status_code": 429}}), Fault::RateLimited),
            (200, json!({"error": {"message": "m", "code": 502}}), Fault::Server),
            (200, json!({"error": {"message": "m", "type": "invalid_request_error"}}), Fault::BadRequest),
            (403, json!({"error": {"message": "m"}}), Fault::Forbidden),
        ] {
            assert_eq!(of(status, &body).fault, fault, "{body}");
        }
    }

    #[test]
    fn the_delay_is_found_in_the_message() {
        for (text, ms) in [
            ("please try again in 4.77s.", Some(4770)),
            ("Please try again in 644ms. Visit", Some(644)),
            ("try again in 2m59.5s", Some(179_500)),
            ("Please retry after 18 seconds.", Some(18_000)),
            ("try again in a while", None),
        ] {
            let got = of(429, &json!({"error": {"message": text}})).retry_after;
            assert_eq!(got, ms.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let message = "é".repeat(2000);
        assert_eq!(of(400, &json!({"error": message})).message.len(), MAX_MESSAGE);
    }
}
