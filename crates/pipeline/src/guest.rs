//! Keys that end with the session of the person who was given one: what a page of the gateway's own calls the doors with.
//! They are looked for only after no ordinary key was found. Who may have one is known to whoever adds them here.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderValue;

use crate::authenticate::{Caller, Presented, hash};
use crate::client::KeyPolicy;

/// How such keys begin.
pub const PREFIX: &str = "wye-console-";
/// The most of them at once; beyond, the one that ends first goes.
const MOST: usize = 1000;

/// Whose key it is, and until when.
#[derive(Debug, Clone)]
pub struct Guest {
    /// What it may do; its name is in records.
    pub policy: Arc<KeyPolicy>,
    /// The session that it ends with.
    pub session: String,
    /// The page's own origin, if it has told one: it may call from there.
    pub origin: Option<HeaderValue>,
    /// Unix milliseconds from which on it is refused.
    pub expires_ms: u64,
}

/// The keys of pages that are known to this process.
#[derive(Debug, Default)]
pub struct Guests {
    all: ArcSwap<HashMap<[u8; 32], Guest>>,
}

impl Guests {
    /// Takes a key in. What has expired goes.
    pub fn add(&self, key: &str, guest: &Guest, now_ms: u64) {
        let hash = hash(key);
        self.all.rcu(|all| {
            let mut more = HashMap::clone(all);
            more.retain(|_, guest| guest.expires_ms > now_ms);
            if more.len() >= MOST
                && let Some(first) =
                    more.iter().min_by_key(|(_, guest)| guest.expires_ms).map(|(hash, _)| *hash)
            {
                more.remove(&first);
            }
            more.insert(hash, guest.clone());
            more
        });
    }

    /// Ends the keys of sessions.
    pub fn end(&self, ended: impl Fn(&str) -> bool) {
        self.all.rcu(|all| {
            let mut fewer = HashMap::clone(all);
            fewer.retain(|_, guest| !ended(&guest.session));
            fewer
        });
    }

    /// The sessions that have keys, each once.
    #[must_use]
    pub fn sessions(&self) -> Vec<String> {
        let mut sessions: Vec<String> = self.all.load().values().map(|guest| guest.session.clone()).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Who calls with such a key; `None`: it is none, or holds no more.
    #[must_use]
    pub fn find(&self, presented: Presented<'_>, now_ms: u64) -> Option<Caller> {
        let key = presented.key().filter(|key| key.starts_with(PREFIX))?;
        let all = self.all.load();
        // What is compared is a hash of 256 bits of chance: how long that takes tells nothing of the key.
        let guest = all.get(&hash(key)).filter(|guest| guest.expires_ms > now_ms)?;
        Some(Caller { key: Some(Arc::clone(&guest.policy)) })
    }

    /// What was presented, if it begins like such a key and is not known here: another process may know it.
    #[must_use]
    pub fn unknown<'k>(&self, presented: Presented<'k>) -> Option<&'k str> {
        let key = presented.key().filter(|key| key.starts_with(PREFIX))?;
        let known = self.all.load().contains_key(&hash(key));
        (!known).then_some(key)
    }

    /// Whether a page of this origin has a key now.
    #[must_use]
    pub fn come_from(&self, origin: &HeaderValue, now_ms: u64) -> bool {
        let all = self.all.load();
        all.values().any(|guest| guest.expires_ms > now_ms && guest.origin.as_ref() == Some(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(session: &str, expires_ms: u64) -> Guest {
        let policy = Arc::new(KeyPolicy { name: format!("console:{session}"), ..KeyPolicy::default() });
        let origin = Some(HeaderValue::from_static("http://localhost:1"));
        Guest { policy, session: session.to_owned(), origin, expires_ms }
    }

    fn found(guests: &Guests, key: &str, now_ms: u64) -> Option<String> {
        let presented = Presented { api_key: Some(key), ..Presented::default() };
        guests.find(presented, now_ms).and_then(|caller| caller.name())
    }

    #[test]
    fn a_key_holds_until_it_expires_or_its_session_ends() {
        let guests = Guests::default();
        guests.add("wye-console-a", &guest("a", 100), 0);
        guests.add("wye-console-b", &guest("b", 200), 0);
        guests.add("other-c", &guest("c", 200), 0);
        assert_eq!(found(&guests, "wye-console-a", 99).as_deref(), Some("console:a"));
        assert_eq!((found(&guests, "wye-console-a", 100), found(&guests, "wye-console-x", 0)), (None, None));
        assert_eq!(found(&guests, "other-c", 0), None, "only what begins like one is looked for");
        let unknown = |key| guests.unknown(Presented { api_key: Some(key), ..Presented::default() });
        assert_eq!(
            (unknown("wye-console-x"), unknown("wye-console-a"), unknown("sk-x")),
            (Some("wye-console-x"), None, None)
        );
        assert!(guests.come_from(&HeaderValue::from_static("http://localhost:1"), 150));
        assert!(!guests.come_from(&HeaderValue::from_static("http://localhost:2"), 150));
        assert_eq!(guests.sessions(), ["a", "b", "c"]);
        guests.end(|session| session == "b");
        assert_eq!(found(&guests, "wye-console-b", 0), None);
        guests.add("wye-console-d", &guest("d", 300), 150);
        assert_eq!(guests.sessions(), ["c", "d"], "what has expired goes");
    }

    #[test]
    fn there_is_an_end_to_them() {
        let guests = Guests::default();
        for number in 0..=MOST {
            guests.add(&format!("wye-console-{number}"), &guest("s", 1000 + number as u64), 0);
        }
        assert_eq!(found(&guests, "wye-console-0", 0), None);
        assert!(
            found(&guests, "wye-console-1", 0).is_some()
                && found(&guests, &format!("wye-console-{MOST}"), 0).is_some()
        );
    }
}
