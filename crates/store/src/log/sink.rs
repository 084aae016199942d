//! The way of records from the request path into the database: a bounded queue, one writer off the path, a spool file for
//! as long as the database is away.
//!
//! A record is at most a gathering and a commit away from the database: what was settled earlier survives a kill -9.
//! Nothing here makes a request wait. Records are refused, and with them new requests, only when the queue is full,
//! which happens when neither the database nor the spool takes any more.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use wye_limits::{CellId, Cells, Saved};
use wye_types::record::{RecordSlot, Records, RequestRecord};
use wye_types::{Clock, DialectId};

use super::{Keep, Window};
use crate::{Db, StoreError};

mod aside;
mod bodies;
mod health;
mod places;
mod spool;
mod worker;

use aside::Aside;
pub use aside::Refused;
pub use health::Health;
use health::Watched;
use places::{Arrivals, Places};
use spool::Spool;
use worker::Worker;

/// Takes every record as it comes, before it is written: lines for standard output. It must not block.
pub type Tee = Box<dyn FnMut(&[RequestRecord]) + Send>;

/// Puts the pieces of an answer together to the whole answer they mean; `None` if they mean none.
pub type Reassemble = fn(DialectId, &[Bytes]) -> Option<serde_json::Value>;

/// What the writer needs.
pub struct Options {
    /// Places in the queue.
    pub places: usize,
    /// This node's name, the same over restarts.
    pub node: String,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The limits whose windows are kept.
    pub cells: Arc<Cells>,
    /// The file in which records wait for the database.
    pub spool: PathBuf,
    /// Most bytes of it.
    pub spool_bytes: u64,
    /// How bodies are kept.
    pub keep: watch::Receiver<Keep>,
    /// Where every record also goes.
    pub tee: Option<Tee>,
    /// How streams are put together.
    pub reassemble: Reassemble,
    /// How long records gather before they are written; [`GATHER`].
    pub gather: Duration,
}

/// How long records gather unless there are many: what is lost by a kill -9 is at most that and a commit old.
pub const GATHER: Duration = Duration::from_millis(250);
/// Most bytes of a spool unless something else is said.
pub const SPOOL_BYTES: u64 = 256 << 20;

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("places", &self.places)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// The queue of records: the request path's end of the log.
#[derive(Debug, Clone)]
pub struct Sink(Arc<Ours>);

/// The end that all clones share.
#[derive(Debug)]
struct Ours(Arc<Places>);

impl Drop for Ours {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Records for Sink {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(Box::new(self.0.0.take()?))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        if self.0.0.is_roomy() { self.reserve() } else { None }
    }
}

impl Sink {
    /// Starts the writer, on a thread of its own, so that what it costs is taken from no request. Without a database
    /// records go into the spool until there is one ([`Writer::attach`]). To be called within a runtime.
    ///
    /// # Errors
    /// If the spool cannot be opened or the thread not be started.
    pub fn start(db: Option<Db>, options: Options) -> Result<(Self, Writer), StoreError> {
        let unavailable =
            |what: &str, error: std::io::Error| StoreError::Unavailable(format!("{what}: {error}"));
        let spool = Spool::open(&options.spool, options.spool_bytes)
            .map_err(|error| unavailable(&options.spool.display().to_string(), error))?;
        let (aside, refused) = Aside::beside(&options.spool, options.spool_bytes)
            .map_err(|error| unavailable("what the database refused earlier cannot be read", error))?;
        let queue = Places::new(options.places);
        let shared = Arc::new(Shared {
            db: Mutex::new(db),
            health: Watched::default(),
            refused: Mutex::new(refused),
            stop: CancellationToken::new(),
            attached: Notify::new(),
        });
        let records = Arrivals::of(Arc::clone(&queue));
        let worker = Worker::new(records, (spool, aside), Arc::clone(&shared), options);
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || runtime.block_on(worker.run()))
            .map_err(|error| unavailable("its writer cannot be started", error))?;
        Ok((Self(Arc::new(Ours(queue))), Writer { thread, shared }))
    }
}

/// What the writer shares with who holds it.
struct Shared {
    db: Mutex<Option<Db>>,
    health: Watched,
    /// What the database refused and was put aside.
    refused: Mutex<Option<Refused>>,
    stop: CancellationToken,
    attached: Notify,
}

impl Shared {
    fn db(&self) -> Option<Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The running writer.
pub struct Writer {
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("health", &self.shared.health.get()).finish_non_exhaustive()
    }
}

/// Tells how the log is. Clones tell of the same.
#[derive(Clone)]
pub struct LogHealth(Arc<Shared>);

impl std::fmt::Debug for LogHealth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

impl LogHealth {
    /// How it is now.
    #[must_use]
    pub fn get(&self) -> Health {
        self.0.health.get()
    }

    /// What the database refused and was put aside, for as long as its file is there.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        let refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        refused.filter(|refused| refused.path.exists())
    }
}

impl Writer {
    /// Gives it the database that it was started without.
    pub fn attach(&self, db: Db) {
        *self.shared.db.lock().unwrap_or_else(PoisonError::into_inner) = Some(db);
        self.shared.attached.notify_one();
    }

    /// Tells how the log is, for as long as there is a log.
    #[must_use]
    pub fn health(&self) -> LogHealth {
        LogHealth(Arc::clone(&self.shared))
    }

    /// Writes what is still to come from places that are taken, then ends. New places are refused from now on.
    ///
    /// # Errors
    /// If the writer has failed, by a fault of ours.
    pub async fn done(self) -> Result<(), StoreError> {
        self.shared.stop.cancel();
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await;
        match ended {
            Ok(Ok(())) => Ok(()),
            _ => Err(StoreError::Broken("the writer of the log has failed".to_owned())),
        }
    }
}

/// The windows that an earlier process of this node saved, in the database or in the spool that it left behind: what
/// [`Cells::restored`] begins with.
///
/// # Errors
/// If the database or the spool cannot be read.
pub async fn saved_windows(
    db: Option<&Db>,
    node: &str,
    spool: &Path,
) -> Result<Vec<(CellId, Saved)>, StoreError> {
    let mut windows = match db {
        Some(db) => Window::all(db, node).await?,
        None => Vec::new(),
    };
    // What is spooled is newer; of two of the same name the later holds.
    windows.extend(spool::windows(spool).map_err(|error| StoreError::Unavailable(error.to_string()))?);
    let all: std::collections::BTreeMap<CellId, Saved> =
        windows.into_iter().map(|window| (window.id, window.saved)).collect();
    Ok(all.into_iter().collect())
}
