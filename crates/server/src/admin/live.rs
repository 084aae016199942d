//! Requests as they end, of every node, as server-sent events.
//!
//! What is told comes from the log, so that a listener who comes back misses nothing, also after a restart. There is no task
//! for it: as long as somebody listens, one of the listeners looks whether there is something new, for all of them.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;
use utoipa::openapi::Content;
use utoipa::openapi::path::Parameter;
use wye_store::log::{Entry, recent};
use wye_types::{Code, Secret};

use super::Admin;
use super::endpoint::{Call, Described, Output, Schemas};
use super::input::{Input, Query, Text};
use super::problem::Problem;

mod event;
mod listener;
mod ring;
mod tail;

use event::LiveRequest;
use listener::Listener;
use ring::{Cursor, Event, Ring};
use tail::Tail;

/// How many may listen at once.
const LISTENERS: usize = 64;
/// When a listener for whom there was no place may come again.
const COME_AGAIN: Duration = Duration::from_secs(5);
/// How much of what a listener heard before is looked through again where its place is not known: rows are written in
/// batches, not one by one.
const OVERLAP_MS: u64 = 3_000;
/// How long a request may have lasted to be found when a listener comes back, in milliseconds.
const LASTED_MS: u64 = 1_800_000;
/// How long a listener may have been away, in milliseconds.
const AWAY_MS: u64 = 3_600_000;

/// What is to be told, and from where on. Everything that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LiveAsk {
    /// The `id` of the last event that was heard, or a Unix millisecond: what ended after that comes first. A header
    /// `Last-Event-ID`, which browsers send by themselves, counts before it.
    after: Option<Text<64>>,
    /// The route.
    route: Option<Text<200>>,
    /// The client key's name.
    key: Option<Text<200>>,
    /// The team of the client key.
    team: Option<Text<200>>,
    /// The provider whose answer was sent.
    provider: Option<Text<200>>,
    /// The model whose answer was sent.
    model: Option<Text<300>>,
    /// Only requests that did not end well (`true`), or only those that did.
    failed: Option<bool>,
}

impl LiveAsk {
    fn wants(&self, request: &LiveRequest) -> bool {
        let same = |wanted: &str, has: &Option<String>| has.as_deref() == Some(wanted);
        let served = request.deployment.as_deref().and_then(|name| name.split_once('/'));
        self.route.as_ref().is_none_or(|route| same(&route.0, &request.route))
            && self.key.as_ref().is_none_or(|key| same(&key.0, &request.key))
            && self.team.as_ref().is_none_or(|team| same(&team.0, &request.team))
            && self.provider.as_ref().is_none_or(|wanted| served.is_some_and(|(name, _)| name == wanted.0))
            && self.model.as_ref().is_none_or(|wanted| served.is_some_and(|(_, name)| name == wanted.0))
            && self.failed.is_none_or(|failed| failed == request.code.is_some())
    }
}

/// What a listener sends.
pub(super) struct Ear {
    ask: LiveAsk,
    after: Option<Cursor>,
    /// What it showed to be let in, if not a cookie.
    shown: Option<Secret>,
}

impl Input for Ear {
    const BODY: bool = false;

    fn read(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        let Query(ask) = Query::<LiveAsk>::read(query, headers, body)?;
        let heard = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
        // What a browser kept of another time is no reason to tell it nothing.
        let after = match (heard, &ask.after) {
            (Some(heard), _) => Cursor::parse(heard),
            (None, Some(after)) => {
                let wrong = || Problem::field("after", "write the id of an event, or a Unix millisecond");
                Some(Cursor::parse(&after.0).ok_or_else(wrong)?)
            }
            (None, None) => None,
        };
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        let shown = shown.map(|(_, token)| Secret::new(token.trim().to_owned()));
        Ok(Self { ask, after, shown })
    }

    fn parameters() -> Vec<Parameter> {
        Query::<LiveAsk>::parameters()
    }
}

/// Events without an end.
pub(super) struct Events(Body);

const SSE: &str = "text/event-stream";

impl Output for Events {
    fn response(self) -> Response {
        let mut response = Response::new(self.0);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(SSE));
        // Proxies that gather answers before they pass them on are asked not to.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }

    fn describe(schemas: &mut Schemas) -> Described {
        let content = Content::new(Some(schemas.of::<LiveRequest>()));
        Described { status: StatusCode::OK, content: Some((SSE, content)) }
    }
}

