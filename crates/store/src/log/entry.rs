//! A request as the log keeps it.

use wye_types::{RequestId, Usage};

use crate::{Row, Statement, StoreError, Value};

/// A request as the log keeps it. What has a column can be filtered by; the rest stands in `detail`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Its id, which holds when it arrived.
    pub id: RequestId,
    /// Unix milliseconds at its end.
    pub ended_ms: u64,
    /// The dialect the client spoke.
    pub dialect: String,
    /// The name the client asked for.
    pub asked: String,
    /// The route that name meant.
    pub route: Option<String>,
    /// The client key's name.
    pub key: Option<String>,
    /// The provider whose answer was sent.
    pub provider: Option<String>,
    /// The model whose answer was sent.
    pub model: Option<String>,
    /// What kind of task it was, where known.
    pub category: Option<String>,
    /// The HTTP status sent.
    pub status: u16,
    /// How it ended, if not well.
    pub code: Option<String>,
    /// Whether it was a stream.
    pub stream: bool,
    /// What it used, where known. Cache writes are summed.
    pub usage: Option<Usage>,
    /// Whether `usage` is an estimate.
    pub estimated: bool,
    /// What it cost, in nano-dollars; `None` where no price is known.
    pub cost_nano: Option<u64>,
    /// Microseconds from arrival to the first content.
    pub first_us: Option<u64>,
    /// Microseconds from arrival to the end.
    pub total_us: u64,
    /// Microseconds of the gateway's own.
    pub overhead_us: u64,
    /// Attempts, warnings and the decision, as JSON that the store does not look into.
    pub detail: String,
}

/// The columns of [`Entry`], in the order in which they are written and read.
pub(super) const COLUMNS: &str = "id, ended_ms, dialect, asked, route, key_name, provider, model, category, status, \
    code, stream, input, cache_read, cache_write, output, reasoning, estimated, cost_nano, first_us, total_us, \
    overhead_us, detail";

const INSERT: &str = "INSERT INTO requests (id, ended_ms, dialect, asked, route, key_name, provider, model, category, \
    status, code, stream, input, cache_read, cache_write, output, reasoning, estimated, cost_nano, first_us, total_us, \
    overhead_us, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING";

impl Entry {
    /// When it arrived, in Unix milliseconds: the first 48 bits of its id.
    #[must_use]
    pub const fn at_ms(&self) -> u64 {
        (self.id.0 >> 80) as u64
    }

    /// Writing it twice writes it once, so that what was spooled may be replayed.
    pub(super) fn insert(&self) -> Statement {
        let usage = self.usage;
        let count = |get: fn(&Usage) -> u64| Value::from(usage.as_ref().map(|usage| int(get(usage))));
        let written = |u: &Usage| u.cache_write.unwrap_or(0).saturating_add(u.cache_write_1h.unwrap_or(0));
        Statement::new(
            INSERT,
            [
                self.id.0.to_be_bytes().to_vec().into(),
                int(self.ended_ms).into(),
                self.dialect.as_str().into(),
                self.asked.as_str().into(),
                self.route.as_deref().into(),
                self.key.as_deref().into(),
                self.provider.as_deref().into(),
                self.model.as_deref().into(),
                self.category.as_deref().into(),
                i64::from(self.status).into(),
                self.code.as_deref().into(),
                self.stream.into(),
                count(|u| u.input),
                count(|u| u.cache_read.unwrap_or(0)),
                count(written),
                count(|u| u.output),
                count(|u| u.reasoning.unwrap_or(0)),
                self.estimated.into(),
                self.cost_nano.map(int).into(),
                self.first_us.map(int).into(),
                int(self.total_us).into(),
                int(self.overhead_us).into(),
                self.detail.as_str().into(),
            ],
        )
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
        let number = |column| row.opt_int(column).map(|n| n.map(nat));
        let id =
            row.blob(0)?.try_into().map_err(|_| StoreError::Broken("an id has not 16 bytes".to_owned()))?;
        let some = |n: Option<u64>| n.filter(|n| *n > 0);
        let usage = match number(12)? {
            None => None,
            Some(input) => Some(Usage {
                input,
                cache_read: some(number(13)?),
                cache_write: some(number(14)?),
                output: number(15)?.unwrap_or(0),
                reasoning: some(number(16)?),
                ..Usage::default()
            }),
        };
        Ok(Self {
            id: RequestId(u128::from_be_bytes(id)),
            ended_ms: nat(row.int(1)?),
            dialect: row.text(2)?.to_owned(),
            asked: row.text(3)?.to_owned(),
            route: text(4)?,
            key: text(5)?,
            provider: text(6)?,
            model: text(7)?,
            category: text(8)?,
            status: u16::try_from(row.int(9)?).unwrap_or(0),
            code: text(10)?,
            stream: row.int(11)? != 0,
            usage,
            estimated: row.int(17)? != 0,
            cost_nano: number(18)?,
            first_us: number(19)?,
            total_us: nat(row.int(20)?),
            overhead_us: nat(row.int(21)?),
            detail: row.text(22)?.to_owned(),
        })
    }
}

/// A number as the databases hold it; one that is too large is as large as can be.
pub(super) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn nat(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
