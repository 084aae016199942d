//! Errors: OpenAI's bodies, and the events that end a stream.

use serde_json::{Value, json};
use wye_types::error::{Fault, UpstreamError};
use wye_types::reply::ErrorReply;

use crate::openai_chat;
use crate::sse;

/// Reads an error body, an `error` event or the response of a `response.failed` event.
pub(super) fn read(status: u16, body: &[u8]) -> UpstreamError {
    let mut error = openai_chat::error::read(status, body);
    // A failed response names what was wrong with the request by its code alone.
    let code = error.code.as_deref().unwrap_or("");
    let at_fault = code.starts_with("invalid_") || code.contains("image");
    if status < 400 && error.fault == Fault::Server && at_fault {
        error.status = 400;
        error.fault = Fault::BadRequest;
    }
    error
}

/// Reads the error of a response that failed.
pub(super) fn of_response(response: &Value) -> UpstreamError {
    if response.get("error").is_some_and(|error| !error.is_null()) {
        return read(200, response.to_string().as_bytes());
    }
    let status = response.get("status").and_then(Value::as_str).unwrap_or("failed");
    UpstreamError::of_status(502, format!("the provider ended the answer as `{status}`"))
}

/// Writes an error body for the client.
pub(super) fn write(reply: &ErrorReply<'_>) -> Vec<u8> {
    openai_chat::error::write(reply).to_string().into_bytes()
}

/// Writes an error into a stream. The event's own fields stand at the top; OpenAI's SDKs raise on `error`, the object
/// that bodies have.
pub(super) fn write_event(reply: &ErrorReply<'_>) -> Vec<u8> {
    let body = openai_chat::error::write(reply);
    let event = json!({
        "type": "error",
        "code": reply.code,
        "message": reply.message,
        "param": reply.param,
        "sequence_number": 0,
        "error": body.get("error"),
    });
    let mut out = Vec::new();
    sse::write_event(&mut out, "error", event.to_string().as_bytes());
    out
}
