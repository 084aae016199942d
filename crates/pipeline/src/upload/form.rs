//! A form as far as it must be known before it can be sent on: which model it is for, and what its fields say.
//!
//! A small one is held, so that it can be sent again. A large one is relayed from its first file on while it arrives,
//! unless its model stands behind the file: then the file waits on disk.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wye_types::error::GatewayError;
use wye_types::usage::Units;
use wye_types::{Code, Kind};
use wye_wire::multipart::{Part, Piece};
use wye_wire::service::{Head, thought_ms};

use super::coming::Coming;
use super::file::{check_media, file_of, holds, wrong};
use super::spool::Spool;

/// How much of a form is held in memory, in bytes.
const HELD: u64 = 1 << 20;
/// The longest text in a field that the gateway reads itself, in bytes.
const LONGEST_WORD: usize = 512;

/// A client's form.
#[derive(Debug)]
pub struct Form {
    pub(super) boundary: String,
    pub(super) parts: Mutex<Vec<Kept>>,
    /// The file that parts lie in.
    pub(super) file: Option<Arc<File>>,
    /// What was not there yet when the call could begin.
    pub(super) rest: Mutex<Option<Coming>>,
    /// Whether there was such a rest.
    pub(super) is_live: bool,
    /// What the client said of its length.
    announced: Option<u64>,
    /// Bytes of parts that are left out, since they are written anew.
    left_out: u64,
    /// Whether its model stood in it, so that another one is one too many.
    pub(super) names_model: bool,
    pub(super) fate: Arc<Fate>,
    pub(super) head: Head,
    /// In what its answer is wanted.
    pub(super) format: Option<String>,
}

/// A part, or what of it was there.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) part: Part,
    pub(super) bytes: Vec<Lies>,
}

/// Where bytes lie.
#[derive(Debug, Clone)]
pub(super) enum Lies {
    Here(Bytes),
    InFile { at: u64, length: u64 },
}

/// What became of a form that is sent while it arrives.
#[derive(Debug, Default)]
pub(super) struct Fate {
    begun: AtomicBool,
    broken: Mutex<Option<GatewayError>>,
}

impl Fate {
    /// What came of it goes out, and can never go out again.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// It is the client's fault that it could not be sent.
    pub(super) fn break_off(&self, error: GatewayError) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(super) fn broken(&self) -> Option<GatewayError> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is known of a form before it is read.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What it is for.
    pub kind: Kind,
    /// Its boundary.
    pub boundary: String,
    /// How long the client says it is.
    pub length: Option<u64>,
    /// The model, where address or headers name it. That goes before what the form says.
    pub model: Option<String>,
}

/// A form while its beginning is read.
struct Reader {
    expected: Expected,
    parts: Vec<Kept>,
    /// The part that is being read, and its text if it is none of a file.
    text: Vec<u8>,
    spool: Option<Spool>,
    held: u64,
    left_out: u64,
    /// The model in the form itself.
    model: Option<String>,
    fields: Fields,
    has_file: bool,
}

/// What the fields say that the gateway reads itself.
#[derive(Debug, Default)]
struct Fields {
    stream: bool,
    format: Option<String>,
    user: Option<String>,
    count: Option<u64>,
    text_bytes: u64,
}

impl Form {
    /// Reads as much of a form as is needed to send it.
    ///
    /// # Errors
    /// The field that is wrong or missing; or that the form came too slowly, is too large or broke off.
    pub async fn read(mut coming: Coming, expected: Expected) -> Result<Self, GatewayError> {
        let mut reader = Reader {
            expected,
            parts: Vec::new(),
            text: Vec::new(),
            spool: None,
            held: 0,
            left_out: 0,
            model: None,
            fields: Fields::default(),
            has_file: false,
        };
        let mut live = false;
        while let Some(piece) = coming.step().await? {
            match piece {
                Piece::Begin(part, raw) => {
                    reader.begin(part, raw)?;
                    live = reader.may_go() && reader.expected.length.is_some_and(|length| length > HELD);
                }
                Piece::Data(data) => {
                    reader.data(data).await?;
                    live = reader.may_go() && reader.held > HELD;
                }
                Piece::End => reader.end()?,
                // What is behind it is the end of a line at most, which is made anew.
                Piece::Close(_) => {
                    while coming.step().await?.is_some() {}
                    break;
                }
            }
            if live {
                return reader.finish(Some(coming)).await;
            }
        }
        reader.finish(None).await
    }

