//! What routing needs of a request, from the scan of its top level.

use serde::Deserialize;
use serde_json::Value;

use crate::dialect::RequestError;
use crate::scan::{Head, TopLevel, kind_of};

use super::request_read::other_ask;

/// Reads the head of a request.
pub(super) fn head(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top.get(body, "model", "a string")?.ok_or_else(|| {
        RequestError::field("model", "`model` is missing; write the model's or route's name")
    })?;
    check_messages(&top, body)?;
    let stream = top.get(body, "stream", "true or false")?.unwrap_or(false);
    let wants_thinking = match top.raw(body, "reasoning_effort") {
        Some(word) => word != b"\"none\"",
        None => {
            let value = |key| top.raw(body, key).and_then(|raw| serde_json::from_slice::<Value>(raw).ok());
            other_ask(value("reasoning").as_ref(), value("thinking").as_ref())
                .is_some_and(|ask| ask.wants_thinking())
        }
    };
    let limit = |key| top.get::<u64>(body, key, "a whole number, 0 or more");
    let max_tokens = limit("max_completion_tokens")?.or(limit("max_tokens")?);
    let tools = top.raw(body, "tools").is_some_and(|raw| !is_empty_array(raw));
    let include_usage = include_usage(&top, body)?;
    Ok(Head { model, stream, include_usage, wants_thinking, tools, max_tokens, top })
}

/// Whether the client asks for usage in the stream.
pub(crate) fn include_usage(top: &TopLevel, body: &[u8]) -> Result<bool, RequestError> {
    #[derive(Deserialize)]
    struct StreamOptions {
        include_usage: Option<bool>,
    }
    let options: Option<StreamOptions> =
        top.get(body, "stream_options", "an object such as {\"include_usage\": true}")?;
    Ok(options.and_then(|o| o.include_usage).unwrap_or(false))
}

fn check_messages(top: &TopLevel, body: &[u8]) -> Result<(), RequestError> {
    let hint = "write [{\"role\": \"user\", \"content\": \"…\"}]";
    let message = match top.raw(body, "messages") {
        None => format!("`messages` is missing; {hint}"),
        Some(raw) if !raw.starts_with(b"[") => {
            format!("`messages` must be an array, not {}; {hint}", kind_of(raw))
        }
        Some(raw) if is_empty_array(raw) => format!("`messages` is empty; {hint}"),
        Some(_) => return Ok(()),
    };
    Err(RequestError::field("messages", message))
}

/// Whether a raw value is an array of nothing.
pub(crate) fn is_empty_array(raw: &[u8]) -> bool {
    raw.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start() == b"]")
}
