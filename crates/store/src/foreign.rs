//! Reads tables of another program's SQLite file, for an import. The file is not ours, so it is only read.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

/// The tables of GopherGate's database that hold configuration, and how each is read.
const GOPHER_GATE: &[(&str, &str)] = &[
    ("provider_configs", "SELECT * FROM provider_configs"),
    ("model_configs", "SELECT * FROM model_configs"),
    ("model_groups", "SELECT * FROM model_groups"),
    ("clients", "SELECT * FROM clients"),
    ("client_tokens", "SELECT * FROM client_tokens"),
];

/// How many rows of a table are read at most: configuration is written by people.
const MOST_ROWS: usize = 100_000;

/// A table of another program's: every value as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The table's name.
    pub table: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, in which `None` is NULL, or bytes that are no text.
    pub rows: Vec<Vec<Option<String>>>,
}

/// The configuration in GopherGate's database. Tables that are not there are left out.
///
/// # Errors
/// Why the file cannot be read, in words for who named it.
pub fn gopher_gate(file: &Path) -> Result<Vec<Foreign>, String> {
    // Without a lock on the file that its own program could run into for long: one reader, one moment.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| why(&error))?;
    let mut tables = Vec::new();
    for (table, select) in GOPHER_GATE {
        if connection.table_exists(None, *table).map_err(|error| why(&error))? {
            let table = read(&connection, table, select).map_err(|error| why(&error))?;
            if table.rows.len() > MOST_ROWS {
                return Err(format!("its table {} has more than {MOST_ROWS} rows", table.table));
            }
            tables.push(table);
        }
    }
    if tables.is_empty() {
        return Err("none of GopherGate's tables is in this database".to_owned());
    }
    Ok(tables)
}

fn read(connection: &Connection, table: &str, select: &str) -> rusqlite::Result<Foreign> {
    let mut statement = connection.prepare(select)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push((0..columns.len()).map(|at| row.get_ref(at).map(text)).collect::<Result<_, _>>()?);
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    Ok(Foreign { table: table.to_owned(), columns, rows })
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8(bytes.to_vec()).ok(),
    }
}

fn why(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is no SQLite database, or an encrypted one".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "it is locked; stop the program that uses it, or give a copy".to_owned()
        }
        _ => format!("it cannot be read: {error}"),
    }
}
