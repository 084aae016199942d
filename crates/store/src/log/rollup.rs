//! Sums of requests per minute, hour and day: what panels read, so that they never go through the requests themselves.

use wye_types::Usage;

use super::entry::{int, nat};
use super::{Entry, Sketch};
use crate::{Row, Statement, StoreError, Value};

/// The spans that are summed, in seconds.
pub(super) const SPANS: [u64; 3] = [60, 3_600, 86_400];

/// In what requests of a sum are alike: provider, model, key, route, category and code; empty where one has none.
pub(super) type Alike<T> = [T; 6];

/// What a sum is of: requests that arrived within a span, and are alike or not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) span_s: u64,
    pub(super) start_s: u64,
    /// `None`: everything that arrived.
    pub(super) alike: Option<Alike<String>>,
}

/// The sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rollup {
    pub(super) requests: u64,
    pub(super) failed: u64,
    pub(super) input: u64,
    pub(super) cache_read: u64,
    pub(super) output: u64,
    pub(super) reasoning: u64,
    pub(super) cost_nano: u64,
    /// Requests that used something whose price nobody knows.
    pub(super) unpriced: u64,
    pub(super) first_us: Sketch,
    pub(super) total_us: Sketch,
}

pub(super) fn alike(entry: &Entry) -> Alike<&str> {
    [&entry.provider, &entry.model, &entry.key, &entry.route, &entry.category, &entry.code]
        .map(|field| field.as_deref().unwrap_or_default())
}

impl Key {
    fn values(&self, node: &str) -> Vec<Value> {
        let mut values = Vec::with_capacity(18);
        values.extend([int(self.span_s).into(), int(self.start_s).into(), node.into()]);
        values.extend(self.alike.iter().flatten().map(|text| Value::from(text.as_str())));
        values
    }

    /// Asks for the sum as it stands in the database.
    pub(super) fn select(&self, node: &str) -> (&'static str, Vec<Value>) {
        let sql = match &self.alike {
            Some(_) => {
                "SELECT CASE WHEN code = '' THEN 0 ELSE requests END, requests, input, cache_read, output, reasoning,
                 cost_nano, unpriced, first_us, total_us FROM rollups
                 WHERE span_s = ? AND start_s = ? AND node = ? AND provider = ? AND model = ? AND key_name = ?
                 AND route = ? AND category = ? AND code = ?"
            }
            None => {
                "SELECT failed, requests, input, cache_read, output, reasoning, cost_nano, unpriced, first_us, total_us
                 FROM totals WHERE span_s = ? AND start_s = ? AND node = ?"
            }
        };
        (sql, self.values(node))
    }

    /// Writes the sum over the one that stands there.
    pub(super) fn upsert(&self, node: &str, sum: &Rollup) -> Statement {
        let mut values = self.values(node);
        let numbers =
            [sum.requests, sum.input, sum.cache_read, sum.output, sum.reasoning, sum.cost_nano, sum.unpriced];
        if self.alike.is_none() {
            values.push(int(sum.failed).into());
        }
        values.extend(numbers.into_iter().map(|n| Value::from(int(n))));
        values.extend([sum.first_us.bytes().into(), sum.total_us.bytes().into()]);
        let sql = match &self.alike {
            Some(_) => {
                "INSERT INTO rollups (span_s, start_s, node, provider, model, key_name, route, category, code, requests,
                 input, cache_read, output, reasoning, cost_nano, unpriced, first_us, total_us)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (span_s, start_s, node, provider, model, key_name, route, category, code) DO UPDATE SET
                 requests = excluded.requests, input = excluded.input, cache_read = excluded.cache_read,
                 output = excluded.output, reasoning = excluded.reasoning, cost_nano = excluded.cost_nano,
                 unpriced = excluded.unpriced, first_us = excluded.first_us, total_us = excluded.total_us"
            }
            None => {
                "INSERT INTO totals (span_s, start_s, node, failed, requests, input, cache_read, output, reasoning,
                 cost_nano, unpriced, first_us, total_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (span_s, start_s, node) DO UPDATE SET failed = excluded.failed,
                 requests = excluded.requests, input = excluded.input, cache_read = excluded.cache_read,
                 output = excluded.output, reasoning = excluded.reasoning, cost_nano = excluded.cost_nano,
                 unpriced = excluded.unpriced, first_us = excluded.first_us, total_us = excluded.total_us"
            }
        };
        Statement::new(sql, values)
    }
}

impl Rollup {
    pub(super) fn add(&mut self, entry: &Entry) {
        let usage = entry.usage.unwrap_or_default();
        self.requests += 1;
        self.failed += u64::from(entry.code.is_some());
        self.input = self.input.saturating_add(usage.prompt_total());
        self.cache_read = self.cache_read.saturating_add(usage.cache_read.unwrap_or(0));
        self.output = self.output.saturating_add(usage.output_total());
        self.reasoning = self.reasoning.saturating_add(usage.reasoning.unwrap_or(0));
        self.cost_nano = self.cost_nano.saturating_add(entry.cost_nano.unwrap_or(0));
        let used = usage != Usage::default();
        self.unpriced += u64::from(used && entry.cost_nano.is_none());
        if let Some(first) = entry.first_us {
            self.first_us.add(first);
        }
        self.total_us.add(entry.total_us);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.input = self.input.saturating_add(other.input);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
        self.cost_nano = self.cost_nano.saturating_add(other.cost_nano);
        self.unpriced += other.unpriced;
        self.first_us.merge(&other.first_us);
        self.total_us.merge(&other.total_us);
    }

    /// Reads a sum whose columns begin at `from`.
    pub(super) fn read(row: &Row, from: usize) -> Result<Self, StoreError> {
        let number = |place| row.int(from + place).map(nat);
        Ok(Self {
            failed: number(0)?,
            requests: number(1)?,
            input: number(2)?,
            cache_read: number(3)?,
            output: number(4)?,
            reasoning: number(5)?,
            cost_nano: number(6)?,
            unpriced: number(7)?,
            first_us: Sketch::parse(row.blob(from + 8)?),
            total_us: Sketch::parse(row.blob(from + 9)?),
        })
    }
}
