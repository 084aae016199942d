//! Whose turn it is to do what one of several nodes on a database does for all of them.

use crate::{Db, Statement, StoreError, Value};

/// What is done for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// What is too old is forgotten.
    Retention = 1,
    /// People are told what needs them.
    Alerts = 2,
}

impl Turn {
    /// Takes the turn, or keeps it, until so many milliseconds from now. `false`: another node has it. A node that stops has
    /// lost it when its time is over; for a moment two may believe that they have it.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn take(self, db: &Db, node: &str, now_ms: u64, for_ms: u64) -> Result<bool, StoreError> {
        let ms = |ms: u64| Value::from(i64::try_from(ms).unwrap_or(i64::MAX));
        let until = ms(now_ms.saturating_add(for_ms));
        let sql =
            "INSERT INTO log_turn (one, node, until_ms) VALUES (?, ?, ?) ON CONFLICT (one) DO UPDATE SET
                   node = excluded.node, until_ms = excluded.until_ms
                   WHERE log_turn.node = excluded.node OR log_turn.until_ms < ?";
        let args = [(self as i64).into(), node.into(), until, ms(now_ms)];
        Ok(db.change(vec![Statement::new(sql, args)]).await?.first() == Some(&1))
    }
}
