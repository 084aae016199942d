//! The way of records into the database, whatever the database does.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use wye_limits::{CellId, Cells, Measure, Moment, Period, Saved, Unit, reserve_all};
use wye_store::log::sink::{Health, Options, SPOOL_BYTES, Sink, Writer, saved_windows};
use wye_store::log::{Batch, By, Entry, Filter, Keep, RequestLog, Span, Window};
use wye_store::{Db, Statement, StoreError};
use wye_types::record::{Records, RequestRecord};
use wye_types::{Clock, RequestId};

use crate::databases::{Folder, folder};

crate::on_both![
    records_windows_and_sums_arrive_together,
    what_waited_in_the_spool_counts_once,
    windows_that_count_nothing_leave_the_database,
    what_the_database_refuses_is_put_aside_and_the_rest_is_written,
    windows_alone_are_written_under_another_number_too,
];

const START: u64 = 1_795_000_000_000;

/// Time stands still.
struct Still;

impl Clock for Still {
    fn mono(&self) -> Duration {
        Duration::from_secs(1000)
    }

    fn unix_ms(&self) -> u64 {
        START
    }
}

fn record(n: u64) -> RequestRecord {
    RequestRecord {
        id: RequestId::v7(START + n, u128::from(n) << 40),
        at_ms: START + n,
        asked: format!("m{n}"),
        user: Some("u".to_owned()),
        status: 200,
        total: Duration::from_millis(n),
        ..RequestRecord::default()
    }
}

fn options(folder: &Path) -> Options {
    Options {
        places: 8,
        node: "a".to_owned(),
        clock: Arc::new(Still),
        cells: Arc::default(),
        spool: folder.join("log.spool"),
        spool_bytes: SPOOL_BYTES,
        keep: watch::channel(Keep::new(1 << 16, &[], &[]).unwrap()).1,
        tee: None,
        reassemble: |_, _| None,
        gather: Duration::from_millis(5),
    }
}

/// Waits for a place: the writer takes what is there.
async fn send(sink: &Sink, record: RequestRecord) {
    loop {
        if let Some(slot) = sink.reserve() {
            return slot.send(record);
        }
        tokio::task::yield_now().await;
    }
}

async fn until(writer: &Writer, what: impl Fn(&Health) -> bool) {
    let health = writer.health();
    while !what(&health.get()) {
        tokio::task::yield_now().await;
    }
}

async fn asked(db: &Db) -> Vec<String> {
    let found = Filter::default().find(db, 500).await.unwrap();
    found.entries.into_iter().rev().map(|entry| entry.asked).collect()
}

fn names(range: std::ops::Range<u64>) -> Vec<String> {
    range.map(|n| format!("m{n}")).collect()
}

async fn records_windows_and_sums_arrive_together(db: Db) {
    let folder = folder();
    let cells = Arc::new(Cells::default());
    let at = Moment { mono: Still.mono(), unix_ms: START };
    let month = Period::utc(Unit::Month);
    let cell = cells.get("key ci", Measure::Money, month.clone(), 100, at);
    reserve_all([(&cell, 30)], at).unwrap().settle(|_| Some(25));
    let lines = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&lines);
    let tee = move |records: &[RequestRecord]| *seen.lock().unwrap() += records.len();
    let options = Options { cells, tee: Some(Box::new(tee)), ..options(&folder.0) };
    let (sink, writer) = Sink::start(Some(db.clone()), options).unwrap();
    for n in 0..300 {
        send(&sink, record(n)).await;
    }
    // A place that is held while the writer is told to end.
    let late = loop {
        if let Some(slot) = sink.reserve() {
            break slot;
        }
        tokio::task::yield_now().await;
    };
    let ending = tokio::spawn(writer.done());
    while sink.reserve().is_some() {
        tokio::task::yield_now().await;
    }
    late.send(record(300));
    ending.await.unwrap().unwrap();
    assert_eq!(asked(&db).await, names(0..301));
    assert_eq!(*lines.lock().unwrap(), 301);
    assert_eq!(By::All.sum(&db, Span::Hour, 0, u64::MAX / 2).await.unwrap()[0].requests, 301);
    let saved = saved_windows(Some(&db), "a", &folder.0.join("log.spool")).await.unwrap();
    let next = Cells::restored(saved);
    assert_eq!(next.get("key ci", Measure::Money, month, 100, at).view(at).left, 75);
    assert_eq!(saved_windows(Some(&db), "b", Path::new("/nowhere")).await.unwrap(), []);
}

