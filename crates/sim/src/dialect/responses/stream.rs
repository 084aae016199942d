//! Responses answers, event by event.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::fields::{list, text};
use super::super::{Event, Stamp, openai};
use super::write;
use crate::answer::Answer;
use crate::ask::Ask;
use crate::sign::Signer;
use crate::words;

pub(in crate::dialect) fn stream(ask: &Ask, answer: &Answer, stamp: &Stamp, signer: &Signer) -> Vec<Event> {
    let rng = Rng::with_seed(stamp.seed);
    let mut events = Events { ask, signer, rng, nonce: stamp.seed.wrapping_add(99), events: Vec::new() };
    for name in ["response.created", "response.in_progress"] {
        let response = write::envelope(ask, stamp, "in_progress");
        events.push(name, json!({ "response": response }), 0);
    }
    let items = write::items(ask, answer, stamp, signer);
    for (i, item) in items.iter().enumerate() {
        events.item(i, item);
    }
    let response = write::finished(ask, answer, stamp, items);
    let complete = response.get("status").is_some_and(|s| s == "completed");
    let name = if complete { "response.completed" } else { "response.incomplete" };
    events.push(name, json!({ "response": response }), 0);
    events.events
}

struct Events<'a> {
    ask: &'a Ask,
    signer: &'a Signer,
    rng: Rng,
    nonce: u64,
    events: Vec<Event>,
}

/// Where in the answer a delta belongs.
type Place = Map<String, Value>;

impl Events<'_> {
    fn push(&mut self, name: &str, mut data: Value, tokens: u64) {
        if let Some(map) = data.as_object_mut() {
            map.insert("type".to_owned(), json!(name));
            map.insert("sequence_number".to_owned(), json!(self.events.len()));
        }
        self.events.push(Event::new(format!("event: {name}\ndata: {data}\n\n"), tokens));
    }

    fn placed(&mut self, name: &str, place: &Place, more: Value, tokens: u64) {
        let mut data = Value::Object(place.clone());
        if let (Some(map), Value::Object(more)) = (data.as_object_mut(), more) {
            map.extend(more);
        }
        self.push(name, data, tokens);
    }

    fn delta(&mut self, name: &str, place: &Place, piece: &str, mut more: Value) {
        if let Some(map) = more.as_object_mut() {
            map.insert("delta".to_owned(), json!(piece));
            if self.ask.extras.obfuscate {
                let length = self.rng.usize(0..16);
                map.insert("obfuscation".to_owned(), json!(words::id(&mut self.rng, length)));
            }
        }
        self.placed(name, place, more, words::tokens(piece.len()));
    }

    fn item(&mut self, index: usize, item: &Value) {
        let hollow = self.hollow(item);
        self.push("response.output_item.added", json!({ "output_index": index, "item": hollow }), 0);
        let mut place = Place::new();
        place.insert("item_id".to_owned(), item.get("id").cloned().unwrap_or_default());
        place.insert("output_index".to_owned(), json!(index));
        match text(item, "type") {
            Some("reasoning") => self.summary(item, &place),
            Some("message") => self.message(item, place),
            _ => self.arguments(text(item, "arguments").unwrap_or(""), &place),
        }
        self.push("response.output_item.done", json!({ "output_index": index, "item": item }), 0);
    }

    /// An item as it is announced. The reasoning it has by then is encrypted too, but not yet all of it.
    fn hollow(&mut self, item: &Value) -> Value {
        let mut item = item.clone();
        let Some(map) = item.as_object_mut() else { return item };
        for (key, empty) in [("arguments", json!("")), ("content", json!([])), ("summary", json!([]))] {
            if map.contains_key(key) {
                map.insert(key.to_owned(), empty);
            }
        }
        if map.contains_key("status") {
            map.insert("status".to_owned(), json!("in_progress"));
        }
        if map.contains_key("encrypted_content") {
            self.nonce = self.nonce.wrapping_add(1);
            map.insert("encrypted_content".to_owned(), json!(self.signer.stamp(self.nonce)));
        }
        item
    }

    fn summary(&mut self, item: &Value, place: &Place) {
        for (i, part) in list(item, "summary").iter().enumerate() {
            let mut place = place.clone();
            place.insert("summary_index".to_owned(), json!(i));
            let said = text(part, "text").unwrap_or("");
            let empty = json!({ "part": { "type": "summary_text", "text": "" } });
            self.placed("response.reasoning_summary_part.added", &place, empty, 0);
            for piece in words::pieces(said) {
                self.delta("response.reasoning_summary_text.delta", &place, piece, json!({}));
            }
            self.placed("response.reasoning_summary_text.done", &place, json!({ "text": said }), 0);
            self.placed("response.reasoning_summary_part.done", &place, json!({ "part": part }), 0);
        }
    }

    fn message(&mut self, item: &Value, mut place: Place) {
        for (i, part) in list(item, "content").iter().enumerate() {
            place.insert("content_index".to_owned(), json!(i));
            if let Some(refusal) = text(part, "refusal") {
                let empty = json!({ "part": { "type": "refusal", "refusal": "" } });
                self.placed("response.content_part.added", &place, empty, 0);
                for piece in words::pieces(refusal) {
                    self.delta("response.refusal.delta", &place, piece, json!({}));
                }
                self.placed("response.refusal.done", &place, json!({ "refusal": refusal }), 0);
            } else {
                let said = text(part, "text").unwrap_or("");
                let empty = json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": "" });
                self.placed("response.content_part.added", &place, json!({ "part": empty }), 0);
                for piece in words::pieces(said) {
                    let logs = self.ask.extras.logprobs.map(|top| openai::logprob(piece, top));
                    let logs: Vec<Value> = logs.into_iter().collect();
                    self.delta("response.output_text.delta", &place, piece, json!({ "logprobs": logs }));
                }
                let logs = part.get("logprobs").cloned().unwrap_or_default();
                let done = json!({ "text": said, "logprobs": logs });
                self.placed("response.output_text.done", &place, done, 0);
            }
            self.placed("response.content_part.done", &place, json!({ "part": part }), 0);
        }
    }

    fn arguments(&mut self, arguments: &str, place: &Place) {
        for piece in words::runs(arguments, 8) {
            self.delta("response.function_call_arguments.delta", place, piece, json!({}));
        }
        let done = json!({ "arguments": arguments });
        self.placed("response.function_call_arguments.done", place, done, 0);
    }
}
