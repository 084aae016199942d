//! Migrations, numbered alike for both databases. Each is written once in words that both know, with the column types
//! of SQLite; what only one of them can do stands in a file of its own under the same number.

use crate::{Db, Statement, StoreError, Value};

struct Migration {
    number: i64,
    common: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, common: include_str!("../migrations/0001_base.sql"), sqlite: "", postgres: "" },
    Migration { number: 2, common: include_str!("../migrations/0002_log.sql"), sqlite: "", postgres: "" },
    Migration { number: 3, common: include_str!("../migrations/0003_users.sql"), sqlite: "", postgres: "" },
    Migration {
        number: 4,
        common: include_str!("../migrations/0004_bodies.sql"),
        sqlite: include_str!("../migrations/0004_bodies.sqlite.sql"),
        postgres: include_str!("../migrations/0004_bodies.postgres.sql"),
    },
    Migration { number: 5, common: include_str!("../migrations/0005_windows.sql"), sqlite: "", postgres: "" },
    Migration { number: 6, common: include_str!("../migrations/0006_kinds.sql"), sqlite: "", postgres: "" },
    Migration {
        number: 7,
        common: include_str!("../migrations/0007_responses.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration {
        number: 8,
        common: include_str!("../migrations/0008_decisions.sql"),
        sqlite: "",
        postgres: "",
    },
    Migration { number: 9, common: include_str!("../migrations/0009_grades.sql"), sqlite: "", postgres: "" },
    Migration { number: 10, common: include_str!("../migrations/0010_alerts.sql"), sqlite: "", postgres: "" },
];

/// Holds off other nodes that start at the same time; any number will do, if it is always the same.
const LOCK: i64 = 0x5759_4500;

/// Brings the database up to date. Each migration is one transaction: half of one is never there.
pub(crate) async fn run(db: &Db) -> Result<(), StoreError> {
    let known = MIGRATIONS.last().map_or(0, |m| m.number);
    begin(db).await?;
    let found = last(db).await?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().filter(|m| m.number > found) {
        one(db, migration).await?;
        tracing::debug!(number = migration.number, database = db.name(), "migrated");
    }
    if found < known {
        tracing::info!(from = found, to = known, "the database ({}) was brought up to date", db.name());
    }
    Ok(())
}

/// Whether there is anything of ours in the database.
pub(crate) async fn found(db: &Db) -> Result<bool, StoreError> {
    let known = MIGRATIONS.last().map_or(0, |m| m.number);
    match last(db).await {
        Ok(found) if found > known => Err(StoreError::Newer { found, known }),
        Ok(found) => Ok(found > 0),
        // There is no table of migrations.
        Err(StoreError::Broken(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

async fn last(db: &Db) -> Result<i64, StoreError> {
    let rows = db.rows_of_any("SELECT COALESCE(MAX(number), 0) FROM migrations", Vec::new()).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

async fn one(db: &Db, migration: &Migration) -> Result<(), StoreError> {
    let Migration { number, common, sqlite, postgres } = migration;
    let mark = "INSERT INTO migrations (number, at_text) VALUES (";
    match db {
        Db::Sqlite(_) => {
            let texts = format!("{common}{sqlite}");
            let mut statements: Vec<Statement> =
                parts(&texts).into_iter().map(|sql| Statement::new(sql, [])).collect();
            statements.push(Statement::new(
                "INSERT INTO migrations (number, at_text) VALUES (?, CURRENT_TIMESTAMP)",
                [Value::Int(*number)],
            ));
            match db.change_any(statements).await {
                // Another process made the same step.
                Err(StoreError::Taken) => Ok(()),
                other => other.map(drop),
            }
        }
        Db::Postgres(server) => {
            let common = in_postgres(common);
            // Several nodes may start at once: the second waits, and finds the step made.
            server
                .script(&format!(
                    "BEGIN; SELECT pg_advisory_xact_lock({LOCK});
                     DO $do$ BEGIN
                     IF NOT EXISTS (SELECT 1 FROM migrations WHERE number = {number}) THEN
                     {common}{postgres}
                     {mark}{number}, CURRENT_TIMESTAMP::text);
                     END IF; END $do$; COMMIT;"
                ))
                .await
        }
    }
}

/// Column types and options in PostgreSQL's words.
fn in_postgres(sql: &str) -> String {
    let words = [
        (" INTEGER", " BIGINT"),
        (" BLOB", " BYTEA"),
        (" REAL", " DOUBLE PRECISION"),
        (" WITHOUT ROWID", ""),
    ];
    words.iter().fold(sql.to_owned(), |sql, (ours, theirs)| sql.replace(ours, theirs))
}

/// The table that tells which migrations were made.
async fn begin(db: &Db) -> Result<(), StoreError> {
    let sql = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, at_text TEXT NOT NULL)";
    match db {
        Db::Sqlite(_) => db.change_any(vec![Statement::new(sql, [])]).await.map(drop),
        Db::Postgres(server) => {
            server.script(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}); {sql}; COMMIT;")).await
        }
    }
}

/// The statements of a file. Ours hold no semicolons but those between statements, comments aside.
fn parts(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let bare = lines.collect::<Vec<_>>().join("\n");
    bare.split(';').filter(|sql| !sql.trim().is_empty()).map(str::to_owned).collect()
}
