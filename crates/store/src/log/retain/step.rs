//! Steps: each keeps the writer for a short time, whatever a row costs, and between two of them others write.

use std::sync::Arc;
use std::time::Duration;

use wye_types::Clock;

use crate::db::{Budget, Space};
use crate::{Db, Row, Statement, StoreError, Value};

/// How long a step may keep the writer. Its commit comes on top, and several times as long still disturbs nobody much.
const TIME: Duration = Duration::from_millis(5);
/// Between two steps others write.
const PAUSE: Duration = Duration::from_millis(20);
/// While somebody reads what was before, so that nothing can be carried into its place, no step is taken.
const ASIDE: Duration = Duration::from_millis(200);
/// Changes of a step at most, and of one that repeats a change: those that time does not allow are made ready in vain.
const CHANGES: usize = 512;
const REPEATED: usize = 64;
/// Takes steps.
#[derive(Debug, Clone)]
pub(super) struct Steps<'a> {
    db: &'a Db,
    budget: Budget,
}

impl<'a> Steps<'a> {
    pub(super) fn new(db: &'a Db, clock: &Arc<dyn Clock>) -> Self {
        Self { db, budget: Budget::new(Arc::clone(clock), TIME) }
    }

    /// Rows that one change deletes. A file's writer looks at the time between two changes; a server is asked once for
    /// each, and nobody waits for it.
    pub(super) const fn rows(&self) -> usize {
        match self.db {
            Db::Sqlite(_) => 20,
            Db::Postgres(_) => 500,
        }
    }

    /// Asks, in nobody's way.
    pub(super) async fn look(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.db.rows(sql, args).await
    }

    /// Makes all of these changes, in as many steps as it takes. Gives how many rows the last statements touched.
    pub(super) async fn all(&self, changes: &[Vec<Statement>]) -> Result<u64, StoreError> {
        let (mut left, mut rows) = (changes, 0);
        while !left.is_empty() {
            let some = left.iter().take(CHANGES).cloned().collect();
            let done = self.db.change_some(some, &self.budget).await?;
            rows += done.iter().sum::<u64>();
            left = left.get(done.len()..).unwrap_or_default();
            self.rest().await;
        }
        Ok(rows)
    }

    /// Repeats a change until it touches nothing any more. Gives how many rows it touched in all.
    pub(super) async fn repeat(&self, change: &Statement) -> Result<u64, StoreError> {
        let mut rows = 0;
        loop {
            let some = vec![vec![change.clone()]; REPEATED];
            let done = self.db.change_some(some, &self.budget).await?;
            rows += done.iter().sum::<u64>();
            if done.contains(&0) {
                return Ok(rows);
            }
            self.rest().await;
        }
    }

    /// Gives pages of the file back, at most so many.
    pub(super) async fn pages(&self, most: u32) -> Result<Option<Space>, StoreError> {
        self.rest().await;
        self.db.shrink(most, &self.budget).await
    }

    /// What is between two steps.
    async fn rest(&self) {
        // What a step wrote is carried into its place before the next one, so that it never becomes much.
        while !self.db.settled().await {
            tokio::time::sleep(ASIDE).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
