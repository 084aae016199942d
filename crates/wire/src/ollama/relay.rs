//! Relays a stream as it came, a line a value.

use crate::dialect::{Relay, Seen, StreamAsk};
use crate::sse::SseEvent;
use crate::watch::Watch;

/// A stream that is being relayed. The values are cut out of their lines, so the line ends are put back.
pub(super) struct Lines(Watch);

impl Lines {
    pub(super) fn new(ask: &StreamAsk) -> Self {
        Self(Watch::new(&super::Ollama, ask))
    }
}

impl Relay for Lines {
    fn relay(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        let before = out.len();
        let seen = self.0.relay(event, out);
        if event.json && out.len() > before {
            out.push(b'\n');
        }
        seen
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Seen {
        self.0.finish(out)
    }
}
