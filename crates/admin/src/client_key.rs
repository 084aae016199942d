//! Client keys: made, rotated, switched off. A key is shown once; what is kept is its SHA-256.
//!
//! A fast hash is enough, and needed: a key is 256 random bits, which nobody guesses, and it is checked with every
//! request. A rotated key holds from that moment on and the old one no longer; who needs both for a while makes a second
//! key and removes the first.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use wye_config::Problem;
use wye_store::config_log::{Author, Edit, ItemKey};
use wye_store::vault::VaultError;
use wye_types::Secret;

use crate::{ChangeError, Configurator, Current};

/// What every key begins with.
const PREFIX: &str = "wye-";
/// Random bytes of a key.
const BYTES: usize = 32;
/// How much of its end is kept for people to recognise it by.
const HINT: usize = 4;
/// How often a change of one key is tried that others' changes come before.
const TRIES: usize = 8;
/// Fields that are ours to set.
const OURS: [&str; 4] = ["key", "sha256", "hint", "name"];

/// A key to be made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewKey {
    /// Its name; unique.
    pub name: String,
    /// Everything else, as the file writes it: `limits`, `budgets`, `team`, `owner`, `tags`, `apis`, `models`,
    /// `expires`, `priority`, `disabled`.
    pub settings: Map<String, Json>,
}

/// A key that was made, or made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its name.
    pub name: String,
    /// The key itself. It is shown now and never again.
    pub key: Secret,
    /// The configuration's version that has it.
    pub version: i64,
}

/// A key as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its name.
    pub name: String,
    /// Its end.
    pub hint: Option<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Unix milliseconds from which on it is refused.
    pub expires_ms: Option<u64>,
    /// The team whose limits hold for it too.
    pub team: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// Whether the file has it, so that it is changed there.
    pub in_file: bool,
}

/// The keys that are in force, in the order of the configuration.
#[must_use]
pub fn list(current: &Current) -> Vec<KeyInfo> {
    let info = |key: &wye_config::ClientKey| KeyInfo {
        name: key.name.clone(),
        hint: key.hint.clone(),
        disabled: key.disabled,
        expires_ms: key.expires_ms,
        team: key.team.clone(),
        owner: key.owner.clone(),
        in_file: current.file_items.contains_key(&item(&key.name)),
    };
    current.config.keys.iter().map(info).collect()
}

/// Makes a key.
///
/// # Errors
/// [`ChangeError::Taken`] if there is one of this name; [`ChangeError::Invalid`] with what is wrong in its settings.
pub async fn create(of: &Configurator, new: NewKey, author: &Author) -> Result<Created, ChangeError> {
    if let Some(field) = OURS.into_iter().find(|field| new.settings.contains_key(*field)) {
        let message = "this is made by the gateway; leave it out".to_owned();
        return Err(invalid(&format!("keys.{}.{field}", new.name), message));
    }
    let (key, sha256, hint) = fresh()?;
    let version = edit(of, &new.name, author, |now, item| {
        if now.items.contains_key(item) || now.file_items.contains_key(item) {
            return Err(ChangeError::Taken(item.clone()));
        }
        let mut body = new.settings.clone();
        body.insert("sha256".to_owned(), sha256.clone().into());
        body.insert("hint".to_owned(), hint.clone().into());
        Ok(Some(Json::Object(body)))
    })
    .await?;
    Ok(Created { name: new.name, key, version })
}

/// Makes a key anew: the old one is refused from now on; name, limits and what was used of them stay.
///
/// # Errors
/// [`ChangeError::NotFound`] or [`ChangeError::OwnedByFile`].
pub async fn rotate(of: &Configurator, name: &str, author: &Author) -> Result<Created, ChangeError> {
    let (key, sha256, hint) = fresh()?;
    let version = set(of, name, author, |body| {
        body.insert("sha256".to_owned(), sha256.clone().into());
        body.insert("hint".to_owned(), hint.clone().into());
    })
    .await?;
    Ok(Created { name: name.to_owned(), key, version })
}

