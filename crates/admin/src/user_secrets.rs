//! What is sealed for users: the signing secret and the secrets of second factors. Stands in until the one table of
//! secrets is there, whose methods have the same names.

use std::sync::Arc;

use wye_store::vault::{Vault, VaultError};
use wye_store::{Db, Statement, StoreError};
use wye_types::{Clock, Secret};

use crate::AuthError;

/// Sealed secrets by name.
pub struct Secrets {
    db: Db,
    vault: Option<Vault>,
    clock: Arc<dyn Clock>,
}

impl Secrets {
    /// The secrets of a database; without a vault they can only be removed.
    #[must_use]
    pub fn new(db: Db, vault: Option<Vault>, clock: Arc<dyn Clock>) -> Self {
        Self { db, vault, clock }
    }

    fn vault(&self) -> Result<&Vault, AuthError> {
        self.vault.as_ref().ok_or(AuthError::Vault(VaultError::WrongKey))
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<Secret>, AuthError> {
        let rows = self.db.rows("SELECT sealed FROM secrets WHERE name = ?", vec![name.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let bytes = self.vault()?.open(name, row.blob(0)?)?;
        String::from_utf8(bytes).map(|text| Some(Secret::new(text))).map_err(|_| VaultError::NotSealed.into())
    }

    pub(crate) async fn set(&self, name: &str, secret: &Secret) -> Result<(), AuthError> {
        let sealed = self.vault()?.seal(name, secret.expose().as_bytes())?;
        let at_ms = i64::try_from(self.clock.unix_ms()).unwrap_or(i64::MAX);
        let sql = "INSERT INTO secrets (name, sealed, hint, at_ms) VALUES (?, ?, '', ?)";
        self.db.change(vec![Statement::new(sql, [name.into(), sealed.into(), at_ms.into()])]).await?;
        Ok(())
    }

    pub(crate) async fn get_or_set(&self, name: &str, secret: &Secret) -> Result<Secret, AuthError> {
        if let Some(there) = self.get(name).await? {
            return Ok(there);
        }
        match self.set(name, secret).await {
            Ok(()) => Ok(secret.clone()),
            // Another node was first.
            Err(AuthError::Store(StoreError::Taken)) => {
                self.get(name).await?.ok_or(AuthError::Vault(VaultError::NotSealed))
            }
            Err(other) => Err(other),
        }
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<(), AuthError> {
        self.db.change(vec![Statement::new("DELETE FROM secrets WHERE name = ?", [name.into()])]).await?;
        Ok(())
    }
}
