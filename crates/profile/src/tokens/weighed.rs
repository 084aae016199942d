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

/// The same of three classes in a row, which are two pairs: half as many look-ups.
static OF_THREE: [[u16; 4096]; Family::ALL.len()] = {
    let mut all = [[0; 4096]; Family::ALL.len()];
    let mut family = 0;
    while family < all.len() {
        let mut three = 0;
        while three < 4096 {
            // No pair is worth more than four tokens, so that two fit.
            all[family][three] = WEIGHTS[family][three >> 4] + WEIGHTS[family][three & 0xff];
            three += 1;
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

    fn follow(&mut self, byte: u8) {
        self.before = class(byte);
        self.last = usize::MAX;
    }

    fn worth(&self) -> u64 {
        self.parts
    }

    fn set_worth(&mut self, worth: u64) {
        self.parts = worth;
    }

    fn take_plain(&mut self, text: &[u8]) {
        let (weights, pairs) = (&OF_THREE[self.family], &WEIGHTS[self.family]);
        let (mut before, mut parts) = (self.before, 0);
        let (eights, rest) = text.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in eights {
            for (one, two) in [(a, b), (c, d), (e, f), (g, h)] {
                let three = u16::from(before) << 8 | u16::from(class(*one) << 4 | class(*two));
                // Twelve bits, which compilers do not know.
                parts += u64::from(weights[usize::from(three & 0xfff)]);
                before = class(*two);
            }
        }
        for byte in rest {
            parts += u64::from(pairs[usize::from(before << 4 | class(*byte))]);
            before = class(*byte);
        }
        self.parts += parts;
        self.before = before;
        self.last = usize::MAX;
    }
}
