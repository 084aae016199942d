//! Users: one's own name and password, and what administrators do with everybody's.

use serde_json::json;
use wye_store::StoreError;
use wye_store::users::{Ends, UserRow};
use wye_types::Secret;

use crate::throttle::Subject;
use crate::{Action, Auth, AuthError, Principal, Role, Via, password};

/// Characters of a name at most.
const LONGEST: usize = 64;

/// A user as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// A UUIDv7.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// May not log in.
    pub disabled: bool,
    /// A second factor is asked for.
    pub totp: bool,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// The last login, Unix milliseconds.
    pub login_ms: Option<u64>,
}

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// The name.
    pub name: &'a str,
    /// The first password.
    pub password: &'a Secret,
    /// What the user may do.
    pub role: Role,
}

impl UserView {
    pub(crate) fn of(row: &UserRow) -> Result<Self, AuthError> {
        Ok(Self {
            id: row.id.clone(),
            name: row.name.clone(),
            role: role(&row.role)?,
            disabled: row.disabled,
            totp: row.totp,
            created_ms: row.created_ms,
            login_ms: row.login_ms,
        })
    }
}

/// The role of a row.
pub(crate) fn role(name: &str) -> Result<Role, AuthError> {
    let broken = || StoreError::Broken(format!("{name:?} is no role"));
    Role::parse(name).ok_or_else(|| broken().into())
}

/// A name as it is kept, and as it is compared.
///
/// # Errors
/// [`AuthError::Invalid`] for the field, with what to write.
pub(crate) fn named(field: &'static str, name: &str) -> Result<(String, String), AuthError> {
    let count = name.chars().count();
    if count == 0 || count > LONGEST {
        let message = format!("has {count} characters; write 1 to {LONGEST}");
        return Err(AuthError::Invalid { field, message });
    }
    if name.chars().any(char::is_whitespace) {
        let parts: Vec<&str> = name.split_whitespace().collect();
        let joined = if parts.is_empty() { "anna.lee".to_owned() } else { parts.join(".") };
        let message = format!(
            "holds a space; write 1 to {LONGEST} letters, digits or signs without spaces, such as `{joined}`"
        );
        return Err(AuthError::Invalid { field, message });
    }
    if let Some(odd) = name.chars().find(|c| !visible(*c)) {
        let message = format!("holds {}, which nobody sees; write visible characters", odd.escape_unicode());
        return Err(AuthError::Invalid { field, message });
    }
    Ok((name.to_owned(), name.to_lowercase()))
}

/// Whether a character shows: two names must not look alike because of something that does not.
fn visible(c: char) -> bool {
    let hidden = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    !c.is_control() && !c.is_whitespace() && !hidden
}

