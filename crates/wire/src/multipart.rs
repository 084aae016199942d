//! `multipart/form-data`, cut into its parts while it arrives. Every byte comes out again, so that what is relayed is what
//! the client sent, and as long.
//!
//! It is strict where readers of forms differ from each other (line ends, doubled or encoded names, text around the
//! form): a part that a provider saw and Wye did not could name another model than the one that was allowed.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::RequestError;

/// The longest head of a part, in bytes.
const LONGEST_HEAD: usize = 8 << 10;

/// What a part says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The field it is for.
    pub name: String,
    /// The file's name, which is what makes it a file.
    pub filename: Option<String>,
    /// Its media type, without parameters and in lower case.
    pub media_type: Option<String>,
}

/// A step through a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A part begins; with the bytes from its boundary to the empty line.
    Begin(Part, Bytes),
    /// Some of its content.
    Data(Bytes),
    /// It is over. Two bytes, the end of a line, stand here.
    End,
    /// The form is over; with its last boundary. What content follows is the end of a line.
    Close(Bytes),
}

/// Cuts a form into parts.
#[derive(Debug)]
pub struct Splitter {
    /// What stands before every part but the first, without the carriage return.
    needle: Vec<u8>,
    buffer: BytesMut,
    /// Bytes before the boundary that begins here: the end of a line may stand before the first.
    lead: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Start,
    /// A boundary begins here.
    Boundary,
    /// In a part.
    Data,
    /// Behind a part, whose end was told.
    Behind,
    /// After the last boundary.
    Closed,
}

/// The boundary that a `content-type` names.
///
/// # Errors
/// If it is not that of a form.
pub fn boundary(content_type: &str) -> Result<String, RequestError> {
    let wrong = |message: &str| Err(RequestError::field("content-type", message));
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return wrong("`content-type` must be multipart/form-data, with a boundary");
    }
    let found = parameters.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    });
    let Some(found) = found else {
        return wrong("`content-type` names no boundary; let your HTTP client set it");
    };
    let plain = found.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(found);
    let fit = (1..=70).contains(&plain.len())
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b));
    if fit { Ok(plain.to_owned()) } else { wrong("the boundary in `content-type` is not one") }
}

impl Splitter {
    /// Of a form with this boundary.
    #[must_use]
    pub fn new(boundary: &str) -> Self {
        let needle = [b"\n--", boundary.as_bytes()].concat();
        Self { needle, buffer: BytesMut::new(), lead: 0, state: State::Start }
    }

    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the form is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// The next step; `None` if more must come first.
    ///
    /// # Errors
    /// If it is no form.
    pub fn step(&mut self) -> Result<Option<Piece>, RequestError> {
        loop {
            match self.state {
                State::Start => {
                    let skip = if self.buffer.starts_with(b"\r\n") { 2 } else { 0 };
                    let first = &self.needle[1..];
                    let there = &self.buffer[skip..];
                    if there.len() < first.len() && (first.starts_with(there) || self.buffer.len() < 2) {
                        return Ok(None);
                    }
                    if !there.starts_with(first) {
                        return Err(broken(
                            "the form does not begin with the boundary of its `content-type`",
                        ));
                    }
                    self.lead = skip;
                    self.state = State::Boundary;
                }
                State::Boundary => return self.begin(),
                State::Data => return self.data(),
                State::Behind => {
                    // The end of the line that belongs to the boundary was told with the part.
                    drop(self.buffer.split_to(2));
                    self.state = State::Boundary;
                    return Ok(Some(Piece::End));
                }
                State::Closed => {
                    if self.buffer.iter().any(|byte| !b"\r\n".contains(byte)) {
                        return Err(broken("something follows the form's last boundary"));
                    }
                    let data = self.buffer.split().freeze();
                    return Ok((!data.is_empty()).then_some(Piece::Data(data)));
                }
            }
        }
    }

    /// At a boundary, which is there as a whole but for what follows it.
    fn begin(&mut self) -> Result<Option<Piece>, RequestError> {
        let long = self.lead + self.needle.len() - 1;
        let Some(after) = self.buffer.get(long..long + 2) else { return Ok(None) };
        if after == b"--" {
            self.state = State::Closed;
            return Ok(Some(Piece::Close(self.buffer.split_to(long + 2).freeze())));
        }
        if after != b"\r\n" {
            return Err(broken("a boundary of the form is followed by neither a line's end nor `--`"));
        }
        let head = &self.buffer[long + 2..];
        let Some(end) = memmem::find(head, b"\r\n\r\n") else {
            if head.len() > LONGEST_HEAD {
                return Err(broken("the head of a part of the form is longer than 8 KiB"));
            }
            return Ok(None);
        };
        if end > LONGEST_HEAD {
            return Err(broken("the head of a part of the form is longer than 8 KiB"));
        }
        let part = read_head(&head[..end])?;
        let raw = self.buffer.split_to(long + 2 + end + 4).freeze();
        self.lead = 0;
        self.state = State::Data;
        Ok(Some(Piece::Begin(part, raw)))
    }

