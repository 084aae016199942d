//! The queue between the requests and the writer. A place in it is taken before a request goes anywhere, and filled when the
//! request has ended; the writer takes all that has come at once. One short lock a record, and records lie side by side in
//! memory that is used again: a channel's own bookkeeping cost a request more than what it says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use wye_types::record::{RecordSlot, RequestRecord};

use super::bodies::Waiting;

/// Records for which memory is kept when a flood is over.
const KEPT: usize = 1024;

/// The queue.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    /// Places that are taken, be they filled or not.
    taken: AtomicUsize,
    closed: AtomicBool,
    come: Mutex<Come>,
    /// Tells the writer, where it waits.
    news: Notify,
    /// What the records bring along.
    pub(super) bodies: Waiting,
}

/// What has come.
#[derive(Debug, Default)]
struct Come {
    records: VecDeque<RequestRecord>,
    /// The writer waits and wants to be told of the next.
    awaited: bool,
}

impl Places {
    /// Of so many places.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            come: Mutex::default(),
            news: Notify::new(),
            bodies: Waiting::default(),
        })
    }

    /// Takes a place; `None` if there is none, or no more are given.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        // Taken first and looked at then: either this sees that the queue is closed, or who closes it sees the place.
        let before = self.taken.fetch_add(1, Ordering::SeqCst);
        if before >= self.most || self.closed.load(Ordering::SeqCst) {
            self.left(1);
            return None;
        }
        Some(Place { queue: Some(Arc::clone(self)) })
    }

    /// Whether more than half of the places are free.
    pub(super) fn is_roomy(&self) -> bool {
        self.taken.load(Ordering::Relaxed) <= self.most / 2
    }

    /// Gives no more places.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.news.notify_one();
    }

    fn left(&self, places: usize) {
        let before = self.taken.fetch_sub(places, Ordering::SeqCst);
        // The last one of a closed queue is what its writer waits for.
        if before == places && self.closed.load(Ordering::SeqCst) {
            self.news.notify_one();
        }
    }

    fn come(&self) -> MutexGuard<'_, Come> {
        self.come.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue: left again when it is dropped without a record.
#[derive(Debug)]
pub(super) struct Place {
    queue: Option<Arc<Places>>,
}

impl RecordSlot for Place {
    fn send(mut self: Box<Self>, mut record: RequestRecord) {
        let Some(queue) = self.queue.take() else { return };
        queue.bodies.enter(&mut record);
        let mut come = queue.come();
        come.records.push_back(record);
        let awaited = std::mem::take(&mut come.awaited);
        drop(come);
        if awaited {
            queue.news.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.left(1);
        }
    }
}

/// The writer's end. Where it is gone no more places are given: nobody would take the records out of them.
#[derive(Debug)]
pub(super) struct Arrivals {
    queue: Arc<Places>,
    /// What was taken out of the queue and not yet given on.
    out: VecDeque<RequestRecord>,
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Arrivals {
    /// Of a queue. There is to be one.
    pub(super) const fn of(queue: Arc<Places>) -> Self {
        Self { queue, out: VecDeque::new() }
    }

    /// The queue.
    pub(super) fn queue(&self) -> &Places {
        &self.queue
    }

    /// Whether places are given no more.
    pub(super) fn is_closed(&self) -> bool {
        self.queue.closed.load(Ordering::SeqCst)
    }

    /// Whether nothing has come.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.queue.come().records.is_empty()
    }

    /// Waits until something has come and puts at most so many records into `into`; how many. None means that the queue is
    /// closed and every place that was taken is used or left. Nothing is lost if this is not waited for to the end.
    pub(super) async fn next(&mut self, into: &mut Vec<RequestRecord>, most: usize) -> usize {
        loop {
            let count = self.now(into, most);
            if count > 0 || most == 0 {
                return count;
            }
            if self.is_closed() && self.queue.taken.load(Ordering::SeqCst) == 0 {
                return 0;
            }
            self.queue.news.notified().await;
        }
    }

