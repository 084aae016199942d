//! The end of the log: what was written to it since the last look, also by other nodes.

use std::collections::{BTreeMap, HashMap};

use wye_store::log::{Entry, recent};
use wye_store::{Db, StoreError};

/// How long a request may last and still be found when it ends, in seconds.
const LOOKBACK_S: u64 = 3600;
/// Rows are looked for among those that ended this long before the last look, in milliseconds: what a writer gathers and
/// commits in the meantime, and how far the clocks of nodes may be apart.
const SOON_MS: u64 = 5_000;
/// Where the sums tell of more rows than that finds, among those that ended this long ago: a database was away.
const LATE_MS: u64 = 60_000;
/// At the first look, what ended this long ago counts as new: it may have been written after whoever listens asked.
const FIRST_MS: u64 = 3_000;
/// After a pause of this length it is begun anew, in milliseconds.
const STALE_MS: u64 = 50_000;
/// The last moment that ids can name, in Unix milliseconds.
pub(super) const LAST_MS: u64 = (1 << 48) - 1;
/// Requests that are told at a look. Nobody could read more.
pub(super) const MOST: usize = 500;

/// What is known of the log.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// When it began and when it looked last, in Unix milliseconds; `None`: never.
    looked: Option<(u64, u64)>,
    minutes: HashMap<u64, Minute>,
    /// What was told and might be found again, with its end.
    told: HashMap<u128, u64>,
}

/// What is known of the requests that arrived within a minute.
#[derive(Debug, Default, Clone, Copy)]
struct Minute {
    /// How many there were when it was first looked at.
    first: u64,
    /// How many there were last.
    count: u64,
    /// How many were told since.
    told: u64,
    /// How many of them could not be found.
    missed: u64,
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What ended, in that order.
    pub(super) entries: Vec<Entry>,
    /// How many more there were.
    pub(super) missed: u64,
    /// Whether it is not known what was before.
    pub(super) anew: bool,
}

impl Tail {
    /// Looks at `now_ms`. What goes wrong, or is broken off, changes nothing: the next look finds it.
    pub(super) async fn look(&mut self, db: &Db, now_ms: u64) -> Result<News, StoreError> {
        let counts = recent::arrived(db, (now_ms / 1000).saturating_sub(LOOKBACK_S)).await?;
        let (began, last) = match self.looked {
            Some((began, last)) if now_ms.saturating_sub(last) < STALE_MS => (began, last),
            _ => {
                let known = |(start, count)| (start, Minute { first: count, count, ..Minute::default() });
                // What is there already is no news. Of what arrived earlier few end just now.
                let since = now_ms.saturating_sub(FIRST_MS);
                let there = recent::ended(db, (now_ms.saturating_sub(LATE_MS), LAST_MS), since).await?;
                let minutes = counts.into_iter().map(known).collect();
                let told = there.into_iter().map(|(ended, id)| (id.0, ended)).collect();
                *self = Self { looked: Some((now_ms, now_ms)), minutes, told };
                return Ok(News { anew: true, ..News::default() });
            }
        };
        let floor = began.saturating_sub(FIRST_MS);
        let mut fresh: Vec<(u64, u128)> = Vec::new();
        let mut changed: BTreeMap<u64, Minute> = BTreeMap::new();
        for (start, count) in counts {
            let mut minute = self.minutes.get(&start).copied().unwrap_or_default();
            if minute.count == count {
                continue;
            }
            minute.count = count;
            let expected = count.saturating_sub(minute.first);
            let mut found = Vec::new();
            for since in [last.saturating_sub(SOON_MS), now_ms.saturating_sub(LATE_MS)] {
                found = self.unknown(db, start, since.max(floor)).await?;
                if minute.told + minute.missed + found.len() as u64 >= expected {
                    break;
                }
            }
            minute.told += found.len() as u64;
            minute.missed += expected.saturating_sub(minute.told + minute.missed);
            fresh.extend(found);
            changed.insert(start, minute);
        }
        let before = |start: &u64| self.minutes.get(start).map_or(0, |minute| minute.missed);
        let mut missed: u64 = changed.iter().map(|(start, minute)| minute.missed - before(start)).sum();
        fresh.sort_unstable();
        let surplus = fresh.len().saturating_sub(MOST);
        missed += surplus as u64;
        let ids: Vec<_> = fresh[surplus..].iter().map(|(_, id)| wye_types::RequestId(*id)).collect();
        let entries = recent::several(db, &ids).await?;
        self.minutes.extend(changed);
        let oldest = (now_ms / 1000).saturating_sub(LOOKBACK_S);
        self.minutes.retain(|start, _| *start >= oldest);
        self.told.extend(fresh.into_iter().map(|(ended, id)| (id, ended)));
        self.told.retain(|_, ended| *ended >= now_ms.saturating_sub(2 * LATE_MS));
        self.looked = Some((began, now_ms));
        Ok(News { entries, missed, anew: false })
    }

    /// What arrived within a minute, ended since a time and was not told.
    async fn unknown(&self, db: &Db, start_s: u64, since_ms: u64) -> Result<Vec<(u64, u128)>, StoreError> {
        let range = (start_s * 1000, (start_s + 60) * 1000);
        let found = recent::ended(db, range, since_ms).await?;
        let found = found.into_iter().map(|(ended, id)| (ended, id.0));
        Ok(found.filter(|(_, id)| !self.told.contains_key(id)).collect())
    }
}
