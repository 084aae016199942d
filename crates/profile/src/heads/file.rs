//! The heads as a file: a head that says what it is and the SHA-256 of what follows, then scales, biases and weights.
//! A file that is cut, changed or of another version is refused by its hash, and routing goes on without it.

use std::fmt;

use sha2::{Digest, Sha256};

use super::grams::BUCKETS;
use super::table::{PILOTS, Places, SLOTS, STEPS, Table};
use crate::category::Category;

const MAGIC: [u8; 8] = *b"WYEHEADS";
/// The version of the form, and of all that turns a text into buckets.
pub const VERSION: u32 = 3;
/// Magic, version, and the hash of the rest.
const HEADER: usize = 8 + 4 + 32;
/// One head for each category, and one for difficulty.
pub const HEADS: usize = Category::COUNT + 1;
/// The last head.
pub(super) const DIFFICULTY: usize = HEADS - 1;
/// Scale and bias of each head, as `f32`.
const NUMBERS: usize = HEADS * 2 * 4;
/// Rows of the categories: a weight of each.
pub(super) const ROWS: usize = SLOTS + STEPS;
/// Bytes of a file.
const SIZE: usize = HEADER + NUMBERS + PILOTS * 2 + SLOTS + ROWS * Category::COUNT + BUCKETS;

/// A file that is not ours to use, told by what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHeads {
    /// What is wrong.
    problem: &'static str,
    /// The first eight bytes of the SHA-256 of the whole file, in hexadecimal.
    pub hash: String,
}

impl fmt::Display for BadHeads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the model of categories and difficulty (hash {}) is not used: {}", self.hash, self.problem)
    }
}

impl std::error::Error for BadHeads {}

/// What training gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Where the rows of runs are.
    pub places: Places,
    /// By category, in the order of [`Category::ALL`], then by row: of runs, then of steps of length.
    pub categories: Vec<Vec<f32>>,
    /// Of difficulty, by bucket.
    pub difficulty: Vec<f32>,
    /// By head, difficulty at the end.
    pub biases: [f32; HEADS],
}

/// The numbers of a file; its weights are read where they stand.
pub(super) struct Numbers {
    pub(super) scales: [f32; HEADS],
    pub(super) biases: [f32; HEADS],
}

/// The parts of a file whose hash was right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) table: Table<'a>,
    pub(super) rows: &'a [[u8; Category::COUNT]; ROWS],
    pub(super) column: &'a [u8; BUCKETS],
}

/// Finds the parts, as arrays: no place in them is looked up twice to see whether it is there. `None` for a file of another
/// length, which [`read`] refuses.
pub(super) fn parts(file: &[u8]) -> Option<Model<'_>> {
    let all = file.get(HEADER + NUMBERS..)?;
    let (pilots, all) = all.split_at_checked(PILOTS * 2)?;
    let (tags, all) = all.split_first_chunk()?;
    let (rows, column) = all.split_at_checked(ROWS * Category::COUNT)?;
    let table = Table { pilots: pilots.as_chunks().0.try_into().ok()?, tags };
    Some(Model { table, rows: rows.as_chunks().0.try_into().ok()?, column: column.try_into().ok()? })
}

/// Reads a file.
pub(super) fn read(file: &[u8]) -> Result<Numbers, BadHeads> {
    let bad = |problem| BadHeads { problem, hash: short(&Sha256::digest(file)) };
    let (magic, rest) = file.split_at_checked(MAGIC.len()).ok_or_else(|| bad("it is cut short"))?;
    if magic != MAGIC {
        return Err(bad("it is no such model"));
    }
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| bad("it is cut short"))?;
    match u32::from_le_bytes(*version).cmp(&VERSION) {
        std::cmp::Ordering::Less => return Err(bad("it is of an older version: train it anew")),
        std::cmp::Ordering::Greater => return Err(bad("it is of a newer version than this Wye")),
        std::cmp::Ordering::Equal => {}
    }
    let (sum, body) = rest.split_first_chunk::<32>().ok_or_else(|| bad("it is cut short"))?;
    if body.len() != SIZE - HEADER {
        return Err(bad("it has not the length it should have"));
    }
    if Sha256::digest(body)[..] != sum[..] {
        return Err(bad("it was changed after it was written"));
    }
    let mut floats = body[..NUMBERS].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let mut next = || std::array::from_fn(|_| floats.next().unwrap_or_default());
    let numbers = Numbers { scales: next(), biases: next() };
    let all = numbers.scales.iter().chain(&numbers.biases);
    if !all.copied().all(f32::is_finite) {
        return Err(bad("it holds numbers that are none"));
    }
    Ok(numbers)
}

/// The short name of a file's hash.
pub(super) fn short(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes weights as a file, each in eight bits of its head's scale. The same weights give the same bytes.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a rounded weight is within its eight bits")]
pub fn write(weights: &Weights) -> Vec<u8> {
    let none = Vec::new();
    let head = |head: usize| match head {
        DIFFICULTY => &weights.difficulty,
        category => weights.categories.get(category).unwrap_or(&none),
    };
    let scales: [f32; HEADS] = std::array::from_fn(|at| {
        let most = head(at).iter().fold(0_f32, |most, weight| most.max(weight.abs()));
        if most > 0.0 { most / 127.0 } else { 1.0 }
    });
    let eight = |at: usize, row: usize| {
        let weight = head(at).get(row).copied().unwrap_or_default();
        ((weight / scales[at]).round().clamp(-127.0, 127.0) as i8).cast_unsigned()
    };
    let mut body = Vec::with_capacity(SIZE - HEADER);
    body.extend(scales.iter().chain(&weights.biases).flat_map(|number| number.to_le_bytes()));
    body.extend(weights.places.pilots.as_flattened());
    body.extend(&weights.places.tags[..]);
    for row in 0..ROWS {
        body.extend((0..Category::COUNT).map(|at| eight(at, row)));
    }
    body.extend((0..BUCKETS).map(|bucket| eight(DIFFICULTY, bucket)));
    let mut file = Vec::with_capacity(SIZE);
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend(Sha256::digest(&body));
    file.extend(body);
    file
}
