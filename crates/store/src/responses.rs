//! Responses that later requests go on from: a bounded queue, one writer off the request path, and the recent ones in
//! memory, where they are found from the moment they are kept.
//!
//! A response that was promised to be kept is: its place is taken before the request is answered, and the writer tries
//! again for as long as the database is away. When the queue is full, new ones are not kept and their clients told so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use wye_types::Clock;
use wye_types::kept::{KeepSlot, KeptError, KeptResponse, Looking, Responses};

use crate::{Db, StoreError};

mod recent;
mod rows;
mod writer;

use recent::Recent;
pub(crate) use rows::forget;
use writer::Worker;

/// Places in the queue: responses whose requests are under way, and those that wait to be written.
pub const PLACES: usize = 4096;
/// Most bytes of responses that wait to be written; beyond that new ones are not kept.
const MOST_WAITING: usize = 64 << 20;
/// Most responses of a conversation.
const LONGEST: usize = 1000;

/// What the writer is told.
enum Told {
    Keep(Arc<KeptResponse>),
    Forget { owner: String, id: String, done: oneshot::Sender<Result<bool, StoreError>> },
}

/// Keeps responses in a database.
#[derive(Clone)]
pub struct ResponseStore {
    db: Db,
    queue: mpsc::Sender<Told>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for ResponseStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseStore").field("waiting", &self.shared.waiting).finish_non_exhaustive()
    }
}

struct Shared {
    recent: Mutex<Recent>,
    /// Bytes that wait to be written.
    waiting: AtomicUsize,
    clock: Arc<dyn Clock>,
}

impl Shared {
    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The response is in the database, or will never be.
    fn settled(&self, kept: &KeptResponse, written: bool) {
        self.waiting.fetch_sub(kept.size(), Ordering::Relaxed);
        let mut recent = self.recent();
        if written { recent.written(kept) } else { recent.remove(&kept.owner, &kept.id) }
    }
}

/// The running writer.
#[derive(Debug)]
pub struct ResponseWriter {
    thread: JoinHandle<()>,
    stop: CancellationToken,
}

impl ResponseWriter {
    /// Writes what is still to come from places that are taken, then ends. A database that is away is not waited for.
    ///
    /// # Errors
    /// If the writer has failed, by a fault of ours.
    pub async fn done(self) -> Result<(), StoreError> {
        self.stop.cancel();
        match tokio::task::spawn_blocking(move || self.thread.join()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(StoreError::Broken("the writer of responses has failed".to_owned())),
        }
    }
}

impl ResponseStore {
    /// Starts the writer, on a thread of its own, so that compressing is taken from no request. `again`: how long it waits
    /// before it tries a database again that is away. To be called within a runtime.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(
        db: Db,
        clock: Arc<dyn Clock>,
        places: usize,
        again: Duration,
    ) -> Result<(Self, ResponseWriter), StoreError> {
        let (queue, told) = mpsc::channel(places);
        let shared =
            Arc::new(Shared { recent: Mutex::new(Recent::default()), waiting: AtomicUsize::new(0), clock });
        let stop = CancellationToken::new();
        let worker = Worker { db: db.clone(), told, shared: Arc::clone(&shared), stop: stop.clone(), again };
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new()
            .name("response-writer".to_owned())
            .spawn(move || runtime.block_on(worker.run()))
            .map_err(|error| StoreError::Unavailable(format!("its writer cannot be started: {error}")))?;
        Ok((Self { db, queue, shared }, ResponseWriter { thread, stop }))
    }

    async fn read(&self, owner: &str, id: &str) -> Result<Arc<KeptResponse>, KeptError> {
        known(id)?;
        let now = self.shared.clock.mono();
        if let Some(known) = self.shared.recent().get(owner, id, now) {
            return Ok(known);
        }
        let found = rows::find(&self.db, owner, id).await.map_err(unavailable)?;
        let found = Arc::new(found.ok_or_else(|| KeptError::Missing(id.to_owned()))?);
        self.shared.recent().put(Arc::clone(&found), true, now);
        Ok(found)
    }

    async fn chain(&self, owner: &str, id: &str, most: usize) -> Result<Vec<Arc<KeptResponse>>, KeptError> {
        known(id)?;
        let (mut all, mut bytes) = (Vec::new(), 0_usize);
        let mut next = Some(id.to_owned());
        while let Some(id) = next {
            let known = self.shared.recent().get(owner, &id, self.shared.clock.mono());
            let found = match known {
                Some(known) => vec![known],
                // The rest of it in one question.
                None => {
                    let (longest, room) = (LONGEST.saturating_sub(all.len()), most.saturating_sub(bytes));
                    let rest =
                        rows::chain(&self.db, owner, &id, (longest, room)).await.map_err(unavailable)?;
                    rest.ok_or(KeptError::TooLong)?.into_iter().map(Arc::new).collect()
                }
            };
            bytes = found.iter().fold(bytes, |bytes, kept| bytes.saturating_add(kept.size()));
            next = found.last().ok_or(KeptError::Missing(id))?.previous.clone();
            all.extend(found);
            if bytes > most || all.len() > LONGEST {
                return Err(KeptError::TooLong);
            }
        }
        all.reverse();
        Ok(all)
    }

    async fn remove(&self, owner: &str, id: &str) -> Result<(), KeptError> {
        let (done, answer) = oneshot::channel();
        let gone = || KeptError::Unavailable("the gateway is stopping".to_owned());
        // Behind those that wait to be written: it may be one of them.
        let told = Told::Forget { owner: owner.to_owned(), id: id.to_owned(), done };
        self.queue.send(told).await.map_err(|_| gone())?;
        match answer.await.map_err(|_| gone())? {
            Ok(true) => Ok(()),
            Ok(false) => Err(KeptError::Missing(id.to_owned())),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// Refuses what can be no id: some databases take offence at it, which would look as if they were away.
fn known(id: &str) -> Result<(), KeptError> {
    if id.contains('\0') { Err(KeptError::Missing(id.escape_default().to_string())) } else { Ok(()) }
}

#[expect(clippy::needless_pass_by_value, reason = "what errors are mapped with")]
fn unavailable(error: StoreError) -> KeptError {
    KeptError::Unavailable(error.to_string())
}

struct Slot(mpsc::OwnedPermit<Told>, Arc<Shared>);

impl KeepSlot for Slot {
    fn send(self: Box<Self>, kept: KeptResponse) {
        let (kept, now) = (Arc::new(kept), self.1.clock.mono());
        self.1.waiting.fetch_add(kept.size(), Ordering::Relaxed);
        self.1.recent().put(Arc::clone(&kept), false, now);
        self.0.send(Told::Keep(kept));
    }
}

impl Responses for ResponseStore {
    fn reserve(&self) -> Option<Box<dyn KeepSlot>> {
        if self.shared.waiting.load(Ordering::Relaxed) > MOST_WAITING {
            return None;
        }
        let permit = self.queue.clone().try_reserve_owned().ok()?;
        Some(Box::new(Slot(permit, Arc::clone(&self.shared))))
    }

    fn find<'a>(&'a self, owner: &'a str, id: &'a str) -> Looking<'a, Arc<KeptResponse>> {
        Box::pin(self.read(owner, id))
    }

    fn conversation<'a>(
        &'a self,
        owner: &'a str,
        id: &'a str,
        most: usize,
    ) -> Looking<'a, Vec<Arc<KeptResponse>>> {
        Box::pin(self.chain(owner, id, most))
    }

    fn forget<'a>(&'a self, owner: &'a str, id: &'a str) -> Looking<'a, ()> {
        Box::pin(self.remove(owner, id))
    }
}
