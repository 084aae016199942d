//! Server-sent events as providers really send them: cut at any byte, `\n`, `\r\n` or `\r`, comments, `data:` with or
//! without a space, several data lines, no newline at the end, a byte-order mark. And, where a provider answers a
//! stream request with JSON instead, the elements of its array or the one object, each as an event.

use std::ops::Range;

/// The longest event accepted, in bytes: generated images come in one event.
pub const MAX_EVENT: usize = 32 * 1024 * 1024;

/// One event, borrowed from the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// The `event:` field; empty if there was none.
    pub name: &'a str,
    /// The data lines, joined by `\n`. Empty for a comment.
    pub data: &'a [u8],
    /// The bytes as they came, blank line included (for a JSON answer: the element alone).
    pub raw: &'a [u8],
    /// Whether it came from a JSON array or object instead of SSE.
    pub json: bool,
}

/// What a push of bytes made of the stream so far cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTooLong;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing but white space so far.
    Unknown,
    Sse,
    Json,
}

/// Cuts a byte stream into events. Feed it with [`SseDecoder::push`], then call [`SseDecoder::next_event`] until it
/// gives `None`; at the end of the body call [`SseDecoder::finish`] and drain once more.
#[derive(Debug)]
pub struct SseDecoder {
    buffer: Vec<u8>,
    /// Where the current event begins.
    start: usize,
    /// Up to where it was already searched.
    scanned: usize,
    /// Where the line that is being searched begins.
    line: usize,
    mode: Mode,
    ended: bool,
    json: JsonCut,
    /// Joined data of an event with several data lines.
    joined: Vec<u8>,
}

/// Where in a JSON answer the scan stands.
#[derive(Debug, Default)]
struct JsonCut {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Whether the outermost value is an array, whose elements are the events.
    array: bool,
    element: Option<usize>,
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl SseDecoder {
    /// A decoder at the start of a body.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            line: 0,
            mode: Mode::Unknown,
            ended: false,
            json: JsonCut { depth: 0, in_string: false, escaped: false, array: false, element: None },
            joined: Vec::new(),
        }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// If the event being read is longer than [`MAX_EVENT`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), EventTooLong> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.line -= self.start;
            self.json.element = self.json.element.map(|at| at - self.start);
            self.start = 0;
        }
        if self.buffer.len() + bytes.len() > MAX_EVENT {
            return Err(EventTooLong);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The body ended: what is left over counts as a last event.
    pub const fn finish(&mut self) {
        self.ended = true;
    }

    /// Whether bytes of an unfinished event are held.
    #[must_use]
    pub fn has_remainder(&self) -> bool {
        self.buffer[self.start..].iter().any(|b| !b.is_ascii_whitespace())
    }

    /// The next whole event (or comment), if there is one.
    pub fn next_event(&mut self) -> Option<SseEvent<'_>> {
        if self.mode == Mode::Unknown {
            self.detect_mode()?;
        }
        match self.mode {
            Mode::Json => self.next_element(),
            _ => self.next_sse(),
        }
    }

    fn detect_mode(&mut self) -> Option<()> {
        let held = &self.buffer[self.start..];
        const BOM: &[u8] = "\u{feff}".as_bytes();
        if held.len() < BOM.len() && BOM.starts_with(held) && !self.ended {
            return None;
        }
        if held.starts_with(BOM) {
            self.start += BOM.len();
        }
        let first = self.buffer[self.start..].iter().position(|b| !b.is_ascii_whitespace())?;
        let at = self.start + first;
        self.mode = if matches!(self.buffer[at], b'[' | b'{') { Mode::Json } else { Mode::Sse };
        self.json.array = self.buffer[at] == b'[';
        self.start = at;
        self.scanned = at;
        self.line = at;
        Some(())
    }

    fn next_sse(&mut self) -> Option<SseEvent<'_>> {
        let end = self.find_event_end()?;
        let range = self.start..end;
        self.start = end;
        self.scanned = end;
        self.line = end;
        Some(self.parse(range))
    }

    /// Looks for an empty line, line by line, from where the last search stopped.
    fn find_event_end(&mut self) -> Option<usize> {
        while let Some(at) = memchr::memchr2(b'\n', b'\r', &self.buffer[self.scanned..]) {
            let newline = self.scanned + at;
            let mut after = newline + 1;
            if self.buffer[newline] == b'\r' {
                match self.buffer.get(after) {
                    Some(b'\n') => after += 1,
                    Some(_) => {}
                    // The `\n` of a `\r\n` may still come.
                    None if !self.ended => {
                        self.scanned = newline;
                        return None;
                    }
                    None => {}
                }
            }
            let empty = newline == self.line;
            self.scanned = after;
            self.line = after;
            if empty {
                if newline == self.start {
                    // Blank lines between events belong to none.
                    self.start = after;
                    continue;
                }
                return Some(after);
            }
        }
        self.scanned = self.buffer.len();
        (self.ended && self.has_remainder()).then_some(self.buffer.len())
    }

    fn parse(&mut self, range: Range<usize>) -> SseEvent<'_> {
        let mut name: Range<usize> = 0..0;
        let mut data: Option<Range<usize>> = None;
        let mut joined = false;
        self.joined.clear();
        let mut at = range.start;
        while at < range.end {
            let stop =
                memchr::memchr2(b'\n', b'\r', &self.buffer[at..range.end]).map_or(range.end, |n| at + n);
            let line = &self.buffer[at..stop];
            let value = |field: usize| {
                let from = at + field;
                if self.buffer.get(from) == Some(&b' ') && from < stop { from + 1..stop } else { from..stop }
            };
            if line.starts_with(b"data:") {
                let value = value(5);
                match &data {
                    None => data = Some(value),
                    Some(first) => {
                        if !joined {
                            self.joined.extend_from_slice(&self.buffer[first.clone()]);
                            joined = true;
                        }
                        self.joined.push(b'\n');
                        self.joined.extend_from_slice(&self.buffer[value]);
                    }
                }
            } else if line.starts_with(b"event:") {
                name = value(6);
            }
            at = stop + 1;
        }
        SseEvent {
            name: std::str::from_utf8(&self.buffer[name]).unwrap_or("").trim_end(),
            data: if joined { &self.joined } else { data.map_or(&[][..], |d| &self.buffer[d]) },
            raw: &self.buffer[range],
            json: false,
        }
    }

    fn next_element(&mut self) -> Option<SseEvent<'_>> {
        while let Some(&byte) = self.buffer.get(self.scanned) {
            let at = self.scanned;
            self.scanned += 1;
            if let Some(range) = self.json.step(byte, at) {
                self.start = range.end;
                self.line = range.end;
                let raw = &self.buffer[range];
                return Some(SseEvent { name: "", data: raw, raw, json: true });
            }
        }
        if self.json.element.is_none() {
            self.start = self.scanned;
            self.line = self.scanned;
        }
        None
    }
}

impl JsonCut {
    /// Takes one byte; gives the range of an element that it completes.
    fn step(&mut self, byte: u8, at: usize) -> Option<Range<usize>> {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return None;
        }
        let outer = u32::from(self.array);
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                if self.depth == outer && (byte == b'{' || self.depth > 0) {
                    self.element = Some(at);
                }
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == outer {
                    return self.element.take().map(|from| from..at + 1);
                }
            }
            _ => {}
        }
        None
    }
}

/// Appends an event without a name.
pub fn write_data(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
}

/// Appends a named event.
pub fn write_event(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    write_data(out, data);
}

#[cfg(test)]
mod tests;
