//! Embeddings: texts to vectors.
//!
//! Where client and provider use the same words, the numbers are not looked at: a request is scanned, an answer walked over.
//! Otherwise what is asked becomes an [`ask::Ask`], what is answered an [`answer::Answer`], whose numbers stay text.

mod answer;
mod answer_read;
mod answer_write;
mod ask;
mod ask_read;
mod ask_write;
mod content;
mod input;
mod relay;

use wye_types::usage::Units;

use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, error_in, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::patch::{Patch, json_string};
use crate::scan::TopLevel;

pub(super) struct Embeddings;

impl Service for Embeddings {
    fn scan(&self, shape: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        // Gemini's model stands in the path.
        let model = match shape {
            Shape::Gemini | Shape::GeminiOne => String::new(),
            _ => model_in(&top, body)?,
        };
        let text_bytes = input::check(shape, &top, body)?;
        if shape == Shape::OpenAi {
            input::check_numbers(&top, body)?;
        }
        let user = user_in(&top, body);
        Ok(Head { model, stream: false, user, text_bytes, top, units: Units::default() })
    }

    fn aim(&self, ask: &Rewrite<'_>, patch: &mut Patch) {
        if ask.from == Shape::Gemini {
            content::aim(ask, patch);
        } else if ask.head.model != ask.model {
            patch.set("model", json_string(ask.model));
        }
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        ask_write::write(ask_read::read(ask.from, ask.body)?, ask)
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        if answer.from == answer.to {
            return relay::look(answer);
        }
        let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
        let found = match (error_in(&top, answer.body, answer.to), answer_read::read(answer, &top)) {
            (Some(error), _) => return Err(error),
            (None, found) => found?,
        };
        let content = found.has_vectors();
        let body = content.then(|| answer_write::write(&found, answer)).transpose()?;
        Ok(Told { ledger: found.ledger(), body, content, media_type: None })
    }
}

/// Where the texts of a request stand.
const fn field_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Cohere | Shape::CohereOne => "texts",
        Shape::Gemini => "requests",
        Shape::GeminiOne => "content",
        Shape::OllamaOne => "prompt",
        _ => "input",
    }
}

#[cfg(test)]
mod tests;
