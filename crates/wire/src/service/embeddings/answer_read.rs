//! Answers with embeddings, read in every provider's words.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::{Reading, Shape, cost_in};
use super::answer::{Answer, Vector};
use super::ask::Type;
use super::ask_read::types_in;
use super::input;
use crate::dialect::ReadError;
use crate::scan::TopLevel;

/// Reads an answer.
///
/// # Errors
/// If it is not what the provider's words say, or has not as many vectors as there were inputs.
pub(super) fn read<'a>(answer: &Reading<'a>, top: &TopLevel) -> Result<Answer<'a>, ReadError> {
    let types = types_in(answer.from, &answer.head.top, answer.request)
        .map_err(|error| ReadError::Malformed(error.message))?;
    let asked = Type::asked(&types);
    let one = asked.first().copied().unwrap_or(Type::Float);
    let mut found = match answer.to {
        Shape::Cohere | Shape::CohereOne => cohere(answer.body, one)?,
        Shape::Bedrock => bedrock(answer.body, one)?,
        Shape::Gemini => gemini(answer.body)?,
        Shape::Vertex => vertex(answer.body)?,
        Shape::Cloudflare => cloudflare(answer.body)?,
        _ => openai(answer.body, one)?,
    };
    if let Some(usage) = top.raw(answer.body, "usage") {
        let usage: Value = serde_json::from_slice(usage).unwrap_or_default();
        let count = |field: &str| usage.get(field).and_then(Value::as_u64);
        found.tokens = count("prompt_tokens").or_else(|| count("total_tokens"));
        found.cost = cost_in(&usage);
    }
    let wanted = input::count(answer.from, &answer.head.top, answer.request);
    let wrong = |count: usize| count > 0 && wanted.is_some_and(|wanted| wanted != count);
    match found.sets.iter().map(|(_, vectors)| vectors.len()).find(|count| wrong(*count)) {
        Some(count) => {
            let inputs = wanted.unwrap_or(0);
            Err(ReadError::Malformed(format!("there are {count} vectors for {inputs} inputs")))
        }
        None => Ok(found),
    }
}

fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ReadError> {
    serde_json::from_slice(body).map_err(|error| ReadError::Malformed(error.to_string()))
}

fn vectors<'a>(list: Vec<&'a RawValue>) -> Result<Vec<Vector<'a>>, ReadError> {
    list.into_iter().map(|raw| Vector::of(raw.get())).collect()
}

fn openai(body: &[u8], one: Type) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        data: Vec<Datum<'a>>,
        model: Option<String>,
        id: Option<String>,
    }
    #[derive(Deserialize)]
    struct Datum<'a> {
        index: Option<usize>,
        #[serde(borrow)]
        embedding: &'a RawValue,
    }
    let mut list: List<'_> = parsed(body)?;
    if list.data.iter().all(|datum| datum.index.is_some()) {
        list.data.sort_by_key(|datum| datum.index);
    }
    let vectors = vectors(list.data.into_iter().map(|datum| datum.embedding).collect())?;
    Ok(Answer { id: list.id, model: list.model, sets: vec![(one, vectors)], ..Answer::default() })
}

/// Cohere's: vectors by their types, or floats alone in its first version.
fn cohere(body: &[u8], one: Type) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    struct Embedded<'a> {
        id: Option<String>,
        #[serde(borrow)]
        embeddings: &'a RawValue,
        meta: Option<Value>,
    }
    let found: Embedded<'_> = parsed(body)?;
    let sets = if found.embeddings.get().starts_with('[') {
        vec![(one, vectors(parsed(found.embeddings.get().as_bytes())?)?)]
    } else {
        by_type(parsed(found.embeddings.get().as_bytes())?)?
    };
    let units = found.meta.as_ref().and_then(|meta| meta.get("billed_units"));
    let tokens = units.and_then(|units| {
        let count = |field: &str| units.get(field).and_then(Value::as_u64);
        match (count("input_tokens"), count("image_tokens")) {
            (None, None) => None,
            (text, image) => Some(text.unwrap_or(0).saturating_add(image.unwrap_or(0))),
        }
    });
    Ok(Answer { id: found.id, sets, tokens, ..Answer::default() })
}

