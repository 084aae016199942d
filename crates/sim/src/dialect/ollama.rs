//! `ollama`: Ollama's own chat, whose streams are lines of JSON.

mod read;
mod write;

use serde_json::{Value, json};

use super::{Operation, Target};
use crate::fail::{Fail, Kind};
use crate::script::Model;

pub(super) use read::read;
pub(super) use write::{plain, stream};

pub(super) fn route(path: &str, _: &str) -> Option<Target> {
    match path.trim_matches('/') {
        "api/chat" => Some(Target::plain(Operation::Chat)),
        "api/tags" => Some(Target::plain(Operation::ListModels)),
        _ => None,
    }
}

pub(super) fn error(fail: &Fail) -> Value {
    match &fail.kind {
        Kind::BadKey => json!({ "error": "unauthorized" }),
        Kind::NoModel => json!({ "error": format!("model '{}' not found", fail.message) }),
        _ => json!({ "error": fail.message }),
    }
}

pub(super) fn models<'a>(models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
    let models: Vec<Value> = models.map(|(id, m)| model(id, m)).collect();
    json!({ "models": models })
}

pub(super) fn model(id: &str, model: &Model) -> Value {
    let mut capabilities = vec!["completion", "tools", "vision"];
    capabilities.extend(model.reasoning.then_some("thinking"));
    json!({
        "name": id,
        "model": id,
        "modified_at": "2026-01-01T00:00:00Z",
        "size": 2_497_293_931_u64,
        "digest": "0".repeat(64),
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": "sim",
            "families": ["sim"],
            "parameter_size": "4.0B",
            "quantization_level": "Q4_K_M",
            "context_length": model.context,
        },
        "capabilities": capabilities,
    })
}
