//! Forgetting: by age and by size, in steps that take so short a time that who writes hardly waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wye_types::Clock;

use super::Keep;
use super::entry::int;
use super::rollup::SPANS;
use crate::turn::Turn;
use crate::{Db, Row, Statement, StoreError, Value, alerts, audit, responses, users};

mod excess;
mod step;

use step::Steps;

/// Rows that are looked for at once, to be deleted in steps.
const FOUND: usize = 4000;
/// Bodies of the same; their index is merged in between, before what was deleted of it becomes much.
const BODIES: usize = 200;
/// Pages of the index of bodies that one change writes anew, without what was deleted; such changes before it is looked
/// whether there is more to do; and how often that is looked.
const MERGED: (i64, usize, usize) = (16, 16, 32);
/// So many parts of the index alike make it merge them by itself; none means never. The first is SQLite's own number.
const MERGES: [i64; 2] = [4, 0];
/// Pages of a file that a step gives back at most: the commit writes what they were moved to, and more.
const PAGES: u32 = 256;
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
    clock: Arc<dyn Clock>,
    keep: watch::Receiver<Keep>,
    stop: CancellationToken,
) {
    let mut told = false;
    loop {
        let now_ms = clock.unix_ms();
        let current = keep.borrow().clone();
        let round = async {
            if !Turn::Retention.take(&db, &node, now_ms, TURN_MS).await? {
                return Ok(None);
            }
            let gone = forget(&db, &current, &clock).await?;
            if !shrink(&db, &clock).await? && !std::mem::replace(&mut told, true) {
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

/// Forgets everything that is too old or too much by now. The clock also tells how long steps take.
///
/// # Errors
/// If the database cannot be changed; what was forgotten before stays so.
pub async fn forget(db: &Db, keep: &Keep, clock: &Arc<dyn Clock>) -> Result<Forgotten, StoreError> {
    let now_ms = clock.unix_ms();
    let steps = Steps::new(db, clock);
    let few = int(steps.rows() as u64);
    let before = |time: Duration| now_ms.saturating_sub(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let mut gone = Forgotten { requests: requests(&steps, before(keep.rows)).await?, ..Forgotten::default() };
    // A body without its request could not be found any more.
    let oldest = before(keep.bodies.min(keep.rows));
    gone.bodies = bodies(db, &steps, int(oldest) << 21).await?;
    let mut over = excess::BODIES.over(&steps, keep.bodies_bytes).await?;
    while over > 0
        && let Some((below, bytes)) = excess::BODIES.oldest(&steps, over).await?
    {
        gone.bodies += bodies(db, &steps, below).await?;
        over = over.saturating_sub(bytes);
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
            let old = Statement::new(sql, [int(span).into(), int(start).into(), few.into()]);
            gone.sums += steps.repeat(&old).await?;
        }
    }
    let hours = int(before(keep.minutes.saturating_mul(10)) / 1000);
    gone.sums += scattered(&steps, &TALLIES, hours).await?;
    scattered(&steps, &WINDOWS, int(now_ms.saturating_sub(WINDOWS_MS))).await?;
    gone.audit = steps.repeat(&audit::forget(before(keep.audit), few)).await?;
    steps.repeat(&alerts::forget(now_ms, few)).await?;
    gone.responses = old_responses(&steps, before(keep.responses)).await?;
    let mut over = excess::RESPONSES.over(&steps, keep.responses_bytes).await?;
    while over > 0
        && let Some((below, bytes)) = excess::RESPONSES.oldest(&steps, over).await?
    {
        gone.responses += old_responses(&steps, below.unsigned_abs()).await?;
        over = over.saturating_sub(bytes);
    }
    for old in users::forget_expired(now_ms, few) {
        gone.logins += steps.repeat(&old).await?;
    }
    Ok(gone)
}

/// Gives room that is free back to the system, step by step, but for some slack. `false`: the file cannot get smaller.
///
/// # Errors
/// If the database cannot be changed.
pub async fn shrink(db: &Db, clock: &Arc<dyn Clock>) -> Result<bool, StoreError> {
    let steps = Steps::new(db, clock);
    // The first question only looks.
    let Some(mut space) = steps.pages(0).await? else { return Ok(false) };
    loop {
        let before = space.free;
        if before <= space.all / SLACK {
            return Ok(true);
        }
        match steps.pages(PAGES).await? {
            // Others have taken what was free, or more of it than could be given back.
            Some(now) if now.free >= before => return Ok(true),
            Some(now) => space = now,
            None => return Ok(false),
        }
    }
}

/// Deletes the requests before a Unix millisecond: found by a reader, which also has the file's pages fetched from the disk
/// while it is in nobody's way, and deleted in the order of keys, in which they lie side by side.
async fn requests(steps: &Steps<'_>, before_ms: u64) -> Result<u64, StoreError> {
    let id: Value = (u128::from(before_ms) << 80).to_be_bytes().to_vec().into();
    let mut gone = 0;
    loop {
        let sql = "SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT ?";
        let found = steps.look(sql, vec![id.clone(), int(FOUND as u64).into()]).await?;
        if found.is_empty() {
            return Ok(gone);
        }
        let lasts = found.chunks(steps.rows()).filter_map(|chunk| chunk.last()?.0.first().cloned());
        let delete = |last| vec![Statement::new("DELETE FROM requests WHERE id <= ?", [last])];
        gone += steps.all(&lasts.map(delete).collect::<Vec<_>>()).await?;
    }
}

/// Deletes the responses before a Unix millisecond, few at a time: they may be large.
async fn old_responses(steps: &Steps<'_>, before_ms: u64) -> Result<u64, StoreError> {
    steps.repeat(&responses::forget(before_ms, 2)).await
}

/// Deletes what is older than a value: found by a reader, which is in nobody's way, and deleted by key.
async fn scattered(steps: &Steps<'_>, what: &Scattered, below: i64) -> Result<u64, StoreError> {
    let (mut behind, mut gone) = ((what.first)(), 0);
    loop {
        let args = behind.into_iter().chain([below.into(), int(FOUND as u64).into()]).collect();
        let rows = steps.look(what.find, args).await?;
        let Some(last) = rows.last() else { return Ok(gone) };
        behind = last.0.clone();
        let delete = |row: Row| {
            let key = row.0.into_iter().chain([below.into()]);
            vec![Statement::new(what.delete, key)]
        };
        gone += steps.all(&rows.into_iter().map(delete).collect::<Vec<_>>()).await?;
    }
}

/// Deletes the bodies before a place, and what the index knows of them.
async fn bodies(db: &Db, steps: &Steps<'_>, below: i64) -> Result<u64, StoreError> {
    let (index, indexed) = match db {
        Db::Sqlite(_) => {
            ("DELETE FROM body_text WHERE rowid IN (SELECT seq FROM bodies WHERE seq <= ?)", true)
        }
        Db::Postgres(_) => ("DELETE FROM body_text WHERE seq <= ?", false),
    };
    // By itself the index merges some hundred pages within every 64th deletion, which takes tens of milliseconds. If this
    // is cut short the next round puts it right.
    let [by_itself, never] = MERGES.map(|parts| vec![index_is_told("automerge", parts)]);
    let (mut gone, mut begun) = (0, false);
    loop {
        let sql = "SELECT seq FROM bodies WHERE seq < ? ORDER BY seq LIMIT ?";
        let found = steps.look(sql, vec![below.into(), int(BODIES as u64).into()]).await?;
        if found.is_empty() {
            break;
        }
        if indexed && !std::mem::replace(&mut begun, true) {
            steps.all(std::slice::from_ref(&never)).await?;
        }
        // One may be as large as a thousand others. A server is asked for several at once.
        let each = if indexed { 1 } else { steps.rows() };
        let lasts = found.chunks(each).filter_map(|chunk| chunk.last()?.0.first().cloned());
        let delete = |last: Value| {
            [index, "DELETE FROM bodies WHERE seq <= ?"].map(|sql| Statement::new(sql, [last.clone()])).into()
        };
        gone += steps.all(&lasts.map(delete).collect::<Vec<Vec<_>>>()).await?;
        // Before more goes: a merge reads what was deleted without counting it, so that of a part in which nothing is left
        // it would read all in one step.
        if indexed {
            merge(steps).await?;
        }
    }
    if begun {
        steps.all(&[by_itself]).await?;
    }
    Ok(gone)
}

/// Merges parts of the index of bodies until there is nothing to merge: its list of parts tells. Who writes bodies all the
/// time changes that, too, so that it is not waited for without end; what is left is merged after the next bodies.
async fn merge(steps: &Steps<'_>) -> Result<(), StoreError> {
    let (pages, times, looks) = MERGED;
    let merges = vec![vec![index_is_told("merge", pages)]; times];
    let parts = "SELECT block FROM body_text_data WHERE id = 10";
    for _ in 0..looks {
        let before = steps.look(parts, Vec::new()).await?;
        steps.all(&merges).await?;
        if steps.look(parts, Vec::new()).await? == before {
            break;
        }
    }
    Ok(())
}

/// Tells SQLite's index of bodies something.
fn index_is_told(word: &'static str, value: i64) -> Statement {
    Statement::new("INSERT INTO body_text (body_text, rank) VALUES (?, ?)", [word.into(), value.into()])
}
