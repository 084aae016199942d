//! Moderations: whether contents are harmful. OpenAI's call; Mistral has the same with categories of its own, which are passed
//! on as they are, because no table could say which of them are the same.

use serde_json::Value;
use wye_types::Usage;
use wye_types::usage::{Ledger, Units};

use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, count_in, error_in, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::patch::{Patch, json_string};
use crate::scan::{TopLevel, kind_of};

/// What OpenAI takes where a request names no model, which its SDKs allow.
const USUAL: &str = "omni-moderation-latest";

pub(super) struct Moderations;

impl Service for Moderations {
    fn scan(&self, _shape: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = match top.raw(body, "model") {
            None => USUAL.to_owned(),
            Some(_) => model_in(&top, body)?,
        };
        let Some(input) = top.raw(body, "input") else {
            return Err(wrong("input", "`input` is missing; give a text, a list of texts, or parts"));
        };
        let text_bytes = check(input)?;
        let user = user_in(&top, body);
        Ok(Head { model, stream: false, user, text_bytes, top, units: Units::default() })
    }

    fn aim(&self, ask: &Rewrite<'_>, patch: &mut Patch) {
        let named = ask.head.top.raw(ask.body, "model").is_some();
        if !named || ask.head.model != ask.model {
            patch.set("model", json_string(ask.model));
        }
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        let message = format!("moderations cannot be asked of {} in the words of {:?}", ask.model, ask.to);
        Err(wrong("model", message))
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
        if let Some(error) = error_in(&top, answer.body, answer.to) {
            return Err(error);
        }
        let results = top.raw(answer.body, "results").unwrap_or_default();
        // OpenAI counts nothing: the call is free.
        let input = count_in(&top, answer.body, "usage", "prompt_tokens");
        let ledger = Ledger::from(Usage { input: input.unwrap_or(0), ..Usage::default() });
        Ok(Told { ledger: Some(ledger), body: None, content: results.len() > 2, media_type: None })
    }
}

fn wrong(field: impl Into<String>, message: impl Into<String>) -> RequestError {
    RequestError::field(field, message)
}

/// Refuses what no vendor takes, and counts the bytes of text.
fn check(raw: &[u8]) -> Result<u64, RequestError> {
    let value: Value = serde_json::from_slice(raw)
        .map_err(|error| wrong("input", format!("`input` cannot be read: {error}")))?;
    let items = match &value {
        Value::String(text) if text.is_empty() => {
            return Err(wrong("input", "`input` is empty; give it a text"));
        }
        Value::String(text) => return Ok(text.len() as u64),
        Value::Array(items) if items.is_empty() => {
            return Err(wrong("input", "`input` is an empty list; give at least one text"));
        }
        Value::Array(items) => items,
        _ => {
            let message = format!("`input` must be a text, a list of texts, or parts, not {}", kind_of(raw));
            return Err(wrong("input", message));
        }
    };
    let mut bytes = 0;
    for (place, item) in items.iter().enumerate() {
        let at = format!("input[{place}]");
        bytes += match (item, item["type"].as_str()) {
            (Value::String(text), _) => text.len(),
            (_, Some("text")) => match item["text"].as_str() {
                Some(text) => text.len(),
                None => return Err(wrong(&at, format!("`{at}` needs a `text` that is a string"))),
            },
            // A picture's bytes are no text.
            (_, Some("image_url")) if item.pointer("/image_url/url").is_some_and(Value::is_string) => 0,
            (_, Some("image_url")) => {
                return Err(wrong(&at, format!("`{at}` needs an `image_url` with a `url` that is a string")));
            }
            // Mistral's conversations.
            (Value::Object(_), None) if item.get("role").is_some() => item.to_string().len(),
            _ => {
                let message = format!("`{at}` must be a text, or a part with the type text or image_url");
                return Err(wrong(&at, message));
            }
        };
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests;
