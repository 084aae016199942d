//! What several gateways do together: the same on counters in memory, by a clock that stands still until somebody
//! waits, and on a real server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;
use wye_limits::{Cell, Cells, Held, Measure, Moment, Period, Refusal, Unit, reserve_all};
use wye_store::shared::{Memory, Server, Sharing};
use wye_types::Clock;

use crate::cut::Cut;

/// The clocks of a gateway, or of the counters in memory.
#[derive(Debug)]
pub(crate) struct TestClock {
    origin: Instant,
    unix_ms: AtomicU64,
}

/// Noon in UTC.
const NOON: u64 = 1_795_046_400_000 + 43_200_000;

impl TestClock {
    fn at(unix_ms: u64) -> Arc<Self> {
        Arc::new(Self { origin: Instant::now(), unix_ms: AtomicU64::new(unix_ms) })
    }

    fn step(&self, to: u64) {
        let since = u64::try_from(self.origin.elapsed().as_millis()).unwrap();
        self.unix_ms.store(to.wrapping_sub(since), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn mono(&self) -> Duration {
        self.origin.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        let since = u64::try_from(self.origin.elapsed().as_millis()).unwrap();
        self.unix_ms.load(Ordering::Relaxed).wrapping_add(since)
    }
}

/// One gateway.
pub(crate) struct Gateway {
    pub(crate) cells: Arc<Cells>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) sharing: Sharing,
    /// Ends it as a kill would, with all its tasks.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Gateway {
    async fn start(server: &Server, name: &str) -> Self {
        let clock = TestClock::at(NOON);
        let cells = Arc::new(Cells::default());
        let tracker = TaskTracker::new();
        let dynamic: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let sharing = Sharing::start(server.clone(), Arc::clone(&cells), dynamic, &tracker, name).await;
        Self { cells, clock, sharing, runtime: None }
    }

    fn now(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    fn cell(&self, owner: &str, measure: Measure, period: Period, limit: u64) -> Arc<Cell> {
        self.cells.get(owner, measure, period, limit, self.now())
    }

    /// Reserves as admission does: waits for the answer of the others, but not for ever.
    async fn admit(&self, cell: &Arc<Cell>, amount: u64) -> Result<Held, Refusal> {
        loop {
            let refusal = match reserve_all([(cell, amount)], self.now()) {
                Ok(held) => return Ok(held),
                Err(refusal) => refusal,
            };
            let Some(lease) = refusal.lease.clone() else { return Err(refusal) };
            if timeout(Duration::from_secs(2), lease).await.is_err() {
                return Err(refusal);
            }
        }
    }

    /// Reserves as a client that tries again does.
    async fn admit_soon(&self, cell: &Arc<Cell>, amount: u64) -> Held {
        let tries = async {
            let mut often = tokio::time::interval(Duration::from_millis(20));
            loop {
                often.tick().await;
                if let Ok(held) = self.admit(cell, amount).await {
                    return held;
                }
            }
        };
        timeout(Duration::from_secs(10), tries).await.unwrap()
    }
}

async fn three(server: &Server) -> Vec<Arc<Gateway>> {
    let mut gateways = Vec::new();
    for name in ["a", "b", "c"] {
        let gateway = Gateway::start(server, name).await;
        gateway.sharing.until_shared(true).await;
        gateways.push(Arc::new(gateway));
    }
    gateways
}

/// 64 callers at three gateways.
async fn never_more_than_the_limit(server: Server) {
    let gateways = three(&server).await;
    for (owner, period) in
        [("minute", Period::MINUTE), ("month", Period::utc(Unit::Month)), ("total", Period::Total)]
    {
        let mut callers = JoinSet::new();
        for caller in 0..64 {
            let gateway = Arc::clone(&gateways[caller % 3]);
            let cell = gateway.cell(owner, Measure::Tokens, period.clone(), 1000);
            callers.spawn(async move {
                let mut used = 0;
                for amount in [7, 1, 13].into_iter().cycle().take(60) {
                    match gateway.admit(&cell, amount).await {
                        // Every third is given back, every other uses less than was thought.
                        Ok(held) if used % 3 == 0 && amount == 13 => drop(held),
                        Ok(held) => {
                            held.settle(|_| Some(amount - amount / 2));
                            used += amount - amount / 2;
                        }
                        Err(_) => break,
                    }
                    tokio::task::yield_now().await;
                }
                used
            });
        }
        let used: u64 = callers.join_all().await.into_iter().sum();
        assert!(used <= 1000, "{owner}: {used}");
        assert!(used >= 300, "{owner}: {used} is little");
    }
}

async fn what_is_not_used_is_there_for_others(server: Server) {
    let gateways = three(&server).await;
    for (owner, measure, period) in [
        ("refund minute", Measure::Tokens, Period::MINUTE),
        ("refund day", Measure::Money, Period::utc(Unit::Day)),
        ("refund places", Measure::Concurrent, Period::Total),
    ] {
        let cells: Vec<_> =
            gateways.iter().map(|gateway| gateway.cell(owner, measure, period.clone(), 10)).collect();
        let held = gateways[0].admit(&cells[0], 10).await.unwrap();
        assert!(gateways[1].admit(&cells[1], 1).await.is_err(), "{owner}");
        drop(held);
        drop(gateways[1].admit_soon(&cells[1], 10).await);
    }
}

async fn places_are_shared(server: Server) {
    let gateways = three(&server).await;
    let (under_way, most, served) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut callers = JoinSet::new();
    for caller in 0..64 {
        let gateway = Arc::clone(&gateways[caller % 3]);
        let cell = gateway.cell("places", Measure::Concurrent, Period::Total, 8);
        let (under_way, most, served) = (Arc::clone(&under_way), Arc::clone(&most), Arc::clone(&served));
        callers.spawn(async move {
            for _ in 0..30 {
                if let Ok(held) = gateway.admit(&cell, 1).await {
                    most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    under_way.fetch_sub(1, Ordering::SeqCst);
                    served.fetch_add(1, Ordering::SeqCst);
                    drop(held);
                }
                tokio::task::yield_now().await;
            }
        });
    }
    callers.join_all().await;
    assert!(most.load(Ordering::SeqCst) <= 8);
    assert!(served.load(Ordering::SeqCst) >= 8);
}

async fn who_ends_gives_back(server: Server) {
    let a = Gateway::start(&server, "a").await;
    a.sharing.until_shared(true).await;
    let cell = a.cell("ending", Measure::Money, Period::Total, 10);
    a.admit(&cell, 10).await.unwrap().settle(|_| Some(4));
    a.sharing.end().await;
    let b = Gateway::start(&server, "b").await;
    b.sharing.until_shared(true).await;
    let cell = b.cell("ending", Measure::Money, Period::Total, 10);
    assert!(b.admit(&cell, 7).await.is_err());
    assert!(b.admit(&cell, 6).await.is_ok());
    assert_eq!(b.sharing.nodes(), 1);
}

async fn who_is_killed_leaves_its_lease_charged(server: Server) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let other = server.clone();
    let mut a = runtime
        .spawn(async move {
            let a = Gateway::start(&other, "a").await;
            a.sharing.until_shared(true).await;
            let cell = a.cell("killed", Measure::Money, Period::Total, 10);
            let held = a.admit(&cell, 6).await.unwrap();
            (a, cell, held)
        })
        .await
        .unwrap();
    a.0.runtime = Some(runtime);
    a.0.runtime.take().unwrap().shutdown_background();
    let b = Gateway::start(&server, "b").await;
    b.sharing.until_shared(true).await;
    let cell = b.cell("killed", Measure::Money, Period::Total, 10);
    // Six were reserved, and two more were kept ready for the next.
    assert!(b.admit(&cell, 3).await.is_err());
    b.admit_soon(&cell, 2).await.settle(|_| None);
}

async fn counters_that_are_lost_are_told_again(server: Server, forget: impl AsyncFnOnce()) {
    let gateways = three(&server).await;
    let (a, b) = (&gateways[0], &gateways[1]);
    for (owner, period) in [("again minute", Period::MINUTE), ("again total", Period::Total)] {
        let cell = a.cell(owner, Measure::Money, period, 10);
        a.admit(&cell, 6).await.unwrap().settle(|_| None);
    }
    forget().await;
    a.sharing.until_shared(false).await;
    for gateway in &gateways {
        gateway.sharing.until_shared(true).await;
    }
    for (owner, period) in [("again minute", Period::MINUTE), ("again total", Period::Total)] {
        let cell = b.cell(owner, Measure::Money, period, 10);
        assert!(b.admit(&cell, 5).await.is_err(), "{owner}");
        drop(b.admit_soon(&cell, 4).await);
    }
}

/// The address of the server that the test script started, with a database of this test's own whose world is not young.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
pub(crate) async fn redis(database: u8) -> Option<String> {
    let Ok(server) = std::env::var("WYE_TEST_REDIS") else {
        eprintln!("\n*** NOT RUN on Redis: WYE_TEST_REDIS is not set (scripts/with-services sets it) ***\n");
        return None;
    };
    let url = format!("{server}/{database}");
    clear(&url, true).await;
    Some(url)
}

async fn clear(url: &str, grown: bool) {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHDB").exec_async(&mut connection).await.unwrap();
    if grown {
        redis::cmd("SET").arg("wye:{nodes}:world").arg("test 1").exec_async(&mut connection).await.unwrap();
    }
}

fn memory() -> (Server, Arc<Memory>, Arc<TestClock>) {
    let clock = TestClock::at(NOON);
    let dynamic: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
    let memory = Arc::new(Memory::new(dynamic));
    (Server::Memory(Arc::clone(&memory)), memory, clock)
}

macro_rules! on_memory_and_redis {
    ($($test:ident on $database:literal),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(start_paused = true)]
            async fn $test() {
                super::$test(super::memory().0).await;
            })+
        }
        mod on_redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(url) = super::redis($database).await {
                    super::$test(wye_store::shared::Server::at(&url).unwrap()).await;
                }
            })+
        }
    };
}