impl Auth {
    /// Who asks, as a user; `None` for the command line.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn me(&self, who: &Principal) -> Result<Option<UserView>, AuthError> {
        self.users.by_id(&who.user_id).await?.as_ref().map(UserView::of).transpose()
    }

    /// Changes one's own name.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for `name`, [`AuthError::Taken`].
    pub async fn rename_me(&self, who: &Principal, name: &str) -> Result<(), AuthError> {
        who.require_session()?;
        self.set_name(who, &who.user_id, name).await
    }

    /// Changes one's own password. Other sessions end; tokens go on.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`] or [`AuthError::Throttled`] for the current one, [`AuthError::Invalid`] for
    /// `new_password`.
    pub async fn change_password(
        &self,
        who: &Principal,
        current: &Secret,
        new: &Secret,
    ) -> Result<(), AuthError> {
        let session = who.require_session()?;
        let me = self.confirm_password(who, current, "password.change").await?;
        password::check("new_password", new, &me.name)?;
        if new == current {
            let message = "is the one you have; choose another one".to_owned();
            return Err(AuthError::Invalid { field: "new_password", message });
        }
        let hash = self.passwords.line()?.hash(new).await?;
        let entry = self.by(who, "password.change", &me.name)?;
        missing(self.users.set_hash(&me.id, &hash, Ends::OtherSessions(session), &entry).await)
    }

    /// Users in the order of their making, after the one of this id.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], or if the database cannot answer.
    pub async fn list_users(
        &self,
        who: &Principal,
        after: Option<&str>,
        count: u32,
    ) -> Result<Vec<UserView>, AuthError> {
        who.require(Action::Users)?;
        self.users.list(after, count).await?.iter().map(UserView::of).collect()
    }

    /// A user.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::NotFound`].
    pub async fn user(&self, who: &Principal, id: &str) -> Result<UserView, AuthError> {
        who.require(Action::Users)?;
        UserView::of(&self.users.by_id(id).await?.ok_or(AuthError::NotFound)?)
    }

    /// The user of this name, whatever its case.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::NotFound`].
    pub async fn user_named(&self, who: &Principal, name: &str) -> Result<UserView, AuthError> {
        who.require(Action::Users)?;
        UserView::of(&self.users.by_name(&name.to_lowercase()).await?.ok_or(AuthError::NotFound)?)
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for `name` or `password`, [`AuthError::Taken`], and [`AuthError::LastAdmin`] if there is
    /// no administrator and this is none either.
    pub async fn create_user(&self, who: &Principal, new: NewUser<'_>) -> Result<UserView, AuthError> {
        self.require_users(who)?;
        let (name, folded) = named("name", new.name)?;
        password::check("password", new.password, &name)?;
        let hash = self.passwords.line()?.hash(new.password).await?;
        let row = wye_store::users::NewUser {
            id: self.id()?,
            name,
            folded,
            hash,
            role: new.role.name().to_owned(),
            created_ms: self.now(),
        };
        let mut entry = self.by(who, "user.create", &row.name)?;
        entry.detail = json!({"role": new.role.name()});
        match self.users.add(&row, false, &entry).await {
            Ok(()) => {}
            Err(StoreError::Taken) => return Err(AuthError::Taken),
            Err(StoreError::Conflict) => return Err(AuthError::LastAdmin),
            Err(other) => return Err(other.into()),
        }
        self.user(who, &row.id).await
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for `name`, [`AuthError::Taken`], [`AuthError::NotFound`].
    pub async fn rename_user(&self, who: &Principal, id: &str, name: &str) -> Result<(), AuthError> {
        self.require_users(who)?;
        self.set_name(who, id, name).await
    }

    /// Gives a user another role. The user's sessions must be refreshed to go on.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`].
    pub async fn set_role(&self, who: &Principal, id: &str, role: Role) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, id).await?;
        let mut entry = self.by(who, "user.role", &user.name)?;
        entry.detail = json!({"before": user.role.name(), "after": role.name()});
        let done = self.users.set_role(id, role.name(), &entry).await;
        self.or_last_admin(done, id).await
    }

    /// Lets a user in, or keeps it out and ends its sessions.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`].
    pub async fn set_disabled(&self, who: &Principal, id: &str, disabled: bool) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, id).await?;
        let entry = self.by(who, if disabled { "user.disable" } else { "user.enable" }, &user.name)?;
        let done = self.users.set_disabled(id, disabled, &entry).await;
        self.or_last_admin(done, id).await
    }

    /// Removes a user with all sessions and tokens. What the audit log tells of it stays.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`].
    pub async fn delete_user(&self, who: &Principal, id: &str) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, id).await?;
        let entry = self.by(who, "user.delete", &user.name)?;
        let secret = self.users.by_id(id).await?.and_then(|row| row.totp_secret);
        let done = self.users.delete(id, &entry).await;
        self.or_last_admin(done, id).await?;
        self.forget_secret(secret.as_deref()).await;
        Ok(())
    }

    /// Gives a user another password without asking for the one before, and `totp`: takes the second factor away. Every
    /// session and token of the user ends: whoever had the account has it no longer.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for `password`, [`AuthError::NotFound`].
    pub async fn reset_password(
        &self,
        who: &Principal,
        id: &str,
        password: &Secret,
        totp: bool,
    ) -> Result<(), AuthError> {
        self.require_users(who)?;
        let user = self.user(who, id).await?;
        password::check("password", password, &user.name)?;
        let hash = self.passwords.line()?.hash(password).await?;
        let mut entry = self.by(who, "user.reset_password", &user.name)?;
        entry.detail = json!({"totp": totp});
        let ends = if totp { Ends::AllAndSecondFactor } else { Ends::All };
        let secret = self.users.by_id(id).await?.and_then(|row| row.totp_secret).filter(|_| totp);
        missing(self.users.set_hash(id, &hash, ends, &entry).await)?;
        self.forget_secret(secret.as_deref()).await;
        // Whose failures these were is over.
        self.forgive(&Subject::Account(user.name.to_lowercase())).await?;
        self.forgive(&Subject::Code(id.to_owned())).await
    }

    /// Administrators change users; with a token only if it was made for that role, never beyond it.
    pub(crate) fn require_users(&self, who: &Principal) -> Result<(), AuthError> {
        who.require(Action::Users)?;
        // Making another administrator with a token that was found would outlive the token.
        if who.via == Via::Token { Err(AuthError::NeedsSession) } else { Ok(()) }
    }

    /// Asks a user for the password again before something that a stolen session must not do.
    pub(crate) async fn confirm_password(
        &self,
        who: &Principal,
        password: &Secret,
        action: &str,
    ) -> Result<UserRow, AuthError> {
        let me = self.myself(who).await?;
        let line = self.passwords.line()?;
        let account = Subject::Account(me.name.to_lowercase());
        let tried = self.try_at(Some(account), &who.client, (&me.name, action)).await?;
        if !line.right(password, Some(&me.hash)).await? {
            let mut entry = self.by(who, action, &me.name)?;
            entry.outcome = wye_store::audit::Outcome::Failed;
            wye_store::audit::write(self.users.db(), &entry).await?;
            return Err(AuthError::WrongCredentials);
        }
        tried.succeeded().await?;
        Ok(me)
    }

    async fn set_name(&self, who: &Principal, id: &str, name: &str) -> Result<(), AuthError> {
        let (name, folded) = named("name", name)?;
        let before = self.users.by_id(id).await?.ok_or(AuthError::NotFound)?.name;
        let mut entry = self.by(who, "user.rename", &name)?;
        entry.detail = json!({"before": before});
        match self.users.rename(id, &name, &folded, &entry).await {
            Err(StoreError::Taken) => Err(AuthError::Taken),
            other => missing(other),
        }
    }

    /// Tells a user who is gone from the last administrator.
    async fn or_last_admin(&self, done: Result<(), StoreError>, id: &str) -> Result<(), AuthError> {
        match done {
            Err(StoreError::Conflict) if self.users.by_id(id).await?.is_some() => Err(AuthError::LastAdmin),
            other => missing(other),
        }
    }
}

