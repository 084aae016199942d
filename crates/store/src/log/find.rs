//! Finding requests: filters, newest first, page by page.

use wye_types::RequestId;

use super::entry::{COLUMNS, Entry, int, nat};
use crate::{Db, StoreError, Value};

/// The most requests on a page.
const MOST: u32 = 500;
/// Hours that one question looks into, where the sums tell which hours have any.
const HOURS: usize = 24;

/// Which requests are wanted. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Arrived at this Unix millisecond or later.
    pub from_ms: Option<u64>,
    /// Arrived before this Unix millisecond.
    pub to_ms: Option<u64>,
    /// The provider whose answer was sent.
    pub provider: Option<String>,
    /// The model whose answer was sent.
    pub model: Option<String>,
    /// The client key's name.
    pub key: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// The category.
    pub category: Option<String>,
    /// How it ended.
    pub code: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Only requests that did not end well, or only those that did.
    pub failed: Option<bool>,
    /// Only streams, or only whole answers.
    pub stream: Option<bool>,
    /// Only what came before this one: the last of the page before.
    pub before: Option<RequestId>,
}

/// A page of requests, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The requests.
    pub entries: Vec<Entry>,
    /// Where the next page begins ([`Filter::before`]); `None` if this was the last.
    pub next: Option<RequestId>,
}

impl Filter {
    /// Finds a page.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn find(&self, db: &Db, count: u32) -> Result<Found, StoreError> {
        let count = count.clamp(1, MOST) as usize;
        // One more than asked for tells whether there is a next page.
        let mut entries = match self.in_sums() {
            Some((terms, args)) => self.by_hours(db, count + 1, &terms, &args).await?,
            None => self.within(db, count + 1, self.low(), self.high()).await?,
        };
        let more = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| more).map(|entry| entry.id);
        Ok(Found { entries, next })
    }

    /// The oldest id that may be wanted.
    fn low(&self) -> u128 {
        u128::from(self.from_ms.unwrap_or(0)) << 80
    }

    /// The id that nothing wanted reaches.
    fn high(&self) -> u128 {
        let to = self.to_ms.map_or(u128::MAX, |ms| u128::from(ms) << 80);
        self.before.map_or(to, |before| before.0.min(to))
    }

    /// What of the filter the sums know, as SQL; `None` if they know nothing of it.
    fn in_sums(&self) -> Option<(String, Vec<Value>)> {
        let texts = [
            ("provider = ?", &self.provider),
            ("model = ?", &self.model),
            ("key_name = ?", &self.key),
            ("route = ?", &self.route),
            ("category = ?", &self.category),
            ("code = ?", &self.code),
        ];
        let given = texts.iter().filter_map(|(term, value)| Some((*term, Value::from(value.as_deref()?))));
        let (mut terms, args): (Vec<&str>, Vec<Value>) = given.unzip();
        if self.failed == Some(true) {
            terms.push("code <> ''");
        }
        (!terms.is_empty()).then(|| (terms.join(" AND "), args))
    }

    /// Looks only into hours in which the sums say that there is something.
    async fn by_hours(
        &self,
        db: &Db,
        count: usize,
        terms: &str,
        args: &[Value],
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        let mut below = int((self.high() >> 80) as u64 / 1000 + 1);
        let from = int((self.low() >> 80) as u64 / 1000);
        loop {
            let sql = format!(
                "SELECT DISTINCT start_s FROM rollups WHERE span_s = 3600 AND start_s < ? AND start_s > ? AND {terms}
                 ORDER BY start_s DESC LIMIT {HOURS}"
            );
            let mut values = vec![below.into(), (from - 3600).into()];
            values.extend(args.iter().cloned());
            let hours = db.rows(sql, values).await?;
            for hour in &hours {
                let start = nat(hour.int(0)?);
                let low = (u128::from(start * 1000) << 80).max(self.low());
                let high = (u128::from((start + 3600) * 1000) << 80).min(self.high());
                found.extend(self.within(db, count - found.len(), low, high).await?);
                if found.len() >= count {
                    return Ok(found);
                }
                below = hour.int(0)?;
            }
            if hours.len() < HOURS {
                return Ok(found);
            }
        }
    }

    async fn within(&self, db: &Db, count: usize, low: u128, high: u128) -> Result<Vec<Entry>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM requests WHERE id >= ? AND id < ?");
        let mut args: Vec<Value> =
            vec![low.to_be_bytes().to_vec().into(), high.to_be_bytes().to_vec().into()];
        let texts = [
            (" AND provider = ?", &self.provider),
            (" AND model = ?", &self.model),
            (" AND key_name = ?", &self.key),
            (" AND route = ?", &self.route),
            (" AND category = ?", &self.category),
            (" AND code = ?", &self.code),
        ];
        for (term, value) in texts {
            if let Some(value) = value {
                sql.push_str(term);
                args.push(value.as_str().into());
            }
        }
        if let Some(status) = self.status {
            sql.push_str(" AND status = ?");
            args.push(i64::from(status).into());
        }
        if let Some(stream) = self.stream {
            sql.push_str(" AND stream = ?");
            args.push(stream.into());
        }
        match self.failed {
            Some(true) => sql.push_str(" AND code IS NOT NULL"),
            Some(false) => sql.push_str(" AND code IS NULL"),
            None => {}
        }
        sql.push_str(" ORDER BY id DESC LIMIT ?");
        args.push(i64::try_from(count).unwrap_or(i64::MAX).into());
        db.rows(sql, args).await?.iter().map(Entry::read).collect()
    }
}
