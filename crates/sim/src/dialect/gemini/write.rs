//! generateContent answers, whole and in chunks: SSE with CRLF, or a JSON array.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::{Event, Stamp};
use crate::answer::{Answer, Finish, Said, What};
use crate::ask::Ask;
use crate::sign::Signer;
use crate::words;

/// Words in one chunk of text.
const WORDS: usize = 5;

pub(in crate::dialect) fn plain(ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Value {
    let writer = Writer::new(ask, answer, stamp, signer);
    let candidates: Vec<Value> = answer
        .choices
        .iter()
        .enumerate()
        .filter(|(_, said)| !blocked(said))
        .map(|(i, said)| {
            let parts = writer.parts(i, said).into_iter().map(|(part, _)| part).collect();
            candidate(i, parts, Some(said))
        })
        .collect();
    writer.response(candidates, answer.usage.output - answer.usage.thinking)
}

/// The vendor's filter stops the prompt itself: there is no candidate at all.
fn blocked(said: &Said) -> bool {
    said.finish == Finish::Filter
}

fn candidate(index: usize, parts: Vec<Value>, end: Option<&Said>) -> Value {
    let mut candidate = Map::new();
    // A candidate that was refused has no parts.
    let mut content = Map::new();
    if !parts.is_empty() {
        content.insert("parts".to_owned(), Value::Array(parts));
    }
    content.insert("role".to_owned(), json!("model"));
    candidate.insert("content".to_owned(), Value::Object(content));
    if let Some(said) = end {
        let reason = match said.finish {
            Finish::Stop | Finish::StopText(_) | Finish::Calls => "STOP",
            Finish::Length => "MAX_TOKENS",
            Finish::Refusal | Finish::Filter => "SAFETY",
        };
        candidate.insert("finishReason".to_owned(), json!(reason));
    }
    candidate.insert("index".to_owned(), json!(index));
    Value::Object(candidate)
}

struct Writer<'a> {
    ask: &'a Ask,
    answer: &'a Answer,
    stamp: &'a Stamp,
    signer: &'a Signer,
    id: String,
}

impl<'a> Writer<'a> {
    fn new(ask: &'a Ask, answer: &'a Answer, stamp: &'a Stamp, signer: &'a Signer) -> Self {
        let id = words::id(&mut Rng::with_seed(stamp.seed), 23);
        Self { ask, answer, stamp, signer, id }
    }

    fn response(&self, candidates: Vec<Value>, said: u64) -> Value {
        let mut response = Map::new();
        if !candidates.is_empty() {
            response.insert("candidates".to_owned(), Value::Array(candidates));
        }
        if self.answer.choices.iter().any(blocked) {
            response.insert("promptFeedback".to_owned(), json!({ "blockReason": "PROHIBITED_CONTENT" }));
        }
        response.insert("usageMetadata".to_owned(), self.usage(said));
        response.insert("modelVersion".to_owned(), json!(self.stamp.model));
        response.insert("responseId".to_owned(), json!(self.id));
        Value::Object(response)
    }

    fn usage(&self, said: u64) -> Value {
        let usage = self.answer.usage;
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        put("promptTokenCount", json!(usage.prompt));
        if said > 0 {
            put("candidatesTokenCount", json!(said));
        }
        put("totalTokenCount", json!(usage.prompt + said + usage.thinking));
        if usage.cached > 0 {
            put("cachedContentTokenCount", json!(usage.cached));
            put("cacheTokensDetails", json!([{ "modality": "TEXT", "tokenCount": usage.cached }]));
        }
        put("promptTokensDetails", json!([{ "modality": "TEXT", "tokenCount": usage.prompt }]));
        if usage.thinking > 0 {
            put("thoughtsTokenCount", json!(usage.thinking));
        }
        put("serviceTier", json!("standard"));
        Value::Object(map)
    }

