//! LiteLLM's table: models that nobody else lists, endings, and the units that are not tokens.

use std::collections::BTreeSet;

use serde_json::Value;
use wye_catalog::{Facts, Item, Kind, Modalities, Rates, Service, When};

use crate::row::{Offer, Offers, Row, onto_tier, pico, without_holes};

/// The rows of one of its providers, by the ids that the provider takes.
pub(crate) fn rows(litellm: &Value, (name, prefix): &(String, String), id: &str) -> Vec<Row> {
    let all = litellm.as_object().into_iter().flatten();
    let own = all.filter(|(_, raw)| raw["litellm_provider"] == name.as_str());
    own.filter_map(|(key, raw)| {
        let model = key.strip_prefix(&format!("{prefix}/")).unwrap_or(key);
        is_model(model).then(|| row(id, model, raw))
    })
    .collect()
}

/// Keys that are no ids: prices by size of picture, by region, by length of commitment, by size of model.
fn is_model(key: &str) -> bool {
    let sized = key.contains("-x-") || key.contains("steps/") || key.contains("commitment");
    let class = key.ends_with('b') && key.contains("b-") && !key.contains('/') && key.contains("-to-");
    let first = key.split_once('/').map_or("", |(first, _)| first);
    let zone = first.split('-').count() > 2 && first.ends_with(|c: char| c.is_ascii_digit());
    let region = zone || ["us", "eu", "global", "global-standard", "regional"].contains(&first);
    !(sized || class || key.contains('*') || region)
}

fn row(provider: &str, id: &str, raw: &Value) -> Row {
    let mut facts = Facts::new(provider.to_owned(), id.to_owned());
    let flag = |key: &str| raw[key].as_bool();
    let number = |key: &str| raw[key].as_u64().filter(|n| *n > 0);
    facts.context = number("max_input_tokens");
    facts.output_limit = number("max_output_tokens");
    facts.dimensions = number("output_vector_size");
    facts.tools = flag("supports_function_calling");
    facts.reasoning = flag("supports_reasoning");
    facts.structured = flag("supports_response_schema");
    facts.ends = raw["deprecation_date"].as_str().and_then(|day| day.parse().ok());
    facts.kind = kind(raw["mode"].as_str().unwrap_or(""));
    (facts.takes, facts.gives) = modalities(raw, facts.kind);
    Row { offers: offers(raw, facts.kind), facts }
}

fn kind(mode: &str) -> Kind {
    match mode {
        "chat" | "completion" | "responses" | "" => Kind::Chat,
        "embedding" => Kind::Embedding,
        "image_generation" | "image_edit" => Kind::Image,
        "audio_speech" => Kind::Speech,
        "audio_transcription" => Kind::Transcription,
        "moderation" => Kind::Moderation,
        "rerank" => Kind::Rerank,
        "video_generation" => Kind::Video,
        "realtime" => Kind::Realtime,
        _ => Kind::Other,
    }
}

fn modalities(raw: &Value, kind: Kind) -> (Modalities, Modalities) {
    let said = crate::dev::modalities(&raw["supported_modalities"]);
    let makes = crate::dev::modalities(&raw["supported_output_modalities"]);
    let mut takes = if kind == Kind::Transcription { Modalities::AUDIO } else { Modalities::TEXT };
    for (key, what) in [
        ("supports_vision", Modalities::IMAGE),
        ("supports_audio_input", Modalities::AUDIO),
        ("supports_video_input", Modalities::VIDEO),
        ("supports_pdf_input", Modalities::PDF),
    ] {
        if raw[key] == true {
            takes = takes.with(what);
        }
    }
    let gives = match kind {
        Kind::Image => Modalities::IMAGE,
        Kind::Speech => Modalities::AUDIO,
        Kind::Video => Modalities::VIDEO,
        Kind::Embedding | Kind::Rerank | Kind::Moderation => Modalities::NONE,
        _ => Modalities::TEXT,
    };
    (if said.is_empty() { takes } else { said }, if makes.is_empty() { gives } else { makes })
}

