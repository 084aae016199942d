//! `POST /model/{model}/count-tokens`, both ways: `{"input": {"converse": {messages, system, toolConfig}}}`.

use serde_json::{Value, json};
use wye_types::chat::ChatRequest;

use super::{request_read, request_write};
use crate::dialect::{PathAsk, RequestError, WriteOptions, Written};
use crate::fields::Fields;
use crate::scan::TopLevel;

/// Reads the request inside.
pub(super) fn read_request(body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
    TopLevel::scan(body)?;
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not JSON: {error}")))?;
    let mut top = Fields::of(tree, "")?;
    let mut input = match top.object("input")? {
        Some(input) => input,
        None => return Err(top.missing("input", "send {\"converse\": {\"messages\": […]}}")),
    };
    let Some(inner) = input.object("converse")? else {
        return Err(input.missing("converse", "send the messages; a body of InvokeModel cannot be counted"));
    };
    let inner = Value::Object(inner.rest()).to_string();
    request_read::read(inner.as_bytes(), &PathAsk { stream: false, ..path.clone() })
}

/// Writes the request.
pub(super) fn write_request(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let written = request_write::write_counted(chat, options);
    let inner: Value = serde_json::from_slice(&written.body).unwrap_or_default();
    let body = json!({"input": {"converse": inner}}).to_string().into_bytes();
    Written { body, ..written }
}
