//! The wire formats, as vendors speak them.
//!
//! Each has a `read` (checks a request as strictly as its vendor does and says what the model understands), a
//! `write` (plain and streamed answers) and an `error` (the vendor's bodies and headers). They share no code with the
//! gateway's own formats on purpose: this is what those are checked against.

pub(crate) mod anthropic;
pub(crate) mod bedrock;
mod cohere;
mod completions;
mod fields;
pub(crate) mod gemini;
mod ollama;
pub(crate) mod openai;
mod responses;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::answer::Answer;
use crate::ask::Ask;
use crate::fail::{Fail, Kind, Outcome};
use crate::quota::Standing;
use crate::script::{Dialect, Model};
use crate::services::Service;
use crate::sign::Signer;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Chat,
    CountTokens,
    ListModels,
    GetModel(String),
    /// Something besides chat.
    Service(Service),
}

/// A request's path, understood.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) operation: Operation,
    /// The model, where the path names it.
    pub(crate) model: Option<String>,
    /// Whether the path asks for a stream.
    pub(crate) stream: bool,
    /// Whether a stream is to be SSE; else it is a JSON array.
    pub(crate) sse: bool,
}

/// What an answer is made out to.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// Makes ids; the same request with the same number gives the same ids.
    pub(crate) seed: u64,
    /// Unix seconds.
    pub(crate) created: u64,
    pub(crate) model: String,
    pub(crate) sse: bool,
}

/// One event of a streamed answer.
pub(crate) struct Event {
    pub(crate) bytes: Bytes,
    /// Tokens it took the model to make it.
    pub(crate) tokens: u64,
}

impl Event {
    pub(crate) fn new(text: String, tokens: u64) -> Self {
        Self { bytes: Bytes::from(text), tokens }
    }

    fn binary(bytes: Vec<u8>, tokens: u64) -> Self {
        Self { bytes: Bytes::from(bytes), tokens }
    }
}

/// A body to check, with what is needed to check it.
pub(crate) struct Reading<'a> {
    pub(crate) body: &'a Value,
    pub(crate) signer: &'a Signer,
    pub(crate) model: &'a Model,
    pub(crate) stream: bool,
    /// The `anthropic-beta` header.
    pub(crate) betas: &'a str,
}

/// What a path asks for: the path below the provider's own segment, and the query.
type Route = fn(&str, &str) -> Option<Target>;

impl Target {
    /// A path that names neither a model nor a stream.
    fn plain(operation: Operation) -> Self {
        Self { operation, model: None, stream: false, sse: true }
    }
}

/// The lists of models that look alike in several dialects.
fn models_route(rest: &str) -> Option<Target> {
    match rest.strip_prefix("models")? {
        "" => Some(Target::plain(Operation::ListModels)),
        name => Some(Target::plain(Operation::GetModel(name.strip_prefix('/')?.to_owned()))),
    }
}

/// What follows the version; base URLs are written with and without it, and both are served.
pub(crate) fn unversioned<'a>(path: &'a str, versions: &[&str]) -> &'a str {
    let path = path.trim_matches('/');
    versions.iter().find_map(|v| path.strip_prefix(v).and_then(|r| r.strip_prefix('/'))).unwrap_or(path)
}

impl Dialect {
    /// What a path below the provider's own segment asks for.
    pub(crate) fn target(self, path: &str, query: &str) -> Option<Target> {
        let route: Route = match self {
            Self::Gemini => gemini::route,
            Self::Ollama => ollama::route,
            Self::Cohere => cohere::route,
            Self::BedrockConverse => bedrock::route,
            _ => return self.plain_route(unversioned(path, &["v1beta", "v1"])),
        };
        route(path, query)
    }