fn offers(raw: &Value, kind: Kind) -> Offers {
    let plain = rates(raw, "", kind);
    let mut all = Vec::new();
    let listed = raw["tiered_pricing"].as_array().map_or(&[][..], Vec::as_slice);
    let first = listed.first().map_or(plain, |tier| rates(tier, "", kind));
    let base = without_holes(first);
    if base.is_empty() {
        return Offers::default();
    }
    all.push(Offer { when: When::ALWAYS, rates: base });
    for tier in listed.iter().skip(1) {
        let above = tier["range"][0].as_f64().map_or(0, |from| from as u64);
        let tier = onto_tier(&base, &without_holes(rates(tier, "", kind)));
        all.push(Offer { when: When { above, ..When::ALWAYS }, rates: tier });
    }
    for above in thresholds(raw) {
        let over = without_holes(rates(raw, &format!("_above_{above}k_tokens"), kind));
        let when = When { above: above * 1000, ..When::ALWAYS };
        if !over.is_empty() {
            all.push(Offer { when, rates: onto_tier(&base, &over) });
        }
    }
    for (suffix, service) in
        [("_batches", Service::Batch), ("_flex", Service::Flex), ("_priority", Service::Priority)]
    {
        let own = without_holes(rates(raw, suffix, kind));
        if own.tokens.input.is_some() {
            let when = When { service, ..When::ALWAYS };
            all.push(Offer { when, rates: onto_tier(&base, &own) });
        }
    }
    Offers { all, tiers_unsaid: false }
}

/// The thousands in `input_cost_per_token_above_200k_tokens`.
fn thresholds(raw: &Value) -> BTreeSet<u64> {
    let keys = raw.as_object().into_iter().flatten().map(|(key, _)| key);
    keys.filter_map(|key| {
        let rest = key.strip_prefix("input_cost_per_token_above_")?;
        rest.strip_suffix("k_tokens")?.parse().ok()
    })
    .collect()
}

fn rates(raw: &Value, suffix: &str, kind: Kind) -> Rates {
    let dollars = |key: &str| raw[format!("{key}{suffix}")].as_f64().and_then(pico);
    let mut rates = Rates::default();
    for (key, item) in [
        ("input_cost_per_token", Item::Input),
        ("output_cost_per_token", Item::Output),
        ("cache_read_input_token_cost", Item::CacheRead),
        ("cache_creation_input_token_cost", Item::CacheWrite),
        ("cache_creation_input_token_cost_above_1hr", Item::CacheWrite1h),
        ("output_cost_per_reasoning_token", Item::Reasoning),
        ("input_cost_per_audio_token", Item::AudioIn),
        ("output_cost_per_audio_token", Item::AudioOut),
        ("input_cost_per_image_token", Item::ImageIn),
        ("output_cost_per_image_token", Item::ImageOut),
        ("input_cost_per_request", Item::Request),
        ("ocr_cost_per_page", Item::Page),
    ] {
        *rates.price_mut(item) = dollars(key);
    }
    if !suffix.is_empty() {
        return rates;
    }
    let some = |key: &str| dollars(key).filter(|rate| *rate > 0);
    match kind {
        Kind::Image => rates.image = some("output_cost_per_image").or_else(|| some("input_cost_per_image")),
        Kind::Speech => rates.character = some("input_cost_per_character"),
        Kind::Transcription => {
            rates.heard_second = some("input_cost_per_second").or_else(|| some("output_cost_per_second"));
        }
        Kind::Rerank => rates.search_unit = some("input_cost_per_query"),
        Kind::Chat => {
            let search = &raw["search_context_cost_per_query"]["search_context_size_medium"];
            rates.search = search.as_f64().and_then(pico).filter(|rate| *rate > 0);
        }
        _ => {}
    }
    rates
}
