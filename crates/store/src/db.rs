//! The two databases behind one face.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wye_types::Clock;

use crate::migrate;
use crate::{Row, StoreError, Value};

mod postgres;
mod sqlite;

pub use postgres::Postgres;
pub use sqlite::Sqlite;

/// A statement and its values. Places are written `?` for both databases.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) args: Vec<Value>,
    pub(crate) expect: Option<u64>,
}

impl Statement {
    /// A statement.
    #[must_use]
    pub fn new(sql: impl Into<Cow<'static, str>>, args: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), args: args.into_iter().collect(), expect: None }
    }

    /// It must touch exactly so many rows; otherwise the whole change is undone and fails with
    /// [`StoreError::Conflict`].
    #[must_use]
    pub const fn expecting(mut self, rows: u64) -> Self {
        self.expect = Some(rows);
        self
    }
}

/// How long a step may keep the writer, by a clock.
#[derive(Clone)]
pub struct Budget {
    clock: Arc<dyn Clock>,
    time: Duration,
}

impl Budget {
    /// So long.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, time: Duration) -> Self {
        Self { clock, time }
    }

    /// When it is used up, of a step that begins now.
    fn end(&self) -> Duration {
        self.clock.mono().saturating_add(self.time)
    }

    fn is_over(&self, end: Duration) -> bool {
        self.clock.mono() >= end
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("time", &self.time).finish_non_exhaustive()
    }
}

/// A database.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file of this machine.
    Sqlite(Sqlite),
    /// A server.
    Postgres(Postgres),
}

/// Room in a database's file, in pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Space {
    /// Pages in which nothing stands.
    pub free: u64,
    /// All of them.
    pub all: u64,
}

/// Shut until the tables are those of this program: nothing is asked of a database whose shape is not known.
#[derive(Debug, Clone, Default)]
struct Gate(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: AtomicBool,
    /// Why it could not be opened when that was tried last.
    why: Mutex<Option<StoreError>>,
}

impl Gate {
    fn is_open(&self) -> bool {
        self.0.open.load(Ordering::Acquire)
    }

    fn pass(&self) -> Result<(), StoreError> {
        if self.is_open() {
            return Ok(());
        }
        let why = self.0.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(why.unwrap_or_else(|| StoreError::Unavailable("it has not been opened yet".to_owned())))
    }

    /// Opens it, or keeps it as it is and notes why.
    fn set<T>(&self, result: &Result<T, StoreError>, open: bool) {
        *self.0.why.lock().unwrap_or_else(PoisonError::into_inner) = result.as_ref().err().cloned();
        if result.is_ok() {
            self.0.open.store(open, Ordering::Release);
        }
    }
}

impl Db {
    /// Opens the file (made if it is not there) and brings it up to date.
    ///
    /// # Errors
    /// If it cannot be opened, is not ours, or is newer than this program.
    pub async fn sqlite(path: &std::path::Path) -> Result<Self, StoreError> {
        let db = Self::sqlite_later(path)?;
        db.bring_up().await?;
        Ok(db)
    }

    /// Connects to a server (`postgres://…`) and brings the database up to date.
    ///
    /// # Errors
    /// If it cannot be reached, is not ours, or is newer than this program.
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        let db = Self::postgres_later(url)?;
        db.bring_up().await?;
        Ok(db)
    }

    /// A file that [`Db::bring_up`] opens; until then it is unavailable.
    ///
    /// # Errors
    /// If the system gives no thread to write with.
    pub fn sqlite_later(path: &std::path::Path) -> Result<Self, StoreError> {
        Sqlite::later(path).map(Self::Sqlite)
    }

    /// A server that [`Db::bring_up`] connects to; until then it is unavailable.
    ///
    /// # Errors
    /// [`StoreError::Address`] if that is no address.
    pub fn postgres_later(url: &str) -> Result<Self, StoreError> {
        Postgres::later(url).map(Self::Postgres)
    }

    /// Opens the database and brings it up to date. May be tried again while it is [`StoreError::Unavailable`].
    ///
    /// # Errors
    /// If it cannot be opened, is not ours, or is newer than this program.
    pub async fn bring_up(&self) -> Result<(), StoreError> {
        let result = migrate::run(self).await;
        self.gate().set(&result, true);
        result
    }

    /// Opens the database as it is, to read from it: nothing is brought up to date. Gives whether there is anything of
    /// ours in it.
    ///
    /// # Errors
    /// If it cannot be opened, or is newer than this program.
    pub async fn look(&self) -> Result<bool, StoreError> {
        let ours = migrate::found(self).await;
        self.gate().set(&ours, matches!(ours, Ok(true)));
        ours
    }

    /// Whether it has been opened. It may still be out of reach now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.gate().is_open()
    }

    const fn gate(&self) -> &Gate {
        match self {
            Self::Sqlite(db) => &db.gate,
            Self::Postgres(db) => &db.gate,
        }
    }

    /// Which of the two it is.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn rows(
        &self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.gate().pass()?;
        self.rows_of_any(sql, args).await
    }

    /// Changes something: all of the statements or none. Gives how many rows each touched.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::Taken`] if somebody else was first; nothing is changed then.
    pub async fn change(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        self.gate().pass()?;
        self.change_any(statements).await
    }

    /// Makes changes one after the other, each whole or not at all, until all are made or the time is over; at least one.
    /// Those that were made stand together. Gives of each how many rows its last statement touched.
    ///
    /// It is the writer itself that looks at the time: what a change costs is known only when it is made, since one page is
    /// in memory and the next must be fetched from the disk.
    ///
    /// # Errors
    /// If the database cannot be changed; none is made then.
    pub async fn change_some(
        &self,
        changes: Vec<Vec<Statement>>,
        budget: &Budget,
    ) -> Result<Vec<u64>, StoreError> {
        self.gate().pass()?;
        match self {
            Self::Sqlite(db) => db.change_some(changes, budget.clone()).await,
            Self::Postgres(db) => db.change_some(changes, budget).await,
        }
    }

    /// Gives free pages of a file back to the system, at most so many and as time allows, and tells what room it has then.
    /// `None`: it cannot, because it was made by an older version. A server sees to its files by itself and has nothing free.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn shrink(&self, pages: u32, budget: &Budget) -> Result<Option<Space>, StoreError> {
        self.gate().pass()?;
        match self {
            Self::Sqlite(db) => db.shrink(pages, budget.clone()).await,
            Self::Postgres(_) => Ok(Some(Space::default())),
        }
    }

    /// Waits until what was written is where it stays, if there is so much of it that more would be in the way of others.
    /// Who changes much in many steps waits between them. `false`: somebody still reads what was before, and it is getting
    /// so much that soon everybody would have to wait. A server sees to it by itself.
    pub async fn settled(&self) -> bool {
        match self {
            Self::Sqlite(db) => db.settled().await,
            Self::Postgres(_) => true,
        }
    }

    /// Asks a database that may be of any shape.
    pub(crate) async fn rows_of_any(
        &self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let asked = Statement::new(sql, args);
        match self {
            Self::Sqlite(db) => db.rows(asked).await,
            Self::Postgres(db) => db.rows(asked).await,
        }
    }

    /// Changes a database that may be of any shape.
    pub(crate) async fn change_any(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        match self {
            Self::Sqlite(db) => db.change(statements).await,
            Self::Postgres(db) => db.change(statements).await,
        }
    }
}
