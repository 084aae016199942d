//! Vectors that were made: most of what is asked is asked again in the next turn.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Vector;

/// How many numbers are remembered, of all vectors: 16 MB.
const MOST: usize = 4 << 20;

/// What a vector is of: whose request, who made it, the text.
pub(super) type Digested = [u8; 32];

/// Vectors by what they are of. Those that were made first go first.
#[derive(Default)]
pub struct Vectors(Mutex<Known>);

#[derive(Default)]
struct Known {
    vectors: HashMap<Digested, Vector>,
    order: VecDeque<Digested>,
    numbers: usize,
}

impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vectors").finish_non_exhaustive()
    }
}

impl Vectors {
    /// One that is remembered.
    pub(super) fn get(&self, of: &Digested) -> Option<Vector> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).vectors.get(of).cloned()
    }

    /// Remembers one.
    pub(super) fn put(&self, of: Digested, vector: Vector) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.numbers += vector.len();
        match known.vectors.insert(of, vector) {
            None => known.order.push_back(of),
            Some(before) => known.numbers -= before.len(),
        }
        while known.numbers > MOST
            && let Some(first) = known.order.pop_front()
        {
            let gone = known.vectors.remove(&first).map_or(0, |vector| vector.len());
            known.numbers -= gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let known = Vectors::default();
        let of = |n: usize| {
            let mut of = [0; 32];
            of[..8].copy_from_slice(&n.to_le_bytes());
            of
        };
        let vector: Vector = vec![0.5; MOST / 8].into();
        for n in 0..8 {
            known.put(of(n), vector.clone());
            known.put(of(n), vector.clone());
        }
        assert!((0..8).all(|n| known.get(&of(n)).is_some()), "the same one twice takes its place once");
        known.put(of(8), vector);
        assert_eq!((known.get(&of(0)), known.get(&of(1)).is_some()), (None, true));
        let state = known.0.lock().unwrap();
        assert_eq!((state.numbers, state.order.len(), state.vectors.len()), (MOST, 8, 8));
    }
}
