//! What routing needs of a request, from the scan of its top level.

use serde_json::Value;
use wye_types::chat::Effort;

use super::request_read::{KEPT, effort_of};
use crate::dialect::RequestError;
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel, kind_of};

/// Reads the head of a request.
pub(super) fn head(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top.get(body, "model", "a string")?.ok_or_else(|| {
        RequestError::field("model", "`model` is missing; write the model's or route's name")
    })?;
    check_input(&top, body)?;
    let stream = top.get(body, "stream", "true or false")?.unwrap_or(false);
    let reasoning = top.raw(body, "reasoning").and_then(|raw| serde_json::from_slice::<Value>(raw).ok());
    let effort = effort_of(reasoning.as_ref().and_then(|r| r.get("effort")));
    let wants_thinking = effort.is_some_and(|effort| effort != Effort::None);
    let max_tokens = top.get::<u64>(body, "max_output_tokens", "a whole number, 0 or more")?;
    let tools = top.raw(body, "tools").is_some_and(|raw| !is_empty_array(raw));
    Ok(Head { model, stream, include_usage: true, wants_thinking, tools, max_tokens, top })
}

fn check_input(top: &TopLevel, body: &[u8]) -> Result<(), RequestError> {
    let hint = "write a text or [{\"role\": \"user\", \"content\": \"…\"}]";
    let message = match top.raw(body, "input") {
        Some(raw) if !raw.starts_with(b"[") && !raw.starts_with(b"\"") => {
            format!("`input` must be a string or an array of items, not {}; {hint}", kind_of(raw))
        }
        Some(raw) if !is_empty_array(raw) => return Ok(()),
        _ if KEPT.iter().any(|key| top.raw(body, key).is_some()) => return Ok(()),
        _ => format!("`input` is missing or empty; {hint}"),
    };
    Err(RequestError::field("input", message))
}
