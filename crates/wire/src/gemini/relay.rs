//! Relays a stream to a client of the same dialect, and looks at whole answers, without a tree.

use serde::Deserialize;
use serde::de::IgnoredAny;
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
    finish_reason: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(default)]
    thought: Option<bool>,
    function_call: Option<IgnoredAny>,
    inline_data: Option<IgnoredAny>,
    file_data: Option<IgnoredAny>,
    executable_code: Option<IgnoredAny>,
    code_execution_result: Option<IgnoredAny>,
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
            let text = part.text.map(RawValue::get).filter(|text| *text != "\"\"");
            let other = [
                &part.function_call,
                &part.inline_data,
                &part.file_data,
                &part.executable_code,
                &part.code_execution_result,
            ];
            seen.content |= text.is_some() || other.iter().any(|o| o.is_some());
            if want_text
                && part.thought != Some(true)
                && let Some(text) =
                    text.and_then(|t| serde_json::from_str::<std::borrow::Cow<'_, str>>(t).ok())
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
