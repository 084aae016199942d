//! The table of sealed secrets. It never sees what is in them.
//!
//! One row of `meta` tells how often the table was changed and holds something sealed under the master key, by which a
//! wrong key is noticed. Every change replaces that row, on the condition that it is still the one its author saw: so
//! nobody seals under a key that was replaced meanwhile, and other nodes see by this row alone that there is news.

use std::collections::BTreeMap;

use crate::{Db, Row, Statement, StoreError, Value};

/// The name of the row of `meta`.
const ROW: &str = "vault";

/// What the table is like: compare it to see whether anything was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// How often the table was changed.
    pub changes: u64,
    /// Something sealed under the master key that holds.
    pub check: Vec<u8>,
}

impl Seal {
    /// What a change of something that names secrets begins with: it conflicts if the table is not as it was seen, and
    /// holds off whoever changes it.
    pub(crate) fn still_stands(&self) -> Statement {
        let sql = "UPDATE meta SET value = value WHERE name = ? AND value = ?";
        Statement::new(sql, [ROW.into(), self.text().into()]).expecting(1)
    }

    /// As it stands in the row.
    fn text(&self) -> String {
        format!("{} {}", self.changes, hex(&self.check))
    }

    /// From the row.
    fn read(text: &str) -> Result<Self, StoreError> {
        let parts =
            text.split_once(' ').and_then(|(changes, check)| Some((changes.parse().ok()?, unhex(check)?)));
        let (changes, check) =
            parts.ok_or_else(|| StoreError::Broken("the vault's check is not one".to_owned()))?;
        Ok(Self { changes, check })
    }
}

/// A sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What was sealed.
    pub blob: Vec<u8>,
    /// Its end, for people to recognise it by.
    pub hint: String,
    /// When it was set, in Unix milliseconds.
    pub at_ms: u64,
}

/// Sealed secrets by name.
pub type AllSealed = BTreeMap<String, Sealed>;

/// The table.
#[derive(Debug, Clone)]
pub struct SealedTable {
    db: Db,
}

impl SealedTable {
    /// The table of a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// What the table is like; `None` before [`SealedTable::begin`].
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn seal(&self) -> Result<Option<Seal>, StoreError> {
        let rows = self.db.rows("SELECT value FROM meta WHERE name = ?", vec![ROW.into()]).await?;
        rows.first().map(|row| Seal::read(row.text(0)?)).transpose()
    }

