//! Rerank. A document's score is the share of the query's words that it has.

use serde_json::{Value, json};

use super::{Served, Words, only};
use crate::fail::{Fail, Outcome};
use crate::words;

pub(super) fn answer(vendor: Words, body: &Value, model: &str) -> Outcome<Served> {
    let known: &[&str] = match vendor {
        Words::Cohere => &["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"],
        Words::BedrockCohere => &["query", "documents", "top_n", "api_version", "max_tokens_per_doc"],
        Words::Voyage => &["model", "query", "documents", "top_k", "return_documents", "truncation"],
        _ => &["model", "query", "documents", "top_n", "return_documents"],
    };
    only(body, known)?;
    let query = body.get("query").and_then(Value::as_str).filter(|query| !query.is_empty());
    let query = query.ok_or_else(|| Fail::bad("query", "query is required"))?;
    let documents = body.get("documents").and_then(Value::as_array).filter(|list| !list.is_empty());
    let documents = documents.ok_or_else(|| Fail::bad("documents", "documents must not be empty"))?;
    let mut texts = Vec::with_capacity(documents.len());
    for document in documents {
        let text = match vendor {
            Words::OpenAi | Words::Jina => document.as_str().or_else(|| document["text"].as_str()),
            _ => document.as_str(),
        };
        texts.push(text.ok_or_else(|| Fail::bad("documents", "documents must be strings"))?);
    }
    let top = if vendor == Words::Voyage { "top_k" } else { "top_n" };
    let top = body.get(top).and_then(Value::as_u64).and_then(|top| usize::try_from(top).ok());
    // Jina sends the documents back unless it is told not to.
    let back = body.get("return_documents").and_then(Value::as_bool);
    let back = back.unwrap_or(matches!(vendor, Words::OpenAi | Words::Jina));
    let mut ranked: Vec<(usize, f64)> =
        texts.iter().enumerate().map(|(index, text)| (index, score(query, text))).collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let results = ranked.into_iter().take(top.unwrap_or(texts.len())).map(|(index, score)| {
        let mut result = json!({ "index": index, "relevance_score": score });
        if let Some(text) = texts.get(index).filter(|_| back) {
            result["document"] = if vendor == Words::Voyage { json!(text) } else { json!({ "text": text }) };
        }
        result
    });
    let results: Vec<Value> = results.collect();
    let tokens = texts.iter().map(|text| words::tokens(text.len() + query.len())).sum();
    let id = format!("{:016x}", words::seed(&[query.as_bytes(), texts.concat().as_bytes()]));
    let units = texts.len().div_ceil(100);
    let body = match vendor {
        Words::Cohere => {
            let meta =
                json!({ "api_version": { "version": "2" }, "billed_units": { "search_units": units } });
            json!({ "id": id, "results": results, "meta": meta })
        }
        Words::BedrockCohere => json!({ "results": results }),
        Words::Voyage => {
            json!({ "object": "list", "data": results, "model": model, "usage": { "total_tokens": tokens } })
        }
        _ => {
            json!({ "model": model, "object": "list", "usage": { "total_tokens": tokens }, "results": results })
        }
    };
    Ok(Served { body, tokens })
}

fn score(query: &str, text: &str) -> f64 {
    let query: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let text = text.to_lowercase();
    let found = query.iter().filter(|word| text.contains(word.as_str())).count();
    found as f64 / query.len().max(1) as f64
}