    fn plain_route(self, rest: &str) -> Option<Target> {
        match (self, rest) {
            (Self::OpenaiChat, "chat/completions")
            | (Self::OpenaiResponses, "responses")
            | (Self::OpenaiCompletions, "completions")
            | (Self::AnthropicMessages, "messages") => Some(Target::plain(Operation::Chat)),
            (Self::AnthropicMessages, "messages/count_tokens")
            | (Self::OpenaiResponses, "responses/input_tokens") => {
                Some(Target::plain(Operation::CountTokens))
            }
            _ => models_route(rest),
        }
    }

    /// Whether this is one of OpenAI's own formats.
    pub(crate) fn is_openai(self) -> bool {
        matches!(self, Self::OpenaiChat | Self::OpenaiResponses | Self::OpenaiCompletions)
    }

    /// Whether a request that says nothing about streams gets one.
    pub(crate) fn streams_unasked(self) -> bool {
        self == Self::Ollama
    }

    /// The request inside a request for its token count.
    pub(crate) fn counted(self, body: &Value) -> &Value {
        let inner = match self {
            Self::Gemini => body.get("generateContentRequest"),
            Self::BedrockConverse => body.pointer("/input/converse"),
            _ => None,
        };
        inner.unwrap_or(body)
    }

    /// The API key a request carries.
    pub(crate) fn key(self, headers: &HeaderMap, query: &str) -> Option<String> {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let bearer = || header("authorization").and_then(|v| v.strip_prefix("Bearer "));
        let key = match self {
            Self::AnthropicMessages => header("x-api-key").or_else(bearer),
            Self::Gemini => header("x-goog-api-key")
                .or_else(|| query.split('&').find_map(|pair| pair.strip_prefix("key="))),
            _ => bearer(),
        };
        key.map(str::to_owned)
    }

    /// Refuses a request whose headers the vendor would refuse.
    pub(crate) fn check_headers(self, headers: &HeaderMap) -> Outcome<()> {
        if self == Self::AnthropicMessages && !headers.contains_key("anthropic-version") {
            return Err(Fail::new(400, "anthropic-version: header is required"));
        }
        Ok(())
    }

    pub(crate) fn read(self, reading: &Reading<'_>) -> Outcome<Ask> {
        match self {
            Self::OpenaiChat => openai::read(reading),
            Self::OpenaiResponses => responses::read(reading),
            Self::OpenaiCompletions => completions::read(reading),
            Self::AnthropicMessages => anthropic::read(reading),
            Self::Gemini => gemini::read(reading),
            Self::Cohere => cohere::read(reading),
            Self::Ollama => ollama::read(reading),
            Self::BedrockConverse => bedrock::read(reading),
        }
    }

    pub(crate) fn plain(self, ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
        match self {
            Self::OpenaiChat => openai::plain(ask, answer, stamp),
            Self::OpenaiResponses => responses::plain(ask, answer, stamp, signer),
            Self::OpenaiCompletions => completions::plain(ask, answer, stamp),
            Self::AnthropicMessages => anthropic::plain(answer, stamp, signer),
            Self::Gemini => gemini::plain(ask, answer, stamp, signer),
            Self::Cohere => cohere::plain(answer, stamp),
            Self::Ollama => ollama::plain(answer, stamp),
            Self::BedrockConverse => bedrock::plain(answer, stamp, signer),
        }
    }

    pub(crate) fn stream(self, ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
        match self {
            Self::OpenaiChat => openai::stream(ask, answer, stamp),
            Self::OpenaiResponses => responses::stream(ask, answer, stamp, signer),
            Self::OpenaiCompletions => completions::stream(ask, answer, stamp),
            Self::AnthropicMessages => anthropic::stream(answer, stamp, signer),
            Self::Gemini => gemini::stream(ask, answer, stamp, signer),
            Self::Cohere => cohere::stream(answer, stamp),
            Self::Ollama => ollama::stream(answer, stamp),
            Self::BedrockConverse => bedrock::stream(answer, stamp, signer),
        }
    }

