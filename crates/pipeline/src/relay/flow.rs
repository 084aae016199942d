//! From a provider's events to the client's bytes: relayed as they came, or through the IR.

use wye_types::error::GatewayError;
use wye_types::event::{Delta, StreamEvent};
use wye_types::reply::ErrorReply;
use wye_types::{DialectId, RequestId};
use wye_wire::dialect;
use wye_wire::dialect::{Relay, Seen, StreamAsk, StreamAt, StreamReader, StreamWriter};
use wye_wire::names::NameMap;
use wye_wire::sse::SseEvent;
use wye_wire::watch::note;

/// The way of one stream.
pub(crate) enum Flow {
    /// Client and provider speak the same dialect.
    Relay(Box<dyn Relay>),
    /// Through the IR.
    Translate(Box<Translation>),
}

pub(crate) struct Translation {
    reader: Box<dyn StreamReader>,
    writer: Box<dyn StreamWriter>,
    names: NameMap,
    want_text: bool,
    events: Vec<StreamEvent>,
}

impl Flow {
    pub(crate) fn new(
        client: DialectId,
        provider: DialectId,
        relay: bool,
        names: NameMap,
        ask: &StreamAsk,
    ) -> Self {
        if relay {
            return Self::Relay(dialect(client).relay(ask));
        }
        Self::Translate(Box::new(Translation {
            reader: dialect(provider).stream_reader(),
            writer: dialect(client).stream_writer(ask),
            names,
            want_text: ask.want_text,
            events: Vec::new(),
        }))
    }

    /// Takes one event of the provider's.
    pub(crate) fn feed(&mut self, event: &SseEvent<'_>, out: &mut Vec<u8>) -> Seen {
        match self {
            Self::Relay(relay) => relay.relay(event, out),
            Self::Translate(way) => {
                way.reader.read(event, &mut way.events);
                way.drain(out)
            }
        }
    }

    /// The provider's body ended.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Seen {
        match self {
            Self::Relay(relay) => relay.finish(out),
            Self::Translate(way) => {
                way.reader.finish(&mut way.events);
                way.drain(out)
            }
        }
    }
}

impl Translation {
    fn drain(&mut self, out: &mut Vec<u8>) -> Seen {
        let mut seen = Seen::default();
        for mut event in self.events.drain(..) {
            note(&event, self.want_text, &mut seen);
            if let StreamEvent::Delta { delta: Delta::ToolStart { name, .. }, .. } = &mut event
                && !self.names.is_empty()
            {
                *name = self.names.original(name).into_owned();
            }
            self.writer.write(&event, out);
        }
        seen
    }
}

/// An error as the last event of a stream that has begun.
pub(crate) fn stream_error(client: DialectId, error: &GatewayError, id: RequestId, at: StreamAt) -> Vec<u8> {
    dialect(client).write_stream_error(&ErrorReply::new(error, &id.to_string()), at)
}
