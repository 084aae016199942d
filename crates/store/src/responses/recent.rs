//! The responses of the last minute: a conversation goes on from them as a rule, and they are there before they are
//! written. Bounded by bytes and by age; what is not written yet stays whatever its size.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use wye_types::kept::KeptResponse;

/// Most bytes of responses that are written.
const MOST: usize = 16 << 20;
/// How long one is believed that another gateway may have deleted.
const AGE: Duration = Duration::from_secs(60);

/// Who asked, and the response's id.
type Key = (Arc<str>, Arc<str>);

#[derive(Default)]
pub(super) struct Recent {
    /// In the order in which they were used last.
    order: BTreeMap<u64, Key>,
    all: HashMap<Key, Entry>,
    next: u64,
    /// Bytes of those that are written.
    bytes: usize,
}

struct Entry {
    kept: Arc<KeptResponse>,
    /// Its place in the order.
    place: u64,
    /// When it was put in.
    since: Duration,
    written: bool,
}

impl Recent {
    pub(super) fn get(&mut self, owner: &str, id: &str, now: Duration) -> Option<Arc<KeptResponse>> {
        let key: Key = (owner.into(), id.into());
        let entry = self.all.get_mut(&key)?;
        if entry.written && now.saturating_sub(entry.since) > AGE {
            self.remove(owner, id);
            return None;
        }
        self.order.remove(&entry.place);
        entry.place = self.next;
        self.order.insert(self.next, key);
        self.next += 1;
        Some(Arc::clone(&entry.kept))
    }

    pub(super) fn put(&mut self, kept: Arc<KeptResponse>, written: bool, now: Duration) {
        let key: Key = (kept.owner.as_str().into(), kept.id.as_str().into());
        // What was read is older than what is to be written.
        if written && self.all.get(&key).is_some_and(|entry| !entry.written) {
            return;
        }
        self.remove(&kept.owner, &kept.id);
        if written {
            self.bytes = self.bytes.saturating_add(kept.size());
        }
        let place = self.next;
        self.next += 1;
        self.order.insert(place, key.clone());
        self.all.insert(key, Entry { kept, place, since: now, written });
        self.shrink();
    }

    /// It is in the database now, unless another of its name came since.
    pub(super) fn written(&mut self, kept: &KeptResponse) {
        let key: Key = (kept.owner.as_str().into(), kept.id.as_str().into());
        let Some(entry) = self.all.get_mut(&key) else { return };
        if !entry.written && std::ptr::eq(&raw const *entry.kept, kept) {
            entry.written = true;
            self.bytes = self.bytes.saturating_add(entry.kept.size());
            self.shrink();
        }
    }

    pub(super) fn remove(&mut self, owner: &str, id: &str) {
        let Some(entry) = self.all.remove(&(owner.into(), id.into())) else { return };
        self.order.remove(&entry.place);
        if entry.written {
            self.bytes = self.bytes.saturating_sub(entry.kept.size());
        }
    }

    fn shrink(&mut self) {
        while self.bytes > MOST {
            let oldest = self.order.values().find(|key| self.all.get(key).is_some_and(|entry| entry.written));
            let Some((owner, id)) = oldest.cloned() else { return };
            self.remove(&owner, &id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: &str, bytes: usize) -> Arc<KeptResponse> {
        Arc::new(KeptResponse {
            id: id.to_owned(),
            response: vec![0; bytes].into(),
            ..KeptResponse::default()
        })
    }

    #[test]
    fn what_is_not_written_stays_and_what_is_goes_by_use() {
        let (mut recent, now) = (Recent::default(), Duration::ZERO);
        let waiting = kept("waiting", MOST);
        recent.put(Arc::clone(&waiting), false, now);
        recent.put(kept("a", MOST / 2), true, now);
        recent.put(kept("b", MOST / 2), true, now);
        assert!(recent.get("", "a", now).is_some());
        recent.put(kept("c", MOST / 2), true, now);
        let there =
            |recent: &mut Recent| ["waiting", "a", "b", "c"].map(|id| recent.get("", id, now).is_some());
        assert_eq!(there(&mut recent), [true, true, false, true]);
        // Of those that are written it was used before the others.
        recent.written(&waiting);
        assert_eq!(there(&mut recent), [false, true, false, true]);
        assert!(recent.get("other", "a", now).is_none());
        assert!(["a", "c"].iter().all(|id| recent.get("", id, AGE * 2).is_none()));
        assert_eq!((recent.bytes, recent.order.len(), recent.all.len()), (0, 0, 0));
    }

    #[test]
    fn what_was_read_does_not_hide_what_is_newer() {
        let (mut recent, now) = (Recent::default(), Duration::ZERO);
        recent.put(kept("a", 1), false, now);
        recent.put(kept("a", 2), true, now);
        assert_eq!(recent.get("", "a", now).unwrap().size(), 1);
        // Another of the same name was written, not this one.
        recent.written(&kept("a", 1));
        assert_eq!(recent.bytes, 0);
    }
}
