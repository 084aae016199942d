//! A file in which batches wait for the database. Each is framed by its length and a checksum and is on the disk before
//! the next is taken; what a crash tore off at the end is left out.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::log::{Batch, Body, Entry, Window};
use crate::{Row, Value};

/// The bytes before a batch: its length and its checksum.
const HEAD: usize = 8;
/// A batch is never longer.
const MOST: u32 = 1 << 30;

/// The file.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    /// Up to where batches were given out.
    read: u64,
    end: u64,
    most: u64,
    /// The number of the last batch in it.
    last: u64,
}

impl Spool {
    /// Opens the file, and makes it if it is not there.
    pub(super) fn open(path: &Path, most: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut spool = Self { file: options.open(path)?, read: 0, end: 0, most, last: 0 };
        let mut frames = Frames::new(&spool.file)?;
        while let Some(batch) = frames.next()? {
            spool.last = batch.number;
        }
        spool.end = frames.at;
        // A torn batch was never acknowledged to anybody.
        spool.file.set_len(spool.end)?;
        Ok(spool)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.read == self.end
    }

    /// The number of the last batch in it.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Adds a batch. `false`: there is no room for it.
    pub(super) fn push(&mut self, batch: &Batch) -> io::Result<bool> {
        let room = self.most.saturating_sub(self.end);
        let Some(frame) = frame(batch).filter(|frame| frame.len() as u64 <= room) else { return Ok(false) };
        self.file.seek(SeekFrom::Start(self.end))?;
        let written = self.file.write_all(&frame).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a batch must not stand before the next one.
            self.file.set_len(self.end)?;
            return Err(error);
        }
        self.end += frame.len() as u64;
        self.last = batch.number;
        Ok(true)
    }

    /// The batch that waits longest, if any; and where the one behind it begins.
    pub(super) fn first(&mut self) -> io::Result<Option<(Batch, u64)>> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut frames = Frames::new(&self.file)?;
        frames.skip_to(self.read)?;
        if let Some(batch) = frames.next()? {
            return Ok(Some((batch, frames.at)));
        }
        // It was whole when it was written. Whoever changed it, nothing behind that place can be read any more.
        tracing::error!(
            at = self.read,
            "the spool of requests was damaged: what stood behind this place is lost"
        );
        self.written(self.end)?;
        Ok(None)
    }

    /// The batch up to there is in the database. Once all are, the file is emptied.
    pub(super) fn written(&mut self, to: u64) -> io::Result<()> {
        self.read = to;
        if self.is_empty() {
            self.file.set_len(0)?;
            (self.read, self.end) = (0, 0);
        }
        Ok(())
    }
}

/// A batch as it stands in a file; `None` if it is too long for that.
pub(super) fn frame(batch: &Batch) -> Option<Vec<u8>> {
    let payload = encode(batch);
    let length = u32::try_from(payload.len()).ok().filter(|length| *length <= MOST)?;
    let mut frame = Vec::with_capacity(payload.len() + HEAD);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&crc32fast::hash(&payload).to_be_bytes());
    frame.extend_from_slice(&payload);
    Some(frame)
}

/// The batches of a file. What a crash tore off at its end is removed.
pub(super) fn whole(path: &Path) -> io::Result<Vec<Batch>> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut frames = Frames::new(&file)?;
    let mut all = Vec::new();
    while let Some(batch) = frames.next()? {
        all.push(batch);
    }
    file.set_len(frames.at)?;
    Ok(all)
}

/// The windows in a spool, oldest first; none if there is no spool.
pub(super) fn windows(path: &Path) -> io::Result<Vec<Window>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut frames = Frames::new(&file)?;
    let mut all = Vec::new();
    while let Some(batch) = frames.next()? {
        all.extend(batch.windows);
    }
    Ok(all)
}

/// The batches of a file, up to the first that is not whole.
struct Frames<'f> {
    from: BufReader<&'f File>,
    at: u64,
}

impl<'f> Frames<'f> {
    fn new(mut file: &'f File) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { from: BufReader::new(file), at: 0 })
    }

    fn skip_to(&mut self, at: u64) -> io::Result<()> {
        self.from.seek(SeekFrom::Start(at))?;
        self.at = at;
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut head = [0; HEAD];
        if !self.fill(&mut head)? {
            return Ok(None);
        }
        let [a, b, c, d, sum @ ..] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if length > MOST {
            return Ok(None);
        }
        let mut payload = Vec::new();
        let count = (&mut self.from).take(u64::from(length)).read_to_end(&mut payload)?;
        let whole = count == length as usize && crc32fast::hash(&payload) == u32::from_be_bytes(sum);
        let Some(batch) = whole.then(|| decode(&payload)).flatten() else { return Ok(None) };
        self.at += (HEAD + count) as u64;
        Ok(Some(batch))
    }

    /// Whether there were enough bytes.
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        match self.from.read_exact(bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn encode(batch: &Batch) -> Vec<u8> {
    let mut out = batch.number.to_be_bytes().to_vec();
    batch.entries.iter().for_each(|entry| row(b'r', &entry.values(), &mut out));
    batch.bodies.iter().for_each(|body| row(b'b', &body.values(), &mut out));
    batch.windows.iter().for_each(|window| row(b'w', &window.values(), &mut out));
    out
}

fn row(kind: u8, values: &[Value], out: &mut Vec<u8>) {
    out.extend([kind, u8::try_from(values.len()).unwrap_or(u8::MAX)]);
    for value in values {
        match value {
            Value::Null => out.push(b'n'),
            Value::Int(n) => {
                out.push(b'i');
                out.extend(n.to_be_bytes());
            }
            Value::Real(n) => {
                out.push(b'f');
                out.extend(n.to_be_bytes());
            }
            Value::Text(text) => bytes(b't', text.as_bytes(), out),
            Value::Blob(blob) => bytes(b'x', blob, out),
        }
    }
}

fn bytes(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend((bytes.len() as u64).to_be_bytes());
    out.extend(bytes);
}

/// `None` if these are not the bytes of a batch.
fn decode(mut from: &[u8]) -> Option<Batch> {
    let mut batch = Batch { number: u64::from_be_bytes(array(&mut from)?), ..Batch::default() };
    while !from.is_empty() {
        let [kind, columns] = array(&mut from)?;
        let values: Option<Vec<Value>> = (0..columns).map(|_| value(&mut from)).collect();
        let row = Row(values?);
        match kind {
            b'r' => batch.entries.push(Entry::read_whole(&row).ok()?),
            b'b' => batch.bodies.push(Body::read(&row).ok()?),
            b'w' => batch.windows.extend(Window::read(&row).ok()?),
            _ => return None,
        }
    }
    Some(batch)
}

fn value(from: &mut &[u8]) -> Option<Value> {
    let [kind] = array(from)?;
    Some(match kind {
        b'n' => Value::Null,
        b'i' => Value::Int(i64::from_be_bytes(array(from)?)),
        b'f' => Value::Real(f64::from_be_bytes(array(from)?)),
        b't' | b'x' => {
            let length = usize::try_from(u64::from_be_bytes(array(from)?)).ok()?;
            let (bytes, rest) = from.split_at_checked(length)?;
            *from = rest;
            match kind {
                b't' => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
                _ => Value::Blob(bytes.to_vec()),
            }
        }
        _ => return None,
    })
}

fn array<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*bytes)
}
