//! Chat answers, whole and line by line.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::anthropic::rfc3339;
use super::super::{Event, Stamp};
use crate::answer::{Answer, Call, Finish, Said, What};
use crate::words;

/// Nanoseconds that a token takes in what the simulated machine says of itself.
const TOKEN: u64 = 14_000_000;

fn line(stamp: &Stamp, message: Value) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("model".to_owned(), json!(stamp.model));
    line.insert("created_at".to_owned(), json!(rfc3339(stamp.created)));
    line.insert("message".to_owned(), message);
    line.insert("done".to_owned(), json!(false));
    line
}

/// The last line: the reason and the counts. Calls end like everything else, with `stop`.
fn close(line: &mut Map<String, Value>, answer: &Answer) {
    let length = answer.choices.first().map(|s| &s.finish) == Some(&Finish::Length);
    let usage = answer.usage;
    for (name, value) in [
        ("done", json!(true)),
        ("done_reason", json!(if length { "length" } else { "stop" })),
        ("total_duration", json!((usage.prompt + usage.output) * TOKEN + 60_000_000)),
        ("load_duration", json!(60_000_000)),
        ("prompt_eval_count", json!(usage.prompt)),
        ("prompt_eval_duration", json!(usage.prompt * TOKEN / 10)),
        ("eval_count", json!(usage.output)),
        ("eval_duration", json!(usage.output * TOKEN)),
    ] {
        line.insert(name.to_owned(), value);
    }
}

fn call(index: usize, call: &Call, rng: &mut Rng) -> Value {
    let id = format!("call_{}", words::id(rng, 8).to_lowercase());
    // Arguments are an object here, not text.
    json!({ "id": id, "function": { "index": index, "name": call.name, "arguments": call.args } })
}

fn said_text(said: Option<&Said>) -> &str {
    match said.map(|s| &s.what) {
        Some(What::Text(text) | What::Refusal(text)) => text,
        _ => "",
    }
}

fn calls(said: Option<&Said>, stamp: &Stamp) -> Vec<Value> {
    let mut rng = Rng::with_seed(stamp.seed);
    match said.map(|s| &s.what) {
        Some(What::Calls(calls)) => calls.iter().enumerate().map(|(i, c)| call(i, c, &mut rng)).collect(),
        _ => Vec::new(),
    }
}

pub(in crate::dialect) fn plain(answer: &Answer, stamp: &Stamp) -> Value {
    let said = answer.choices.first();
    let mut message = json!({ "role": "assistant", "content": said_text(said) });
    if let Some(map) = message.as_object_mut() {
        if let Some(thoughts) = &answer.thoughts {
            map.insert("thinking".to_owned(), json!(thoughts));
        }
        let calls = calls(said, stamp);
        if !calls.is_empty() {
            map.insert("tool_calls".to_owned(), Value::Array(calls));
        }
    }
    let mut line = line(stamp, message);
    close(&mut line, answer);
    Value::Object(line)
}

pub(in crate::dialect) fn stream(answer: &Answer, stamp: &Stamp) -> Vec<Event> {
    let mut events = Vec::new();
    let mut push = |message: Value, tokens: u64| {
        let line = Value::Object(line(stamp, message));
        events.push(Event::new(format!("{line}\n"), tokens));
    };
    for piece in answer.thoughts.iter().flat_map(|t| words::pieces(t)) {
        let tokens = words::tokens(piece.len());
        push(json!({ "role": "assistant", "content": "", "thinking": piece }), tokens);
    }
    let said = answer.choices.first();
    for piece in words::pieces(said_text(said)) {
        push(json!({ "role": "assistant", "content": piece }), words::tokens(piece.len()));
    }
    for call in calls(said, stamp) {
        let tokens = words::tokens(call.to_string().len());
        push(json!({ "role": "assistant", "content": "", "tool_calls": [call] }), tokens);
    }
    let mut last = line(stamp, json!({ "role": "assistant", "content": "" }));
    close(&mut last, answer);
    events.push(Event::new(format!("{}\n", Value::Object(last)), 0));
    events
}
