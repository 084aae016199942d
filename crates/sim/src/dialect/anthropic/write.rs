//! Messages answers, whole and as named events.

use fastrand::Rng;
use serde_json::{Value, json};

use super::super::{Event, Stamp};
use crate::answer::{Answer, Finish, Said, Usage, What};
use crate::sign::Signer;
use crate::words;

pub(in crate::dialect) fn plain(answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
    let mut rng = Rng::with_seed(stamp.seed);
    let mut message = envelope(stamp, &mut rng);
    let said = answer.choices.first();
    if let Some(map) = message.as_object_mut() {
        map.insert("content".to_owned(), Value::Array(blocks(answer, signer, &mut rng)));
        for (key, value) in ending(said) {
            map.insert(key.to_owned(), value);
        }
        let mut usage = input_usage(&answer.usage);
        if let Some(usage) = usage.as_object_mut() {
            output_usage(&answer.usage).into_iter().for_each(|(k, v)| drop(usage.insert(k.to_owned(), v)));
            usage.insert("service_tier".to_owned(), json!("standard"));
            usage.insert("inference_geo".to_owned(), json!("not_available"));
        }
        map.insert("usage".to_owned(), usage);
    }
    message
}

fn envelope(stamp: &Stamp, rng: &mut Rng) -> Value {
    json!({
        "model": stamp.model,
        "id": format!("msg_01{}", words::id(rng, 22)),
        "type": "message",
        "role": "assistant",
        "content": [],
    })
}

fn ending(said: Option<&Said>) -> [(&'static str, Value); 3] {
    let finish = said.map(|s| &s.finish);
    let (reason, sequence, details) = match finish {
        None | Some(Finish::Stop) => ("end_turn", Value::Null, Value::Null),
        Some(Finish::StopText(text)) => ("stop_sequence", json!(text), Value::Null),
        Some(Finish::Length) => ("max_tokens", Value::Null, Value::Null),
        Some(Finish::Calls) => ("tool_use", Value::Null, Value::Null),
        Some(Finish::Refusal | Finish::Filter) => {
            let details = json!({ "type": "refusal", "category": null, "explanation": null });
            ("refusal", Value::Null, details)
        }
    };
    [("stop_reason", json!(reason)), ("stop_sequence", sequence), ("stop_details", details)]
}

fn input_usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.prompt - usage.cached - usage.written,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": { "ephemeral_5m_input_tokens": usage.written, "ephemeral_1h_input_tokens": 0 },
    })
}

fn output_usage(usage: &Usage) -> Vec<(&'static str, Value)> {
    let mut fields = vec![("output_tokens", json!(usage.output))];
    if usage.thinking > 0 {
        fields.push(("output_tokens_details", json!({ "thinking_tokens": usage.thinking })));
    }
    fields
}

/// The content blocks of a whole message.
fn blocks(answer: &Answer, signer: &Signer, rng: &mut Rng) -> Vec<Value> {
    let mut blocks = Vec::new();
    if let Some(thoughts) = &answer.thoughts {
        blocks.push(json!({ "type": "thinking", "thinking": thoughts, "signature": signer.sign(thoughts) }));
    }
    match answer.choices.first().map(|said| &said.what) {
        // A refusal keeps what was said before it was noticed: here, everything.
        Some(What::Text(text) | What::Refusal(text)) if !text.is_empty() => {
            blocks.push(json!({ "type": "text", "text": text }));
        }
        Some(What::Calls(calls)) => {
            blocks.extend(calls.iter().map(|call| {
                json!({
                    "type": "tool_use",
                    "id": format!("toolu_01{}", words::id(rng, 22)),
                    "name": call.name,
                    "input": call.args,
                    "caller": { "type": "direct" },
                })
            }));
        }
        _ => {}
    }
    blocks
}

/// Writes the events of one stream.
struct Events {
    events: Vec<Event>,
}

impl Events {
    fn push(&mut self, name: &str, data: &Value, tokens: u64) {
        let text = data.to_string();
        // The vendor pads its events with spaces before the last brace.
        let pad = " ".repeat(self.events.len() * 7 % 13);
        let body = text.strip_suffix('}').unwrap_or(&text);
        self.events.push(Event::new(format!("event: {name}\ndata: {body}{pad}}}\n\n"), tokens));
    }

