//! Streams and answers that pass as they came; only what the gateway must know is read from them. What an event holds is
//! told by its name; its data is read only where it may end the answer, count or say something that is wanted.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::items_read::read_output;
use super::kept::event_following;
use super::stream_read::{Reader, broken, is_error, tells_kind};
use super::stream_write::Writer;
use super::{error, usage};
use crate::dialect::{Relay, Seen, StreamAsk, StreamReader, StreamWriter};
use crate::sse::SseEvent;
use crate::watch::note;

/// Relays one stream.
#[derive(Debug)]
pub(super) struct Passage {
    ask: StreamAsk,
    /// Whether a piece of text came; some servers tell it only when it is whole.
    said: bool,
    ended: bool,
    failed: bool,
    /// Set if the provider answers with JSON, which the client is told as a stream.
    converted: Option<Box<(Reader, Writer)>>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refusal: Option<&'a RawValue>,
    #[serde(borrow, default)]
    item: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
}

impl Passage {
    /// At the start of a stream.
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self { ask: ask.clone(), said: false, ended: false, failed: false, converted: None }
    }

    fn look(&mut self, kind: &str, data: &[u8]) -> Seen {
        let mut seen = Seen::default();
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.words(data, |event| event.delta, &mut seen);
            }
            "response.output_text.done" if !self.said => self.words(data, |event| event.text, &mut seen),
            "response.refusal.done" if !self.said => self.words(data, |event| event.refusal, &mut seen),
            "response.completed"
            | "response.incomplete"
            | "response.cancelled"
            | "response.done"
            | "response.failed" => self.last(kind, data, &mut seen),
            "response.output_item.added" | "response.output_item.done" => {
                self.item(data, kind.ends_with("done"), &mut seen);
            }
            "response.reasoning_summary_text.done" | "response.reasoning_text.done" => seen.content = true,
            _ if kind.starts_with("response.") => {
                seen.content = kind.ends_with(".delta") && !says_nothing(data);
            }
            _ => seen.error = error_in(kind, data),
        }
        self.ended |= seen.end;
        self.failed |= seen.error.is_some();
        seen
    }

    fn words(&mut self, data: &[u8], of: fn(Event<'_>) -> Option<&RawValue>, seen: &mut Seen) {
        // The usual piece is not parsed for its words where nobody asks for them.
        if !self.ask.want_text && memchr::memmem::find(data, b"\"delta\":\"").is_some() {
            seen.content = !says_nothing(data);
            self.said |= seen.content;
            return;
        }
        let raw = serde_json::from_slice::<Event<'_>>(data).ok().and_then(of);
        if let Some(words) = raw.and_then(|raw| serde_json::from_str::<Cow<'_, str>>(raw.get()).ok()) {
            seen.content = !words.is_empty();
            self.said |= seen.content;
            if self.ask.want_text {
                seen.text.push_str(&words);
            }
        }
    }

    fn item(&mut self, data: &[u8], done: bool, seen: &mut Seen) {
        let raw = serde_json::from_slice::<Event<'_>>(data).ok().and_then(|event| event.item);
        let Some(raw) = raw else { return };
        seen.content =
            serde_json::from_str::<Item<'_>>(raw.get()).map_or(true, |item| item.has_content(done));
        if done && !self.said && self.ask.want_text {
            text_of(std::slice::from_ref(&raw), &mut seen.text);
            self.said = !seen.text.is_empty();
        }
    }

    fn last(&self, kind: &str, data: &[u8], seen: &mut Seen) {
        let event = match serde_json::from_slice::<Event<'_>>(data) {
            Ok(event) => event,
            // A body that was cut within its last event did not end.
            Err(_) => {
                seen.error = (kind == "response.failed").then(|| error::read(200, data));
                return;
            }
        };
        let body = event.response.map_or(data, |raw| raw.get().as_bytes());
        let whole = peek(body, &StreamAsk { want_text: false, ..self.ask.clone() });
        if kind == "response.failed" || whole.error.is_some() {
            let read = serde_json::from_slice(body).map(|response| error::of_response(&response));
            seen.error = Some(read.unwrap_or_else(|e| broken(&e)));
            return;
        }
        seen.usage = whole.usage;
        seen.end = true;
        // Being cut short is an answer too, though it may say nothing.
        seen.content = whole.content || kind == "response.incomplete";
        if !self.said && self.ask.want_text {
            let all = serde_json::from_slice::<Outputs<'_>>(body).ok().and_then(|all| all.output);
            text_of(&all.unwrap_or_default(), &mut seen.text);
        }
    }

    /// The provider answered a request for a stream with JSON: it is told as a stream.
    fn convert(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let (reader, writer) = &mut **self
            .converted
            .get_or_insert_with(|| Box::new((Reader::default(), Writer::new(&self.ask, true))));
        let (mut events, mut seen) = (Vec::new(), Seen::default());
        reader.read(event, &mut events);
        for event in &events {
            note(event, self.ask.want_text, &mut seen);
            writer.write(event, out);
        }
        self.ended |= seen.end;
        self.failed |= seen.error.is_some();
        seen
    }
}

#[derive(Deserialize)]
struct Outputs<'a> {
    #[serde(borrow, default)]
    output: Option<Vec<&'a RawValue>>,
}

