//! Writing the log: requests, their sums, their bodies and the windows of limits they were counted in, in one
//! transaction, so that what is there belongs together.

use std::collections::{BTreeMap, HashMap};

use super::entry::{int, nat};
use super::rollup::{Alike, Key, Rollup, SPANS, alike};
use super::tally::Tallies;
use super::{Body, Entry, Window};
use crate::{Db, Statement, StoreError};

/// Sums kept in memory. A request that belongs to an older one makes it be read again.
const KEPT: usize = 4096;

/// What is written together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Its number: greater than that of every batch which the node wrote before.
    pub number: u64,
    /// Requests.
    pub entries: Vec<Entry>,
    /// Bodies of some of them.
    pub bodies: Vec<Body>,
    /// Windows of limits that changed.
    pub windows: Vec<Window>,
}

impl Batch {
    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.bodies.is_empty() && self.windows.is_empty()
    }
}

/// The request log of one node. It has one writer, which knows the sums as they stand.
#[derive(Debug)]
pub struct RequestLog {
    pub(super) db: Db,
    node: String,
    sums: HashMap<Key, Rollup>,
    /// The last batch that was written.
    last: u64,
}

impl RequestLog {
    /// The log in a database. `node` tells this process's sums from those of others; it stays the same over restarts.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn open(db: Db, node: impl Into<String>) -> Result<Self, StoreError> {
        let node = node.into();
        let sql = "INSERT INTO log_nodes (node, batch) VALUES (?, 0) ON CONFLICT (node) DO NOTHING";
        db.change(vec![Statement::new(sql, [node.as_str().into()])]).await?;
        let mut log = Self { db, node, sums: HashMap::new(), last: 0 };
        log.last = log.newest().await?;
        Ok(log)
    }

    /// The number that the next batch gets.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.last + 1
    }

    /// Writes what was never written before, all or none, under the batch's number.
    ///
    /// # Errors
    /// If the database cannot be written. Whether it was is not known then: only [`Self::replay`] may write it again.
    pub async fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let entries: Vec<&Entry> = batch.entries.iter().collect();
        let bodies: Vec<&Body> = batch.bodies.iter().collect();
        self.write(batch.number, &entries, &bodies, &batch.windows).await
    }

    /// Writes what may have been written before: a request that is there already is neither written nor summed again.
    ///
    /// # Errors
    /// If the database cannot be written; the same call may be made again later.
    pub async fn replay(&mut self, batch: &Batch) -> Result<(), StoreError> {
        match self.append(batch).await {
            // This batch was written, or its number was given twice: by a process whose clock had stepped back.
            Err(StoreError::Conflict) => {}
            other => return other,
        }
        let known = self.known(&batch.entries).await?;
        let fresh = |id: u128| known.binary_search(&id).is_err();
        let entries: Vec<&Entry> = batch.entries.iter().filter(|entry| fresh(entry.id.0)).collect();
        let bodies: Vec<&Body> = batch.bodies.iter().filter(|body| fresh(body.id.0)).collect();
        // Windows are written again: they wait in the order in which they were saved, so that the newest stays.
        if entries.is_empty() && bodies.is_empty() && batch.windows.is_empty() {
            return Ok(());
        }
        self.catch_up().await?;
        self.write(self.next(), &entries, &bodies, &batch.windows).await
    }

    /// Learns the last number that was written, by whoever.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreError> {
        self.last = self.newest().await?;
        Ok(())
    }

    async fn newest(&self) -> Result<u64, StoreError> {
        let sql = "SELECT batch FROM log_nodes WHERE node = ?";
        let rows = self.db.rows(sql, vec![self.node.as_str().into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0).map(nat))
    }

    pub(super) async fn write(
        &mut self,
        number: u64,
        entries: &[&Entry],
        bodies: &[&Body],
        windows: &[Window],
    ) -> Result<(), StoreError> {
        let mut statements: Vec<Statement> = Vec::with_capacity(entries.len() * 2 + windows.len());
        let turn = "UPDATE log_nodes SET batch = ? WHERE node = ? AND batch < ?";
        let turn = Statement::new(turn, [int(number).into(), self.node.as_str().into(), int(number).into()]);
        statements.push(turn.expecting(1));
        let mut touched = Vec::new();
        for (key, more) in sums(entries) {
            let mut sum = match self.stands(&key).await {
                Ok(sum) => sum,
                Err(error) => return Err(self.failed(error)),
            };
            sum.merge(&more);
            statements.push(key.upsert(&self.node, &sum));
            touched.push((key, sum));
        }
        let mut tallies = Tallies::default();
        entries.iter().for_each(|entry| tallies.add(entry));
        statements.extend(tallies.statements());
        statements.extend(entries.iter().map(|entry| entry.insert()));
        statements.extend(bodies.iter().flat_map(|body| body.insert(&self.db)));
        statements.extend(windows.iter().map(|window| window.write(&self.node)));
        if let Err(error) = self.db.change(statements).await {
            return Err(self.failed(error));
        }
        self.last = number;
        if self.sums.len() + touched.len() > KEPT {
            self.sums.clear();
        }
        self.sums.extend(touched);
        Ok(())
    }

    /// A commit whose answer is lost may have happened: the sums are read anew.
    fn failed(&mut self, error: StoreError) -> StoreError {
        self.sums.clear();
        error
    }

    /// A sum as it stands, in memory or in the database.
    async fn stands(&self, key: &Key) -> Result<Rollup, StoreError> {
        if let Some(sum) = self.sums.get(key) {
            return Ok(sum.clone());
        }
        let (sql, args) = key.select(&self.node);
        self.db.rows(sql, args).await?.first().map_or(Ok(Rollup::default()), |row| Rollup::read(row, 0))
    }

    /// Which of these are written already, in order.
    pub(super) async fn known(&self, entries: &[Entry]) -> Result<Vec<u128>, StoreError> {
        let mut known = Vec::new();
        for part in entries.chunks(256) {
            let places = vec!["?"; part.len()].join(", ");
            let args = part.iter().map(|entry| entry.id.0.to_be_bytes().to_vec().into()).collect();
            let rows = self.db.rows(format!("SELECT id FROM requests WHERE id IN ({places})"), args).await?;
            for row in rows {
                known.extend(row.blob(0)?.try_into().map(u128::from_be_bytes));
            }
        }
        known.sort_unstable();
        Ok(known)
    }
}

/// What requests add to the sums. Most are alike: they are added up per minute first, and the other sums from those.
fn sums(entries: &[&Entry]) -> BTreeMap<Key, Rollup> {
    let mut minutes: HashMap<(u64, Alike<&str>), Rollup> = HashMap::new();
    let minute = |entry: &Entry| entry.at_ms() / 1000 / SPANS[0] * SPANS[0];
    // Looked for once for all that follow each other and are alike.
    for run in entries.chunk_by(|a, b| minute(a) == minute(b) && alike(a) == alike(b)) {
        let Some(first) = run.first() else { continue };
        let sum = minutes.entry((minute(first), alike(first))).or_default();
        run.iter().for_each(|entry| sum.add(entry));
    }
    let mut sums: BTreeMap<Key, Rollup> = BTreeMap::new();
    for ((minute, alike), sum) in minutes {
        for span_s in SPANS {
            let start_s = minute - minute % span_s;
            for alike in [Some(alike.map(str::to_owned)), None] {
                sums.entry(Key { span_s, start_s, alike }).or_default().merge(&sum);
            }
        }
    }
    sums
}
