//! Writes errors.

use serde_json::json;
use wye_types::Map;
use wye_types::reply::ErrorReply;

/// Ollama's `{"error": "…"}`, with what else is known beside it: its clients read the text only.
pub(super) fn write(reply: &ErrorReply<'_>) -> Vec<u8> {
    let mut out = Map::new();
    out.insert("error".into(), json!(reply.message));
    out.insert("code".into(), json!(reply.code));
    if let Some(param) = reply.param {
        out.insert("param".into(), json!(param));
    }
    if let Some(details) = reply.details {
        out.insert("details".into(), details.clone());
    }
    out.insert("request_id".into(), json!(reply.request_id));
    serde_json::Value::Object(out).to_string().into_bytes()
}
