//! Another program's database is read as its script made it, and nothing of it is changed.

use rusqlite::Connection;
use wye_store::foreign::{Foreign, gopher_gate};

use crate::databases::folder;

/// The script from which the import's own tests are written, too.
const SCRIPT: &str = include_str!("../../../import/tests/example/gophergate.sql");

fn column<'t>(tables: &'t [Foreign], table: &str, column: &str) -> Vec<Option<&'t str>> {
    let table = tables.iter().find(|t| t.table == table).unwrap();
    let at = table.columns.iter().position(|c| c == column).unwrap();
    table.rows.iter().map(|row| row[at].as_deref()).collect()
}

#[test]
fn tables_of_configuration_are_read_as_texts_and_no_others() {
    let folder = folder();
    let file = folder.0.join("llm_proxy.db");
    Connection::open(&file).unwrap().execute_batch(SCRIPT).unwrap();
    let before = std::fs::read(&file).unwrap();
    let tables = gopher_gate(&file).unwrap();
    let names: Vec<&str> = tables.iter().map(|t| t.table.as_str()).collect();
    assert_eq!(names, ["provider_configs", "model_configs", "model_groups", "clients", "client_tokens"]);
    assert_eq!(column(&tables, "provider_configs", "credit_balance"), [Some("5.5"), None, None, None]);
    assert_eq!(column(&tables, "clients", "rate_limit_per_minute"), [Some("60"), None]);
    assert_eq!(column(&tables, "client_tokens", "token"), [Some("hush-alice"), Some("hush-bob")]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn bytes_and_tables_that_are_missing_do_no_harm() {
    let folder = folder();
    let file = folder.0.join("llm_proxy.db");
    let script = "CREATE TABLE clients (name); INSERT INTO clients VALUES (x'ff00'), (x'41'), (1.5);";
    Connection::open(&file).unwrap().execute_batch(script).unwrap();
    let tables = gopher_gate(&file).unwrap();
    assert_eq!(tables.len(), 1);
    assert_eq!(column(&tables, "clients", "name"), [None, Some("A"), Some("1.5")]);
}

#[test]
fn what_is_no_database_of_gopher_gate_is_refused() {
    let folder = folder();
    let file = folder.0.join("some.db");
    assert!(gopher_gate(&file).unwrap_err().starts_with("it cannot be read: "));
    assert!(!file.exists());
    std::fs::write(&file, "no database at all, but long enough to have had a header of one").unwrap();
    assert_eq!(gopher_gate(&file).unwrap_err(), "it is no SQLite database, or an encrypted one");
    std::fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE other (a)").unwrap();
    assert_eq!(gopher_gate(&file).unwrap_err(), "none of GopherGate's tables is in this database");
}
