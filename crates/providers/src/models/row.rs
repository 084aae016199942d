//! OpenAI's list with what vendors add to it. One tolerant reader: the names differ by vendor, their meanings do not.

use serde_json::Value;
use wye_types::money::Price;

use super::price::{self, Unit};
use super::{Caps, Listed};
use crate::Kind;

/// Reads one row.
pub(super) fn read(row: &Value, unit: Unit) -> Option<Listed> {
    let id = match row {
        Value::String(id) => id.as_str(),
        _ => text(row, &["id", "name", "model"])?,
    };
    let modes = Modes::of(row);
    let title = text(row, &["display_name", "name", "title"]).filter(|title| *title != id).map(str::to_owned);
    Some(Listed {
        id: id.to_owned(),
        title,
        kind: kind(row).or_else(|| modes.kind()),
        context: whole(
            row,
            &[
                "context_length",
                "context_window",
                "max_context_length",
                "max_model_len",
                "context_size",
                "max_input_tokens",
                "limits.max_input_tokens",
                "limits.max_context_window_tokens",
                "meta.n_ctx_train",
                "top_provider.context_length",
            ],
        ),
        output: whole(
            row,
            &[
                "max_output_tokens",
                "max_completion_tokens",
                "max_output_length",
                "limits.max_output_tokens",
                "top_provider.max_completion_tokens",
            ],
        ),
        caps: caps(row, &modes),
        price: prices(row, unit),
    })
}

/// What goes in and out, where a row says so.
pub(super) struct Modes<'a> {
    into: Vec<&'a str>,
    out: Vec<&'a str>,
}

impl<'a> Modes<'a> {
    pub(super) fn of(row: &'a Value) -> Self {
        let words = |paths: &[&str]| {
            let found = paths.iter().find_map(|path| at(row, path)?.as_array());
            found.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
        };
        Self {
            into: words(&["architecture.input_modalities", "input_modalities", "supported_input_modalities"]),
            out: words(&[
                "architecture.output_modalities",
                "output_modalities",
                "supported_output_modalities",
            ]),
        }
    }

    /// Whether something goes in; `None` if the row does not say what does.
    pub(super) fn takes(&self, word: &str) -> Option<bool> {
        (!self.into.is_empty()).then(|| self.into.contains(&word))
    }

    /// Whether something comes out; `None` if the row does not say what does.
    pub(super) fn gives(&self, word: &str) -> Option<bool> {
        (!self.out.is_empty()).then(|| self.out.contains(&word))
    }

    /// What a model is for that answers with one thing only.
    pub(super) fn kind(&self) -> Option<Kind> {
        let takes_audio_only = self.into == ["audio"];
        match self.out.as_slice() {
            [] => None,
            ["text"] if takes_audio_only => Some(Kind::Transcriptions),
            ["image" | "images"] => Some(Kind::Images),
            ["audio"] => Some(Kind::Speech),
            ["embeddings" | "embedding"] => Some(Kind::Embeddings),
            ["rerank"] => Some(Kind::Rerank),
            out => out.contains(&"text").then_some(Kind::Chat),
        }
    }
}

fn kind(row: &Value) -> Option<Kind> {
    let named = text(row, &["type", "model_type", "task", "category"]).and_then(kind_of_word);
    named.or_else(|| match truth(row, &["capabilities.completion_chat", "supports_chat"]) {
        Some(true) => Some(Kind::Chat),
        // It says that it is for something else; the name may tell for what.
        _ => truth(row, &["capabilities.moderation"]).filter(|is| *is).map(|_| Kind::Moderations),
    })
}

/// What vendors call it.
pub(super) fn kind_of_word(word: &str) -> Option<Kind> {
    Some(match word.to_ascii_lowercase().as_str() {
        "chat" | "language" | "llm" | "vlm" | "code" | "text-generation" | "text generation"
        | "conversational" | "completion" | "chat-completion" => Kind::Chat,
        "embedding" | "embeddings" | "embed" | "text-embeddings" | "text embeddings" => Kind::Embeddings,
        "rerank" | "reranker" | "reranking" => Kind::Rerank,
        "image" | "text-to-image" | "image_generation" => Kind::Images,
        "moderation" | "moderations" => Kind::Moderations,
        "transcribe"
        | "transcription"
        | "asr"
        | "automatic-speech-recognition"
        | "automatic speech recognition"
        | "audio_transcription" => Kind::Transcriptions,
        "tts" | "text-to-speech" | "audio_speech" | "speech" => Kind::Speech,
        _ => return None,
    })
}

