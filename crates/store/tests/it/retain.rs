//! What is forgotten, and what may be taken out before.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wye_store::audit;
use wye_store::log::retain::{Forgotten, forget, shrink};
use wye_store::log::{Batch, Body, By, Entry, Export, Filter, Form, Keep, Kept, RequestLog, Span, Window};
use wye_store::{Budget, Db, Statement};
use wye_types::{Clock, RequestId, Usage};

use crate::databases;

crate::on_both![
    what_is_too_old_goes_and_the_rest_stays,
    the_oldest_bodies_go_when_there_are_too_many_bytes,
    more_bodies_go_than_are_looked_at_in_one_go,
    logins_that_are_over_and_old_audit_entries_go,
    an_export_is_whole_and_harmless,
];

const START: u64 = 1_795_046_400_000;
const MINUTE: u64 = 60_000;

/// A Unix millisecond at which time stands still.
struct At(u64);

impl Clock for At {
    fn mono(&self) -> Duration {
        Duration::ZERO
    }

    fn unix_ms(&self) -> u64 {
        self.0
    }
}

/// A clock at which it is always this Unix millisecond.
pub(crate) fn at(ms: u64) -> Arc<dyn Clock> {
    Arc::new(At(ms))
}

fn entry(n: u64) -> Entry {
    Entry {
        id: RequestId::v7(START + n * MINUTE, u128::from(n) << 40),
        asked: format!("m{n}"),
        user: Some(format!("u{}", n % 3)),
        detail: "{}".to_owned(),
        ..Entry::default()
    }
}

async fn filled(db: &Db, count: u64) {
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let kept = Kept { request: "\"words of it\"".to_owned(), ..Kept::default() };
    let bodies = (0..count).map(|n| Body::new(entry(n).id, &kept).unwrap()).collect();
    let window = |period: &str| Window {
        id: wye_limits::CellId {
            owner: "k".to_owned(),
            measure: wye_limits::Measure::Money,
            period: period.to_owned(),
        },
        saved: wye_limits::Saved { at_ms: 5, amounts: vec![(Duration::from_millis(7), 9)], word: None },
    };
    let windows = vec![window("total"), window("60 s")];
    log.append(&Batch { number: log.next(), entries: (0..count).map(entry).collect(), bodies, windows })
        .await
        .unwrap();
}

async fn found(db: &Db, text: Option<&str>) -> usize {
    let filter = Filter { from_ms: Some(START), text: text.map(str::to_owned), ..Filter::default() };
    match text {
        Some(_) => filter.find_text(db, START + 1000 * MINUTE, 500).await.unwrap().entries.len(),
        None => filter.find(db, 500).await.unwrap().entries.len(),
    }
}

async fn what_is_too_old_goes_and_the_rest_stays(db: Db) {
    filled(&db, 400).await;
    let hour = Duration::from_secs(3600);
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    (keep.rows, keep.bodies, keep.minutes) = (hour * 5, hour * 2, hour);
    let now = START + 400 * MINUTE;
    let gone = forget(&db, &keep, &at(now)).await.unwrap();
    // Per minute 340 of 400 sums, each of both kinds; those per hour and day are young enough.
    assert_eq!(gone, Forgotten { requests: 100, bodies: 280, sums: 680, ..Forgotten::default() });
    assert_eq!((found(&db, None).await, found(&db, Some("words of")).await), (300, 120));
    assert_eq!(Body::of(&db, entry(279).id).await.unwrap(), None);
    assert!(Body::of(&db, entry(280).id).await.unwrap().is_some());
    assert_eq!(forget(&db, &keep, &at(now)).await.unwrap(), Forgotten::default());
    let to = now / 1000;
    let all = By::All.sum(&db, Span::Hour, START / 1000, to).await.unwrap();
    assert_eq!(all[0].requests, 400);
    let minutes = By::Time.sum(&db, Span::Minute, START / 1000, to).await.unwrap();
    assert_eq!((minutes.len(), minutes[0].requests), (60, 1));
    assert_eq!(By::User.sum(&db, Span::Hour, START / 1000, to).await.unwrap().len(), 3);
    let windows = Window::all(&db, "a").await.unwrap();
    assert_eq!(windows.len(), 1);
    assert_eq!((windows[0].id.period.as_str(), windows[0].saved.amounts.len()), ("total", 1));
}

async fn the_oldest_bodies_go_when_there_are_too_many_bytes(db: Db) {
    filled(&db, 50).await;
    let one = db.rows("SELECT bytes FROM bodies LIMIT 1", Vec::new()).await.unwrap()[0].int(0).unwrap();
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.bodies_bytes = one.unsigned_abs() * 20 + 1;
    let gone = forget(&db, &keep, &at(START + 50 * MINUTE)).await.unwrap();
    assert_eq!(gone, Forgotten { bodies: 30, ..Forgotten::default() });
    assert!(Body::of(&db, entry(29).id).await.unwrap().is_none());
    assert!(Body::of(&db, entry(30).id).await.unwrap().is_some());
}

