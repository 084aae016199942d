//! Amazon's binary event stream (`application/vnd.amazon.eventstream`), both ways.
//!
//! A message is: its whole length and the length of its headers (4 bytes each, big-endian), the CRC-32 of those eight
//! bytes, the headers, the payload, and the CRC-32 of everything before it. A header is a length byte, its name, a type
//! byte and a value. Format: Amazon Transcribe's and Smithy's description of "event stream encoding".

use std::ops::Range;

use crate::frames::FrameError;
use crate::sse::{MAX_EVENT, SseEvent};

/// What the name of an event begins with if the service sent an exception or an error instead of an event; the
/// exception's type or the error's code follows.
pub const EXCEPTION: &str = "exception:";

/// Whole length, headers' length, and their checksum.
const PRELUDE: usize = 12;
/// The checksum at the end.
const TRAILER: usize = 4;

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the format's own names")]
pub enum HeaderValue<'a> {
    True,
    False,
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    /// At most 65,535 bytes; the rest is cut off when written.
    Bytes(&'a [u8]),
    /// At most 65,535 bytes; the rest is cut off when written.
    Text(&'a str),
    /// Milliseconds since 1970.
    Timestamp(i64),
    Uuid([u8; 16]),
}

/// Reads the headers of a message one after the other.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    left: &'a [u8],
}

impl<'a> Headers<'a> {
    /// The headers in these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(length)?;
        self.left = left;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length))
    }

    fn read(&mut self) -> Option<(&'a str, HeaderValue<'a>)> {
        let length = usize::from(*self.take(1)?.first()?);
        let name = std::str::from_utf8(self.take(length)?).ok()?;
        let value = match self.take(1)?.first()? {
            0 => HeaderValue::True,
            1 => HeaderValue::False,
            2 => HeaderValue::Byte(i8::from_be_bytes(self.array()?)),
            3 => HeaderValue::Short(i16::from_be_bytes(self.array()?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(self.array()?)),
            5 => HeaderValue::Long(i64::from_be_bytes(self.array()?)),
            6 => HeaderValue::Bytes(self.sized()?),
            7 => HeaderValue::Text(std::str::from_utf8(self.sized()?).ok()?),
            8 => HeaderValue::Timestamp(i64::from_be_bytes(self.array()?)),
            9 => HeaderValue::Uuid(self.array()?),
            _ => return None,
        };
        Some((name, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    /// A header, or that the rest cannot be read.
    type Item = Result<(&'a str, HeaderValue<'a>), FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.left = &[];
        }
        Some(read.ok_or(FrameError::Corrupt))
    }
}

/// Cuts a byte stream into messages, checking both checksums of each.
#[derive(Debug, Default)]
pub struct EventStreamDecoder {
    buffer: Vec<u8>,
    /// Where the next message begins.
    start: usize,
    /// The name of the message given out last.
    name: String,
    /// The payload given out last, where it stood in a header.
    told: Vec<u8>,
}

/// A message in the buffer.
struct Message {
    headers: Range<usize>,
    payload: Range<usize>,
    end: usize,
}

impl EventStreamDecoder {
    /// A decoder at the start of a body.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), start: 0, name: String::new(), told: Vec::new() }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// If the next message is broken or longer than [`MAX_EVENT`]. One behind whole messages is told of by the push
    /// after they were taken, or by [`EventStreamDecoder::left_over`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
        self.look().map(|_| ())
    }

    /// The next whole message, if there is one.
    pub fn next_event(&mut self) -> Option<SseEvent<'_>> {
        let message = self.look().ok().flatten()?;
        let raw = self.start..message.end;
        self.start = message.end;
        let from_header = self.read_name(message.headers);
        let data = if from_header { &self.told } else { &self.buffer[message.payload] };
        Some(SseEvent { name: &self.name, data, raw: &self.buffer[raw], json: false })
    }

    /// Whether the body may end here. Call it once every whole message was taken.
    ///
    /// # Errors
    /// If the body ends within a message, or with a broken one.
    pub fn left_over(&self) -> Result<(), FrameError> {
        match self.look()? {
            None if self.start < self.buffer.len() => Err(FrameError::Cut),
            _ => Ok(()),
        }
    }

    /// Finds and checks the next message. `None` if it is not whole yet.
    fn look(&self) -> Result<Option<Message>, FrameError> {
        let held = &self.buffer[self.start..];
        let Some(prelude) = held.first_chunk::<PRELUDE>() else { return Ok(None) };
        let number = |at: usize| word(prelude, at);
        if crc32fast::hash(&prelude[..8]) != number(8) {
            return Err(FrameError::Corrupt);
        }
        let (length, headers) = (number(0) as usize, number(4) as usize);
        if length > MAX_EVENT {
            return Err(FrameError::TooLong);
        }
        let payload_at = PRELUDE + headers;
        if length < payload_at + TRAILER {
            return Err(FrameError::Corrupt);
        }
        let Some(message) = held.get(..length) else { return Ok(None) };
        let (body, checksum) = message.split_at(length - TRAILER);
        let sound = crc32fast::hash(body) == word(checksum, 0)
            && Headers::new(&body[PRELUDE..payload_at]).all(|header| header.is_ok());
        if !sound {
            return Err(FrameError::Corrupt);
        }
        let at = self.start;
        Ok(Some(Message {
            headers: at + PRELUDE..at + payload_at,
            payload: at + payload_at..at + length - TRAILER,
            end: at + length,
        }))
    }

    /// Reads what kind of message it is. Gives back whether what it tells stands in a header.
    fn read_name(&mut self, headers: Range<usize>) -> bool {
        let (mut kind, mut event, mut exception, mut code, mut words) = ("event", "", "", "", "");
        for (name, value) in Headers::new(&self.buffer[headers]).flatten() {
            let HeaderValue::Text(text) = value else { continue };
            match name {
                ":message-type" => kind = text,
                ":event-type" => event = text,
                ":exception-type" => exception = text,
                ":error-code" => code = text,
                ":error-message" => words = text,
                _ => {}
            }
        }
        self.name.clear();
        if kind == "event" {
            self.name.push_str(event);
            return false;
        }
        self.name.push_str(EXCEPTION);
        self.name.push_str(if kind == "error" { code } else { exception });
        if kind == "error" {
            self.told = serde_json::json!({ "message": words }).to_string().into_bytes();
        }
        kind == "error"
    }
}

