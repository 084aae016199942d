//! Embeddings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Served, Words, one_of, only};
use crate::fail::{Fail, Outcome};
use crate::words;

/// Numbers of a vector where a request does not say how many.
const DIMENSIONS: usize = 8;
/// The most that a request may ask for.
const MOST: u64 = 4096;

pub(super) fn answer(words: Words, body: &Value, model: &str) -> Outcome<Served> {
    match words {
        Words::OpenAi => openai(body, model),
        Words::Jina => jina(body, model),
        Words::Voyage => voyage(body, model),
        Words::Cohere | Words::BedrockCohere => cohere(words, body, model),
        Words::Gemini => gemini(body, model),
        Words::Titan => titan(body, model),
    }
}

fn openai(body: &Value, model: &str) -> Outcome<Served> {
    only(body, &["model", "input", "encoding_format", "dimensions", "user"])?;
    let format = one_of(body, "encoding_format", &["float", "base64"])?;
    list(body, (model, 2048, "dimensions"), |vector| match format {
        Some("base64") => json!(base64(vector)),
        _ => json!(vector),
    })
}

fn jina(body: &Value, model: &str) -> Outcome<Served> {
    let known =
        ["model", "input", "task", "dimensions", "embedding_type", "normalized", "late_chunking", "truncate"];
    only(body, &known)?;
    let tasks = [
        "retrieval.query",
        "retrieval.passage",
        "text-matching",
        "classification",
        "separation",
        "code.query",
    ];
    one_of(body, "task", &tasks)?;
    let format = one_of(body, "embedding_type", &["float", "base64", "binary", "ubinary"])?;
    list(body, (model, 2048, "dimensions"), |vector| match format {
        Some("base64") => json!(base64(vector)),
        Some("binary" | "ubinary") => bits(vector),
        _ => json!(vector),
    })
}

fn voyage(body: &Value, model: &str) -> Outcome<Served> {
    let known =
        ["model", "input", "input_type", "truncation", "output_dimension", "output_dtype", "encoding_format"];
    only(body, &known)?;
    one_of(body, "input_type", &["query", "document"])?;
    let kind = one_of(body, "output_dtype", &["float", "int8", "uint8", "binary", "ubinary"])?;
    let format = one_of(body, "encoding_format", &["base64"])?;
    let mut served = list(body, (model, 1000, "output_dimension"), |vector| match (kind, format) {
        (Some("int8" | "uint8"), _) => bytes(vector),
        (Some("binary" | "ubinary"), _) => bits(vector),
        (_, Some(_)) => json!(base64(vector)),
        _ => json!(vector),
    })?;
    // Voyage counts once.
    served.body["usage"] = json!({ "total_tokens": served.tokens });
    Ok(served)
}

/// A list in OpenAI's shape.
fn list(
    body: &Value,
    (model, most, dimensions): (&str, usize, &str),
    write: impl Fn(&[f32]) -> Value,
) -> Outcome<Served> {
    let texts = inputs(body, most)?;
    let size = size(body, dimensions)?;
    let data = texts.iter().enumerate().map(|(index, text)| {
        json!({ "object": "embedding", "index": index, "embedding": write(&vector(model, text, size)) })
    });
    let tokens = tokens(&texts);
    let body = json!({
        "object": "list",
        "data": data.collect::<Vec<_>>(),
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    });
    Ok(Served { body, tokens })
}

/// A text, texts, or texts in tokens.
fn inputs(body: &Value, most: usize) -> Outcome<Vec<String>> {
    let wrong = || Fail::bad("input", "'$.input' is invalid. Please check the API reference.");
    let texts = match body.get("input") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) if items.first().is_some_and(Value::is_number) => {
            vec![Value::Array(items.clone()).to_string()]
        }
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(text.clone()),
                Value::Array(tokens) if tokens.iter().all(Value::is_u64) => Ok(item.to_string()),
                Value::Object(_) => Ok(item.to_string()),
                _ => Err(wrong()),
            })
            .collect::<Outcome<_>>()?,
        _ => return Err(wrong()),
    };
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        return Err(Fail::bad("input", "input cannot be an empty string."));
    }
    if texts.len() > most {
        return Err(Fail::bad("input", format!("Too many inputs. The maximum is {most}.")));
    }
    Ok(texts)
}

