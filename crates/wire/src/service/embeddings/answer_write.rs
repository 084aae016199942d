//! Answers with embeddings, written in every client's words. The numbers are text already, so that they are written between
//! pieces of JSON and never become a tree.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::super::{Reading, Shape};
use super::answer::{Answer, Vector};
use super::ask::Type;
use super::ask_read::types_in;
use crate::dialect::ReadError;
use crate::patch::json_string;

/// Writes an answer for the client.
///
/// # Errors
/// If the provider's vectors are none, or not of a type that was asked for.
pub(super) fn write(found: &Answer<'_>, answer: &Reading<'_>) -> Result<Vec<u8>, ReadError> {
    let types = types_in(answer.from, &answer.head.top, answer.request)
        .map_err(|error| ReadError::Malformed(error.message))?;
    let writer = Writer { found, answer, types };
    let mut out = String::with_capacity(answer.body.len() + 256);
    match answer.from {
        Shape::Cohere => writer.cohere("2", &mut out)?,
        Shape::CohereOne => writer.cohere("1", &mut out)?,
        Shape::Gemini => writer.gemini(&mut out)?,
        Shape::GeminiOne => writer.one("{\"embedding\":{\"values\":", "}}", &mut out)?,
        Shape::Ollama => writer.ollama(&mut out)?,
        Shape::OllamaOne => writer.one("{\"embedding\":", "}", &mut out)?,
        _ => writer.openai(&mut out)?,
    }
    Ok(out.into_bytes())
}

struct Writer<'a> {
    found: &'a Answer<'a>,
    answer: &'a Reading<'a>,
    types: Vec<Type>,
}

impl Writer<'_> {
    fn openai(&self, out: &mut String) -> Result<(), ReadError> {
        let wanted = self.types.first().copied().unwrap_or(Type::Float);
        out.push_str("{\"object\":\"list\",\"data\":[");
        for (index, vector) in self.found.set(wanted)?.iter().enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            out.push_str("{\"object\":\"embedding\",\"index\":");
            out.push_str(&index.to_string());
            out.push_str(",\"embedding\":");
            push(vector, wanted, out)?;
            out.push('}');
        }
        let tokens = self.tokens();
        out.push_str("],\"model\":");
        out.push_str(&json_string(self.model()));
        out.push_str(",\"usage\":");
        out.push_str(&json!({"prompt_tokens": tokens, "total_tokens": tokens}).to_string());
        out.push('}');
        Ok(())
    }

    fn cohere(&self, version: &str, out: &mut String) -> Result<(), ReadError> {
        let id = self.found.id.clone().unwrap_or_else(|| format!("embed-{}", self.answer.now_s));
        out.push_str("{\"id\":");
        out.push_str(&json_string(&id));
        out.push_str(",\"texts\":");
        out.push_str(&self.echo("texts"));
        out.push_str(",\"embeddings\":");
        let plain = version == "1" && self.types.is_empty();
        if plain {
            list(self.found.set(Type::Float)?, Type::Float, out)?;
        } else {
            let types = if self.types.is_empty() { &[Type::Float] } else { self.types.as_slice() };
            for (place, wanted) in types.iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "{" });
                out.push_str(&json_string(wanted.name()));
                out.push(':');
                list(self.found.set(*wanted)?, *wanted, out)?;
            }
            out.push('}');
        }
        let meta = json!({
            "api_version": {"version": version},
            "billed_units": {"input_tokens": self.tokens()},
        });
        out.push_str(",\"meta\":");
        out.push_str(&meta.to_string());
        out.push_str(",\"response_type\":");
        out.push_str(if plain { "\"embeddings_floats\"}" } else { "\"embeddings_by_type\"}" });
        Ok(())
    }

    fn gemini(&self, out: &mut String) -> Result<(), ReadError> {
        out.push_str("{\"embeddings\":[");
        for (place, vector) in self.found.set(Type::Float)?.iter().enumerate() {
            out.push_str(if place > 0 { ",{\"values\":" } else { "{\"values\":" });
            push(vector, Type::Float, out)?;
            out.push('}');
        }
        out.push(']');
        if let Some(tokens) = self.found.tokens {
            out.push_str(",\"usageMetadata\":");
            out.push_str(&json!({"promptTokenCount": tokens}).to_string());
        }
        out.push('}');
        Ok(())
    }

    fn ollama(&self, out: &mut String) -> Result<(), ReadError> {
        out.push_str("{\"model\":");
        out.push_str(&json_string(&self.answer.head.model));
        out.push_str(",\"embeddings\":");
        list(self.found.set(Type::Float)?, Type::Float, out)?;
        out.push_str(",\"total_duration\":0,\"load_duration\":0,\"prompt_eval_count\":");
        out.push_str(&self.tokens().to_string());
        out.push('}');
        Ok(())
    }

    /// The one vector of a call that has one.
    fn one(&self, before: &str, behind: &str, out: &mut String) -> Result<(), ReadError> {
        let [vector] = self.found.set(Type::Float)? else {
            return Err(ReadError::Malformed("one input has not one vector".to_owned()));
        };
        out.push_str(before);
        push(vector, Type::Float, out)?;
        out.push_str(behind);
        Ok(())
    }

    /// What the provider counted; the gateway's own estimate where it does not, since clients read a number.
    fn tokens(&self) -> u64 {
        self.found.tokens.unwrap_or_else(|| self.answer.head.text_bytes.div_ceil(4))
    }

    fn model(&self) -> &str {
        self.found.model.as_deref().unwrap_or(self.answer.model)
    }

    /// A list of the request that its vendor sends back.
    fn echo(&self, field: &str) -> Cow<'_, str> {
        let raw = self.answer.head.top.raw(self.answer.request, field);
        let raw = raw.filter(|raw| serde_json::from_slice::<Vec<Value>>(raw).is_ok());
        raw.map_or(Cow::Borrowed("[]"), String::from_utf8_lossy)
    }
}

fn list(vectors: &[Vector<'_>], kind: Type, out: &mut String) -> Result<(), ReadError> {
    out.push('[');
    for (place, vector) in vectors.iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "" });
        push(vector, kind, out)?;
    }
    out.push(']');
    Ok(())
}

fn push(vector: &Vector<'_>, kind: Type, out: &mut String) -> Result<(), ReadError> {
    if kind == Type::Base64 {
        out.push('"');
        out.push_str(&vector.base64()?);
        out.push('"');
    } else {
        out.push_str(&vector.numbers()?);
    }
    Ok(())
}
