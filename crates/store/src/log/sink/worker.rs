//! The writer: gathers records, turns them into a batch, and sees it into the database or into the spool.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use wye_limits::{Measure, Moment};
use wye_types::record::RequestRecord;

use super::{Arrivals, Aside, Options, Shared, Spool};
use crate::StoreError;
use crate::log::{Batch, Body, Entry, RequestLog, Window, keep};

/// Records that are written together at most: more of them make a commit longer than the queue may wait for it, and a busy
/// gateway's memory larger (42.8 MiB after 100,000 requests with 1,024, 40.1 with 512, of 40 that there may be).
const MOST: usize = 384;
/// Records for which no more are waited for. Not few: each batch drives what requests need out of the processor's nearest
/// memory, and 900 at once cost the threads that serve 4 % less than 64, and the process 12 % less.
const ENOUGH: usize = 256;
/// While records gather they are looked after so often. Waking for each of them would cost the request path a system
/// call and a switch of threads; a timer of the runtime's would wake the threads that serve.
const LOOK: Duration = Duration::from_millis(10);
/// A database that is away is asked again after this time.
const RETRY: Duration = Duration::from_secs(1);
/// A database that takes longer is away. Nothing is lost by giving up too early: a batch is never written twice.
const PATIENCE: Duration = Duration::from_secs(10);
/// Batches that are replayed before new records are looked after again.
const AT_ONCE: usize = 8;
/// Limits that count nothing any more are looked for so often, so that neither memory nor the table of windows keeps every
/// name that clients and providers ever sent.
const SWEEP: Duration = Duration::from_secs(60);
/// So many of them go with one batch at most: a commit of more would hold up the records.
const SWEPT: usize = 512;

/// The writer.
pub(super) struct Worker {
    records: Arrivals,
    spool: Spool,
    aside: Aside,
    shared: Arc<Shared>,
    options: Options,
    log: Option<RequestLog>,
    /// What neither the database nor the spool has taken.
    left: Option<Batch>,
    /// The last number given to a batch.
    number: u64,
    /// Windows may have changed since they were written.
    stirred: bool,
    /// When limits that count nothing are looked for again, on the monotonic clock.
    sweep_at: Duration,
}

impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.health.failed(self.options.clock.unix_ms());
        }
    }
}

impl Worker {
    pub(super) fn new(
        records: Arrivals,
        (spool, aside): (Spool, Aside),
        shared: Arc<Shared>,
        options: Options,
    ) -> Self {
        // Before a database says which number was the last, time stands in for it: it runs ahead of any count.
        let number = spool.last().max(options.clock.unix_ms());
        Self {
            records,
            spool,
            aside,
            shared,
            options,
            log: None,
            left: None,
            number,
            stirred: false,
            sweep_at: Duration::ZERO,
        }
    }

    /// Works until it is told to stop and every place that was taken is used or given back.
    pub(super) async fn run(mut self) {
        let mut gathered = Vec::with_capacity(MOST);
        let mut open = true;
        while open {
            open = self.gather(&mut gathered).await;
            Box::pin(self.settle(&mut gathered)).await;
        }
        if self.left.is_some() {
            tracing::error!("the last requests are lost: neither the database nor the spool takes them");
        }
    }

    /// Fills `gathered`. `false`: nothing more will come.
    async fn gather(&mut self, gathered: &mut Vec<RequestRecord>) -> bool {
        let shared = Arc::clone(&self.shared);
        let stop = shared.stop.clone();
        let idle = match (self.left.is_some() || !self.spool.is_empty(), self.stirred) {
            (true, _) => Some(RETRY),
            (false, true) => Some(self.options.gather),
            (false, false) => None,
        };
        let idle = async {
            match idle {
                Some(time) => tokio::select! {
                    () = sleep(time) => {}
                    () = shared.attached.notified() => {}
                },
                None => std::future::pending().await,
            }
        };
        if self.left.is_some() {
            // Nothing more can be taken. The queue fills up, and then requests are refused.
            if stop.is_cancelled() {
                return false;
            }
            idle.await;
            return true;
        }
        tokio::select! {
            count = self.take(gathered) => if count == 0 { return false },
            () = stop.cancelled(), if !self.records.is_closed() => self.records.queue().close(),
            () = idle => return true,
        }
        let mut waited = Duration::ZERO;
        while gathered.len() < ENOUGH && waited < self.options.gather && !stop.is_cancelled() {
            // This thread is the writer's own.
            std::thread::park_timeout(LOOK);
            waited += LOOK;
            if !self.records.is_empty() && self.take(gathered).await == 0 {
                return false;
            }
        }
        true
    }

    async fn take(&mut self, gathered: &mut Vec<RequestRecord>) -> usize {
        let from = gathered.len();
        let count = self.records.next(gathered, MOST - from).await;
        if let Some(tee) = &mut self.options.tee
            && count > 0
        {
            tee(&gathered[from..]);
        }
        count
    }

    /// Sees what was gathered into the database or the spool.
    async fn settle(&mut self, gathered: &mut Vec<RequestRecord>) {
        let away = self.replay().await.err();
        let batch = match self.left.take() {
            Some(batch) => batch,
            None => self.batch(gathered),
        };
        if batch.is_empty() {
            if away.is_none() && self.spool.is_empty() {
                self.shared.health.well();
            }
            return;
        }
        // What waits in the spool came first and is written first.
        let written = match away {
            Some(error) => Err(error),
            None if self.spool.is_empty() => self.write(&batch, false).await,
            None => Err(StoreError::Unavailable("earlier requests are still being written".to_owned())),
        };
        match written {
            Ok(()) => self.shared.health.well(),
            Err(error) => self.spool(batch, &error),
        }
    }