fn cohere(words: Words, body: &Value, model: &str) -> Outcome<Served> {
    let own = ["texts", "images", "inputs", "input_type", "embedding_types", "output_dimension", "truncate"];
    let more: &[&str] = if words == Words::Cohere { &["model", "max_tokens", "priority"] } else { &[] };
    only(body, &[&own, more].concat())?;
    let types = ["search_query", "search_document", "classification", "clustering", "image"];
    if one_of(body, "input_type", &types)?.is_none() {
        return Err(Fail::bad("input_type", "valid input_type must be provided with the provided model"));
    }
    one_of(body, "truncate", &["NONE", "START", "END"])?;
    let texts: Vec<String> = ["texts", "images", "inputs"]
        .into_iter()
        .filter_map(|field| body.get(field)?.as_array())
        .flatten()
        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
        .collect();
    if texts.is_empty() || texts.len() > 96 {
        return Err(Fail::new(400, format!("invalid request: between 1 and 96 texts, not {}", texts.len())));
    }
    let size = size(body, "output_dimension")?;
    let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(model, text, size)).collect();
    let mut by_type = serde_json::Map::new();
    let floats = [json!("float")];
    for kind in body.get("embedding_types").and_then(Value::as_array).map_or(&floats[..], Vec::as_slice) {
        let name = kind.as_str().unwrap_or("");
        let all = vectors.iter().map(|vector| match name {
            "float" => Ok(json!(vector)),
            "int8" | "uint8" => Ok(bytes(vector)),
            "binary" | "ubinary" => Ok(bits(vector)),
            "base64" => Ok(json!(base64(vector))),
            _ => Err(Fail::bad("embedding_types", format!("{kind} is no type of embeddings"))),
        });
        by_type.insert(name.to_owned(), all.collect::<Outcome<Value>>()?);
    }
    let tokens = tokens(&texts);
    let mut answer = json!({
        "id": format!("{:016x}", words::seed(&[model.as_bytes(), texts.concat().as_bytes()])),
        "embeddings": by_type,
        "texts": body.get("texts").cloned().unwrap_or_else(|| json!([])),
        "response_type": "embeddings_by_type",
    });
    // At Amazon's, its headers count.
    if words == Words::Cohere {
        answer["meta"] = json!({
            "api_version": { "version": "2" },
            "billed_units": { "input_tokens": tokens },
        });
    }
    Ok(Served { body: answer, tokens })
}

fn gemini(body: &Value, model: &str) -> Outcome<Served> {
    only(body, &["requests"])?;
    let requests = body.get("requests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if requests.is_empty() || requests.len() > 100 {
        return Err(Fail::new(
            400,
            format!("BatchEmbedContentsRequest.requests: between 1 and 100 requests, not {}", requests.len()),
        ));
    }
    let tasks = [
        "RETRIEVAL_QUERY",
        "RETRIEVAL_DOCUMENT",
        "SEMANTIC_SIMILARITY",
        "CLASSIFICATION",
        "CLUSTERING",
        "QUESTION_ANSWERING",
        "FACT_VERIFICATION",
        "CODE_RETRIEVAL_QUERY",
    ];
    let mut texts = Vec::with_capacity(requests.len());
    let mut vectors = Vec::with_capacity(requests.len());
    for request in requests {
        only(request, &["model", "content", "taskType", "title", "outputDimensionality"])?;
        one_of(request, "taskType", &tasks)?;
        if request["model"].as_str() != Some(&format!("models/{model}")) {
            return Err(Fail::new(400, "The model in the path and in the request must be the same."));
        }
        let parts = request.pointer("/content/parts").and_then(Value::as_array);
        let text: String = parts.into_iter().flatten().filter_map(|part| part["text"].as_str()).collect();
        if text.is_empty() {
            return Err(Fail::new(400, "EmbedContentRequest.content contains an empty Part."));
        }
        let size = size(request, "outputDimensionality")?;
        vectors.push(json!({ "values": vector(model, &text, size) }));
        texts.push(text);
    }
    Ok(Served { body: json!({ "embeddings": vectors }), tokens: tokens(&texts) })
}

fn titan(body: &Value, model: &str) -> Outcome<Served> {
    only(body, &["inputText", "dimensions", "normalize", "embeddingTypes"])?;
    let text = body.get("inputText").and_then(Value::as_str).unwrap_or("");
    if text.is_empty() {
        return Err(Fail::new(400, "Malformed input request: #/inputText: expected minLength: 1, actual: 0"));
    }
    let tokens = words::tokens(text.len());
    let vector = vector(model, text, size(body, "dimensions")?);
    let body = json!({ "embedding": vector, "inputTextTokenCount": tokens });
    Ok(Served { body, tokens })
}

fn size(body: &Value, field: &str) -> Outcome<usize> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(DIMENSIONS),
        Some(value) => {
            let count = value.as_u64().filter(|count| (1..=MOST).contains(count));
            let wrong =
                || Fail::bad(field, format!("{value} is not a valid number of dimensions - '{field}'"));
            count.and_then(|count| usize::try_from(count).ok()).ok_or_else(wrong)
        }
    }
}

fn tokens(texts: &[String]) -> u64 {
    texts.iter().map(|text| words::tokens(text.len())).sum()
}

/// Numbers that are exact as floats of four bytes and short as text.
fn vector(model: &str, text: &str, size: usize) -> Vec<f32> {
    let mut rng = Rng::with_seed(words::seed(&[model.as_bytes(), text.as_bytes()]));
    (0..size).map(|_| f32::from(rng.i16(-1024..=1024)) / 1024.0).collect()
}

fn base64(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
}

#[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
fn bytes(vector: &[f32]) -> Value {
    vector.iter().map(|number| json!((number * 127.0) as i8)).collect()
}

/// Eight numbers in a byte: whether they are positive.
fn bits(vector: &[f32]) -> Value {
    let byte = |eight: &[f32]| eight.iter().fold(0_u8, |byte, number| byte << 1 | u8::from(*number > 0.0));
    vector.chunks(8).map(|eight| json!(byte(eight))).collect()
}
