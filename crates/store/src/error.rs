//! Why the store could not do something.

use std::fmt;

/// Why the store could not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The database cannot be reached, is locked or is out of space: it may work later.
    Unavailable(String),
    /// There is no such database, or not for this user: its address has to be put right.
    Address(String),
    /// Somebody else changed the same thing first.
    Conflict,
    /// Something of this name is there already.
    Taken,
    /// The database was written by a newer version: it knows so many migrations, this program fewer.
    Newer {
        /// The database's last migration.
        found: i64,
        /// This program's last migration.
        known: i64,
    },
    /// What stands in the database is not what belongs there, or a statement is wrong: a fault of ours.
    Broken(String),
}

impl StoreError {
    /// Whether the database could be asked, and refused what it was given: to give it the same again is of no use.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        matches!(self, Self::Taken | Self::Broken(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the database is unavailable: {why}"),
            Self::Address(why) => write!(f, "the database's address (DATABASE_URL) is of no use: {why}"),
            Self::Conflict => f.write_str("it was changed by somebody else in the meantime"),
            Self::Taken => f.write_str("something of this name is there already"),
            Self::Newer { found, known } => write!(
                f,
                "the database is at migration {found}, this program knows only {known}; start a newer wye, or restore \
                 the backup from before the upgrade"
            ),
            Self::Broken(why) => write!(f, "the store is broken: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
