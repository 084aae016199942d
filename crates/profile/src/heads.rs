//! What a request is about and how hard it is, guessed from its text in microseconds: linear heads over runs of one to four
//! letters, words, pairs of words and how long the text is. Linear, because then every guess can be explained by the letters
//! that made it, and costs less than one look-up in a network. The categories know the runs that are common among what they
//! were trained on, each by itself; difficulty hashes all of them.
//!
//! **Invariants:** pure; total on any text; the same for NFC and NFD, upper and lower case, one blank or many; the work is
//! bounded by the window of 1,600 letters; nothing is allocated to score.

mod explain;
mod file;
mod grams;
mod letters;
mod runs;
mod sums;
mod table;
mod window;

use std::borrow::Cow;
use std::sync::LazyLock;

pub use explain::{Head, Term};
use file::Model;
pub use file::{BadHeads, HEADS, VERSION, Weights, write};
pub use grams::{BUCKETS, Grams};
use grams::{buckets, each, steps};
use sha2::{Digest, Sha256};
use sums::Sums;
pub use table::{KNOWN, Places, Rows, Runs, SLOTS, STEPS};
use window::Window;

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
        let logits = self.logits(parts);
        let mut categories: [f32; Category::COUNT] = std::array::from_fn(|at| logits[at]);
        softmax(&mut categories);
        Scores { categories, difficulty: sigmoid(logits[file::DIFFICULTY]) }
    }

    /// What each head adds up to, before it is made a share of one.
    #[must_use]
    pub fn logits<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> [f32; HEADS] {
        let mut window = Window::new();
        let letters = window.read(parts.into_iter());
        let Some(model) = self.model() else { return self.biases };
        let sums = Sums::of(&model, letters);
        let ((step, shares), each_row) = (steps(letters.len()), each(sums.rows));
        let mut logits = self.biases;
        for (at, sum) in sums.categories.iter().enumerate() {
            let length = shares.iter().zip(SLOTS + step..).map(|(share, row)| {
                share * model.rows.get(row).map_or(0.0, |row| f32::from(row[at].cast_signed()))
            });
            logits[at] += self.scales[at] * (*sum as f32 * each_row + length.sum::<f32>());
        }
        let length = buckets(letters.len()).map(|(bucket, share)| self.hard(&model, bucket) * share);
        logits[file::DIFFICULTY] += self.scales[file::DIFFICULTY] * sums.hard as f32 * each(sums.buckets);
        length.iter().for_each(|length| logits[file::DIFFICULTY] += length);
        logits
    }

    fn model(&self) -> Option<Model<'_>> {
        file::parts(&self.file)
    }

    /// What a bucket weighs of difficulty.
    fn hard(&self, model: &Model<'_>, bucket: u16) -> f32 {
        f32::from(model.column[usize::from(bucket)].cast_signed()) * self.scales[file::DIFFICULTY]
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