/// The big-endian number at a place that is known to be there.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk::<4>().map_or(0, |word| u32::from_be_bytes(*word))
}

/// Appends a message.
pub fn write_message(out: &mut Vec<u8>, headers: &[(&str, HeaderValue<'_>)], payload: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&[0; PRELUDE]);
    for (name, value) in headers {
        write_header(out, name, value);
    }
    let headers_length = out.len() - start - PRELUDE;
    out.extend_from_slice(payload);
    let length = out.len() - start + TRAILER;
    for (at, number) in [(0, length), (4, headers_length)] {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        out[start + at..start + at + 4].copy_from_slice(&number.to_be_bytes());
    }
    let checksum = crc32fast::hash(&out[start..start + 8]);
    out[start + 8..start + PRELUDE].copy_from_slice(&checksum.to_be_bytes());
    let checksum = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&checksum.to_be_bytes());
}

fn write_header(out: &mut Vec<u8>, name: &str, value: &HeaderValue<'_>) {
    let name = &name.as_bytes()[..name.len().min(usize::from(u8::MAX))];
    out.extend(u8::try_from(name.len()));
    out.extend_from_slice(name);
    match value {
        HeaderValue::True => out.push(0),
        HeaderValue::False => out.push(1),
        HeaderValue::Byte(n) => write_typed(out, 2, &n.to_be_bytes()),
        HeaderValue::Short(n) => write_typed(out, 3, &n.to_be_bytes()),
        HeaderValue::Integer(n) => write_typed(out, 4, &n.to_be_bytes()),
        HeaderValue::Long(n) => write_typed(out, 5, &n.to_be_bytes()),
        HeaderValue::Bytes(bytes) => write_sized(out, 6, bytes),
        HeaderValue::Text(text) => {
            let mut end = text.len().min(usize::from(u16::MAX));
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            write_sized(out, 7, &text.as_bytes()[..end]);
        }
        HeaderValue::Timestamp(n) => write_typed(out, 8, &n.to_be_bytes()),
        HeaderValue::Uuid(bytes) => write_typed(out, 9, bytes),
    }
}

fn write_typed(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
    out.push(kind);
    out.extend_from_slice(value);
}

fn write_sized(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.push(kind);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&value[..usize::from(length)]);
}

/// Appends an event with a JSON payload, its headers in the order in which Amazon sends them.
pub fn write_event(out: &mut Vec<u8>, name: &str, json: &[u8]) {
    write_json(out, ":event-type", name, "event", json);
}

/// Appends an exception with a JSON payload.
pub fn write_exception(out: &mut Vec<u8>, name: &str, json: &[u8]) {
    write_json(out, ":exception-type", name, "exception", json);
}

fn write_json(out: &mut Vec<u8>, key: &str, name: &str, kind: &str, json: &[u8]) {
    let headers = [
        (key, HeaderValue::Text(name)),
        (":content-type", HeaderValue::Text("application/json")),
        (":message-type", HeaderValue::Text(kind)),
    ];
    write_message(out, &headers, json);
}

#[cfg(test)]
mod tests;
