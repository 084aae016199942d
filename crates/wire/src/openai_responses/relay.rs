//! Streams and answers that pass as they came; only what the gateway must know is read from them. What an event holds is
//! told by its name; its data is read only where it may end the answer, count or say something that is wanted.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::stream_read::{Reader, is_error};
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
    over: bool,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    refusal: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    item: Option<Item<'a>>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
}

impl Passage {
    /// At the start of a stream.
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self { ask: ask.clone(), said: false, over: false }
    }

    fn look(&mut self, kind: &str, data: &[u8]) -> Seen {
        let mut seen = Seen::default();
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => self.words(data, &mut seen),
            "response.output_text.done" | "response.refusal.done" if !self.said => {
                self.words(data, &mut seen)
            }
            "response.completed"
            | "response.incomplete"
            | "response.cancelled"
            | "response.done"
            | "response.failed" => self.last(kind, data, &mut seen),
            "response.output_item.added" | "response.output_item.done" => {
                if let Ok(Event { item: Some(item), .. }) = serde_json::from_slice(data) {
                    seen.content = item.has_content(kind.ends_with("done"));
                }
            }
            _ if kind.starts_with("response.") => {
                seen.content = kind.ends_with(".delta") && !says_nothing(data)
            }
            _ => seen.error = error_in(kind, data),
        }
        self.over |= seen.end || seen.error.is_some();
        seen
    }

    fn words(&mut self, data: &[u8], seen: &mut Seen) {
        if !self.ask.want_text && says_nothing(data) {
            return;
        }
        if !self.ask.want_text {
            (self.said, seen.content) = (true, true);
            return;
        }
        let Ok(event) = serde_json::from_slice::<Event<'_>>(data) else { return };
        let delta = event.delta.and_then(|raw| serde_json::from_str::<Cow<'_, str>>(raw.get()).ok());
        if let Some(words) = delta.or(event.text).or(event.refusal) {
            seen.content = !words.is_empty();
            self.said |= seen.content;
            seen.text.push_str(&words);
        }
    }

    fn last(&self, kind: &str, data: &[u8], seen: &mut Seen) {
        let event = serde_json::from_slice::<Event<'_>>(data);
        // A body that was cut within its last event did not end.
        let whole = event.is_ok();
        let Some(raw) = event.ok().and_then(|event| event.response) else {
            seen.error = (kind == "response.failed").then(|| error::read(200, data));
            seen.end = whole && seen.error.is_none();
            return;
        };
        let body = raw.get().as_bytes();
        let whole = peek(body, &self.ask);
        if kind == "response.failed" || whole.error.is_some() {
            let read = serde_json::from_slice(body).map(|response| error::of_response(&response));
            seen.error = Some(read.unwrap_or_else(|_| error::read(200, data)));
            return;
        }
        seen.usage = whole.usage;
        seen.end = true;
        // A refusal is an answer too, though it says nothing.
        seen.content = whole.content && !self.said;
        if seen.content && self.ask.want_text {
            seen.text = whole.text;
        }
    }

    /// The provider answered a request for a stream with a whole answer: it is told as a stream.
    fn convert(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let (mut reader, mut events) = (Reader::default(), Vec::new());
        reader.read(event, &mut events);
        let mut writer = Writer::new(&self.ask, true);
        let mut seen = Seen::default();
        for event in &events {
            note(event, self.ask.want_text, &mut seen);
            writer.write(event, out);
        }
        self.over |= seen.end || seen.error.is_some();
        seen
    }
}

/// Whether a piece is empty.
fn says_nothing(data: &[u8]) -> bool {
    memchr::memmem::find(data, b"\"delta\":\"\"").is_some()
}

/// What is no event of this dialect: an error, or something that only its client knows.
fn error_in(kind: &str, data: &[u8]) -> Option<wye_types::error::UpstreamError> {
    let failed = serde_json::from_slice(data).map_or(true, |value| is_error(kind, &value));
    failed.then(|| error::read(200, data))
}

/// The type of an event. Its name tells; where there is none, its data does.
fn kind_of<'a>(event: &SseEvent<'a>) -> Cow<'a, str> {
    if event.name.starts_with("response.") || event.name == "error" {
        return Cow::Borrowed(event.name);
    }
    let kind = serde_json::from_slice::<Event<'a>>(event.data).ok().and_then(|event| event.kind);
    kind.unwrap_or(Cow::Borrowed(event.name))
}

impl Relay for Passage {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let data = event.data.trim_ascii();
        if self.over || data == b"[DONE]" {
            // Another dialect's end marker.
            return Seen::default();
        }
        if event.json {
            return self.convert(event, out);
        }
        let seen = if data.is_empty() { Seen::default() } else { self.look(&kind_of(event), data) };
        out.extend_from_slice(event.raw);
        // A body that ends without its last newline would run into what follows.
        if !event.raw.ends_with(b"\n") && !event.raw.ends_with(b"\r") {
            out.extend_from_slice(b"\n\n");
        }
        seen
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Seen {
        Seen { end: self.over, ..Seen::default() }
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
    #[serde(borrow, default)]
    incomplete_details: Option<Incomplete<'a>>,
}

#[derive(Deserialize)]
struct Incomplete<'a> {
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
}

/// An item, as far as it tells whether it says something.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content: Option<Vec<Words<'a>>>,
    #[serde(borrow, default)]
    summary: Option<Vec<Words<'a>>>,
    #[serde(borrow, default)]
    encrypted_content: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Words<'a> {
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
            all.iter().flatten().any(|words| filled(&words.text) || filled(&words.refusal))
        };
        match self.kind.as_deref() {
            Some("message") | None => done && words(&self.content),
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
    let reason = answer.incomplete_details.and_then(|details| details.reason);
    // A refusal is an answer too, though it says nothing, and so is a limit that went into hidden thoughts.
    seen.content |= working || matches!(reason.as_deref(), Some("content_filter" | "max_output_tokens"));
    seen.end = !working;
    seen
}