on_memory_and_redis! {
    never_more_than_the_limit on 1,
    what_is_not_used_is_there_for_others on 2,
    places_are_shared on 3,
    who_ends_gives_back on 4,
}

#[tokio::test(start_paused = true)]
async fn memory_that_is_lost_is_told_again() {
    let (server, memory, _) = memory();
    counters_that_are_lost_are_told_again(server, async move || memory.forget()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lost_its_data_is_told_again() {
    if let Some(url) = redis(5).await {
        let server = Server::at(&url).unwrap();
        counters_that_are_lost_are_told_again(server, async move || clear(&url, false).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_gateway_leaves_its_lease_charged() {
    if let Some(url) = redis(6).await {
        who_is_killed_leaves_its_lease_charged(Server::at(&url).unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_leaves_each_limit_what_it_declares() {
    let Some(url) = redis(7).await else { return };
    let cut = Cut::before(&url).await;
    let a = Gateway::start(&Server::at(&cut.url()).unwrap(), "a").await;
    let b = Gateway::start(&Server::at(&url).unwrap(), "b").await;
    b.sharing.until_shared(true).await;
    a.sharing.until_shared(true).await;
    let local = |gateway: &Gateway| gateway.cell("local", Measure::Money, Period::Total, 10);
    let refuse = |gateway: &Gateway| {
        let cell = gateway.cell("refuse", Measure::Money, Period::Total, 10);
        cell.refuse_when_lost(true);
        cell
    };
    let mut often = tokio::time::interval(Duration::from_millis(20));
    while a.sharing.nodes() < 2 {
        often.tick().await;
    }
    cut.off();
    a.sharing.until_shared(false).await;
    assert!(a.sharing.health().unwrap().what.contains("Valkey"), "{:?}", a.sharing.health());
    let refusal = a.admit(&refuse(&a), 1).await.unwrap_err();
    assert_eq!(refusal.retry_in, Some(Duration::from_secs(1)));
    // Two gateways were known when it was cut.
    a.admit(&local(&a), 5).await.unwrap().settle(|_| Some(3));
    assert!(a.admit(&local(&a), 3).await.is_err());
    cut.on();
    a.sharing.until_shared(true).await;
    assert!(a.admit(&refuse(&a), 1).await.is_ok());
    // What was used alone is charged now: the other cannot have more than the rest.
    let charged = async {
        let mut often = tokio::time::interval(Duration::from_millis(20));
        while b.admit(&local(&b), 8).await.is_ok() {
            often.tick().await;
        }
    };
    timeout(Duration::from_secs(5), charged).await.unwrap();
    drop(b.admit_soon(&local(&b), 7).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_at_the_start_is_found_later() {
    let Some(url) = redis(8).await else { return };
    let cut = Cut::before(&url).await;
    cut.off();
    let gateway = Gateway::start(&Server::at(&cut.url()).unwrap(), "early").await;
    assert!(gateway.sharing.health().is_some());
    let cell = gateway.cell("early", Measure::Requests, Period::MINUTE, 2);
    gateway.admit(&cell, 1).await.unwrap().settle(|_| None);
    cut.on();
    gateway.sharing.until_shared(true).await;
    assert_eq!(gateway.sharing.health(), None);
    assert!(gateway.admit(&cell, 1).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_day_begins_anew_by_the_servers_clock_and_not_when_it_steps_back() {
    let (server, _, clock) = memory();
    let gateways = three(&server).await;
    let day = |gateway: &Gateway| gateway.cell("day", Measure::Money, Period::utc(Unit::Day), 10);
    gateways[0].admit(&day(&gateways[0]), 10).await.unwrap().settle(|_| None);
    assert!(gateways[1].admit(&day(&gateways[1]), 1).await.is_err());
    // The gateways' own clocks stay at noon.
    let midnight = NOON + 43_200_000;
    clock.step(midnight + 1);
    gateways[1].admit_soon(&day(&gateways[1]), 6).await.settle(|_| None);
    clock.step(midnight - 3_600_000);
    // A gateway that goes on counts on in the new day; nobody gets more than the rest of either.
    drop(gateways[1].admit_soon(&day(&gateways[1]), 4).await);
    assert!(gateways[1].admit(&day(&gateways[1]), 5).await.is_err());
    assert!(gateways[0].admit(&day(&gateways[0]), 5).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn without_a_server_nothing_is_asked() {
    let clock = TestClock::at(NOON);
    let cells = Cells::default();
    let now = Moment::of(&*clock);
    let cell = cells.get("alone", Measure::Requests, Period::MINUTE, 1, now);
    let held = reserve_all([(&cell, 1)], now).unwrap();
    assert!(reserve_all([(&cell, 1)], now).unwrap_err().lease.is_none());
    assert!(cell.plan(now).is_none() && !cell.is_leasing(now));
    drop(held);
}

#[test]
fn an_address_that_is_none_is_not_repeated() {
    for url in ["rediss://:geheim@host", "nonsense geheim", "http://geheim@host"] {
        let refused = Server::at(url).unwrap_err();
        assert!(!refused.contains("geheim") && refused.contains("redis://"), "{refused}");
    }
    assert!(Server::at("valkey://127.0.0.1:1/3").is_ok());
}
