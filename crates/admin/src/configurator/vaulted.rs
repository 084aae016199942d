//! The secrets that configuration names: set, listed and removed, never read back.

use serde_json::{Value as Json, json};
use wye_config::Problem;
use wye_store::StoreError;
use wye_store::config_log::{Author, ItemKey, Items};
use wye_store::sealed::AllSealed;
use wye_types::Secret;

use super::{ChangeError, Configurator, kept};
use crate::secrets::{TRIES, is_internal};

/// The longest name of a secret.
const LONGEST: usize = 128;
/// The longest secret: it has to fit into a header.
const LARGEST: usize = 16 << 10;

/// A secret as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// Its name; configuration writes `vault:NAME`.
    pub name: String,
    /// Its end, as in `…x7Qd`.
    pub hint: String,
    /// When it was set, in Unix milliseconds.
    pub at_ms: u64,
    /// What names it.
    pub used_by: Vec<ItemKey>,
}

impl Configurator {
    /// Sets a secret. If configuration names it already, it is in force when this returns, and on other nodes when
    /// they have asked for news.
    ///
    /// # Errors
    /// [`ChangeError::Invalid`] for a name or a text that no secret has; or if it cannot be stored.
    pub async fn set_secret(&self, name: &str, secret: &Secret, by: &Author) -> Result<(), ChangeError> {
        checked(name, secret)?;
        let mut writer = self.writer.lock().await;
        let mut opened = writer.opened.clone();
        opened.insert(name.to_owned(), secret.clone());
        self.with(&mut writer, |writer| std::mem::swap(&mut writer.opened, &mut opened))?;
        self.secrets.set(name, secret).await?;
        tracing::info!(secret = name, by = %by.name, "a secret was set");
        self.catch_up(&mut writer).await.map(drop)
    }

    /// The secrets there are.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn list_secrets(&self) -> Result<Vec<SecretInfo>, ChangeError> {
        let (_, all) = self.secrets.table().all().await?;
        let current = self.current();
        let shown = all.into_iter().filter(|(name, _)| !is_internal(name));
        let info = shown.map(|(name, sealed)| SecretInfo {
            used_by: users_of(&name, [&current.items, &current.file_items]),
            name,
            hint: sealed.hint,
            at_ms: sealed.at_ms,
        });
        Ok(info.collect())
    }

    /// Removes a secret that nothing names any more.
    ///
    /// # Errors
    /// [`ChangeError::InUse`], [`ChangeError::NotFound`], or if the database cannot do it.
    pub async fn remove_secret(&self, name: &str, by: &Author) -> Result<(), ChangeError> {
        let mut writer = self.writer.lock().await;
        for _ in 0..TRIES {
            self.catch_up(&mut writer).await?;
            let users = users_of(name, [&writer.items, &self.current().file_items]);
            if !users.is_empty() {
                return Err(ChangeError::InUse(users));
            }
            if is_internal(name) || !writer.sealed.contains_key(name) {
                return Err(ChangeError::NotFound(("secret".to_owned(), name.to_owned())));
            }
            // Another node may have named it since then.
            if self.secrets.remove_at(name, writer.version).await? {
                tracing::info!(secret = name, by = %by.name, "a secret was removed");
                return self.catch_up(&mut writer).await.map(drop);
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// All secrets, sealed as they are: a backup that opens only under the same master key.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn export_secrets(&self) -> Result<String, ChangeError> {
        let (_, mut all) = self.secrets.table().all().await?;
        all.retain(|name, _| !is_internal(name));
        Ok(format!("{:#}\n", json!({ "sealed": kept::write_sealed(&all) })))
    }

    /// Sets the secrets of a text that [`Configurator::export_secrets`] made; others stay. Gives how many.
    ///
    /// # Errors
    /// [`ChangeError::Vault`] if one of them does not open under the master key that holds; nothing is changed then.
    pub async fn import_secrets(&self, text: &str, by: &Author) -> Result<usize, ChangeError> {
        let all = sealed_of(text).ok_or_else(|| {
            invalid("", "these are not secrets that were exported; write {\"sealed\": {…}} as export did")
        })?;
        if let Some(name) = all.keys().find(|name| !is_name(name)) {
            return Err(invalid(&format!("sealed.{name}"), "no secret has this name"));
        }
        let mut writer = self.writer.lock().await;
        self.secrets.put_sealed(&all).await?;
        tracing::info!(secrets = all.len(), by = %by.name, "secrets were imported");
        self.catch_up(&mut writer).await?;
        Ok(all.len())
    }
}

fn sealed_of(text: &str) -> Option<AllSealed> {
    kept::read_sealed(serde_json::from_str::<Json>(text).ok()?.get("sealed")?)
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(fits) && !is_internal(name)
}

fn checked(name: &str, secret: &Secret) -> Result<(), ChangeError> {
    if !is_name(name) {
        let message = "write a name of 1 to 128 letters, digits, dots, dashes, underscores and slashes that does not \
                       begin with totp/";
        return Err(invalid("name", message));
    }
    let text = secret.expose();
    // It will stand in a header.
    let fits = !text.trim().is_empty()
        && text.len() <= LARGEST
        && text.trim() == text
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if fits {
        return Ok(());
    }
    Err(invalid(
        "secret",
        "write the key in visible ASCII characters, at most 16384 of them, without spaces around it",
    ))
}

fn invalid(path: &str, message: &str) -> ChangeError {
    let problem = Problem { path: path.to_owned(), line: 0, column: 0, message: message.to_owned() };
    ChangeError::Invalid(vec![problem])
}

/// The items that name a secret.
fn users_of<const N: usize>(name: &str, among: [&Items; N]) -> Vec<ItemKey> {
    let reference = format!("vault:{name}");
    let all = among.into_iter().flatten();
    let mut users: Vec<ItemKey> =
        all.filter(|(_, body)| names(body, &reference)).map(|(key, _)| key.clone()).collect();
    users.sort();
    users.dedup();
    users
}

fn names(body: &Json, reference: &str) -> bool {
    match body {
        Json::String(text) => text.trim() == reference,
        Json::Array(items) => items.iter().any(|item| names(item, reference)),
        Json::Object(fields) => fields.values().any(|field| names(field, reference)),
        _ => false,
    }
}
