//! Chat completions answers, whole and in chunks.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::{Event, Stamp};
use crate::answer::{Answer, Call, Finish, Said, What};
use crate::ask::Ask;
use crate::words;

pub(in crate::dialect) fn plain(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Value {
    let mut rng = Rng::with_seed(stamp.seed);
    let id = id(&mut rng);
    let choices: Vec<Value> = answer
        .choices
        .iter()
        .enumerate()
        .map(|(i, said)| {
            json!({
                "index": i,
                "message": message(said, answer, &mut rng),
                "logprobs": logprobs_of(said, ask),
                "finish_reason": finish(&said.finish),
            })
        })
        .collect();
    json!({
        "id": id,
        "object": "chat.completion",
        "created": stamp.created,
        "model": stamp.model,
        "choices": choices,
        "usage": usage(answer),
        "service_tier": "default",
        "system_fingerprint": fingerprint(stamp),
    })
}

fn id(rng: &mut Rng) -> String {
    format!("chatcmpl-{}", words::id(rng, 29))
}

fn fingerprint(stamp: &Stamp) -> String {
    let mut rng = Rng::with_seed(words::seed(&[stamp.model.as_bytes()]));
    format!("fp_{}", words::hex(&mut rng, 10))
}

fn finish(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopText(_) | Finish::Refusal => "stop",
        Finish::Length => "length",
        Finish::Calls => "tool_calls",
        Finish::Filter => "content_filter",
    }
}

fn message(said: &Said, answer: &Answer, rng: &mut Rng) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), json!("assistant"));
    let (content, refusal) = match &said.what {
        What::Text(text) => (json!(text), Value::Null),
        What::Refusal(text) => (Value::Null, json!(text)),
        What::Calls(_) => (Value::Null, Value::Null),
        What::Nothing => (json!(""), Value::Null),
    };
    message.insert("content".to_owned(), content);
    if let Some(thoughts) = &answer.thoughts {
        message.insert("reasoning_content".to_owned(), json!(thoughts));
    }
    if let What::Calls(calls) = &said.what {
        let calls: Vec<Value> = calls.iter().map(|c| call(c, rng)).collect();
        message.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    message.insert("refusal".to_owned(), refusal);
    message.insert("annotations".to_owned(), json!([]));
    Value::Object(message)
}

pub(in crate::dialect) fn call_id(rng: &mut Rng) -> String {
    format!("call_{}", words::id(rng, 24))
}

fn call(call: &Call, rng: &mut Rng) -> Value {
    json!({
        "id": call_id(rng),
        "type": "function",
        "function": { "name": call.name, "arguments": call.args.to_string() },
    })
}

fn usage(answer: &Answer) -> Value {
    let usage = answer.usage;
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": { "cached_tokens": usage.cached, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": usage.thinking,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn logprobs_of(said: &Said, ask: &Ask) -> Value {
    match (&said.what, ask.extras.logprobs) {
        (What::Text(text), Some(top)) => {
            let tokens: Vec<Value> = words::pieces(text).into_iter().map(|p| logprob(p, top)).collect();
            json!({ "content": tokens, "refusal": null })
        }
        _ => Value::Null,
    }
}

pub(in crate::dialect) fn logprob(token: &str, top: u32) -> Value {
    let mut rng = Rng::with_seed(words::seed(&[token.as_bytes()]));
    let best = -rng.f64();
    let others: Vec<Value> = (0..top)
        .map(|i| {
            let text = if i == 0 { token.to_owned() } else { format!("{token}{i}") };
            json!({ "token": text, "logprob": best - f64::from(i), "bytes": text.as_bytes() })
        })
        .collect();
    json!({ "token": token, "logprob": best, "bytes": token.as_bytes(), "top_logprobs": others })
}

/// Writes the chunks of one stream.
struct Chunks<'a> {
    ask: &'a Ask,
    stamp: &'a Stamp,
    id: String,
    fingerprint: String,
    rng: Rng,
    events: Vec<Event>,
}

