//! Forgetting: by age and by size, in steps that take so short a time that who writes hardly waits.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wye_types::Clock;

use super::Keep;
use super::entry::{int, nat};
use super::rollup::SPANS;
use crate::users::Users;
use crate::{Db, Statement, StoreError, Value, audit, responses};

mod pace;

use pace::Pace;

/// Rows that a step deletes, at least and at most.
const ROWS: Pace = Pace::new(50, 2000);
/// Bodies are larger, and their index costs more to change.
const BODIES: Pace = Pace::new(2, 200);
/// Pages of a file that a step gives back: each of them may have to be moved.
const PAGES: Pace = Pace::new(4, 512);
/// Pages of the index of bodies that a step writes anew, without what was deleted.
const MERGED: Pace = Pace::new(4, 256);
/// So many parts of the index alike make it merge them by itself; none means never. The first is SQLite's own number.
const MERGES: [i64; 2] = [4, 0];
/// Between two steps others write.
const PAUSE: Duration = Duration::from_millis(20);
/// One page of so many may stay free. What is written next takes it, which costs less than to give it back before.
const SLACK: u64 = 16;
/// How often it is looked for what is too old.
const ROUND: Duration = Duration::from_secs(600);
/// A node that has not renewed its turn for so long has lost it.
const TURN_MS: u64 = 1_800_000;
/// Windows that were not saved for so long count nothing any more, but for those that never end.
const WINDOWS_MS: u64 = 40 * 86_400_000;

/// Rows whose age stands where no index helps. To look for them on the writer's connection would hold off others for as long
/// as the whole table takes, however few of them a step deletes.
struct Scattered {
    /// Finds those behind a key, in the order of keys, that are older than a value: so many of them.
    find: &'static str,
    /// Deletes one, by its key, if it is older than a value.
    delete: &'static str,
    /// A key before all others.
    first: fn() -> Vec<Value>,
}

const TALLIES: Scattered = Scattered {
    find: "SELECT kind, name, start_s FROM tallies WHERE (kind, name, start_s) > (?, ?, ?) AND start_s < ?
           ORDER BY kind, name, start_s LIMIT ?",
    delete: "DELETE FROM tallies WHERE kind = ? AND name = ? AND start_s = ? AND start_s < ?",
    first: || vec!["".into(), "".into(), i64::MIN.into()],
};

const WINDOWS: Scattered = Scattered {
    find:
        "SELECT node, owner, measure, period FROM windows WHERE (node, owner, measure, period) > (?, ?, ?, ?)
           AND at_ms < ? AND period <> 'total' ORDER BY node, owner, measure, period LIMIT ?",
    delete: "DELETE FROM windows WHERE node = ? AND owner = ? AND measure = ? AND period = ? AND at_ms < ?",
    first: || vec!["".into(), "".into(), "".into(), "".into()],
};

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Requests.
    pub requests: u64,
    /// Bodies.
    pub bodies: u64,
    /// Sums of every kind.
    pub sums: u64,
    /// Entries of the audit log.
    pub audit: u64,
    /// Responses that later requests could go on from.
    pub responses: u64,
    /// Sessions, half-made logins and tokens whose time is over.
    pub logins: u64,
}

