//! Embeddings: texts to vectors.

use wye_types::Usage;
use wye_types::usage::{Ledger, Units};

use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, count_in, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::scan::{TopLevel, kind_of};

/// The most inputs of one request; the most that any vendor takes.
const MOST_INPUTS: usize = 2048;

pub(super) struct Embeddings;

impl Service for Embeddings {
    fn scan(&self, shape: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = model_in(&top, body)?;
        let field = match shape {
            Shape::Cohere => "texts",
            _ => "input",
        };
        let input = top.raw(body, field).ok_or_else(|| {
            RequestError::field(field, format!("`{field}` is missing; give a text or a list of texts"))
        })?;
        check_input(field, input)?;
        Ok(Head {
            model,
            stream: false,
            user: user_in(&top, body),
            text_bytes: input.len() as u64,
            top,
            units: Units::default(),
        })
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        let message = format!("embeddings cannot be asked of {} in the words of {:?}", ask.model, ask.to);
        Err(RequestError::field("model", message))
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
        let data = top.raw(answer.body, "data").unwrap_or_default();
        let input = count_in(&top, answer.body, "usage", "prompt_tokens")
            .or_else(|| count_in(&top, answer.body, "usage", "total_tokens"));
        let ledger = input.map(|input| Ledger::from(Usage { input, ..Usage::default() }));
        Ok(Told { ledger, body: None, content: data.len() > 2 })
    }
}

/// Refuses an input that no vendor takes.
fn check_input(field: &str, raw: &[u8]) -> Result<(), RequestError> {
    let wrong = |message: String| Err(RequestError::field(field, message));
    match raw.first() {
        Some(b'"') if raw.len() > 2 => Ok(()),
        Some(b'"') => wrong(format!("`{field}` is empty; give a text or a list of texts")),
        Some(b'[') => {
            let items: Vec<&serde_json::value::RawValue> = serde_json::from_slice(raw)
                .map_err(|error| RequestError::field(field, format!("`{field}` cannot be read: {error}")))?;
            // A list of numbers is one text in tokens.
            let tokens = items.first().is_some_and(|item| kind_of(item.get().as_bytes()) == "a number");
            if items.is_empty() {
                return wrong(format!("`{field}` is an empty list; give at least one text"));
            }
            if items.len() > MOST_INPUTS && !tokens {
                return wrong(format!(
                    "`{field}` has {} entries; at most {MOST_INPUTS} are taken at once",
                    items.len()
                ));
            }
            match items.iter().position(|item| item.get() == "\"\"") {
                Some(at) => Err(RequestError::field(
                    format!("{field}[{at}]"),
                    format!("`{field}[{at}]` is empty; leave it out"),
                )),
                None => Ok(()),
            }
        }
        _ => wrong(format!("`{field}` must be a text or a list of texts, not {}", kind_of(raw))),
    }
}
