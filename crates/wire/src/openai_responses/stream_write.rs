//! Writes a stream for the client. Events are put together as text: this runs once a token.

use std::collections::BTreeMap;

use serde_json::Value;
use wye_types::Usage;
use wye_types::chat::{Finish, Signature};
use wye_types::event::{Delta, StreamEvent};

use super::output::{self, Envelope, item_id};
use super::stream_item::{Event, Kind, Open};
use crate::dialect::{KeptAs, StreamAsk, StreamWriter};
use crate::names;
use crate::patch::json_string;
use crate::seal;

/// A stream that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    id: String,
    model: String,
    created: i64,
    /// Whether the events come from this dialect, so that foreign items are ours.
    own: bool,
    started: bool,
    ended: bool,
    /// The number of the next event.
    sequence: u64,
    /// The place of the next item.
    next: usize,
    open: Option<Open>,
    /// Calls stay open to the end: pieces of several may come in turn.
    calls: BTreeMap<u32, Call>,
    /// Items that are complete, by place.
    output: BTreeMap<usize, Value>,
    usage: Option<Usage>,
    finish: Option<Finish>,
    refused: bool,
    kept: Option<KeptAs>,
}

#[derive(Debug)]
struct Call {
    place: usize,
    id: String,
    call_id: String,
    name: String,
    arguments: String,
}

impl Writer {
    pub(super) fn new(ask: &StreamAsk, own: bool) -> Self {
        Self {
            id: ask.fallback_id.clone(),
            model: ask.model.clone(),
            created: ask.now_s,
            own,
            started: false,
            ended: false,
            sequence: 0,
            next: 0,
            open: None,
            calls: BTreeMap::new(),
            output: BTreeMap::new(),
            usage: None,
            finish: None,
            refused: false,
            kept: ask.kept.clone(),
        }
    }

    /// Appends an event; `fields` are its members after the type and the number.
    fn send(&mut self, kind: &str, fields: &str, out: &mut Vec<u8>) {
        let event = format!(
            "event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{},{fields}}}\n\n",
            self.sequence
        );
        self.sequence += 1;
        out.extend_from_slice(event.as_bytes());
    }

    fn response(&self, status: &str, incomplete: Option<&str>) -> String {
        let envelope = Envelope {
            id: &self.id,
            model: &self.model,
            created: self.created,
            status,
            incomplete,
            output: self.output.values().cloned().collect(),
            usage: self.usage.filter(|_| self.ended),
        };
        let mut response = envelope.write(None);
        if let Some(kept) = &self.kept {
            response.insert("store".into(), true.into());
            response.insert("previous_response_id".into(), kept.previous.clone().into());
        }
        format!("\"response\":{}", Value::Object(response))
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let response = self.response("in_progress", None);
        self.send("response.created", &response, out);
        self.send("response.in_progress", &response, out);
    }

    fn delta(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        self.start(out);
        match delta {
            Delta::Text(text) => self.words(Kind::Text, text, out),
            Delta::Refusal(text) => {
                self.refused = true;
                self.words(Kind::Refusal, text, out);
            }
            Delta::Reasoning(text) => self.thoughts(text, out),
            Delta::Signature(seal) => self.seal(seal, out),
            Delta::Redacted(seal) => {
                self.close(None, out);
                self.open_thoughts(out);
                self.close(Some(seal), out);
            }
            Delta::ToolStart { call, id, name, signature } => {
                let call_id = seal::id_with_seal(id, signature.as_ref());
                self.call(*call, call_id, name, out);
            }
            Delta::ToolArguments { call, json } => self.arguments(*call, json, out),
            Delta::Logprobs(all) => self.logprobs(all, out),
            Delta::Foreign(item) if self.own => {
                self.close(None, out);
                let place = self.place();
                let fields = format!("\"output_index\":{place},\"item\":{item}");
                self.send("response.output_item.added", &fields, out);
                self.item_done(place, item.clone(), out);
            }
            Delta::Foreign(_) => {}
        }
    }

    /// The place of a new item.
    fn place(&mut self) -> usize {
        let place = self.next;
        self.next += 1;
        place
    }

    fn open_item(&mut self, kind: &str, out: &mut Vec<u8>) {
        let place = self.place();
        let id = item_id(kind, &self.id, place);
        let item = match kind {
            "message" => Value::Object(output::message(&id, "in_progress", Vec::new())),
            _ => serde_json::json!({"id": id, "type": kind, "status": "in_progress", "summary": []}),
        };
        let fields = format!("\"output_index\":{place},\"item\":{item}");
        self.send("response.output_item.added", &fields, out);
        self.open = Some(Open::new(place, id));
    }

    fn open_kind(&self) -> Option<Kind> {
        self.open.as_ref().and_then(|open| open.part.as_ref()).map(|part| part.kind)
    }

    /// More text or refusal: parts of a message.
    fn words(&mut self, kind: Kind, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        match self.open_kind() {
            Some(Kind::Thoughts) | None => {
                self.close(None, out);
                self.open_item("message", out);
                self.open_part(kind, out);
            }
            Some(open) if open != kind => {
                self.close_part(out);
                self.open_part(kind, out);
            }
            Some(_) => {}
        }
        if let Some(part) = self.open.as_mut().and_then(|open| open.part.as_mut()) {
            part.text.push_str(text);
        }
        let event = if kind == Kind::Text { "response.output_text.delta" } else { "response.refusal.delta" };
        let more = if kind == Kind::Text { ",\"logprobs\":[]" } else { "" };
        let fields = format!("{},\"delta\":{}{more}", self.whereabouts(), json_string(text));
        self.send(event, &fields, out);
    }

