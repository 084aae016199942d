//! The thread that writes: what waits shares a commit, each change in a savepoint of its own.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{CachedStatement, Connection, params_from_iter};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpoints;
use super::{Opened, bind, failed};
use crate::{Budget, Statement, StoreError};

/// Changes that share one commit at most: a commit waits for the disk, whatever is in it.
const BATCH: usize = 256;
/// What it does, told as it does it: who listens sees what a change waits for. It is never told in words to anybody.
const TOLD: &str = "wye_store::writer";

pub(super) struct Change {
    pub(super) work: Work,
    pub(super) reply: Reply,
}

/// What the writer does in one savepoint.
pub(super) enum Work {
    /// Gives how many rows each touched.
    Statements(Vec<Statement>),
    /// As many of these as time allows; gives how many rows the last statement of each touched.
    Some(Vec<Vec<Statement>>, Budget),
    /// Gives pages at the end of the file back, at most so many and as time allows; gives how many are still free and how
    /// many there are, or nothing if the file cannot get smaller.
    Shrink(u32, Budget),
}

impl Work {
    /// Tells it from others.
    fn first(&self) -> &str {
        match self {
            Self::Statements(statements) => statements.first().map_or("", |statement| &statement.sql),
            Self::Some(changes, _) => changes.iter().flatten().next().map_or("", |statement| &statement.sql),
            Self::Shrink(..) => "shrink",
        }
    }
}

pub(super) type Reply = oneshot::Sender<Result<Vec<u64>, StoreError>>;
pub(super) type Done = (Reply, Result<Vec<u64>, StoreError>);

/// The writer: takes what waits, runs it in one transaction with a savepoint each, and answers after the commit.
pub(super) fn write(path: &Path, mut changes: mpsc::Receiver<Change>, behind: &Checkpoints) {
    let mut connection = None;
    let mut waiting = Vec::with_capacity(BATCH);
    loop {
        if changes.blocking_recv_many(&mut waiting, BATCH) == 0 {
            return;
        }
        tracing::trace!(target: TOLD, changes = waiting.len(), "begins");
        let mut done: Vec<Done> = Vec::with_capacity(waiting.len());
        let opened = connection.take().map_or_else(|| open(path, behind), Ok);
        let committed = match opened {
            Ok(opened) => match opened.check(path) {
                Ok(()) => commit(&mut connection.insert(opened).connection, waiting.drain(..), &mut done),
                Err(error) => {
                    // It is kept: its file may come back.
                    connection = Some(opened);
                    done.extend(waiting.drain(..).map(|change| (change.reply, Err(error.clone()))));
                    Err(error)
                }
            },
            Err(error) => {
                done.extend(waiting.drain(..).map(|change| (change.reply, Err(error.clone()))));
                Err(error)
            }
        };
        tracing::trace!(target: TOLD, "committed");
        behind.wake();
        for (reply, result) in done {
            let result = match &committed {
                Ok(()) => result,
                Err(error) => Err(error.clone()),
            };
            // Who asked may have gone; the change stands all the same.
            let _ = reply.send(result);
        }
        if let Some(opened) = &connection {
            behind.hold(&opened.connection);
        }
        tracing::trace!(target: TOLD, "rests");
    }
}

pub(super) fn open(path: &Path, behind: &Checkpoints) -> Result<Opened, StoreError> {
    // For its owner alone; its log and index get the mode that it has.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    // One that is there stays as it is, and one that cannot be made is told of by the next line.
    drop(made);
    let mut connection = Connection::open(path).map_err(|error| failed(&error))?;
    connection
        .execute_batch(
            // How a file gets smaller is decided before its first table is made, and with the change to WAL it is too late.
            "PRAGMA busy_timeout = 5000; PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(|error| failed(&error))?;
    behind.watch(&mut connection)?;
    Opened::of(connection, path)
}

pub(super) fn commit(
    connection: &mut Connection,
    mut changes: impl Iterator<Item = Change>,
    done: &mut Vec<Done>,
) -> Result<(), StoreError> {
    let begun = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
    let mut transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = failed(&error);
            done.extend(changes.map(|change| (change.reply, Err(error.clone()))));
            return Err(error);
        }
    };
    for Change { work, reply } in changes.by_ref() {
        let result = match &work {
            Work::Statements(statements) => apply(&mut transaction, statements),
            Work::Some(changes, budget) => apply_some(&mut transaction, changes, budget),
            Work::Shrink(pages, budget) => shrink(&transaction, *pages, budget),
        };
        tracing::trace!(target: TOLD, what = work.first(), "did");
        let undone = result.as_ref().err().filter(|_| transaction.is_autocommit()).map(ToString::to_string);
        done.push((reply, result));
        if let Some(why) = undone {
            // With a full disk SQLite undoes the whole transaction by itself, and with it the changes before this one.
            // One more statement would begin a transaction of its own, and stand although its change is said to have
            // failed.
            let error = StoreError::Unavailable(why);
            done.extend(changes.map(|change| (change.reply, Err(error.clone()))));
            return Err(error);
        }
    }
    transaction.commit().map_err(|e| failed(&e))
}

