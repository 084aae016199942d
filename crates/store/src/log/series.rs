//! Sums over time, told apart by one thing: what stacked charts show.

use std::collections::BTreeMap;

use super::entry::{int, nat};
use super::flow::Amount;
use super::stats::{DEPLOYMENT, tiles};
use super::{By, Only, Span};
use crate::{Db, StoreError, Value};

/// By what names are larger than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Largest {
    /// Requests.
    Requests,
    /// Tokens of prompts and answers.
    Tokens,
    /// Money.
    Cost,
}

/// Sums over time of what has one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// The name; empty where requests had none. `None`: the sum of all that is not told by itself.
    pub of: Option<String>,
    /// The Unix second at which each span begins, and what was in it. Spans without anything are missing.
    pub points: Vec<(u64, Amount)>,
}

impl Largest {
    const fn of(self, amount: &Amount) -> u64 {
        match self {
            Self::Requests => amount.requests,
            Self::Tokens => amount.input.saturating_add(amount.output),
            Self::Cost => amount.cost_nano,
        }
    }
}

/// The column of `rollups` that tells requests apart; `None` where none does.
pub(super) const fn column(by: By) -> Option<&'static str> {
    Some(match by {
        By::Deployment => DEPLOYMENT,
        By::Provider => "provider",
        By::Key => "key_name",
        By::Route => "route",
        By::Category => "category",
        By::Code => "code",
        By::All | By::Time | By::User | By::Tag | By::Team | By::Kind => return None,
    })
}

impl Series {
    /// Requests that arrived from one Unix second to another, rounded to whole spans, by the largest names and the rest of
    /// them; the largest first, the rest last. Empty where sums over time do not tell requests apart by this.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn of(
        db: &Db,
        (by, only): (By, &Only),
        (span, from_s, to_s): (Span, u64, u64),
        (largest, most): (Largest, usize),
    ) -> Result<Vec<Self>, StoreError> {
        let Some(of) = column(by) else { return Ok(Vec::new()) };
        let step = span.seconds();
        let range = (from_s - from_s % step, to_s);
        let names = names(db, (of, only), (step, range), (largest, most)).await?;
        let mut args: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
        args.extend([step, range.0, range.1].map(|n| Value::from(int(n))));
        let terms = only.terms(&mut args);
        // Never an empty list, which is no SQL; where there is nothing, this finds nothing.
        let places = vec!["?"; names.len()].join(", ");
        let name = if names.is_empty() {
            "NULL".to_owned()
        } else {
            format!("CASE WHEN {of} IN ({places}) THEN {of} END")
        };
        let columns = Amount::COLUMNS;
        let sql = format!(
            "SELECT {name}, start_s, {columns} FROM rollups
             WHERE span_s = ? AND start_s >= ? AND start_s < ?{terms} GROUP BY 1, 2 ORDER BY 2"
        );
        let mut series: BTreeMap<usize, Self> = BTreeMap::new();
        for row in db.rows(sql, args).await? {
            let of = row.opt_text(0)?;
            let place = names.iter().position(|name| Some(name.as_str()) == of).unwrap_or(names.len());
            let one =
                series.entry(place).or_insert_with(|| Self { of: of.map(str::to_owned), points: Vec::new() });
            one.points.push((nat(row.int(1)?), Amount::read(&row, 2)?));
        }
        Ok(series.into_values().collect())
    }
}

/// The largest names.
async fn names(
    db: &Db,
    (of, only): (&str, &Only),
    (step, range): (u64, (u64, u64)),
    (largest, most): (Largest, usize),
) -> Result<Vec<String>, StoreError> {
    let columns = Amount::COLUMNS;
    let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
    for (step, from, to) in tiles(step, range) {
        let mut args = vec![int(step).into(), int(from).into(), int(to).into()];
        let terms = only.terms(&mut args);
        let sql = format!(
            "SELECT {of}, {columns} FROM rollups WHERE span_s = ? AND start_s >= ? AND start_s < ?{terms} GROUP BY 1"
        );
        for row in db.rows(sql, args).await? {
            sums.entry(row.text(0)?.to_owned()).or_default().add(&Amount::read(&row, 1)?);
        }
    }
    let mut sums: Vec<(String, Amount)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, amount)| std::cmp::Reverse((largest.of(amount), amount.requests)));
    Ok(sums.into_iter().take(most).map(|(name, _)| name).collect())
}
