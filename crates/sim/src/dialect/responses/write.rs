//! Responses answers: the object, and the items in it.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::{Stamp, openai};
use crate::answer::{Answer, Finish, Said, Usage, What};
use crate::ask::Ask;
use crate::sign::Signer;
use crate::words;

pub(in crate::dialect) fn plain(ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
    let items = items(ask, answer, stamp, signer);
    Value::Object(finished(ask, answer, stamp, items))
}

/// The object without anything in it yet.
pub(super) fn envelope(ask: &Ask, stamp: &Stamp, status: &str) -> Map<String, Value> {
    let mut rng = Rng::with_seed(stamp.seed);
    let mut response = ask.responses.echo.clone();
    for (name, value) in [
        ("id", json!(format!("resp_{}", words::hex(&mut rng, 50)))),
        ("object", json!("response")),
        ("created_at", json!(stamp.created)),
        ("status", json!(status)),
        ("background", json!(false)),
        ("completed_at", Value::Null),
        ("error", Value::Null),
        ("frequency_penalty", json!(0.0)),
        ("incomplete_details", Value::Null),
        ("model", json!(stamp.model)),
        ("moderation", Value::Null),
        ("output", json!([])),
        ("presence_penalty", json!(0.0)),
        ("previous_response_id", ask.responses.previous.clone().into()),
        ("prompt_cache_retention", json!("in_memory")),
        ("service_tier", json!(if status == "in_progress" { "auto" } else { "default" })),
        ("usage", Value::Null),
    ] {
        response.insert(name.to_owned(), value);
    }
    response
}

/// Why an answer is not complete, if it is not.
fn incomplete(said: Option<&Said>) -> Option<&'static str> {
    match said.map(|s| &s.finish) {
        Some(Finish::Length) => Some("max_output_tokens"),
        Some(Finish::Filter) => Some("content_filter"),
        _ => None,
    }
}

/// The object at the end.
pub(super) fn finished(ask: &Ask, answer: &Answer, stamp: &Stamp, items: Vec<Value>) -> Map<String, Value> {
    let reason = incomplete(answer.choices.first());
    let status = if reason.is_some() { "incomplete" } else { "completed" };
    let mut response = envelope(ask, stamp, status);
    match reason {
        Some(reason) => response.insert("incomplete_details".to_owned(), json!({ "reason": reason })),
        None => response.insert("completed_at".to_owned(), json!(stamp.created)),
    };
    response.insert("output".to_owned(), Value::Array(items));
    response.insert("usage".to_owned(), usage(&answer.usage));
    response
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.prompt,
        "input_tokens_details": { "cache_write_tokens": usage.written, "cached_tokens": usage.cached },
        "output_tokens": usage.output,
        "output_tokens_details": { "reasoning_tokens": usage.thinking },
        "total_tokens": usage.prompt + usage.output,
    })
}

/// The items of an answer, as they are when they are done.
pub(super) fn items(ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Value> {
    let mut nonce = stamp.seed;
    let mut id = |prefix: &str| {
        nonce = nonce.wrapping_add(1);
        signer.issue(prefix, nonce, ask.responses.stored)
    };
    let mut items = Vec::new();
    if let Some(thoughts) = &answer.thoughts {
        let summary = json!([{ "type": "summary_text", "text": thoughts }]);
        let summary = if ask.show_thoughts { summary } else { json!([]) };
        let mut item = json!({ "id": id("rs_"), "type": "reasoning", "content": [], "summary": summary });
        if ask.responses.encrypted
            && let Some(map) = item.as_object_mut()
        {
            map.insert("encrypted_content".to_owned(), json!(signer.stamp(stamp.seed)));
        }
        items.push(item);
    }
    let Some(said) = answer.choices.first() else { return items };
    let status = if incomplete(Some(said)).is_some() { "incomplete" } else { "completed" };
    let message = |id: String, content: Value| json!({ "id": id, "type": "message", "status": status, "content": content, "role": "assistant" });
    match &said.what {
        What::Text(text) => {
            let logprobs: Vec<Value> = ask.extras.logprobs.map_or(Vec::new(), |top| {
                words::pieces(text).into_iter().map(|piece| openai::logprob(piece, top)).collect()
            });
            let part =
                json!({ "type": "output_text", "annotations": [], "logprobs": logprobs, "text": text });
            items.push(message(id("msg_"), json!([part])));
        }
        What::Refusal(text) => {
            items.push(message(id("msg_"), json!([{ "type": "refusal", "refusal": text }])));
        }
        What::Calls(calls) => {
            let mut rng = Rng::with_seed(stamp.seed);
            items.extend(calls.iter().map(|call| {
                json!({
                    "id": id("fc_"),
                    "type": "function_call",
                    "status": "completed",
                    "arguments": call.args.to_string(),
                    "call_id": openai::call_id(&mut rng),
                    "name": call.name,
                })
            }));
        }
        What::Nothing => {}
    }
    items
}