fn shrink(
    transaction: &rusqlite::Transaction<'_>,
    pages: u32,
    budget: &Budget,
) -> Result<Vec<u64>, StoreError> {
    const INCREMENTAL: u64 = 2;
    let told = |pragma| {
        let told: Result<i64, _> = transaction.pragma_query_value(None, pragma, |row| row.get(0));
        told.map(i64::unsigned_abs).map_err(|e| failed(&e))
    };
    if told("auto_vacuum")? != INCREMENTAL {
        return Ok(Vec::new());
    }
    // None would mean all of them.
    if pages > 0 {
        let sql = format!("PRAGMA incremental_vacuum({pages})");
        let mut statement = transaction.prepare(&sql).map_err(|e| failed(&e))?;
        let mut steps = statement.query([]).map_err(|e| failed(&e))?;
        let end = budget.end();
        // Each step of the statement frees one page. Left in the middle it has freed those before.
        while steps.next().map_err(|e| failed(&e))?.is_some() && !budget.is_over(end) {}
    }
    Ok(vec![told("freelist_count")?, told("page_count")?])
}

fn apply(
    transaction: &mut rusqlite::Transaction<'_>,
    statements: &[Statement],
) -> Result<Vec<u64>, StoreError> {
    let savepoint = transaction.savepoint().map_err(|e| failed(&e))?;
    let mut last = None;
    let touched = statements.iter().map(|statement| execute(&savepoint, statement, &mut last));
    // Dropping the savepoint undoes what this change has done so far.
    let touched = touched.collect::<Result<Vec<u64>, _>>()?;
    drop(last);
    savepoint.commit().map_err(|e| failed(&e))?;
    Ok(touched)
}

fn apply_some(
    transaction: &mut rusqlite::Transaction<'_>,
    changes: &[Vec<Statement>],
    budget: &Budget,
) -> Result<Vec<u64>, StoreError> {
    let savepoint = transaction.savepoint().map_err(|e| failed(&e))?;
    let (mut touched, mut last, end) = (Vec::with_capacity(changes.len()), None, budget.end());
    for change in changes {
        let mut rows = 0;
        for statement in change {
            rows = execute(&savepoint, statement, &mut last)?;
        }
        touched.push(rows);
        if budget.is_over(end) {
            break;
        }
    }
    drop(last);
    savepoint.commit().map_err(|e| failed(&e))?;
    Ok(touched)
}

/// Runs a statement; gives how many rows it touched. `last` is the one before.
fn execute<'a>(
    connection: &'a Connection,
    statement: &'a Statement,
    last: &mut Option<(&'a str, CachedStatement<'a>)>,
) -> Result<u64, StoreError> {
    // Rows of a batch are alike: finding the statement anew for each costs a fifth of writing it.
    let known = last.take().filter(|(sql, _)| *sql == statement.sql);
    let (_, prepared) = match known {
        Some(known) => last.insert(known),
        None => {
            let found = connection.prepare_cached(&statement.sql).map_err(|e| failed(&e))?;
            last.insert((&statement.sql, found))
        }
    };
    let rows =
        prepared.execute(params_from_iter(statement.args.iter().map(bind))).map_err(|e| failed(&e))? as u64;
    if statement.expect.is_some_and(|expected| expected != rows) {
        return Err(StoreError::Conflict);
    }
    Ok(rows)
}
