//! The three wire formats, as vendors speak them.
//!
//! Each has a `read` (checks a request as strictly as its vendor does and says what the model understands), a
//! `write` (plain and streamed answers) and an `error` (the vendor's bodies and headers). They share no code with the
//! gateway's own formats on purpose: this is what those are checked against.

pub(crate) mod anthropic;
mod fields;
pub(crate) mod gemini;
pub(crate) mod openai;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::answer::Answer;
use crate::ask::Ask;
use crate::fail::{Fail, Outcome};
use crate::quota::Standing;
use crate::script::{Dialect, Model};
use crate::sign::Signer;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Chat,
    CountTokens,
    ListModels,
    GetModel(String),
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

impl Dialect {
    /// What a path below the provider's own segment asks for.
    pub(crate) fn target(self, path: &str, query: &str) -> Option<Target> {
        let path = path.trim_matches('/');
        // Base URLs are written with and without the version; both are served.
        let rest = ["v1beta", "v1"]
            .iter()
            .find_map(|v| path.strip_prefix(v).and_then(|r| r.strip_prefix('/')))
            .unwrap_or(path);
        let plain = |operation| Some(Target { operation, model: None, stream: false, sse: true });
        match (self, rest) {
            (_, "models") => plain(Operation::ListModels),
            (Self::OpenaiChat, "chat/completions") | (Self::AnthropicMessages, "messages") => {
                plain(Operation::Chat)
            }
            (Self::AnthropicMessages, "messages/count_tokens") => plain(Operation::CountTokens),
            _ => {
                let name = rest.strip_prefix("models/")?;
                match (self, name.rsplit_once(':')) {
                    (Self::Gemini, Some((model, method))) => gemini::target(model, method, query),
                    _ => plain(Operation::GetModel(name.to_owned())),
                }
            }
        }
    }

    /// The API key a request carries.
    pub(crate) fn key(self, headers: &HeaderMap, query: &str) -> Option<String> {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let bearer = || header("authorization").and_then(|v| v.strip_prefix("Bearer "));
        let key = match self {
            Self::OpenaiChat => bearer(),
            Self::AnthropicMessages => header("x-api-key").or_else(bearer),
            Self::Gemini => header("x-goog-api-key")
                .or_else(|| query.split('&').find_map(|pair| pair.strip_prefix("key="))),
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
            Self::AnthropicMessages => anthropic::read(reading),
            Self::Gemini => gemini::read(reading),
        }
    }

    pub(crate) fn plain(self, ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
        match self {
            Self::OpenaiChat => openai::plain(ask, answer, stamp),
            Self::AnthropicMessages => anthropic::plain(answer, stamp, signer),
            Self::Gemini => gemini::plain(ask, answer, stamp, signer),
        }
    }

    pub(crate) fn stream(self, ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
        match self {
            Self::OpenaiChat => openai::stream(ask, answer, stamp),
            Self::AnthropicMessages => anthropic::stream(answer, stamp, signer),
            Self::Gemini => gemini::stream(ask, answer, stamp, signer),
        }
    }

    /// The vendor's error body.
    pub(crate) fn error(self, fail: &Fail, stamp: &Stamp) -> Value {
        match self {
            Self::OpenaiChat => openai::error(fail),
            Self::AnthropicMessages => anthropic::error(fail, stamp),
            Self::Gemini => gemini::error(fail, stamp),
        }
    }

    /// The vendor's error inside a stream.
    pub(crate) fn error_event(self, fail: &Fail, stamp: &Stamp) -> Bytes {
        let body = self.error(fail, stamp);
        Bytes::from(match self {
            Self::OpenaiChat => format!("data: {body}\n\n"),
            Self::AnthropicMessages => format!("event: error\ndata: {body}\n\n"),
            Self::Gemini if stamp.sse => format!("data: {body}\r\n\r\n"),
            Self::Gemini => format!(",\r\n{body}\r\n]"),
        })
    }

    /// The vendor's answer to a token count.
    pub(crate) fn count(self, tokens: u64) -> Value {
        match self {
            Self::Gemini => gemini::count(tokens),
            _ => serde_json::json!({ "input_tokens": tokens }),
        }
    }

    pub(crate) fn models<'a>(self, models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
        match self {
            Self::OpenaiChat => openai::models(models),
            Self::AnthropicMessages => anthropic::models(models),
            Self::Gemini => gemini::models(models),
        }
    }

    pub(crate) fn model(self, id: &str, model: &Model) -> Value {
        match self {
            Self::OpenaiChat => openai::model(id),
            Self::AnthropicMessages => anthropic::model(id, model),
            Self::Gemini => gemini::model(id, model),
        }
    }

    /// The vendor's headers: request id, versions and what is left of the quota.
    pub(crate) fn headers(self, stamp: &Stamp, standing: Option<&Standing>) -> Vec<(&'static str, String)> {
        match self {
            Self::OpenaiChat => openai::headers(stamp, standing),
            Self::AnthropicMessages => anthropic::headers(stamp, standing),
            Self::Gemini => gemini::headers(),
        }
    }

    pub(crate) fn content_type(self, stream: bool, sse: bool) -> &'static str {
        match (self, stream && sse) {
            (Self::Gemini, true) => "text/event-stream",
            (_, true) => "text/event-stream; charset=utf-8",
            (Self::Gemini, false) => "application/json; charset=UTF-8",
            (_, false) => "application/json",
        }
    }
}
