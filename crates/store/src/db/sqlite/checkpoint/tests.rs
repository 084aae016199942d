//! Where what was written is: after a commit, after it was carried over, and while somebody reads.

use std::path::PathBuf;

use super::*;
use crate::db::sqlite::writer as threads;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("wye-store-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
}

/// A connection as the writer has it.
fn writer(path: &Path, checkpoints: &Checkpoints) -> Connection {
    let writer = threads::open(path, checkpoints).unwrap().connection;
    writer.execute_batch("CREATE TABLE t (value BLOB)").unwrap();
    writer
}

fn put(writer: &Connection, pages: u32) {
    writer.execute("INSERT INTO t (value) VALUES (zeroblob(?))", [pages * 4096]).unwrap();
}

/// How many frames there are, and how many of them were carried over.
fn frames(connection: &Connection) -> (i64, i64) {
    let told = connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| Ok((row.get(1)?, row.get(2)?)));
    told.unwrap()
}

#[tokio::test]
async fn nothing_is_carried_over_within_a_commit_and_all_of_it_beside() {
    let folder = folder("beside");
    let path = folder.0.join("wye.db");
    let checkpoints = Checkpoints::start(&path).unwrap();
    let writer = writer(&path, &checkpoints);
    put(&writer, ENOUGH / 2);
    checkpoints.settled().await;
    assert_eq!(frames(&writer).1, 0, "it is not worth it yet");
    put(&writer, 2 * ENOUGH);
    let (all, carried) = frames(&writer);
    assert!(all > i64::from(2 * ENOUGH) && carried == 0, "{carried} of {all}");
    checkpoints.settled().await;
    assert_eq!(frames(&writer), (all, all));
    // The log begins anew, and is short.
    put(&writer, 1);
    assert!(frames(&writer).0 < 10);
    checkpoints.wake();
    checkpoints.settled().await;
    assert_eq!(frames(&writer).1, 0);
}

#[tokio::test]
async fn what_a_reader_still_sees_is_carried_over_behind_it() {
    let folder = folder("reader");
    let path = folder.0.join("wye.db");
    let checkpoints = Checkpoints::start(&path).unwrap();
    let writer = writer(&path, &checkpoints);
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM t").unwrap();
    let seen: i64 = reader.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)).unwrap();
    put(&writer, 2 * ENOUGH);
    checkpoints.settled().await;
    let (all, carried) = frames(&writer);
    assert!(carried < all, "{carried} of {all}");
    assert_eq!(reader.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)), Ok(seen));
    assert!(checkpoints.settled().await, "there is room for more");
    put(&writer, MUCH);
    assert!(!checkpoints.settled().await, "what room there is left is for others");
    reader.execute_batch("COMMIT").unwrap();
    assert!(checkpoints.settled().await);
    let (all, carried) = frames(&writer);
    assert_eq!(all, carried);
}

#[test]
fn the_writer_does_itself_what_the_thread_cannot() {
    let folder = folder("itself");
    let checkpoints = Checkpoints::start(&folder.0.join("none.db")).unwrap();
    let writer = writer(&folder.0.join("wye.db"), &checkpoints);
    put(&writer, 2 * ENOUGH);
    checkpoints.hold(&writer);
    assert_eq!(frames(&writer).1, 0, "so much may wait");
    put(&writer, MOST);
    checkpoints.hold(&writer);
    let (all, carried) = frames(&writer);
    assert_eq!(all, carried);
    assert!(!folder.0.join("none.db").exists());
}
