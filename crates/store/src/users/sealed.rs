//! Sealed secrets that are the program's own. Their names begin with `!`, so that no secret of an operator can be one.

use super::{Users, time};
use crate::{Statement, StoreError};

impl Users {
    /// What is sealed under this name.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn sealed(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.db.rows("SELECT sealed FROM secrets WHERE name = ?", vec![name.into()]).await?;
        rows.first().map(|row| row.blob(0).map(<[u8]>::to_vec)).transpose()
    }

    /// Keeps what is sealed under this name, unless something is there already.
    ///
    /// # Errors
    /// If the database cannot.
    pub async fn add_sealed(&self, name: &str, sealed: &[u8], at_ms: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO secrets (name, sealed, hint, at_ms) VALUES (?, ?, '', ?)";
        let add = Statement::new(sql, [name.into(), sealed.to_vec().into(), time(at_ms)]);
        match self.db.change(vec![add]).await {
            // Another node was first.
            Ok(_) | Err(StoreError::Taken) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