impl Chunks<'_> {
    fn push(&mut self, choices: Value, usage: Value, tokens: u64) {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.stamp.created,
            "model": self.stamp.model,
            "service_tier": "default",
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        });
        if let Some(map) = chunk.as_object_mut() {
            if self.ask.extras.include_usage {
                map.insert("usage".to_owned(), usage);
            }
            if self.ask.extras.obfuscate {
                let length = self.rng.usize(0..16);
                map.insert("obfuscation".to_owned(), json!(words::id(&mut self.rng, length)));
            }
        }
        self.events.push(Event::new(format!("data: {chunk}\n\n"), tokens));
    }

    fn delta(&mut self, index: usize, delta: Value, logprobs: Value, tokens: u64) {
        let choice = json!({ "index": index, "delta": delta, "logprobs": logprobs, "finish_reason": null });
        self.push(json!([choice]), Value::Null, tokens);
    }

    fn text(&mut self, index: usize, key: &str, text: &str) {
        let logs = if key == "content" { self.ask.extras.logprobs } else { None };
        for piece in words::pieces(text) {
            let logprobs =
                logs.map_or(Value::Null, |top| json!({ "content": [logprob(piece, top)], "refusal": null }));
            self.delta(index, json!({ key: piece }), logprobs, words::tokens(piece.len()));
        }
    }

    fn calls(&mut self, index: usize, calls: &[Call]) {
        for (at, call) in calls.iter().enumerate() {
            let function = json!({ "name": call.name, "arguments": "" });
            let id = call_id(&mut self.rng_of_calls(at));
            let first = json!({ "index": at, "id": id, "type": "function", "function": function });
            self.delta(index, json!({ "tool_calls": [first] }), Value::Null, 1);
            for piece in words::runs(&call.args.to_string(), 6) {
                let next = json!({ "index": at, "function": { "arguments": piece } });
                self.delta(index, json!({ "tool_calls": [next] }), Value::Null, words::tokens(piece.len()));
            }
        }
    }

    /// Ids apart from the paddings, so that asking for none does not change them.
    fn rng_of_calls(&self, at: usize) -> Rng {
        Rng::with_seed(self.stamp.seed.wrapping_add(1 + at as u64))
    }

    fn said(&mut self, index: usize, said: &Said) {
        match &said.what {
            What::Text(text) => self.text(index, "content", text),
            What::Refusal(text) => self.text(index, "refusal", text),
            What::Calls(calls) => self.calls(index, calls),
            What::Nothing => {}
        }
        let reason = finish(&said.finish);
        let last = json!({ "index": index, "delta": {}, "logprobs": null, "finish_reason": reason });
        self.push(json!([last]), Value::Null, 0);
    }
}

pub(in crate::dialect) fn stream(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Vec<Event> {
    let mut rng = Rng::with_seed(stamp.seed);
    let id = id(&mut rng);
    let fingerprint = fingerprint(stamp);
    let mut chunks = Chunks { ask, stamp, id, fingerprint, rng, events: Vec::new() };
    for (i, said) in answer.choices.iter().enumerate() {
        let content = if matches!(said.what, What::Calls(_)) { Value::Null } else { json!("") };
        let mut first = json!({ "role": "assistant", "content": content, "refusal": null });
        if answer.thoughts.is_some() {
            first = json!({ "role": "assistant", "content": null, "reasoning_content": "" });
        }
        chunks.delta(i, first, Value::Null, 0);
        if let Some(thoughts) = answer.thoughts.as_ref().filter(|_| ask.show_thoughts) {
            chunks.text(i, "reasoning_content", thoughts);
        }
    }
    for (i, said) in answer.choices.iter().enumerate() {
        chunks.said(i, said);
    }
    if ask.extras.include_usage {
        chunks.push(json!([]), usage(answer), 0);
    }
    chunks.events.push(Event::new("data: [DONE]\n\n".to_owned(), 0));
    chunks.events
}
