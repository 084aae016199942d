//! The first administrator. A code that only whoever starts the gateway sees makes the first user, once: the database
//! refuses it as soon as there is any user, whatever their names, and whoever else tries at the same moment.

use std::sync::PoisonError;

use data_encoding::BASE32;
use serde_json::json;
use wye_store::StoreError;
use wye_store::audit::Outcome;
use wye_types::Secret;

use crate::auth::{digest, random, same};
use crate::{Auth, AuthError, Client, Role, SignedIn, password, user};

/// Characters of a group of the code.
const GROUP: usize = 4;

impl Auth {
    /// Whether the first administrator is still to be made.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn setup_open(&self) -> Result<bool, AuthError> {
        Ok(!self.users.any().await?)
    }

    /// Makes the set-up code that [`Auth::setup`] takes, to be printed where the gateway starts; `None` if there are
    /// users. Only its hash is kept, in memory; each call makes the code before it worthless.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn setup_code(&self) -> Result<Option<String>, AuthError> {
        if !self.setup_open().await? {
            return Ok(None);
        }
        let code = BASE32.encode(&random::<16>()?);
        let code = code.trim_end_matches('=');
        let hash = digest(code.as_bytes());
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash);
        let groups: Vec<&str> =
            (0..code.len()).step_by(GROUP).map(|at| &code[at..code.len().min(at + GROUP)]).collect();
        Ok(Some(groups.join("-")))
    }

    /// Makes the first administrator and logs in. Wrong codes make the next try of the same address wait.
    ///
    /// # Errors
    /// [`AuthError::SetupClosed`] if there is any user, [`AuthError::WrongSetupCode`], [`AuthError::Throttled`], or
    /// [`AuthError::Invalid`] for a name or password; the code is good for another try then.
    pub async fn setup(
        &self,
        code: &Secret,
        name: &str,
        password: &Secret,
        client: &Client,
    ) -> Result<SignedIn, AuthError> {
        if !self.setup_open().await? {
            return Err(AuthError::SetupClosed);
        }
        let tried = self.try_at(None, client, ("", "setup")).await?;
        if !self.is_setup_code(code) {
            let entry = self.entry(("", client), "setup", "", (Outcome::Failed, json!({})))?;
            wye_store::audit::write(self.users.db(), &entry).await?;
            return Err(AuthError::WrongSetupCode);
        }
        tried.succeeded().await?;
        let (name, folded) = user::named("name", name)?;
        password::check("password", password, &name)?;
        let hash = self.passwords.line()?.hash(password).await?;
        let new = wye_store::users::NewUser {
            id: self.id()?,
            name,
            folded,
            hash,
            role: Role::Admin.name().to_owned(),
            created_ms: self.now(),
        };
        let entry = self.entry((&new.name, client), "setup", &new.name, (Outcome::Ok, json!({})))?;
        match self.users.add(&new, true, &entry).await {
            Ok(()) => {}
            // Somebody else was first, here or on another node.
            Err(StoreError::Conflict | StoreError::Taken) => return Err(AuthError::SetupClosed),
            Err(other) => return Err(other.into()),
        }
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let made = self.users.by_id(&new.id).await?.ok_or(AuthError::NotFound)?;
        self.begin_session(&made, client, None).await
    }

    fn is_setup_code(&self, code: &Secret) -> bool {
        let bare: String = code.expose().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let hash = digest(bare.to_ascii_uppercase().as_bytes());
        let known = *self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_some_and(|known| same(&known, &hash))
    }
}
