//! Windows of limits, kept over a restart beside the requests that were counted in them.

use std::time::Duration;

use wye_limits::{CellId, Measure, Saved};

use super::entry::{int, nat};
use crate::{Db, Row, Statement, StoreError, Value};

/// A window and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Whose, of what, over which time.
    pub id: CellId,
    /// What counts in it.
    pub saved: Saved,
}

impl Window {
    /// The windows that a node's earlier process saved.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn all(db: &Db, node: &str) -> Result<Vec<Self>, StoreError> {
        let sql = "SELECT owner, measure, period, at_ms, amounts FROM windows WHERE node = ?";
        let rows = db.rows(sql, vec![node.into()]).await?;
        // What this program does not know any more limits nothing.
        rows.iter().filter_map(|row| Self::read(row).transpose()).collect()
    }

    /// One that counts nothing any more.
    #[must_use]
    pub const fn over(id: CellId, at_ms: u64) -> Self {
        Self { id, saved: Saved { at_ms, amounts: Vec::new() } }
    }

    /// Keeps what counts; a window in which nothing does is not kept.
    pub(super) fn write(&self, node: &str) -> Statement {
        let mut values = vec![Value::from(node)];
        values.extend(self.values());
        if self.saved.amounts.is_empty() {
            values.truncate(4);
            let sql = "DELETE FROM windows WHERE node = ? AND owner = ? AND measure = ? AND period = ?";
            return Statement::new(sql, values);
        }
        Statement::new(
            "INSERT INTO windows (node, owner, measure, period, at_ms, amounts) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (node, owner, measure, period) DO UPDATE SET at_ms = excluded.at_ms,
             amounts = excluded.amounts",
            values,
        )
    }

    /// Its columns, but for the node.
    pub(super) fn values(&self) -> [Value; 5] {
        let amounts = self.saved.amounts.iter().map(|(age, amount)| format!("{}:{amount}", age.as_millis()));
        [
            self.id.owner.replace('\0', "\u{fffd}").into(),
            self.id.measure.name().into(),
            self.id.period.as_str().into(),
            int(self.saved.at_ms).into(),
            amounts.collect::<Vec<_>>().join(" ").into(),
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Option<Self>, StoreError> {
        const ALL: [Measure; 4] = [Measure::Requests, Measure::Tokens, Measure::Money, Measure::Concurrent];
        let name = row.text(1)?;
        let Some(measure) = ALL.into_iter().find(|measure| measure.name() == name) else { return Ok(None) };
        let amounts = row.text(4)?.split(' ').filter_map(|pair| {
            let (age, amount) = pair.split_once(':')?;
            Some((Duration::from_millis(age.parse().ok()?), amount.parse().ok()?))
        });
        Ok(Some(Self {
            id: CellId { owner: row.text(0)?.to_owned(), measure, period: row.text(2)?.to_owned() },
            saved: Saved { at_ms: nat(row.int(3)?), amounts: amounts.collect() },
        }))
    }
}
