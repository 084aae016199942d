//! What becomes of a shared commit when the disk is full.

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::writer::{Change, Work, commit, open};
use super::{Checkpoints, failed};
use crate::{Statement, StoreError};

fn put(name: &str, bytes: usize) -> Statement {
    Statement::new("INSERT INTO t (name, value) VALUES (?, ?)", [name.into(), vec![7; bytes].into()])
}

/// The answers to changes that came at the same time.
fn run(connection: &mut Connection, changes: Vec<Vec<Statement>>) -> Vec<Result<Vec<u64>, StoreError>> {
    let changes = changes.into_iter().map(|statements| {
        let (reply, _) = oneshot::channel();
        Change { work: Work::Statements(statements), reply }
    });
    let mut done = Vec::new();
    let committed = commit(connection, changes, &mut done);
    done.into_iter().map(|(_, result)| committed.clone().and(result)).collect()
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT name FROM t ORDER BY name").unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_full_disk_in_a_shared_commit_leaves_nothing_of_it() {
    let folder = std::env::temp_dir().join(format!("wye-store-full-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("wye.db");
    let mut opened = open(&path, &Checkpoints::start(&path).unwrap()).unwrap();
    let connection = &mut opened.connection;
    connection.execute_batch("CREATE TABLE t (name TEXT PRIMARY KEY, value BLOB)").unwrap();
    connection.execute_batch("PRAGMA max_page_count = 40").unwrap();
    assert!(run(connection, vec![vec![put("first", 10)]])[0].is_ok());
    let small = |name: &str| vec![put(name, 10)];
    let large = vec![put("half", 10), put("too large", 1 << 20)];
    let answers = run(connection, vec![small("before"), large.clone(), small("behind"), small("last")]);
    assert_eq!(answers.len(), 4);
    // What is said to have failed does not stand.
    for answer in answers {
        assert!(matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("full")), "{answer:?}");
    }
    assert_eq!(names(connection), ["first"]);
    // The connection is as good as before, and once there is room everything goes in once.
    assert_eq!(run(connection, vec![small("before"), small("behind")]), [Ok(vec![1]), Ok(vec![1])]);
    connection.execute_batch("PRAGMA max_page_count = 4000").map_err(|e| failed(&e)).unwrap();
    assert_eq!(run(connection, vec![large]), [Ok(vec![1, 1])]);
    assert_eq!(names(connection), ["before", "behind", "first", "half", "too large"]);
    drop(opened);
    std::fs::remove_dir_all(&folder).unwrap();
}
