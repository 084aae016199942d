//! The features of difficulty: which runs of one to four letters stand in a text, each hashed into a bucket, and how long it
//! is. Whether a run stands there counts, not how often: a text that repeats itself is no different but for its length.

use super::runs::{self, LONGEST, stir};
use super::window::{ROOM, Window};

/// Buckets of the hashed grams.
pub const BUCKETS: usize = 1 << 16;
/// Grams of the longest window.
const MOST: usize = ROOM * LONGEST;

/// What a step of the length counts. Chosen among 0, 0.15, 0.3 and 0.6 by four folds of what the heads are trained on.
const LENGTH: f32 = 0.6;
/// Where the hashes of the steps of the length begin.
const STEPS: u64 = 0x2545_f491_4f6c_dd1d;

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

    /// Reads a window; tells of each gram that is the first of its bucket: where it begins and where it ends.
    pub(super) fn read(window: &Window, mut first: impl FnMut(usize, usize)) -> Self {
        let letters = window.letters();
        let mut grams = Self { buckets: [0; MOST], used: 0, length: buckets(letters.len()) };
        let mut seen = [0; BUCKETS / 64];
        runs::each(letters, |run| {
            let bucket = bucket(run.hash);
            if run.short && mark(&mut seen, usize::from(bucket), 1) == 1 {
                grams.buckets[grams.used] = bucket;
                grams.used += 1;
                first(run.from, run.to);
            }
        });
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
        each(self.used)
    }
}

/// What each of so many counts.
pub(super) fn each(used: usize) -> f32 {
    1.0 / (used.max(1) as f32).sqrt()
}

/// The bucket of a run.
#[inline(always)]
pub(super) const fn bucket(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// Marks a place as seen if it `counts` (1, else 0): 1 if it was not seen, else 0. Written in either case: no branch for the
/// machine to guess.
#[inline(always)]
pub(super) fn mark(seen: &mut [u64], place: usize, counts: usize) -> usize {
    let (word, bit) = (&mut seen[place >> 6], place & 63);
    let counts = counts as u64;
    let new = counts & !(*word >> bit);
    *word |= counts << bit;
    new as usize
}

/// Steps of a length: two to the octave, at 2, 3, 4, 6, 8, 12 … letters. A text between two of them is a part of each, so
/// that a letter more changes little. Which step is the lower one, and what each of the two counts.
pub(super) fn steps(letters: usize) -> (usize, [f32; 2]) {
    let letters = letters.max(2);
    let octave = letters.ilog2() as usize;
    let (whole, middle) = (1 << octave, 3 << octave >> 1);
    let upper = letters >= middle;
    let (from, to) = if upper { (middle, 2 * whole) } else { (whole, middle) };
    let part = (letters - from) as f32 / (to - from) as f32;
    (2 * octave + usize::from(upper), [LENGTH * (1.0 - part), LENGTH * part])
}

/// The same by bucket.
pub(super) fn buckets(letters: usize) -> [(u16, f32); 2] {
    let (step, [lower, upper]) = steps(letters);
    let place = |step: usize| bucket(stir(STEPS.wrapping_mul(step as u64 + 1)));
    [(place(step), lower), (place(step + 1), upper)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_more_changes_the_steps_a_little() {
        let at = |letters: usize, bucket: u16| {
            buckets(letters).iter().filter(|step| step.0 == bucket).map(|step| step.1).sum::<f32>()
        };
        for letters in 2..ROOM {
            let [a, b] = buckets(letters);
            assert!((a.1 + b.1 - LENGTH).abs() < 1e-6 && a.0 != b.0, "{letters}");
            for (bucket, share) in [a, b] {
                // A step is at least a third of what it begins at.
                let most = LENGTH * 4.0 / letters as f32;
                assert!((share - at(letters + 1, bucket)).abs() <= most + 1e-6, "{letters}");
            }
        }
        assert_eq!(buckets(0), buckets(2));
        assert_eq!(buckets(6)[0].1, LENGTH);
        assert_ne!(buckets(6)[0].0, buckets(12)[0].0);
    }
}