async fn more_bodies_go_than_are_looked_at_in_one_go(db: Db) {
    filled(&db, 4200).await;
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.bodies_bytes = 0;
    let gone = forget(&db, &keep, &at(START + 4200 * MINUTE)).await.unwrap();
    assert_eq!(gone, Forgotten { bodies: 4200, ..Forgotten::default() });
}

async fn logins_that_are_over_and_old_audit_entries_go(db: Db) {
    let now = START + 400 * 86_400_000;
    for n in 0..450 {
        let at_ms = START + n * 86_400_000;
        let entry = audit::Entry {
            id: RequestId::v7(at_ms, n.into()).to_string(),
            at_ms,
            actor: format!("a{n}"),
            action: "login".to_owned(),
            object: String::new(),
            outcome: audit::Outcome::Ok,
            address: String::new(),
            detail: serde_json::Value::Null,
        };
        audit::write(&db, &entry).await.unwrap();
    }
    let sqls = [
        "INSERT INTO sessions (id, user_id, seed, generation, rotated_ms, created_ms, expires_ms, address, agent)
         VALUES (?, 'u', ?, 0, 0, 0, ?, '', '')",
        "INSERT INTO challenges (user_id, hash, expires_ms, tries) VALUES (?, ?, ?, 0)",
        "INSERT INTO tokens (id, user_id, name, hash, hint, role, created_ms, expires_ms)
         VALUES (?, 'u', '', ?, '', 'viewer', 0, ?)",
    ];
    for n in 0..5_u8 {
        // Three are over.
        let ends = i64::try_from(now).unwrap() + i64::from(n) - 2;
        let all = sqls.map(|sql| Statement::new(sql, [n.to_string().into(), vec![n].into(), ends.into()]));
        db.change(all.into()).await.unwrap();
    }
    let keep = Keep::new(1 << 16, &[], &[]).unwrap();
    let gone = forget(&db, &keep, &at(now)).await.unwrap();
    assert_eq!(gone, Forgotten { audit: 35, logins: 9, ..Forgotten::default() });
    let filter = audit::Filter { to_ms: Some(START + 37 * 86_400_000), ..audit::Filter::default() };
    let left = audit::find(&db, &filter, 500).await.unwrap().entries;
    assert_eq!(left.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), ["a36", "a35"]);
    for table in ["sessions", "challenges", "tokens"] {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE expires_ms > ?");
        let all = db.rows(format!("SELECT COUNT(*) FROM {table}"), Vec::new()).await.unwrap();
        let young = db.rows(sql, vec![i64::try_from(now).unwrap().into()]).await.unwrap();
        assert_eq!((all[0].int(0).unwrap(), young[0].int(0).unwrap()), (2, 2), "{table}");
    }
    assert_eq!(forget(&db, &keep, &at(now)).await.unwrap(), Forgotten::default());
}

/// The length of a file once its write-ahead log is in it.
async fn length(db: &Db, path: &Path) -> u64 {
    // Nobody else may be about to do it.
    db.settled().await;
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    std::fs::metadata(path).unwrap().len()
}

#[tokio::test]
async fn a_file_gets_smaller_when_what_was_in_it_is_forgotten() {
    let (db, folder) = databases::sqlite().await;
    let path = folder.0.join("wye.db");
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    let large = |n| Entry { detail: format!("{{\"text\":\"{}\"}}", "x".repeat(4000)), ..entry(n) };
    log.append(&Batch { number: 1, entries: (0..1000).map(large).collect(), ..Batch::default() })
        .await
        .unwrap();
    let full = length(&db, &path).await;
    assert!(full > 4_000_000, "{full}");
    assert!(shrink(&db, &at(0)).await.unwrap());
    assert_eq!(length(&db, &path).await, full, "there is nothing to give back");
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.rows = Duration::from_secs(60 * 100);
    let now = START + 1000 * MINUTE;
    assert_eq!(forget(&db, &keep, &at(now)).await.unwrap().requests, 900);
    assert_eq!(length(&db, &path).await, full, "deleting alone makes no file smaller");
    let budget = Budget::new(at(0), Duration::from_millis(1));
    let steps = [db.shrink(0, &budget).await, db.shrink(0, &budget).await, db.shrink(10, &budget).await]
        .map(|space| space.unwrap().unwrap());
    assert_eq!(steps[1], steps[0], "asking changes nothing");
    assert_eq!((steps[0].free - steps[2].free, steps[0].all - steps[2].all), (10, 10));
    assert!(shrink(&db, &at(0)).await.unwrap());
    let left = length(&db, &path).await;
    assert!(left < full / 4, "{left} of {full}");
    assert_eq!(found(&db, None).await, 100);
    // Hardly anything is free: it stays for what is written next.
    assert!(shrink(&db, &at(0)).await.unwrap());
    assert_eq!(length(&db, &path).await, left);
}