fn caps(row: &Value, modes: &Modes<'_>) -> Caps {
    let lists = ["supported_parameters", "supported_features", "features", "capabilities", "tags"];
    let listed = |words: &[&str]| {
        let mut said = None;
        for list in lists.iter().filter_map(|key| row.get(key)?.as_array()) {
            let has = list.iter().filter_map(Value::as_str).any(|word| words.contains(&word));
            said = Some(said.unwrap_or(false) || has);
        }
        said
    };
    // A list that lacks a word says no only where it is one of what the model takes.
    let only_yes = |said: Option<bool>| said.filter(|is| *is);
    let parameters = row.get("supported_parameters").is_some();
    let sure = |said: Option<bool>| if parameters { said } else { only_yes(said) };
    Caps {
        tools: truth(
            row,
            &[
                "supports_tools",
                "supports_tool_calling",
                "capabilities.function_calling",
                "tools",
                "tool_call",
            ],
        )
        .or_else(|| {
            sure(listed(&[
                "tools",
                "tool-calling",
                "tool-use",
                "function-calling",
                "function_calling",
                "tool_use",
            ]))
        }),
        vision: modes
            .takes("image")
            .or_else(|| {
                truth(row, &["supports_vision", "supports_image_input", "capabilities.vision", "vision"])
            })
            .or_else(|| kind_is(row, "vlm").then_some(true))
            .or_else(|| only_yes(listed(&["vision", "image-input"]))),
        audio_in: modes
            .takes("audio")
            .or_else(|| truth(row, &["capabilities.audio", "supports_audio_input"])),
        audio_out: modes.gives("audio"),
        image_out: modes.gives("image"),
        documents: modes.takes("file").or_else(|| modes.takes("pdf")).filter(|is| *is),
        reasoning: truth(row, &["supports_reasoning", "reasoning", "capabilities.reasoning"])
            .or_else(|| sure(listed(&["reasoning", "include_reasoning", "reasoning_effort", "thinking"]))),
        structured: truth(row, &["supports_structured_output", "supports_json_mode", "structured_output"])
            .or_else(|| {
                sure(listed(&["structured_outputs", "structured-outputs", "json_schema", "json_mode"]))
            }),
    }
}

fn kind_is(row: &Value, word: &str) -> bool {
    row.get("type").and_then(Value::as_str) == Some(word)
}

fn prices(row: &Value, unit: Unit) -> Option<Price> {
    let of = |paths: &[&str]| paths.iter().find_map(|path| price::read(at(row, path), unit));
    let input = of(&["pricing.prompt", "pricing.input", "input_token_price_per_m", "input_price"]);
    let output = of(&["pricing.completion", "pricing.output", "output_token_price_per_m", "output_price"]);
    // One without the other proves nothing, and nought for both of a model that is paid by the hour even less.
    let hourly = price::read(at(row, "pricing.hourly"), Unit::Million).is_some_and(|dollars| dollars > 0);
    if input.is_none() || output.is_none() || hourly {
        return None;
    }
    Some(Price {
        input,
        output,
        cache_read: of(&[
            "pricing.input_cache_read",
            "pricing.cached_input",
            "pricing.input_cache_reads",
            "cached_price",
        ]),
        cache_write: of(&["pricing.input_cache_write", "pricing.input_cache_writes", "caching_price"]),
        reasoning: of(&["pricing.internal_reasoning"]).filter(|price| *price > 0),
        ..Price::default()
    })
}

/// What stands at a path such as `limits.max_input_tokens`.
pub(super) fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, step| value.get(step))
}

/// The first text that stands at one of the paths.
pub(super) fn text<'a>(row: &'a Value, paths: &[&str]) -> Option<&'a str> {
    paths.iter().find_map(|path| at(row, path)?.as_str()).filter(|text| !text.is_empty())
}

/// The first whole number above nought that stands at one of the paths.
pub(super) fn whole(row: &Value, paths: &[&str]) -> Option<u64> {
    paths.iter().find_map(|path| match at(row, path)? {
        Value::Number(number) => number.as_u64().filter(|n| *n > 0),
        Value::String(text) => text.parse().ok().filter(|n| *n > 0),
        _ => None,
    })
}

/// The first yes or no that stands at one of the paths.
pub(super) fn truth(row: &Value, paths: &[&str]) -> Option<bool> {
    paths.iter().find_map(|path| at(row, path)?.as_bool())
}