/// The job that forgets: as a task of the tracker until `stop`. Of several nodes on one database one does it at a time.
pub async fn run(
    db: Db,
    node: String,
    clock: std::sync::Arc<dyn Clock>,
    keep: watch::Receiver<Keep>,
    stop: CancellationToken,
) {
    let mut told = false;
    loop {
        let now_ms = clock.unix_ms();
        let current = keep.borrow().clone();
        let round = async {
            if !take_turn(&db, &node, now_ms).await? {
                return Ok(None);
            }
            let gone = forget(&db, &current, &*clock).await?;
            if !shrink(&db, &*clock).await? && !std::mem::replace(&mut told, true) {
                tracing::warn!(
                    "the file of the database never gets smaller, since an older version made it; its room is used \
                     again. To make it smaller, stop wye and run: sqlite3 FILE 'PRAGMA auto_vacuum = INCREMENTAL; VACUUM'"
                );
            }
            Ok(Some(gone))
        };
        let done = tokio::select! {
            done = Box::pin(round) => done as Result<_, StoreError>,
            () = stop.cancelled() => return,
        };
        match done {
            Ok(Some(gone)) if gone != Forgotten::default() => {
                let Forgotten { requests, bodies, sums, audit, responses, logins } = gone;
                tracing::info!(
                    requests,
                    bodies,
                    sums,
                    audit,
                    responses,
                    logins,
                    "what was too old is forgotten"
                );
            }
            Ok(_) => {}
            // The sink tells of a database that is away; the next round catches up.
            Err(error) => tracing::debug!(%error, "nothing could be forgotten"),
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Whether it is this node's turn. Two that both believe so do the same thing twice, which harms nothing.
async fn take_turn(db: &Db, node: &str, now_ms: u64) -> Result<bool, StoreError> {
    let until = int(now_ms.saturating_add(TURN_MS));
    let sql = "INSERT INTO log_turn (one, node, until_ms) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET
               node = excluded.node, until_ms = excluded.until_ms
               WHERE log_turn.node = excluded.node OR log_turn.until_ms < ?";
    let turn = Statement::new(sql, [node.into(), until.into(), int(now_ms).into()]);
    Ok(db.change(vec![turn]).await?.first() == Some(&1))
}

/// Forgets everything that is too old or too much by now. The clock also tells how long steps take.
///
/// # Errors
/// If the database cannot be changed; what was forgotten before stays so.
pub async fn forget(db: &Db, keep: &Keep, clock: &dyn Clock) -> Result<Forgotten, StoreError> {
    let now_ms = clock.unix_ms();
    let steps = Steps { db, clock };
    let before = |time: Duration| now_ms.saturating_sub(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let id = |ms: u64| Value::from((u128::from(ms) << 80).to_be_bytes().to_vec());
    let mut gone = Forgotten::default();
    let sql = "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT ?)";
    gone.requests = steps.delete(sql, &[id(before(keep.rows))]).await?;
    // A body without its request could not be found any more.
    let oldest = before(keep.bodies.min(keep.rows));
    gone.bodies = steps.bodies(int(oldest) << 21).await?;
    loop {
        let over = over(db, keep.bodies_bytes).await?;
        let Some(below) = over else { break };
        gone.bodies += steps.bodies(below).await?;
    }
    for (span, times) in SPANS.into_iter().zip([1, 10, 100]) {
        let start = before(keep.minutes.saturating_mul(times)) / 1000;
        for sql in [
            "DELETE FROM rollups WHERE (span_s, start_s, node, provider, model, key_name, route, category, code) IN
             (SELECT span_s, start_s, node, provider, model, key_name, route, category, code FROM rollups
             WHERE span_s = ? AND start_s < ? LIMIT ?)",
            "DELETE FROM totals WHERE (span_s, start_s, node) IN
             (SELECT span_s, start_s, node FROM totals WHERE span_s = ? AND start_s < ? LIMIT ?)",
        ] {
            gone.sums += steps.delete(sql, &[int(span).into(), int(start).into()]).await?;
        }
    }
    let hours = int(before(keep.minutes.saturating_mul(10)) / 1000);
    gone.sums += steps.scattered(&TALLIES, hours).await?;
    steps.scattered(&WINDOWS, int(now_ms.saturating_sub(WINDOWS_MS))).await?;
    gone.audit = steps.until_done(ROWS, |most| audit::forget(db, before(keep.audit), most)).await?;
    gone.responses = steps.responses(before(keep.responses)).await?;
    while let Some(below) = responses::over(db, keep.responses_bytes).await? {
        let count = steps.responses(below).await?;
        gone.responses += count;
        if count == 0 {
            break;
        }
    }
    let users = Users::new(db.clone());
    gone.logins = steps.until_done(ROWS, |most| users.forget_expired(now_ms, most)).await?;
    Ok(gone)
}

/// Gives room that is free back to the system, step by step, but for some slack. `false`: the file cannot get smaller.
///
/// # Errors
/// If the database cannot be changed.
pub async fn shrink(db: &Db, clock: &dyn Clock) -> Result<bool, StoreError> {
    let mut pace = PAGES;
    // The first question only looks.
    let (mut pages, mut free) = (0, u64::MAX);
    loop {
        let began = clock.mono();
        let Some(space) = db.shrink(pages).await? else { return Ok(false) };
        if space.free <= space.all / SLACK || space.free >= free {
            return Ok(true);
        }
        if pages > 0 {
            free = space.free;
            pace.after(clock.mono().saturating_sub(began));
        }
        pages = pace.size();
        rest(db).await;
    }
}

/// What is between two steps.
async fn rest(db: &Db) {
    // What a step wrote is carried into its place before the next one, so that it never becomes much.
    db.settled().await;
    tokio::time::sleep(PAUSE).await;
}

/// Does things step by step.
#[derive(Clone, Copy)]
struct Steps<'a> {
    db: &'a Db,
    clock: &'a dyn Clock,
}

impl Steps<'_> {
    /// Repeats a step, which is told how much it may do, until it has nothing more to do. Gives how much all of them did.
    async fn until_done<F>(self, mut pace: Pace, step: impl Fn(i64) -> F) -> Result<u64, StoreError>
    where
        F: Future<Output = Result<u64, StoreError>>,
    {
        let mut all = 0;
        loop {
            let count = self.step(&mut pace, &step).await?;
            if count == 0 {
                return Ok(all);
            }
            all += count;
        }
    }

    /// Takes a step, learns from how long it took, and rests if there was anything to do.
    async fn step<F>(self, pace: &mut Pace, step: impl Fn(i64) -> F) -> Result<u64, StoreError>
    where
        F: Future<Output = Result<u64, StoreError>>,
    {
        let began = self.clock.mono();
        let count = step(pace.size().into()).await?;
        if count > 0 {
            // What waits for others counts too: where they write much, there is less room for this.
            pace.after(self.clock.mono().saturating_sub(began));
            rest(self.db).await;
        }
        Ok(count)
    }

    /// Repeats a deletion, whose last value is how many rows it may delete, until it has nothing more to delete.
    async fn delete(self, sql: &'static str, args: &[Value]) -> Result<u64, StoreError> {
        let step = async |most: i64| {
            let values = args.iter().cloned().chain([most.into()]);
            Ok(self.db.change(vec![Statement::new(sql, values)]).await?.first().copied().unwrap_or(0))
        };
        self.until_done(ROWS, step).await
    }

    /// Deletes what is older than a value: found by a reader, which is in nobody's way, and deleted by key.
    async fn scattered(self, what: &Scattered, below: i64) -> Result<u64, StoreError> {
        let (mut pace, mut behind, mut gone) = (ROWS, (what.first)(), 0);
        loop {
            let args = behind.into_iter().chain([below.into(), i64::from(pace.size()).into()]).collect();
            let rows = self.db.rows(what.find, args).await?;
            let Some(last) = rows.last() else { return Ok(gone) };
            behind = last.0.clone();
            let keys = rows.into_iter().map(|row| row.0.into_iter().chain([below.into()]));
            let statements = keys.map(|key| Statement::new(what.delete, key)).collect();
            let began = self.clock.mono();
            gone += self.db.change(statements).await?.into_iter().sum::<u64>();
            pace.after(self.clock.mono().saturating_sub(began));
            rest(self.db).await;
        }
    }

    /// Deletes the responses before a Unix millisecond.
    async fn responses(self, below_ms: u64) -> Result<u64, StoreError> {
        self.until_done(BODIES, |most| responses::forget_before(self.db, below_ms, most)).await
    }

    /// Deletes the bodies before a place, and what the index knows of them.
    async fn bodies(self, below: i64) -> Result<u64, StoreError> {
        let [by_itself, never] = MERGES;
        // By itself the index merges some hundred pages within every 64th deletion, which takes tens of milliseconds. If this
        // is cut short the next round puts it right.
        self.index("automerge", never).await?;
        let (mut pace, mut merging, mut gone) = (BODIES, MERGED, 0);
        loop {
            let count = self.step(&mut pace, |most| self.old_bodies(below, most)).await?;
            gone += count;
            if count == 0 {
                break;
            }
            // Before more goes: a merge reads what was deleted without counting it, so that of a part in which nothing is
            // left it would read all in one step.
            while self.step(&mut merging, |most| self.merged(most)).await? > 0 {}
        }
        self.index("automerge", by_itself).await?;
        Ok(gone)
    }

    /// Tells SQLite's index of bodies something.
    async fn index(self, word: &'static str, value: i64) -> Result<(), StoreError> {
        if matches!(self.db, Db::Postgres(_)) {
            return Ok(());
        }
        let sql = "INSERT INTO body_text (body_text, rank) VALUES (?, ?)";
        self.db.change(vec![Statement::new(sql, [word.into(), value.into()])]).await.map(drop)
    }

    /// Merges so many pages of the index. Gives whether there was anything to merge: its list of parts tells.
    async fn merged(self, most: i64) -> Result<u64, StoreError> {
        if matches!(self.db, Db::Postgres(_)) {
            return Ok(0);
        }
        let parts = "SELECT block FROM body_text_data WHERE id = 10";
        let before = self.db.rows(parts, Vec::new()).await?;
        self.index("merge", most).await?;
        Ok(u64::from(self.db.rows(parts, Vec::new()).await? != before))
    }

    /// Deletes so many bodies before a place, the oldest first.
    async fn old_bodies(self, below: i64, most: i64) -> Result<u64, StoreError> {
        let sql = "SELECT seq FROM bodies WHERE seq < ? ORDER BY seq LIMIT ?";
        let rows = self.db.rows(sql, vec![below.into(), most.into()]).await?;
        let Some(last) = rows.last() else { return Ok(0) };
        let to = last.int(0)?;
        let index = match self.db {
            Db::Sqlite(_) => "DELETE FROM body_text WHERE rowid IN (SELECT seq FROM bodies WHERE seq <= ?)",
            Db::Postgres(_) => "DELETE FROM body_text WHERE seq <= ?",
        };
        let statements =
            [index, "DELETE FROM bodies WHERE seq <= ?"].map(|sql| Statement::new(sql, [to.into()]));
        Ok(self.db.change(statements.into()).await?.get(1).copied().unwrap_or(0))
    }
}

/// Before which place bodies must go, so that no more bytes of them are left than may be. At most a few thousand are
/// looked at in one go.
async fn over(db: &Db, most: u64) -> Result<Option<i64>, StoreError> {
    let rows = db.rows("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM bodies", Vec::new()).await?;
    let all = rows.first().map_or(Ok(0), |row| row.int(0).map(nat))?;
    let mut over = all.saturating_sub(most);
    if over == 0 {
        return Ok(None);
    }
    let mut below = None;
    let sql = "SELECT seq, bytes FROM bodies ORDER BY seq LIMIT 4096";
    for row in db.rows(sql, Vec::new()).await? {
        if over == 0 {
            break;
        }
        over = over.saturating_sub(nat(row.int(1)?));
        below = Some(row.int(0)? + 1);
    }
    Ok(below)
}
