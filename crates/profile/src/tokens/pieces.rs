//! Which pieces of a long prompt are read. A tokeniser's work is the same everywhere, and a few thousand bytes from
//! everywhere tell within a few per cent what all of them would: less than estimates are wrong by anyway.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

/// Bytes of a piece. Many short ones tell more than a few long ones of what is spread unevenly.
pub(super) const PIECE: usize = 64;
/// Prompts are read whole up to this. Of longer ones, as many bytes are read in pieces, and one in [`SPARSE`] of them besides.
pub(super) const WHOLE: usize = 2 * 1024;
const SPARSE: usize = 64;
/// Other pieces are read in each process, or who knows which could write what costs much between them.
static SECRET: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(PIECE));

/// Where the next piece stands in all texts of a prompt, one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    /// One piece is read of each stretch of so many bytes; all is read if there are none.
    stretch: usize,
    /// How many stretches are done.
    done: usize,
    /// Where the next piece begins and ends.
    from: usize,
    to: usize,
    /// Bytes of the texts so far, and how many of them were read.
    seen: usize,
    read: usize,
}

impl Pieces {
    /// Of a prompt of about so many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        let stretch = if bytes > WHOLE { (bytes * PIECE / (WHOLE + bytes / SPARSE)).max(PIECE) } else { 0 };
        let mut pieces = Self { stretch, ..Self::default() };
        pieces.choose(0);
        pieces
    }

    /// Whether all is read.
    pub(super) const fn is_all(&self) -> bool {
        self.stretch == 0
    }

    /// Bytes of all texts so far, and how many of them were read.
    pub(super) const fn share(&self) -> (usize, usize) {
        (self.seen, self.read)
    }

    /// A text of so many bytes comes next. Gives its place, with which its pieces are asked for.
    pub(super) const fn begin(&mut self, bytes: usize) -> usize {
        let place = self.seen;
        self.seen += bytes;
        place
    }

    /// The next piece of the text at a place, which is the last one so far; `worth` is what is read so far.
    pub(super) fn next(&mut self, place: usize, worth: u64) -> Option<Range<usize>> {
        let (from, to) = (self.from, self.to.min(self.seen));
        if from >= to {
            return None;
        }
        self.read += to - from;
        // The next text has the rest, if there is one.
        self.from = to;
        if to == self.to {
            self.done += 1;
            self.choose(worth);
        }
        Some(from - place..to - place)
    }

    /// Chooses a piece of the stretch: at another place in each, lest a text of rows be known by one column, and at another
    /// for each worth of what is before it, lest it be found out by trying. Mixed as SplitMix64 does.
    fn choose(&mut self, worth: u64) {
        let mixed = (*SECRET ^ worth).wrapping_add((self.done as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let places = self.stretch.saturating_sub(PIECE) as u64 + 1;
        // The upper bits of a product: as a remainder, without the division.
        let place = (((mixed >> 32) * places) >> 32) as usize;
        self.from = self.done * self.stretch + place;
        self.to = self.from + PIECE;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However a prompt is cut into texts.
        #[test]
        fn one_piece_of_each_stretch_is_read(lengths in proptest::collection::vec(0_usize..3000, 1..60), about in 0_usize..400_000) {
            let mut pieces = Pieces::of(about);
            prop_assume!(!pieces.is_all());
            let (mut all, mut bytes) = (Vec::new(), 0);
            for (nth, length) in lengths.into_iter().enumerate() {
                let place = pieces.begin(length);
                while let Some(piece) = pieces.next(place, nth as u64) {
                    prop_assert!(piece.end <= length && !piece.is_empty());
                    all.extend(piece.map(|at| place + at));
                }
                bytes += length;
            }
            prop_assert!(all.is_sorted());
            prop_assert_eq!(pieces.share(), (bytes, all.len()));
            for stretch in 0..bytes / pieces.stretch {
                let within = stretch * pieces.stretch..(stretch + 1) * pieces.stretch;
                prop_assert_eq!(all.iter().filter(|at| within.contains(*at)).count(), PIECE);
            }
        }
    }
}
