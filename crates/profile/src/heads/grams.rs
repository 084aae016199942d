//! The features of a text: which runs of one to four letters stand in it, each hashed into a bucket. Whether one stands
//! there counts, not how often: a text that repeats itself is no different.

use super::window::{ROOM, Window};

/// Buckets of the hashed grams.
pub const BUCKETS: usize = 1 << 16;
/// Letters of the longest gram.
const LONGEST: usize = 4;
/// Grams of the longest window.
const MOST: usize = ROOM * LONGEST;

/// What multiplies the letter that stands that far back. Odd, and without a pattern.
const BACK: [u64; LONGEST] =
    [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];
/// What the last step multiplies with.
const STIR: u64 = 0xff51_afd7_ed55_8ccd;

/// The buckets of a text's grams, each once, in the order in which they first come.
#[derive(Debug)]
pub struct Grams {
    buckets: [u16; MOST],
    used: usize,
}

impl Grams {
    /// Reads texts one after the other, as if a blank stood between them.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::read(&Window::of(parts.into_iter()), |_, _| {})
    }

    /// Reads a window; tells of each gram that is the first of its bucket: where it ends and how long it is.
    pub(super) fn read(window: &Window, mut first: impl FnMut(usize, usize)) -> Self {
        let mut grams = Self { buckets: [0; MOST], used: 0 };
        let mut seen = [0_u64; BUCKETS / 64];
        let letters = window.letters();
        let mut back = [0_u64; LONGEST];
        for (at, letter) in letters.iter().enumerate() {
            back = [u64::from(*letter), back[0], back[1], back[2]];
            let mut sum = 0;
            for length in 1..=LONGEST.min(at + 1) {
                sum += 1;
                sum = back[length - 1].wrapping_mul(BACK[length - 1]).wrapping_add(sum);
                let bucket = stir(sum);
                let (word, bit) = (&mut seen[usize::from(bucket >> 6)], bucket & 63);
                // Written whether it is new or not, and counted if so: no branch for the machine to guess.
                let new = *word >> bit & 1 ^ 1;
                *word |= 1 << bit;
                grams.buckets[grams.used] = bucket;
                grams.used += new as usize;
                if new == 1 {
                    first(at + 1, length);
                }
            }
        }
        grams
    }

    /// The buckets, at least one of them.
    #[must_use]
    pub fn buckets(&self) -> &[u16] {
        &self.buckets[..self.used]
    }

    /// What each bucket counts: texts of any length weigh the same in all.
    #[must_use]
    pub fn each(&self) -> f32 {
        1.0 / (self.used.max(1) as f32).sqrt()
    }
}

/// From a sum to its bucket.
const fn stir(sum: u64) -> u16 {
    ((sum ^ sum >> 29).wrapping_mul(STIR) >> 48) as u16
}
