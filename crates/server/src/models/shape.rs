//! Names of models in the shape of each dialect. Numbers are written where they are known; what nobody knows is null in
//! the gateway's own fields, which stand under `wye`, and left out of vendors' shapes.

use serde_json::{Map, Value, json};
use wye_pipeline::card::{Caps, Card};
use wye_types::DialectId;
use wye_types::money::Price;

/// A list of names.
pub(super) fn list(dialect: DialectId, all: &[&Card]) -> Value {
    let each = |shape: fn(&Card) -> Value| -> Vec<Value> { all.iter().map(|card| shape(card)).collect() };
    match dialect {
        DialectId::AnthropicMessages => json!({
            "data": each(anthropic),
            "has_more": false,
            "first_id": all.first().map(|card| &card.name),
            "last_id": all.last().map(|card| &card.name),
        }),
        DialectId::Gemini => json!({ "models": each(gemini) }),
        DialectId::Ollama => json!({ "models": each(ollama) }),
        _ => json!({ "object": "list", "data": each(openai) }),
    }
}

/// One name.
pub(super) fn one(dialect: DialectId, card: &Card) -> Value {
    match dialect {
        DialectId::AnthropicMessages => anthropic(card),
        DialectId::Gemini => gemini(card),
        _ => openai(card),
    }
}

fn openai(card: &Card) -> Value {
    json!({
        "id": card.name,
        "object": "model",
        // The shape demands a time; the gateway does not know when a name came to be.
        "created": 0,
        "owned_by": card.owner(),
        "wye": known(card),
    })
}

fn anthropic(card: &Card) -> Value {
    let mut shape = json!({
        "type": "model",
        "id": card.name,
        "display_name": card.sheet.title.as_ref().unwrap_or(&card.name),
        "created_at": "1970-01-01T00:00:00Z",
    });
    for (key, tokens) in [("max_input_tokens", card.sheet.context), ("max_tokens", card.sheet.output)] {
        if let Some(tokens) = tokens {
            shape[key] = tokens.into();
        }
    }
    shape
}

fn gemini(card: &Card) -> Value {
    let mut shape = json!({
        "name": format!("models/{}", card.name),
        "displayName": card.sheet.title.as_ref().unwrap_or(&card.name),
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
    });
    for (key, tokens) in [("inputTokenLimit", card.sheet.context), ("outputTokenLimit", card.sheet.output)] {
        if let Some(tokens) = tokens {
            shape[key] = tokens.into();
        }
    }
    shape
}

fn ollama(card: &Card) -> Value {
    // The shape demands these; the gateway has no files of models.
    json!({
        "name": card.name,
        "model": card.name,
        "modified_at": "1970-01-01T00:00:00Z",
        "size": 0,
        "digest": "",
        "details": {
            "format": "", "family": card.owner(), "families": null, "parameter_size": "", "quantization_level": "",
        },
    })
}

/// What is known of a name: the gateway's own fields.
fn known(card: &Card) -> Value {
    let targets: Vec<String> = card.targets.iter().map(ToString::to_string).collect();
    json!({
        "kind": card.what.name(),
        "title": card.sheet.title,
        "for": card.sheet.kind.name(),
        "targets": targets,
        "context": card.sheet.context,
        "max_output": card.sheet.output,
        "tier": card.sheet.tier.map(|tier| tier.name()),
        "capabilities": capabilities(&card.sheet.caps),
        "prices": prices(card),
        "free": card.sheet.free,
        // Models are not examined here yet.
        "grades": null,
    })
}

fn capabilities(caps: &Caps) -> Value {
    json!({
        "tools": caps.tools,
        "vision": caps.vision,
        "audio_in": caps.audio_in,
        "audio_out": caps.audio_out,
        "image_out": caps.image_out,
        "documents": caps.documents,
        "reasoning": caps.reasoning,
        "json_schema": caps.structured,
    })
}

/// Dollars for a million tokens. `null`: nobody knows, or several targets have several prices.
fn prices(card: &Card) -> Value {
    let Some(price) = &card.sheet.price else { return Value::Null };
    let mut shape = Map::new();
    shape.insert("unit".into(), "usd_per_million_tokens".into());
    for (name, pico) in parts(price) {
        if let Some(pico) = pico {
            shape.insert(name.into(), dollars(pico).into());
        }
    }
    shape.insert("basis".into(), card.sheet.basis.into());
    shape.into()
}

/// Every price of a token, with its name.
fn parts(price: &Price) -> [(&'static str, Option<u64>); 10] {
    let each = [
        price.input,
        price.cache_read,
        price.cache_write,
        price.cache_write_1h,
        price.audio_in,
        price.image_in,
        price.output,
        price.reasoning,
        price.audio_out,
        price.image_out,
    ];
    let mut each = each.into_iter();
    Price::PARTS.map(|name| (name, each.next().flatten()))
}

/// Pico-dollars for a token as dollars for a million.
#[expect(clippy::cast_precision_loss, reason = "shown to people; no sum is made of it")]
pub(super) fn dollars(pico: u64) -> f64 {
    pico as f64 / 1e6
}
