//! Errors, both ways: `{"id", "message"}`, at times with `error_type`.

use serde_json::{Value, json};
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::error_words::{cap, plain};
/// Whether an answer is an error: its `message` is words.
pub(super) fn is_error(tree: &Value) -> bool {
    tree.get("message").is_some_and(Value::is_string)
}

/// Reads an error body.
pub(super) fn read(status: u16, body: &[u8]) -> UpstreamError {
    match serde_json::from_slice::<Value>(body) {
        Ok(tree) => read_tree(status, &tree),
        Err(_) => refine(UpstreamError::of_status(status, plain(status, body))),
    }
}

/// Reads an error that has been parsed. One sent with a 200 counts as the vendor's failure.
pub(super) fn read_tree(status: u16, tree: &Value) -> UpstreamError {
    let text = |key: &str| tree.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let message = text("message").or_else(|| text("error")).map_or_else(|| tree.to_string(), str::to_owned);
    let status = if status >= 400 { status } else { 500 };
    let mut error = UpstreamError::of_status(status, cap(&message));
    error.kind = text("error_type").map(str::to_owned);
    refine(error)
}

/// What a stream's last event says went wrong, if something did.
pub(super) fn of_end(delta: &Value) -> Option<UpstreamError> {
    let words = delta.get("error").and_then(Value::as_str).filter(|text| !text.is_empty());
    let status = match delta.get("finish_reason").and_then(Value::as_str) {
        Some("ERROR") => 500,
        Some("TIMEOUT") => 504,
        _ => words.map(|_| 500)?,
    };
    let message = words.unwrap_or("the generation ended in an error");
    Some(refine(UpstreamError::of_status(status, cap(message))))
}

/// What the words tell that the status does not.
fn refine(mut error: UpstreamError) -> UpstreamError {
    let words = error.message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let too_many = error.kind.as_deref() == Some("TOO_MANY_TOKENS");
    match (error.status, error.fault) {
        // The vendor's own status for a token that is not valid.
        (498, _) => error.fault = Fault::Auth,
        (_, Fault::BadRequest) if too_many || says(&["too many tokens", "maximum context length"]) => {
            error.fault = Fault::ContextTooLong;
        }
        // Trial keys have so many calls a month.
        (_, Fault::RateLimited) => error.exhausted = says(&["/ month", "per month", "monthly"]),
        _ => {}
    }
    error
}

/// Writes an error for the client.
pub(super) fn write(reply: &ErrorReply<'_>) -> Vec<u8> {
    json!({"id": reply.request_id, "message": reply.message, "error_type": reply.code})
        .to_string()
        .into_bytes()
}

/// Writes the last event of a stream that fails.
pub(super) fn write_event(reply: &ErrorReply<'_>) -> Vec<u8> {
    let delta = json!({"finish_reason": "ERROR", "error": reply.message});
    json!({"type": "message-end", "id": reply.request_id, "delta": delta}).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_status_type_and_words() {
        let read = |status, message: &str| {
            let error = read(status, json!({"id": "i", "message": message}).to_string().as_bytes());
            (error.status, error.fault, error.exhausted)
        };
        assert_eq!(
            read(400, "too many tokens: size limit exceeded by 3"),
            (400, Fault::ContextTooLong, false)
        );
        assert_eq!(read(400, "invalid request"), (400, Fault::BadRequest, false));
        assert_eq!(read(498, "invalid token"), (498, Fault::Auth, false));
        assert_eq!(
            read(429, "You are using a Trial key, which is limited to 1000 API calls / month"),
            (429, Fault::RateLimited, true)
        );
        assert_eq!(read(429, "slow down"), (429, Fault::RateLimited, false));
        assert_eq!(of_end(&json!({"finish_reason": "TIMEOUT"})).unwrap().fault, Fault::Timeout);
        assert_eq!(of_end(&json!({"finish_reason": "COMPLETE"})), None);
    }
}