/// An hour after [`Still`], in another process.
struct AnHourLater;

impl Clock for AnHourLater {
    fn mono(&self) -> Duration {
        Duration::from_secs(5000)
    }

    fn unix_ms(&self) -> u64 {
        START + 3_600_000
    }
}

async fn windows_that_count_nothing_leave_the_database(db: Db) {
    let folder = folder();
    let spool = folder.0.join("log.spool");
    let at = Moment { mono: Still.mono(), unix_ms: START };
    let month = || Period::utc(Unit::Month);
    let cells = Arc::new(Cells::default());
    for (owner, period) in
        [("asked again", Period::MINUTE), ("never again", Period::MINUTE), ("spent", month())]
    {
        let cell = cells.get(owner, Measure::Money, period, 100, at);
        reserve_all([(&cell, 7)], at).unwrap().settle(|_| None);
    }
    let (sink, writer) = Sink::start(Some(db.clone()), Options { cells, ..options(&folder.0) }).unwrap();
    send(&sink, record(0)).await;
    writer.done().await.unwrap();
    let saved = saved_windows(Some(&db), "a", &spool).await.unwrap();
    assert_eq!(saved.len(), 3);
    let cells = Arc::new(Cells::restored(saved));
    let clock = Arc::new(AnHourLater);
    drop(cells.get("asked again", Measure::Money, Period::MINUTE, 100, Moment::of(&*clock)));
    let options = Options { cells: Arc::clone(&cells), clock, ..options(&folder.0) };
    let (sink, writer) = Sink::start(Some(db.clone()), options).unwrap();
    send(&sink, record(1)).await;
    writer.done().await.unwrap();
    let left = saved_windows(Some(&db), "a", &spool).await.unwrap();
    let owners: Vec<&str> = left.iter().map(|(id, _)| id.owner.as_str()).collect();
    assert_eq!(owners, ["spent"]);
    assert!(cells.all().is_empty(), "nor are they kept in memory");
}

async fn what_waited_in_the_spool_counts_once(db: Db) {
    let folder = folder();
    let cells = Arc::new(Cells::default());
    let at = Moment { mono: Still.mono(), unix_ms: START };
    let cell = cells.get("key ci", Measure::Requests, Period::Total, 100, at);
    reserve_all([(&cell, 1)], at).unwrap().settle(|_| None);
    // A process that never finds its database.
    let (sink, writer) = Sink::start(None, Options { cells, ..options(&folder.0) }).unwrap();
    for n in 0..40 {
        send(&sink, record(n)).await;
    }
    until(&writer, |health| matches!(health, Health::Degraded { full: false, .. })).await;
    writer.done().await.unwrap();
    assert_eq!(asked(&db).await, Vec::<String>::new());
    let spool = folder.0.join("log.spool");
    assert_eq!(saved_windows(None, "a", &spool).await.unwrap().len(), 1);
    let waiting = std::fs::read(&spool).unwrap();
    // The next one gets it late, and writes what waited before what is new.
    let (sink, writer) = Sink::start(None, options(&folder.0)).unwrap();
    send(&sink, record(40)).await;
    until(&writer, |health| *health != Health::Ok).await;
    writer.attach(db.clone());
    until(&writer, |health| *health == Health::Ok).await;
    send(&sink, record(41)).await;
    writer.done().await.unwrap();
    assert_eq!(asked(&db).await, names(0..42));
    assert_eq!(std::fs::metadata(&spool).unwrap().len(), 0);
    // A crash before the spool was emptied leaves it as it was, and may tear off its end.
    for (torn, more) in [(0, 42), (3, 43)] {
        std::fs::write(&spool, &waiting[..waiting.len() - torn]).unwrap();
        let (sink, writer) = Sink::start(Some(db.clone()), options(&folder.0)).unwrap();
        send(&sink, record(more)).await;
        writer.done().await.unwrap();
        drop(sink);
    }
    assert_eq!(asked(&db).await, names(0..44));
    assert_eq!(By::All.sum(&db, Span::Day, 0, u64::MAX / 2).await.unwrap()[0].requests, 44);
    assert_eq!(saved_windows(Some(&db), "a", &spool).await.unwrap().len(), 1);
}

