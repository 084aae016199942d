//! What kind of request a vector is of: one linear head for each category, over the encoder's vectors and no others. Trained by
//! `bench/train/src/bin/train-meaning.rs` from our own prompts and the six classes; it is 8 KB, and told apart from another by
//! its hash like the encoder's file.

use std::sync::LazyLock;

use crate::encoder::{DIMS, NAME};
use crate::file::{BadEncoder, Reader, Writer};

/// The categories, in the order of the probabilities; by these names the profile, routes and grades know them.
pub const CATEGORIES: [&str; 16] = [
    "code",
    "thai",
    "tools",
    "vision",
    "math",
    "reasoning",
    "extraction",
    "classification",
    "comprehension",
    "instruction",
    "json",
    "safety",
    "creative",
    "translation",
    "knowledge",
    "general",
];

/// The head that is part of the gateway.
static FILE: &[u8] = include_bytes!("../model/categories.bin");
static SHIPPED: LazyLock<Result<Head, BadEncoder>> = LazyLock::new(|| Head::read(FILE));

/// Of a long text its beginning and its end are looked at, in characters, as the profile does.
const FIRST: usize = 1_200;
const LAST: usize = 400;

/// What of a text decides its category.
#[must_use]
pub fn window(text: &str) -> String {
    let place = |at: usize| text.char_indices().nth(at).map(|(place, _)| place);
    let Some(end) = place(FIRST).filter(|_| place(FIRST + LAST).is_some()) else {
        return text.to_lowercase();
    };
    let start = text.char_indices().nth_back(LAST - 1).map_or(end, |(place, _)| place);
    format!("{} {}", &text[..end], &text[start..]).to_lowercase()
}

/// Linear heads in eight bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    weights: Vec<[i8; DIMS]>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Head {
    /// The head in the binary; `None` if its file was spoilt.
    #[must_use]
    pub fn shipped() -> Option<&'static Self> {
        SHIPPED.as_ref().ok()
    }

    /// Of weights and a bias for each category, rounded to eight bits.
    #[must_use]
    pub fn of(weights: &[[f32; DIMS]; CATEGORIES.len()], biases: &[f32; CATEGORIES.len()]) -> Self {
        let most =
            |row: &[f32; DIMS]| row.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let scales: Vec<f32> = weights.iter().map(|row| most(row) / 127.0).collect();
        #[expect(clippy::cast_possible_truncation, reason = "the greatest is 127")]
        let steps = |(row, scale): (&[f32; DIMS], &f32)| row.map(|value| (value / scale).round() as i8);
        let weights = weights.iter().zip(&scales).map(steps).collect();
        Self { weights, scales, biases: biases.to_vec() }
    }

    /// The file that [`Self::read`] reads.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.part(NAME.as_bytes());
        writer.part(CATEGORIES.join("\n").as_bytes());
        let weights: Vec<u8> = self.weights.as_flattened().iter().map(|step| step.cast_unsigned()).collect();
        writer.part(&weights);
        writer.floats(&self.scales);
        writer.floats(&self.biases);
        writer.finish()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is none, is not whole, or is of another encoder or of other categories.
    pub fn read(file: &[u8]) -> Result<Self, BadEncoder> {
        let senseless = BadEncoder::Senseless("categories");
        let mut reader = Reader::open(file)?;
        if reader.part()? != NAME.as_bytes() || reader.part()? != CATEGORIES.join("\n").as_bytes() {
            return Err(senseless);
        }
        let steps = reader.part()?.as_chunks::<DIMS>().0.iter().map(|row| row.map(u8::cast_signed)).collect();
        let head = Self { weights: steps, scales: reader.floats()?, biases: reader.floats()? };
        let whole = [head.weights.len(), head.scales.len(), head.biases.len()] == [CATEGORIES.len(); 3];
        let finite = head.scales.iter().chain(&head.biases).all(|value| value.is_finite());
        if whole && finite { Ok(head) } else { Err(senseless) }
    }

    /// How likely each category is, in the order of [`CATEGORIES`]; 1 in all. `None` where the vector is not one of the
    /// encoder's.
    #[must_use]
    pub fn probabilities(&self, vector: &[f32]) -> Option<[f32; CATEGORIES.len()]> {
        let vector: &[f32; DIMS] = vector.try_into().ok()?;
        let mut logits = [0.0; CATEGORIES.len()];
        let heads = self.weights.iter().zip(&self.scales).zip(&self.biases);
        for (logit, ((row, scale), bias)) in logits.iter_mut().zip(heads) {
            let dot: f32 = row.iter().zip(vector).map(|(step, value)| f32::from(*step) * value).sum();
            *logit = dot * scale + bias;
        }
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.map(|logit| (logit - most).exp());
        let all: f32 = powers.iter().sum();
        Some(powers.map(|power| power / all)).filter(|shares| shares.iter().all(|share| share.is_finite()))
    }
}

