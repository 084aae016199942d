//! How long deployments took over the last day, for whoever chooses among them. Read from the sums of the log, at most
//! twice a minute however often it is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wye_store::Db;
use wye_store::log::{By, Span};
use wye_types::Clock;

/// How long an answer is believed.
const FRESH: Duration = Duration::from_secs(30);
/// Over which time, in seconds.
const DAY: u64 = 86_400;

/// Milliseconds by `provider/model`.
type Known = Arc<HashMap<String, u64>>;

/// The latencies of deployments.
#[derive(Default)]
pub(crate) struct Latencies {
    db: Option<Db>,
    last: Mutex<Option<(Duration, Known)>>,
}

impl Latencies {
    /// From a database.
    pub(crate) fn of(db: Db) -> Self {
        Self { db: Some(db), last: Mutex::default() }
    }

    /// Half of the requests of the last day took no longer than this. A database that is away knows nothing.
    pub(crate) async fn now(&self, clock: &dyn Clock) -> Known {
        let Some(db) = &self.db else { return Known::default() };
        let now = clock.mono();
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((since, known)) = last
            && now.saturating_sub(since) < FRESH
        {
            return known;
        }
        let seconds = clock.unix_ms() / 1000;
        let sums = By::Deployment.sum(db, Span::Hour, seconds.saturating_sub(DAY), seconds + 1).await;
        let sums = sums.unwrap_or_else(|error| {
            tracing::warn!("latencies cannot be read: {error}");
            Vec::new()
        });
        let known = sums.into_iter().filter_map(|sum| Some((sum.of, sum.total_us.percentile(0.5)? / 1000)));
        let known: Known = Arc::new(known.collect());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&known)));
        known
    }
}
