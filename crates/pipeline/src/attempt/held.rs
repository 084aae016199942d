//! What of a stream is held back until it is known to be an answer: where the route looks for calls that are written as
//! text, and for JSON, the events are put together as they come, so that an answer that ends soon is looked at whole.

use wye_types::DialectId;
use wye_types::chat::ChatResponse;
use wye_types::event::{Delta, StreamEvent};
use wye_wire::assemble::Assembler;
use wye_wire::dialect;
use wye_wire::dialect::StreamReader;
use wye_wire::sse::SseEvent;

/// A stream as far as it came.
pub(super) struct Held {
    reader: Box<dyn StreamReader>,
    so_far: Assembler,
    events: Vec<StreamEvent>,
    /// It calls a tool as it should.
    pub(super) calls: bool,
}

impl Held {
    pub(super) fn new(provider: DialectId) -> Self {
        let reader = dialect(provider).stream_reader();
        Self { reader, so_far: Assembler::new(provider), events: Vec::new(), calls: false }
    }

    pub(super) fn take(&mut self, event: &SseEvent<'_>) {
        self.reader.read(event, &mut self.events);
        self.push();
    }

    /// The answer, whose stream is over.
    pub(super) fn whole(mut self) -> ChatResponse {
        self.reader.finish(&mut self.events);
        self.push();
        self.so_far.finish()
    }

    fn push(&mut self) {
        for event in self.events.drain(..) {
            self.calls |= matches!(event, StreamEvent::Delta { delta: Delta::ToolStart { .. }, .. });
            self.so_far.push(event);
        }
    }
}
