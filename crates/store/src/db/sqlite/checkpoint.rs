//! Carrying what is in the write-ahead log into the file: beside the writer, by a thread of its own. It waits for the disk
//! for tens of milliseconds, and SQLite left to itself does it within somebody's commit, while all others wait.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::{Opened, failed};
use crate::StoreError;

/// So many frames are worth carrying over. With fewer a page that changes often would be carried more often.
const ENOUGH: u32 = 1000;
/// With so many the writer waits: a log that grows faster than it is carried over would fill the disk.
const MOST: u32 = 16_384;
/// With so many, because somebody reads what was before, who is in no hurry leaves the rest of the room to others.
const MUCH: u32 = MOST / 4;
/// What is written while frames are carried over is carried in the next go. So many at most, where others write always.
const GOES: u32 = 8;
/// Who asks while so many others do waits in line.
const ASKED: usize = 16;

/// What it does, told as it does it.
const TOLD: &str = "wye_store::checkpoint";

/// Who waits for an answer: whether it could be done.
type Waits = Option<oneshot::Sender<bool>>;

/// The other end of the thread. It ends when all of these are gone.
#[derive(Debug, Clone)]
pub(super) struct Checkpoints {
    asked: mpsc::Sender<Waits>,
    /// Frames in the log as of the last commit.
    frames: Arc<AtomicU32>,
}

impl Checkpoints {
    /// Starts the thread. It opens the file when there is something to do.
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let (asked, asks) = mpsc::channel(ASKED);
        let frames = Arc::new(AtomicU32::new(0));
        let (path, known) = (path.to_owned(), Arc::clone(&frames));
        std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || carry(&path, asks, &known))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { asked, frames })
    }

    /// Has a connection tell how long the log is, instead of carrying it over within its commits.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let frames = Arc::clone(&self.frames);
        let hook = move |_: &mut rusqlite::hooks::Wal, count: std::ffi::c_int| {
            frames.store(count.unsigned_abs(), Ordering::Release);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(|error| failed(&error))
    }

    /// Behind a commit: has what is enough carried over.
    pub(super) fn wake(&self) {
        if self.frames.load(Ordering::Acquire) >= ENOUGH {
            // Where the queue is full it is done anyway.
            let _ = self.asked.try_send(None);
        }
    }

    /// The writer waits, if the log is too long. Its own connection does what the thread cannot.
    pub(super) fn hold(&self, writer: &Connection) {
        if self.frames.load(Ordering::Acquire) < MOST {
            return;
        }
        let (reply, answer) = oneshot::channel();
        let sent = self.asked.blocking_send(Some(reply)).is_ok();
        if !(sent && answer.blocking_recv().unwrap_or(false))
            && let Err(error) = pass(writer)
        {
            tracing::debug!(%error, "the write-ahead log cannot be carried over");
        }
    }

    /// Waits until what is enough to be carried over has been. Gives whether there is room for more.
    pub(super) async fn settled(&self) -> bool {
        if self.frames.load(Ordering::Acquire) < ENOUGH {
            return true;
        }
        let (reply, answer) = oneshot::channel();
        if self.asked.send(Some(reply)).await.is_ok() {
            // A thread that has ended has nothing under way.
            let _ = answer.await;
        }
        self.frames.load(Ordering::Acquire) < MUCH
    }
}

/// The thread.
fn carry(path: &Path, mut asks: mpsc::Receiver<Waits>, frames: &AtomicU32) {
    let mut kept: Option<Opened> = None;
    while let Some(waits) = asks.blocking_recv() {
        // Who asks for what was done meanwhile gets the answer alone.
        let done = frames.load(Ordering::Acquire) < ENOUGH || {
            let opened = kept.take().filter(|opened| opened.check(path).is_ok());
            match opened.map_or_else(|| open(path), Ok) {
                Ok(opened) => goes(&kept.insert(opened).connection, frames),
                Err(error) => {
                    tracing::debug!(%error, "the write-ahead log cannot be carried over");
                    false
                }
            }
        };
        if let Some(reply) = waits {
            // Who asked may have gone.
            let _ = reply.send(done);
        }
    }
}

fn open(path: &Path) -> Result<Opened, StoreError> {
    // One that is not there is not made.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(&error))?;
    connection
        .execute_batch("PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL;")
        .map_err(|error| failed(&error))?;
    Opened::of(connection, path)
}

/// Carries over until all of it is, since only then the log begins anew. Gives whether anything could be.
fn goes(connection: &Connection, frames: &AtomicU32) -> bool {
    let mut before = None;
    for _ in 0..GOES {
        match pass(connection) {
            Ok((all, carried)) if carried >= all => {
                // The next commit counts from the beginning.
                frames.store(0, Ordering::Release);
                return true;
            }
            // A reader still looks at what was before.
            Ok((_, carried)) if before == Some(carried) => return true,
            Ok((_, carried)) => before = Some(carried),
            Err(error) => {
                tracing::debug!(%error, "the write-ahead log cannot be carried over");
                return false;
            }
        }
    }
    true
}

/// Carries over what can be while others read and write. Gives how many frames there are, and how many of them are over.
fn pass(connection: &Connection) -> Result<(i64, i64), StoreError> {
    tracing::trace!(target: TOLD, "begins");
    let told =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)));
    tracing::trace!(target: TOLD, "carried");
    told.map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests;
