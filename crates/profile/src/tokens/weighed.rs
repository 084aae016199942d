//! A text weighed while it is read, for one family: what its sums would come to, without the sums. Those cost as much as
//! reading two thousand bytes, however short a text is.

use super::coefficients::COEFFICIENTS;
use super::counts::{PART_BITS, SUMMED_IN, SUMS};
use super::family::Family;
use super::letters::Letter;
use super::tally::{HIGH, LINE, Take, class};

/// What pairs of classes are worth in each family's tokens, in parts of them.
static WEIGHTS: [[u16; 256]; Family::ALL.len()] = {
    let mut all = [[0; 256]; Family::ALL.len()];
    let mut family = 0;
    while family < all.len() {
        let mut pair = 0;
        while pair < 256 {
            let mut sums = SUMMED_IN[pair];
            while sums != 0 {
                all[family][pair] += COEFFICIENTS[family][sums.trailing_zeros() as usize];
                sums &= sums - 1;
            }
            pair += 1;
        }
        family += 1;
    }
    all
};

/// How much a text weighs so far.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    family: usize,
    /// In parts of a token.
    parts: u64,
    /// The class of the last byte.
    before: u8,
    /// The kind of the last character, if it is not ASCII.
    last: usize,
}

impl Weighed {
    pub(super) const fn new(family: Family) -> Self {
        Self { family: family as usize, parts: 0, before: LINE as u8, last: usize::MAX }
    }

    pub(super) const fn tokens(&self) -> u64 {
        self.parts.div_ceil(1 << PART_BITS)
    }
}

impl Take for Weighed {
    fn cut(&mut self) {
        self.before = LINE as u8;
        self.last = usize::MAX;
    }

    fn take_letter(&mut self, kind: usize) {
        let (of_letters, of_runs) = (SUMS.len() + kind, SUMS.len() + Letter::COUNT + kind);
        let worth = &COEFFICIENTS[self.family];
        let begins = u64::from(self.last != kind);
        self.parts += u64::from(worth[of_letters]) + begins * u64::from(worth[of_runs]);
        self.before = HIGH as u8;
        self.last = kind;
    }

    fn worth(&self) -> Option<u64> {
        Some(self.parts)
    }

    fn stand_for(&mut self, before: u64, taken: usize, all: usize) {
        let more = u128::from(self.parts.saturating_sub(before)) * all as u128 / taken.max(1) as u128;
        self.parts = before.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
    }

    fn take_plain(&mut self, text: &[u8]) {
        let weights = &WEIGHTS[self.family];
        let (mut before, mut parts) = (self.before, 0);
        let mut weigh = |byte: u8| {
            let class = class(byte);
            parts += u64::from(weights[usize::from(before << 4 | class)]);
            before = class;
        };
        let (eights, rest) = text.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in eights {
            for byte in [a, b, c, d, e, f, g, h] {
                weigh(*byte);
            }
        }
        for byte in rest {
            weigh(*byte);
        }
        self.parts += parts;
        self.before = before;
        self.last = usize::MAX;
    }
}
