//! Reads the head of a request: what routing needs, from one scan, without a tree.

use serde::Deserialize;
use wye_types::chat::Effort;

use super::fields::Fields;
use crate::dialect::{PathAsk, RequestError};
use crate::openai_chat::scan::is_empty_array;
use crate::scan::{Head, TopLevel, kind_of};

#[derive(Deserialize, Default)]
struct Config<'a> {
    #[serde(borrow, rename = "thinkingConfig", alias = "thinking_config")]
    thinking: Option<Thinking<'a>>,
    #[serde(borrow, rename = "maxOutputTokens", alias = "max_output_tokens")]
    max_tokens: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Thinking<'a> {
    #[serde(borrow, rename = "thinkingLevel", alias = "thinking_level")]
    level: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, rename = "thinkingBudget", alias = "thinking_budget")]
    budget: Option<&'a serde_json::value::RawValue>,
}

pub(super) fn scan(body: &[u8], path: &PathAsk) -> Result<Head, RequestError> {
    let top = TopLevel::scan(body)?;
    one_spelling(&top, "")?;
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
    let raw = |camel: &str, snake: &str| top.raw(body, camel).or_else(|| top.raw(body, snake));
    let tools = raw("tools", "tools");
    if let Some(tools) = tools.filter(|t| !t.starts_with(b"[")) {
        return Err(wrong("tools", "an array", tools));
    }
    let config: Config<'_> = match raw("generationConfig", "generation_config") {
        None => Config::default(),
        Some(config) if !config.starts_with(b"{") => {
            return Err(wrong("generationConfig", "an object", config));
        }
        // A wrong type further down is found when the request is read; the vendor says it where it is relayed.
        Some(config) => {
            one_spelling(&TopLevel::scan(config)?, "generationConfig.")?;
            serde_json::from_slice(config).unwrap_or_default()
        }
    };
    let number = |raw: Option<&serde_json::value::RawValue>| {
        raw.and_then(|raw| raw.get().trim_matches('"').parse::<f64>().ok())
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative counts are not limits"
    )]
    let max_tokens = number(config.max_tokens).filter(|n| *n >= 0.0).map(|n| n as u64);
    let wants_thinking = config.thinking.is_some_and(|thinking| {
        let effort = thinking.level.as_deref().and_then(Effort::parse);
        let budget = number(thinking.budget);
        effort != Some(Effort::None) && budget != Some(0.0) && (effort.is_some() || budget.is_some())
    });
    let tools = tools.is_some_and(|tools| !is_empty_array(tools));
    Ok(Head { model, stream: path.stream, include_usage: true, wants_thinking, tools, max_tokens, top })
}

/// Refuses a field that stands there in both spellings: which of them Google takes is not known, so that a limit or the
/// operator's instructions could stand in the one that it does not.
fn one_spelling(top: &TopLevel, path: &str) -> Result<(), RequestError> {
    for (key, _) in top.fields().filter(|(key, _)| key.contains('_')) {
        let known = camel(key);
        if top.span(&known).is_some() {
            let message = format!("`{path}{known}` and `{path}{key}` are the same field; send one of them");
            return Err(RequestError::field(format!("{path}{key}"), message));
        }
    }
    Ok(())
}

/// `inline_data` as `inlineData`.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
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
