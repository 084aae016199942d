//! Failures in a row, kept here so that neither a restart nor another node forgets them. Whoever counts says what he
//! saw: of many tries at once each takes a place of its own.

use super::{Users, nat, time};
use crate::audit::Entry;
use crate::{Statement, StoreError};

/// Failures in a row of an account or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub failures: u32,
    /// The last one, Unix milliseconds.
    pub at_ms: u64,
    /// The audit log tells of the wait that follows.
    pub told: bool,
}

impl Users {
    /// The failures of a subject.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn tally(&self, subject: &[u8]) -> Result<Option<Tally>, StoreError> {
        let sql = "SELECT failures, at_ms, told FROM throttles WHERE subject = ?";
        let rows = self.db.rows(sql, vec![subject.to_vec().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Tally {
            failures: u32::try_from(row.int(0)?).unwrap_or(u32::MAX),
            at_ms: nat(row.int(1)?),
            told: row.int(2)? != 0,
        }))
    }

    /// Writes a tally in place of the one that was seen. Tallies from before `forget_ms` are removed in passing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else has counted in the meantime.
    pub async fn set_tally(
        &self,
        subject: &[u8],
        (seen, next): (Option<Tally>, Tally),
        forget_ms: u64,
    ) -> Result<(), StoreError> {
        let subject = || subject.to_vec().into();
        let statements = match seen {
            Some(seen) => {
                let sql = "UPDATE throttles SET failures = ?, at_ms = ?, told = 0
                           WHERE subject = ? AND failures = ? AND at_ms = ?";
                let args = [
                    i64::from(next.failures).into(),
                    time(next.at_ms),
                    subject(),
                    i64::from(seen.failures).into(),
                    time(seen.at_ms),
                ];
                vec![Statement::new(sql, args).expecting(1)]
            }
            None => {
                let sql = "INSERT INTO throttles (subject, failures, at_ms, told) VALUES (?, ?, ?, 0)";
                let args = [subject(), i64::from(next.failures).into(), time(next.at_ms)];
                let sweep = Statement::new("DELETE FROM throttles WHERE at_ms < ?", [time(forget_ms)]);
                vec![sweep, Statement::new(sql, args)]
            }
        };
        match self.db.change(statements).await {
            Ok(_) => Ok(()),
            Err(StoreError::Taken) => Err(StoreError::Conflict),
            Err(other) => Err(other),
        }
    }

    /// Tells the audit log of a wait, once: of the many tries during it only the first is written.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn tell(&self, subject: &[u8], seen: Tally, entry: &Entry) -> Result<(), StoreError> {
        if seen.told {
            return Ok(());
        }
        let sql = "UPDATE throttles SET told = 1 WHERE subject = ? AND at_ms = ? AND told = 0";
        let once = Statement::new(sql, [subject.to_vec().into(), time(seen.at_ms)]).expecting(1);
        match self.db.change(vec![once, entry.statement()]).await {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Forgets the failures of a subject.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn clear_tally(&self, subject: &[u8]) -> Result<(), StoreError> {
        let sql = "DELETE FROM throttles WHERE subject = ?";
        self.db.change(vec![Statement::new(sql, [subject.to_vec().into()])]).await.map(drop)
    }

    /// Takes one failure back: what was counted before it was tried turned out well.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn take_back(&self, subject: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE throttles SET failures = failures - 1 WHERE subject = ? AND failures > 0";
        self.db.change(vec![Statement::new(sql, [subject.to_vec().into()])]).await.map(drop)
    }
}