/// The text that items say.
fn text_of(items: &[&RawValue], out: &mut String) {
    let mut content = Vec::new();
    for item in items {
        let Ok(item) = serde_json::from_str::<Value>(item.get()) else { continue };
        // An item that cannot be read says nothing.
        let _ = read_output(item, "item", "", &mut content);
    }
    for block in &content {
        if let wye_types::chat::BlockKind::Text(text) | wye_types::chat::BlockKind::Refusal(text) =
            &block.kind
        {
            out.push_str(text);
        }
    }
}

/// Whether a piece is empty.
fn says_nothing(data: &[u8]) -> bool {
    memchr::memmem::find(data, b"\"delta\":\"\"").is_some()
}

/// What is no event of this dialect: an error, or something that only its client knows.
fn error_in(kind: &str, data: &[u8]) -> Option<wye_types::error::UpstreamError> {
    match serde_json::from_slice(data) {
        Ok(value) => is_error(kind, &value).then(|| error::read(200, data)),
        Err(e) => Some(broken(&e)),
    }
}

/// The type of an event. Its name tells; where there is none, its data does.
fn kind_of<'a>(event: &SseEvent<'a>) -> Cow<'a, str> {
    if tells_kind(event.name) {
        return Cow::Borrowed(event.name);
    }
    let kind = serde_json::from_slice::<Kind<'a>>(event.data).ok().and_then(|event| event.kind);
    kind.unwrap_or(Cow::Borrowed(event.name))
}

impl Relay for Passage {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let data = event.data.trim_ascii();
        if self.ended || self.failed || data == b"[DONE]" {
            // Another dialect's end marker.
            return Seen::default();
        }
        if event.json {
            return self.convert(event, out);
        }
        let kind = kind_of(event);
        let seen = if data.is_empty() { Seen::default() } else { self.look(&kind, data) };
        let previous = self.ask.kept.as_ref().and_then(|kept| kept.previous.as_deref());
        if let Some(data) = previous.and_then(|previous| event_following(data, previous)) {
            for part in [b"event: ", kind.as_bytes(), b"\ndata: ", &data, b"\n\n"] {
                out.extend_from_slice(part);
            }
            return seen;
        }
        out.extend_from_slice(event.raw);
        // A body that ends without its last newline would run into what follows.
        if !event.raw.ends_with(b"\n") && !event.raw.ends_with(b"\r") {
            out.extend_from_slice(b"\n\n");
        }
        seen
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Seen {
        Seen { end: self.ended && !self.failed, ..Seen::default() }
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    output: Option<Vec<Item<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
}

/// An item, as far as it tells whether it says something.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    role: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<Vec<Words<'a>>>,
    #[serde(borrow, default)]
    summary: Option<Vec<Words<'a>>>,
    #[serde(borrow, default)]
    encrypted_content: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Words<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    refusal: Option<Cow<'a, str>>,
}

impl Item<'_> {
    /// `done`: the item is complete, so that what it holds counts; otherwise only that it is there.
    fn has_content(&self, done: bool) -> bool {
        let filled = |text: &Option<Cow<'_, str>>| text.as_ref().is_some_and(|text| !text.is_empty());
        let words = |all: &Option<Vec<Words<'_>>>| {
            // A part of a kind that nobody knows is content by being there, like an item.
            let odd = |kind: &str| !kind.ends_with("text") && kind != "refusal";
            let says = |words: &Words<'_>| filled(&words.text) || filled(&words.refusal);
            all.iter().flatten().any(|words| says(words) || words.kind.as_deref().is_some_and(odd))
        };
        match self.kind.as_deref() {
            Some("message") => done && words(&self.content),
            None => done && (self.role.is_none() || words(&self.content)),
            Some("reasoning") => {
                done && (words(&self.content) || words(&self.summary) || filled(&self.encrypted_content))
            }
            // An item of any other kind is content by being there.
            Some(_) => true,
        }
    }
}

/// Looks at a whole answer.
pub(super) fn peek(body: &[u8], ask: &StreamAsk) -> Seen {
    let Ok(answer) = serde_json::from_slice::<Answer<'_>>(body) else {
        return crate::watch::peek(&super::OpenAiResponses, body, ask);
    };
    let status = answer.status.as_deref();
    let failed = status == Some("failed") || answer.error.is_some();
    let Some(items) = answer.output.filter(|_| !failed) else {
        return crate::watch::peek(&super::OpenAiResponses, body, ask);
    };
    let mut seen = Seen::default();
    for item in &items {
        seen.content |= item.has_content(true);
        if ask.want_text && item.kind.as_deref().is_none_or(|kind| kind == "message") {
            for words in item.content.iter().flatten() {
                [&words.text, &words.refusal].into_iter().flatten().for_each(|text| seen.text.push_str(text));
            }
        }
    }
    seen.usage = answer.usage.and_then(|raw| usage::read(raw.get().as_bytes()));
    // Work in the background is answered by its receipt.
    let working = matches!(status, Some("queued" | "in_progress"));
    // Being cut short is an answer too, though it may say nothing.
    seen.content |= working || status == Some("incomplete");
    seen.end = !working;
    seen
}
