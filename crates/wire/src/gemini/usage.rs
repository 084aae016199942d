//! `usageMetadata` as disjoint counts, and back.
//!
//! Google counts cached tokens inside `promptTokenCount`, thoughts beside `candidatesTokenCount`, and what built-in
//! tools fed back beside the prompt (`toolUsePromptTokenCount`); the last is prompt to us and is written as such.

use serde::Deserialize;
use serde_json::{Value, json};
use wye_types::{Map, Usage};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    #[serde(borrow)]
    prompt_tokens_details: Option<Vec<Modality<'a>>>,
    #[serde(borrow)]
    cache_tokens_details: Option<Vec<Modality<'a>>>,
    #[serde(borrow)]
    candidates_tokens_details: Option<Vec<Modality<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Modality<'a> {
    #[serde(borrow, default)]
    modality: std::borrow::Cow<'a, str>,
    #[serde(default)]
    token_count: u64,
}

/// Reads `usageMetadata`. `None` if it counts nothing (Vertex sends such on every chunk but the last).
pub(super) fn read_usage(json: &str) -> Option<Usage> {
    let meta: Metadata<'_> = serde_json::from_str(json).ok()?;
    meta.prompt_token_count.or(meta.candidates_token_count)?;
    let sum = |list: &Option<Vec<Modality<'_>>>, modality: &str| {
        let of = list.iter().flatten().filter(|m| m.modality == modality).map(|m| m.token_count);
        of.reduce(u64::saturating_add)
    };
    let audio = |list: &Option<Vec<Modality<'_>>>| sum(list, "AUDIO");
    let prompt = meta.prompt_token_count.unwrap_or(0);
    let cached = meta.cached_content_token_count;
    let audio_in = audio(&meta.prompt_tokens_details)
        .map(|all| all.saturating_sub(audio(&meta.cache_tokens_details).unwrap_or(0)));
    let audio_out = audio(&meta.candidates_tokens_details);
    let image_out = sum(&meta.candidates_tokens_details, "IMAGE");
    let answer = meta.candidates_token_count.unwrap_or(0);
    Some(Usage {
        input: prompt
            .saturating_sub(cached.unwrap_or(0))
            .saturating_sub(audio_in.unwrap_or(0))
            .saturating_add(meta.tool_use_prompt_token_count.unwrap_or(0)),
        cache_read: cached,
        cache_write: None,
        cache_write_1h: None,
        audio_in,
        image_in: None,
        output: answer.saturating_sub(audio_out.unwrap_or(0)).saturating_sub(image_out.unwrap_or(0)),
        reasoning: meta.thoughts_token_count,
        audio_out,
        image_out,
        reported: None,
        billed: None,
    })
}

/// Writes `usageMetadata`.
pub(super) fn write_usage(usage: &Usage) -> Value {
    let prompt = usage.prompt_total();
    let media = usage.audio_out.unwrap_or(0).saturating_add(usage.image_out.unwrap_or(0));
    let answer = usage.output.saturating_add(media);
    let mut out = Map::new();
    out.insert("promptTokenCount".to_owned(), json!(prompt));
    out.insert("candidatesTokenCount".to_owned(), json!(answer));
    out.insert("totalTokenCount".to_owned(), json!(usage.total()));
    if let Some(cached) = usage.cache_read {
        out.insert("cachedContentTokenCount".to_owned(), json!(cached));
    }
    if let Some(thoughts) = usage.reasoning {
        out.insert("thoughtsTokenCount".to_owned(), json!(thoughts));
    }
    if let Some(audio) = usage.audio_in {
        out.insert("promptTokensDetails".to_owned(), details(prompt, &[("AUDIO", Some(audio))]));
    }
    if usage.audio_out.or(usage.image_out).is_some() {
        let parts = [("AUDIO", usage.audio_out), ("IMAGE", usage.image_out)];
        out.insert("candidatesTokensDetails".to_owned(), details(answer, &parts));
    }
    Value::Object(out)
}

/// What of `all` is counted in which modality; the rest is text.
fn details(all: u64, parts: &[(&str, Option<u64>)]) -> Value {
    let media = parts.iter().filter_map(|(_, count)| *count).fold(0, u64::saturating_add);
    let text = ("TEXT", Some(all.saturating_sub(media)));
    let counted =
        std::iter::once(&text).chain(parts).filter_map(|(modality, count)| Some((modality, (*count)?)));
    counted.map(|(modality, count)| json!({"modality": modality, "tokenCount": count})).collect()
}
