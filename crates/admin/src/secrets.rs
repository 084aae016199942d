//! Secrets at rest, opened and sealed under the master key that holds now.
//!
//! The master key may be replaced while this runs, by a command in another process. So it is not kept but asked for
//! again when what is in the database no longer opens under it, and nothing is ever sealed under a key that was replaced:
//! every change says under which key it was made.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use wye_store::sealed::{AllSealed, Seal, Sealed, SealedTable};
use wye_store::vault::{Vault, VaultError};
use wye_store::{Db, StoreError};
use wye_types::{Clock, Secret};

/// What is sealed to notice a wrong key.
const CHECK: (&str, &[u8]) = ("!check", b"wye");
/// How often a change is tried that others come before. Each time somebody else has succeeded.
pub(crate) const TRIES: usize = 16;

/// Gives the master keys that may be the right one, the likeliest first. Asked again when none of them was.
pub type MasterKeys = Arc<dyn Fn() -> Vec<Secret> + Send + Sync>;

/// Why a secret cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsError {
    /// The database.
    Store(StoreError),
    /// The master key, or what was sealed.
    Vault(VaultError),
}

impl From<StoreError> for SecretsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VaultError> for SecretsError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Vault(VaultError::WrongKey) => f.write_str(
                "the secrets in the database were sealed under another master key; give the one they were sealed \
                 under (WYE_MASTER_KEY, or the file master.key in the data folder, which the other nodes have too)",
            ),
            Self::Vault(VaultError::NoKey) => f.write_str(
                "there is no master key, but the database holds secrets that were sealed under one; give it \
                 (WYE_MASTER_KEY, or the file master.key in the data folder, from your backup or another node)",
            ),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SecretsError {}

/// Whether a name belongs to the gateway itself: no configuration names it, nobody lists it.
#[must_use]
pub fn is_internal(name: &str) -> bool {
    name.starts_with('!') || name.starts_with("totp/")
}

/// The end of a secret, for people to recognise it by; nothing of one so short that its end would tell too much.
#[must_use]
pub fn hint(secret: &Secret) -> String {
    const SHOWN: usize = 4;
    let text: Vec<char> = secret.expose().chars().collect();
    let end = if text.len() >= SHOWN * 4 { &text[text.len() - SHOWN..] } else { &[] };
    std::iter::once('…').chain(end.iter().copied()).collect()
}

/// The secrets of a database.
pub struct Secrets {
    table: SealedTable,
    keys: MasterKeys,
    clock: Arc<dyn Clock>,
    /// Has the key that was right last.
    vault: Arc<Vault>,
    /// What it was right for.
    check: Mutex<Option<Vec<u8>>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// The secrets of a database, of which nothing is read yet.
    #[must_use]
    pub fn new(db: Db, keys: MasterKeys, clock: Arc<dyn Clock>) -> Self {
        let vault = Arc::new(Vault::shut());
        Self { table: SealedTable::new(db), keys, clock, vault, check: Mutex::default() }
    }

    /// The vault. It has a key from [`Secrets::unlock`] on, and the one that replaces it as soon as that is noticed.
    #[must_use]
    pub const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// The table they stand in.
    #[must_use]
    pub const fn table(&self) -> &SealedTable {
        &self.table
    }

    /// Proves that the master key is right. The first key a database meets becomes its key.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] or [`VaultError::NoKey`], or if the database cannot answer.
    pub async fn unlock(&self) -> Result<(), SecretsError> {
        self.unlocked().await.map(drop)
    }

