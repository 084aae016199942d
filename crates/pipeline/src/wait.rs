//! Requests that wait for a provider's quota: a bounded queue, one line for each route.
//!
//! Only the first of a line tries. It is woken when it may fit, or when something is given back; who gets through wakes the
//! next. So nothing polls, and however many wait, a freed place wakes one request for each line. Within a line the priority
//! decides, then keys take turns, so that no key keeps the others waiting by asking often.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Requests that wait.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Most that may wait at once.
    places: AtomicUsize,
    /// How many do.
    taken: AtomicUsize,
    lines: Mutex<HashMap<String, Line>>,
}

/// The line of a route.
#[derive(Debug, Default)]
struct Line {
    /// Whose quotas those in it wait for.
    providers: Vec<String>,
    /// By priority, the first first.
    lanes: BTreeMap<u8, VecDeque<OfKey>>,
}

/// What of a key waits. Never empty.
#[derive(Debug)]
struct OfKey {
    key: String,
    waiters: VecDeque<Arc<Notify>>,
}

/// Who waits, and for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiter<'a> {
    pub(crate) route: &'a str,
    pub(crate) key: &'a str,
    /// 0 is served first, 9 last.
    pub(crate) priority: u8,
}

/// A place in a line; dropping it leaves the line.
#[derive(Debug)]
pub(crate) struct Place {
    waiting: Arc<Waiting>,
    route: String,
    key: String,
    priority: u8,
    woken: Arc<Notify>,
    left: bool,
}

impl Waiting {
    /// From now on at most so many may wait.
    pub fn set_places(&self, places: usize) {
        self.places.store(places, Ordering::Relaxed);
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Limits may have been raised: the first of every line tries again.
    pub fn changed(&self) {
        self.wake(|_| true);
    }

    /// Something of a provider's quotas was given back.
    pub(crate) fn freed(&self, provider: &str) {
        // Whoever joins before this sees what was given back, or is seen here: each writes first, then reads.
        fence(Ordering::SeqCst);
        if self.taken.load(Ordering::Relaxed) > 0 {
            self.wake(|line| line.providers.iter().any(|p| p == provider));
        }
    }

    /// Whether requests wait for a route: who comes now stands behind them.
    pub(crate) fn has_line(&self, route: &str) -> bool {
        self.taken.load(Ordering::Relaxed) > 0 && self.lines().contains_key(route)
    }

    /// Joins the line of a route with targets of these providers. `None`: every place is taken.
    pub(crate) fn join<'p>(
        self: &Arc<Self>,
        who: Waiter<'_>,
        providers: impl Iterator<Item = &'p str>,
    ) -> Option<Place> {
        let places = self.places.load(Ordering::Relaxed);
        let more = |taken| (taken < places).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        let woken = Arc::new(Notify::new());
        let mut lines = self.lines();
        let line = lines.entry(who.route.to_owned()).or_default();
        for provider in providers {
            if !line.providers.iter().any(|known| known == provider) {
                line.providers.push(provider.to_owned());
            }
        }
        let lane = line.lanes.entry(who.priority).or_default();
        match lane.iter_mut().find(|of| of.key == who.key) {
            Some(of) => of.waiters.push_back(Arc::clone(&woken)),
            None => {
                let waiters = VecDeque::from([Arc::clone(&woken)]);
                lane.push_back(OfKey { key: who.key.to_owned(), waiters });
            }
        }
        drop(lines);
        fence(Ordering::SeqCst);
        Some(Place {
            waiting: Arc::clone(self),
            route: who.route.to_owned(),
            key: who.key.to_owned(),
            priority: who.priority,
            woken,
            left: false,
        })
    }

    fn wake(&self, of: impl Fn(&Line) -> bool) {
        for line in self.lines().values().filter(|line| of(line)) {
            if let Some(first) = line.first() {
                first.notify_one();
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        // Every change of the lines is whole before anything in it can fail.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn first(&self) -> Option<&Arc<Notify>> {
        self.lanes.values().find_map(|lane| lane.front())?.waiters.front()
    }
}

impl Place {
    /// Whether it is this request's turn.
    pub(crate) fn is_first(&self) -> bool {
        let lines = self.waiting.lines();
        let first = lines.get(&self.route).and_then(Line::first);
        first.is_some_and(|first| Arc::ptr_eq(first, &self.woken))
    }

    /// Waits until it is this request's turn and it is woken, or until `due` where that is known. Gives false if `by` comes
    /// first.
    pub(crate) async fn turn(&self, due: Option<Duration>, by: Duration) -> bool {
        let start = Instant::now();
        let by = start + by;
        let due = due.map(|due| start + due);
        loop {
            let wake = due.filter(|_| self.is_first()).map_or(by, |due| due.min(by));
            let woken = tokio::time::timeout_at(wake, self.woken.notified()).await.is_ok();
            let now = Instant::now();
            if self.is_first() && (woken || due.is_some_and(|due| due <= now)) {
                return true;
            }
            if by <= now {
                return false;
            }
        }
    }

    /// The request got what it waited for: the next key's turn comes.
    pub(crate) fn served(mut self) {
        self.leave(true);
    }

    fn leave(&mut self, served: bool) {
        if std::mem::replace(&mut self.left, true) {
            return;
        }
        let mut lines = self.waiting.lines();
        if let Some(line) = lines.get_mut(&self.route) {
            let was_first = line.first().is_some_and(|first| Arc::ptr_eq(first, &self.woken));
            if let Some(lane) = line.lanes.get_mut(&self.priority)
                && let Some(at) = lane.iter().position(|of| of.key == self.key)
            {
                if let Some(of) = lane.get_mut(at) {
                    of.waiters.retain(|waiter| !Arc::ptr_eq(waiter, &self.woken));
                }
                if let Some(of) = lane.remove(at).filter(|of| !of.waiters.is_empty()) {
                    lane.insert(if served { lane.len() } else { at }, of);
                }
                if lane.is_empty() {
                    line.lanes.remove(&self.priority);
                }
            }
            match line.first() {
                None => {
                    lines.remove(&self.route);
                }
                Some(next) if was_first => next.notify_one(),
                Some(_) => {}
            }
        }
        self.waiting.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave(false);
    }
}

#[cfg(test)]
mod tests;
