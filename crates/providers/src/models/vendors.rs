//! Lists in forms of their own, one function a form, each over one row.

use serde_json::Value;
use wye_types::money::Price;

use super::price::{self, Unit};
use super::row::{Modes, at, kind_of_word, text, truth, whole};
use super::{Caps, Listed};
use crate::Kind;

/// Recording `anthropic/models__models__01`.
pub(super) fn anthropic(row: &Value) -> Option<Listed> {
    let can = |name: &str| truth(row, &[&format!("capabilities.{name}.supported")]);
    Some(Listed {
        id: text(row, &["id"])?.to_owned(),
        title: text(row, &["display_name"]).map(str::to_owned),
        kind: Some(Kind::Chat),
        context: whole(row, &["max_input_tokens"]),
        output: whole(row, &["max_tokens"]),
        caps: Caps {
            vision: can("image_input"),
            documents: can("pdf_input"),
            reasoning: can("thinking"),
            structured: can("structured_outputs"),
            // No row says it, since every model of this vendor's Messages takes them.
            tools: Some(true),
            ..Caps::default()
        },
        price: None,
    })
}

/// <https://developers.cloudflare.com/api/resources/ai/subresources/models/methods/list/>.
pub(super) fn cloudflare(row: &Value) -> Option<Listed> {
    let property = |name: &str| {
        let all = row.get("properties")?.as_array()?;
        all.iter().find(|p| text(p, &["property_id"]) == Some(name))?.get("value")
    };
    let yes = |name: &str| property(name).map(|value| value == "true" || value == &Value::Bool(true));
    let context = property("context_window").or_else(|| property("max_input_tokens"));
    let dollars = |unit: &str| {
        let all = property("price")?.as_array()?;
        let found = all.iter().find(|price| text(price, &["unit"]) == Some(unit))?;
        price::read(found.get("price"), Unit::Million)
    };
    let (input, output) = (dollars("per M input tokens"), dollars("per M output tokens"));
    Some(Listed {
        id: text(row, &["name", "id"])?.to_owned(),
        title: None,
        kind: text(row, &["task.name"]).and_then(kind_of_word),
        context: context.and_then(|value| match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        }),
        output: None,
        caps: Caps {
            tools: yes("function_calling"),
            reasoning: yes("reasoning"),
            vision: yes("vision"),
            ..Caps::default()
        },
        price: input.zip(output).map(|(input, output)| Price {
            input: Some(input),
            output: Some(output),
            ..Price::default()
        }),
    })
}

/// <https://docs.cohere.com/reference/list-models>.
pub(super) fn cohere(row: &Value) -> Option<Listed> {
    let words = |key: &str| -> Option<Vec<&str>> {
        Some(row.get(key)?.as_array()?.iter().filter_map(Value::as_str).collect())
    };
    let endpoints = words("endpoints").unwrap_or_default();
    let serves = |names: &[&str]| endpoints.iter().any(|endpoint| names.contains(endpoint));
    let kind = [
        (&["chat", "generate"][..], Kind::Chat),
        (&["embed", "embed_image"], Kind::Embeddings),
        (&["rerank"], Kind::Rerank),
        (&["audio-transcription", "transcribe"], Kind::Transcriptions),
    ];
    let feature = |name: &str| words("features").map(|all| all.contains(&name));
    Some(Listed {
        id: text(row, &["name"])?.to_owned(),
        title: None,
        kind: kind.into_iter().find(|(names, _)| serves(names)).map(|(_, kind)| kind),
        context: whole(row, &["context_length"]),
        output: None,
        caps: Caps {
            tools: feature("tools"),
            vision: truth(row, &["supports_vision"]).or_else(|| feature("vision")),
            reasoning: feature("reasoning"),
            structured: feature("json_schema"),
            ..Caps::default()
        },
        price: None,
    })
}

/// <https://api.deepinfra.com/v1/openai/models>: `metadata` is null where nothing is known.
pub(super) fn deepinfra(row: &Value) -> Option<Listed> {
    let metadata = row.get("metadata").unwrap_or(&Value::Null);
    let tags: Vec<&str> = metadata
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let tag = |name: &str| tags.contains(&name).then_some(true);
    let dollars = |name: &str| price::read(at(metadata, &format!("pricing.{name}")), Unit::Million);
    let (input, output) = (dollars("input_tokens"), dollars("output_tokens"));
    Some(Listed {
        id: text(row, &["id"])?.to_owned(),
        title: None,
        kind: tags.iter().find_map(|tag| kind_of_word(tag)),
        context: whole(metadata, &["context_length"]),
        output: whole(metadata, &["max_tokens"]),
        caps: Caps {
            vision: tag("vision").or_else(|| tag("vlm")),
            reasoning: tag("reasoning").or_else(|| tag("reasoning_effort")),
            tools: tag("tools"),
            ..Caps::default()
        },
        price: input.zip(output).map(|(input, output)| Price {
            input: Some(input),
            output: Some(output),
            cache_read: dollars("cache_read_tokens"),
            ..Price::default()
        }),
    })
}

