//! models.dev: facts, and prices where nobody knows better.

use serde_json::Value;
use wye_catalog::{Facts, Item, Kind, Modalities, Rates, Status, When};

use crate::row::{Offer, Offers, Row, onto_tier, pico, without_holes};

/// The rows of one of its providers.
pub(crate) fn rows(dev: &Value, provider: &str, id: &str) -> Vec<Row> {
    let models = dev["providers"][provider]["models"].as_object();
    models.into_iter().flatten().map(|(model, raw)| row(id, model, raw)).collect()
}

fn row(provider: &str, id: &str, raw: &Value) -> Row {
    let mut facts = Facts::new(provider.to_owned(), id.to_owned());
    let flag = |key: &str| raw[key].as_bool();
    let number = |key: &str| raw[key].as_u64().filter(|n| *n > 0);
    facts.name = raw["name"].as_str().unwrap_or(id).to_owned().into();
    facts.context = number("context");
    facts.input_limit = number("input_limit");
    facts.output_limit = number("output_limit");
    facts.tools = flag("tool_call");
    facts.reasoning = flag("reasoning");
    facts.structured = flag("structured_output");
    facts.temperature = flag("temperature");
    facts.open_weights = flag("open_weights");
    facts.knowledge = raw["knowledge"].as_str().unwrap_or("").to_owned().into();
    facts.takes = modalities(&raw["modalities"]["input"]);
    facts.gives = modalities(&raw["modalities"]["output"]);
    facts.status = match raw["status"].as_str() {
        Some("deprecated") => Status::Deprecated,
        Some(_) => Status::Beta,
        None => Status::Stable,
    };
    facts.kind = kind(&facts);
    Row { facts, offers: offers(raw) }
}

fn offers(raw: &Value) -> Offers {
    let base = without_holes(rates(&raw["cost_usd_per_mtok"]));
    if base.is_empty() {
        return Offers::default();
    }
    let mut all = vec![Offer { when: When::ALWAYS, rates: base }];
    let mut tiers: Vec<&Value> = raw["cost_tiers"].as_array().into_iter().flatten().collect();
    tiers.sort_by_key(|tier| tier["min_context"].as_u64());
    for tier in tiers {
        let above = tier["min_context"].as_u64().unwrap_or(0);
        if above > 0 {
            let rates = onto_tier(&base, &without_holes(rates(tier)));
            all.push(Offer { when: When { above, ..When::ALWAYS }, rates });
        }
    }
    Offers { all, tiers_unsaid: false }
}

fn rates(raw: &Value) -> Rates {
    let mut rates = Rates::default();
    for (key, item) in [
        ("input", Item::Input),
        ("output", Item::Output),
        ("reasoning", Item::Reasoning),
        ("cache_read", Item::CacheRead),
        ("cache_write", Item::CacheWrite),
        ("input_audio", Item::AudioIn),
        ("output_audio", Item::AudioOut),
    ] {
        *rates.price_mut(item) = raw[key].as_f64().and_then(|dollars| pico(dollars / 1e6));
    }
    rates
}

pub(crate) fn modalities(raw: &Value) -> Modalities {
    let names = raw.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.fold(Modalities::NONE, |all, name| all.with(Modalities::named(name)))
}

/// What a model is for. The registry does not say; what it makes does.
fn kind(facts: &Facts<'_>) -> Kind {
    let name = facts.id.to_ascii_lowercase();
    if name.contains("embed") {
        return Kind::Embedding;
    }
    if name.contains("rerank") {
        return Kind::Rerank;
    }
    match facts.gives {
        Modalities::IMAGE => Kind::Image,
        Modalities::AUDIO => Kind::Speech,
        Modalities::VIDEO => Kind::Video,
        Modalities::TEXT if facts.takes == Modalities::AUDIO => Kind::Transcription,
        _ => Kind::Chat,
    }
}
