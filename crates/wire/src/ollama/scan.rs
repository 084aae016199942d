//! What routing needs of a request, from the scan of its top level.

use serde_json::Value;
use wye_types::Map;

use super::{request_read, think};
use crate::dialect::RequestError;
use crate::fields::whole;
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel, kind_of};

/// Reads the head of a request.
pub(super) fn head(body: &[u8]) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    let model: String = top.get(body, "model", "a string")?.ok_or_else(|| {
        RequestError::field("model", "`model` is missing; write the model's or route's name")
    })?;
    let hint = request_read::MESSAGES_HINT;
    let problem = match top.raw(body, "messages") {
        None => Some(format!("`messages` is missing; {hint}")),
        Some(raw) if !raw.starts_with(b"[") => {
            Some(format!("`messages` must be an array, not {}; {hint}", kind_of(raw)))
        }
        Some(raw) if is_empty_array(raw) => Some(format!("`messages` is empty; {hint}")),
        Some(_) => None,
    };
    if let Some(message) = problem {
        return Err(RequestError::field("messages", message));
    }
    // Ollama streams unless told not to.
    let stream = top.get(body, "stream", "true or false")?.unwrap_or(true);
    let value = |key| top.raw(body, key).and_then(|raw| serde_json::from_slice::<Value>(raw).ok());
    let asked = value("think").and_then(|value| think::read(&value));
    let options: Option<Map> = top.get(body, "options", "an object")?;
    let max_tokens = options.as_ref().and_then(|options| whole(options.get("num_predict")?));
    let tools = top.raw(body, "tools").is_some_and(|raw| !is_empty_array(raw));
    Ok(Head {
        model,
        stream,
        include_usage: true,
        wants_thinking: asked.is_some_and(|ask| ask.wants_thinking()),
        tools,
        max_tokens,
        top,
    })
}