/// Requests whose records nobody would write are refused at once, and health says why.
#[tokio::test]
async fn a_writer_that_fails_refuses_what_it_cannot_write() {
    let Folder(folder) = &folder();
    let tee = |_: &[RequestRecord]| panic!("a fault of ours");
    let (sink, writer) = Sink::start(None, Options { tee: Some(Box::new(tee)), ..options(folder) }).unwrap();
    send(&sink, record(0)).await;
    while sink.reserve().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(sink.reserve_spare().is_none());
    let said = "its writer has failed, by a fault of ours; a restart begins again".to_owned();
    assert_eq!(writer.health().get(), Health::Degraded { since_ms: START, what: said, full: true });
    assert!(writer.done().await.is_err());
}

#[tokio::test]
async fn a_full_spool_refuses_and_loses_nothing() {
    let Folder(folder) = &folder();
    let options = Options { spool_bytes: 3000, ..options(folder) };
    let (sink, writer) = Sink::start(None, options).unwrap();
    let sent = std::cell::Cell::new(0);
    let serve = || match sink.reserve() {
        Some(slot) => {
            slot.send(record(sent.get()));
            sent.set(sent.get() + 1);
            true
        }
        None => false,
    };
    // Serves until neither queue nor spool takes any more.
    until(&writer, |health| {
        serve();
        matches!(health, Health::Degraded { full: true, .. })
    })
    .await;
    while serve() {}
    let db = Db::sqlite(&folder.join("wye.db")).await.unwrap();
    writer.attach(db.clone());
    until(&writer, |health| *health == Health::Ok).await;
    writer.done().await.unwrap();
    assert_eq!(asked(&db).await.len() as u64, sent.get());
}

