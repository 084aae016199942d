//! Relays streams and answers whose provider and client both speak this dialect, looking at them on the way.
//!
//! Values stay raw JSON: whether one holds something is seen from its bytes, and text is read only where wanted.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;
use wye_types::Usage;

use super::chunk::{Choice, Chunk};
use super::likeness::Likeness;
use super::stream_read::broken;
use super::{OpenAiChat, error, usage};
use crate::dialect::{Dialect, ReadError, Relay, Seen, StreamAsk};
use crate::sse::SseEvent;
use crate::watch::note;
use wye_types::event::StreamEvent;

/// What one chunk or answer held.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) seen: Seen,
    /// An answer ended.
    pub(crate) finished: bool,
    /// No choices, only counts.
    pub(crate) usage_only: bool,
    /// Nothing but content was seen, and here stands its text.
    pub(crate) text: Option<Range<usize>>,
}

/// Looks at one chunk (or whole answer): its bytes, the event's name, whether text is wanted.
pub(crate) type Look = fn(&[u8], &str, bool) -> Looked;

/// What does not look like a chunk: the tolerant path decides whether it is an error.
pub(crate) fn look_at_odd(data: &[u8], name: &str) -> Looked {
    let error = match serde_json::from_slice::<serde_json::Value>(data) {
        Ok(value) => error::in_chunk(&value, name).then(|| error::read(200, data)),
        // Its words are part of an answer and say nothing of the fault.
        Err(e) => Some(broken(&e)),
    };
    Looked { seen: Seen { error, ..Seen::default() }, ..Looked::default() }
}

fn look(data: &[u8], name: &str, want_text: bool) -> Looked {
    let mut seen = Seen::default();
    let (mut finished, mut usage_only) = (false, false);
    let Ok(chunk) = Chunk::read(data) else { return look_at_odd(data, name) };
    let said = |raw: Option<&str>| raw.is_some_and(|raw| !matches!(raw, "\"\"" | "{}"));
    let odd = chunk.choices.is_none() && (chunk.detail.is_some() || chunk.object == Some("\"error\""));
    if said(chunk.error) || odd || name == "error" {
        seen.error = Some(error::read(200, data));
    }
    seen.usage = chunk.counts().or_else(|| groq_usage(chunk.x_groq));
    if let Some(choices) = &chunk.choices {
        usage_only = choices.is_empty() && seen.usage.is_some();
        for choice in choices {
            if let Some(piece) = &choice.delta {
                seen.content |= piece.has_content();
                if want_text {
                    piece.text(&mut seen.text);
                }
            }
            let word = choice.finish_reason.map(|raw| raw.trim_matches('"')).filter(|word| !word.is_empty());
            finished |= word.is_some();
            // A refusal is an answer too, though it says nothing, and so is a limit that went into hidden thoughts.
            seen.content |= matches!(word, Some("content_filter" | "length"));
            if seen.error.is_none()
                && (choice.error.is_some() || matches!(word, Some("error" | "network_error")))
            {
                seen.error = error_of_choice(choice, word);
            }
        }
    }
    let plain = seen.content && seen.error.is_none() && seen.usage.is_none() && !finished && !usage_only;
    let text = if plain && name.is_empty() { chunk.text_in(data) } else { None };
    Looked { seen, finished, usage_only, text }
}

fn error_of_choice(choice: &Choice<'_>, word: Option<&str>) -> Option<wye_types::error::UpstreamError> {
    let mut fields = wye_types::Map::new();
    if let Some(raw) = choice.error {
        fields.insert("error".into(), serde_json::from_str(raw).unwrap_or_default());
    }
    error::of_choice(&fields, word)
}

fn groq_usage(raw: Option<&str>) -> Option<Usage> {
    #[derive(Deserialize)]
    struct Groq<'a> {
        #[serde(borrow, default)]
        usage: Option<&'a RawValue>,
    }
    let groq: Groq<'_> = serde_json::from_str(raw?).ok()?;
    usage::read(groq.usage?.get().as_bytes())
}

/// Looks at a whole answer.
pub(super) fn peek(body: &[u8], ask: &StreamAsk) -> Seen {
    peek_with(&OpenAiChat, look, body, ask)
}

/// Looks at a whole answer of a dialect in the way given.
pub(crate) fn peek_with(dialect: &dyn Dialect, look: Look, body: &[u8], ask: &StreamAsk) -> Seen {
    let looked = look(body, "", ask.want_text);
    let mut seen = Seen { end: looked.finished, ..looked.seen };
    if seen.error.is_none() && !seen.content && !seen.end && seen.usage.is_none() {
        // Nothing of an answer: the reader knows the shapes that errors come in.
        if let Err(ReadError::Upstream(error)) = dialect.read_response(body) {
            seen.error = Some(*error);
        }
    }
    seen
}

/// A stream of one of OpenAI's dialects that is being relayed.
pub(crate) struct Relayed {
    dialect: &'static dyn Dialect,
    look: Look,
    ask: StreamAsk,
    finished: bool,
    done: bool,
    failed: bool,
    /// The last chunk with nothing but content.
    like: Likeness,
}

impl Relayed {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self::with(&OpenAiChat, look, ask)
    }

    /// For a dialect whose streams end and report usage as this one's do.
    pub(crate) fn with(dialect: &'static dyn Dialect, look: Look, ask: &StreamAsk) -> Self {
        Self {
            dialect,
            look,
            ask: ask.clone(),
            finished: false,
            done: false,
            failed: false,
            like: Likeness::default(),
        }
    }

    /// The provider answered with JSON; the client waits for a stream.
    fn convert(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let mut events = Vec::new();
        self.dialect.stream_reader().read(event, &mut events);
        let mut writer = self.dialect.stream_writer(&self.ask);
        let mut seen = Seen::default();
        for event in &events {
            note(event, self.ask.want_text, &mut seen);
            self.finished |= matches!(event, StreamEvent::Finish { .. });
            writer.write(event, out);
        }
        self.done |= seen.end;
        self.failed |= seen.error.is_some();
        seen
    }
}

/// Passes an event on; the last one of a body may lack the blank line that ends it.
fn pass(raw: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(raw);
    if raw.ends_with(b"\n\n") || raw.ends_with(b"\r\n\r\n") || raw.ends_with(b"\r\r") {
        return;
    }
    out.extend_from_slice(if raw.ends_with(b"\n") || raw.ends_with(b"\r") { b"\n" } else { b"\n\n" });
}

impl Relay for Relayed {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        if self.done || self.failed {
            return Seen::default();
        }
        let data = event.data.trim_ascii();
        if data.is_empty() {
            pass(event.raw, out);
            return Seen::default();
        }
        if data == b"[DONE]" {
            self.done = true;
            pass(event.raw, out);
            return Seen { end: true, ..Seen::default() };
        }
        if event.json {
            return self.convert(event, out);
        }
        let plain = event.name.is_empty() && !self.ask.want_text;
        if plain && self.like.holds(data) {
            pass(event.raw, out);
            return Seen { content: true, ..Seen::default() };
        }
        let looked = (self.look)(data, event.name, self.ask.want_text);
        if let Some(text) = looked.text.filter(|_| plain) {
            self.like.keep(data, text);
        }
        self.finished |= looked.finished;
        self.failed = looked.seen.error.is_some();
        if !looked.usage_only || self.ask.include_usage {
            pass(event.raw, out);
        }
        looked.seen
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Seen {
        if self.finished && !self.done && !self.failed {
            self.done = true;
            out.extend_from_slice(b"data: [DONE]\n\n");
        }
        Seen { end: self.done && !self.failed, ..Seen::default() }
    }
}