    /// A secret.
    ///
    /// # Errors
    /// If it cannot be read or opened.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        self.unlocked().await?;
        match self.table.get(name).await? {
            None => Ok(None),
            Some(sealed) => Ok(Some(open(&self.vault, name, &sealed)?)),
        }
    }

    /// Sets a secret.
    ///
    /// # Errors
    /// If it cannot be sealed or written.
    pub async fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretsError> {
        self.change(&[(name, Some(secret))]).await
    }

    /// Sets a secret unless there is one; gives the one that stands. Of several nodes at once one sets it.
    ///
    /// # Errors
    /// If it cannot be sealed or written.
    pub async fn get_or_set(&self, name: &str, secret: &Secret) -> Result<Secret, SecretsError> {
        for _ in 0..TRIES {
            let seal = self.unlocked().await?;
            if let Some(sealed) = self.table.get(name).await? {
                return Ok(open(&self.vault, name, &sealed)?);
            }
            let sealed = self.seal(name, secret)?;
            match self.table.change(&seal, &[(name.to_owned(), Some(sealed))]).await {
                Ok(_) => return Ok(secret.clone()),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Removes a secret, if it is there.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn remove(&self, name: &str) -> Result<(), SecretsError> {
        self.change(&[(name, None)]).await
    }

    /// Removes a secret if the newest version of the configuration is still this one. Gives whether it is removed.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn remove_at(&self, name: &str, version: i64) -> Result<bool, SecretsError> {
        let seal = self.unlocked().await?;
        match self.table.remove_at(&seal, name, version).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// Sets and removes secrets, all of them or none.
    ///
    /// # Errors
    /// If they cannot be sealed or written.
    pub async fn change(&self, edits: &[(&str, Option<&Secret>)]) -> Result<(), SecretsError> {
        for _ in 0..TRIES {
            let seal = self.unlocked().await?;
            let mut sealed = Vec::with_capacity(edits.len());
            for (name, secret) in edits {
                let secret = secret.map(|secret| self.seal(name, secret)).transpose()?;
                sealed.push(((*name).to_owned(), secret));
            }
            match self.table.change(&seal, &sealed).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other.map(drop)?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Puts sealed secrets in as they are. They must open under the master key that holds.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] if one does not; nothing is changed then.
    pub async fn put_sealed(&self, all: &AllSealed) -> Result<(), SecretsError> {
        for _ in 0..TRIES {
            let seal = self.unlocked().await?;
            for (name, sealed) in all {
                open(&self.vault, name, sealed)?;
            }
            let edits: Vec<_> =
                all.iter().map(|(name, sealed)| (name.clone(), Some(sealed.clone()))).collect();
            match self.table.change(&seal, &edits).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other.map(drop)?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// All that configuration may name: sealed, opened, and what the table was like at that moment.
    ///
    /// # Errors
    /// If one cannot be read or opened.
    pub async fn of_configuration(&self) -> Result<(Seal, AllSealed, Opened), SecretsError> {
        for _ in 0..TRIES {
            let unlocked = self.unlocked().await?;
            let (seal, mut all) = self.table.all().await?;
            // Between the two questions the key may have been replaced.
            let Some(seal) = seal.filter(|seal| seal.check == unlocked.check) else { continue };
            all.retain(|name, _| !is_internal(name));
            let opened = open_all(&self.vault, &all)?;
            return Ok((seal, all, opened));
        }
        Err(StoreError::Conflict.into())
    }

    /// Opens what another process kept, without the database. `None` if no master key opens `check`.
    #[must_use]
    pub fn open_kept(&self, check: &[u8], all: &AllSealed) -> Option<Opened> {
        let key = (self.keys)().into_iter().find(|key| is_key_of(key, check))?;
        open_all(&Vault::new(&key), all).ok()
    }

    /// Seals everything anew under another master key, in one step: until it is done the old key holds, from then on
    /// the new one. Gives how many secrets there were.
    ///
    /// # Errors
    /// If something cannot be opened under the old key, or written; nothing is changed then.
    pub async fn rotate(&self, master: &Secret) -> Result<usize, SecretsError> {
        let new = Vault::new(master);
        for _ in 0..TRIES {
            let unlocked = self.unlocked().await?;
            let (seal, all) = self.table.all().await?;
            let Some(seal) = seal.filter(|seal| seal.check == unlocked.check) else { continue };
            let mut anew = Vec::with_capacity(all.len());
            for (name, Sealed { blob, .. }) in all {
                let becomes = match self.vault.open(&name, &blob) {
                    Ok(bytes) => new.seal(&name, &bytes)?,
                    // A second factor that was begun at the very moment of an earlier replacement: it was never of use.
                    Err(VaultError::WrongKey) if is_internal(&name) => blob.clone(),
                    Err(other) => return Err(other.into()),
                };
                anew.push((name, blob, becomes));
            }
            let check = new.seal(CHECK.0, CHECK.1)?;
            match self.table.replace(&seal, check, &anew).await {
                Ok(_) => return Ok(anew.len()),
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// What the table is like; the vault has the key that holds.
    async fn unlocked(&self) -> Result<Seal, SecretsError> {
        let seal = match self.table.seal().await? {
            Some(seal) => seal,
            None => {
                let first = (self.keys)().into_iter().next().ok_or(VaultError::NoKey)?;
                self.table.begin(Vault::new(&first).seal(CHECK.0, CHECK.1)?).await?
            }
        };
        let known = |check: &Option<Vec<u8>>| check.as_deref() == Some(&seal.check[..]);
        if known(&self.check.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(seal);
        }
        let keys = (self.keys)();
        let none = keys.is_empty();
        let right = keys.into_iter().find(|key| is_key_of(key, &seal.check));
        let key = right.ok_or(if none { VaultError::NoKey } else { VaultError::WrongKey })?;
        self.vault.set_key(&key);
        *self.check.lock().unwrap_or_else(PoisonError::into_inner) = Some(seal.check.clone());
        Ok(seal)
    }

    fn seal(&self, name: &str, secret: &Secret) -> Result<Sealed, VaultError> {
        let blob = self.vault.seal(name, secret.expose().as_bytes())?;
        Ok(Sealed { blob, hint: hint(secret), at_ms: self.clock.unix_ms() })
    }
}

/// Secrets by name.
pub type Opened = BTreeMap<String, Secret>;

/// Whether a key is the one under which this check was sealed.
#[must_use]
pub fn is_key_of(master: &Secret, check: &[u8]) -> bool {
    Vault::new(master).open(CHECK.0, check).is_ok_and(|bytes| bytes == CHECK.1)
}

fn open(vault: &Vault, name: &str, sealed: &Sealed) -> Result<Secret, VaultError> {
    let bytes = vault.open(name, &sealed.blob)?;
    String::from_utf8(bytes).map(Secret::new).map_err(|_| VaultError::NotSealed)
}

fn open_all(vault: &Vault, all: &AllSealed) -> Result<Opened, VaultError> {
    all.iter().map(|(name, sealed)| Ok((name.clone(), open(vault, name, sealed)?))).collect()
}
