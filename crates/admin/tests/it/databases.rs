//! A new database for a test: a file of its own, or a database of its own on the server that the test script started.

use std::sync::atomic::{AtomicU32, Ordering};

use wye_store::Db;

static COUNT: AtomicU32 = AtomicU32::new(0);

fn number() -> String {
    format!("{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A new SQLite file; removed with the guard.
pub(crate) async fn sqlite() -> (Db, Folder) {
    let folder = Folder(std::env::temp_dir().join(format!("wye-admin-{}", number())));
    std::fs::create_dir_all(&folder.0).unwrap();
    (Db::sqlite(&folder.0.join("wye.db")).await.unwrap(), folder)
}

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind, it is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new database on the server; `None`, said loudly, if the test script started none.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so loudly")]
pub(crate) async fn postgres() -> Option<Db> {
    let Ok(server) = std::env::var("WYE_TEST_POSTGRES") else {
        eprintln!(
            "\n*** NOT RUN on PostgreSQL: WYE_TEST_POSTGRES is not set (scripts/with-services sets it) ***\n"
        );
        return None;
    };
    let name = format!("a{}", number());
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    let running = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    running.await.unwrap().unwrap();
    Some(Db::postgres(&server.replacen("/postgres?", &format!("/{name}?"), 1)).await.unwrap())
}

/// Runs each named function on both databases.
#[macro_export]
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let (db, _folder) = $crate::databases::sqlite().await;
                super::$test(db).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(db) = $crate::databases::postgres().await {
                    super::$test(db).await;
                }
            })+
        }
    };
}
