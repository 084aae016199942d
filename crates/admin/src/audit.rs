//! The audit log, for everything that is changed outside of users: they write theirs in the same transaction.

use std::sync::Arc;

use serde_json::Value as Json;
use wye_store::audit::{Entry, Outcome, write};
pub use wye_store::audit::{Filter, Outcome as AuditOutcome, Page, find};
use wye_store::{Db, StoreError};
use wye_types::{Clock, RequestId};

use crate::Principal;

/// Writes and reads the audit log.
pub struct Audit {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("db", &self.db).finish_non_exhaustive()
    }
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// Such as `config.change`.
    pub action: &'a str,
    /// To what, such as `provider/groq`; may be empty.
    pub object: &'a str,
    /// How it ended.
    pub outcome: Outcome,
}

impl Audit {
    /// The audit log of a database.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Writes what somebody did. The deed is done already and cannot be undone for want of a line about it; if the line
    /// cannot be written, the process's own log says all of it, loudly.
    pub async fn record(&self, who: &Principal, deed: Deed<'_>, detail: Json) {
        let mut chance = [0; 16];
        // Without chance the id is still of this millisecond; a second entry with it would be refused, and logged.
        let _ = getrandom::fill(&mut chance);
        let at_ms = self.clock.unix_ms();
        let entry = Entry {
            id: RequestId::v7(at_ms, u128::from_be_bytes(chance)).to_string(),
            at_ms,
            actor: who.name.clone(),
            action: deed.action.to_owned(),
            object: deed.object.to_owned(),
            outcome: deed.outcome,
            address: who.client.address(),
            detail,
        };
        if let Err(error) = write(&self.db, &entry).await {
            let Entry { actor, action, object, address, detail, .. } = &entry;
            tracing::error!(
                actor, action, object, outcome = entry.outcome.name(), address, %detail,
                "the audit log could not be written: {error}"
            );
        }
    }

    /// Finds a page, newest first.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn find(&self, filter: &Filter, count: u32) -> Result<Page, StoreError> {
        find(&self.db, filter, count).await
    }
}
