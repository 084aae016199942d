//! Reads the head of a request: what routing needs, from one scan, without a tree.

use serde::Deserialize;
use wye_types::chat::Effort;

use super::fields::{Fields, one_spelling};
use crate::dialect::{PathAsk, RequestError};
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel, kind_of};

#[derive(Deserialize)]
struct Thinking<'a> {
    #[serde(borrow, rename = "thinkingLevel", alias = "thinking_level")]
    level: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, rename = "thinkingBudget", alias = "thinking_budget")]
    budget: Option<&'a serde_json::value::RawValue>,
}

pub(super) fn scan(body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    spelt_once(&top, body, "")?;
    let named = top.get::<String>(body, "model", "a string")?;
    let model = path.model.clone().or(named).filter(|m| !m.is_empty()).ok_or_else(no_model)?;
    let contents = top.raw(body, "contents").ok_or_else(missing_contents)?;
    match contents.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'[') => {}
        _ => return Err(wrong("contents", "an array", contents)),
    }
    if is_empty_array(contents) {
        return Err(missing_contents());
    }
    let tools = top.raw(body, "tools");
    if let Some(tools) = tools.filter(|t| !t.starts_with(b"[")) {
        return Err(wrong("tools", "an array", tools));
    }
    let (max_tokens, thinking) = match either(&top, body, "generationConfig", "generation_config") {
        None => (None, None),
        Some(config) if !config.starts_with(b"{") => {
            return Err(wrong("generationConfig", "an object", config));
        }
        Some(config) => {
            let fields = TopLevel::scan(config)?;
            spelt_once(&fields, config, "generationConfig")?;
            (
                either(&fields, config, "maxOutputTokens", "max_output_tokens"),
                either(&fields, config, "thinkingConfig", "thinking_config"),
            )
        }
    };
    // A wrong type here is found when the request is read; the vendor says it where it is relayed.
    let max_tokens = max_tokens.and_then(|raw| std::str::from_utf8(raw).ok());
    let thinking: Option<Thinking<'_>> = thinking.and_then(|raw| serde_json::from_slice(raw).ok());
    let number = |raw: &str| raw.trim_matches('"').parse::<f64>().ok();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative counts are not limits"
    )]
    let max_tokens = max_tokens.and_then(number).filter(|n| *n >= 0.0).map(|n| n as u64);
    let wants_thinking = thinking.is_some_and(|thinking| {
        let effort = thinking.level.as_deref().and_then(Effort::parse);
        let budget = thinking.budget.and_then(|raw| number(raw.get()));
        effort != Some(Effort::None) && budget != Some(0.0) && (effort.is_some() || budget.is_some())
    });
    let tools = tools.is_some_and(|tools| !is_empty_array(tools));
    Ok(Head { model, stream: path.stream, include_usage: true, wants_thinking, tools, max_tokens, top })
}

/// A field in either spelling; `null` counts as absent.
fn either<'b>(top: &TopLevel, body: &'b [u8], camel: &str, snake: &str) -> Option<&'b [u8]> {
    top.raw(body, camel).or_else(|| top.raw(body, snake))
}

fn spelt_once(top: &TopLevel, body: &[u8], path: &str) -> Result<(), RequestError> {
    let said = top.fields().filter(|(_, value)| body.get(value.clone()).is_some_and(|raw| raw != b"null"));
    one_spelling(said.map(|(key, _)| key), path)
}

fn wrong(key: &str, wanted: &str, raw: &[u8]) -> RequestError {
    RequestError::field(key, format!("`{key}` must be {wanted}, not {}", kind_of(raw)))
}

pub(super) fn no_model() -> RequestError {
    RequestError::field("model", "the path names no model; write /v1beta/models/{model}:generateContent")
}

fn missing_contents() -> RequestError {
    no_contents(&Fields::new(wye_types::Map::new(), ""))
}

/// The error for `contents` that are absent or empty.
pub(super) fn no_contents(top: &Fields) -> RequestError {
    let at = top.at("contents");
    let message = format!(
        "`{at}` is missing or empty; write the conversation, for instance \
         [{{\"role\": \"user\", \"parts\": [{{\"text\": \"…\"}}]}}]"
    );
    RequestError::field(at, message)
}
