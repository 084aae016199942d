//! Requests to rerank, both ways.

use serde_json::{Value, json};
use wye_types::Map;

use super::super::{Asked, Rewrite, Shape};
use super::{text_of, wrong};
use crate::RequestError;
use crate::dialect::Loss;
use crate::fields::Fields;
use crate::written;

/// What is asked.
pub(super) struct Ask {
    query: Value,
    pub(super) documents: Vec<Value>,
    top: Option<u64>,
    /// Whether the answer repeats the documents. Nothing said: as the vendor does.
    returned: Option<bool>,
    /// Whether documents that are too long are cut; Voyage alone is told.
    cut: Option<bool>,
    rest: Map,
}

/// Reads a request. The names of Cohere, Jina and Voyage do not contradict each other.
///
/// # Errors
/// The field that is wrong.
pub(super) fn read(shape: Shape, body: &[u8]) -> Result<Ask, RequestError> {
    let map: Map = serde_json::from_slice(body)
        .map_err(|error| RequestError::syntax(format!("the body is not a JSON object: {error}")))?;
    let mut fields = Fields::top(map);
    fields.take("model");
    let query = match fields.take("query") {
        Some(query) => query,
        None => return Err(fields.missing("query", "write what is looked for")),
    };
    let documents = fields.array("documents")?.unwrap_or_default();
    let top = match shape {
        Shape::Voyage => fields.count("top_k")?,
        _ => fields.count("top_n")?,
    };
    let returned = fields.boolean("return_documents")?;
    let cut = fields.boolean("truncation")?;
    Ok(Ask { query, documents, top, returned, cut, rest: fields.rest() })
}

/// Whether the answer is to repeat the documents.
pub(super) fn returns(shape: Shape, body: &[u8]) -> Result<bool, RequestError> {
    // Jina repeats them unless told not to.
    Ok(read(shape, body)?.returned.unwrap_or(shape == Shape::Jina))
}

/// Writes a request.
///
/// # Errors
/// What the provider cannot be told.
pub(super) fn write(mut ask: Ask, to: &Rewrite<'_>) -> Result<Asked, RequestError> {
    let mut body = Map::new();
    let mut losses = Vec::new();
    let model = to.model;
    let named = !matches!(to.to, Shape::Bedrock | Shape::Cloudflare);
    if named {
        body.insert("model".into(), model.into());
    }
    // Cohere's first version ranks objects by some of their fields.
    let ranked = ask.rest.shift_remove("rank_fields");
    let whole = to.to == Shape::Jina || to.to == Shape::Cohere && ask.documents.iter().all(Value::is_string);
    if !whole || ranked.is_some() {
        let fields = ranked.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (place, document) in ask.documents.iter_mut().enumerate() {
            let Some(text) = flat(document, fields) else {
                let at = format!("documents[{place}]");
                let message =
                    format!("`{at}`: {model} can be sent texts only; give a string or an object with `text`");
                return Err(wrong(&at, message));
            };
            *document = Value::String(text);
        }
    }
    let query = match (&ask.query, to.to) {
        (Value::String(_), _) | (_, Shape::Jina) => ask.query.clone(),
        (other, _) => match text_of(other) {
            Some(text) => json!(text),
            None => return Err(wrong("query", format!("`query`: {model} can be sent texts only"))),
        },
    };
    body.insert("query".into(), query);
    if to.to == Shape::Cloudflare {
        let contexts = ask.documents.iter().map(|text| json!({"text": text})).collect::<Value>();
        body.insert("contexts".into(), contexts);
    } else {
        body.insert("documents".into(), Value::Array(ask.documents));
    }
    if let Some(top) = ask.top {
        let key = if matches!(to.to, Shape::Voyage | Shape::Cloudflare) { "top_k" } else { "top_n" };
        body.insert(key.into(), top.into());
    }
    match to.to {
        // The documents are put back from the request where the client wants them.
        Shape::Jina => drop(body.insert("return_documents".into(), false.into())),
        Shape::Bedrock if model.contains("cohere.") => drop(body.insert("api_version".into(), 2.into())),
        Shape::Voyage => {
            if let Some(cut) = ask.cut.take() {
                body.insert("truncation".into(), cut.into());
            }
        }
        _ => {}
    }
    let passed: &[&str] = match to.to {
        Shape::Cohere => &["max_tokens_per_doc", "priority"],
        Shape::Jina => {
            &["max_tokens_per_doc", "max_chunks_per_doc", "overlap_tokens", "truncate_prompt_tokens"]
        }
        _ => &[],
    };
    for key in passed {
        if let Some(value) = ask.rest.shift_remove(*key) {
            body.insert((*key).to_owned(), value);
        }
    }
    if ask.cut.is_some() {
        losses.push(Loss::dropped("truncation"));
    }
    losses
        .extend(ask.rest.iter().filter(|(_, value)| !value.is_null()).map(|(field, _)| Loss::dropped(field)));
    Ok(Asked { body: Some(written::object(body)), behind: String::new(), losses })
}

/// A document as one text: an object's fields that count, as Cohere puts them together.
fn flat(document: &Value, fields: &[Value]) -> Option<String> {
    if fields.is_empty() {
        return text_of(document).map(str::to_owned);
    }
    if let Some(text) = document.as_str() {
        return Some(text.to_owned());
    }
    let parts = fields.iter().filter_map(|field| {
        let field = field.as_str()?;
        Some(format!("{field}: {}", document.get(field)?.as_str()?))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}