    /// The newest version of the configuration and what this table is like, in one question: what another node may
    /// have changed.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn news(&self) -> Result<(i64, Option<Seal>), StoreError> {
        let sql = "SELECT (SELECT COALESCE(MAX(version), 0) FROM config_versions), \
                   (SELECT value FROM meta WHERE name = ?)";
        let rows = self.db.rows(sql, vec![ROW.into()]).await?;
        let row = rows.first().ok_or_else(|| StoreError::Broken("no row".to_owned()))?;
        Ok((row.int(0)?, row.opt_text(1)?.map(Seal::read).transpose()?))
    }

    /// Notes the first master key's check. If another process was faster, its stays. Gives the one that holds.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn begin(&self, check: Vec<u8>) -> Result<Seal, StoreError> {
        let seal = Seal { changes: 0, check };
        let sql = "INSERT INTO meta (name, value) VALUES (?, ?)";
        match self.db.change(vec![Statement::new(sql, [ROW.into(), seal.text().into()])]).await {
            Ok(_) => Ok(seal),
            Err(StoreError::Taken) => {
                self.seal().await?.ok_or_else(|| StoreError::Broken("the vault's check is gone".to_owned()))
            }
            Err(other) => Err(other),
        }
    }

    /// Everything, and what the table is like, at one moment.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn all(&self) -> Result<(Option<Seal>, AllSealed), StoreError> {
        let sql = "SELECT m.value, s.name, s.sealed, s.hint, s.at_ms
                   FROM (SELECT MAX(value) AS value FROM meta WHERE name = ?) m LEFT JOIN secrets s ON 1 = 1";
        let rows = self.db.rows(sql, vec![ROW.into()]).await?;
        let seal = rows.first().map_or(Ok(None), |row| row.opt_text(0))?.map(Seal::read).transpose()?;
        let mut all = AllSealed::new();
        for row in &rows {
            // Without secrets the join has one row of nothing.
            if let Some(name) = row.opt_text(1)? {
                all.insert(name.to_owned(), sealed(row, 2)?);
            }
        }
        Ok((seal, all))
    }

    /// One of them.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn get(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        let sql = "SELECT sealed, hint, at_ms FROM secrets WHERE name = ?";
        let rows = self.db.rows(sql, vec![name.into()]).await?;
        rows.first().map(|row| sealed(row, 0)).transpose()
    }

    /// Sets and removes (`None`) secrets, all of them or none. Gives what the table is like now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the table is no longer as in `seen`; nothing is changed then.
    pub async fn change(&self, seen: &Seal, edits: &[(String, Option<Sealed>)]) -> Result<Seal, StoreError> {
        let (next, first) = next(seen, seen.check.clone());
        let mut statements = vec![first];
        for (name, sealed) in edits {
            statements.push(Statement::new("DELETE FROM secrets WHERE name = ?", [name.as_str().into()]));
            if let Some(Sealed { blob, hint, at_ms }) = sealed {
                let sql = "INSERT INTO secrets (name, sealed, hint, at_ms) VALUES (?, ?, ?, ?)";
                let at_ms = i64::try_from(*at_ms).unwrap_or(i64::MAX);
                let args: [Value; 4] =
                    [name.as_str().into(), blob.clone().into(), hint.as_str().into(), at_ms.into()];
                statements.push(Statement::new(sql, args));
            }
        }
        self.db.change(statements).await?;
        Ok(next)
    }

    /// Removes a secret for as long as the newest version of the configuration is this one. Gives what the table is like
    /// now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the table is no longer as in `seen`, or there is another version; nothing is changed
    /// then.
    pub async fn remove_at(&self, seen: &Seal, name: &str, version: i64) -> Result<Seal, StoreError> {
        let (next, first) = next(seen, seen.check.clone());
        // The row is held by then, and a new version holds it too ([`Seal::still_stands`]): none comes in between.
        let sql = "UPDATE meta SET value = value WHERE name = ?
                   AND (SELECT COALESCE(MAX(version), 0) FROM config_versions) = ?";
        let still = Statement::new(sql, [ROW.into(), version.into()]).expecting(1);
        let gone = Statement::new("DELETE FROM secrets WHERE name = ?", [name.into()]);
        self.db.change(vec![first, still, gone]).await?;
        Ok(next)
    }

    /// Replaces the key's check, and every secret by the same one sealed anew: name, what it was, what it becomes.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the table is no longer as in `seen`, or holds others than these; nothing is changed
    /// then.
    pub async fn replace(
        &self,
        seen: &Seal,
        check: Vec<u8>,
        all: &[(String, Vec<u8>, Vec<u8>)],
    ) -> Result<Seal, StoreError> {
        let (next, first) = next(seen, check);
        let whole = Statement::new("UPDATE secrets SET hint = hint", []).expecting(all.len() as u64);
        let mut statements = vec![first, whole];
        for (name, was, becomes) in all {
            let sql = "UPDATE secrets SET sealed = ? WHERE name = ? AND sealed = ?";
            let args: [Value; 3] = [becomes.clone().into(), name.as_str().into(), was.clone().into()];
            statements.push(Statement::new(sql, args).expecting(1));
        }
        self.db.change(statements).await?;
        Ok(next)
    }
}

/// The seal after `seen`, and the statement that puts it there if that one still stands.
fn next(seen: &Seal, check: Vec<u8>) -> (Seal, Statement) {
    let next = Seal { changes: seen.changes + 1, check };
    let sql = "UPDATE meta SET value = ? WHERE name = ? AND value = ?";
    let first = Statement::new(sql, [next.text().into(), ROW.into(), seen.text().into()]).expecting(1);
    (next, first)
}

fn sealed(row: &Row, from: usize) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        blob: row.blob(from)?.to_vec(),
        hint: row.text(from + 1)?.to_owned(),
        at_ms: u64::try_from(row.int(from + 2)?).unwrap_or(0),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}
