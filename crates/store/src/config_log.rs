//! The configuration that is edited at run time, as items, and every version it ever had.
//!
//! An item is a provider, a route, a key …: a kind, a name and a JSON body. A change is a list of items to set and to
//! remove on top of the version its author saw; if that is no longer the newest, it is refused. Versions are never
//! changed: going back makes a new version that is like an old one.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::sealed::Seal;
use crate::{Db, Row, Statement, StoreError};

/// What kind of item and its name.
pub type ItemKey = (String, String);

/// The items of a version.
pub type Items = BTreeMap<ItemKey, Json>;

/// What is to become of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Which item.
    pub key: ItemKey,
    /// Its new body; `None` removes it.
    pub body: Option<Json>,
}

/// Who changes something, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The user's or program's name.
    pub name: String,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// In the author's words; may be empty.
    pub note: String,
}

/// A version of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its number, from 1. Version 0 is the empty configuration, which nobody made.
    pub number: i64,
    /// The hash of all its items.
    pub hash: String,
    /// Who made it.
    pub author: Author,
    /// What changed: `[{kind, name, before, after}]`, bodies or null.
    pub changes: Json,
}

/// The log of configurations.
#[derive(Debug, Clone)]
pub struct ConfigLog {
    db: Db,
}

impl ConfigLog {
    /// The log in a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// The newest version's number and items.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn current(&self) -> Result<(i64, Items), StoreError> {
        // One statement, so that the number and the items are of the same moment.
        let rows = self
            .db
            .rows(
                "SELECT v.newest, i.kind, i.name, i.body
                 FROM (SELECT COALESCE(MAX(version), 0) AS newest FROM config_versions) v
                 LEFT JOIN config_items i ON i.until IS NULL",
                Vec::new(),
            )
            .await?;
        let newest = rows.first().map_or(Ok(0), |row| row.int(0))?;
        Ok((newest, items(&rows, 1)?))
    }

    /// The items of a version that was.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn at(&self, version: i64) -> Result<Items, StoreError> {
        let rows = self
            .db
            .rows(
                "SELECT kind, name, body FROM config_items WHERE since <= ? AND (until IS NULL OR until > ?)",
                vec![version.into(), version.into()],
            )
            .await?;
        items(&rows, 0)
    }

    /// Versions, newest first, at most `count` of them, older than `before`.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn history(&self, before: Option<i64>, count: u32) -> Result<Vec<Version>, StoreError> {
        let rows = self
            .db
            .rows(
                "SELECT version, hash, at_ms, author, note, changes FROM config_versions
                 WHERE version < ? ORDER BY version DESC LIMIT ?",
                vec![before.unwrap_or(i64::MAX).into(), i64::from(count).into()],
            )
            .await?;
        rows.iter().map(version).collect()
    }

    /// Makes a new version on top of `base`. Gives its number, or `base` if nothing would change.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `base` is no longer the newest version; nothing is changed then.
    pub async fn change(&self, base: i64, edits: &[Edit], author: &Author) -> Result<i64, StoreError> {
        self.change_with(base, edits, author, None).await
    }

    /// Makes a new version on top of `base`, whose items name secrets of a table that was seen to be like `secrets`.
    ///
    /// # Errors
    /// As [`ConfigLog::change`]; also [`StoreError::Conflict`] if the table has changed.
    pub async fn change_with(
        &self,
        base: i64,
        edits: &[Edit],
        author: &Author,
        secrets: Option<&Seal>,
    ) -> Result<i64, StoreError> {
        let (newest, mut items) = self.current().await?;
        if newest != base {
            return Err(StoreError::Conflict);
        }
        let number = base + 1;
        let mut statements: Vec<Statement> = secrets.map(Seal::still_stands).into_iter().collect();
        let mut changes = Vec::new();
        // Of several edits of one item the last holds: a version has one body of each.
        let last: BTreeMap<&ItemKey, usize> =
            edits.iter().enumerate().map(|(at, edit)| (&edit.key, at)).collect();
        let edits = edits.iter().enumerate().filter(|(at, edit)| last.get(&edit.key) == Some(at));
        for (_, Edit { key, body: after }) in edits {
            let before = match after {
                Some(body) => items.insert(key.clone(), body.clone()),
                None => items.remove(key),
            };
            if before == *after {
                continue;
            }
            let (kind, name) = key;
            changes.push(json!({"kind": kind, "name": name, "before": before, "after": after}));
            if before.is_some() {
                let close = "UPDATE config_items SET until = ? WHERE kind = ? AND name = ? AND until IS NULL";
                let args = [number.into(), kind.as_str().into(), name.as_str().into()];
                statements.push(Statement::new(close, args).expecting(1));
            }
            if let Some(body) = after {
                let open = "INSERT INTO config_items (kind, name, since, body, hash) VALUES (?, ?, ?, ?, ?)";
                let body = canonical(body);
                let hash = hex(&Sha256::digest(body.as_bytes()));
                let args =
                    [kind.as_str().into(), name.as_str().into(), number.into(), body.into(), hash.into()];
                statements.push(Statement::new(open, args));
            }
        }
        if changes.is_empty() {
            return Ok(base);
        }
        // Two who change the same version at once: the number is taken for the second.
        statements.push(Statement::new(
            "INSERT INTO config_versions (version, hash, at_ms, author, note, changes) VALUES (?, ?, ?, ?, ?, ?)",
            [
                number.into(),
                hash_of(&items).into(),
                i64::try_from(author.at_ms).unwrap_or(i64::MAX).into(),
                author.name.as_str().into(),
                author.note.as_str().into(),
                Json::Array(changes).to_string().into(),
            ],
        ));
        match self.db.change(statements).await {
            Ok(_) => Ok(number),
            Err(StoreError::Taken) => Err(StoreError::Conflict),
            Err(other) => Err(other),
        }
    }

    /// Makes a new version that is like an old one.
    ///
    /// # Errors
    /// As [`ConfigLog::change`].
    pub async fn go_back(&self, base: i64, to: i64, author: &Author) -> Result<i64, StoreError> {
        let (now, then) = (self.current().await?.1, self.at(to).await?);
        let removed = now.keys().filter(|key| !then.contains_key(*key));
        let mut edits: Vec<Edit> = removed.map(|key| Edit { key: key.clone(), body: None }).collect();
        edits.extend(then.into_iter().map(|(key, body)| Edit { key, body: Some(body) }));
        self.change(base, &edits, author).await
    }
}

