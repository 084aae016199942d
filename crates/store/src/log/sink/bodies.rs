//! How much memory bodies may take that wait for the writer. Clients choose how large a body is, and to look through a large
//! one takes the writer longer than to send it: without a bound they would fill the memory.

use std::sync::atomic::{AtomicU64, Ordering};

use wye_types::record::{Bodies, RequestRecord};

/// Most bytes of bodies that wait at once.
const MOST: u64 = 256 << 20;

/// The bodies that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    bytes: AtomicU64,
    most: u64,
    /// How many were not kept for want of room.
    lost: AtomicU64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { bytes: AtomicU64::new(0), most: MOST, lost: AtomicU64::new(0) }
    }
}

impl Waiting {
    /// A record joins the queue: without its bodies, if there is no room for them.
    pub(super) fn enter(&self, record: &mut RequestRecord) {
        let Some(bytes) = record.bodies.as_deref().map(size) else { return };
        let fits = |waiting: u64| waiting.checked_add(bytes).filter(|sum| *sum <= self.most);
        if self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
            return;
        }
        record.bodies = None;
        let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
        // A flood of bodies must not become one of lines.
        if lost.is_power_of_two() {
            tracing::warn!(
                lost,
                "bodies of requests are not kept: those before them take the writer too long"
            );
        }
    }

    /// The writer is done with these.
    pub(super) fn left(&self, bodies: &Bodies) {
        self.bytes.fetch_sub(size(bodies), Ordering::Relaxed);
    }
}

fn size(bodies: &Bodies) -> u64 {
    bodies.response.iter().fold(bodies.request.len() as u64, |sum, piece| sum + piece.len() as u64)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn bodies_that_wait_have_a_bound() {
        let waiting = Waiting { most: 100, ..Waiting::default() };
        let enters = |length: usize| {
            let request = Bytes::from(vec![b'x'; length]);
            let bodies = Bodies { request, response: vec![Bytes::from_static(b"answer")], cut: false };
            let mut record = RequestRecord { bodies: Some(Box::new(bodies)), ..RequestRecord::default() };
            waiting.enter(&mut record);
            record.bodies
        };
        let first = enters(60).unwrap();
        assert_eq!(enters(60), None, "the record goes without");
        assert!(enters(28).is_some(), "66 and 34 are what there is room for");
        assert_eq!(enters(0), None);
        waiting.left(&first);
        assert!(enters(60).is_some());
        assert_eq!(waiting.lost.into_inner(), 2);
    }
}