    /// Where the open part stands.
    fn whereabouts(&self) -> String {
        self.open.as_ref().map_or_else(String::new, Open::whereabouts)
    }

    fn open_part(&mut self, kind: Kind, out: &mut Vec<u8>) {
        if let Some(Event { name, fields }) = self.open.as_mut().map(|open| open.begin(kind)) {
            self.send(name, &fields, out);
        }
    }

    fn close_part(&mut self, out: &mut Vec<u8>) {
        let ended = self.open.as_mut().and_then(Open::end);
        for Event { name, fields } in ended.into_iter().flatten() {
            self.send(name, &fields, out);
        }
    }

    fn open_thoughts(&mut self, out: &mut Vec<u8>) {
        self.open_item("reasoning", out);
    }

    fn thoughts(&mut self, text: &str, out: &mut Vec<u8>) {
        let thinking = self.open.as_ref().is_some_and(Open::is_thoughts);
        if !thinking {
            self.close(None, out);
            self.open_thoughts(out);
        }
        if text.is_empty() {
            return;
        }
        if self.open_kind().is_none() {
            self.open_part(Kind::Thoughts, out);
        }
        if let Some(part) = self.open.as_mut().and_then(|open| open.part.as_mut()) {
            part.text.push_str(text);
        }
        let fields = format!("{},\"delta\":{}", self.whereabouts(), json_string(text));
        self.send("response.reasoning_summary_text.delta", &fields, out);
    }

    /// A seal closes the thoughts that are being written. On anything else it follows in an item of its own, which
    /// clients send back untouched.
    fn seal(&mut self, seal: &Signature, out: &mut Vec<u8>) {
        let thinking = self.open.as_ref().is_some_and(Open::is_thoughts);
        if !thinking {
            self.close(None, out);
            self.open_thoughts(out);
        }
        self.close(Some(seal), out);
    }

    /// Ends the item that is being written.
    fn close(&mut self, seal: Option<&Signature>, out: &mut Vec<u8>) {
        self.close_part(out);
        if let Some(open) = self.open.take() {
            self.item_done(open.place, Value::Object(open.item(seal)), out);
        }
    }

    fn item_done(&mut self, place: usize, item: Value, out: &mut Vec<u8>) {
        let fields = format!("\"output_index\":{place},\"item\":{item}");
        self.send("response.output_item.done", &fields, out);
        self.output.insert(place, item);
    }

    fn call(&mut self, number: u32, call_id: String, name: &str, out: &mut Vec<u8>) {
        self.close(None, out);
        let place = self.place();
        let id = item_id("function_call", &self.id, place);
        let item = Value::Object(output::call(&id, "in_progress", &call_id, name, ""));
        let fields = format!("\"output_index\":{place},\"item\":{item}");
        self.send("response.output_item.added", &fields, out);
        let call = Call { place, id, call_id, name: name.to_owned(), arguments: String::new() };
        self.calls.insert(number, call);
    }

    fn arguments(&mut self, number: u32, json: &str, out: &mut Vec<u8>) {
        let Some(call) = self.calls.get_mut(&number).filter(|_| !json.is_empty()) else { return };
        call.arguments.push_str(json);
        let (id, place) = (&call.id, call.place);
        let fields = format!("\"item_id\":\"{id}\",\"output_index\":{place},\"delta\":{}", json_string(json));
        self.send("response.function_call_arguments.delta", &fields, out);
    }

    fn close_calls(&mut self, out: &mut Vec<u8>) {
        for Call { place, id, call_id, name, arguments } in std::mem::take(&mut self.calls).into_values() {
            let arguments = if arguments.is_empty() { "{}" } else { &arguments };
            let fields = format!(
                "\"item_id\":\"{id}\",\"output_index\":{place},\"name\":{},\"arguments\":{}",
                json_string(names::split(&name).1),
                json_string(arguments)
            );
            self.send("response.function_call_arguments.done", &fields, out);
            let item = output::call(&id, "completed", &call_id, &name, arguments);
            self.item_done(place, Value::Object(item), out);
        }
    }

    /// Probabilities of tokens just sent come with an empty piece of text.
    fn logprobs(&mut self, all: &Value, out: &mut Vec<u8>) {
        let Some(all) = all.get("content").and_then(Value::as_array).filter(|all| !all.is_empty()) else {
            return;
        };
        let part = self.open.as_mut().and_then(|open| open.part.as_mut());
        let Some(part) = part.filter(|part| part.kind == Kind::Text) else { return };
        part.logprobs.extend(all.iter().cloned());
        let all = Value::Array(all.clone());
        let fields = format!("{},\"delta\":\"\",\"logprobs\":{all}", self.whereabouts());
        self.send("response.output_text.delta", &fields, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(out);
        self.close(None, out);
        self.close_calls(out);
        self.ended = true;
        let (status, incomplete) = output::status_of(self.finish.as_ref(), self.refused);
        let response = self.response(status, incomplete);
        let event = if incomplete.is_some() { "response.incomplete" } else { "response.completed" };
        self.send(event, &response, out);
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            StreamEvent::Start { id, model, created } => {
                // What is kept goes by an id that nobody else gives.
                if !id.is_empty() && self.kept.is_none() {
                    self.id.clone_from(id);
                }
                if !model.is_empty() {
                    self.model.clone_from(model);
                }
                self.created = created.unwrap_or(self.created);
                self.start(out);
            }
            StreamEvent::Delta { choice: 0, delta } => self.delta(delta, out),
            // The dialect has room for one answer.
            StreamEvent::Delta { .. } | StreamEvent::Error(_) => {}
            StreamEvent::Finish { choice, finish, .. } => {
                if *choice == 0 {
                    self.finish = Some(finish.clone());
                }
            }
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::End => self.end(out),
        }
    }
}
