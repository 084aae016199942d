//! Which runs the categories know, each with a row of its own: hashing all runs into buckets puts rare ones, of which there
//! are most, on top of those that tell something. A perfect hash finds the row in two looks, and a tag of eight bits turns
//! away all but one in 256 of the runs that are not known.

use super::grams::{mark, steps};
use super::runs::{self, EACH};
use super::window::{ROOM, Window};

/// Rows of runs.
pub const SLOTS: usize = 13 << 13;
/// Runs that are known: few enough that each finds a free row.
pub const KNOWN: usize = 104_000;
/// Pilots: each leads about four runs to their rows.
pub(super) const PILOTS: usize = SLOTS / 4;
/// Rows of steps of length, behind those of runs.
pub const STEPS: usize = 24;

/// What pilots and turned hashes are multiplied with.
const TURN: u64 = 0x9fb2_1c65_1e98_df25;
const SPREAD: u64 = 0xd6e8_feb8_6659_fd93;

/// The way from a run to its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) pilots: &'a [[u8; 2]; PILOTS],
    pub(super) tags: &'a [u8; SLOTS],
}

impl Table<'_> {
    /// The row that a run would have, and 1 if it is known, else 0.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64) -> (usize, usize) {
        let slot = slot(hash, u16::from_le_bytes(self.pilots[group(hash)]));
        (slot, usize::from(self.tags[slot] == tag(hash)))
    }
}

/// A table that owns what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub(super) pilots: Box<[[u8; 2]; PILOTS]>,
    pub(super) tags: Box<[u8; SLOTS]>,
}

impl Places {
    /// Gives each run a row. `None` when there are too many, or one stands there twice.
    #[must_use]
    pub fn of(hashes: &[u64]) -> Option<Self> {
        let mut groups: Vec<Vec<u64>> = vec![Vec::new(); PILOTS];
        for hash in hashes {
            groups[group(*hash)].push(*hash);
        }
        let mut order: Vec<usize> = (0..PILOTS).collect();
        order.sort_by_key(|group| std::cmp::Reverse(groups[*group].len()));
        let (mut pilots, mut tags) = (Box::new([[0; 2]; PILOTS]), Box::new([0; SLOTS]));
        let mut taken = vec![false; SLOTS];
        for at in order {
            let these = &groups[at];
            let fits = |pilot: u16| {
                let mut slots: Vec<usize> = these.iter().map(|hash| slot(*hash, pilot)).collect();
                slots.sort_unstable();
                slots.windows(2).all(|two| two[0] != two[1]) && slots.iter().all(|slot| !taken[*slot])
            };
            let pilot = (0..=u16::MAX).find(|pilot| fits(*pilot))?;
            pilots[at] = pilot.to_le_bytes();
            for hash in these {
                taken[slot(*hash, pilot)] = true;
                tags[slot(*hash, pilot)] = tag(*hash);
            }
        }
        Some(Self { pilots, tags })
    }

    /// The rows of a text.
    #[must_use]
    pub fn rows(&self, runs: &Runs) -> Rows {
        let table = Table { pilots: &self.pilots, tags: &self.tags };
        let found = runs.hashes.iter().map(|hash| table.find(*hash));
        let mut slots: Vec<u32> = found.filter(|found| found.1 == 1).map(|found| found.0 as u32).collect();
        slots.sort_unstable();
        slots.dedup();
        let (step, shares) = steps(runs.letters);
        let length = [0, 1].map(|more| ((SLOTS + step + more) as u32, shares[more]));
        Rows { slots, length }
    }
}

/// The runs of a text, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// In order of their hashes.
    pub hashes: Vec<u64>,
    letters: usize,
}

impl Runs {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let window = Window::of(std::iter::once(text));
        let mut hashes = Vec::with_capacity(window.letters().len() * EACH);
        runs::each(window.letters(), |run| hashes.push(run.hash));
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes, letters: window.letters().len() }
    }
}

/// The rows that a text is weighed by.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Of its runs.
    pub slots: Vec<u32>,
    /// Of the two steps of length between which it is, and how much each counts.
    pub length: [(u32, f32); 2],
}

/// The rows of runs that were seen.
pub(super) struct Seen([u64; SLOTS / 64]);

impl Seen {
    pub(super) const fn new() -> Self {
        Self([0; SLOTS / 64])
    }

    /// 1 for a run that is known and whose row was not seen before, else 0. No branch: whether a run is known is a guess that
    /// fails often, and only two looks into a large table later.
    #[inline(always)]
    pub(super) fn new_one(&mut self, (slot, known): (usize, usize)) -> usize {
        mark(&mut self.0, slot, known)
    }
}

#[inline(always)]
fn group(hash: u64) -> usize {
    part(hash, PILOTS)
}

#[inline(always)]
fn slot(hash: u64, pilot: u16) -> usize {
    part((hash ^ u64::from(pilot).wrapping_mul(TURN)).wrapping_mul(SPREAD), SLOTS)
}

/// Bits that neither the group nor, but for the turn, the slot is made of.
#[inline(always)]
const fn tag(hash: u64) -> u8 {
    (hash >> 20) as u8
}

/// The upper half of a hash as a number below `of`.
#[inline(always)]
const fn part(hash: u64, of: usize) -> usize {
    (((hash >> 32) * of as u64) >> 32) as usize
}

const _: () = assert!(KNOWN < SLOTS && SLOTS.is_multiple_of(64) && (ROOM.ilog2() as usize) * 2 + 3 <= STEPS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_row_of_its_own_and_few_others_have_any() {
        let hashes: Vec<u64> = (0..KNOWN as u64).map(|at| runs::stir(at.wrapping_mul(TURN))).collect();
        let places = Places::of(&hashes).unwrap();
        let table = Table { pilots: &places.pilots, tags: &places.tags };
        let mut seen = Seen::new();
        assert!(hashes.iter().all(|hash| seen.new_one(table.find(*hash)) == 1));
        assert!(hashes.iter().all(|hash| seen.new_one(table.find(*hash)) == 0), "each once");
        let strange = (0..100_000_u64).map(|at| runs::stir((at + KNOWN as u64).wrapping_mul(TURN)));
        let found = strange.filter(|hash| table.find(*hash).1 == 1).count();
        assert!((200..700).contains(&found), "{found}");
        assert_eq!(Places::of(&[7, 7]), None);
        assert_eq!(Places::of(&hashes), Some(places), "the same runs give the same table");
    }

    #[test]
    fn a_text_is_rows_of_what_is_known() {
        let known = Runs::of("as json");
        let places = Places::of(&known.hashes).unwrap();
        assert_eq!(places.rows(&known).slots.len(), known.hashes.len());
        let same = places.rows(&Runs::of("AS   json"));
        assert_eq!(same, places.rows(&known));
        let strange = Runs::of("天地");
        let rare = strange.hashes.len() / 2;
        assert!(
            places.rows(&strange).slots.len() <= rare,
            "the blank, which both have, and little by chance"
        );
    }
}