/// What all listeners have in common.
pub(super) struct Hub {
    places: Arc<Semaphore>,
    ring: Mutex<Ring>,
    /// The number of the next event, for those who wait for it.
    end: watch::Sender<u64>,
    /// `None`: somebody is looking.
    tail: Mutex<Option<Tail>>,
    stop: CancellationToken,
}

impl Hub {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self {
            places: Arc::new(Semaphore::new(LISTENERS)),
            ring: Mutex::new(Ring::new()),
            end: watch::Sender::new(0),
            tail: Mutex::new(Some(Tail::default())),
            stop,
        }
    }

    fn ring<T>(&self, with: impl FnOnce(&mut Ring) -> T) -> T {
        with(&mut self.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for what is new, unless somebody does that.
    async fn look(&self, admin: &Admin) {
        let taken = self.tail.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(tail) = taken else { return };
        let mut lent = Lent { tail, hub: self };
        let news = match lent.tail.look(&admin.db, admin.clock.unix_ms()).await {
            Ok(news) => news,
            Err(error) => {
                tracing::debug!(%error, "the log cannot be followed now");
                return;
            }
        };
        let end = self.ring(|ring| {
            if news.anew {
                let had = ring.end() > 0;
                ring.clear();
                if had {
                    ring.push(Event::Gap(None));
                }
            }
            if news.missed > 0 {
                ring.push(Event::Gap(Some(news.missed)));
            }
            for entry in news.entries {
                ring.push(Event::Request(Arc::new(entry.into())));
            }
            ring.end()
        });
        self.end.send_replace(end);
    }
}

/// The tail in the hands of who looks; back in its place also if that one leaves in between.
struct Lent<'h> {
    tail: Tail,
    hub: &'h Hub,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let tail = std::mem::take(&mut self.tail);
        *self.hub.tail.lock().unwrap_or_else(PoisonError::into_inner) = Some(tail);
    }
}

pub(super) async fn follow_requests(call: Call, ear: Ear) -> Result<Events, Problem> {
    let admin = Arc::clone(&call.admin);
    let hub = Arc::clone(&admin.live);
    let full = |_| {
        let detail = format!("{LISTENERS} listen already, and there is no place for more");
        Problem::new(Code::GatewayOverloaded, detail).with_retry(COME_AGAIN)
    };
    let place = Arc::clone(&hub.places).try_acquire_owned().map_err(full)?;
    // From here on nothing is missed.
    Box::pin(hub.look(&admin)).await;
    let now_ms = admin.clock.unix_ms();
    let (known, end, cursor) = hub.ring(|ring| {
        let known = ear.after.as_ref().and_then(|after| ring.after(after));
        (known, ring.end(), ring.cursor(now_ms))
    });
    let mut before = VecDeque::new();
    let mut told = HashSet::new();
    if let (Some(after), None) = (&ear.after, known) {
        let (gap, entries) = Box::pin(missed(&admin, after, now_ms)).await?;
        before.extend(gap.then_some(Event::Gap(None)));
        told.extend(entries.iter().map(|entry| entry.id.0).chain(after.id));
        before.extend(entries.into_iter().map(|entry| Event::Request(Arc::new(entry.into()))));
    }
    let cursor = ear.after.clone().unwrap_or(cursor);
    let now = admin.clock.mono();
    let listener = Listener {
        principal: call.principal()?.clone(),
        ear,
        hub,
        before,
        told,
        next: known.unwrap_or(end),
        cursor,
        greeted: false,
        ended: false,
        beat: now,
        looked: now,
        admin,
        _place: place,
    };
    let pieces = futures_util::stream::unfold(listener, |mut listener| async move {
        let piece = listener.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), listener))
    });
    Ok(Events(Body::from_stream(pieces)))
}

/// What ended since a listener was here, as the log has it; and whether there may have been more.
async fn missed(admin: &Admin, after: &Cursor, now_ms: u64) -> Result<(bool, Vec<Entry>), Problem> {
    let oldest = now_ms.saturating_sub(AWAY_MS);
    let overlap = if after.id.is_some() { OVERLAP_MS } else { 0 };
    let since = after.ended_ms.saturating_sub(overlap).max(oldest);
    let range = (since.saturating_sub(LASTED_MS), tail::LAST_MS);
    let found = recent::ended(&admin.db, range, since).await?;
    let ids: Vec<_> = found.into_iter().map(|(_, id)| id).filter(|id| Some(id.0) != after.id).collect();
    let surplus = ids.len().saturating_sub(tail::MOST);
    let entries = recent::several(&admin.db, &ids[surplus..]).await?;
    Ok((surplus > 0 || after.ended_ms < oldest, entries))
}
