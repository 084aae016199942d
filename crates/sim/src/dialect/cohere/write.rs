//! Chat answers, whole and event by event.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::{Event, Stamp};
use crate::answer::{Answer, Call, Finish, Said, Usage, What};
use crate::words;

fn finish(said: Option<&Said>) -> &'static str {
    match said.map(|s| &s.finish) {
        Some(Finish::StopText(_)) => "STOP_SEQUENCE",
        Some(Finish::Length) => "MAX_TOKENS",
        Some(Finish::Calls) => "TOOL_CALL",
        // There is no reason of its own for a filter.
        Some(Finish::Filter) => "ERROR",
        Some(Finish::Stop | Finish::Refusal) | None => "COMPLETE",
    }
}

fn usage(usage: &Usage) -> Value {
    json!({
        "billed_units": { "input_tokens": usage.prompt, "output_tokens": usage.output },
        "tokens": {
            "input_tokens": usage.prompt,
            "output_tokens": usage.output,
            "reasoning_tokens": usage.thinking,
        },
        "cached_tokens": usage.cached,
    })
}

/// What the model says it is going to do.
fn plan(calls: &[Call]) -> String {
    let names: Vec<&str> = calls.iter().map(|c| c.name.as_str()).collect();
    format!("I will use {}.", names.join(" and "))
}

fn call_id(call: &Call, rng: &mut Rng) -> String {
    format!("{}_{}", call.name, words::id(rng, 12).to_lowercase())
}

pub(in crate::dialect) fn plain(answer: &Answer, stamp: &Stamp) -> Value {
    let mut rng = Rng::with_seed(stamp.seed);
    let id = super::uuid(&mut rng);
    let mut message = Map::new();
    message.insert("role".to_owned(), json!("assistant"));
    let mut content = Vec::new();
    if let Some(thoughts) = &answer.thoughts {
        content.push(json!({ "type": "thinking", "thinking": thoughts }));
    }
    let said = answer.choices.first();
    match said.map(|s| &s.what) {
        Some(What::Text(text) | What::Refusal(text)) => content.push(json!({ "type": "text", "text": text })),
        Some(What::Calls(calls)) => {
            message.insert("tool_plan".to_owned(), json!(plan(calls)));
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| {
                    let function = json!({ "name": call.name, "arguments": call.args.to_string() });
                    json!({ "id": call_id(call, &mut rng), "type": "function", "function": function })
                })
                .collect();
            message.insert("tool_calls".to_owned(), Value::Array(calls));
        }
        Some(What::Nothing) | None => {}
    }
    // A call without thoughts has no content at all.
    if !content.is_empty() {
        message.insert("content".to_owned(), Value::Array(content));
    }
    json!({ "id": id, "message": message, "finish_reason": finish(said), "usage": usage(&answer.usage) })
}

struct Events {
    events: Vec<Event>,
}

impl Events {
    fn push(&mut self, name: &str, mut data: Value, tokens: u64) {
        if let Some(map) = data.as_object_mut() {
            map.insert("type".to_owned(), json!(name));
        }
        self.events.push(Event::new(format!("event: {name}\ndata: {data}\n\n"), tokens));
    }

    fn message(&mut self, name: &str, index: Option<usize>, message: Value, tokens: u64) {
        let mut data = json!({ "delta": { "message": message } });
        if let (Some(map), Some(index)) = (data.as_object_mut(), index) {
            map.insert("index".to_owned(), json!(index));
        }
        self.push(name, data, tokens);
    }

    fn content(&mut self, index: usize, kind: &str, text: &str) {
        let start = json!({ "content": { "type": kind, kind: "" } });
        self.message("content-start", Some(index), start, 0);
        for piece in words::pieces(text) {
            let delta = json!({ "content": { kind: piece } });
            self.message("content-delta", Some(index), delta, words::tokens(piece.len()));
        }
        self.push("content-end", json!({ "index": index }), 0);
    }

    fn call(&mut self, index: usize, call: &Call, rng: &mut Rng) {
        let function = json!({ "name": call.name, "arguments": "" });
        let start = json!({ "id": call_id(call, rng), "type": "function", "function": function });
        self.message("tool-call-start", Some(index), json!({ "tool_calls": start }), 0);
        for piece in words::runs(&call.args.to_string(), 6) {
            let delta = json!({ "tool_calls": { "function": { "arguments": piece } } });
            self.message("tool-call-delta", Some(index), delta, words::tokens(piece.len()));
        }
        self.push("tool-call-end", json!({ "index": index }), 0);
    }
}

pub(in crate::dialect) fn stream(answer: &Answer, stamp: &Stamp) -> Vec<Event> {
    let mut rng = Rng::with_seed(stamp.seed);
    let mut events = Events { events: Vec::new() };
    let empty =
        json!({ "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [] });
    let start = json!({ "id": super::uuid(&mut rng), "delta": { "message": empty } });
    events.push("message-start", start, 0);
    let mut index = 0;
    if let Some(thoughts) = &answer.thoughts {
        events.content(index, "thinking", thoughts);
        index += 1;
    }
    let said = answer.choices.first();
    match said.map(|s| &s.what) {
        Some(What::Text(text) | What::Refusal(text)) => events.content(index, "text", text),
        Some(What::Calls(calls)) => {
            for piece in words::pieces(&plan(calls)) {
                events.message("tool-plan-delta", None, json!({ "tool_plan": piece }), 0);
            }
            for (i, call) in calls.iter().enumerate() {
                events.call(i, call, &mut rng);
            }
        }
        Some(What::Nothing) | None => {}
    }
    let end = json!({ "delta": { "finish_reason": finish(said), "usage": usage(&answer.usage) } });
    events.push("message-end", end, 0);
    events.events.push(Event::new("data: [DONE]\n\n".to_owned(), 0));
    events.events
}
