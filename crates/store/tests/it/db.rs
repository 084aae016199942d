//! Statements, changes and migrations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wye_store::{Budget, Db, Statement, StoreError, Value};
use wye_types::Clock;

use crate::databases;

crate::on_both![
    values_come_back_as_they_went,
    a_change_is_whole_or_nothing,
    a_change_that_touches_other_rows_than_it_expects_is_undone,
    changes_are_made_while_time_lasts,
    many_at_once_all_get_their_turn,
];

fn put(name: &str, value: &str) -> Statement {
    Statement::new("INSERT INTO meta (name, value) VALUES (?, ?)", [name.into(), value.into()])
}

async fn names(db: &Db) -> Vec<String> {
    let rows = db.rows("SELECT name FROM meta ORDER BY name", Vec::new()).await.unwrap();
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

async fn values_come_back_as_they_went(db: Db) {
    let odd = "'; DROP TABLE meta; -- \u{1F600} ไทย <b>";
    let bytes: Vec<u8> = (0..=255).collect();
    let args = [odd.into(), bytes.clone().into(), "…".into(), Value::Int(i64::MAX)];
    let insert = "INSERT INTO secrets (name, sealed, hint, at_ms) VALUES (?, ?, ?, ?)";
    assert_eq!(db.change(vec![Statement::new(insert, args)]).await.unwrap(), [1]);
    let rows = db
        .rows("SELECT name, sealed, at_ms, '?' FROM secrets WHERE name = ?", vec![odd.into()])
        .await
        .unwrap();
    assert_eq!((rows[0].text(0).unwrap(), rows[0].blob(1).unwrap()), (odd, bytes.as_slice()));
    assert_eq!((rows[0].int(2).unwrap(), rows[0].text(3).unwrap()), (i64::MAX, "?"));
    assert!(matches!(rows[0].int(0), Err(StoreError::Broken(_))));
    let sums = db.rows("SELECT COUNT(*), MAX(at_ms) FROM secrets WHERE at_ms < 0", Vec::new()).await.unwrap();
    assert_eq!((sums[0].int(0).unwrap(), sums[0].opt_int(1).unwrap()), (0, None));
}

async fn a_change_is_whole_or_nothing(db: Db) {
    db.change(vec![put("a", "1")]).await.unwrap();
    let twice = db.change(vec![put("b", "2"), put("a", "3")]).await;
    assert_eq!(twice, Err(StoreError::Taken));
    let wrong = db.change(vec![put("c", "2"), Statement::new("INSERT INTO nowhere VALUES (1)", [])]).await;
    assert!(matches!(wrong, Err(StoreError::Broken(_))), "{wrong:?}");
    assert_eq!(names(&db).await, ["a"]);
}

async fn a_change_that_touches_other_rows_than_it_expects_is_undone(db: Db) {
    db.change(vec![put("a", "1")]).await.unwrap();
    let edit = Statement::new("UPDATE meta SET value = ? WHERE name = ?", ["2".into(), "z".into()]);
    let changed = db.change(vec![put("b", "1"), edit.expecting(1)]).await;
    assert_eq!(changed, Err(StoreError::Conflict));
    assert_eq!(names(&db).await, ["a"]);
}

/// A clock that goes on by a millisecond whenever somebody looks at it.
struct Looked(AtomicU64);

impl Clock for Looked {
    fn mono(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn unix_ms(&self) -> u64 {
        0
    }
}

fn budget(ms: u64) -> Budget {
    Budget::new(Arc::new(Looked(AtomicU64::new(7))), Duration::from_millis(ms))
}

async fn changes_are_made_while_time_lasts(db: Db) {
    let changes = |of: &str| -> Vec<Vec<Statement>> {
        let one = |n: u8| vec![put(&format!("{of}{n}"), ""), put(&format!("{of}{n}, too"), "")];
        (0..5).map(one).collect()
    };
    for (of, ms, made) in [("none", 0, 1), ("one", 1, 1), ("three", 3, 3), ("all", 9, 5)] {
        let touched = db.change_some(changes(of), &budget(ms)).await.unwrap();
        assert_eq!(touched, vec![1; made], "{of}");
        let theirs = names(&db).await.into_iter().filter(|name| name.starts_with(of));
        assert_eq!(theirs.count(), 2 * made, "{of}: each whole or not at all");
    }
    let before = names(&db).await;
    let mut wrong = changes("wrong");
    wrong[1][1] = put("all0", "");
    assert_eq!(db.change_some(wrong, &budget(9)).await, Err(StoreError::Taken));
    let delete = Statement::new("DELETE FROM meta WHERE name = ?", ["nobody".into()]);
    let changed = db.change_some(vec![vec![put("x", "")], vec![delete.expecting(1)]], &budget(9)).await;
    assert_eq!(changed, Err(StoreError::Conflict));
    assert_eq!(names(&db).await, before);
    assert_eq!(db.change_some(Vec::new(), &budget(9)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn pages_are_given_back_while_time_lasts() {
    let (db, _folder) = databases::sqlite().await;
    let large = |n: u8| {
        let args = [n.to_string().into(), vec![n; 100_000].into(), "".into(), 0.into()];
        Statement::new("INSERT INTO secrets (name, sealed, hint, at_ms) VALUES (?, ?, ?, ?)", args)
    };
    db.change((0..9).map(large).collect()).await.unwrap();
    db.change(vec![Statement::new("DELETE FROM secrets", [])]).await.unwrap();
    for (ms, pages, given) in [(3, 100, 3), (100, 10, 10), (0, 10, 1), (5, 0, 0)] {
        let before = db.shrink(0, &budget(0)).await.unwrap().unwrap();
        let after = db.shrink(pages, &budget(ms)).await.unwrap().unwrap();
        assert_eq!(
            (before.free - after.free, before.all - after.all),
            (given, given),
            "{ms} ms, {pages} pages"
        );
    }
}

async fn many_at_once_all_get_their_turn(db: Db) {
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                // Every second one fails, in the same commit as the others.
                let name = if n % 2 == 0 { format!("n{n:02}") } else { "same".to_owned() };
                db.change(vec![put(&name, "1")]).await.is_ok()
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += usize::from(task.await.unwrap());
    }
    assert_eq!((done, names(&db).await.len()), (26, 26));
}

#[tokio::test]
async fn a_file_is_migrated_once_and_a_newer_one_is_refused() {
    let (db, folder) = databases::sqlite().await;
    db.change(vec![put("a", "1")]).await.unwrap();
    let path = folder.0.join("wye.db");
    let again = Db::sqlite(&path).await.unwrap();
    assert_eq!(names(&again).await, ["a"]);
    let newer = "INSERT INTO migrations (number, at_text) VALUES (?, '')";
    again.change(vec![Statement::new(newer, [Value::Int(9999)])]).await.unwrap();
    match Db::sqlite(&path).await {
        Err(StoreError::Newer { found: 9999, known }) => assert!(known >= 1),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let Some(db) = databases::postgres().await else { return };
    let url = db.rows("SELECT current_database()::text", Vec::new()).await.unwrap();
    let server = std::env::var("WYE_TEST_POSTGRES").unwrap();
    let fresh = format!("{}_b", url[0].text(0).unwrap());
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    let running = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {fresh}")).await.unwrap();
    drop(client);
    running.await.unwrap().unwrap();
    let url = server.replacen("/postgres?", &format!("/{fresh}?"), 1);
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Db::postgres(&url).await })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_so() {
    let nowhere = Db::sqlite(std::path::Path::new("/nowhere/wye.db")).await;
    assert!(matches!(nowhere, Err(StoreError::Unavailable(_))), "{nowhere:?}");
    let (_, folder) = databases::sqlite().await;
    let path = folder.0.join("text");
    std::fs::write(&path, "this is no database, and long enough to be looked at as one").unwrap();
    let text = Db::sqlite(&path).await;
    assert!(matches!(text, Err(StoreError::Broken(_))), "{text:?}");
    let server = Db::postgres("postgres://wye@127.0.0.1:1/none?sslmode=disable").await;
    assert!(matches!(server, Err(StoreError::Unavailable(_))), "{server:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_away_and_its_connection_is_given_up() {
    let Some(db) = databases::postgres().await else { return };
    let name = db.rows("SELECT current_database()::text", Vec::new()).await.unwrap();
    let server = std::env::var("WYE_TEST_POSTGRES").unwrap();
    let url = server.replacen("/postgres?", &format!("/{}?", name[0].text(0).unwrap()), 1);
    let (holder, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let running = tokio::spawn(connection);
    holder.batch_execute("BEGIN; LOCK TABLE meta IN ACCESS EXCLUSIVE MODE").await.unwrap();
    // Nothing else is to do, so that the clock runs to the next deadline.
    tokio::time::pause();
    let asked = db.rows("SELECT name FROM meta", Vec::new()).await;
    assert!(matches!(asked, Err(StoreError::Unavailable(_))), "{asked:?}");
    let changed = db.change(vec![put("a", "1")]).await;
    assert!(matches!(changed, Err(StoreError::Unavailable(_))), "{changed:?}");
    tokio::time::resume();
    // Not behind the question that still waits.
    db.rows("SELECT name FROM secrets", Vec::new()).await.unwrap();
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(names(&db).await, Vec::<String>::new());
    drop(holder);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_file_that_was_replaced_is_neither_read_nor_written() {
    let (db, folder) = databases::sqlite().await;
    db.change(vec![put("a", "1")]).await.unwrap();
    assert_eq!(names(&db).await, ["a"]);
    let path = folder.0.join("wye.db");
    std::fs::rename(&path, folder.0.join("kept.db")).unwrap();
    let gone = |result: Result<(), StoreError>| {
        assert!(matches!(&result, Err(StoreError::Unavailable(why)) if why.contains("gone")), "{result:?}");
    };
    for replaced in [false, true] {
        if replaced {
            std::fs::write(&path, "another one").unwrap();
        }
        for _ in 0..2 {
            gone(db.change(vec![put("b", "1")]).await.map(drop));
            gone(db.rows("SELECT name FROM meta", Vec::new()).await.map(drop));
        }
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::rename(folder.0.join("kept.db"), &path).unwrap();
    db.change(vec![put("c", "1")]).await.unwrap();
    assert_eq!(names(&db).await, ["a", "c"]);
}
