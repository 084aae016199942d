//! Kept connections of one origin.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::link::Link;

/// How long a connection may lie idle: below the 60 s after which most load balancers close theirs.
const IDLE_FOR: Duration = Duration::from_secs(50);
/// How many idle connections are kept per provider.
const MOST_IDLE: usize = 512;

/// How much of a body that nobody needs is read, in bytes, and for how long.
const MOST_REST: usize = 64 << 10;
const REST_PATIENCE: Duration = Duration::from_secs(1);

/// Idle connections, most recently used last.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Idle>>);

pub(super) type PoolRef = Arc<Pool>;

#[derive(Debug)]
struct Idle {
    link: Link,
    since: Instant,
}

impl Pool {
    pub(super) fn new() -> PoolRef {
        Arc::default()
    }

    /// The connection used last, so that a burst's extra ones age and go. The lock is held for a pop.
    pub(super) fn take(&self, now: Instant) -> Option<Link> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(last) = idle.pop() {
            if !last.link.is_closed() && now.duration_since(last.since) < IDLE_FOR {
                return Some(last.link);
            }
        }
        None
    }

    fn put(&self, link: Link, now: Instant) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = idle.iter().take_while(|i| now.duration_since(i.since) >= IDLE_FOR).count();
        idle.drain(..stale);
        if idle.len() < MOST_IDLE && !link.is_closed() {
            idle.push(Idle { link, since: now });
        }
    }
}

/// The body of a provider's answer. Read to its end, its connection is kept; dropped before, the connection is closed,
/// which tells the provider to stop.
#[derive(Debug)]
pub struct UpstreamBody {
    body: Incoming,
    /// The connection, and where it goes when the body is at its end.
    lease: Option<(Link, Weak<Pool>)>,
    tracker: TaskTracker,
}

impl UpstreamBody {
    pub(super) fn new(body: Incoming, link: Link, pool: &PoolRef, tracker: &TaskTracker) -> Self {
        let lease = Some((link, Arc::downgrade(pool)));
        let mut this = Self { body, lease, tracker: tracker.clone() };
        if this.body.is_end_stream() {
            this.give_back();
        }
        this
    }

    /// An answer over a connection that is not kept.
    pub(super) fn once(body: Incoming, link: Link, tracker: &TaskTracker) -> Self {
        Self { body, lease: Some((link, Weak::new())), tracker: tracker.clone() }
    }

    /// Reads what is left aside from the request, so that the connection can be kept although nobody needs the rest:
    /// a stream's end marker comes a moment before the end of its body. One that does not end soon is closed.
    pub(crate) fn finish_aside(self) {
        if self.lease.is_some() {
            let tracker = self.tracker.clone();
            let rest = Limited::new(self, MOST_REST).collect();
            tracker.spawn(async move { drop(tokio::time::timeout(REST_PATIENCE, rest).await) });
        }
    }

    fn give_back(&mut self) {
        if let Some((link, pool)) = self.lease.take()
            && let Some(pool) = pool.upgrade()
        {
            pool.put(link, Instant::now());
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let frame = match &mut this.lease {
            Some((link, _)) => ready!(link.poll_frame(cx, &mut this.body)),
            None => ready!(Pin::new(&mut this.body).poll_frame(cx)),
        };
        match &frame {
            None => self.give_back(),
            // The last frame of a body of known length: its reader may not ask again.
            Some(Ok(_)) if self.body.is_end_stream() => self.give_back(),
            Some(Ok(_)) => {}
            Some(Err(_)) => self.lease = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
