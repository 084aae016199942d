//! The two databases behind one face.

use std::borrow::Cow;

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

/// A database.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file of this machine.
    Sqlite(Sqlite),
    /// A server.
    Postgres(Postgres),
}

impl Db {
    /// Opens the file (made if it is not there) and brings it up to date.
    ///
    /// # Errors
    /// If it cannot be opened, is not ours, or is newer than this program.
    pub async fn sqlite(path: &std::path::Path) -> Result<Self, StoreError> {
        let db = Self::Sqlite(Sqlite::open(path).await?);
        migrate::run(&db).await?;
        Ok(db)
    }

    /// Connects to a server (`postgres://…`) and brings the database up to date.
    ///
    /// # Errors
    /// If it cannot be reached, is not ours, or is newer than this program.
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        let db = Self::Postgres(Postgres::connect(url).await?);
        migrate::run(&db).await?;
        Ok(db)
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
        let asked = Statement::new(sql, args);
        match self {
            Self::Sqlite(db) => db.rows(asked).await,
            Self::Postgres(db) => db.rows(asked).await,
        }
    }

    /// Changes something: all of the statements or none. Gives how many rows each touched.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::Taken`] if somebody else was first; nothing is changed then.
    pub async fn change(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        match self {
            Self::Sqlite(db) => db.change(statements).await,
            Self::Postgres(db) => db.change(statements).await,
        }
    }
}