    /// The vendor's error body.
    pub(crate) fn error(self, fail: &Fail, stamp: &Stamp) -> Value {
        match self {
            Self::OpenaiChat | Self::OpenaiCompletions => openai::error(fail),
            Self::OpenaiResponses => responses::error(fail),
            Self::AnthropicMessages => anthropic::error(fail, stamp),
            Self::Gemini => gemini::error(fail, stamp),
            Self::Cohere => cohere::error(fail, stamp),
            Self::Ollama => ollama::error(fail),
            Self::BedrockConverse => bedrock::error(fail),
        }
    }

    /// The status the vendor has for a failure.
    pub(crate) fn status(self, fail: &Fail) -> u16 {
        match (self, &fail.kind, fail.status) {
            (Self::Gemini, Kind::BadKey, _) => 400,
            (Self::BedrockConverse, Kind::BadKey, _) => 403,
            (Self::Gemini | Self::BedrockConverse, _, 529) => 503,
            (_, _, status) => status,
        }
    }

    /// The vendor's error inside a stream.
    pub(crate) fn error_event(self, fail: &Fail, stamp: &Stamp) -> Bytes {
        let body = self.error(fail, stamp);
        Bytes::from(match self {
            Self::OpenaiChat | Self::OpenaiCompletions => format!("data: {body}\n\n"),
            Self::OpenaiResponses => responses::error_event(fail, stamp),
            Self::AnthropicMessages => format!("event: error\ndata: {body}\n\n"),
            Self::Gemini if stamp.sse => format!("data: {body}\r\n\r\n"),
            Self::Gemini => format!(",\r\n{body}\r\n]"),
            Self::Cohere => cohere::error_event(),
            Self::Ollama => format!("{body}\n"),
            Self::BedrockConverse => return Bytes::from(bedrock::error_event(fail)),
        })
    }

    /// The vendor's answer to a token count.
    pub(crate) fn count(self, tokens: u64) -> Value {
        match self {
            Self::Gemini => gemini::count(tokens),
            Self::OpenaiResponses => responses::count(tokens),
            Self::BedrockConverse => serde_json::json!({ "inputTokens": tokens }),
            _ => serde_json::json!({ "input_tokens": tokens }),
        }
    }

    pub(crate) fn models<'a>(self, models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
        match self {
            Self::AnthropicMessages => anthropic::models(models),
            Self::Gemini => gemini::models(models),
            Self::Cohere => cohere::models(models),
            Self::Ollama => ollama::models(models),
            _ => openai::models(models),
        }
    }

    pub(crate) fn model(self, id: &str, model: &Model) -> Value {
        match self {
            Self::AnthropicMessages => anthropic::model(id, model),
            Self::Gemini => gemini::model(id, model),
            Self::Cohere => cohere::model(id, model),
            Self::Ollama => ollama::model(id, model),
            _ => openai::model(id),
        }
    }

    /// The vendor's headers: request id, versions and what is left of the quota.
    pub(crate) fn headers(self, stamp: &Stamp, standing: Option<&Standing>) -> Vec<(&'static str, String)> {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses | Self::OpenaiCompletions => {
                openai::headers(stamp, standing)
            }
            Self::AnthropicMessages => anthropic::headers(stamp, standing),
            Self::Gemini => gemini::headers(),
            Self::Cohere => cohere::headers(stamp),
            Self::Ollama => Vec::new(),
            Self::BedrockConverse => bedrock::headers(stamp),
        }
    }

    pub(crate) fn content_type(self, stream: bool, sse: bool) -> &'static str {
        match (self, stream && sse) {
            (Self::Gemini | Self::Cohere, true) => "text/event-stream",
            (Self::Ollama, true) => "application/x-ndjson",
            (Self::BedrockConverse, true) => "application/vnd.amazon.eventstream",
            (_, true) => "text/event-stream; charset=utf-8",
            (Self::Gemini, false) => "application/json; charset=UTF-8",
            (Self::Ollama, false) => "application/json; charset=utf-8",
            (_, false) => "application/json",
        }
    }
}