/// A conflict where nothing can be meant but that it is gone.
pub(crate) fn missing(done: Result<(), StoreError>) -> Result<(), AuthError> {
    match done {
        Err(StoreError::Conflict) => Err(AuthError::NotFound),
        other => other.map_err(AuthError::from),
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthError, named};

    #[test]
    fn names_are_short_and_visible_and_compared_without_case() {
        let long = "x".repeat(65);
        let bad = ["", " ", "a b", "a\nb", "a\u{200b}b", "\u{202e}nimda", "a\u{feff}", "\0", long.as_str()];
        for name in bad {
            assert!(named("name", name).is_err(), "{name:?}");
        }
        // Whoever reads the message knows what to write: nobody would call a space invisible.
        for (name, says) in
            [("Ann Lee", "such as `Ann.Lee`"), (" ", "such as `anna.lee`"), ("a\u{200b}", "\\u{200b}")]
        {
            let Err(AuthError::Invalid { field, message }) = named("name", name) else {
                unreachable!("{name:?}")
            };
            assert!(field == "name" && message.contains(says), "{message}");
            assert_eq!(message.contains("without spaces"), name.contains(' '), "{message}");
        }
        for (name, folded) in [("Ann", "ann"), ("ÅSA", "åsa"), ("สมชาย", "สมชาย"), ("<b>'; DROP--", "")]
        {
            let named = named("name", name);
            assert_eq!(named.is_ok(), !folded.is_empty(), "{name}");
            if let Ok((kept, compared)) = named {
                assert_eq!((kept.as_str(), compared.as_str()), (name, folded));
            }
        }
    }
}
