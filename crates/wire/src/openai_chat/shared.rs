//! Fields that OpenAI's two chat dialects have in common and no other has: they cross between these two.

use serde_json::Value;
use wye_types::DialectId::{OpenAiChat, OpenAiResponses};
use wye_types::Map;
use wye_types::chat::ChatRequest;

use crate::dialect::Loss;

/// Fields with the same name and meaning in both.
const SAME: [&str; 6] =
    ["metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "store"];

/// How much is said: a field of its own here, a member of `text` in the newer dialect.
const VERBOSITY: &str = "verbosity";
const TEXT: &str = "text";

/// Writes what the client of the other of the two said into a request, and tells what is lost of the rest.
pub(crate) fn write(chat: &ChatRequest, body: &mut Map, losses: &mut Vec<Loss>) {
    let verbosity = match chat.from {
        OpenAiChat => chat.rest.get(VERBOSITY),
        OpenAiResponses => chat.rest.get(TEXT).and_then(|text| text.get(VERBOSITY)),
        _ => return losses.extend(Loss::unsaid(chat)),
    };
    // Nothing is kept unless it is asked for: servers that keep nothing do not know the field.
    let kept = |key: &str, value: &Value| key != "store" || *value == true;
    for key in SAME {
        if let Some(value) = chat.rest.get(key).filter(|value| kept(key, value)) {
            body.insert(key.into(), value.clone());
        }
    }
    if let Some(verbosity) = verbosity {
        if chat.from == OpenAiResponses {
            body.insert(VERBOSITY.into(), verbosity.clone());
        } else if let Value::Object(text) = body.entry(TEXT).or_insert_with(|| Value::Object(Map::new())) {
            text.insert(VERBOSITY.into(), verbosity.clone());
        }
    }
    losses.extend(Loss::unsaid(chat).filter(|loss| !crosses(chat, &loss.field)));
}

fn crosses(chat: &ChatRequest, field: &str) -> bool {
    let only_verbosity = || {
        chat.rest.get(TEXT).and_then(Value::as_object).is_some_and(|text| text.keys().all(|k| k == VERBOSITY))
    };
    match (chat.from, field) {
        (_, field) if SAME.contains(&field) => true,
        (OpenAiChat, VERBOSITY) => true,
        (OpenAiResponses, TEXT) => only_verbosity(),
        _ => false,
    }
}
