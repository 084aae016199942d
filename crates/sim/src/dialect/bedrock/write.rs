//! Converse answers, whole and frame by frame.

use fastrand::Rng;
use serde_json::{Value, json};

use super::super::{Event, Stamp};
use super::frame;
use crate::answer::{Answer, Finish, Said, Usage, What};
use crate::sign::Signer;
use crate::words;

/// How the vendor pads its frames: a start of this.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How long the model took, in milliseconds, in what the vendor says of it.
const LATENCY: u64 = 547;

fn stop_reason(said: Option<&Said>) -> &'static str {
    match said.map(|s| &s.finish) {
        Some(Finish::StopText(_)) => "stop_sequence",
        Some(Finish::Length) => "max_tokens",
        Some(Finish::Calls) => "tool_use",
        Some(Finish::Filter | Finish::Refusal) => "content_filtered",
        Some(Finish::Stop) | None => "end_turn",
    }
}

fn usage(usage: &Usage) -> Value {
    // What was read from or written to the cache is not in the input.
    json!({
        "inputTokens": usage.prompt.saturating_sub(usage.cached + usage.written),
        "outputTokens": usage.output,
        "totalTokens": usage.prompt + usage.output,
        "cacheReadInputTokens": usage.cached,
        "cacheWriteInputTokens": usage.written,
    })
}

fn blocks(answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Value> {
    let mut rng = Rng::with_seed(stamp.seed);
    let mut blocks = Vec::new();
    if let Some(thoughts) = &answer.thoughts {
        let text = json!({ "text": thoughts, "signature": signer.sign(thoughts) });
        blocks.push(json!({ "reasoningContent": { "reasoningText": text } }));
    }
    match answer.choices.first().map(|s| &s.what) {
        Some(What::Text(text) | What::Refusal(text)) if !text.is_empty() => {
            blocks.push(json!({ "text": text }))
        }
        Some(What::Calls(calls)) => blocks.extend(calls.iter().map(|call| {
            let id = format!("tooluse_{}", words::id(&mut rng, 22));
            json!({ "toolUse": { "toolUseId": id, "name": call.name, "input": call.args } })
        })),
        _ => {}
    }
    blocks
}

pub(in crate::dialect) fn plain(answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
    let message = json!({ "role": "assistant", "content": blocks(answer, stamp, signer) });
    json!({
        "metrics": { "latencyMs": LATENCY },
        "output": { "message": message },
        "stopReason": stop_reason(answer.choices.first()),
        "usage": usage(&answer.usage),
    })
}

struct Frames {
    rng: Rng,
    events: Vec<Event>,
}

impl Frames {
    fn push(&mut self, name: &str, mut payload: Value, tokens: u64) {
        if let Some(map) = payload.as_object_mut() {
            let length = self.rng.usize(5..PADDING.len());
            map.insert("p".to_owned(), json!(words::cut(PADDING, length)));
        }
        let headers =
            [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
        let bytes = frame::encode(&headers, payload.to_string().as_bytes());
        self.events.push(Event::binary(bytes, tokens));
    }

    fn delta(&mut self, index: usize, delta: Value, tokens: u64) {
        self.push("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta }), tokens);
    }

    fn block(&mut self, index: usize, block: &Value) {
        if let Some(tool) = block.get("toolUse") {
            let start =
                json!({ "toolUse": { "toolUseId": tool.get("toolUseId"), "name": tool.get("name") } });
            self.push("contentBlockStart", json!({ "contentBlockIndex": index, "start": start }), 0);
            let input = tool.get("input").map(Value::to_string).unwrap_or_default();
            for piece in words::runs(&input, 8) {
                self.delta(index, json!({ "toolUse": { "input": piece } }), words::tokens(piece.len()));
            }
        }
        // Only tools have a start; everything else begins with its first delta.
        for piece in block.get("text").and_then(Value::as_str).map(words::pieces).unwrap_or_default() {
            self.delta(index, json!({ "text": piece }), words::tokens(piece.len()));
        }
        if let Some(thought) = block.pointer("/reasoningContent/reasoningText") {
            let text = thought.get("text").and_then(Value::as_str).unwrap_or("");
            for piece in words::pieces(text) {
                self.delta(
                    index,
                    json!({ "reasoningContent": { "text": piece } }),
                    words::tokens(piece.len()),
                );
            }
            let signature = json!({ "reasoningContent": { "signature": thought.get("signature") } });
            self.delta(index, signature, 0);
        }
        self.push("contentBlockStop", json!({ "contentBlockIndex": index }), 0);
    }
}

pub(in crate::dialect) fn stream(answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
    let mut frames = Frames { rng: Rng::with_seed(stamp.seed), events: Vec::new() };
    frames.push("messageStart", json!({ "role": "assistant" }), 0);
    for (i, block) in blocks(answer, stamp, signer).iter().enumerate() {
        frames.block(i, block);
    }
    frames.push("messageStop", json!({ "stopReason": stop_reason(answer.choices.first()) }), 0);
    let metadata = json!({ "metrics": { "latencyMs": LATENCY }, "usage": usage(&answer.usage) });
    frames.push("metadata", metadata, 0);
    frames.events
}
