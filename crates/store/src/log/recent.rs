//! What was written lately, for whoever follows the log as it grows.
//!
//! A request's row is written when it has ended, under an id of when it arrived: new rows stand anywhere in the last minutes.
//! The sums of those minutes tell where, so that nothing else is read.

use std::collections::BTreeMap;

use wye_types::RequestId;

use super::Entry;
use super::entry::{COLUMNS, int, nat};
use crate::{Db, StoreError, Value};

/// Rows that one question asks for.
const AT_ONCE: usize = 100;
/// Ids that are told at most; the newest.
const MOST: usize = 100_000;

/// How many requests arrived in each minute since a Unix second, by the minute's first second. Minutes without any are
/// missing.
///
/// # Errors
/// If the database cannot answer.
pub async fn arrived(db: &Db, from_s: u64) -> Result<BTreeMap<u64, u64>, StoreError> {
    let sql = "SELECT start_s, CAST(SUM(requests) AS BIGINT) FROM totals WHERE span_s = 60 AND start_s >= ? \
               GROUP BY start_s";
    let rows = db.rows(sql, vec![int(from_s).into()]).await?;
    rows.iter().map(|row| Ok((nat(row.int(0)?), nat(row.int(1)?)))).collect()
}

/// The requests that arrived from one Unix millisecond until before another, and ended at `since_ms` or later: when each of
/// them ended, and its id; in that order.
///
/// # Errors
/// If the database cannot answer.
pub async fn ended(
    db: &Db,
    (from_ms, to_ms): (u64, u64),
    since_ms: u64,
) -> Result<Vec<(u64, RequestId)>, StoreError> {
    let bound = |ms: u64| (u128::from(ms) << 80).to_be_bytes().to_vec();
    let sql = format!(
        "SELECT ended_ms, id FROM requests WHERE id >= ? AND id < ? AND ended_ms >= ? \
         ORDER BY ended_ms DESC, id DESC LIMIT {MOST}"
    );
    let args: Vec<Value> = vec![bound(from_ms).into(), bound(to_ms).into(), int(since_ms).into()];
    let mut found = Vec::new();
    for row in db.rows(sql, args).await? {
        let id =
            row.blob(1)?.try_into().map_err(|_| StoreError::Broken("an id has not 16 bytes".to_owned()))?;
        found.push((nat(row.int(0)?), RequestId(u128::from_be_bytes(id))));
    }
    found.reverse();
    Ok(found)
}

/// These requests with their decisions, in the order in which they ended. One that is not there any more is left out.
///
/// # Errors
/// If the database cannot answer.
pub async fn several(db: &Db, ids: &[RequestId]) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(ids.len());
    for part in ids.chunks(AT_ONCE) {
        let places = vec!["?"; part.len()].join(", ");
        let sql = format!("SELECT {COLUMNS}, decision FROM requests WHERE id IN ({places})");
        let args = part.iter().map(|id| Value::from(id.0.to_be_bytes().to_vec())).collect();
        for row in db.rows(sql, args).await? {
            entries.push(Entry::read_whole(&row)?);
        }
    }
    entries.sort_by_key(|entry| (entry.ended_ms, entry.id.0));
    Ok(entries)
}
