//! Streams and answers that pass as they came; only what the gateway must know is read from them.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::stream_read::events;
use super::stream_write::Writer;
use super::usage::Counts;
use super::{error, finish, response};
use crate::dialect::{ReadError, Relay, Seen, StreamAsk, StreamWriter as _};
use crate::sse::{SseEvent, write_event};

/// Relays one stream.
#[derive(Debug)]
pub(super) struct Passage {
    ask: StreamAsk,
    counts: Counts,
    finished: bool,
    ended: bool,
    failed: bool,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    delta: Option<Piece<'a>>,
    #[serde(borrow, default)]
    content_block: Option<Piece<'a>>,
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    usage: Option<Counts>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    usage: Option<Counts>,
}

/// What a block or a delta may hold.
#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    thinking: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    partial_json: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    stop_reason: Option<Cow<'a, str>>,
}

impl Piece<'_> {
    fn has_content(&self) -> bool {
        let filled = |text: &Option<Cow<'_, str>>| text.as_ref().is_some_and(|text| !text.is_empty());
        filled(&self.text)
            || filled(&self.thinking)
            || filled(&self.partial_json)
            // A block of any other kind is content by being there.
            || !matches!(
                self.kind.as_deref(),
                None | Some(
                    "text" | "thinking" | "text_delta" | "thinking_delta" | "signature_delta"
                        | "input_json_delta" | "citations_delta"
                )
            )
    }
}

impl Passage {
    /// At the start of a stream.
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self { ask: ask.clone(), counts: Counts::default(), finished: false, ended: false, failed: false }
    }

    /// What an event holds; `None` if it is a whole answer.
    fn look(&mut self, event: &SseEvent<'_>) -> Option<Seen> {
        let mut seen = Seen::default();
        let Ok(read) = serde_json::from_slice::<Event<'_>>(event.data) else { return Some(seen) };
        let kind = read.kind.as_deref().unwrap_or(event.name);
        if kind == "error" || read.error.is_some() {
            seen.error = Some(error::read(200, event.data));
            return Some(seen);
        }
        match kind {
            "message" => return None,
            "message_start" => self.count(read.message.and_then(|message| message.usage), &mut seen),
            "content_block_start" => self.piece(read.content_block.as_ref(), &mut seen),
            "content_block_delta" => self.piece(read.delta.as_ref(), &mut seen),
            "message_delta" => {
                self.count(read.usage, &mut seen);
                let reason = read.delta.and_then(|delta| delta.stop_reason);
                seen.content = is_answer(reason.as_deref());
                self.finished |= reason.is_some();
            }
            "message_stop" => {
                self.ended = true;
                seen.end = true;
            }
            _ => {}
        }
        Some(seen)
    }

    fn count(&mut self, counts: Option<Counts>, seen: &mut Seen) {
        if let Some(counts) = counts {
            self.counts.update(counts);
            seen.usage = Some(self.counts.usage());
        }
    }

    fn piece(&self, piece: Option<&Piece<'_>>, seen: &mut Seen) {
        let Some(piece) = piece else { return };
        seen.content = piece.has_content();
        if let (true, Some(text)) = (self.ask.want_text, &piece.text) {
            seen.text.push_str(text);
        }
    }

    /// The provider answered a request for a stream with a whole answer: it is told as a stream.
    fn convert(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let mut seen = Seen::default();
        match response::read(event.data) {
            Ok(answer) => {
                seen = peek(event.data, &self.ask);
                let mut writer = Writer::new(&self.ask, true);
                for event in events(answer) {
                    writer.write(&event, out);
                }
                self.ended = true;
            }
            Err(ReadError::Upstream(error)) => {
                write_event(out, "error", event.data);
                seen.error = Some(*error);
            }
            // Not an answer: perhaps the events of a stream, one after the other.
            Err(ReadError::Malformed(_)) => {
                let named = serde_json::from_slice::<Event<'_>>(event.data)
                    .ok()
                    .and_then(|read| read.kind.map(Cow::into_owned));
                match named {
                    Some(kind) => {
                        seen = self.look(event).unwrap_or_default();
                        let one_line = serde_json::from_slice::<Value>(event.data)
                            .map_or_else(|_| event.data.to_vec(), |tree| tree.to_string().into_bytes());
                        write_event(out, &kind, &one_line);
                    }
                    None => seen.error = Some(error::read(502, event.data)),
                }
            }
        }
        seen
    }
}

impl Relay for Passage {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        // `[DONE]` is another dialect's end; clients of this one break on it.
        if self.ended || self.failed || event.data == b"[DONE]" {
            return Seen::default();
        }
        let looked = match event.data {
            _ if event.json => None,
            b"" => Some(Seen::default()),
            _ => self.look(event),
        };
        let Some(seen) = looked else {
            let seen = self.convert(event, out);
            self.failed |= seen.error.is_some();
            return seen;
        };
        self.failed |= seen.error.is_some();
        out.extend_from_slice(event.raw);
        // A body that ends without its last newline would run into what follows.
        if !event.raw.ends_with(b"\n") && !event.raw.ends_with(b"\r") {
            out.extend_from_slice(b"\n\n");
        }
        seen
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Seen {
        if self.finished && !self.ended {
            self.ended = true;
            write_event(out, "message_stop", b"{\"type\":\"message_stop\"}");
        }
        Seen { end: self.ended, ..Seen::default() }
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content: Vec<Piece<'a>>,
    #[serde(default)]
    usage: Option<Counts>,
    #[serde(borrow, default)]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// Looks at a whole answer.
pub(super) fn peek(body: &[u8], ask: &StreamAsk) -> Seen {
    let mut seen = Seen::default();
    let Ok(answer) = serde_json::from_slice::<Answer<'_>>(body) else { return seen };
    if answer.kind.as_deref() == Some("error") || (answer.error.is_some() && answer.content.is_empty()) {
        seen.error = Some(error::read(200, body));
        return seen;
    }
    for piece in &answer.content {
        seen.content |= piece.has_content();
        if let (true, Some(text)) = (ask.want_text, &piece.text) {
            seen.text.push_str(text);
        }
    }
    seen.usage = answer.usage.map(|counts| counts.usage());
    seen.content |= is_answer(answer.stop_reason.as_deref());
    seen.end = answer.stop_reason.is_some();
    seen
}

/// Whether a stop reason is an answer although nothing may have been said.
fn is_answer(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| finish::read(reason).is_answer())
}
