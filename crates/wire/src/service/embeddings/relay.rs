//! Answers whose words are the client's own. They pass as they came; one walk finds what they used. Only floats where the client
//! asked for base64 (servers that do not know `encoding_format` ignore it) are written anew, in place.

use std::ops::Range;

use serde_json::Value;

use super::super::{Reading, Shape, Told, cost_in, error_in};
use super::answer::{ledger, to_base64};
use super::ask::Type;
use super::ask_read::types_in;
use crate::dialect::ReadError;
use crate::scan::TopLevel;
use crate::walk::Walk;

/// Looks at an answer.
///
/// # Errors
/// If it is an error in disguise, or no JSON.
pub(super) fn look(answer: &Reading<'_>) -> Result<Told, ReadError> {
    match answer.to {
        Shape::OpenAi | Shape::Jina | Shape::Voyage => {}
        _ => return by_scan(answer),
    }
    let base64 =
        types_in(answer.from, &answer.head.top, answer.request).is_ok_and(|types| types == [Type::Base64]);
    // What is odd takes the slow way, which finds the words for it.
    let Some(seen) = Seen::walk(answer.body, base64) else { return by_scan(answer) };
    let usage: Value = seen.usage.and_then(|usage| serde_json::from_str(usage).ok()).unwrap_or_default();
    let count = |field: &str| usage.get(field).and_then(Value::as_u64);
    let tokens = count("prompt_tokens").or_else(|| count("total_tokens"));
    let body = if seen.floats.is_empty() { None } else { Some(rewritten(answer.body, &seen.floats)?) };
    Ok(Told { ledger: ledger(tokens, cost_in(&usage)), body, content: seen.vectors > 0, media_type: None })
}

/// What a walk over an answer found.
#[derive(Default)]
struct Seen<'a> {
    usage: Option<&'a str>,
    vectors: usize,
    /// Where vectors stand that are to be written anew.
    floats: Vec<Range<usize>>,
}

impl<'a> Seen<'a> {
    /// `None` if it is not plainly a list of vectors.
    fn walk(body: &'a [u8], base64: bool) -> Option<Self> {
        let mut seen = Self::default();
        let mut walk = Walk::new(body)?;
        walk.fields(|key, walk| match key {
            b"data" => walk.items(|walk| {
                seen.vectors += 1;
                walk.fields(|key, walk| {
                    let vector = if key == b"embedding" { walk.figures() } else { None };
                    match vector {
                        Some(at) if base64 => seen.floats.push(at),
                        Some(_) => {}
                        None => {
                            walk.value()?;
                        }
                    }
                    Some(())
                })
            }),
            b"usage" => {
                seen.usage = walk.raw()?;
                Some(())
            }
            // An error has words of its own.
            b"error" => walk.is_null().then_some(()),
            _ => walk.value().map(drop),
        })?;
        walk.end()?;
        Some(seen)
    }
}

fn rewritten(body: &[u8], floats: &[Range<usize>]) -> Result<Vec<u8>, ReadError> {
    let mut out = Vec::with_capacity(body.len());
    let mut done = 0;
    for at in floats {
        let numbers = std::str::from_utf8(&body[at.clone()])
            .map_err(|_| ReadError::Malformed("a vector is not text".to_owned()))?;
        out.extend_from_slice(&body[done..at.start]);
        out.push(b'"');
        out.extend_from_slice(to_base64(numbers)?.as_bytes());
        out.push(b'"');
        done = at.end;
    }
    out.extend_from_slice(&body[done..]);
    Ok(out)
}

/// The other vendors' own words, and whatever is odd.
fn by_scan(answer: &Reading<'_>) -> Result<Told, ReadError> {
    let top = TopLevel::scan(answer.body).map_err(|error| ReadError::Malformed(error.message))?;
    if let Some(error) = error_in(&top, answer.body, answer.to) {
        return Err(error);
    }
    let raw = |field: &str| top.raw(answer.body, field);
    let read = |field: &str| -> Value {
        raw(field).and_then(|raw| serde_json::from_slice(raw).ok()).unwrap_or_default()
    };
    let vectors = ["embeddings", "data", "embedding"].into_iter().find_map(raw);
    let counts = [
        read("usage").get("prompt_tokens").and_then(Value::as_u64),
        read("usage").get("total_tokens").and_then(Value::as_u64),
        read("meta").pointer("/billed_units/input_tokens").and_then(Value::as_u64),
        read("usageMetadata").get("promptTokenCount").and_then(Value::as_u64),
        read("prompt_eval_count").as_u64(),
    ];
    let tokens = counts.into_iter().flatten().next();
    let content = vectors.is_some_and(|vectors| !matches!(vectors, b"[]" | b"{}" | b"\"\""));
    Ok(Told { ledger: ledger(tokens, cost_in(&read("usage"))), body: None, content, media_type: None })
}
