//! What one gateway leaves alone, the others leave alone: on a real server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_store::shared::{Server, rests};
use wye_types::Clock;
use wye_types::rest::{Rest, Rests};

use crate::cut::Cut;
use crate::shared::redis;

/// A clock whose origin nobody else knows.
struct Since(Instant);

impl Clock for Since {
    fn mono(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        0
    }
}

/// One gateway: what it leaves alone, and until when.
struct Gateway {
    clock: Since,
    resting: Mutex<HashMap<String, Duration>>,
    learned: Mutex<Vec<Rest>>,
    heard: Notify,
}

impl Gateway {
    fn start(server: &str, stop: &CancellationToken) -> Arc<Self> {
        let gateway = Arc::new(Self {
            clock: Since(Instant::now()),
            resting: Mutex::default(),
            learned: Mutex::default(),
            heard: Notify::new(),
        });
        let clock: Arc<dyn Clock> = Arc::new(Since(gateway.clock.0));
        let known: Arc<dyn Rests> = Arc::<Self>::clone(&gateway);
        rests::share(Server::at(server).unwrap(), known, clock, &TaskTracker::new(), stop.clone());
        gateway
    }

    fn rest(&self, name: &str, left: Duration) {
        self.resting.lock().unwrap().insert(name.to_owned(), self.clock.mono() + left);
    }

    /// The next rest that it learns of.
    async fn next(&self) -> Rest {
        let next = async {
            loop {
                let heard = self.heard.notified();
                if let Some(rest) = self.learned.lock().unwrap().pop() {
                    return rest;
                }
                heard.await;
            }
        };
        timeout(Duration::from_secs(20), next).await.unwrap()
    }
}

impl Rests for Gateway {
    fn resting(&self) -> Vec<Rest> {
        let now = self.clock.mono();
        let resting = self.resting.lock().unwrap();
        let rest = |(name, until): (&String, &Duration)| Rest {
            name: name.clone(),
            left: until.saturating_sub(now),
        };
        resting.iter().map(rest).filter(|rest| !rest.left.is_zero()).collect()
    }

    fn learn(&self, rest: &Rest) {
        self.rest(&rest.name, rest.left);
        self.learned.lock().unwrap().push(rest.clone());
        self.heard.notify_one();
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn what_one_learned_the_other_hears_once_and_the_later_end_holds() {
    let Some(url) = redis(9).await else { return };
    let cut = Cut::before(&url).await;
    let stop = CancellationToken::new();
    let (one, other) = (Gateway::start(&cut.url(), &stop), Gateway::start(&url, &stop));
    let begun = Instant::now();
    one.rest("failed p m", s(60));
    let heard = other.next().await;
    assert_eq!(heard.name, "failed p m");
    assert!(heard.left <= s(60) && heard.left > s(55), "{heard:?}");
    assert!(begun.elapsed() < s(5), "{:?}", begun.elapsed());
    // What ended here before its time stays ended, though it is heard again with the next news.
    one.resting.lock().unwrap().clear();
    other.rest("storm p ", s(300));
    assert_eq!(one.next().await.name, "storm p ");
    assert!(one.learned.lock().unwrap().is_empty(), "its own words are not told back");
    // A later end is news, an earlier one is not.
    one.rest("failed p m", s(10));
    other.rest("failed p m", s(90));
    let heard = one.next().await;
    assert!(heard.name == "failed p m" && heard.left > s(60), "{heard:?}");
    // Who comes later hears all that holds.
    let late = Gateway::start(&url, &stop);
    let mut names = [late.next().await.name, late.next().await.name];
    names.sort();
    assert_eq!(names, ["failed p m", "storm p "]);
    // Whoever cannot be reached misses nothing for good.
    cut.off();
    other.rest("open p n", s(60));
    assert_eq!(late.next().await.name, "open p n");
    cut.on();
    assert_eq!(one.next().await.name, "open p n");
    stop.cancel();
}
