//! SQLite: one thread writes, in batches that share a commit; one carries them into the file; a few connections read.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Budget, Gate, Space, Statement};
use crate::{Row, StoreError, Value};

mod checkpoint;
mod writer;

use checkpoint::Checkpoints;
use writer::{Change, Work};

/// Changes that wait for the writer. Who finds the queue full waits in line.
const QUEUE: usize = 1024;
/// Readers at a time. Reads do not wait for the writer, nor it for them (WAL).
const READERS: usize = 4;

/// An SQLite file. Clones share it.
#[derive(Debug, Clone)]
pub struct Sqlite {
    writer: mpsc::Sender<Change>,
    readers: Arc<Readers>,
    checkpoints: Checkpoints,
    pub(super) gate: Gate,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    file: OnceLock<(u64, u64)>,
    idle: Mutex<Vec<Opened>>,
    places: Semaphore,
}

impl Sqlite {
    /// The file is opened, and made if it is not there, when something is written for the first time.
    pub(super) fn later(path: &Path) -> Result<Self, StoreError> {
        let (writer, changes) = mpsc::channel(QUEUE);
        let checkpoints = Checkpoints::start(path)?;
        let (written, behind) = (path.to_owned(), checkpoints.clone());
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer::write(&written, changes, &behind))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let readers = Readers {
            path: path.to_owned(),
            file: OnceLock::new(),
            idle: Mutex::new(Vec::new()),
            places: Semaphore::new(READERS),
        };
        Ok(Self { writer, readers: Arc::new(readers), checkpoints, gate: Gate::default() })
    }

    pub(super) async fn change(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        self.work(Work::Statements(statements)).await
    }

    pub(super) async fn change_some(
        &self,
        changes: Vec<Vec<Statement>>,
        budget: Budget,
    ) -> Result<Vec<u64>, StoreError> {
        self.work(Work::Some(changes, budget)).await
    }

    pub(super) async fn shrink(&self, pages: u32, budget: Budget) -> Result<Option<Space>, StoreError> {
        match self.work(Work::Shrink(pages, budget)).await?[..] {
            [free, all] => Ok(Some(Space { free, all })),
            _ => Ok(None),
        }
    }

    pub(super) async fn settled(&self) -> bool {
        self.checkpoints.settled().await
    }

    async fn work(&self, work: Work) -> Result<Vec<u64>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unavailable("its writer has stopped".to_owned());
        self.writer.send(Change { work, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) async fn rows(&self, asked: Statement) -> Result<Vec<Row>, StoreError> {
        let readers = Arc::clone(&self.readers);
        let _place = self.readers.places.acquire().await.map_err(|e| StoreError::Broken(e.to_string()))?;
        blocking(move || {
            let reader = readers.take()?;
            // All of them read the file that the first one did.
            if *readers.file.get_or_init(|| reader.file) != reader.file {
                return Err(gone());
            }
            if let Err(error) = reader.check(&readers.path) {
                readers.give_back(reader);
                return Err(error);
            }
            let rows = read(&reader.connection, &asked);
            readers.give_back(reader);
            rows
        })
        .await
    }
}

impl Readers {
    fn take(&self) -> Result<Opened, StoreError> {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|e| failed(&e))?;
        connection
            .execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;")
            .map_err(|e| failed(&e))?;
        Opened::of(connection, &self.path)
    }

    fn give_back(&self, reader: Opened) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }
}

/// A connection, and which file it has open.
#[derive(Debug)]
struct Opened {
    connection: Connection,
    file: (u64, u64),
}

impl Opened {
    fn of(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let file = identity(path).ok_or_else(gone)?;
        Ok(Self { connection, file })
    }

    /// Whether the name still leads to this file. A file that was removed can be read and written as before, and
    /// everything is lost with the process.
    fn check(&self, path: &Path) -> Result<(), StoreError> {
        if identity(path) == Some(self.file) { Ok(()) } else { Err(gone()) }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

fn gone() -> StoreError {
    StoreError::Unavailable(
        "its file is gone or was replaced; put it back, or start anew with what is there".to_owned(),
    )
}

fn read(connection: &Connection, asked: &Statement) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(&asked.sql).map_err(|e| failed(&e))?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(asked.args.iter().map(bind))).map_err(|e| failed(&e))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(|e| failed(&e))? {
        let values = (0..columns).map(|at| row.get_ref(at).map(value)).collect::<Result<_, _>>();
        out.push(Row(values.map_err(|e| failed(&e))?));
    }
    Ok(out)
}

fn bind(value: &Value) -> rusqlite::types::ToSqlOutput<'_> {
    use rusqlite::types::ToSqlOutput;
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Int(n) => ValueRef::Integer(*n),
        Value::Real(n) => ValueRef::Real(*n),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

fn failed(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error() {
        Some(inner) => match inner.code {
            ErrorCode::ConstraintViolation => StoreError::Taken,
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Broken(error.to_string()),
        },
        None => StoreError::Broken(error.to_string()),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
