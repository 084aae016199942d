//! Relays a stream to a client of the same dialect, and looks at whole answers, without a tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::response::read_finish;
use super::stream_write::frame;
use super::usage::read_usage;
use crate::dialect::{Relay, Seen, StreamAsk};
use crate::sse::SseEvent;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    error: Option<IgnoredAny>,
    #[serde(borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow)]
    usage_metadata: Option<&'a RawValue>,
    prompt_feedback: Option<Feedback>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    index: Option<u32>,
    #[serde(borrow)]
    content: Option<Content<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Option<Vec<Part<'a>>>,
}

/// A part, as far as it tells whether it says something: a text does if it is not empty, anything else by being there,
/// whatever it is called. A seal alone says nothing.
struct Part<'a> {
    text: Option<&'a RawValue>,
    thought: bool,
    other: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> Visitor<'de> for Look {
            type Value = Part<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Part<'de>, M::Error> {
                let (mut part, mut sealed) = (Part { text: None, thought: false, other: false }, false);
                while let Some(Key(key)) = map.next_key()? {
                    match &*key {
                        "text" => part.text = map.next_value()?,
                        "thought" => part.thought = map.next_value::<Option<bool>>()?.unwrap_or(false),
                        "thoughtSignature" | "thought_signature" => {
                            sealed |= map.next_value::<Option<Cow<'de, str>>>()?.is_some();
                        }
                        _ => part.other |= map.next_value::<Option<IgnoredAny>>()?.is_some(),
                    }
                }
                // A part that is nothing at all is kept as what it is.
                part.other |= part.text.is_none() && !sealed;
                Ok(part)
            }
        }
        deserializer.deserialize_map(Look)
    }
}

/// A key, borrowed where it can be.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Part<'_> {
    fn is_content(&self) -> bool {
        self.text.map_or(self.other, |text| text.get() != "\"\"")
    }
}

/// The answers of a stream and whether each has ended. There are few, so a list will do.
#[derive(Default)]
struct Ends(Vec<(u32, bool)>);

impl Ends {
    fn saw(&mut self, choice: u32, ended: bool) {
        match self.0.iter_mut().find(|(c, _)| *c == choice) {
            Some(entry) => entry.1 |= ended,
            None => self.0.push((choice, ended)),
        }
    }

    fn complete(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(_, ended)| *ended)
    }
}

fn look(data: &[u8], want_text: bool, ends: &mut Ends) -> Seen {
    let mut seen = Seen::default();
    let chunk: Chunk<'_> = match serde_json::from_slice(data) {
        Ok(chunk) => chunk,
        Err(_) => {
            // An array around an error is what Google answers where it was not asked for SSE.
            if serde_json::from_slice::<Vec<IgnoredAny>>(data).is_ok() {
                seen.error = Some(super::error::read_error(200, data));
            }
            return seen;
        }
    };
    if chunk.error.is_some() {
        seen.error = Some(super::error::read_error(200, data));
        return seen;
    }
    if chunk.prompt_feedback.is_some_and(|f| f.block_reason.is_some()) {
        // A refusal is an answer too, though it says nothing.
        seen.content = true;
        ends.saw(0, true);
    }
    for (place, candidate) in (0..).zip(chunk.candidates.into_iter().flatten()) {
        ends.saw(candidate.index.unwrap_or(place), candidate.finish_reason.is_some());
        let finish = candidate.finish_reason.map(|word| read_finish(&word, false));
        seen.content |= finish.is_some_and(|finish| finish.is_answer());
        for part in candidate.content.and_then(|c| c.parts).into_iter().flatten() {
            seen.content |= part.is_content();
            if want_text
                && !part.thought
                && let Some(text) = part.text.and_then(|t| serde_json::from_str::<Cow<'_, str>>(t.get()).ok())
            {
                seen.text.push_str(&text);
            }
        }
    }
    seen.usage = chunk.usage_metadata.and_then(|usage| read_usage(usage.get()));
    seen
}

/// Looks at a whole answer.
pub(super) fn peek(body: &[u8], ask: &StreamAsk) -> Seen {
    let mut ends = Ends::default();
    let mut seen = look(body.trim_ascii(), ask.want_text, &mut ends);
    seen.end = ends.complete();
    seen
}

/// The state of a relayed stream.
pub(super) struct GeminiRelay {
    sse: bool,
    want_text: bool,
    begun: bool,
    failed: bool,
    ends: Ends,
}

impl GeminiRelay {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self { sse: ask.sse, want_text: ask.want_text, begun: false, failed: false, ends: Ends::default() }
    }
}

impl Relay for GeminiRelay {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let data = event.data.trim_ascii();
        if self.failed || data == b"[DONE]" {
            return Seen::default();
        }
        if self.sse && !event.json {
            out.extend_from_slice(event.raw);
        } else if self.sse {
            // Line ends in JSON stand only between tokens; inside `data:` they would end the line.
            let line: Vec<u8> = data.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
            frame(&mut self.begun, true, &line, out);
        } else if !data.is_empty() {
            frame(&mut self.begun, false, data, out);
        }
        if data.is_empty() {
            return Seen::default();
        }
        let seen = look(data, self.want_text, &mut self.ends);
        self.failed |= seen.error.is_some();
        seen
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Seen {
        let end = self.ends.complete() && !self.failed;
        if !self.sse && self.begun && end {
            out.push(b']');
        }
        Seen { end, ..Seen::default() }
    }
}
