//! Writing the log.

use std::collections::{BTreeMap, HashMap};

use super::Entry;
use super::rollup::{Key, Rollup, SPANS};
use crate::{Db, StoreError};

/// Sums kept in memory. A request that belongs to an older one makes it be read again.
const KEPT: usize = 4096;

/// The request log of one node. It has one writer, which knows the sums as they stand.
#[derive(Debug)]
pub struct RequestLog {
    pub(super) db: Db,
    node: String,
    sums: HashMap<Key, Rollup>,
}

impl RequestLog {
    /// The log in a database. `node` tells this process's sums from those of others; it stays the same over restarts.
    #[must_use]
    pub fn new(db: Db, node: impl Into<String>) -> Self {
        Self { db, node: node.into(), sums: HashMap::new() }
    }

    /// Writes requests and their sums, all or none. An entry that is there already (replayed from a spool) is neither
    /// written nor summed again.
    ///
    /// # Errors
    /// If the database cannot be written; the same call may be made again later.
    pub async fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let known = self.known(entries).await?;
        let fresh: Vec<&Entry> = entries.iter().filter(|entry| !known.contains(&entry.id.0)).collect();
        let mut touched: BTreeMap<Key, Rollup> = BTreeMap::new();
        for entry in &fresh {
            for span in SPANS {
                let key = Key::of(entry, span);
                let sum = match touched.entry(key) {
                    std::collections::btree_map::Entry::Occupied(sum) => sum.into_mut(),
                    std::collections::btree_map::Entry::Vacant(place) => {
                        let sum = stands(&self.db, &self.node, &self.sums, place.key()).await?;
                        place.insert(sum)
                    }
                };
                sum.add(entry);
            }
        }
        let mut statements: Vec<_> = fresh.iter().map(|entry| entry.insert()).collect();
        statements.extend(touched.iter().map(|(key, sum)| key.upsert(&self.node, sum)));
        self.db.change(statements).await?;
        if self.sums.len() + touched.len() > KEPT {
            self.sums.clear();
        }
        self.sums.extend(touched);
        Ok(())
    }

    /// Which of these are written already. Only a replay after a failure has any; they are looked for one by one there,
    /// in one question here.
    async fn known(&self, entries: &[Entry]) -> Result<Vec<u128>, StoreError> {
        let mut known = Vec::new();
        for part in entries.chunks(256) {
            let places = vec!["?"; part.len()].join(", ");
            let args = part.iter().map(|entry| entry.id.0.to_be_bytes().to_vec().into()).collect();
            let rows = self.db.rows(format!("SELECT id FROM requests WHERE id IN ({places})"), args).await?;
            for row in rows {
                known.extend(row.blob(0)?.try_into().map(u128::from_be_bytes));
            }
        }
        Ok(known)
    }
}

/// A sum as it stands, in memory or in the database.
async fn stands(db: &Db, node: &str, sums: &HashMap<Key, Rollup>, key: &Key) -> Result<Rollup, StoreError> {
    if let Some(sum) = sums.get(key) {
        return Ok(sum.clone());
    }
    let (sql, args) = key.select(node);
    db.rows(sql, args).await?.first().map_or(Ok(Rollup::default()), |row| Rollup::read(row, 0))
}
