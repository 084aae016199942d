//! Looks at a chunk or an answer on its way between two that speak this dialect, without a tree.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::openai_chat::relay::{Looked, look_at_odd};
use crate::openai_chat::usage;

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Looks at one chunk or answer.
pub(super) fn look(data: &[u8], name: &str, want_text: bool) -> Looked {
    let chunk: Chunk<'_> = match serde_json::from_slice(data) {
        Ok(chunk) if name != "error" => chunk,
        _ => return look_at_odd(data, name),
    };
    let Chunk { choices: Some(choices), usage, error: None } = chunk else { return look_at_odd(data, name) };
    let mut looked = Looked::default();
    looked.seen.usage = usage.and_then(|raw| usage::read(raw.get().as_bytes()));
    looked.usage_only = choices.is_empty() && looked.seen.usage.is_some();
    for choice in choices {
        let word = choice.finish_reason.as_deref().filter(|word| !word.is_empty());
        if choice.error.is_some() || matches!(word, Some("error" | "network_error")) {
            looked.seen.error = error_in(data);
        }
        looked.finished |= word.is_some();
        // A refusal is an answer too, though it says nothing; so is a limit that was used up in silence.
        looked.seen.content |= matches!(word, Some("content_filter" | "length"));
        let Some(text) = choice.text.map(RawValue::get).filter(|text| *text != "\"\"") else { continue };
        looked.seen.content = true;
        if want_text && let Ok(text) = serde_json::from_str::<Cow<'_, str>>(text) {
            looked.seen.text.push_str(&text);
        }
    }
    looked
}

/// The error that a router reports on a choice: rare, so through the tree.
fn error_in(data: &[u8]) -> Option<wye_types::error::UpstreamError> {
    let chunk: serde_json::Value = serde_json::from_slice(data).ok()?;
    let choices = chunk.get("choices")?.as_array()?;
    choices.iter().find_map(|choice| {
        let word = choice.get("finish_reason").and_then(serde_json::Value::as_str);
        crate::openai_chat::error::of_choice(choice.as_object()?, word)
    })
}