/// Recording `gemini/models__models__01`. Ids are called without `models/`.
pub(super) fn gemini(row: &Value) -> Option<Listed> {
    let name = text(row, &["name"])?;
    let methods = row.get("supportedGenerationMethods").and_then(Value::as_array);
    let does = |method: &str| methods.is_some_and(|all| all.iter().any(|m| m == method));
    let kind = [
        ("generateContent", Kind::Chat),
        ("embedContent", Kind::Embeddings),
        ("predict", Kind::Images),
        ("bidiGenerateContent", Kind::Realtime),
    ];
    let kind = kind.into_iter().find(|(method, _)| does(method)).map(|(_, kind)| kind);
    // A model of which a call is made that is none of these, such as a video's, is for nothing that is served.
    if methods.is_some() && kind.is_none() {
        return None;
    }
    Some(Listed {
        id: name.strip_prefix("models/").unwrap_or(name).to_owned(),
        title: text(row, &["displayName"]).map(str::to_owned),
        kind,
        context: whole(row, &["inputTokenLimit"]),
        output: whole(row, &["outputTokenLimit"]),
        caps: Caps { reasoning: truth(row, &["thinking"]), ..Caps::default() },
        price: None,
    })
}

/// <https://huggingface.co/docs/inference-providers/hub-api>: a model can do what one of those who serve it can; the price
/// is the dearest, since the router chooses.
pub(super) fn huggingface(row: &Value) -> Option<Listed> {
    let modes = Modes::of(row);
    let empty = Vec::new();
    let served = row.get("providers").and_then(Value::as_array).unwrap_or(&empty);
    let live: Vec<&Value> =
        served.iter().filter(|p| text(p, &["status"]).is_none_or(|status| status == "live")).collect();
    let any = |key: &str| {
        let said: Vec<bool> = live.iter().filter_map(|p| p.get(key)?.as_bool()).collect();
        (!said.is_empty()).then(|| said.contains(&true))
    };
    let dearest = |name: &str| {
        let prices: Option<Vec<u64>> =
            live.iter().map(|p| price::read(at(p, &format!("pricing.{name}")), Unit::Million)).collect();
        prices.and_then(|prices| prices.into_iter().max())
    };
    let (input, output) = (dearest("input"), dearest("output"));
    Some(Listed {
        id: text(row, &["id"])?.to_owned(),
        title: None,
        kind: modes.kind(),
        context: live.iter().filter_map(|p| whole(p, &["context_length"])).max(),
        output: None,
        caps: Caps {
            tools: any("supports_tools"),
            structured: any("supports_structured_output"),
            vision: modes.takes("image"),
            audio_in: modes.takes("audio"),
            ..Caps::default()
        },
        price: input.zip(output).map(|(input, output)| Price {
            input: Some(input),
            output: Some(output),
            ..Price::default()
        }),
    })
}

/// <https://github.com/ollama/ollama/blob/main/docs/api.md>: names and families; what a model can do is told by `/api/show`.
pub(super) fn ollama(row: &Value) -> Option<Listed> {
    let can = |name: &str| {
        let all = row.get("capabilities")?.as_array()?;
        Some(all.iter().any(|word| word == name))
    };
    let family = text(row, &["details.family"]).unwrap_or("");
    let embeds = can("embedding") == Some(true) || family.ends_with("bert");
    Some(Listed {
        id: text(row, &["model", "name"])?.to_owned(),
        title: None,
        kind: if embeds {
            Some(Kind::Embeddings)
        } else {
            can("completion").filter(|is| *is).map(|_| Kind::Chat)
        },
        context: whole(row, &["details.context_length"]),
        output: None,
        caps: Caps {
            tools: can("tools"),
            vision: can("vision"),
            reasoning: can("thinking"),
            ..Caps::default()
        },
        price: None,
    })
}

/// <https://docs.venice.ai/api-reference/endpoint/models/list>.
pub(super) fn venice(row: &Value) -> Option<Listed> {
    let can = |name: &str| truth(row, &[&format!("model_spec.capabilities.{name}")]);
    let dollars = |name: &str| price::read(at(row, &format!("model_spec.pricing.{name}.usd")), Unit::Million);
    let (input, output) = (dollars("input"), dollars("output"));
    Some(Listed {
        id: text(row, &["id"])?.to_owned(),
        title: text(row, &["model_spec.name"]).map(str::to_owned),
        kind: text(row, &["type"])
            .and_then(|word| if word == "text" { Some(Kind::Chat) } else { kind_of_word(word) }),
        context: whole(row, &["model_spec.availableContextTokens", "context_length"]),
        output: None,
        caps: Caps {
            tools: can("supportsFunctionCalling"),
            vision: can("supportsVision"),
            audio_in: can("supportsAudioInput"),
            reasoning: can("supportsReasoning"),
            structured: can("supportsResponseSchema"),
            ..Caps::default()
        },
        price: input.zip(output).map(|(input, output)| Price {
            input: Some(input),
            output: Some(output),
            cache_read: dollars("cache_input"),
            ..Price::default()
        }),
    })
}

/// <https://docs.x.ai/docs/api-reference#list-language-models>.
pub(super) fn xai(row: &Value) -> Option<Listed> {
    let modes = Modes::of(row);
    let cents = |name: &str| price::read(row.get(name), Unit::TenThousandths);
    let (input, output) = (cents("prompt_text_token_price"), cents("completion_text_token_price"));
    Some(Listed {
        id: text(row, &["id"])?.to_owned(),
        title: None,
        kind: modes.kind().or(Some(Kind::Chat)),
        context: whole(row, &["max_prompt_length", "context_window"]),
        output: None,
        caps: Caps { vision: modes.takes("image"), audio_in: modes.takes("audio"), ..Caps::default() },
        price: input.zip(output).map(|(input, output)| Price {
            input: Some(input),
            output: Some(output),
            cache_read: cents("cached_prompt_text_token_price"),
            ..Price::default()
        }),
    })
}
