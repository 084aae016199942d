//! What needs a person and was told: once, whichever node looks, and not again after a restart; and what came of telling it.
//! Rules, states and severities are words to it.

use crate::{Db, Row, Statement, StoreError, Value};

/// The most messages that one question gives.
const MOST: u32 = 500;
/// Of what was told, so many are kept, and no longer than so many milliseconds.
const KEPT: i64 = 1000;
const KEPT_MS: u64 = 30 * 86_400_000;

/// Something that was told and still holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Which rule says so. With the subject it is what is told once.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// How soon somebody must look.
    pub severity: String,
    /// What is the matter.
    pub message: String,
    /// The facts of it, as JSON.
    pub params: String,
    /// Since when, in Unix milliseconds.
    pub since_ms: u64,
    /// When it was told last, in Unix milliseconds.
    pub told_ms: u64,
    /// How many rounds in a row it was not so any more.
    pub missed: u32,
    /// Whether the message that it has begun still waits. Not written: what messages there are says it.
    pub untold: bool,
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its id; ids of a later time come later.
    pub id: String,
    /// When it was made, in Unix milliseconds.
    pub at_ms: u64,
    /// Which rule says so.
    pub kind: String,
    /// How soon somebody must look.
    pub severity: String,
    /// What it is about.
    pub subject: String,
    /// Whether it has begun, goes on, or is over.
    pub state: String,
    /// What is the matter.
    pub message: String,
    /// The facts of it, as JSON.
    pub params: String,
    /// Since when, in Unix milliseconds.
    pub since_ms: u64,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// Nobody took it, and it is not tried again.
    Failed,
    /// It is still to be delivered.
    #[default]
    Waiting,
}

/// A message and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The message.
    pub message: Message,
    /// What came of it.
    pub outcome: Outcome,
    /// The receiver's last HTTP status.
    pub status: Option<u16>,
    /// How often it was sent.
    pub attempts: u32,
    /// Why it was not taken.
    pub said: Option<String>,
}

/// How what stands changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not so before.
    Raised(Standing),
    /// Something of it is different now.
    Kept {
        /// As it was read.
        was: Standing,
        /// As it is now.
        is: Standing,
    },
    /// It is no longer told of.
    Gone(Standing),
}

/// The tables of both.
#[derive(Debug, Clone)]
pub struct AlertTable {
    db: Db,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::Waiting];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }
}

impl AlertTable {
    /// The tables of a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// What was told and still holds, by name.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn standing(&self) -> Result<Vec<Standing>, StoreError> {
        let sql = "SELECT kind, subject, severity, message, params, since_ms, told_ms, missed, (SELECT COUNT(*) FROM alerts
                   WHERE alerts.kind = alert_states.kind AND alerts.subject = alert_states.subject
                   AND alerts.outcome = 'waiting' AND alerts.state = 'raised') FROM alert_states ORDER BY kind, subject";
        self.db.rows(sql, Vec::new()).await?.iter().map(standing).collect()
    }

    /// Makes changes together with the messages that tell of them. A message that waits is not sent any more if there is a
    /// newer one of the same, or none is needed now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::Taken`] if another node has changed the same: nothing is changed then, and
    /// that node tells of it.
    pub async fn change(&self, changes: &[Change], messages: &[Message]) -> Result<(), StoreError> {
        if changes.is_empty() && messages.is_empty() {
            return Ok(());
        }
        let mut statements = Vec::new();
        for change in changes {
            match change {
                Change::Raised(it) => statements.push(raised(it)),
                Change::Kept { was, is } => statements.push(kept(was, is)),
                Change::Gone(it) => statements.extend([gone(it), overtaken(&it.kind, &it.subject)]),
            }
        }
        for message in messages {
            statements.push(overtaken(&message.kind, &message.subject));
            statements.push(written(&Told { message: message.clone(), ..Told::default() }));
        }
        if !messages.is_empty() {
            statements.push(fewer());
        }
        self.db.change(statements).await.map(drop)
    }

    /// Keeps a message of which it is known what came of it.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn keep(&self, told: &Told) -> Result<(), StoreError> {
        self.db.change(vec![written(told), fewer()]).await.map(drop)
    }

    /// Messages that wait, those first that were tried least often; at most `count`.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn waiting(&self, count: u32) -> Result<Vec<Told>, StoreError> {
        let sql = "SELECT id, at_ms, kind, severity, subject, state, message, params, since_ms, outcome, status, attempts,
                   said FROM alerts WHERE outcome = 'waiting' ORDER BY attempts, id LIMIT ?";
        let rows = self.db.rows(sql, vec![i64::from(count.min(MOST)).into()]).await?;
        rows.iter().map(told).collect()
    }

    /// Notes that a message was sent, and what came of it. One that does not wait any more stays as it is.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn sent(
        &self,
        id: &str,
        outcome: Outcome,
        status: Option<u16>,
        said: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET outcome = ?, status = ?, said = ?, attempts = attempts + 1
                   WHERE id = ? AND outcome = 'waiting'";
        let args = [outcome.name().into(), status.map(i64::from).into(), said.map(safe).into(), id.into()];
        self.db.change(vec![Statement::new(sql, args)]).await.map(drop)
    }

    /// Gives up on messages that wait since before a Unix millisecond.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn give_up(&self, before_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET outcome = 'failed' WHERE outcome = 'waiting' AND at_ms < ?";
        self.db.change(vec![Statement::new(sql, [int(before_ms)])]).await.map(drop)
    }

    /// A page of what was told, newest first, and where the next one begins; `before`: the id of the last one of the page
    /// before.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn list(
        &self,
        before: Option<&str>,
        count: u32,
    ) -> Result<(Vec<Told>, Option<String>), StoreError> {
        let count = count.clamp(1, MOST);
        let sql = "SELECT id, at_ms, kind, severity, subject, state, message, params, since_ms, outcome, status, attempts,
                   said FROM alerts WHERE id < ? ORDER BY id DESC LIMIT ?";
        // Behind all ids, whose digits are 0 to f.
        let before = before.unwrap_or("g");
        let rows = self.db.rows(sql, vec![before.into(), i64::from(count + 1).into()]).await?;
        let mut all = rows.iter().map(told).collect::<Result<Vec<_>, _>>()?;
        let more = all.len() > count as usize;
        all.truncate(count as usize);
        let next = all.last().filter(|_| more).map(|last| last.message.id.clone());
        Ok((all, next))
    }
}