    /// The model that it is for.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.head.model
    }

    /// How long it is with these bytes before it and without the parts left out of those that were kept; `None` where
    /// more may have to be left out of what is still to come.
    pub(super) fn length(&self, before: usize, kept: u64, exact: bool) -> Option<u64> {
        let before = before as u64;
        if !self.is_live {
            return Some(before + kept + self.boundary.len() as u64 + 6);
        }
        let announced = self.announced.filter(|_| exact && self.names_model)?;
        announced.checked_sub(self.left_out)?.checked_add(before)
    }
}

impl Reader {
    fn begin(&mut self, part: Part, mut raw: Bytes) -> Result<(), GatewayError> {
        self.text.clear();
        if raw.starts_with(b"\r\n") {
            // It may stand before the first boundary, but not behind what is written anew.
            raw = raw.slice(2..);
            self.left_out += 2;
        }
        if part.name == "model" && (self.model.is_some() || part.filename.is_some()) {
            return Err(wrong("model", "`model` stands in the form twice, or is a file; name one model"));
        }
        check_media(self.expected.kind, &part)?;
        self.has_file |= holds(self.expected.kind, &part);
        self.hold(raw.len())?;
        self.parts.push(Kept { part, bytes: vec![Lies::Here(raw)] });
        Ok(())
    }

    /// Whether what comes now can be sent as it comes: it is of a file, and it is known whereto.
    fn may_go(&self) -> bool {
        self.in_file() && self.spool.is_none() && (self.model.is_some() || self.expected.model.is_some())
    }

    fn in_file(&self) -> bool {
        self.parts.last().is_some_and(|kept| kept.part.filename.is_some())
    }

    async fn data(&mut self, data: Bytes) -> Result<(), GatewayError> {
        if !self.in_file() {
            self.hold(data.len())?;
            self.text.extend_from_slice(&data);
            self.keep(Lies::Here(data));
            return Ok(());
        }
        // What will not fit is laid aside from its first byte on, so that it is not held as well.
        let at_least = self.expected.length.unwrap_or(0).max(self.held + data.len() as u64);
        if at_least > HELD && !self.may_go() {
            return self.lay_aside(&data).await;
        }
        self.held += data.len() as u64;
        self.keep(Lies::Here(data));
        Ok(())
    }

    /// Counts what is held whether or not there is room.
    fn hold(&mut self, length: usize) -> Result<(), GatewayError> {
        self.held += length as u64;
        // Files are laid aside; what else is as large is no field of any API.
        if self.held > 2 * HELD {
            return Err(GatewayError::new(
                Code::CallerBodyTooLarge,
                "the form's fields that are no files are larger than 1 MiB together",
            ));
        }
        Ok(())
    }

    fn keep(&mut self, lies: Lies) {
        if let Some(kept) = self.parts.last_mut() {
            kept.bytes.push(lies);
        }
    }

    async fn lay_aside(&mut self, data: &[u8]) -> Result<(), GatewayError> {
        let failed = |error: std::io::Error| {
            let message = format!("the form cannot be kept on disk until its model is known: {error}");
            GatewayError::new(Code::GatewayInternal, message)
        };
        let spool = match &mut self.spool {
            Some(spool) => spool,
            none => none.insert(Spool::create().await.map_err(failed)?),
        };
        let at = spool.length();
        spool.write(data).await.map_err(failed)?;
        let length = data.len() as u64;
        if let Some(Lies::InFile { length: so_far, .. }) =
            self.parts.last_mut().and_then(|kept| kept.bytes.last_mut())
        {
            *so_far += length;
        } else {
            self.keep(Lies::InFile { at, length });
        }
        Ok(())
    }

