//! What streams and answers held, told from the IR. Also a relay for dialects without one of their own: the bytes pass as
//! they came, and the dialect's reader tells what they held.

use wye_types::chat::{BlockKind, ChatResponse};
use wye_types::event::{Delta, StreamEvent};

use crate::dialect::{Dialect, ReadError, Relay, Seen, StreamAsk, StreamReader};
use crate::sse::SseEvent;

/// A stream that is being relayed.
pub(crate) struct Watch {
    reader: Box<dyn StreamReader>,
    want_text: bool,
    events: Vec<StreamEvent>,
    over: bool,
}

impl Watch {
    pub(crate) fn new(dialect: &dyn Dialect, ask: &StreamAsk) -> Self {
        Self { reader: dialect.stream_reader(), want_text: ask.want_text, events: Vec::new(), over: false }
    }

    fn seen(&mut self) -> Seen {
        let mut seen = Seen::default();
        for event in self.events.drain(..) {
            note(&event, self.want_text, &mut seen);
        }
        self.over |= seen.end || seen.error.is_some();
        seen
    }
}

impl Relay for Watch {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        if self.over {
            return Seen::default();
        }
        out.extend_from_slice(event.raw);
        self.reader.read(event, &mut self.events);
        self.seen()
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Seen {
        self.reader.finish(&mut self.events);
        self.seen()
    }
}

/// Adds what a canonical event holds. `want_text`: [`StreamAsk::want_text`].
pub fn note(event: &StreamEvent, want_text: bool, seen: &mut Seen) {
    match event {
        StreamEvent::Delta { delta, .. } => {
            seen.content |= delta.is_content();
            if let Delta::Text(text) | Delta::Refusal(text) = delta
                && want_text
            {
                seen.text.push_str(text);
            }
        }
        StreamEvent::Finish { finish, .. } => seen.content |= finish.is_answer(),
        StreamEvent::Usage(usage) => seen.usage = Some(*usage),
        StreamEvent::Error(error) => seen.error = Some(error.clone()),
        StreamEvent::End => seen.end = true,
        StreamEvent::Start { .. } => {}
    }
}

/// Looks at a whole answer through the dialect's reader.
pub(crate) fn peek(dialect: &dyn Dialect, body: &[u8], ask: &StreamAsk) -> Seen {
    match dialect.read_response(body) {
        Ok(answer) => seen_in(&answer, ask.want_text),
        Err(ReadError::Upstream(error)) => Seen { error: Some(*error), ..Seen::default() },
        Err(ReadError::Malformed(_)) => Seen::default(),
    }
}

/// What a whole answer holds. `want_text`: [`StreamAsk::want_text`].
#[must_use]
pub fn seen_in(answer: &ChatResponse, want_text: bool) -> Seen {
    let mut seen = Seen { usage: answer.usage, ..Seen::default() };
    for choice in &answer.choices {
        seen.end |= choice.finish.is_some();
        seen.content |= choice.finish.as_ref().is_some_and(wye_types::chat::Finish::is_answer);
        for block in &choice.content {
            seen.content |= match &block.kind {
                BlockKind::Text(text) | BlockKind::Refusal(text) => {
                    if want_text {
                        seen.text.push_str(text);
                    }
                    !text.is_empty()
                }
                BlockKind::Reasoning(text) => !text.is_empty(),
                BlockKind::Media(_)
                | BlockKind::Redacted
                | BlockKind::ToolCall(_)
                | BlockKind::ToolResult(_)
                | BlockKind::Foreign(_) => true,
            };
        }
    }
    seen
}
