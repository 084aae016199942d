//! What is kept of a text to estimate its tokens: a few sums, which any family's coefficients make tokens of.

use std::ops::AddAssign;

use super::coefficients::COEFFICIENTS;
use super::family::Family;
use super::letters::Letter;
use super::tally::{
    A, BRACKET, DIGIT, HIGH, JZ, K, LINE, LOWER, QUOTE, SIGN, SPACE, STOP, TAB, Take, Tally, UMD, UNDER,
    UPPER,
};

const SMALL: &[usize] = &[LOWER, A, K, JZ, UMD];
const WORD: &[usize] = &[LOWER, A, K, JZ, UMD, UPPER];
const MARK: &[usize] = &[UNDER, STOP, QUOTE, BRACKET, SIGN];
const NOT_WORD: &[usize] = &[DIGIT, SPACE, LINE, TAB, UNDER, STOP, QUOTE, BRACKET, SIGN, HIGH];
const NOT_DIGIT: &[usize] =
    &[LOWER, A, K, JZ, UMD, UPPER, SPACE, LINE, TAB, UNDER, STOP, QUOTE, BRACKET, SIGN, HIGH];
const NOT_MARK: &[usize] = &[LOWER, A, K, JZ, UMD, UPPER, DIGIT, SPACE, LINE, TAB, HIGH];
const NOT_LINE: &[usize] =
    &[LOWER, A, K, JZ, UMD, UPPER, DIGIT, SPACE, TAB, UNDER, STOP, QUOTE, BRACKET, SIGN, HIGH];
const ALL: &[usize] =
    &[LOWER, A, K, JZ, UMD, UPPER, DIGIT, SPACE, LINE, TAB, UNDER, STOP, QUOTE, BRACKET, SIGN, HIGH];

/// What is summed up of ASCII: its name, and which class behind which.
pub(super) const SUMS: [(&str, &[usize], &[usize]); 25] = [
    ("words", NOT_WORD, WORD),
    ("letters", ALL, WORD),
    ("a", ALL, &[A]),
    ("k", ALL, &[K]),
    ("j, z", ALL, &[JZ]),
    ("u, m, d", ALL, &[UMD]),
    ("words behind marks", MARK, WORD),
    ("words behind blanks", &[SPACE], WORD),
    ("capitals behind blanks", &[SPACE], &[UPPER]),
    ("capitals in words", SMALL, &[UPPER]),
    ("capitals behind capitals", &[UPPER], &[UPPER]),
    ("digits", ALL, &[DIGIT]),
    ("numbers", NOT_DIGIT, &[DIGIT]),
    ("numbers behind blanks", &[SPACE], &[DIGIT]),
    ("blanks behind blanks", &[SPACE], &[SPACE]),
    ("blanks behind line ends", &[LINE, TAB], &[SPACE]),
    ("line ends", NOT_LINE, &[LINE]),
    ("tabs", ALL, &[TAB]),
    ("underscores", ALL, &[UNDER]),
    ("stops", ALL, &[STOP]),
    ("quotes", ALL, &[QUOTE]),
    ("brackets", ALL, &[BRACKET]),
    ("other marks", ALL, &[SIGN]),
    ("marks behind no mark", NOT_MARK, MARK),
    ("marks behind blanks", &[SPACE], MARK),
];

/// How many sums there are: of ASCII, of characters beyond it by kind, and of the runs of these.
pub(super) const SUMMED: usize = SUMS.len() + 2 * Letter::COUNT;
/// Coefficients are in this part of a token.
pub(super) const PART_BITS: u32 = 12;

/// What estimates need to know of a text. Counts of parts add up to those of the whole, but for what happens where the
/// parts meet. 228 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts([u32; SUMMED]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; SUMMED])
    }
}

impl Counts {
    /// Counts a text. What is not UTF-8 in it is counted by its bytes.
    #[must_use]
    pub fn of(text: impl AsRef<[u8]>) -> Self {
        let mut tally = Tally::new();
        tally.take(text.as_ref());
        Self::from(&tally)
    }

    /// How many tokens a family's tokeniser is thought to make of it.
    #[must_use]
    pub fn tokens(&self, family: Family) -> u64 {
        let coefficients = &COEFFICIENTS[family as usize];
        let parts = self.0.iter().zip(coefficients).map(|(count, part)| u64::from(*count) * u64::from(*part));
        parts.sum::<u64>().div_ceil(1 << PART_BITS)
    }

    /// The sums with their names: what [`COEFFICIENTS`] are fitted to.
    pub fn named(&self) -> impl Iterator<Item = (String, u32)> {
        let kinds = |what: &'static str| (0..Letter::COUNT).map(move |kind| format!("{what} {kind}"));
        let names =
            SUMS.iter().map(|(name, ..)| (*name).to_owned()).chain(kinds("letter")).chain(kinds("run"));
        names.zip(self.0)
    }
}

impl From<&Tally> for Counts {
    fn from(tally: &Tally) -> Self {
        let mut counts = [0_u32; SUMMED];
        // Short texts have few pairs.
        for (pair, count) in tally.pairs().into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let mut sums = SUMMED_IN[pair];
            while sums != 0 {
                let sum = &mut counts[sums.trailing_zeros() as usize];
                *sum = sum.saturating_add(count);
                sums &= sums - 1;
            }
        }
        let (_, others) = counts.split_at_mut(SUMS.len());
        for (count, sum) in others.iter_mut().zip(tally.letters.into_iter().chain(tally.runs)) {
            *count = sum;
        }
        Self(counts)
    }
}

/// In which sums each pair of classes is, a bit each.
pub(super) const SUMMED_IN: [u32; 256] = {
    let mut table = [0; 256];
    let mut sum = 0;
    while sum < SUMS.len() {
        let (_, before, classes) = SUMS[sum];
        let mut at = 0;
        while at < before.len() * classes.len() {
            table[before[at % before.len()] << 4 | classes[at / before.len()]] |= 1 << sum;
            at += 1;
        }
        sum += 1;
    }
    table
};

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }
}

#[cfg(test)]
mod tests;
