//! The audit log: who changed what, and who logged in. It is only ever added to; no entry is changed, and none is removed
//! but by its age. A change of users is written together with its entry or not at all ([`Entry::statement`] goes into the same
//! transaction).

use serde_json::Value as Json;

use wye_types::RequestId;

use crate::{Db, Row, Statement, StoreError, Value};

/// The most entries on a page.
const MOST: u32 = 500;

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was tried and refused, such as a login with a wrong password.
    Failed,
    /// It was not even tried: too many failures before.
    Throttled,
}

impl Outcome {
    /// The name used in rows and pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Throttled => "throttled",
        }
    }

    /// The outcome of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ok, Self::Failed, Self::Throttled].into_iter().find(|outcome| outcome.name() == name)
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// A UUIDv7.
    pub id: String,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// The user's name; empty if nobody is known.
    pub actor: String,
    /// What was done, such as `login` or `user.role`.
    pub action: String,
    /// To what, such as a user's name; may be empty.
    pub object: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The client's address; empty for the command line.
    pub address: String,
    /// What else there is to say; never a secret.
    pub detail: Json,
}

impl Entry {
    /// The statement that writes it, for the transaction of the change that it tells of.
    #[must_use]
    pub fn statement(&self) -> Statement {
        Statement::new(
            "INSERT INTO audit (id, at_ms, actor, action, object, outcome, address, detail)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self.id.as_str().into(),
                i64::try_from(self.at_ms).unwrap_or(i64::MAX).into(),
                self.actor.as_str().into(),
                self.action.as_str().into(),
                self.object.as_str().into(),
                self.outcome.name().into(),
                self.address.as_str().into(),
                self.detail.to_string().into(),
            ],
        )
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let outcome = row.text(5)?;
        Ok(Self {
            id: row.text(0)?.to_owned(),
            at_ms: u64::try_from(row.int(1)?).unwrap_or(0),
            actor: row.text(2)?.to_owned(),
            action: row.text(3)?.to_owned(),
            object: row.text(4)?.to_owned(),
            outcome: Outcome::parse(outcome)
                .ok_or_else(|| StoreError::Broken(format!("{outcome:?} is no outcome of an action")))?,
            address: row.text(6)?.to_owned(),
            detail: serde_json::from_str(row.text(7)?).unwrap_or(Json::Null),
        })
    }
}

/// Which entries are wanted. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At this Unix millisecond or later.
    pub from_ms: Option<u64>,
    /// Before this Unix millisecond.
    pub to_ms: Option<u64>,
    /// Who did it.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// To what.
    pub object: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// From where.
    pub address: Option<String>,
    /// Only what came before this one: the id of the last entry of the page before.
    pub before: Option<String>,
}

/// A page of the audit log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins ([`Filter::before`]); `None` if this was the last.
    pub next: Option<String>,
}

/// Writes an entry on its own, for what changes nothing else in this database.
///
/// # Errors
/// If the database cannot take it.
pub async fn write(db: &Db, entry: &Entry) -> Result<(), StoreError> {
    db.change(vec![entry.statement()]).await.map(drop)
}

/// Finds a page of at most `count` entries.
///
/// # Errors
/// If the database cannot answer.
pub async fn find(db: &Db, filter: &Filter, count: u32) -> Result<Page, StoreError> {
    let count = count.clamp(1, MOST);
    let mut sql =
        "SELECT id, at_ms, actor, action, object, outcome, address, detail FROM audit WHERE 1 = 1".to_owned();
    let mut args: Vec<Value> = Vec::new();
    let time = |ms: u64| Value::Int(i64::try_from(ms).unwrap_or(i64::MAX));
    let terms = [
        (" AND at_ms >= ?", filter.from_ms.map(time)),
        (" AND at_ms < ?", filter.to_ms.map(time)),
        (" AND actor = ?", filter.actor.as_deref().map(Value::from)),
        (" AND action = ?", filter.action.as_deref().map(Value::from)),
        (" AND object = ?", filter.object.as_deref().map(Value::from)),
        (" AND outcome = ?", filter.outcome.map(|outcome| outcome.name().into())),
        (" AND address = ?", filter.address.as_deref().map(Value::from)),
        (" AND id < ?", filter.before.as_deref().map(Value::from)),
    ];
    for (term, value) in terms {
        if let Some(value) = value {
            sql.push_str(term);
            args.push(value);
        }
    }
    sql.push_str(" ORDER BY id DESC LIMIT ?");
    // One more than asked for tells whether there is a next page.
    args.push(i64::from(count + 1).into());
    let rows = db.rows(sql, args).await?;
    let mut entries = rows.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
    let more = entries.len() > count as usize;
    entries.truncate(count as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(Page { entries, next })
}

/// Removes the oldest of the entries that were written before a Unix millisecond, at most `most`.
pub(crate) fn forget(before_ms: u64, most: i64) -> Statement {
    let sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)";
    Statement::new(sql, [RequestId::v7(before_ms, 0).to_string().into(), most.into()])
}
