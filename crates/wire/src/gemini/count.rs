//! `:countTokens`, both ways.

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::ChatRequest;

use super::fields::Fields;
use super::request_read::{read_request, read_top};
use super::request_write::{RULE, write_map};
use crate::dialect::{PathAsk, RequestError, WriteOptions, Written};
use crate::names::NameMap;
use crate::scan::TopLevel;

/// The conversation stands at the top, or a whole request stands in `generateContentRequest`.
pub(super) fn read_count_request(body: &[u8], path: &PathAsk) -> Result<ChatRequest, RequestError> {
    let top = TopLevel::scan(body)?;
    let key = ["generateContentRequest", "generate_content_request"]
        .into_iter()
        .find(|k| top.raw(body, k).is_some());
    let Some(key) = key else { return read_request(body, path) };
    let inner: Option<Value> = top.get(body, key, "an object")?;
    let fields = Fields::of(inner.unwrap_or(Value::Null), key)?;
    read_top(fields, path)
}

pub(super) fn write_count_request(chat: &ChatRequest, options: &WriteOptions) -> Written {
    let names = NameMap::of(chat, RULE);
    let (mut map, losses) = write_map(chat, options, &names);
    let bare = map.len() == 1;
    let body = if bare {
        Value::Object(map)
    } else {
        // Google counts system texts and tools only inside a whole request, which names its model again.
        let model = if options.model.contains('/') {
            options.model.clone()
        } else {
            format!("models/{}", options.model)
        };
        let mut whole = Map::from_iter([("model".to_owned(), json!(model))]);
        whole.append(&mut map);
        json!({"generateContentRequest": whole})
    };
    Written { body: body.to_string().into_bytes(), losses, names }
}

pub(super) fn read_count(body: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(body).ok()?.get("totalTokens")?.as_u64()
}

pub(super) fn write_count(tokens: u64) -> Vec<u8> {
    json!({"totalTokens": tokens}).to_string().into_bytes()
}
