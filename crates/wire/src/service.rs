//! Calls besides chat that are one JSON body each way: embeddings, images, speech, moderations, rerank. Each kind has one
//! file, which reads and writes it in every vendor's words.
//!
//! Where client and provider use the same words, bytes are patched and answers pass as they are, as with chat.

mod billed;
mod embeddings;
mod images;
mod moderations;
mod rerank;
mod speech;
mod tap;
mod transcripts;

pub use tap::UsageTap;
pub use transcripts::thought_ms;
use wye_types::money::nano_of_dollars;
use wye_types::usage::{Ledger, Units};
use wye_types::{DialectId, Kind};

use crate::RequestError;
use crate::dialect::{Loss, ReadError, dialect};
use crate::patch::{Patch, json_string};
use crate::scan::TopLevel;

/// Whose words a call besides chat and its answer are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// OpenAI's.
    OpenAi,
    /// Cohere's: `texts`, `input_type`, `embedding_types`; `documents`, `top_n`, `results[].relevance_score`.
    Cohere,
    /// Cohere's first version: vectors in a plain list where no `embedding_types` are named.
    CohereOne,
    /// Jina's: OpenAI's embeddings with `task` and `embedding_type`; Cohere's rerank with `return_documents` and `usage`.
    Jina,
    /// Voyage's: `output_dimension`, `output_dtype`; `top_k`, `data[].relevance_score`.
    Voyage,
    /// Gemini's: `:batchEmbedContents`, Imagen's `:predict`.
    Gemini,
    /// Gemini's `:embedContent`: one content, one vector.
    GeminiOne,
    /// Ollama's `/api/embed`.
    Ollama,
    /// Ollama's older `/api/embeddings`: one `prompt`, one vector.
    OllamaOne,
    /// Vertex AI's `:predict` with `instances` and `parameters`.
    Vertex,
    /// Amazon's `/model/…/invoke`, whose body is the model maker's.
    Bedrock,
    /// Pollinations' `GET /prompt/{prompt}`, which answers with the image itself.
    Pollinations,
    /// `SiliconFlow`'s images: `image_size`, `batch_size`, answered with `images` beside `data`.
    SiliconFlow,
    /// Cloudflare's `/ai/run/{model}`, whose answers stand in `result`.
    Cloudflare,
    /// OpenRouter's transcriptions: sound in base64 in JSON, `input_audio`.
    OpenRouter,
    /// Anthropic's batches and files.
    Anthropic,
    /// Mistral's batches: `input_files`, `model`, `/batch/jobs`.
    Mistral,
}

/// What must be known of a request before anything is decided.
#[derive(Debug, Clone)]
pub struct Head {
    /// The model's name as the client wrote it.
    pub model: String,
    /// Whether the answer is wanted piece by piece.
    pub stream: bool,
    /// The end user that the request names.
    pub user: Option<String>,
    /// Where each top-level field stands.
    pub top: TopLevel,
    /// Bytes that are text, by which tokens are estimated.
    pub text_bytes: u64,
    /// What it will use that is not counted in tokens, as far as the request says.
    pub units: Units,
}

/// A request to be written in a provider's words.
#[derive(Debug, Clone, Copy)]
pub struct Rewrite<'a> {
    /// The client's words.
    pub from: Shape,
    /// The provider's.
    pub to: Shape,
    /// What the client sent.
    pub body: &'a [u8],
    /// What is known of it.
    pub head: &'a Head,
    /// The model's name as the provider knows it.
    pub model: &'a str,
}

/// A request in a provider's words.
#[derive(Debug, Default, Clone)]
pub struct Asked {
    /// The body; nothing where all stands in the query, as Pollinations wants it.
    pub body: Option<Vec<u8>>,
    /// What follows the path: `?…`, or steps of it.
    pub behind: String,
    /// What the provider's words could not say.
    pub losses: Vec<Loss>,
}

/// A whole answer to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The client's words.
    pub from: Shape,
    /// The provider's.
    pub to: Shape,
    /// The answer's media type.
    pub media_type: &'a str,
    /// The answer.
    pub body: &'a [u8],
    /// What the client sent.
    pub request: &'a [u8],
    /// What is known of it.
    pub head: &'a Head,
    /// The model that answered, as its provider knows it.
    pub model: &'a str,
    /// Unix seconds, for answers that tell when they were made.
    pub now_s: i64,
}