/// Removes messages that are too old, at most `most`.
pub(crate) fn forget(now_ms: u64, most: i64) -> Statement {
    let sql = "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE at_ms < ? ORDER BY id LIMIT ?)";
    Statement::new(sql, [int(now_ms.saturating_sub(KEPT_MS)), most.into()])
}

/// Removes the oldest messages of too many.
fn fewer() -> Statement {
    let sql = "DELETE FROM alerts WHERE id < (SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?)";
    Statement::new(sql, [(KEPT - 1).into()])
}

fn raised(it: &Standing) -> Statement {
    Statement::new(
        "INSERT INTO alert_states (kind, subject, severity, message, params, since_ms, told_ms, missed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            it.kind.as_str().into(),
            safe(&it.subject).into(),
            it.severity.as_str().into(),
            safe(&it.message).into(),
            safe(&it.params).into(),
            int(it.since_ms),
            int(it.told_ms),
            i64::from(it.missed).into(),
        ],
    )
}

fn kept(was: &Standing, is: &Standing) -> Statement {
    Statement::new(
        "UPDATE alert_states SET severity = ?, message = ?, params = ?, told_ms = ?, missed = ?
         WHERE kind = ? AND subject = ? AND told_ms = ? AND missed = ?",
        [
            is.severity.as_str().into(),
            safe(&is.message).into(),
            safe(&is.params).into(),
            int(is.told_ms),
            i64::from(is.missed).into(),
            was.kind.as_str().into(),
            was.subject.as_str().into(),
            int(was.told_ms),
            i64::from(was.missed).into(),
        ],
    )
    .expecting(1)
}

fn gone(it: &Standing) -> Statement {
    let sql = "DELETE FROM alert_states WHERE kind = ? AND subject = ? AND told_ms = ? AND missed = ?";
    let args =
        [it.kind.as_str().into(), it.subject.as_str().into(), int(it.told_ms), i64::from(it.missed).into()];
    Statement::new(sql, args).expecting(1)
}

/// Whatever waits of a subject is not sent any more.
fn overtaken(kind: &str, subject: &str) -> Statement {
    let sql =
        "UPDATE alerts SET outcome = 'failed', said = 'it was over, or told anew, before it was delivered'
               WHERE kind = ? AND subject = ? AND outcome = 'waiting'";
    Statement::new(sql, [kind.into(), safe(subject).into()])
}

fn written(told: &Told) -> Statement {
    let Told { message: it, outcome, status, attempts, said } = told;
    Statement::new(
        "INSERT INTO alerts (id, at_ms, kind, severity, subject, state, message, params, since_ms, outcome, status,
         attempts, said) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            it.id.as_str().into(),
            int(it.at_ms),
            it.kind.as_str().into(),
            it.severity.as_str().into(),
            safe(&it.subject).into(),
            it.state.as_str().into(),
            safe(&it.message).into(),
            safe(&it.params).into(),
            int(it.since_ms),
            outcome.name().into(),
            status.map(i64::from).into(),
            i64::from(*attempts).into(),
            said.as_deref().map(safe).into(),
        ],
    )
}

fn standing(row: &Row) -> Result<Standing, StoreError> {
    Ok(Standing {
        kind: row.text(0)?.to_owned(),
        subject: row.text(1)?.to_owned(),
        severity: row.text(2)?.to_owned(),
        message: row.text(3)?.to_owned(),
        params: row.text(4)?.to_owned(),
        since_ms: nat(row.int(5)?),
        told_ms: nat(row.int(6)?),
        missed: u32::try_from(row.int(7)?).unwrap_or(u32::MAX),
        untold: row.int(8)? > 0,
    })
}

fn told(row: &Row) -> Result<Told, StoreError> {
    let message = Message {
        id: row.text(0)?.to_owned(),
        at_ms: nat(row.int(1)?),
        kind: row.text(2)?.to_owned(),
        severity: row.text(3)?.to_owned(),
        subject: row.text(4)?.to_owned(),
        state: row.text(5)?.to_owned(),
        message: row.text(6)?.to_owned(),
        params: row.text(7)?.to_owned(),
        since_ms: nat(row.int(8)?),
    };
    let named = row.text(9)?;
    let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.name() == named);
    Ok(Told {
        message,
        outcome: outcome
            .ok_or_else(|| StoreError::Broken(format!("{named:?} is no outcome of a message")))?,
        status: row.opt_int(10)?.and_then(|status| u16::try_from(status).ok()),
        attempts: u32::try_from(row.int(11)?).unwrap_or(u32::MAX),
        said: row.opt_text(12)?.map(str::to_owned),
    })
}

/// What PostgreSQL takes of a text: names of end users are what clients send.
fn safe(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn int(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

fn nat(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