    fn batch(&mut self, gathered: &mut Vec<RequestRecord>) -> Batch {
        let now = Moment { mono: self.options.clock.mono(), unix_ms: self.options.clock.unix_ms() };
        let changed = self.options.cells.changed(now);
        let mut windows: Vec<Window> = changed.into_iter().map(|(id, saved)| Window { id, saved }).collect();
        windows.extend(self.sweep(now));
        self.stirred = !windows.is_empty() || !gathered.is_empty();
        let keep = self.options.keep.borrow_and_update().clone();
        let mut bodies: Vec<Body> = Vec::new();
        let entries = gathered.iter_mut().map(|record| {
            if let Some(sent) = record.bodies.take() {
                match keep::body(record, &sent, &keep, self.options.reassemble) {
                    Ok(body) => bodies.push(body),
                    Err(error) => tracing::error!(id = %record.id, %error, "a body is not kept"),
                }
                self.records.queue().bodies.left(&sent);
            }
            Entry::of(record)
        });
        let entries = entries.collect();
        gathered.clear();
        self.number += 1;
        Batch { number: self.number, entries, bodies, windows }
    }

    /// Windows of limits that are let go of, because nobody needs them and they count nothing.
    fn sweep(&mut self, now: Moment) -> Vec<Window> {
        if now.mono < self.sweep_at {
            return Vec::new();
        }
        let gone = self.options.cells.sweep(now, SWEPT);
        // Where there are more, the next batch takes them.
        if gone.len() < SWEPT {
            self.sweep_at = now.mono + SWEEP;
        }
        let kept = gone.into_iter().filter(|id| id.measure != Measure::Concurrent);
        kept.map(|id| Window::over(id, now.unix_ms)).collect()
    }

    fn spool(&mut self, batch: Batch, error: &StoreError) {
        let now = self.options.clock.unix_ms();
        match self.spool.push(&batch) {
            Ok(true) => self.shared.health.ill(now, &error.to_string(), false),
            Ok(false) => {
                self.shared.health.ill(now, &error.to_string(), true);
                self.left = Some(batch);
            }
            Err(worse) => {
                let what = format!("{error}; the spool cannot be written: {worse}");
                self.shared.health.ill(now, &what, true);
                self.left = Some(batch);
            }
        }
    }

    /// Writes what waits in the spool, a few batches of it. An error says that the database is away.
    async fn replay(&mut self) -> Result<(), StoreError> {
        let odd =
            |error: std::io::Error| StoreError::Unavailable(format!("the spool cannot be read: {error}"));
        for _ in 0..AT_ONCE {
            let Some((batch, to)) = self.spool.first().map_err(odd)? else { break };
            if let Err(error) = self.write(&batch, true).await {
                let full = self.left.is_some();
                self.shared.health.ill(self.options.clock.unix_ms(), &error.to_string(), full);
                return Err(error);
            }
            self.spool.written(to).map_err(odd)?;
        }
        Ok(())
    }

    async fn write(&mut self, batch: &Batch, again: bool) -> Result<(), StoreError> {
        let late = |_| StoreError::Unavailable(format!("it took longer than {} s", PATIENCE.as_secs()));
        let log = match &mut self.log {
            Some(log) => log,
            none => {
                let db = self.shared.db().ok_or_else(|| {
                    StoreError::Unavailable("it could not be reached when the gateway started".to_owned())
                })?;
                let opened = RequestLog::open(db, self.options.node.as_str());
                none.insert(timeout(PATIENCE, opened).await.map_err(late)??)
            }
        };
        self.number = self.number.max(log.next());
        let written = async {
            // A batch that was numbered before the database was known may have to be numbered again.
            if again || batch.number < log.next() { log.replay(batch).await } else { log.append(batch).await }
        };
        match timeout(PATIENCE, written).await.map_err(late)? {
            Err(error) if error.refuses() => self.sift(batch, &error).await,
            other => other,
        }
    }

    /// Writes what the database takes of a batch that it refuses, and puts the rest aside.
    async fn sift(&mut self, batch: &Batch, why: &StoreError) -> Result<(), StoreError> {
        let Some(log) = &mut self.log else { return Err(why.clone()) };
        // Each of its many writes has its own deadline, and the first that fails ends it.
        let refused = Box::pin(log.sift(batch)).await?;
        self.number = self.number.max(log.next());
        if refused.is_empty() {
            return Ok(());
        }
        let mut all = self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.aside.path().display();
        let put = self.aside.put(&refused, all.clone()).map_err(|error| {
            StoreError::Unavailable(format!(
                "{why}; what it refuses cannot be put aside into {path}: {error}"
            ))
        })?;
        tracing::error!(
            requests = refused.entries.len(),
            bodies = refused.bodies.len(),
            limits = refused.windows.len(),
            in_all = put.records,
            "the database refuses records, which are put aside into {path}; all others are written: {why}"
        );
        *all = Some(put);
        Ok(())
    }
}