    /// The same of what has come; if nothing has, the next is told of.
    fn now(&mut self, into: &mut Vec<RequestRecord>, most: usize) -> usize {
        if self.out.is_empty() {
            self.out.shrink_to(KEPT);
            let mut come = self.queue.come();
            std::mem::swap(&mut self.out, &mut come.records);
            come.awaited = self.out.is_empty();
        }
        let count = most.min(self.out.len());
        into.extend(self.out.drain(..count));
        if count > 0 {
            self.queue.left(count);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;
    use wye_types::RequestId;

    use super::*;

    fn record(id: u128) -> RequestRecord {
        RequestRecord { id: RequestId(id), ..RequestRecord::default() }
    }

    fn fill(place: Place, id: u128) {
        Box::new(place).send(record(id));
    }

    #[tokio::test]
    async fn there_are_so_many_places_and_no_more() {
        let places = Places::new(3);
        let mut arrivals = Arrivals::of(Arc::clone(&places));
        let (first, second) = (places.take().unwrap(), places.take().unwrap());
        assert!(!places.is_roomy());
        let third = places.take().unwrap();
        assert!(places.take().is_none());
        drop(third);
        fill(first, 1);
        fill(second, 2);
        let last = places.take().unwrap();
        assert!(places.take().is_none(), "what waits has its place still");
        let mut got = Vec::new();
        assert_eq!(arrivals.next(&mut got, 1).await, 1);
        assert!(places.take().is_some());
        assert_eq!(arrivals.next(&mut got, 9).await, 1);
        fill(last, 3);
        assert_eq!(arrivals.next(&mut got, 9).await, 1);
        assert_eq!(got.iter().map(|record| record.id.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(places.is_roomy() && arrivals.is_empty());
    }

    #[tokio::test]
    async fn a_closed_queue_ends_when_its_places_are_used_or_left() {
        let places = Places::new(4);
        let mut arrivals = Arrivals::of(Arc::clone(&places));
        let (one, other, third) = (places.take().unwrap(), places.take().unwrap(), places.take().unwrap());
        places.close();
        assert!(places.take().is_none());
        let reads = async {
            let mut got = Vec::new();
            while arrivals.next(&mut got, 2).await > 0 {}
            got.len()
        };
        let fills = async {
            yield_now().await;
            fill(one, 1);
            yield_now().await;
            drop(third);
            yield_now().await;
            fill(other, 2);
        };
        let (read, ()) = tokio::join!(reads, fills);
        assert_eq!(read, 2);
        assert_eq!(arrivals.next(&mut Vec::new(), 1).await, 0);
        // The last place left is what ends it too.
        let places = Places::new(1);
        let mut arrivals = Arrivals::of(Arc::clone(&places));
        let place = places.take().unwrap();
        places.close();
        let mut none = Vec::new();
        let leaves = async {
            yield_now().await;
            drop(place);
        };
        assert_eq!(tokio::join!(arrivals.next(&mut none, 1), leaves).0, 0);
    }

    #[test]
    fn nothing_is_lost_between_threads() {
        const EACH: u128 = 20_000;
        let places = Places::new(64);
        let mut arrivals = Arrivals::of(Arc::clone(&places));
        let fills = [0, 1, 2].map(|thread: u128| {
            let places = Arc::clone(&places);
            std::thread::spawn(move || {
                for number in 0..EACH {
                    let place = loop {
                        match places.take() {
                            Some(place) => break place,
                            None => std::thread::yield_now(),
                        }
                    };
                    if number % 7 == 0 { drop(place) } else { fill(place, thread * EACH + number) }
                }
            })
        });
        let ends = {
            let places = Arc::clone(&places);
            std::thread::spawn(move || {
                for thread in fills {
                    thread.join().unwrap();
                }
                places.close();
            })
        };
        let mut got = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { while arrivals.next(&mut got, 100).await > 0 {} });
        ends.join().unwrap();
        let wanted = (0..3).flat_map(|thread| (0..EACH).map(move |number| (thread, number)));
        let wanted: Vec<u128> = wanted
            .filter(|(_, number)| number % 7 != 0)
            .map(|(thread, number)| thread * EACH + number)
            .collect();
        for thread in 0..3 {
            let of = |id: &u128| id / EACH == thread;
            let in_order: Vec<u128> = got.iter().map(|record| record.id.0).filter(of).collect();
            assert_eq!(in_order, wanted.iter().copied().filter(of).collect::<Vec<_>>());
        }
    }
}
