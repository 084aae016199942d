//! Ratings that were given, for a time: a judge costs as much as a short answer, and most conversations say the same again.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many ratings are remembered, of all routes.
const MOST: usize = 16_384;

/// What a rating is of: whose request, which judge, what was shown to it.
pub(super) type Digested = [u8; 32];

/// Ratings by what they are of. Those that were given first go first.
#[derive(Default)]
pub struct Ratings(Mutex<Known>);

#[derive(Default)]
struct Known {
    ratings: HashMap<Digested, (usize, Duration)>,
    order: VecDeque<Digested>,
}

impl fmt::Debug for Ratings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ratings").finish_non_exhaustive()
    }
}

impl Ratings {
    /// A rating that still holds.
    pub(super) fn get(&self, of: &Digested, now: Duration) -> Option<usize> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.ratings.get(of).filter(|(_, until)| now < *until).map(|(rating, _)| *rating)
    }

    /// Remembers one until then.
    pub(super) fn put(&self, of: Digested, rating: usize, until: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.ratings.insert(of, (rating, until)).is_none() {
            known.order.push_back(of);
        }
        while known.order.len() > MOST {
            if let Some(first) = known.order.pop_front() {
                known.ratings.remove(&first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_hold_for_their_time_and_the_oldest_make_room() {
        let known = Ratings::default();
        let of = |n: usize| {
            let mut of = [0; 32];
            of[..8].copy_from_slice(&n.to_le_bytes());
            of
        };
        known.put(of(0), 7, Duration::from_secs(10));
        assert_eq!(known.get(&of(0), Duration::from_secs(9)), Some(7));
        assert_eq!(known.get(&of(0), Duration::from_secs(10)), None);
        known.put(of(0), 3, Duration::from_secs(20));
        assert_eq!(known.get(&of(0), Duration::from_secs(10)), Some(3));
        for n in 1..=MOST {
            known.put(of(n), 1, Duration::from_secs(20));
        }
        assert_eq!(known.get(&of(0), Duration::ZERO), None);
        assert_eq!(known.0.lock().unwrap().ratings.len(), MOST);
    }
}
