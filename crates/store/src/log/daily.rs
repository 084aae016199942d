//! What was spent on each day, in UTC, told apart by one thing: what forecasts are made of.

use std::collections::BTreeMap;

use super::entry::{int, nat};
use super::series::column;
use super::tally::What;
use super::{By, Span};
use crate::{Db, Row, StoreError, Value};

/// Names at once, of what there may be many names of.
const MOST_NAMES: usize = 1_000;

/// What was spent on each day under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Daily {
    /// The name; empty where requests had none.
    pub of: String,
    /// Days since the epoch and nano-dollars, as far as prices are known; the oldest first. Days without any request are
    /// missing.
    pub days: Vec<(u64, u64)>,
}

impl Daily {
    /// Requests that arrived from one Unix second to another, rounded to whole days, by what tells them apart. Of teams, end
    /// users and tags the thousand that spent most; nothing of [`By::Time`].
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn of(db: &Db, by: By, range: (u64, u64)) -> Result<Vec<Self>, StoreError> {
        let (from, to) = whole(range);
        if let Some(what) = tallied(by) {
            let sql = "SELECT name FROM tallies WHERE kind = ? AND start_s >= ? AND start_s < ?
                       GROUP BY name ORDER BY SUM(cost_nano) DESC, name LIMIT 1000";
            let args = vec![what.name().into(), int(from).into(), int(to).into()];
            let rows = db.rows(sql, args).await?;
            let names: Vec<String> =
                rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<_, _>>()?;
            return Self::among(db, by, &names, range).await;
        }
        let (table, of) = match (by, column(by)) {
            (_, Some(of)) => ("rollups", of),
            (By::All, None) => ("totals", "''"),
            _ => return Ok(Vec::new()),
        };
        let sql = format!(
            "SELECT {of}, start_s, CAST(SUM(cost_nano) AS BIGINT) FROM {table}
             WHERE span_s = ? AND start_s >= ? AND start_s < ? GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let args = vec![int(Span::Day.seconds()).into(), int(from).into(), int(to).into()];
        gathered(&db.rows(sql, args).await?)
    }

    /// The same of some names of teams, end users or tags, a thousand at most; nothing of what else tells requests apart.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn among(
        db: &Db,
        by: By,
        names: &[String],
        range: (u64, u64),
    ) -> Result<Vec<Self>, StoreError> {
        let names = names.get(..MOST_NAMES).unwrap_or(names);
        let Some(what) = tallied(by).filter(|_| !names.is_empty()) else { return Ok(Vec::new()) };
        let (from, to) = whole(range);
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!(
            "SELECT name, start_s - start_s % 86400, CAST(SUM(cost_nano) AS BIGINT) FROM tallies
             WHERE kind = ? AND start_s >= ? AND start_s < ? AND name IN ({places}) GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let mut args: Vec<Value> = vec![what.name().into(), int(from).into(), int(to).into()];
        args.extend(names.iter().map(|name| Value::from(name.as_str())));
        gathered(&db.rows(sql, args).await?)
    }
}

/// What of the tallies tells requests apart; `None`: the sums per day do, or nothing.
const fn tallied(by: By) -> Option<What> {
    match by {
        By::User => Some(What::User),
        By::Tag => Some(What::Tag),
        By::Team => Some(What::Team),
        By::Kind => Some(What::Kind),
        _ => None,
    }
}

/// From the beginning of the first day on.
const fn whole((from_s, to_s): (u64, u64)) -> (u64, u64) {
    (from_s - from_s % Span::Day.seconds(), to_s)
}

fn gathered(rows: &[Row]) -> Result<Vec<Daily>, StoreError> {
    let mut all: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for row in rows {
        let day = nat(row.int(1)?) / Span::Day.seconds();
        all.entry(row.text(0)?.to_owned()).or_default().push((day, nat(row.int(2)?)));
    }
    Ok(all.into_iter().map(|(of, days)| Daily { of, days }).collect())
}