/// What an answer says.
#[derive(Debug, Default, Clone)]
pub struct Told {
    /// What it used, as far as it or the request says. `None`: nothing is known.
    pub ledger: Option<Ledger>,
    /// It in the client's words; `None` where it is already.
    pub body: Option<Vec<u8>>,
    /// The media type of that, where it is not JSON.
    pub media_type: Option<&'static str>,
    /// Whether there is anything in it.
    pub content: bool,
}

/// One kind of call in every vendor's words.
pub trait Service: Send + Sync {
    /// Reads what must be known of a request.
    ///
    /// # Errors
    /// The field that is wrong, and what to write instead.
    fn scan(&self, shape: Shape, body: &[u8]) -> Result<Head, RequestError>;

    /// What must change in a request that stays in the client's own words, for this model to serve it.
    fn aim(&self, ask: &Rewrite<'_>, patch: &mut Patch) {
        if ask.head.top.span("model").is_some() && ask.head.model != ask.model {
            patch.set("model", json_string(ask.model));
        }
    }

    /// Writes a request in words that are not the client's.
    ///
    /// # Errors
    /// The field that is wrong, or that this provider cannot be told without changing what is asked.
    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError>;

    /// Reads a whole answer.
    ///
    /// # Errors
    /// If it is an error in disguise, or cannot be read.
    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError>;

    /// Whether an answer of this media type is read whole; others are passed on as they come.
    fn is_read_whole(&self, to: Shape, media_type: &str) -> bool {
        let _ = to;
        media_type.is_empty() || media_type.contains("json") || media_type.starts_with("text/plain")
    }

    /// What a call has used of which the answer says nothing: all that is known as soon as it begins. `None` where
    /// nothing is known before it is over.
    fn begun(&self, head: &Head) -> Option<Ledger> {
        let _ = head;
        None
    }

    /// What the `usage` object in an answer's events says.
    fn told_in_events(&self, usage: &[u8], head: &Head) -> Option<Ledger> {
        let _ = (usage, head);
        None
    }
}

/// The kind's words. `None` for chat, and for calls that are more than one JSON body each way.
#[must_use]
pub fn service(kind: Kind) -> Option<&'static dyn Service> {
    match kind {
        Kind::Embeddings => Some(&embeddings::Embeddings),
        Kind::Moderations => Some(&moderations::Moderations),
        Kind::Rerank => Some(&rerank::Rerank),
        Kind::Images => Some(&images::GENERATIONS),
        Kind::ImageEdits => Some(&images::EDITS),
        Kind::ImageVariations => Some(&images::VARIATIONS),
        Kind::Speech => Some(&speech::Speech),
        Kind::Transcriptions => Some(&transcripts::TRANSCRIPTIONS),
        Kind::Translations => Some(&transcripts::TRANSLATIONS),
        Kind::Chat | Kind::Files | Kind::Batches | Kind::Realtime | Kind::Pass => None,
    }
}

/// The number in a field of an object at the top level of a body, if it is there and a whole number.
fn count_in(top: &TopLevel, body: &[u8], object: &str, field: &str) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_slice(top.raw(body, object)?).ok()?;
    value.get(field)?.as_u64()
}

/// The model's name, which every request has.
fn model_in(top: &TopLevel, body: &[u8]) -> Result<String, RequestError> {
    match top.raw(body, "model") {
        None => Err(RequestError::field("model", "`model` is missing; name a deployment or a route")),
        Some(raw) => serde_json::from_slice::<String>(raw)
            .ok()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| RequestError::field("model", "`model` must be a string that is not empty")),
    }
}

/// What a provider says that a call cost, in nano-dollars, from its `usage`.
fn cost_in(usage: &serde_json::Value) -> Option<u64> {
    nano_of_dollars(usage.get("cost")?.as_f64()?)
}

/// An error that was sent as if it were an answer.
fn error_in(top: &TopLevel, body: &[u8], shape: Shape) -> Option<ReadError> {
    top.raw(body, "error")?;
    let words = match shape {
        Shape::Cohere | Shape::CohereOne => DialectId::Cohere,
        Shape::Gemini | Shape::GeminiOne | Shape::Vertex => DialectId::Gemini,
        Shape::Ollama | Shape::OllamaOne => DialectId::Ollama,
        _ => DialectId::OpenAiChat,
    };
    Some(ReadError::Upstream(Box::new(dialect(words).read_error(200, body))))
}

/// The end user that a request names.
fn user_in(top: &TopLevel, body: &[u8]) -> Option<String> {
    serde_json::from_slice(top.raw(body, "user")?).ok()
}