/// The hash of a configuration: the same items have the same hash, whatever way they came about.
#[must_use]
pub fn hash_of(items: &Items) -> String {
    let mut all = Sha256::new();
    for ((kind, name), body) in items {
        for part in [kind, name, &canonical(body)] {
            all.update((part.len() as u64).to_be_bytes());
            all.update(part.as_bytes());
        }
    }
    hex(&all.finalize())
}

fn items(rows: &[Row], from: usize) -> Result<Items, StoreError> {
    let mut items = Items::new();
    for row in rows {
        // Without items the join has one row of nothing.
        let Some(kind) = row.opt_text(from)? else { continue };
        let body = serde_json::from_str(row.text(from + 2)?).map_err(|error| {
            StoreError::Broken(format!("an item of the configuration is not JSON: {error}"))
        })?;
        items.insert((kind.to_owned(), row.text(from + 1)?.to_owned()), body);
    }
    Ok(items)
}

fn version(row: &Row) -> Result<Version, StoreError> {
    Ok(Version {
        number: row.int(0)?,
        hash: row.text(1)?.to_owned(),
        author: Author {
            name: row.text(3)?.to_owned(),
            at_ms: u64::try_from(row.int(2)?).unwrap_or(0),
            note: row.text(4)?.to_owned(),
        },
        changes: serde_json::from_str(row.text(5)?).unwrap_or(Json::Null),
    })
}

/// JSON with sorted keys, so that equal bodies have equal texts.
fn canonical(body: &Json) -> String {
    fn sorted(value: &Json) -> Json {
        match value {
            Json::Object(map) => {
                let mut fields: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Json::Object(fields.into_iter().collect())
            }
            Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    sorted(body).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
