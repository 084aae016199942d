//! Rerank: documents by how well they answer a query. Cohere made the call, the others changed names in it.
//!
//! Cohere bills questions put to up to 100 documents (search units), the others tokens.

mod answer;
mod ask;

use serde_json::Value;
use serde_json::value::RawValue;
use wye_types::usage::Units;

use super::{Asked, Head, Reading, Rewrite, Service, Shape, Told, error_in, model_in, user_in};
use crate::RequestError;
use crate::dialect::ReadError;
use crate::scan::{TopLevel, kind_of};

/// The most documents of one request; the most that any vendor takes.
const MOST: usize = 10_000;

pub(super) struct Rerank;

impl Service for Rerank {
    fn scan(&self, _shape: Shape, body: &[u8]) -> Result<Head, RequestError> {
        let top = TopLevel::scan(body)?;
        let model = model_in(&top, body)?;
        let query = match top.raw(body, "query") {
            // Jina's pictures.
            Some(raw @ [b'"' | b'{', ..]) if raw != br#""""# => raw.len(),
            Some(br#""""#) => return Err(wrong("query", "`query` is empty; write what is looked for")),
            Some(raw) => {
                return Err(wrong("query", format!("`query` must be a string, not {}", kind_of(raw))));
            }
            None => return Err(wrong("query", "`query` is missing; write what is looked for")),
        };
        let documents = documents(top.raw(body, "documents"))?;
        for field in ["top_n", "top_k"] {
            // None at all would look like a provider that fails.
            let fits = |raw: &[u8]| serde_json::from_slice(raw).is_ok_and(|count: u64| count > 0);
            if top.raw(body, field).is_some_and(|raw| !fits(raw)) {
                return Err(wrong(field, format!("`{field}` must be a whole number, 1 or more")));
            }
        }
        let user = user_in(&top, body);
        // A reranker reads the query again with every document.
        let text_bytes = (documents.1 + query * documents.0) as u64;
        Ok(Head { model, stream: false, user, text_bytes, top, units: Units::default() })
    }

    fn write_request(&self, ask: &Rewrite<'_>) -> Result<Asked, RequestError> {
        ask::write(ask::read(ask.from, ask.body)?, ask)
    }

    fn read_answer(&self, answer: &Reading<'_>) -> Result<Told, ReadError> {
        let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
        if let Some(error) = error_in(&top, answer.body, answer.to) {
            return Err(error);
        }
        let found = answer::read(answer, &top)?;
        // Some that speak Cohere's words list their results as Voyage does.
        let as_it_is = answer.from == answer.to
            && (answer.to == Shape::Voyage || top.raw(answer.body, "results").is_some());
        let content = !found.results.is_empty();
        let body = (!as_it_is && content).then(|| answer::write(&found, answer)).transpose()?;
        Ok(Told { ledger: found.ledger(), body, content, media_type: None })
    }
}

fn wrong(field: &str, message: impl Into<String>) -> RequestError {
    RequestError::field(field, message)
}

/// How many documents there are, and their bytes.
fn documents(raw: Option<&[u8]>) -> Result<(usize, usize), RequestError> {
    let field = "documents";
    let Some(raw) = raw else { return Err(wrong(field, "`documents` is missing; give a list of texts")) };
    if raw.first() != Some(&b'[') {
        return Err(wrong(field, format!("`documents` must be a list of texts, not {}", kind_of(raw))));
    }
    let items: Vec<&RawValue> = serde_json::from_slice(raw)
        .map_err(|error| wrong(field, format!("`documents` cannot be read: {error}")))?;
    if items.is_empty() {
        return Err(wrong(field, "`documents` is an empty list; give at least one text"));
    }
    if items.len() > MOST {
        let message = format!("`documents` has {} entries; at most {MOST} are taken at once", items.len());
        return Err(wrong(field, message));
    }
    for (place, item) in items.iter().enumerate() {
        if !matches!(item.get().as_bytes().first(), Some(b'"' | b'{')) {
            let at = format!("documents[{place}]");
            let message = format!("`{at}` must be a text, not {}", kind_of(item.get().as_bytes()));
            return Err(wrong(&at, message));
        }
    }
    Ok((items.len(), raw.len()))
}

/// The text of a document that is a string or an object with a `text`.
fn text_of(document: &Value) -> Option<&str> {
    document.as_str().or_else(|| document.get("text")?.as_str())
}

#[cfg(test)]
mod tests;
