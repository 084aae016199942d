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
mod table;
mod window;

use std::borrow::Cow;
use std::sync::LazyLock;

pub use explain::{Head, Term};
use file::Model;
pub use file::{BadHeads, HEADS, VERSION, Weights, write};
pub use grams::{BUCKETS, Grams};
use grams::{bucket, buckets, each, mark, steps};
use sha2::{Digest, Sha256};
use table::Seen;
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

/// Rows that are added before sixteen bits could run over: 256 × 127 < 2^15.
const CHUNK: usize = 256;

/// Rows that wait to be added, and what was added.
struct Sums<'a> {
    rows: &'a [[u8; Category::COUNT]],
    waiting: [u32; CHUNK],
    count: usize,
    /// Added to the sums before.
    whole: usize,
    sums: [i32; Category::COUNT],
}

impl Sums<'_> {
    /// Takes a row, or none: the place is written in either case, so that the machine has no branch to guess.
    #[inline]
    fn take(&mut self, row: usize, new: usize) {
        self.waiting[self.count] = row as u32;
        self.count += new;
        if self.count == CHUNK {
            self.add();
        }
    }

    fn add(&mut self) {
        let mut few = [0_i16; Category::COUNT];
        for row in &self.waiting[..self.count] {
            let row = self.rows.get(*row as usize).unwrap_or(&[0; Category::COUNT]);
            for (sum, weight) in few.iter_mut().zip(row) {
                *sum += i16::from(weight.cast_signed());
            }
        }
        for (sum, few) in self.sums.iter_mut().zip(few) {
            *sum += i32::from(few);
        }
        self.whole += std::mem::take(&mut self.count);
    }
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
        let window = Window::of(parts.into_iter());
        let letters = window.letters();
        let model = self.model();
        let mut sums = Sums { rows: model.rows, waiting: [0; CHUNK], count: 0, whole: 0, sums: [0; _] };
        let (mut seen, mut grams) = (Seen::new(), [0; BUCKETS / 64]);
        let (mut hard, mut count) = (0, 0);
        runs::each(letters, |run| {
            if run.short {
                let bucket = usize::from(bucket(run.hash));
                let new = mark(&mut grams, bucket);
                let weight = model.column.get(bucket).map_or(0, |weight| i32::from(weight.cast_signed()));
                hard += weight * new as i32;
                count += new;
            }
            let found = model.table.find(run.hash);
            sums.take(found.0, seen.new_one(found));
        });
        sums.add();
        let ((step, shares), each_row) = (steps(letters.len()), each(sums.whole));
        let mut logits = self.biases;
        for (at, sum) in sums.sums.iter().enumerate() {
            let length = shares.iter().zip(SLOTS + step..).map(|(share, row)| {
                share * model.rows.get(row).map_or(0.0, |row| f32::from(row[at].cast_signed()))
            });
            logits[at] += self.scales[at] * (*sum as f32 * each_row + length.sum::<f32>());
        }
        let length = buckets(letters.len()).map(|(bucket, share)| self.hard(&model, bucket) * share);
        logits[file::DIFFICULTY] += self.scales[file::DIFFICULTY] * hard as f32 * each(count);
        length.iter().for_each(|length| logits[file::DIFFICULTY] += length);
        logits
    }

    fn model(&self) -> Model<'_> {
        file::parts(&self.file)
    }

    /// What a bucket weighs of difficulty.
    fn hard(&self, model: &Model<'_>, bucket: u16) -> f32 {
        let eight = model.column.get(usize::from(bucket)).copied().unwrap_or_default();
        f32::from(eight.cast_signed()) * self.scales[file::DIFFICULTY]
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
