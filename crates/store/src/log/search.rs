//! Searching bodies: an index tells which may hold a text, and those are looked into.
//!
//! The index knows every three characters in a row, of any script, so that words need no spaces between them. What it
//! finds is looked at itself: that costs little, and makes the index a third as large.

use wye_types::RequestId;

use super::body::{numbers, read, seq};
use super::entry::{COLUMNS, Entry, WIDTH};
use super::words::{number, windows};
use super::{Filter, Found};
use crate::{Db, StoreError, Value};

/// Where a text is looked for if no time is given.
const DAY_MS: u64 = 86_400_000;
/// The longest time in which it is looked for.
const MOST_MS: u64 = 31 * DAY_MS;
/// Bodies that are looked into for a page at most. A page may be short, or empty, and have another behind it.
const LOOKS: usize = 2000;
/// Bodies that are read at once.
const AT_ONCE: usize = 64;
/// Parts of a text that the index is asked for.
const PARTS: usize = 12;

impl Filter {
    /// Finds a page of those whose bodies hold [`Filter::text`]. Without a beginning and an end the last day is searched,
    /// without one of them what is 31 days from the other. Texts of one or two characters have no index: the newest
    /// bodies are looked into, and each page begins where the last one gave up.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn find_text(&self, db: &Db, now_ms: u64, count: u32) -> Result<Found, StoreError> {
        let count = count.clamp(1, 500) as usize;
        let wanted = self.text.as_deref().unwrap_or_default().replace('\0', "\u{fffd}").to_lowercase();
        let within = self.bounded(now_ms);
        let mut entries: Vec<Entry> = Vec::new();
        let mut below = within.high();
        for _ in 0..LOOKS / AT_ONCE {
            let rows = within.candidates(db, &wanted, below).await?;
            for row in &rows {
                let entry = Entry::read(row)?;
                below = entry.id.0;
                if read(row, WIDTH)?.words().contains(&wanted) {
                    entries.push(entry);
                }
                if entries.len() == count {
                    return Ok(Found { entries, next: Some(RequestId(below)) });
                }
            }
            if rows.len() < AT_ONCE {
                return Ok(Found { entries, next: None });
            }
        }
        Ok(Found { entries, next: Some(RequestId(below)) })
    }

    /// The same within a bounded time.
    fn bounded(&self, now_ms: u64) -> Self {
        let to = self.to_ms.unwrap_or_else(|| now_ms.saturating_add(1));
        let (from, to) = match (self.from_ms, self.to_ms) {
            (None, None) => (to.saturating_sub(DAY_MS), to),
            (None, Some(to)) => (to.saturating_sub(MOST_MS), to),
            (Some(from), None) => (from.max(to.saturating_sub(MOST_MS)), to),
            (Some(from), Some(to)) => (from.max(to.saturating_sub(MOST_MS)), to),
        };
        Self { from_ms: Some(from), to_ms: Some(to), ..self.clone() }
    }

    /// Requests, newest first, whose bodies may hold the text, beside their bodies.
    async fn candidates(&self, db: &Db, wanted: &str, below: u128) -> Result<Vec<crate::Row>, StoreError> {
        let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("r.{column}")).collect();
        let mut sql = format!("SELECT {}, b.request, b.response, b.cut FROM ", columns.join(", "));
        let mut args: Vec<Value> = Vec::new();
        // Neighbours of the bounds have the same place, or the next: the ids decide.
        let places = [seq(RequestId(self.low())).into(), (seq(RequestId(below)).saturating_add(8)).into()];
        let parts = parts(wanted);
        match db {
            _ if parts.is_empty() => {
                sql.push_str("bodies b JOIN requests r ON r.id = b.id WHERE b.seq >= ? AND b.seq <= ?");
                args.extend(places);
            }
            Db::Sqlite(_) => {
                sql.push_str(
                    "body_text t CROSS JOIN bodies b ON b.seq = t.rowid CROSS JOIN requests r ON r.id = b.id
                     WHERE body_text MATCH ? AND t.rowid >= ? AND t.rowid <= ?",
                );
                let quoted = parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\"")));
                args.push(quoted.collect::<Vec<_>>().join(" AND ").into());
                args.extend(places);
            }
            Db::Postgres(_) => {
                sql.push_str(
                    "body_text t JOIN bodies b ON b.seq = t.seq JOIN requests r ON r.id = b.id
                     WHERE t.trigrams @> CAST(? AS TEXT)::int4[] AND t.seq >= ? AND t.seq <= ?",
                );
                args.push(numbers(&parts.iter().map(|part| number(part)).collect::<Vec<_>>()).into());
                args.extend(places);
            }
        }
        sql.push_str(" AND r.id >= ? AND r.id < ?");
        args.extend([self.low(), below].map(|id| Value::from(id.to_be_bytes().to_vec())));
        self.terms(db, &mut sql, &mut args);
        let order = match db {
            Db::Sqlite(_) if !parts.is_empty() => "t.rowid",
            _ => "b.seq",
        };
        sql.push_str(&format!(" ORDER BY {order} DESC LIMIT {AT_ONCE}"));
        db.rows(sql, args).await
    }
}

/// What the index is asked for: parts of the text from its whole length.
fn parts(wanted: &str) -> Vec<&str> {
    let all: Vec<&str> = windows(wanted).collect();
    let step = all.len().div_ceil(PARTS).max(1);
    all.into_iter().step_by(step).collect()
}
