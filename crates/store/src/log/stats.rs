//! Statistics from the sums.

use std::collections::BTreeMap;

use super::Sketch;
use super::entry::{int, nat};
use super::rollup::{Rollup, SPANS};
use super::tally::What;
use crate::{Db, Row, StoreError, Value};

/// When a row's span begins, as a text.
const SECOND: &str = "CAST(start_s AS TEXT)";
/// The deployment of a row, as it is named.
pub(super) const DEPLOYMENT: &str = "CASE WHEN provider = '' THEN '' ELSE provider || '/' || model END";

/// The resolution of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Span {
    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// What statistics are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Nothing: one sum.
    All,
    /// Time, in steps of the span.
    Time,
    /// Provider and model.
    Deployment,
    /// Provider.
    Provider,
    /// Client key.
    Key,
    /// Route.
    Route,
    /// Category.
    Category,
    /// How requests ended.
    Code,
    /// End user, without percentiles. So are the next two.
    User,
    /// Tag. A request with two of them counts in both.
    Tag,
    /// Team.
    Team,
    /// What was asked for: chat, embeddings, images.
    Kind,
}

/// Of which requests sums are wanted. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// The provider whose answer was sent.
    pub provider: Option<String>,
    /// The model whose answer was sent.
    pub model: Option<String>,
    /// The client key's name.
    pub key: Option<String>,
    /// The route.
    pub route: Option<String>,
}

impl Only {
    /// Whether every request is wanted.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// What must hold of a row of `rollups`; its values are added to the arguments.
    pub(super) fn terms(&self, args: &mut Vec<Value>) -> String {
        let columns = [
            (" AND provider = ?", &self.provider),
            (" AND model = ?", &self.model),
            (" AND key_name = ?", &self.key),
            (" AND route = ?", &self.route),
        ];
        let given = columns.into_iter().filter_map(|(term, value)| Some((term, value.as_deref()?)));
        let terms = given.map(|(term, value)| {
            args.push(value.into());
            term
        });
        terms.collect()
    }
}

/// A sum over requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// What it is the sum of, in the words of [`By`]: seconds since the epoch for time, `provider/model` for
    /// deployments, empty where a request had none.
    pub of: String,
    /// Requests.
    pub requests: u64,
    /// Of them, those that did not end well.
    pub failed: u64,
    /// Tokens of prompts.
    pub input: u64,
    /// Of them, those read from a cache.
    pub cache_read: u64,
    /// Tokens of answers.
    pub output: u64,
    /// Of them, those spent on reasoning.
    pub reasoning: u64,
    /// Nano-dollars, as far as prices are known.
    pub cost_nano: u64,
    /// Requests that used something whose price nobody knows.
    pub unpriced: u64,
    /// Times to the first content.
    pub first_us: Sketch,
    /// Times to the end.
    pub total_us: Sketch,
}

impl By {
    /// Sums up requests that arrived from one Unix second to another, rounded to whole spans. End users, tags and teams
    /// are summed per hour.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sum(self, db: &Db, span: Span, from_s: u64, to_s: u64) -> Result<Vec<Sum>, StoreError> {
        self.sum_of(db, span, (from_s, to_s), &Only::default()).await
    }

    /// Whether its sums tell requests apart by what [`Only`] asks for. What is summed per hour does not.
    #[must_use]
    pub const fn can_choose(self) -> bool {
        !matches!(self, Self::User | Self::Tag | Self::Team | Self::Kind)
    }

    /// The same of some requests; where [`By::can_choose`] says no, of all.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sum_of(
        self,
        db: &Db,
        span: Span,
        (from_s, to_s): (u64, u64),
        only: &Only,
    ) -> Result<Vec<Sum>, StoreError> {
        let step = span.seconds();
        let range = (from_s - from_s % step, to_s);
        let mut sums: BTreeMap<String, Rollup> = BTreeMap::new();
        let of = match self {
            Self::All if only.is_all() => {
                for (step, from, to) in tiles(step, range) {
                    totals(db, "''", (step, from, to), &mut sums).await?;
                }
                return Ok(told_all(sums));
            }
            Self::Time if only.is_all() => {
                totals(db, SECOND, (step, range.0, range.1), &mut sums).await?;
                return Ok(told_all(sums));
            }
            Self::User => return tallied(db, What::User, from_s, to_s).await,
            Self::Tag => return tallied(db, What::Tag, from_s, to_s).await,
            Self::Team => return tallied(db, What::Team, from_s, to_s).await,
            Self::Kind => return tallied(db, What::Kind, from_s, to_s).await,
            Self::All => "''",
            Self::Time => SECOND,
            Self::Deployment => DEPLOYMENT,
            Self::Provider => "provider",
            Self::Key => "key_name",
            Self::Route => "route",
            Self::Category => "category",
            Self::Code => "code",
        };
        let tiles = if self == Self::Time { vec![(step, range.0, range.1)] } else { tiles(step, range) };
        for (step, from, to) in tiles {
            let mut args = vec![int(step).into(), int(from).into(), int(to).into()];
            let terms = only.terms(&mut args);
            let sql = format!(
                "SELECT {of}, CASE WHEN code = '' THEN 0 ELSE requests END, requests, input, cache_read, output,
                 reasoning, cost_nano, unpriced, first_us, total_us FROM rollups
                 WHERE span_s = ? AND start_s >= ? AND start_s < ?{terms}"
            );
            add(&db.rows(sql, args).await?, &mut sums)?;
        }
        Ok(told_all(sums))
    }
}

