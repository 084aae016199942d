//! Our own file: parts of known length behind a head that names the version and the hash of all of them. A file that was cut
//! off, damaged or written by another version is refused before anything of it is used.

use std::fmt;

use sha2::{Digest, Sha256};

/// What such files begin with.
const MAGIC: &[u8; 8] = b"WYE-ENC\n";
/// Of the layout; a file of another is made anew from the wheel.
const VERSION: u32 = 1;
/// Magic, version, hash.
const HEAD: usize = 8 + 4 + 32;

/// Why a file is no encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadEncoder {
    /// It is something else.
    Foreign,
    /// It was written by another version of the gateway, which this is.
    Version(u32),
    /// What it holds is not what was written.
    Damaged,
    /// It is whole, and a part of it makes no sense; names the part.
    Senseless(&'static str),
}

impl fmt::Display for BadEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("it is no encoder of ours"),
            Self::Version(version) => {
                write!(f, "it has version {version} of the layout, and this gateway reads version {VERSION}")
            }
            Self::Damaged => f.write_str("it is cut off or damaged: its hash is not that of what it holds"),
            Self::Senseless(part) => write!(f, "its {part} make no sense"),
        }
    }
}

impl std::error::Error for BadEncoder {}

/// A file that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    parts: Vec<u8>,
}

impl Writer {
    /// Adds a part, which begins where vectors like to.
    pub(crate) fn part(&mut self, bytes: &[u8]) {
        self.parts.extend((bytes.len() as u64).to_le_bytes());
        self.parts.extend(bytes);
    }

    pub(crate) fn floats(&mut self, values: &[f32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.part(&bytes);
    }

    pub(crate) fn words(&mut self, values: &[u32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.part(&bytes);
    }

    /// The file.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEAD + self.parts.len());
        file.extend(MAGIC);
        file.extend(VERSION.to_le_bytes());
        file.extend(Sha256::digest(&self.parts));
        file.extend(self.parts);
        file
    }
}

/// A file that is being read, part after part in the order in which they were written.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Looks at the head and at the hash.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, BadEncoder> {
        let rest = file.strip_prefix(MAGIC).ok_or(BadEncoder::Foreign)?;
        let (version, rest) = rest.split_first_chunk().ok_or(BadEncoder::Damaged)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(BadEncoder::Version(version));
        }
        let (hash, parts) = rest.split_first_chunk::<32>().ok_or(BadEncoder::Damaged)?;
        if Sha256::digest(parts)[..] != hash[..] {
            return Err(BadEncoder::Damaged);
        }
        Ok(Self { file, at: HEAD })
    }

    /// Where the next part stands.
    pub(crate) fn range(&mut self) -> Result<std::ops::Range<usize>, BadEncoder> {
        let length = self.file.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(BadEncoder::Damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| BadEncoder::Damaged)?;
        let start = self.at + size_of::<u64>();
        let end =
            start.checked_add(length).filter(|end| *end <= self.file.len()).ok_or(BadEncoder::Damaged)?;
        self.at = end;
        Ok(start..end)
    }

    pub(crate) fn part(&mut self) -> Result<&'a [u8], BadEncoder> {
        let range = self.range()?;
        self.file.get(range).ok_or(BadEncoder::Damaged)
    }

    pub(crate) fn floats(&mut self) -> Result<Vec<f32>, BadEncoder> {
        Ok(self.part()?.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    pub(crate) fn words(&mut self) -> Result<Vec<u32>, BadEncoder> {
        Ok(self.part()?.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_written_is_refused() {
        let mut writer = Writer::default();
        writer.part(b"abc");
        writer.floats(&[1.5, -2.0]);
        let file = writer.finish();
        let mut reader = Reader::open(&file).unwrap();
        assert_eq!((reader.part(), reader.floats()), (Ok(&b"abc"[..]), Ok(vec![1.5, -2.0])));
        assert_eq!(reader.part(), Err(BadEncoder::Damaged), "there is no more");
        for length in 0..file.len() {
            assert!(Reader::open(&file[..length]).is_err(), "{length}");
        }
        for place in 0..file.len() {
            let mut other = file.clone();
            other[place] ^= 1;
            assert!(Reader::open(&other).is_err(), "{place}");
        }
        let mut newer = file;
        newer[8] = 2;
        assert_eq!(Reader::open(&newer).unwrap_err(), BadEncoder::Version(2));
    }
}
