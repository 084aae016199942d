//! Keys of the console's own pages, on every node: the one that is asked for a key gives it, another one takes it in where it
//! comes first, and each lets go of the keys of sessions that have ended, wherever they ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use wye_admin::guest::GuestKey;
use wye_admin::{Action, Auth, AuthError, Principal};
use wye_pipeline::Pipeline;
use wye_pipeline::client::KeyPolicy;
use wye_pipeline::guest::Guest;
use wye_pipeline::trial::CONSOLE;
use wye_types::Secret;

use crate::door::presented;

/// How long a key holds.
const HOUR_S: u64 = 3600;
/// How often sessions are asked for: as often as other changes of keys are.
const EVERY: Duration = Duration::from_secs(1);

/// Who gives keys to pages, and looks after them.
pub(crate) struct Guestbook {
    auth: Arc<Auth>,
    pipeline: Arc<Pipeline>,
}

impl Guestbook {
    pub(crate) const fn new(auth: Arc<Auth>, pipeline: Arc<Pipeline>) -> Self {
        Self { auth, pipeline }
    }

    /// Gives a key to a page of this session: the key, the name that its requests are recorded under, and until when it holds
    /// in Unix milliseconds.
    pub(crate) async fn give(
        &self,
        who: &Principal,
        origin: Option<&str>,
    ) -> Result<(Secret, String, u64), AuthError> {
        let (key, says) = self.auth.give_guest_key(who, origin, HOUR_S).await?;
        let (name, expires_ms) = (name(&says), says.expires_ms);
        self.take_in(key.expose(), &says);
        Ok((key, name, expires_ms))
    }

    /// The key of a request that only a page can have and that is not known here.
    pub(crate) fn stranger(&self, headers: &HeaderMap) -> Option<String> {
        self.pipeline.guests().unknown(presented(headers)).map(str::to_owned)
    }

    /// Takes in a key that another node gave, or this one before it was started anew. What is none stays unknown.
    pub(crate) async fn meet(&self, key: &str) {
        match self.auth.guest_key(key).await {
            Ok(Some(says)) => self.take_in(key, &says),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "whether a key of the console holds is not known, so it is refused")
            }
        }
    }

    fn take_in(&self, key: &str, says: &GuestKey) {
        let policy = KeyPolicy { name: name(says), owner: Some(says.name.clone()), ..KeyPolicy::default() };
        let guest = Guest {
            policy: Arc::new(policy),
            session: says.session.clone(),
            origin: says.origin.as_deref().and_then(|page| HeaderValue::from_str(page).ok()),
            expires_ms: says.expires_ms,
        };
        self.pipeline.guests().add(key, &guest, self.pipeline.clock().unix_ms());
    }

    /// Ends the keys of sessions that have ended, or whose users may no longer have one. A database that is away ends none:
    /// they expire by themselves.
    pub(crate) async fn sweep(&self) {
        let guests = self.pipeline.guests();
        let mut ended = HashSet::new();
        for session in guests.sessions() {
            match self.auth.session_may(&session, Action::ModelsTry).await {
                Ok(false) => drop(ended.insert(session)),
                Ok(true) => {}
                Err(error) => tracing::debug!(%error, "whether a session still stands is not known"),
            }
        }
        if !ended.is_empty() {
            guests.end(|session| ended.contains(session));
        }
    }

    /// Does that again and again. Ends never. Where no page has a key, nobody is asked.
    pub(crate) async fn watch(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.sweep().await;
        }
    }
}

/// The name in the place of a client key's.
fn name(says: &GuestKey) -> String {
    format!("{CONSOLE}:{}", says.name)
}

impl std::fmt::Debug for Guestbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guestbook").finish_non_exhaustive()
    }
}