    /// The parts of one candidate, with the tokens of each; thoughts count apart.
    fn parts(&self, index: usize, said: &Said) -> Vec<(Value, u64)> {
        let mut parts = Vec::new();
        let thoughts = self.answer.thoughts.as_ref();
        if let Some(thoughts) = thoughts.filter(|_| self.ask.show_thoughts) {
            parts.push((json!({ "text": thoughts, "thought": true }), 0));
        }
        let signature = thoughts.map(|_| self.signer.stamp(self.stamp.seed.wrapping_add(index as u64)));
        match &said.what {
            What::Text(text) => parts.push((json!({ "text": text }), words::tokens(text.len()))),
            What::Calls(calls) => {
                for (i, call) in calls.iter().enumerate() {
                    let tokens = 8 + words::tokens(call.name.len() + call.args.to_string().len());
                    let mut function = json!({ "name": call.name, "args": call.args });
                    // Newer, thinking models give their calls ids; older ones never did.
                    if let Some(map) = function.as_object_mut().filter(|_| thoughts.is_some()) {
                        let mut rng = Rng::with_seed(self.stamp.seed.wrapping_add(1 + i as u64));
                        map.insert("id".to_owned(), json!(words::id(&mut rng, 8).to_lowercase()));
                    }
                    parts.push((json!({ "functionCall": function }), tokens));
                }
            }
            What::Refusal(_) | What::Nothing => {}
        }
        // The signature stands on the first call, else on the last part that is not a thought.
        let shown = usize::from(thoughts.is_some() && self.ask.show_thoughts);
        let target = if matches!(said.what, What::Calls(_)) {
            parts.get_mut(shown)
        } else {
            parts.last_mut().filter(|(p, _)| p.get("thought").is_none())
        };
        if let (Some((Value::Object(part), _)), Some(signature)) = (target, signature) {
            part.insert("thoughtSignature".to_owned(), json!(signature));
        }
        parts
    }
}

pub(in crate::dialect) fn stream(ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
    let writer = Writer::new(ask, answer, stamp, signer);
    let mut chunks: Vec<(Value, u64)> = Vec::new();
    let mut said = 0;
    for (i, choice) in answer.choices.iter().enumerate() {
        if blocked(choice) {
            chunks.push((writer.response(Vec::new(), 0), 0));
            continue;
        }
        let mut pieces: Vec<(Value, u64)> = writer.parts(i, choice).into_iter().flat_map(split).collect();
        // Calls, and a signature that would stand alone, are followed by an empty text with the end.
        let calls = matches!(choice.what, What::Calls(_));
        if calls || pieces.is_empty() {
            let empty = matches!(choice.what, What::Refusal(_));
            if !empty {
                pieces.push((json!({ "text": "" }), 0));
            }
        }
        if pieces.is_empty() {
            chunks.push((writer.response(vec![candidate(i, Vec::new(), Some(choice))], said), 0));
        }
        let last = pieces.len().saturating_sub(1);
        for (j, (part, tokens)) in pieces.into_iter().enumerate() {
            said += tokens;
            // The whole is at least what was said; rounding by piece must not make it more.
            let told = if j == last && i + 1 == answer.choices.len() {
                answer.usage.output - answer.usage.thinking
            } else {
                said.min(answer.usage.output - answer.usage.thinking)
            };
            let end = (j == last).then_some(choice);
            chunks.push((writer.response(vec![candidate(i, vec![part], end)], told), tokens));
        }
    }
    let last = chunks.len().saturating_sub(1);
    let frame = |(i, (chunk, tokens)): (usize, (Value, u64))| {
        let text = match (stamp.sse, i == 0, i == last) {
            (true, _, _) => format!("data: {chunk}\r\n\r\n"),
            (false, true, true) => format!("[{chunk}\r\n]"),
            (false, true, false) => format!("[{chunk}"),
            (false, false, false) => format!(",\r\n{chunk}"),
            (false, false, true) => format!(",\r\n{chunk}\r\n]"),
        };
        Event::new(text, tokens)
    };
    chunks.into_iter().enumerate().map(frame).collect()
}

/// Splits a part with a long text into several; a signature stays with the last.
fn split((part, tokens): (Value, u64)) -> Vec<(Value, u64)> {
    let Some(text) = part.get("text").and_then(Value::as_str) else { return vec![(part, tokens)] };
    let words = words::pieces(text);
    let texts: Vec<String> = words.chunks(WORDS).map(<[&str]>::concat).collect();
    let thought = part.get("thought").is_some();
    let mut pieces: Vec<(Value, u64)> = texts
        .into_iter()
        .map(|text| {
            let tokens = if tokens == 0 { 0 } else { words::tokens(text.len()) };
            let piece =
                if thought { json!({ "text": text, "thought": true }) } else { json!({ "text": text }) };
            (piece, tokens)
        })
        .collect();
    if let Some(signature) = part.get("thoughtSignature") {
        pieces.push((json!({ "text": "", "thoughtSignature": signature }), 0));
    }
    pieces
}