/// A time as whole days, the hours beside them, and the minutes beside those, as far as the span is not longer: far
/// fewer rows, and the same sum.
pub(super) fn tiles(finest: u64, (from, to): (u64, u64)) -> Vec<(u64, u64, u64)> {
    let mut tiles = Vec::new();
    let mut todo = vec![(from, to)];
    for step in SPANS.into_iter().rev().filter(|step| *step >= finest) {
        for (from, to) in std::mem::take(&mut todo) {
            let first = from.next_multiple_of(step);
            let last = to - to % step;
            if step == finest {
                tiles.push((step, from, to));
            } else if first < last {
                tiles.push((step, first, last));
                todo.extend([(from, first), (last, to)].into_iter().filter(|(from, to)| from < to));
            } else {
                todo.push((from, to));
            }
        }
    }
    tiles
}

async fn totals(
    db: &Db,
    of: &str,
    (step, from, to): (u64, u64, u64),
    sums: &mut BTreeMap<String, Rollup>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {of}, failed, requests, input, cache_read, output, reasoning, cost_nano, unpriced, first_us, total_us
         FROM totals WHERE span_s = ? AND start_s >= ? AND start_s < ?"
    );
    let args = vec![int(step).into(), int(from).into(), int(to).into()];
    add(&db.rows(sql, args).await?, sums)
}

fn add(rows: &[Row], sums: &mut BTreeMap<String, Rollup>) -> Result<(), StoreError> {
    for row in rows {
        let (of, part) = (row.text(0)?, Rollup::read(row, 1)?);
        match sums.get_mut(of) {
            Some(sum) => sum.merge(&part),
            None => drop(sums.insert(of.to_owned(), part)),
        }
    }
    Ok(())
}

/// The names of which most was used, a thousand at most.
async fn tallied(db: &Db, kind: What, from_s: u64, to_s: u64) -> Result<Vec<Sum>, StoreError> {
    let whole = |column: &str| format!("CAST(SUM({column}) AS BIGINT)");
    let columns = ["failed", "requests", "input", "output", "cost_nano"].map(whole).join(", ");
    let sql = format!(
        "SELECT name, {columns} FROM tallies WHERE kind = ? AND start_s >= ? AND start_s < ?
         GROUP BY name ORDER BY 6 DESC, 3 DESC, 1 LIMIT 1000"
    );
    let args = vec![kind.name().into(), int(from_s - from_s % 3600).into(), int(to_s).into()];
    let rows = db.rows(sql, args).await?;
    let sums = rows.iter().map(|row| {
        let number = |place| row.int(place).map(nat);
        let sum = Rollup {
            failed: number(1)?,
            requests: number(2)?,
            input: number(3)?,
            output: number(4)?,
            cost_nano: number(5)?,
            ..Rollup::default()
        };
        Ok(told(row.text(0)?.to_owned(), sum))
    });
    sums.collect()
}

fn told_all(sums: BTreeMap<String, Rollup>) -> Vec<Sum> {
    sums.into_iter().map(|(of, sum)| told(of, sum)).collect()
}

fn told(of: String, sum: Rollup) -> Sum {
    let Rollup {
        requests,
        failed,
        input,
        cache_read,
        output,
        reasoning,
        cost_nano,
        unpriced,
        first_us,
        total_us,
    } = sum;
    Sum {
        of,
        requests,
        failed,
        input,
        cache_read,
        output,
        reasoning,
        cost_nano,
        unpriced,
        first_us,
        total_us,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tiles_cover_a_time_once(from in 0..500_000u64, length in 0..500_000u64, finest in 0..3usize) {
            let step = SPANS[finest];
            let (from, to) = (from - from % step, from + length);
            let mut tiles = tiles(step, (from, to));
            tiles.sort_by_key(|(_, from, _)| *from);
            let mut at = from;
            for (span, from, to) in tiles {
                prop_assert!(from == at && span >= step && from % span == 0, "{from} {to} {span}");
                at = to;
            }
            prop_assert_eq!(at.max(from), to.max(from));
        }
    }
}
