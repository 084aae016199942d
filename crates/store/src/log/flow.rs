//! Who asked for what, and where it went: sums by client key, route and deployment together.

use std::collections::BTreeMap;

use super::Span;
use super::entry::{int, nat};
use super::stats::{DEPLOYMENT, tiles};
use crate::{Db, Row, StoreError};

/// What went between names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Requests.
    pub requests: u64,
    /// Of them, those that did not end well.
    pub failed: u64,
    /// Tokens of prompts.
    pub input: u64,
    /// Tokens of answers.
    pub output: u64,
    /// Nano-dollars, as far as prices are known.
    pub cost_nano: u64,
}

impl Amount {
    /// The columns of `rollups` that it is read from, in its order.
    pub(super) const COLUMNS: &str = "CAST(SUM(requests) AS BIGINT),
        CAST(SUM(CASE WHEN code = '' THEN 0 ELSE requests END) AS BIGINT), CAST(SUM(input) AS BIGINT),
        CAST(SUM(output) AS BIGINT), CAST(SUM(cost_nano) AS BIGINT)";

    /// Reads it from a column on.
    pub(super) fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        let number = |place: usize| row.int(at + place).map(nat);
        Ok(Self {
            requests: number(0)?,
            failed: number(1)?,
            input: number(2)?,
            output: number(3)?,
            cost_nano: number(4)?,
        })
    }

    /// Adds another.
    pub fn add(&mut self, more: &Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.failed = self.failed.saturating_add(more.failed);
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.cost_nano = self.cost_nano.saturating_add(more.cost_nano);
    }
}

/// What one client key had from one deployment through one route. A name is empty where requests had none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The client key's name.
    pub key: String,
    /// The route.
    pub route: String,
    /// `provider/model`, whose answer was sent; empty: nobody's.
    pub deployment: String,
    /// How much.
    pub amount: Amount,
}

/// Where requests went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow {
    /// The links with the most requests, those first.
    pub links: Vec<Link>,
    /// The sum of all others.
    pub rest: Amount,
    /// How many others there are.
    pub others: usize,
}

impl Flow {
    /// Where requests went that arrived from one Unix second to another, rounded to whole spans, in so many links at most.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn of(
        db: &Db,
        span: Span,
        (from_s, to_s): (u64, u64),
        most: usize,
    ) -> Result<Self, StoreError> {
        let columns = Amount::COLUMNS;
        let sql = format!(
            "SELECT key_name, route, {DEPLOYMENT}, {columns} FROM rollups
             WHERE span_s = ? AND start_s >= ? AND start_s < ? GROUP BY 1, 2, 3"
        );
        let mut sums: BTreeMap<[String; 3], Amount> = BTreeMap::new();
        let step = span.seconds();
        for (step, from, to) in tiles(step, (from_s - from_s % step, to_s)) {
            let args = vec![int(step).into(), int(from).into(), int(to).into()];
            for row in db.rows(sql.clone(), args).await? {
                let names = [row.text(0)?, row.text(1)?, row.text(2)?].map(str::to_owned);
                sums.entry(names).or_default().add(&Amount::read(&row, 3)?);
            }
        }
        let link = |([key, route, deployment], amount): ([String; 3], Amount)| Link {
            key,
            route,
            deployment,
            amount,
        };
        let mut links: Vec<Link> = sums.into_iter().map(link).collect();
        // Of equals in the order of their names, so that a page does not jump.
        links.sort_by_key(|link| std::cmp::Reverse(link.amount.requests));
        let others = links.split_off(links.len().min(most));
        let mut rest = Amount::default();
        others.iter().for_each(|link| rest.add(&link.amount));
        Ok(Self { links, rest, others: others.len() })
    }
}
