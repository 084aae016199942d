//! How providers cut their streams into events, behind one face.

use std::fmt;

use crate::event_stream::EventStreamDecoder;
use crate::sse::{EventTooLong, SseDecoder, SseEvent};

/// How a stream is cut into events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events, a JSON array or JSON values one after another: told apart by their first bytes.
    Text,
    /// Amazon's binary messages: [`crate::event_stream`].
    EventStream,
}

/// Why a stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// An event is longer than [`crate::sse::MAX_EVENT`].
    TooLong,
    /// The bytes do not follow the framing's rules.
    Corrupt,
    /// The body ended within an event.
    Cut,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "an event of the stream is too long",
            Self::Corrupt => "the stream's framing is broken",
            Self::Cut => "the stream ended within an event",
        })
    }
}

impl From<EventTooLong> for FrameError {
    fn from(EventTooLong: EventTooLong) -> Self {
        Self::TooLong
    }
}

/// Cuts a byte stream into events. Feed it with [`Frames::push`], then call [`Frames::next_event`] until it gives
/// `None`; at the end of the body call [`Frames::finish`], drain once more and ask [`Frames::left_over`].
#[derive(Debug)]
pub enum Frames {
    /// See [`Framing::Text`].
    Text(SseDecoder),
    /// See [`Framing::EventStream`].
    EventStream(EventStreamDecoder),
}

impl Frames {
    /// A decoder at the start of a body.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        match framing {
            Framing::Text => Self::Text(SseDecoder::new()),
            Framing::EventStream => Self::EventStream(EventStreamDecoder::new()),
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// If the stream cannot be read any further.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        match self {
            Self::Text(decoder) => Ok(decoder.push(bytes)?),
            Self::EventStream(decoder) => decoder.push(bytes),
        }
    }

    /// The body ended: what is left over counts as a last event where the framing allows that.
    pub const fn finish(&mut self) {
        match self {
            Self::Text(decoder) => decoder.finish(),
            // Every message says how long it is: half a one is none, which `left_over` tells.
            Self::EventStream(_) => {}
        }
    }

    /// Whether the body may end after the events that were taken.
    ///
    /// # Errors
    /// If it ends within an event, or with a broken one. Text has no such end: what is left over is its last event.
    pub fn left_over(&self) -> Result<(), FrameError> {
        match self {
            Self::Text(_) => Ok(()),
            Self::EventStream(decoder) => decoder.left_over(),
        }
    }

    /// The next whole event (or comment), if there is one.
    pub fn next_event(&mut self) -> Option<SseEvent<'_>> {
        match self {
            Self::Text(decoder) => decoder.next_event(),
            Self::EventStream(decoder) => decoder.next_event(),
        }
    }
}
