//! `cohere`: the second version of Cohere's chat.

mod read;
mod write;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Operation, Stamp, Target, models_route, unversioned};
use crate::fail::{Fail, Kind};
use crate::script::Model;
use crate::words;

pub(super) use read::read;
pub(super) use write::{plain, stream};

pub(super) fn route(path: &str, _: &str) -> Option<Target> {
    let rest = unversioned(path, &["v2", "v1"]);
    if rest == "chat" { Some(Target::plain(Operation::Chat)) } else { models_route(rest) }
}

fn uuid(rng: &mut Rng) -> String {
    let mut part = |length| words::hex(rng, length);
    format!("{}-{}-{}-{}-{}", part(8), part(4), part(4), part(4), part(12))
}

pub(super) fn error(fail: &Fail, stamp: &Stamp) -> Value {
    let id = uuid(&mut Rng::with_seed(stamp.seed));
    let message = match &fail.kind {
        Kind::BadKey => "Incorrect API key provided: ***********. You can find your API key at \
                         https://dashboard.cohere.com/api-keys."
            .to_owned(),
        Kind::NoModel => format!(
            "model '{}' not found, make sure the correct model ID was used and that you have access to the model.",
            fail.message
        ),
        Kind::Quota(exceeded) => format!(
            "You are past the rate limit of {} for this key, please wait and try again later.",
            exceeded.limit
        ),
        _ => fail.message.clone(),
    };
    match fail.kind {
        Kind::TooLong => json!({ "error_type": "TOO_MANY_TOKENS", "id": id, "message": message }),
        _ => json!({ "id": id, "message": message }),
    }
}

/// A stream that fails ends as one that went well, but for its reason.
pub(super) fn error_event() -> String {
    let end =
        json!({ "type": "message-end", "delta": { "finish_reason": "ERROR", "error": "the model failed" } });
    format!("event: message-end\ndata: {end}\n\ndata: [DONE]\n\n")
}

pub(super) fn headers(stamp: &Stamp) -> Vec<(&'static str, String)> {
    let mut rng = Rng::with_seed(stamp.seed ^ 0xc0);
    vec![("x-debug-trace-id", words::hex(&mut rng, 32)), ("server", "envoy".to_owned())]
}

pub(super) fn models<'a>(models: impl Iterator<Item = (&'a String, &'a Model)>) -> Value {
    let models: Vec<Value> = models.map(|(id, m)| model(id, m)).collect();
    json!({ "models": models })
}

pub(super) fn model(id: &str, model: &Model) -> Value {
    let mut features = vec!["json_mode", "json_schema", "safety_modes", "strict_tools", "tools", "vision"];
    features.extend(model.reasoning.then_some("reasoning"));
    json!({
        "name": id,
        "is_deprecated": false,
        "endpoints": ["chat"],
        "finetuned": false,
        "context_length": model.context,
        "tokenizer_url": null,
        "default_endpoints": [],
        "features": features,
    })
}
