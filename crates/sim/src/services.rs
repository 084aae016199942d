//! Calls besides chat, as vendors answer them: embeddings, rerank, moderations. As strict as the vendors are, and written once
//! more, like the dialects.
//!
//! A vector is a function of the model's name and the text alone, so that a model has the same ones wherever it is served.

mod embeddings;
mod moderations;
mod rerank;

use serde_json::Value;

use crate::dialect::{Operation, Target};
use crate::fail::{Fail, Outcome};
use crate::script::{Dialect, Vendor};

/// What is called, in whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Embeddings(Words),
    Rerank(Words),
    Moderations,
}

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    OpenAi,
    Jina,
    Voyage,
    Cohere,
    Gemini,
    /// Amazon's own models.
    Titan,
    /// Cohere's models at Amazon's.
    BedrockCohere,
}

/// What was answered, and what it is charged for.
pub(crate) struct Served {
    pub(crate) body: Value,
    /// Tokens of the request.
    pub(crate) tokens: u64,
}

/// What a path below the provider's own segment asks for besides chat, the models and the counts.
pub(crate) fn route(dialect: Dialect, vendor: Option<Vendor>, path: &str) -> Option<Target> {
    let path = path.trim_matches('/');
    let rest =
        ["v1beta/", "v2/", "v1/"].iter().find_map(|version| path.strip_prefix(version)).unwrap_or(path);
    let words = match (dialect, vendor) {
        (Dialect::Cohere, _) => Words::Cohere,
        (_, Some(Vendor::Jina)) => Words::Jina,
        (_, Some(Vendor::Voyage)) => Words::Voyage,
        _ => Words::OpenAi,
    };
    let (service, model) = match (dialect, rest) {
        (Dialect::OpenaiChat | Dialect::Ollama, "embeddings") | (Dialect::Cohere, "embed") => {
            (Service::Embeddings(words), None)
        }
        (Dialect::OpenaiChat | Dialect::Cohere, "rerank") => (Service::Rerank(words), None),
        (Dialect::OpenaiChat, "moderations") => (Service::Moderations, None),
        (Dialect::Gemini, _) => {
            let model = rest.strip_prefix("models/")?.strip_suffix(":batchEmbedContents")?;
            (Service::Embeddings(Words::Gemini), Some(model.to_owned()))
        }
        (Dialect::BedrockConverse, _) => {
            let model = rest.strip_prefix("model/")?.strip_suffix("/invoke")?.replace("%3A", ":");
            let cohere = model.starts_with("cohere.");
            let service = match (cohere, model.contains("rerank")) {
                (true, true) => Service::Rerank(Words::BedrockCohere),
                (true, false) => Service::Embeddings(Words::BedrockCohere),
                _ => Service::Embeddings(Words::Titan),
            };
            (service, Some(model))
        }
        _ => return None,
    };
    Some(Target { operation: Operation::Service(service), model, stream: false, sse: true })
}

impl Service {
    /// The vendor's answer.
    pub(crate) fn answer(self, body: &Value, model: &str) -> Outcome<Served> {
        match self {
            Self::Embeddings(words) => embeddings::answer(words, body, model),
            Self::Rerank(words) => rerank::answer(words, body, model),
            Self::Moderations => moderations::answer(body, model),
        }
    }
}

/// Refuses what the vendor does not know.
fn only(body: &Value, known: &[&str]) -> Outcome<()> {
    let fields = body.as_object().ok_or_else(|| Fail::new(400, "The body is not an object."))?;
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Fail::bad(key, format!("Unrecognized request argument supplied: {key}"))),
        None => Ok(()),
    }
}

/// One of a vendor's words, if the field is there.
fn one_of<'a>(body: &'a Value, field: &str, known: &[&str]) -> Outcome<Option<&'a str>> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(word)) if known.contains(&word.as_str()) => Ok(Some(word)),
        Some(other) => Err(Fail::bad(field, format!("'{other}' is not one of {known:?} - '{field}'"))),
    }
}
