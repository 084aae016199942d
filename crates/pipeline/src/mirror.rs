//! A share of a route's requests is sent to one more target, whose answers are recorded and never returned: to know what a
//! model would answer, how fast and for how much, before anybody depends on it.
//!
//! A copy goes when the client's own answer has begun, so that it never takes a quota from under it, and runs beside the
//! requests. The operator pays: no client's limit knows of it. What providers allow counts as for any other call.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use wye_types::error::GatewayError;
use wye_types::record::Purpose;
use wye_types::{DialectId, RequestId};
use wye_wire::dialect::{PathAsk, StreamAsk};

use crate::attempt::chat::{Answered, Chat};
use crate::attempt::{Driver, Queue};
use crate::authenticate::Caller;
use crate::chance::Chance;
use crate::decide::{Ask, decide};
use crate::inner::Parent;
use crate::live::Route;
use crate::parse::Request;
use crate::pipeline::{Inbound, Pipeline};
use crate::relay::body::LiveBody;
use crate::settle::Settle;

/// How many copies run at once, of all routes. Those beyond are not made: they are no use that is worth a queue.
pub const AT_ONCE: usize = 32;

/// Who is sent copies of a route's requests, and of how many.
#[derive(Debug)]
pub struct Mirror {
    /// Whom they are sent to.
    pub route: Arc<Route>,
    /// The share, from 0 to 1.
    pub share: f64,
    /// Where they run.
    pub mirrors: Arc<Mirrors>,
}

/// The copies that run, of all routes and configurations.
#[derive(Debug)]
pub struct Mirrors {
    tracker: TaskTracker,
    places: Arc<Semaphore>,
    dropped: AtomicU64,
}

impl Mirrors {
    /// Copies run on `tracker`.
    #[must_use]
    pub fn new(tracker: TaskTracker) -> Self {
        Self { tracker, places: Arc::new(Semaphore::new(AT_ONCE)), dropped: AtomicU64::new(0) }
    }

    /// How many copies were not made because too many ran.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Mirror {
    /// Whether a request is copied: drawn by its id, so that it can be told afterwards.
    fn draws(&self, id: RequestId) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "the half that is made from chance")]
        let drawn = Chance::seeded(id.0 as u64).next();
        #[expect(clippy::cast_precision_loss, reason = "a draw")]
        let at = drawn as f64 / u64::MAX as f64;
        at < self.share
    }
}

/// A request that will be copied.
pub(crate) struct Mirrored {
    mirror: Arc<Mirror>,
    parent: Parent,
    dialect: DialectId,
    path: PathAsk,
    headers: HeaderMap,
    body: Bytes,
}

impl Mirrored {
    /// The copy of a request, if its route has a mirror and it is drawn. What goes on from something that lies at a
    /// provider, or will, is not copied: nobody else could answer it.
    pub(crate) fn of(
        (pipeline, inbound): (&Pipeline, &Inbound),
        (route, request): (&Route, &Request),
        settle: &Settle,
    ) -> Option<Box<Self>> {
        let mirror = route.mirror.as_ref().filter(|mirror| mirror.draws(inbound.id))?;
        if request.earlier.is_some() || settle.works_on() {
            return None;
        }
        let parent = Parent {
            caller: Caller::default(),
            tags: Vec::new(),
            user: None,
            free_only: false,
            ..Parent::of(pipeline, inbound, settle)
        };
        Some(Box::new(Self {
            mirror: Arc::clone(mirror),
            parent,
            dialect: inbound.dialect,
            path: request.path.clone(),
            headers: inbound.headers.clone(),
            body: request.bytes.clone(),
        }))
    }

    /// Sends it, beside everything else.
    pub(crate) fn send(self: Box<Self>) {
        let mirrors = Arc::clone(&self.mirror.mirrors);
        let Ok(place) = Arc::clone(&mirrors.places).try_acquire_owned() else {
            let count = mirrors.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_power_of_two() {
                tracing::warn!(count, "copies of requests were not made: {AT_ONCE} run already");
            }
            return;
        };
        mirrors.tracker.spawn(async move {
            let stop = Arc::clone(&self.parent.stop);
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = Box::pin(self.run()) => {}
            }
            drop(place);
        });
    }

    async fn run(&self) {
        if let Err(error) = self.ask().await {
            tracing::debug!(route = %self.mirror.route.name, %error, "a copy of a request was not sent");
        }
    }

    async fn ask(&self) -> Result<(), GatewayError> {
        let (parent, route) = (&self.parent, &self.mirror.route);
        let mut request = Request::parse(self.dialect, self.path.clone(), self.body.clone())?;
        request.read_by(route.reader());
        let mut settle = parent.begin(Purpose::Mirror, route, &request)?;
        settle.capture = parent.live.capturing.begin(&self.body, || parent.chance.next());
        let from = (&parent.live.fleet, || parent.chance.next());
        let wants = Ask::chat(&settle.holding, (&request, route, None), "", from);
        let mut decided = decide(route, &wants, request.estimate(), settle.moment());
        decided.tell(&mut settle.record);
        let sse = self.path.sse || self.dialect != DialectId::Gemini;
        let ask = StreamAsk {
            include_usage: true,
            sse,
            fallback_id: parent.id.to_string(),
            model: request.head.model.clone(),
            ..StreamAsk::default()
        };
        let queue = Queue::new(Arc::clone(&parent.live.waiting), None, wants);
        let chat = Chat::new((request, ask, self.headers.clone()), Arc::clone(&parent.live.fetcher), None);
        match Answered::from(Box::pin(Driver::new(chat, decided, settle, queue).run()).await) {
            Answered::Whole(mut settle, whole) => {
                settle.whole_content(whole.body.len() as u64);
                if let Some(usage) = whole.usage {
                    settle.usage(usage);
                }
                settle.sent(&whole.body);
                settle.end(200, None);
            }
            Answered::Stream(relaying) => {
                let body = LiveBody::relaying(relaying, self.dialect, sse, parent.live.heartbeat);
                let mut body = body.until(&parent.stop, parent.id);
                // What it says is in the record; nobody listens.
                while poll_fn(|cx| body.poll(cx)).await.is_some() {}
            }
            Answered::Told(mut settle, told) => drop(told.tell(&mut settle)),
            Answered::Failed(mut settle, failed) => {
                settle.end(failed.error.http_status(), Some(failed.error.code));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wye_routing::tree::Group;

    use super::*;

    #[test]
    fn the_share_is_drawn_and_the_same_request_always_alike() {
        let route = Route::new(Group::listed("m".into(), 0), Arc::from([]), Arc::default(), None);
        let (route, mirrors) = (Arc::new(route), Arc::new(Mirrors::new(TaskTracker::new())));
        let mirror = |share| Mirror { route: Arc::clone(&route), share, mirrors: Arc::clone(&mirrors) };
        let chance = Chance::seeded(7);
        let ids: Vec<RequestId> =
            (0..10_000).map(|at| RequestId::v7(at, u128::from(chance.next()))).collect();
        let drawn = |share| ids.iter().filter(|id| mirror(share).draws(**id)).count();
        assert_eq!((drawn(0.0), drawn(1.0)), (0, 10_000));
        assert!((900..1100).contains(&drawn(0.1)), "{}", drawn(0.1));
        assert_eq!(drawn(0.1), drawn(0.1));
    }
}
