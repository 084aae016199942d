//! Why the heads said so: the letters that weighed, and how much. The heads are linear, so the terms add up to the answer.

use super::grams::{Grams, each, steps};
use super::table::{SLOTS, Seen};
use super::window::Window;
use super::{HEADS, Heads, runs};
use crate::category::Category;

/// A head: of a category, or of difficulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Head {
    /// How much a text is of a category.
    Category(Category),
    /// How hard it is.
    Difficulty,
}

impl Head {
    /// Every head, in the order of the file.
    pub fn all() -> impl Iterator<Item = Self> {
        Category::ALL.into_iter().map(Self::Category).chain([Self::Difficulty])
    }

    /// As explanations write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category(category) => category.name(),
            Self::Difficulty => "difficulty",
        }
    }

    /// Its place among [`Head::all`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Category(category) => category.index(),
            Self::Difficulty => HEADS - 1,
        }
    }
}

/// What one run of letters, a word, or two words adds to a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The letters, as they were read: lower case, composed. None at all stand for how long the text is.
    pub ngram: String,
    /// The head.
    pub head: Head,
    /// What it adds to the head's logit.
    pub weight: f32,
}

impl Heads {
    /// What each run of letters and each word of the texts adds to a head, and their length, the most telling first. The terms
    /// add up to the head's logit without its bias. Runs that share a row are named by the first of them. This allocates: it is
    /// for people, not for each request.
    #[must_use]
    pub fn explain<'a>(&self, parts: impl IntoIterator<Item = &'a str>, head: Head) -> Vec<Term> {
        let window = Window::of(parts.into_iter());
        let letters = window.letters();
        let name = |from: usize, to: usize| letters.get(from..to).into_iter().flatten().collect::<String>();
        let term = |ngram, weight| Term { ngram, head, weight };
        let Some(model) = self.model() else { return Vec::new() };
        let mut terms = Vec::new();
        let length: f32 = match head {
            Head::Category(category) => {
                let weight = |row: usize| {
                    let row = model.rows.get(row).unwrap_or(&[0; Category::COUNT]);
                    f32::from(row[category.index()].cast_signed()) * self.scales[head.index()]
                };
                let mut seen = Seen::new();
                let mut rows = Vec::new();
                runs::each(letters, |run| {
                    let found = model.table.find(run.hash);
                    if seen.new_one(found) == 1 {
                        rows.push((found.0, run.from, run.to));
                    }
                });
                let each = each(rows.len());
                terms.extend(rows.iter().map(|(row, from, to)| term(name(*from, *to), weight(*row) * each)));
                let (step, shares) = steps(letters.len());
                shares.iter().zip(SLOTS + step..).map(|(share, row)| weight(row) * share).sum()
            }
            Head::Difficulty => {
                let weight = |bucket: u16| self.hard(&model, bucket);
                let mut names = Vec::new();
                let grams = Grams::read(&window, |from, to| names.push(name(from, to)));
                let each = grams.each();
                terms.extend(
                    names.into_iter().zip(grams.buckets()).map(|(name, at)| term(name, weight(*at) * each)),
                );
                grams.length().iter().map(|(bucket, share)| weight(*bucket) * share).sum()
            }
        };
        terms.push(term(String::new(), length));
        terms.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.ngram.cmp(&b.ngram)));
        terms
    }

    /// What a head says before anything is read.
    #[must_use]
    pub const fn bias(&self, head: Head) -> f32 {
        self.biases[head.index()]
    }
}
