//! Adds up what the runs of a text weigh, in blocks: first the hashes of many runs, then where each leads to, then the rows.
//! Each of these loops is short and nothing in it waits for the one before, so that the machine looks into the large tables
//! for many runs at once.

use super::file::Model;
use super::grams::{BUCKETS, bucket, mark};
use super::runs::{EACH, LONGEST, Reader};
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
    /// Of a window's letters.
    pub(super) fn of(model: &Model<'_>, letters: &[char]) -> Self {
        let (mut sums, mut reader) = (Self::default(), Reader::new());
        let (mut grams, mut seen) = ([0; BUCKETS / 64], Seen::new());
        let (mut runs, mut words, mut last) = ([0; BLOCK], [0; BLOCK], [0; LAST]);
        let mut slots = [0; BLOCK];
        for piece in letters.chunks(PIECE) {
            let (mut short, mut long) = (0, 0);
            reader.read(piece, |run| {
                let (block, count) =
                    if run.short { (&mut runs, &mut short) } else { (&mut words, &mut long) };
                // Written in either case, here and below, so that the machine has no branch to guess.
                block[*count % BLOCK] = run.hash;
                let before = std::mem::replace(&mut last[(run.hash >> 32) as usize % LAST], run.hash);
                *count += usize::from(before != run.hash);
            });
            let (runs, words) = (&runs[..short.min(BLOCK)], &words[..long.min(BLOCK)]);
            sums.add_hard(model, &mut grams, runs);
            sums.add_rows(model, known(&model.table, &mut seen, runs, &mut slots));
            sums.add_rows(model, known(&model.table, &mut seen, words, &mut slots));
        }
        sums
    }

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

/// The rows of those runs that are known and not seen before. What is known is found first and what was seen then: a mark
/// whose place is not known yet would hold up all that are read after it.
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