    fn ping(&mut self) {
        self.events.push(Event::new("event: ping\ndata: {\"type\": \"ping\"}\n\n".to_owned(), 0));
    }

    fn block(&mut self, index: usize, block: &Value) {
        let start = json!({ "type": "content_block_start", "index": index, "content_block": hollow(block) });
        self.push("content_block_start", &start, 0);
        if index == 0 {
            self.ping();
        }
        for (delta, tokens) in deltas(block) {
            let event = json!({ "type": "content_block_delta", "index": index, "delta": delta });
            self.push("content_block_delta", &event, tokens);
        }
        self.push("content_block_stop", &json!({ "type": "content_block_stop", "index": index }), 0);
    }
}

/// A block as it is announced, before anything is in it.
fn hollow(block: &Value) -> Value {
    let mut block = block.clone();
    if let Some(map) = block.as_object_mut() {
        for key in ["text", "thinking", "signature"] {
            if map.contains_key(key) {
                map.insert(key.to_owned(), json!(""));
            }
        }
        if map.contains_key("input") {
            map.insert("input".to_owned(), json!({}));
        }
    }
    block
}

fn deltas(block: &Value) -> Vec<(Value, u64)> {
    let text = |key: &str| block.get(key).and_then(Value::as_str);
    let tokens = |piece: &str| words::tokens(piece.len());
    if let Some(said) = text("text") {
        let delta = |p: &str| (json!({ "type": "text_delta", "text": p }), tokens(p));
        return words::pieces(said).into_iter().map(delta).collect();
    }
    if let Some(thought) = text("thinking") {
        let delta = |p: &str| (json!({ "type": "thinking_delta", "thinking": p }), tokens(p));
        let mut all: Vec<_> = words::pieces(thought).into_iter().map(delta).collect();
        all.push((json!({ "type": "signature_delta", "signature": text("signature") }), 0));
        return all;
    }
    let delta = |p: &str| (json!({ "type": "input_json_delta", "partial_json": p }), tokens(p));
    let mut all = vec![delta("")];
    match block.get("input") {
        // Nothing is ever streamed of an empty input.
        Some(Value::Object(input)) if input.is_empty() => {}
        Some(input) => all.extend(words::runs(&input.to_string(), 8).into_iter().map(delta)),
        None => {}
    }
    all
}

pub(in crate::dialect) fn stream(answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
    let mut rng = Rng::with_seed(stamp.seed);
    let mut message = envelope(stamp, &mut rng);
    let mut usage = input_usage(&answer.usage);
    if let Some(usage) = usage.as_object_mut() {
        usage.insert("output_tokens".to_owned(), json!(answer.usage.output.min(1)));
        usage.insert("service_tier".to_owned(), json!("standard"));
        usage.insert("inference_geo".to_owned(), json!("not_available"));
    }
    if let Some(map) = message.as_object_mut() {
        for key in ["stop_reason", "stop_sequence", "stop_details"] {
            map.insert(key.to_owned(), Value::Null);
        }
        map.insert("usage".to_owned(), usage);
    }
    let mut events = Events { events: Vec::new() };
    events.push("message_start", &json!({ "type": "message_start", "message": message }), 0);
    let blocks = blocks(answer, signer, &mut rng);
    if blocks.is_empty() {
        events.ping();
    }
    for (i, block) in blocks.iter().enumerate() {
        events.block(i, block);
    }
    let delta: Value = ending(answer.choices.first()).into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut usage = input_usage(&answer.usage);
    if let Some(usage) = usage.as_object_mut() {
        usage.remove("cache_creation");
        output_usage(&answer.usage).into_iter().for_each(|(k, v)| drop(usage.insert(k.to_owned(), v)));
    }
    events.push("message_delta", &json!({ "type": "message_delta", "delta": delta, "usage": usage }), 0);
    events.push("message_stop", &json!({ "type": "message_stop" }), 0);
    events.events
}
