//! A request as the log keeps it.

use wye_types::{Kind, RequestId, Usage};

use crate::{Db, Row, Statement, StoreError, Value};

/// A request as the log keeps it. What has a column can be filtered by; the rest stands in `detail`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Its id, which holds when it arrived.
    pub id: RequestId,
    /// Unix milliseconds at its end.
    pub ended_ms: u64,
    /// What was asked for.
    pub kind: Kind,
    /// The dialect the client spoke.
    pub dialect: String,
    /// The name the client asked for.
    pub asked: String,
    /// The route that name meant.
    pub route: Option<String>,
    /// The client key's name.
    pub key: Option<String>,
    /// The team of the client key.
    pub team: Option<String>,
    /// The end user that the request named.
    pub user: Option<String>,
    /// What the key and the request tag it with.
    pub tags: Vec<String>,
    /// Deployments that were called in vain.
    pub tried: Vec<String>,
    /// Deployments that were not called.
    pub passed: Vec<String>,
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
    /// What it used, where known. Kept are sums: cache writes of either kind, audio among the rest.
    pub usage: Option<Usage>,
    /// Whether `usage` is an estimate.
    pub estimated: bool,
    /// What it cost, in nano-dollars; `None` where no price is known.
    pub cost_nano: Option<u64>,
    /// What `cost_nano` rests on; `None` where nothing was used.
    pub cost_basis: Option<String>,
    /// The version of the catalogue that the price is of.
    pub price_version: Option<String>,
    /// Microseconds from arrival to the first content.
    pub first_us: Option<u64>,
    /// Microseconds from arrival to the end.
    pub total_us: u64,
    /// Microseconds of the gateway's own.
    pub overhead_us: u64,
    /// Attempts and warnings, as JSON that the store does not look into.
    pub detail: String,
    /// How its targets were ordered, where there was something to decide.
    pub strategy: Option<String>,
    /// Why targets were not called, in one word each.
    pub refusals: Vec<String>,
    /// The decision, as bytes that the store does not look into. Only [`Entry::whole`] reads it.
    pub decision: Option<Vec<u8>>,
}

/// The columns of [`Entry`] but for the decision, in the order in which they are written and read.
pub(super) const COLUMNS: &str = "id, ended_ms, dialect, asked, route, key_name, team, user_name, provider, model, \
    category, status, code, stream, input, cache_read, cache_write, output, reasoning, estimated, cost_nano, first_us, \
    total_us, overhead_us, tags, tried, passed, detail, kind, cost_basis, price_version, strategy, refusals";

/// How many they are.
pub(super) const WIDTH: usize = 33;

const INSERT: &str = "INSERT INTO requests (id, ended_ms, dialect, asked, route, key_name, team, user_name, provider, \
    model, category, status, code, stream, input, cache_read, cache_write, output, reasoning, estimated, cost_nano, \
    first_us, total_us, overhead_us, tags, tried, passed, detail, kind, cost_basis, price_version, strategy, refusals, \
    decision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
    ?) ON CONFLICT (id) DO NOTHING";

impl Entry {
    /// When it arrived, in Unix milliseconds: the first 48 bits of its id.
    #[must_use]
    pub const fn at_ms(&self) -> u64 {
        (self.id.0 >> 80) as u64
    }

    /// Writing it twice writes it once, so that what was spooled may be replayed.
    pub(super) fn insert(&self) -> Statement {
        Statement::new(INSERT, self.values())
    }

