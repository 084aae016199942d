//! Personal tokens for scripts: 256 random bits, kept as SHA-256, for one role and a time. A token can neither make
//! tokens nor change users, passwords or second factors: what is found in a script must not become more than it is.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use wye_store::StoreError;
use wye_store::users::TokenRow;
use wye_types::Secret;

use crate::auth::{digest, random};
use crate::user::{missing, role};
use crate::{Auth, AuthError, Client, Principal, Role, Unauthenticated, Via};

/// What a token begins with, so that scanners of repositories and people know it.
const PREFIX: &str = "wyeadm-";
/// Days for which a token may be made.
const MOST_DAYS: u32 = 366;
/// Tokens of one user.
const MOST: u32 = 100;
/// Characters of a token's name.
const LONGEST: usize = 64;
const DAY_MS: u64 = 24 * 3600 * 1000;

/// A token to be.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// What its user calls it.
    pub name: &'a str,
    /// What it may do: no more than its user, now and later.
    pub role: Role,
    /// Days until it expires, 1 to 366.
    pub days: u32,
}

/// A token that was made.
#[derive(Debug, Clone)]
pub struct TokenMade {
    /// What can be seen of it later.
    pub token: TokenView,
    /// The token itself, which nobody sees again.
    pub secret: Secret,
}

/// A token as its user may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// A UUIDv7.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// Its last four characters.
    pub hint: String,
    /// What it may do.
    pub role: Role,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds.
    pub expires_ms: u64,
}

/// Whether something is meant to be a personal token.
pub(crate) fn looks_like(presented: &str) -> bool {
    presented.starts_with(PREFIX)
}

impl TokenView {
    fn of(row: TokenRow) -> Result<Self, AuthError> {
        let role = role(&row.role)?;
        let TokenRow { id, name, hint, created_ms, expires_ms, .. } = row;
        Ok(Self { id, name, hint, role, created_ms, expires_ms })
    }
}

impl Auth {
    /// Makes a token.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`]; [`AuthError::Invalid`] for `name` or `days`; [`AuthError::Forbidden`] if its role
    /// would be above the user's; [`AuthError::Conflict`] if there are too many.
    pub async fn create_token(&self, who: &Principal, new: NewToken<'_>) -> Result<TokenMade, AuthError> {
        who.require_session()?;
        if new.role > who.role {
            return Err(AuthError::Forbidden { least: new.role });
        }
        let count = new.name.chars().count();
        if new.name.trim().is_empty() || count > LONGEST || new.name.contains(char::is_control) {
            let message = format!("must be 1 to {LONGEST} visible characters, such as `nightly export`");
            return Err(AuthError::Invalid { field: "name", message });
        }
        if !(1..=MOST_DAYS).contains(&new.days) {
            let message = format!("is {}; write 1 to {MOST_DAYS}", new.days);
            return Err(AuthError::Invalid { field: "days", message });
        }
        let secret = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&random::<32>()?));
        let now = self.now();
        let row = TokenRow {
            id: self.id()?,
            user_id: who.user_id.clone(),
            name: new.name.to_owned(),
            hint: secret[secret.len() - 4..].to_owned(),
            role: new.role.name().to_owned(),
            created_ms: now,
            expires_ms: now + u64::from(new.days) * DAY_MS,
        };
        let mut entry = self.by(who, "token.create", &row.name)?;
        entry.detail = json!({"token": row.id, "role": row.role, "expires_ms": row.expires_ms});
        match self.users.add_token(&row, &digest(secret.as_bytes()), MOST, &entry).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => {
                return Err(AuthError::Conflict("you have 100 tokens; remove one that you no longer use"));
            }
            Err(other) => return Err(other.into()),
        }
        Ok(TokenMade { token: TokenView::of(row)?, secret: Secret::new(secret) })
    }

    /// One's own tokens, newest first.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn tokens(&self, who: &Principal) -> Result<Vec<TokenView>, AuthError> {
        self.users.tokens(&who.user_id).await?.into_iter().map(TokenView::of).collect()
    }

    /// Removes one of one's own tokens.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`], [`AuthError::NotFound`].
    pub async fn remove_token(&self, who: &Principal, id: &str) -> Result<(), AuthError> {
        who.require_session()?;
        let mut entry = self.by(who, "token.remove", "")?;
        entry.detail = json!({"token": id});
        missing(self.users.remove_token(&who.user_id, id, &entry).await)
    }

    pub(crate) async fn token_user(&self, presented: &str, client: &Client) -> Result<Principal, AuthError> {
        // Looked up by its hash: how far a guess was right cannot be told from the time it takes.
        let found = self.users.token(&digest(presented.as_bytes())).await?;
        let (user, token) = found.ok_or(Unauthenticated::Invalid)?;
        if token.expires_ms <= self.now() || user.disabled {
            return Err(Unauthenticated::Ended.into());
        }
        Ok(Principal {
            role: role(&token.role)?.min(role(&user.role)?),
            user_id: user.id,
            name: user.name,
            session: None,
            via: Via::Token,
            client: client.clone(),
        })
    }
}