#[tokio::test]
async fn the_index_of_bodies_merges_by_itself_again_when_old_ones_are_gone() {
    let (db, folder) = databases::sqlite().await;
    filled(&db, 600).await;
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.bodies = Duration::from_secs(60 * 50);
    assert_eq!(forget(&db, &keep, &at(START + 600 * MINUTE)).await.unwrap().bodies, 550);
    assert_eq!(found(&db, Some("words of")).await, 50);
    let index = rusqlite::Connection::open(folder.0.join("wye.db")).unwrap();
    let merges =
        index.query_row("SELECT v FROM body_text_config WHERE k = 'automerge'", [], |row| row.get(0));
    assert_eq!(merges, Ok(4));
    index.execute_batch("INSERT INTO body_text (body_text) VALUES ('integrity-check')").unwrap();
}

#[tokio::test]
async fn who_writes_bodies_all_the_time_does_not_hold_up_what_is_forgotten() {
    let (db, _folder) = databases::sqlite().await;
    filled(&db, 150).await;
    let mut keep = Keep::new(1 << 16, &[], &[]).unwrap();
    keep.bodies = Duration::from_secs(60 * 50);
    let kept = Kept { request: "\"words of it\"".to_owned(), ..Kept::default() };
    let mut log = RequestLog::open(db.clone(), "b").await.unwrap();
    let writes = async {
        for n in 200.. {
            let bodies = vec![Body::new(entry(n).id, &kept).unwrap()];
            let batch = Batch { number: log.next(), entries: vec![entry(n)], bodies, ..Batch::default() };
            log.append(&batch).await.unwrap();
        }
    };
    let now = at(START + 150 * MINUTE);
    tokio::select! {
        gone = forget(&db, &keep, &now) => assert_eq!(gone.unwrap().bodies, 100),
        () = writes => {}
    }
}

#[tokio::test]
async fn a_file_of_an_older_version_stays_as_large_as_it_is() {
    let folder = databases::folder();
    let path = folder.0.join("wye.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch("CREATE TABLE t (n INTEGER); DROP TABLE t").unwrap();
    drop(old);
    let db = Db::sqlite(&path).await.unwrap();
    filled(&db, 10).await;
    assert!(!shrink(&db, &at(0)).await.unwrap());
    assert_eq!(found(&db, None).await, 10);
}

async fn an_export_is_whole_and_harmless(db: Db) {
    let mut entries: Vec<Entry> = (0..1100).map(entry).collect();
    entries[1099] = Entry {
        asked: "=cmd|' /C calc'!A0".to_owned(),
        user: Some("a,\"b\"\n@c".to_owned()),
        key: Some("\tx".to_owned()),
        tags: vec!["-1".to_owned(), "t".to_owned()],
        usage: Some(Usage { input: 5, ..Usage::default() }),
        detail: r#"{"client":"10.0.0.1"}"#.to_owned(),
        ..entries[1099].clone()
    };
    let mut log = RequestLog::open(db.clone(), "a").await.unwrap();
    log.append(&Batch { number: 1, entries: entries.clone(), ..Batch::default() }).await.unwrap();
    let export = async |form| {
        let mut export = Export::new(db.clone(), Filter::default(), form, START);
        let mut out = Vec::new();
        while let Some(bytes) = export.next().await.unwrap() {
            out.extend(bytes);
        }
        String::from_utf8(out).unwrap()
    };
    let csv = export(Form::Csv).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1100);
    let cell =
        |row: &csv::StringRecord, name: &str| row[names.iter().position(|n| n == name).unwrap()].to_owned();
    assert_eq!(cell(&rows[0], "asked"), "'=cmd|' /C calc'!A0");
    assert_eq!(cell(&rows[0], "user"), "a,\"b\"\n@c");
    assert_eq!(cell(&rows[0], "key"), "'\tx");
    assert_eq!(cell(&rows[0], "tags"), "'-1 t");
    assert_eq!((cell(&rows[0], "input"), cell(&rows[1], "input")), ("5".to_owned(), String::new()));
    assert_eq!(cell(&rows[1099], "asked"), "m0");
    let lines = export(Form::JsonLines).await;
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1100);
    assert_eq!(lines[0]["user"], "a,\"b\"\n@c");
    assert_eq!(lines[0]["tags"], serde_json::json!(["-1", "t"]));
    assert_eq!(lines[0]["detail"]["client"], "10.0.0.1");
    assert_eq!((&lines[0]["input"], &lines[1]["input"]), (&5.into(), &serde_json::Value::Null));
    assert_eq!(lines[0]["stream"], false);
}