    fn data(&mut self) -> Result<Option<Piece>, RequestError> {
        let Some(at) = memmem::find(&self.buffer, &self.needle) else {
            // What may be the beginning of a boundary stays.
            let safe = self.buffer.len().saturating_sub(self.needle.len());
            let data = self.buffer.split_to(safe).freeze();
            return Ok((!data.is_empty()).then_some(Piece::Data(data)));
        };
        if at == 0 || self.buffer[at - 1] != b'\r' {
            return Err(broken("a boundary of the form stands behind a line that does not end with CR LF"));
        }
        self.state = State::Behind;
        if at > 1 {
            return Ok(Some(Piece::Data(self.buffer.split_to(at - 1).freeze())));
        }
        self.step()
    }
}

fn broken(why: &str) -> RequestError {
    RequestError::syntax(format!("the form cannot be read: {why}"))
}

/// Reads the head of a part, without the empty line.
fn read_head(head: &[u8]) -> Result<Part, RequestError> {
    let text = std::str::from_utf8(head).map_err(|_| broken("the head of a part is not UTF-8"))?;
    let mut found: Option<Part> = None;
    let mut media_type = None;
    for line in text.split("\r\n") {
        if line.contains(['\r', '\n', '\0']) || line.starts_with([' ', '\t']) {
            return Err(broken("the head of a part has a line that is not a header"));
        }
        let (key, value) = line.split_once(':').ok_or_else(|| broken("a header of a part has no colon"))?;
        // Some readers leave out the space, and would find another name than is found here.
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return Err(broken("the head of a part has a header whose name is none"));
        }
        if key.eq_ignore_ascii_case("content-disposition") {
            if found.replace(disposition(value)?).is_some() {
                return Err(broken("a part has two content-dispositions"));
            }
        } else if key.eq_ignore_ascii_case("content-type") {
            let essence = value.split(';').next().unwrap_or_default().trim();
            media_type = (!essence.is_empty()).then(|| essence.to_ascii_lowercase());
        }
    }
    let part = found.ok_or_else(|| broken("a part has no content-disposition"))?;
    Ok(Part { media_type, ..part })
}

/// Reads `form-data; name="…"; filename="…"`.
fn disposition(value: &str) -> Result<Part, RequestError> {
    let value = value.trim();
    let mut rest = match value.split_at_checked(9) {
        Some((kind, rest)) if kind.eq_ignore_ascii_case("form-data") => rest.trim_start(),
        _ => return Err(broken("a part is not form-data")),
    };
    let (mut name, mut filename) = (None, None);
    while !rest.is_empty() {
        let odd = || broken("the content-disposition of a part cannot be read");
        rest = rest.strip_prefix(';').ok_or_else(odd)?.trim_start();
        let (key, after) = rest.split_once('=').ok_or_else(odd)?;
        let text;
        if let Some(quoted) = after.strip_prefix('"') {
            let end = quoted.find('"').ok_or_else(odd)?;
            text = &quoted[..end];
            // Some readers take `\"` for the end of the name, others for a part of it.
            if text.ends_with('\\') {
                return Err(broken("a name in the form holds a quote; write %22"));
            }
            rest = quoted[end + 1..].trim_start();
        } else {
            let end = after.find(';').unwrap_or(after.len());
            text = after[..end].trim();
            rest = &after[end..];
        }
        let key = key.trim().to_ascii_lowercase();
        let slot = match key.as_str() {
            "name" => &mut name,
            "filename" | "filename*" => &mut filename,
            _ if key.starts_with("name*") => {
                return Err(broken("a part has `name*`; write its name as `name`"));
            }
            _ => continue,
        };
        if slot.replace(text.to_owned()).is_some() && key != "filename*" && key != "filename" {
            return Err(broken("a part has two names"));
        }
    }
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| broken("a part has no name"))?;
    Ok(Part { name, filename, media_type: None })
}

#[cfg(test)]
mod tests;
