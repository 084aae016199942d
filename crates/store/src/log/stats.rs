//! Statistics from the sums.

use std::collections::BTreeMap;

use super::Sketch;
use super::entry::int;
use super::rollup::Rollup;
use crate::{Db, StoreError};

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
    /// Client key.
    Key,
    /// Route.
    Route,
    /// Category.
    Category,
    /// How requests ended.
    Code,
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
    /// Sums up requests that arrived from one Unix second to another (rounded to whole spans).
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sum(self, db: &Db, span: Span, from_s: u64, to_s: u64) -> Result<Vec<Sum>, StoreError> {
        let of = match self {
            Self::All => "''",
            Self::Time => "CAST(start_s AS TEXT)",
            Self::Deployment => "CASE WHEN provider = '' THEN '' ELSE provider || '/' || model END",
            Self::Key => "key_name",
            Self::Route => "route",
            Self::Category => "category",
            Self::Code => "code",
        };
        let sql = format!(
            "SELECT {of}, CASE WHEN code = '' THEN 0 ELSE requests END, requests, input, cache_read, output, reasoning,
             cost_nano, unpriced, first_us, total_us FROM rollups
             WHERE span_s = ? AND start_s >= ? AND start_s < ?"
        );
        let step = span.seconds();
        let args = vec![int(step).into(), int(from_s - from_s % step).into(), int(to_s).into()];
        let mut sums: BTreeMap<String, Rollup> = BTreeMap::new();
        for row in db.rows(sql, args).await? {
            sums.entry(row.text(0)?.to_owned()).or_default().merge(&Rollup::read(&row, 1)?);
        }
        Ok(sums.into_iter().map(|(of, sum)| told(of, sum)).collect())
    }
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