    /// A part is over.
    fn end(&mut self) -> Result<(), GatewayError> {
        self.keep(Lies::Here(Bytes::from_static(b"\r\n")));
        if self.in_file() {
            return Ok(());
        }
        let Some(name) = self.parts.last().map(|kept| kept.part.name.clone()) else { return Ok(()) };
        self.fields.text_bytes += self.text.len() as u64;
        let word = || -> Result<String, GatewayError> {
            let text = std::str::from_utf8(&self.text).ok().filter(|text| text.len() <= LONGEST_WORD);
            text.map(str::to_owned).ok_or_else(|| wrong(&name, format!("`{name}` is not a short text")))
        };
        match name.as_str() {
            "model" => {
                let model = word()?;
                if model.is_empty() {
                    return Err(wrong("model", "`model` is empty; name a deployment or a route"));
                }
                self.model = Some(model);
                // It is written anew for each target.
                let left = self.parts.pop().map_or(0, |kept| kept.length());
                self.left_out += left;
            }
            "response_format" => self.fields.format = Some(word()?),
            "stream" => self.fields.stream = word()? == "true",
            "user" => self.fields.user = Some(word()?),
            "n" => {
                let count = word()?.trim().parse().ok().filter(|count| (1..=32).contains(count));
                self.fields.count =
                    Some(count.ok_or_else(|| wrong("n", "`n` must be a whole number from 1 to 32"))?);
            }
            _ => {}
        }
        Ok(())
    }

    async fn finish(self, rest: Option<Coming>) -> Result<Form, GatewayError> {
        let kind = self.expected.kind;
        if !self.has_file && rest.is_none() {
            let name = file_of(kind);
            return Err(wrong(
                name,
                format!("`{name}` is missing; send it as a part of the form, with a filename"),
            ));
        }
        let names_model = self.model.is_some();
        let Some(model) = self.expected.model.or(self.model) else {
            return Err(wrong(
                "model",
                "`model` is missing; name a deployment or a route in the form, as `?model=` or as `x-wye-model`",
            ));
        };
        let file = match self.spool {
            Some(spool) => Some(spool.finish().await.map_err(|error| {
                GatewayError::new(Code::GatewayInternal, format!("the form cannot be kept on disk: {error}"))
            })?),
            None => None,
        };
        let images = matches!(kind, Kind::ImageEdits | Kind::ImageVariations);
        // Its bytes, or the most that they may be.
        let whole = || self.parts.iter().map(Kept::length).sum();
        let most = rest.as_ref().map_or_else(whole, Coming::most);
        let bytes = self.expected.length.unwrap_or(most);
        let units = if images {
            Units { images: Some(self.fields.count.unwrap_or(1)), ..Units::default() }
        } else {
            Units { heard_ms: Some(thought_ms(bytes)), ..Units::default() }
        };
        let head = Head {
            model,
            stream: self.fields.stream,
            user: self.fields.user,
            top: wye_wire::scan::TopLevel::default(),
            text_bytes: self.fields.text_bytes,
            units,
        };
        Ok(Form {
            boundary: self.expected.boundary,
            parts: Mutex::new(self.parts),
            file,
            is_live: rest.is_some(),
            rest: Mutex::new(rest),
            announced: self.expected.length,
            left_out: self.left_out,
            names_model,
            fate: Arc::default(),
            head,
            format: self.fields.format,
        })
    }
}

impl Kept {
    /// Its bytes, with the end of the line behind it where that was there.
    pub(super) fn length(&self) -> u64 {
        let lengths = self.bytes.iter().map(|lies| match lies {
            Lies::Here(bytes) => bytes.len() as u64,
            Lies::InFile { length, .. } => *length,
        });
        lengths.sum()
    }
}
