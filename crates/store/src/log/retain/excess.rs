//! What is too much: the oldest rows of a table, so that no more bytes of it are left than may be.

use super::super::entry::nat;
use super::step::Steps;
use crate::{StoreError, Value};

/// Rows that are looked at in one go. Who reads a whole table for minutes keeps the write-ahead log from being carried over,
/// until all who write have to wait.
const LOOKED_AT: i64 = 4096;

/// A table whose rows have a size.
pub(super) struct Sized {
    /// Gives the bytes of a row and its key, the oldest first, behind a key: so many of them. A key begins with a number.
    pub(super) rows: &'static str,
    /// A key before all others.
    pub(super) first: fn() -> Vec<Value>,
}

pub(super) const BODIES: Sized = Sized {
    rows: "SELECT bytes, seq FROM bodies WHERE seq > ? ORDER BY seq LIMIT ?",
    first: || vec![i64::MIN.into()],
};

pub(super) const RESPONSES: Sized = Sized {
    rows: "SELECT LENGTH(input) + LENGTH(response), at_ms, owner, id FROM responses
           WHERE (at_ms, owner, id) > (?, ?, ?) ORDER BY at_ms, owner, id LIMIT ?",
    first: || vec![i64::MIN.into(), "".into(), "".into()],
};

/// The first numbers of rows' keys, and the rows' bytes.
type Page = Vec<(i64, u64)>;

impl Sized {
    /// How many bytes more there are than may be.
    pub(super) async fn over(&self, steps: &Steps<'_>, most: u64) -> Result<u64, StoreError> {
        let (mut all, mut behind) = (0_u64, Some((self.first)()));
        while let Some(key) = behind.take() {
            let page;
            (page, behind) = self.page(steps, key).await?;
            all += page.iter().map(|(_, bytes)| bytes).sum::<u64>();
        }
        Ok(all.saturating_sub(most))
    }

    /// Before which number rows must go, so that so many bytes do, and how many do then: of the oldest few thousand.
    pub(super) async fn oldest(
        &self,
        steps: &Steps<'_>,
        over: u64,
    ) -> Result<Option<(i64, u64)>, StoreError> {
        let (page, _) = self.page(steps, (self.first)()).await?;
        let (mut below, mut bytes) = (None, 0);
        for (key, more) in page {
            if bytes >= over && below != Some(key + 1) {
                break;
            }
            bytes += more;
            below = Some(key + 1);
        }
        Ok(below.map(|below| (below, bytes)))
    }

    /// Rows behind a key, and the last one's, if more may follow.
    async fn page(
        &self,
        steps: &Steps<'_>,
        mut key: Vec<Value>,
    ) -> Result<(Page, Option<Vec<Value>>), StoreError> {
        key.push(LOOKED_AT.into());
        let rows = steps.look(self.rows, key).await?;
        let page =
            rows.iter().map(|row| Ok((row.int(1)?, nat(row.int(0)?)))).collect::<Result<_, StoreError>>()?;
        let behind = rows.into_iter().last().map(|row| row.0.into_iter().skip(1).collect());
        Ok((page, behind))
    }
}