/// Sets some of a key's settings; `null` removes one. Gives the configuration's version that says so.
///
/// # Errors
/// [`ChangeError::NotFound`] or [`ChangeError::OwnedByFile`]; [`ChangeError::Invalid`] with what is wrong in them.
pub async fn update(
    of: &Configurator,
    name: &str,
    settings: &Map<String, Json>,
    author: &Author,
) -> Result<i64, ChangeError> {
    if let Some(field) = OURS.into_iter().find(|field| settings.contains_key(*field)) {
        return Err(invalid(
            &format!("keys.{name}.{field}"),
            "this is the gateway's to set; leave it out".to_owned(),
        ));
    }
    set(of, name, author, |body| {
        for (field, value) in settings {
            match value {
                Json::Null => drop(body.shift_remove(field)),
                value => drop(body.insert(field.clone(), value.clone())),
            }
        }
    })
    .await
}

/// Switches a key off or on again. Gives the configuration's version that says so.
///
/// # Errors
/// [`ChangeError::NotFound`] or [`ChangeError::OwnedByFile`].
pub async fn disable(
    of: &Configurator,
    name: &str,
    disabled: bool,
    author: &Author,
) -> Result<i64, ChangeError> {
    set(of, name, author, |body| {
        if disabled {
            body.insert("disabled".to_owned(), true.into());
        } else {
            body.remove("disabled");
        }
    })
    .await
}

/// Removes a key. What was used of its limits is let go of; its requests stay in the log.
///
/// # Errors
/// [`ChangeError::NotFound`] or [`ChangeError::OwnedByFile`].
pub async fn remove(of: &Configurator, name: &str, author: &Author) -> Result<i64, ChangeError> {
    edit(of, name, author, |_, _| Ok(None)).await
}

/// Changes the body of a key that is there.
async fn set(
    of: &Configurator,
    name: &str,
    author: &Author,
    change: impl Fn(&mut Map<String, Json>),
) -> Result<i64, ChangeError> {
    edit(of, name, author, |now, item| {
        let owner = || match now.file_items.contains_key(item) {
            true => ChangeError::OwnedByFile(item.clone()),
            false => ChangeError::NotFound(item.clone()),
        };
        let mut body = now.items.get(item).and_then(Json::as_object).cloned().ok_or_else(owner)?;
        change(&mut body);
        Ok(Some(Json::Object(body)))
    })
    .await
}

/// One edit of one key, on top of whatever version is the newest: it touches nothing that another could mean to change.
async fn edit(
    of: &Configurator,
    name: &str,
    author: &Author,
    body: impl Fn(&Current, &ItemKey) -> Result<Option<Json>, ChangeError>,
) -> Result<i64, ChangeError> {
    let key = item(name);
    let mut newest = 0;
    for _ in 0..TRIES {
        let now = of.current();
        let edits = vec![Edit { key: key.clone(), body: body(&now, &key)? }];
        match of.change(now.version, edits, author.clone()).await {
            // What is served by now is that newer version.
            Err(ChangeError::Stale { newest: other }) => newest = other,
            other => return Ok(other?.version),
        }
    }
    Err(ChangeError::Stale { newest })
}

/// A new key, its SHA-256 and its end.
fn fresh() -> Result<(Secret, String, String), ChangeError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| ChangeError::Vault(VaultError::NoChance))?;
    let key = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes));
    let sha256 = HEXLOWER.encode(&Sha256::digest(key.as_bytes()));
    let hint = key[key.len() - HINT..].to_owned();
    Ok((Secret::new(key), sha256, hint))
}

fn item(name: &str) -> ItemKey {
    ("key".to_owned(), name.to_owned())
}

fn invalid(path: &str, message: String) -> ChangeError {
    ChangeError::Invalid(vec![Problem { path: path.to_owned(), line: 0, column: 0, message }])
}