    /// Its columns, with the decision as the last.
    pub(super) fn values(&self) -> [Value; WIDTH + 1] {
        let usage = self.usage;
        let count = |get: fn(&Usage) -> u64| Value::from(usage.as_ref().map(|usage| int(get(usage))));
        let written = |u: &Usage| u.cache_write.unwrap_or(0).saturating_add(u.cache_write_1h.unwrap_or(0));
        [
            self.id.0.to_be_bytes().to_vec().into(),
            int(self.ended_ms).into(),
            self.dialect.as_str().into(),
            self.asked.as_str().into(),
            self.route.as_deref().into(),
            self.key.as_deref().into(),
            self.team.as_deref().into(),
            self.user.as_deref().into(),
            self.provider.as_deref().into(),
            self.model.as_deref().into(),
            self.category.as_deref().into(),
            i64::from(self.status).into(),
            self.code.as_deref().into(),
            self.stream.into(),
            count(|u| plus(u.input, [u.audio_in, u.image_in])),
            count(|u| u.cache_read.unwrap_or(0)),
            count(written),
            count(|u| plus(u.output, [u.audio_out, u.image_out])),
            count(|u| u.reasoning.unwrap_or(0)),
            self.estimated.into(),
            self.cost_nano.map(int).into(),
            self.first_us.map(int).into(),
            int(self.total_us).into(),
            int(self.overhead_us).into(),
            list(&self.tags),
            list(&self.tried),
            list(&self.passed),
            self.detail.as_str().into(),
            self.kind.name().into(),
            self.cost_basis.as_deref().into(),
            self.price_version.as_deref().into(),
            self.strategy.as_deref().into(),
            list(&self.refusals),
            self.decision.clone().into(),
        ]
    }

    /// A request with its decision; `None` if it is not there.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn whole(db: &Db, id: RequestId) -> Result<Option<Self>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, decision FROM requests WHERE id = ?");
        let rows = db.rows(sql, vec![id.0.to_be_bytes().to_vec().into()]).await?;
        rows.first().map(Self::read_whole).transpose()
    }

    /// A row with the decision as the last column.
    pub(super) fn read_whole(row: &Row) -> Result<Self, StoreError> {
        let decision = row.blob(WIDTH).ok().map(<[u8]>::to_vec);
        Ok(Self { decision, ..Self::read(row)? })
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
        let number = |column| row.opt_int(column).map(|n| n.map(nat));
        let id =
            row.blob(0)?.try_into().map_err(|_| StoreError::Broken("an id has not 16 bytes".to_owned()))?;
        let some = |n: Option<u64>| n.filter(|n| *n > 0);
        let usage = match number(14)? {
            None => None,
            Some(input) => Some(Usage {
                input,
                cache_read: some(number(15)?),
                cache_write: some(number(16)?),
                output: number(17)?.unwrap_or(0),
                reasoning: some(number(18)?),
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
            team: text(6)?,
            user: text(7)?,
            tags: names(row, 24)?,
            tried: names(row, 25)?,
            passed: names(row, 26)?,
            provider: text(8)?,
            model: text(9)?,
            category: text(10)?,
            status: u16::try_from(row.int(11)?).unwrap_or(0),
            code: text(12)?,
            stream: row.int(13)? != 0,
            usage,
            estimated: row.int(19)? != 0,
            cost_nano: number(20)?,
            first_us: number(21)?,
            total_us: nat(row.int(22)?),
            overhead_us: nat(row.int(23)?),
            detail: row.text(27)?.to_owned(),
            // What an older version spooled has no more columns.
            kind: row.opt_text(28).ok().flatten().and_then(kind).unwrap_or_default(),
            cost_basis: row.opt_text(29).ok().flatten().map(str::to_owned),
            price_version: row.opt_text(30).ok().flatten().map(str::to_owned),
            strategy: row.opt_text(31).ok().flatten().map(str::to_owned),
            refusals: names(row, 32).unwrap_or_default(),
            decision: None,
        })
    }
}

/// The kind of a name.
fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// Names, one a line, with a line feed before the first and behind the last; nothing where there are none.
fn list(names: &[String]) -> Value {
    if names.is_empty() {
        return Value::Null;
    }
    let length = names.iter().fold(1, |sum, name| sum + name.len() + 1);
    let mut out = String::with_capacity(length);
    out.push('\n');
    for name in names {
        out.push_str(name);
        out.push('\n');
    }
    out.into()
}

fn names(row: &Row, column: usize) -> Result<Vec<String>, StoreError> {
    let text = row.opt_text(column)?.unwrap_or_default();
    Ok(text.split('\n').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// A number as the databases hold it; one that is too large is as large as can be.
pub(super) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn nat(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// The tokens of text, and those of other kinds that have no column of their own.
fn plus(text: u64, others: [Option<u64>; 2]) -> u64 {
    others.into_iter().flatten().fold(text, u64::saturating_add)
}
