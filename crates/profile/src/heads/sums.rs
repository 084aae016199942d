//! Adds up what the runs of a text weigh, in blocks: first the hashes of many runs, then where each leads to, then the rows.
//! Each of these loops is short and nothing in it waits for the one before, so that the machine looks into the large tables
//! for many runs at once.

use fearless_simd::{Level, dispatch};

use super::file::Model;
use super::grams::{BUCKETS, bucket, mark};
use super::runs::{EACH, LONGEST, Words, ending};
use super::table::{Seen, Table};
use crate::category::Category;

/// Runs of a block, and the rows that are added before sixteen bits could run over: 256 × 127 < 2^15.
const BLOCK: usize = 256;
/// Places for the runs read last: most runs of a long text stood there before, and are passed over at once.
const LAST: usize = 1024;
/// Letters that are read before what they end is added.
const PIECE: usize = BLOCK / LONGEST;

/// What a text weighs.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// The weights of each category, not yet scaled.
    pub(super) categories: [i32; Category::COUNT],
    /// Rows that they are the sum of.
    pub(super) rows: usize,
    /// The weights of difficulty, not yet scaled.
    pub(super) hard: i32,
    /// Buckets that these are the sum of.
    pub(super) buckets: usize,
}

impl Sums {
    /// Of a window's letters. Written once and built for each kind of processor: newer ones shift, compare and add up in
    /// fewer steps.
    pub(super) fn of(model: &Model<'_>, letters: &[char]) -> Self {
        dispatch!(Level::new(), _ => Self::add_up(model, letters))
    }

    #[inline(always)]
    fn add_up(model: &Model<'_>, letters: &[char]) -> Self {
        let (mut sums, mut word_runs) = (Self::default(), Words::new());
        let (mut grams, mut seen) = ([0; BUCKETS / 64], Seen::new());
        let (mut runs, mut words, mut last) = ([0; BLOCK], [0; BLOCK], [0; LAST]);
        let mut slots = [0; BLOCK];
        let mut near = [0; LONGEST - 1 + PIECE];
        let mut lines = [[0; PIECE]; LONGEST];
        for (number, piece) in letters.chunks(PIECE).enumerate() {
            // The piece's letters, behind the last of those before it.
            near.copy_within(PIECE.., 0);
            for (place, letter) in near[LONGEST - 1..].iter_mut().zip(piece) {
                *place = u64::from(*letter);
            }
            for (at, back) in near.array_windows::<LONGEST>().enumerate() {
                let hashes = ending([back[3], back[2], back[1], back[0]]);
                for (line, hash) in lines.iter_mut().zip(hashes) {
                    line[at] = hash;
                }
            }
            let mut short = 0;
            for (before, line) in lines.iter().enumerate() {
                // The first letters of all have not so many before them.
                let from = if number == 0 { before } else { 0 };
                for hash in line[..piece.len()].iter().skip(from) {
                    add_new(&mut last, (&mut runs, &mut short), *hash);
                }
            }
            let mut long = 0;
            for letter in piece {
                word_runs.read(*letter, &mut |run| add_new(&mut last, (&mut words, &mut long), run.hash));
            }
            let (runs, words) = (&runs[..short.min(BLOCK)], &words[..long.min(BLOCK)]);
            sums.add_hard(model, &mut grams, runs);
            sums.add_rows(model, known(&model.table, &mut seen, runs, &mut slots));
            sums.add_rows(model, known(&model.table, &mut seen, words, &mut slots));
        }
        sums
    }

    #[inline(always)]
    fn add_hard(&mut self, model: &Model<'_>, grams: &mut [u64; BUCKETS / 64], runs: &[u64]) {
        let (mut hard, mut buckets) = (0, 0);
        for hash in runs {
            let bucket = usize::from(bucket(*hash));
            let new = mark(grams, bucket, 1);
            hard += i32::from(model.column[bucket].cast_signed()) * new as i32;
            buckets += new;
        }
        self.hard += hard;
        self.buckets += buckets;
    }

    #[inline(always)]
    fn add_rows(&mut self, model: &Model<'_>, slots: &[u32]) {
        let mut sums = [0_i16; Category::COUNT];
        for slot in slots {
            let Some(row) = model.rows.get(*slot as usize) else { continue };
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i16::from(weight.cast_signed());
            }
        }
        for (sum, more) in self.categories.iter_mut().zip(sums) {
            *sum += i32::from(more);
        }
        self.rows += slots.len();
    }
}

/// Adds a run to a block, unless it is the one that was last seen in its place. Written in either case, here and below, so that
/// the machine has no branch to guess.
#[inline(always)]
fn add_new(last: &mut [u64; LAST], (block, count): (&mut [u64; BLOCK], &mut usize), hash: u64) {
    block[*count % BLOCK] = hash;
    let before = std::mem::replace(&mut last[(hash >> 32) as usize % LAST], hash);
    *count += usize::from(before != hash);
}

/// The rows of those runs that are known and not seen before. What is known is found first and what was seen then: a mark
/// whose place is not known yet would hold up all that are read after it.
#[inline(always)]
fn known<'s>(table: &Table<'_>, seen: &mut Seen, runs: &[u64], slots: &'s mut [u32; BLOCK]) -> &'s [u32] {
    let mut known = 0;
    for hash in runs {
        let found = table.find(*hash);
        slots[known % BLOCK] = found.0 as u32;
        known += found.1;
    }
    let mut new = 0;
    for at in 0..known.min(BLOCK) {
        let slot = slots[at];
        slots[new % BLOCK] = slot;
        new += seen.new_one((slot as usize, 1));
    }
    &slots[..new.min(BLOCK)]
}

// A piece's runs fit into a block, and so do its words.
const _: () = assert!(PIECE * LONGEST == BLOCK && PIECE * (EACH - LONGEST) <= BLOCK);
