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
    /// `None`: the events are kept for the writer of the stream that this one goes on with.
    writer: Option<Box<dyn StreamWriter>>,
    kept: Vec<StreamEvent>,
    names: NameMap,
    want_text: bool,
    events: Vec<StreamEvent>,
    /// Nothing came but text, and no end of it.
    text_so_far: bool,
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
        let writer = dialect(client).stream_writer(ask);
        Self::Translate(Box::new(Translation {
            writer: Some(writer),
            ..Translation::new(provider, names, ask.want_text)
        }))
    }

    /// The way of a stream that goes on with another.
    pub(crate) fn behind(provider: DialectId, names: NameMap) -> Self {
        Self::Translate(Box::new(Translation::new(provider, names, true)))
    }

    /// Whether another stream can go on with it.
    pub(crate) fn is_text_so_far(&self) -> bool {
        matches!(self, Self::Translate(way) if way.text_so_far)
    }

    /// Goes on with another stream, whose writer writes this one from now on.
    pub(crate) fn goes_on(&mut self, before: Self, out: &mut Vec<u8>) {
        let (Self::Translate(way), Self::Translate(before)) = (self, before) else { return };
        way.writer = before.writer;
        for event in std::mem::take(&mut way.kept) {
            if let Some(writer) = &mut way.writer {
                writer.write(&event, out);
            }
        }
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
    fn new(provider: DialectId, names: NameMap, want_text: bool) -> Self {
        let (reader, events, kept) = (dialect(provider).stream_reader(), Vec::new(), Vec::new());
        Self { reader, writer: None, kept, names, want_text, events, text_so_far: true }
    }

    fn drain(&mut self, out: &mut Vec<u8>) -> Seen {
        let mut seen = Seen::default();
        for mut event in self.events.drain(..) {
            note(&event, self.want_text, &mut seen);
            if let StreamEvent::Delta { delta: Delta::ToolStart { name, .. }, .. } = &mut event
                && !self.names.is_empty()
            {
                *name = self.names.original(name).into_owned();
            }
            self.text_so_far &= match &event {
                StreamEvent::Start { .. } | StreamEvent::Usage(_) | StreamEvent::Error(_) => true,
                StreamEvent::Delta { delta, .. } => matches!(delta, Delta::Text(_) | Delta::Logprobs(_)),
                StreamEvent::Finish { .. } | StreamEvent::End => false,
            };
            match &mut self.writer {
                Some(writer) => writer.write(&event, out),
                // The answer has begun already.
                None if matches!(event, StreamEvent::Start { .. }) => {}
                None => self.kept.push(event),
            }
        }
        seen
    }
}

/// An error as the last event of a stream that has begun.
pub(crate) fn stream_error(client: DialectId, error: &GatewayError, id: RequestId, at: StreamAt) -> Vec<u8> {
    dialect(client).write_stream_error(&ErrorReply::new(error, &id.to_string()), at)
}
