//! Somebody who listens: what there is to tell, a beat now and then, and the end.

use std::collections::{HashSet, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use wye_admin::{AuthError, Principal, Via};

use super::ring::{Cursor, Event, Placed};
use super::{Ear, Hub};
use crate::admin::Admin;

/// How often somebody looks for what is new.
const EVERY: Duration = Duration::from_millis(500);
/// A listener that hears nothing else hears this often that the connection stands.
const BEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether a listener may still listen.
const STANDS: Duration = Duration::from_secs(30);
/// How long a browser waits before it connects again, in milliseconds.
const RETRY_MS: u64 = 2000;
/// Events that are written at once.
const AT_ONCE: usize = 100;

/// Somebody who listens.
pub(super) struct Listener {
    pub(super) admin: Arc<Admin>,
    pub(super) hub: Arc<Hub>,
    pub(super) principal: Principal,
    pub(super) ear: Ear,
    /// What happened before it came, to be told first.
    pub(super) before: VecDeque<Event>,
    /// What of that may come once more.
    pub(super) told: HashSet<u128>,
    /// The number of the next event.
    pub(super) next: u64,
    pub(super) cursor: Cursor,
    pub(super) greeted: bool,
    pub(super) ended: bool,
    /// When it last heard something, and when it was last asked whether it may.
    pub(super) beat: Duration,
    pub(super) looked: Duration,
    pub(super) _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next piece of the answer; `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut end = self.hub.end.subscribe();
        loop {
            let mut piece = String::new();
            if !self.greeted {
                self.greeted = true;
                let _ = write!(piece, "retry: {RETRY_MS}\nid: {}\n\n", self.cursor);
            }
            let more = self.write(&mut piece);
            let now = self.admin.clock.mono();
            if self.hub.stop.is_cancelled() {
                self.end(&mut piece, "shutdown");
            } else if now.saturating_sub(self.looked) >= STANDS {
                self.looked = now;
                if !self.stands().await {
                    self.end(&mut piece, "session");
                }
            }
            if piece.is_empty() && now.saturating_sub(self.beat) >= BEAT {
                // With the place, for those to whom nothing of what happened is told.
                let _ = write!(piece, ": all is well\nid: {}\n\n", self.cursor);
            }
            if !piece.is_empty() {
                self.beat = now;
                return Some(Bytes::from(piece));
            }
            if more {
                continue;
            }
            let stop = self.hub.stop.clone();
            let due = tokio::select! {
                _ = end.wait_for(|end| *end > self.next) => false,
                () = stop.cancelled() => false,
                () = tokio::time::sleep(EVERY) => true,
            };
            if due {
                Box::pin(self.hub.look(&self.admin)).await;
            }
        }
    }

    /// Writes what there is to tell, as far as it goes at once. Whether there is more.
    fn write(&mut self, to: &mut String) -> bool {
        while let Some(event) = self.before.pop_front() {
            if let Event::Request(request) = &event {
                let ended_ms = self.cursor.ended_ms.max(request.ended_ms);
                self.cursor = Cursor { ended_ms, id: Some(request.number) };
            }
            self.tell(&event, to);
        }
        let (lost, events) = self.hub.ring(|ring| ring.from(self.next, AT_ONCE));
        if lost > 0 {
            self.next += lost;
            self.tell(&Event::Gap(Some(lost)), to);
        }
        let full = events.len() == AT_ONCE;
        for Placed { event, cursor } in events {
            self.next += 1;
            self.cursor = cursor;
            if let Event::Request(request) = &event
                && self.told.remove(&request.number)
            {
                continue;
            }
            self.tell(&event, to);
        }
        full
    }

    fn tell(&self, event: &Event, to: &mut String) {
        match event {
            Event::Request(request) if self.ear.ask.wants(request) => {
                let data = serde_json::to_string(&**request).unwrap_or_default();
                let _ = write!(to, "id: {}\nevent: request\ndata: {data}\n\n", self.cursor);
            }
            Event::Request(_) => {}
            Event::Gap(missed) => {
                let data = serde_json::json!({ "missed": missed });
                let _ = write!(to, "event: gap\ndata: {data}\n\n");
            }
        }
    }

    fn end(&mut self, to: &mut String, why: &str) {
        self.ended = true;
        let _ = write!(to, "event: ended\ndata: {{\"why\":\"{why}\"}}\n\n");
    }

    /// Whether it may still listen. A database that does not answer ends nothing.
    async fn stands(&self) -> bool {
        let auth = &self.admin.auth;
        let found = match &self.ear.shown {
            Some(shown) if self.principal.session.is_none() => {
                let known = auth.authenticate(shown.expose(), Via::Bearer, &self.principal.client).await;
                known.map(|known| known.require(wye_admin::Action::RequestsRead).is_ok())
            }
            _ => auth.still_stands(&self.principal).await,
        };
        !matches!(found, Ok(false) | Err(AuthError::Unauthenticated(_)))
    }
}