/// Who is less sure of a category than this asks what the words mean, where somebody knows.
const SURE: f32 = 0.8;
/// How much what they mean then counts beside the letters.
const MEANT: f32 = 0.6;

/// Whether letters alone leave open what a text is about, so that it is worth the while to ask what it means.
#[must_use]
pub fn is_open(letters: &[f32; CATEGORIES.len()]) -> bool {
    letters.iter().all(|share| *share < SURE)
}

/// The guess by letters and the guess by meaning as one: what both think possible is likelier than what one of them is sure
/// of.
#[must_use]
pub fn mixed(letters: &[f32; CATEGORIES.len()], meant: &[f32; CATEGORIES.len()]) -> [f32; CATEGORIES.len()] {
    const LEAST: f32 = 1e-6;
    let mut shares: [f32; CATEGORIES.len()] =
        std::array::from_fn(|at| letters[at].max(LEAST).powf(1.0 - MEANT) * meant[at].max(LEAST).powf(MEANT));
    let all: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= all);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_in_the_binary_is_whole() {
        let head = Head::shipped().unwrap();
        assert_eq!(head.write(), FILE);
        let shares = head.probabilities(&[0.04; DIMS]).unwrap();
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(head.probabilities(&[0.0; 3]), None, "another's vector");
        assert_eq!(head.probabilities(&[f32::NAN; DIMS]), None);
    }

    #[test]
    fn what_is_spoilt_or_of_another_kind_is_refused() {
        for place in 0..FILE.len() {
            let mut spoilt = FILE.to_vec();
            spoilt[place] ^= 0x40;
            assert!(Head::read(&spoilt).is_err(), "{place}");
        }
        let mut other = Writer::default();
        other.part(b"use-multilingual-4");
        assert_eq!(Head::read(&other.finish()), Err(BadEncoder::Senseless("categories")));
    }

    #[test]
    fn of_a_long_text_both_ends_are_looked_at() {
        assert_eq!(window("ÄB ไ"), "äb ไ");
        let (short, long) =
            ("ก".repeat(FIRST + LAST), format!("{}{}", "ก".repeat(FIRST), "ข".repeat(LAST + 1)));
        assert_eq!(window(&short), short);
        assert_eq!(window(&long), format!("{} {}", "ก".repeat(FIRST), "ข".repeat(LAST)));
    }

    #[test]
    fn the_nearest_weights_win() {
        let mut weights = [[0.0; DIMS]; CATEGORIES.len()];
        weights[3][7] = 5.0;
        weights[4][7] = -2.0;
        let head = Head::of(&weights, &[0.0; CATEGORIES.len()]);
        assert_eq!(Head::read(&head.write()).as_ref(), Ok(&head));
        let mut vector = [0.0; DIMS];
        vector[7] = 1.0;
        let shares = head.probabilities(&vector).unwrap();
        assert!(shares[3] > 0.9 && shares[4] < shares[0], "{shares:?}");
    }

    #[test]
    fn what_both_think_possible_wins() {
        let sure = |of: usize, second: usize| {
            let mut shares = [0.01; CATEGORIES.len()];
            (shares[of], shares[second]) = (0.5, 0.36);
            shares
        };
        let shares = mixed(&sure(0, 2), &sure(1, 2));
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(shares.iter().all(|share| *share <= shares[2]), "{shares:?}");
        let certain = std::array::from_fn(|at| if at == 5 { 1.0 } else { 0.0 });
        assert!(mixed(&[0.0; CATEGORIES.len()], &certain)[5] > 0.99);
        assert!(is_open(&sure(0, 2)) && !is_open(&certain));
    }
}