fn by_type<'a>(
    types: BTreeMap<String, Option<Vec<&'a RawValue>>>,
) -> Result<Vec<(Type, Vec<Vector<'a>>)>, ReadError> {
    let mut sets = Vec::with_capacity(types.len());
    for (name, list) in types {
        if let (Ok(kind), Some(list)) = (Type::named(&name, ""), list) {
            sets.push((if kind == Type::Base64 { Type::Float } else { kind }, vectors(list)?));
        }
    }
    Ok(sets)
}

/// Titan's one vector, or Cohere's on Bedrock, which counts no tokens in its body.
fn bedrock(body: &[u8], one: Type) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Titan<'a> {
        #[serde(borrow)]
        embedding: Option<&'a RawValue>,
        #[serde(borrow)]
        embeddings_by_type: Option<BTreeMap<String, &'a RawValue>>,
        #[serde(borrow)]
        embeddings: Option<&'a RawValue>,
        input_text_token_count: Option<u64>,
    }
    let titan: Titan<'_> = parsed(body)?;
    if titan.embeddings.is_some() {
        return cohere(body, one);
    }
    let sets = match (titan.embeddings_by_type, titan.embedding) {
        (Some(types), _) => {
            by_type(types.into_iter().map(|(name, vector)| (name, Some(vec![vector]))).collect())?
        }
        (None, Some(vector)) => vec![(one, vec![Vector::of(vector.get())?])],
        (None, None) => return Err(ReadError::Malformed("the answer has no `embedding`".to_owned())),
    };
    Ok(Answer { sets, tokens: titan.input_text_token_count, ..Answer::default() })
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow)]
    values: &'a RawValue,
    statistics: Option<Statistics>,
}

#[derive(Deserialize)]
struct Statistics {
    token_count: Option<f64>,
}

fn gemini(body: &[u8]) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Batch<'a> {
        #[serde(borrow)]
        embeddings: Vec<Values<'a>>,
        usage_metadata: Option<Value>,
    }
    let batch: Batch<'_> = parsed(body)?;
    let list = vectors(batch.embeddings.iter().map(|one| one.values).collect())?;
    let tokens = batch.usage_metadata.and_then(|usage| usage.get("promptTokenCount")?.as_u64());
    Ok(Answer { sets: vec![(Type::Float, list)], tokens, ..Answer::default() })
}

fn vertex(body: &[u8]) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    struct Predicted<'a> {
        #[serde(borrow)]
        predictions: Vec<Prediction<'a>>,
    }
    #[derive(Deserialize)]
    struct Prediction<'a> {
        #[serde(borrow)]
        embeddings: Values<'a>,
    }
    let found: Predicted<'_> = parsed(body)?;
    let list = vectors(found.predictions.iter().map(|one| one.embeddings.values).collect())?;
    let counts = found.predictions.iter().map(|one| one.embeddings.statistics.as_ref()?.token_count);
    // It writes whole numbers as `10` or `10.0`.
    let tokens = counts.sum::<Option<f64>>().filter(|sum| !found.predictions.is_empty() && *sum >= 0.0);
    Ok(Answer { sets: vec![(Type::Float, list)], tokens: tokens.map(|sum| sum as u64), ..Answer::default() })
}

fn cloudflare(body: &[u8]) -> Result<Answer<'_>, ReadError> {
    #[derive(Deserialize)]
    struct Run<'a> {
        #[serde(borrow)]
        result: Outcome<'a>,
    }
    #[derive(Deserialize)]
    struct Outcome<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
    }
    let run: Run<'_> = parsed(body)?;
    Ok(Answer { sets: vec![(Type::Float, vectors(run.result.data)?)], ..Answer::default() })
}
