//! The last events, for everybody who listens: each reads on from its own place, so that a slow one holds up nobody and an
//! event is written once.

use std::collections::VecDeque;
use std::sync::Arc;

use super::LiveRequest;

/// Events that are kept. Whoever falls further behind is told of a gap.
const PLACES: usize = 2048;

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A request ended.
    Request(Arc<LiveRequest>),
    /// So many are not told; `None`: nobody knows how many.
    Gap(Option<u64>),
}

/// Where a listener is: by time for whoever comes back to another process, by a request for the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The latest end of a request that was told, in Unix milliseconds.
    pub(super) ended_ms: u64,
    /// The request that was told last, where that is known.
    pub(super) id: Option<u128>,
}

impl Cursor {
    /// As [`Self::to_string`] writes it; a time alone is a cursor, too.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            None => Some(Self { ended_ms: text.parse().ok()?, id: None }),
            Some((ended, id)) => {
                Some(Self { ended_ms: ended.parse().ok()?, id: Some(wye_types::RequestId::parse(id)?.0) })
            }
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.ended_ms)?;
        self.id.map_or(Ok(()), |id| write!(f, "-{}", wye_types::RequestId(id)))
    }
}

/// An event and where a listener is after it.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) event: Event,
    pub(super) cursor: Cursor,
}

/// The ring.
#[derive(Debug)]
pub(super) struct Ring {
    events: VecDeque<Placed>,
    /// The number of the first event that is kept.
    first: u64,
    cursor: Cursor,
}

impl Ring {
    /// Without any.
    pub(super) const fn new() -> Self {
        Self { events: VecDeque::new(), first: 0, cursor: Cursor { ended_ms: 0, id: None } }
    }

    /// The number that the next event gets.
    pub(super) fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    /// Where a listener is that has heard everything until `now_ms`.
    pub(super) fn cursor(&self, now_ms: u64) -> Cursor {
        if self.cursor.ended_ms == 0 { Cursor { ended_ms: now_ms, id: None } } else { self.cursor.clone() }
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: Event) {
        if let Event::Request(request) = &event {
            let ended_ms = self.cursor.ended_ms.max(request.ended_ms);
            self.cursor = Cursor { ended_ms, id: Some(request.number) };
        }
        if self.events.len() == PLACES {
            self.events.pop_front();
            self.first += 1;
        }
        self.events.push_back(Placed { event, cursor: self.cursor.clone() });
    }

    /// Forgets all: what comes next does not follow what was before.
    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.events.clear();
        self.cursor = Cursor { ended_ms: 0, id: None };
    }

    /// The number of the event that follows this place; `None` if the place is not known here.
    pub(super) fn after(&self, cursor: &Cursor) -> Option<u64> {
        let id = cursor.id?;
        let is = |placed: &Placed| matches!(&placed.event, Event::Request(request) if request.number == id);
        let place = self.events.iter().rposition(is)?;
        Some(self.first + place as u64 + 1)
    }

    /// Events from a number on, at most so many, and how many before them are gone already.
    pub(super) fn from(&self, next: u64, most: usize) -> (u64, Vec<Placed>) {
        let lost = self.first.saturating_sub(next);
        let skip = usize::try_from(next.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (lost, self.events.iter().skip(skip).take(most).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u128, ended_ms: u64) -> Event {
        let mut request = LiveRequest::default();
        (request.number, request.ended_ms) = (number, ended_ms);
        Event::Request(Arc::new(request))
    }

    #[test]
    fn a_listener_reads_on_where_it_was_or_is_told_what_it_missed() {
        let mut ring = Ring::new();
        assert_eq!(ring.cursor(7), Cursor { ended_ms: 7, id: None });
        ring.push(request(1, 1000));
        ring.push(request(2, 900));
        ring.push(Event::Gap(Some(3)));
        // The time of a cursor never goes back.
        assert_eq!(ring.cursor(7), Cursor { ended_ms: 1000, id: Some(2) });
        let after = ring.after(&Cursor { ended_ms: 1000, id: Some(1) }).unwrap();
        let (lost, events) = ring.from(after, 10);
        assert_eq!((lost, events.len()), (0, 2));
        assert_eq!(ring.after(&Cursor { ended_ms: 1000, id: Some(9) }), None);
        for n in 0..PLACES as u128 {
            ring.push(request(10 + n, 2000));
        }
        let (lost, events) = ring.from(after, 5);
        assert_eq!((lost, events.len()), (2, 5));
        assert_eq!(ring.after(&Cursor { ended_ms: 1000, id: Some(1) }), None);
        let end = ring.end();
        ring.clear();
        assert_eq!((ring.end(), ring.from(end, 5).1.len()), (end, 0));
    }

    #[test]
    fn cursors_are_read_as_they_are_written() {
        let id = wye_types::RequestId::v7(1_790_000_000_000, 5).0;
        for cursor in [Cursor { ended_ms: 5, id: None }, Cursor { ended_ms: 1_790_000_000_500, id: Some(id) }]
        {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for wrong in ["", "-", "x", "5-", "5-x", "-5", "99999999999999999999"] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
