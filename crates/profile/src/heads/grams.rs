//! The features of a text: which runs of one to four letters stand in it, each hashed into a bucket, and how long it is.
//! Whether a run stands there counts, not how often: a text that repeats itself is no different but for its length.

use super::window::{ROOM, Window};

/// Buckets of the hashed grams.
pub const BUCKETS: usize = 1 << 16;
/// Letters of the longest gram.
const LONGEST: usize = 4;
/// Grams of the longest window.
const MOST: usize = ROOM * LONGEST;

/// What a step of the length counts. Chosen among 0, 0.15, 0.3 and 0.6 by four folds of what the heads are trained on.
const LENGTH: f32 = 0.6;
/// Where the hashes of the steps of the length begin.
const STEPS: u64 = 0x2545_f491_4f6c_dd1d;

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
    length: [(u16, f32); 2],
}

impl Grams {
    /// Reads texts one after the other, as if a blank stood between them.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::read(&Window::of(parts.into_iter()), |_, _| {})
    }

    /// Reads a window; tells of each gram that is the first of its bucket: where it ends and how long it is.
    pub(super) fn read(window: &Window, mut first: impl FnMut(usize, usize)) -> Self {
        let letters = window.letters();
        let mut grams = Self { buckets: [0; MOST], used: 0, length: steps(letters.len()) };
        let mut seen = [0_u64; BUCKETS / 64];
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

    /// The two steps of length between which the text is, by bucket, and how much each counts.
    #[must_use]
    pub const fn length(&self) -> [(u16, f32); 2] {
        self.length
    }

    /// What each bucket counts: texts of any length weigh the same in all.
    #[must_use]
    pub fn each(&self) -> f32 {
        1.0 / (self.used.max(1) as f32).sqrt()
    }
}

/// Steps of a length: two to the octave, at 2, 3, 4, 6, 8, 12 … letters. A text between two of them is a part of each, so
/// that a letter more changes little.
fn steps(letters: usize) -> [(u16, f32); 2] {
    let letters = letters.max(2) as u64;
    let octave = letters.ilog2();
    let (whole, middle) = (1_u64 << octave, 3_u64 << octave >> 1);
    let upper = letters >= middle;
    let (from, to) = if upper { (middle, 2 * whole) } else { (whole, middle) };
    let part = (letters - from) as f32 / (to - from) as f32;
    let step = 2 * u64::from(octave) + u64::from(upper);
    let bucket = |step: u64| stir(STEPS.wrapping_mul(step + 1));
    [(bucket(step), LENGTH * (1.0 - part)), (bucket(step + 1), LENGTH * part)]
}

/// From a sum to its bucket.
const fn stir(sum: u64) -> u16 {
    ((sum ^ sum >> 29).wrapping_mul(STIR) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_more_changes_the_steps_a_little() {
        let at = |letters: usize, bucket: u16| {
            steps(letters).iter().filter(|step| step.0 == bucket).map(|step| step.1).sum::<f32>()
        };
        for letters in 2..ROOM {
            let [a, b] = steps(letters);
            assert!((a.1 + b.1 - LENGTH).abs() < 1e-6 && a.0 != b.0, "{letters}");
            for (bucket, share) in [a, b] {
                // A step is at least a third of what it begins at.
                let most = LENGTH * 4.0 / letters as f32;
                assert!((share - at(letters + 1, bucket)).abs() <= most + 1e-6, "{letters}");
            }
        }
        assert_eq!(steps(0), steps(2));
        assert_eq!(steps(6)[0].1, LENGTH);
        assert_ne!(steps(6)[0].0, steps(12)[0].0);
    }
}
