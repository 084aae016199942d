//! Names to rows by open addressing: two arrays of numbers, so that ten thousand names are there within a millisecond of
//! the start and cost no string of their own.

use crate::name::letter;

/// An empty place.
const NONE: u32 = u32::MAX;
/// The scope of a name that no provider owns.
pub(crate) const ANYWHERE: u16 = u16::MAX;
/// The scope of providers' own names.
pub(crate) const PROVIDERS: u16 = u16::MAX - 1;

/// Places of names. What a place means is the caller's: it says which name stands there.
#[derive(Debug, Default)]
pub(crate) struct Index {
    table: Box<[u32]>,
}

impl Index {
    /// Room for so many names.
    pub(crate) fn with_room(names: usize) -> Self {
        let size = (names.max(4) * 2).next_power_of_two();
        Self { table: vec![NONE; size].into_boxed_slice() }
    }

    /// Adds a name, unless `known` says that what stands there is the same one.
    pub(crate) fn insert(&mut self, hash: u64, place: u32, known: impl Fn(u32) -> bool) {
        let mask = self.table.len() - 1;
        let mut at = start(hash, mask);
        while self.table[at] != NONE {
            if known(self.table[at]) {
                return;
            }
            at = (at + 1) & mask;
        }
        self.table[at] = place;
    }

    /// The places that may hold a name with this hash, those that were added first before others.
    pub(crate) fn places(&self, hash: u64) -> impl Iterator<Item = u32> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = start(hash, mask);
        std::iter::from_fn(move || {
            let place = *self.table.get(at)?;
            at = (at + 1) & mask;
            (place != NONE).then_some(place)
        })
    }
}

const fn start(hash: u64, mask: usize) -> usize {
    (hash >> 20) as usize & mask
}

/// The hash of a name in a scope; names that are compared as the same have the same one.
pub(crate) fn hash(scope: u16, name: &str) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(PRIME);
    let all = name.bytes().fold(u64::from(scope) + 1, |hash, byte| mix(hash, u64::from(letter(byte))));
    mix(all, name.len() as u64)
}