/// Lets the database refuse requests for `poison`, or take them again.
async fn refuse(db: &Db, refuse: bool) {
    let sql = match (db, refuse) {
        (Db::Sqlite(_), true) => {
            "CREATE TRIGGER refuse BEFORE INSERT ON requests WHEN NEW.asked = 'poison'
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        (Db::Sqlite(_), false) => "DROP TRIGGER refuse",
        (Db::Postgres(_), true) => "ALTER TABLE requests ADD CONSTRAINT refuse CHECK (asked <> 'poison')",
        (Db::Postgres(_), false) => "ALTER TABLE requests DROP CONSTRAINT refuse",
    };
    db.change(vec![Statement::new(sql, [])]).await.unwrap();
}

async fn what_the_database_refuses_is_put_aside_and_the_rest_is_written(db: Db) {
    let folder = folder();
    let (spool, bad) = (folder.0.join("log.spool"), folder.0.join("log.spool.bad"));
    let poison = |n| RequestRecord { asked: "poison".to_owned(), ..record(n) };
    let send_all = async |sink: &Sink| {
        for n in 0..40 {
            send(sink, if [7, 8, 30].contains(&n) { poison(n) } else { record(n) }).await;
        }
    };
    refuse(&db, true).await;
    // Some come straight, the others by the spool, in one batch.
    let all = Options { places: 64, gather: Duration::from_secs(3600), ..options(&folder.0) };
    let (sink, writer) = Sink::start(None, all).unwrap();
    send_all(&sink).await;
    writer.done().await.unwrap();
    for spooled in [true, false] {
        let all = Options { places: 64, ..options(&folder.0) };
        let (sink, writer) = Sink::start(Some(db.clone()), all).unwrap();
        let health = writer.health();
        send(&sink, if spooled { record(40) } else { poison(41) }).await;
        send(&sink, record(if spooled { 42 } else { 43 })).await;
        writer.done().await.unwrap();
        assert_eq!(health.get(), Health::Ok);
        let refused = health.refused().unwrap();
        assert_eq!((refused.records, &refused.path), (if spooled { 3 } else { 4 }, &bad));
    }
    assert_eq!(std::fs::metadata(&spool).unwrap().len(), 0);
    let fine = |n: &u64| ![7, 8, 30, 41].contains(n);
    let wanted: Vec<String> = (0..44).filter(fine).map(|n| format!("m{n}")).collect();
    assert_eq!(asked(&db).await, wanted);
    let day = async || By::All.sum(&db, Span::Day, 0, u64::MAX / 2).await.unwrap()[0].requests;
    assert_eq!(day().await, 40);
    // What was wrong is put right, and what was put aside is tried again.
    refuse(&db, false).await;
    std::fs::rename(&bad, &spool).unwrap();
    let (sink, writer) = Sink::start(Some(db.clone()), options(&folder.0)).unwrap();
    let health = writer.health();
    send(&sink, record(44)).await;
    writer.done().await.unwrap();
    assert_eq!((health.get(), health.refused()), (Health::Ok, None));
    assert_eq!((asked(&db).await.len(), day().await), (45, 45));
}

async fn windows_alone_are_written_under_another_number_too(db: Db) {
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let first = Batch { number: 1, entries: vec![Entry::of(&record(1))], ..Batch::default() };
    log.append(&first).await.unwrap();
    // What was refused was written in parts, each with a number of its own.
    assert!(log.sift(&Batch { number: 2, ..first.clone() }).await.unwrap().is_empty());
    let id = CellId { owner: "k".to_owned(), measure: Measure::Money, period: "total".to_owned() };
    let saved = Saved { at_ms: 5, amounts: vec![(Duration::ZERO, 9)], word: None };
    let windows = vec![Window { id, saved }];
    log.replay(&Batch { number: 2, windows: windows.clone(), ..Batch::default() }).await.unwrap();
    log.replay(&first).await.unwrap();
    assert_eq!(Window::all(&db, "a").await.unwrap(), windows);
    assert_eq!(asked(&db).await, ["m1"]);
}

#[tokio::test]
async fn a_database_that_refuses_everything_is_at_fault_itself() {
    let (db, folder) = crate::databases::sqlite().await;
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let sql = "CREATE TRIGGER refuse BEFORE UPDATE ON log_nodes BEGIN SELECT RAISE(ABORT, 'refused'); END";
    db.change(vec![Statement::new(sql, [])]).await.unwrap();
    let batch = Batch { number: 1, entries: vec![Entry::of(&record(1))], ..Batch::default() };
    assert!(log.append(&batch).await.unwrap_err().refuses());
    assert!(matches!(log.sift(&batch).await, Err(StoreError::Unavailable(_))));
    let (sink, writer) = Sink::start(Some(db.clone()), options(&folder.0)).unwrap();
    let health = writer.health();
    send(&sink, record(1)).await;
    until(&writer, |health| matches!(health, Health::Degraded { full: false, .. })).await;
    writer.done().await.unwrap();
    assert_eq!(health.refused(), None);
    assert!(std::fs::metadata(folder.0.join("log.spool")).unwrap().len() > 0, "it waits");
}
