//! Why the heads said so: the letters that weighed, and how much. The heads are linear, so the terms add up to the answer.

use super::grams::Grams;
use super::window::Window;
use super::{HEADS, Heads};
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

/// What one run of letters adds to a head.
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
    /// What each run of letters of the texts adds to a head, and their length, the most telling first. The terms add up to
    /// the head's logit without its bias. Runs that fall into one bucket are named by the first of them. This allocates: it is for people,
    /// not for each request.
    #[must_use]
    pub fn explain<'a>(&self, parts: impl IntoIterator<Item = &'a str>, head: Head) -> Vec<Term> {
        let window = Window::of(parts.into_iter());
        let mut names = Vec::new();
        let letters = window.letters();
        let grams = Grams::read(&window, |end, length| {
            names.push(letters.get(end - length..end).into_iter().flatten().collect::<String>());
        });
        let each = grams.each();
        let mut terms: Vec<Term> = names
            .into_iter()
            .zip(grams.buckets())
            .map(|(ngram, bucket)| Term { ngram, head, weight: self.weight(*bucket, head.index()) * each })
            .collect();
        let length =
            grams.length().iter().map(|(bucket, share)| self.weight(*bucket, head.index()) * share).sum();
        terms.push(Term { ngram: String::new(), head, weight: length });
        terms.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.ngram.cmp(&b.ngram)));
        terms
    }

    /// What a head says before anything is read.
    #[must_use]
    pub const fn bias(&self, head: Head) -> f32 {
        self.biases[head.index()]
    }
}
