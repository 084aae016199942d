//! What a request is about and how hard it is, guessed from its text in microseconds: linear heads over hashed runs of one
//! to four letters and how long the text is. Linear, because then every guess can be explained by the letters that made it, and two heads of a
//! thousand dimensions cost less than one look-up in a network.
//!
//! **Invariants:** pure; total on any text; the same for NFC and NFD, upper and lower case, one blank or many; the work is
//! bounded by the window of 1,600 letters; nothing is allocated to score.

mod explain;
mod file;
mod grams;
mod letters;
mod window;

use std::borrow::Cow;
use std::sync::LazyLock;

pub use explain::{Head, Term};
pub use file::{BadHeads, HEADS, VERSION, Weights, write};
pub use grams::{BUCKETS, Grams};
use sha2::{Digest, Sha256};

pub use crate::category::Category;

/// The model that was trained from public data and our own prompts: see `docs/profile.md` and `model/NOTICE`.
static FILE: &[u8] = include_bytes!("../model/heads.bin");

static SHIPPED: LazyLock<Result<Heads, BadHeads>> = LazyLock::new(|| Heads::read(Cow::Borrowed(FILE)));

/// What the heads say of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// How likely each category is, in the order of [`Category::ALL`]; 1 in all.
    pub categories: [f32; Category::COUNT],
    /// How likely it is that a small model fails, from 0 to 1.
    pub difficulty: f32,
}

impl Scores {
    /// The category that is the most likely.
    #[must_use]
    pub fn top(&self) -> Category {
        top(&self.categories)
    }
}

/// The most likely of all, the first of equals.
pub(crate) fn top(categories: &[f32; Category::COUNT]) -> Category {
    let mut best = Category::General;
    let mut most = f32::NEG_INFINITY;
    for (category, share) in Category::ALL.into_iter().zip(categories) {
        if *share > most {
            (best, most) = (category, *share);
        }
    }
    best
}

/// Trained heads.
#[derive(Debug)]
pub struct Heads {
    file: Cow<'static, [u8]>,
    scales: [f32; HEADS],
    biases: [f32; HEADS],
    hash: String,
}

/// Rows that are added before sixteen bits could run over: 256 × 127 < 2^15.
const CHUNK: usize = 256;

impl Heads {
    /// The heads in the binary; `None` if their file was spoilt.
    #[must_use]
    pub fn shipped() -> Option<&'static Self> {
        SHIPPED.as_ref().ok()
    }

    /// Why there are none in the binary.
    #[must_use]
    pub fn refused() -> Option<&'static BadHeads> {
        SHIPPED.as_ref().err()
    }

    /// Reads a file that [`write()`] wrote.
    ///
    /// # Errors
    /// What is wrong with it, with its hash.
    pub fn read(file: Cow<'static, [u8]>) -> Result<Self, BadHeads> {
        let file::Numbers { scales, biases } = file::read(&file)?;
        let hash = file::short(&Sha256::digest(&file));
        Ok(Self { scales, biases, hash, file })
    }

    /// The first eight bytes of the file's SHA-256, in hexadecimal: decisions name it.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What texts, read one after the other, are about and how hard they are. Any text is answered; an empty one with what
    /// is common.
    #[must_use]
    pub fn score<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Scores {
        self.weigh(&Grams::of(parts))
    }

    /// The same of what was read already.
    #[must_use]
    pub fn weigh(&self, grams: &Grams) -> Scores {
        let logits = self.logits(grams);
        let mut categories: [f32; Category::COUNT] = std::array::from_fn(|at| logits[at]);
        softmax(&mut categories);
        Scores { categories, difficulty: sigmoid(logits[Category::COUNT]) }
    }

    /// What each head adds up to, before it is made a share of one.
    #[must_use]
    pub fn logits(&self, grams: &Grams) -> [f32; HEADS] {
        let (rows, column) = self.weights();
        let mut sums = [0_i32; HEADS];
        for chunk in grams.buckets().chunks(CHUNK) {
            let mut few = [0_i16; Category::COUNT];
            let mut hard = 0_i16;
            for bucket in chunk {
                let row = rows.get(usize::from(*bucket)).unwrap_or(&[0; Category::COUNT]);
                for (sum, weight) in few.iter_mut().zip(row) {
                    *sum += i16::from(weight.cast_signed());
                }
                hard += column.get(usize::from(*bucket)).map_or(0, |weight| i16::from(weight.cast_signed()));
            }
            for (sum, few) in sums.iter_mut().zip(few.iter().chain([&hard])) {
                *sum += i32::from(*few);
            }
        }
        let each = grams.each();
        let mut logits = std::array::from_fn(|at| self.biases[at] + self.scales[at] * sums[at] as f32 * each);
        for (bucket, share) in grams.length() {
            for (at, logit) in logits.iter_mut().enumerate() {
                *logit += self.weight(bucket, at) * share;
            }
        }
        logits
    }

    /// The weights by bucket: of the categories, and of difficulty.
    fn weights(&self) -> (&[[u8; Category::COUNT]], &[u8]) {
        let start = self.file.len().saturating_sub(BUCKETS * HEADS);
        let all = self.file.get(start..).unwrap_or_default();
        let (rows, column) = all.split_at(all.len().min(BUCKETS * Category::COUNT));
        (rows.as_chunks().0, column)
    }

    /// One weight, as the file has it.
    fn weight(&self, bucket: u16, head: usize) -> f32 {
        let (rows, column) = self.weights();
        let bucket = usize::from(bucket);
        let eight = match rows.get(bucket).and_then(|row| row.get(head)) {
            Some(weight) => *weight,
            None => column.get(bucket).copied().unwrap_or_default(),
        };
        f32::from(eight.cast_signed()) * self.scales[head]
    }
}

fn softmax(values: &mut [f32]) {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut all = 0.0;
    for value in values.iter_mut() {
        *value = (*value - most).exp();
        all += *value;
    }
    for value in values {
        *value /= all;
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests;
