//! Answers of rerankers, both ways.

use serde_json::{Map as Object, Number, Value, json};
use wye_types::Usage;
use wye_types::usage::{Ledger, Units};

use super::super::{Reading, Shape, cost_in};
use super::ask::{self, returns};
use crate::dialect::ReadError;
use crate::scan::TopLevel;

/// What is answered, best first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ranked {
    pub(super) results: Vec<Ranking>,
    id: Option<String>,
    model: Option<String>,
    tokens: Option<u64>,
    search_units: Option<u64>,
    cost: Option<u64>,
}

/// One document's place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranking {
    index: u64,
    score: Number,
}

impl Ranked {
    pub(super) fn ledger(&self) -> Option<Ledger> {
        if self.tokens.is_none() && self.search_units.is_none() && self.cost.is_none() {
            return None;
        }
        let tokens = Usage { input: self.tokens.unwrap_or(0), ..Usage::default() };
        let units = Units { search_units: self.search_units, ..Units::default() };
        Some(Ledger { tokens, units, reported: self.cost })
    }
}

/// Reads an answer.
///
/// # Errors
/// If there are no results in it, or one that belongs to no document.
pub(super) fn read(answer: &Reading<'_>, top: &TopLevel) -> Result<Ranked, ReadError> {
    let malformed = |why: &str| ReadError::Malformed(why.to_owned());
    let field = |field: &str| -> Value {
        top.raw(answer.body, field).and_then(|raw| serde_json::from_slice(raw).ok()).unwrap_or_default()
    };
    let list = [
        field("results"),
        field("data"),
        field("result").pointer_mut("/response").map(Value::take).unwrap_or_default(),
    ];
    let list = list.into_iter().find_map(|value| match value {
        Value::Array(list) => Some(list),
        _ => None,
    });
    let results: Vec<Ranking> = list
        .ok_or_else(|| malformed("the answer has no `results`"))?
        .iter()
        .map(ranking)
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("a result has no `index` or no score"))?;
    let text = |value: Value| value.as_str().map(str::to_owned);
    let (usage, meta, tokens) = (field("usage"), field("meta"), field("tokens"));
    let count = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_u64);
    let told = [
        count(&usage, "/total_tokens"),
        count(&usage, "/prompt_tokens"),
        count(&meta, "/tokens/input_tokens"),
        count(&meta, "/billed_units/input_tokens"),
        count(&tokens, "/input_tokens"),
    ];
    let mut ranked = Ranked {
        results,
        id: text(field("id")),
        model: text(field("model")),
        tokens: told.into_iter().flatten().next(),
        search_units: count(&meta, "/billed_units/search_units").or_else(|| count(&usage, "/search_units")),
        cost: cost_in(&usage),
    };
    // On Bedrock its answer counts nothing; a unit is a query with up to 100 documents.
    if answer.to == Shape::Bedrock && ranked.search_units.is_none() {
        let count = ask::read(answer.from, answer.request).map_or(0, |ask| ask.documents.len());
        ranked.search_units = Some(count.div_ceil(100) as u64);
    }
    Ok(ranked)
}

fn ranking(result: &Value) -> Option<Ranking> {
    let index = result.get("index").or_else(|| result.get("id"))?.as_u64()?;
    let score = result.get("relevance_score").or_else(|| result.get("score"))?;
    Some(Ranking { index, score: score.as_number()?.clone() })
}

/// Writes an answer for the client.
///
/// # Errors
/// If a result belongs to no document of the request.
pub(super) fn write(found: &Ranked, answer: &Reading<'_>) -> Result<Vec<u8>, ReadError> {
    let request = |error: crate::RequestError| ReadError::Malformed(error.message);
    let documents = if returns(answer.from, answer.request).map_err(request)? {
        ask::read(answer.from, answer.request).map_err(request)?.documents
    } else {
        Vec::new()
    };
    let results = found.results.iter().map(|ranking| {
        let mut result = Object::new();
        result.insert("index".into(), ranking.index.into());
        result.insert("relevance_score".into(), Value::Number(ranking.score.clone()));
        if !documents.is_empty() {
            let place = usize::try_from(ranking.index).unwrap_or(usize::MAX);
            let document = documents.get(place).ok_or_else(|| {
                ReadError::Malformed(format!(
                    "a result is of document {place}, of which there are {}",
                    documents.len()
                ))
            })?;
            let text =
                matches!(answer.from, Shape::Cohere | Shape::CohereOne | Shape::Jina) && document.is_string();
            result.insert("document".into(), if text { json!({"text": document}) } else { document.clone() });
        }
        Ok(Value::Object(result))
    });
    let results: Vec<Value> = results.collect::<Result<_, ReadError>>()?;
    let model = found.model.as_deref().unwrap_or(answer.model);
    // What the provider counted; the gateway's own estimate where it counted nothing that this client's words have.
    let tokens = found.tokens.unwrap_or_else(|| answer.head.text_bytes.div_ceil(4));
    let mut body = match answer.from {
        Shape::Voyage => json!({"object": "list", "data": results, "model": model}),
        Shape::Jina => json!({"model": model, "object": "list", "results": results}),
        _ => {
            let id = found.id.clone().unwrap_or_else(|| format!("rerank-{}", answer.now_s));
            json!({"id": id, "results": results})
        }
    };
    if matches!(answer.from, Shape::Cohere | Shape::CohereOne) {
        let mut units = Object::new();
        match (found.search_units, found.tokens) {
            (Some(count), _) => units.insert("search_units".into(), count.into()),
            (None, count) => units.insert("input_tokens".into(), count.unwrap_or(tokens).into()),
        };
        let version = if answer.from == Shape::Cohere { "2" } else { "1" };
        body["meta"] = json!({"api_version": {"version": version}, "billed_units": units});
    } else {
        body["usage"] = json!({"total_tokens": tokens});
        if let Some(count) = found.search_units {
            body["usage"]["search_units"] = count.into();
        }
    }
    Ok(body.to_string().into_bytes())
}
