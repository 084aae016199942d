//! Why something was refused.

use std::fmt;
use std::time::Duration;

use wye_store::StoreError;
use wye_store::vault::VaultError;

use crate::Role;
use crate::secrets::SecretsError;

/// Why something was refused or failed. None of them holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthError {
    /// A field is not as it must be; the message says what to write.
    Invalid {
        /// The field's name.
        field: &'static str,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// The name or the password is wrong, or the user is disabled: which of them is not told.
    WrongCredentials,
    /// The code of the second factor is wrong or was used before.
    WrongCode,
    /// The set-up code is wrong.
    WrongSetupCode,
    /// Who asks is not known.
    Unauthenticated(Unauthenticated),
    /// The role is too low.
    Forbidden {
        /// The least role that may.
        least: Role,
    },
    /// It needs a session with a password: a token may not do it.
    NeedsSession,
    /// Too many failures; it was not even tried.
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many passwords are being checked.
    Busy,
    /// There are users already: set-up is over.
    SetupClosed,
    /// There is nothing of this id.
    NotFound,
    /// Another user has this name.
    Taken,
    /// The last enabled administrator would be gone.
    LastAdmin,
    /// It does not fit the state that it found.
    Conflict(&'static str),
    /// The database.
    Store(StoreError),
    /// The vault.
    Vault(VaultError),
    /// A fault of ours.
    Failed(String),
}

/// Why it is not known who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// It is not a token of ours.
    Invalid,
    /// It was one until a moment ago: refresh it.
    Expired,
    /// The session or token has ended, or the user is gone, disabled or has another role: log in again.
    Ended,
    /// An old refresh token came a second time. The session was ended, since one of the two is a thief's.
    Reused,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, message } => write!(f, "{field}: {message}"),
            Self::WrongCredentials => f.write_str("the name or the password is wrong"),
            Self::WrongCode => {
                f.write_str("the code is wrong, has expired or was used before; take the next one")
            }
            Self::WrongSetupCode => {
                f.write_str("this is not the set-up code; it is printed where the gateway starts")
            }
            Self::Unauthenticated(why) => write!(f, "{why}"),
            Self::Forbidden { least } => write!(f, "this needs the role {least}"),
            Self::NeedsSession => f.write_str("a token cannot do this; log in with your password"),
            Self::Throttled { retry_after } => {
                write!(f, "too many failures; try again in {} s", retry_after.as_millis().div_ceil(1000))
            }
            Self::Busy => f.write_str("too many passwords are being checked; try again in a moment"),
            Self::SetupClosed => f.write_str(
                "there are users already; log in, or use `wye admin reset-password` on the gateway's machine",
            ),
            Self::NotFound => f.write_str("there is nothing of this id"),
            Self::Taken => f.write_str("another user has this name; choose another one"),
            Self::LastAdmin => f.write_str("no enabled administrator would be left; make another one first"),
            Self::Conflict(why) => f.write_str(why),
            Self::Store(error) => write!(f, "{error}"),
            Self::Vault(error) => write!(f, "{error}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for Unauthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "this is not a token of this gateway; log in",
            Self::Expired => "the access token has expired; refresh it or log in",
            Self::Ended => "the session has ended; log in again",
            Self::Reused => "the refresh token was used before, so the session was ended; log in again",
        })
    }
}

impl std::error::Error for AuthError {}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VaultError> for AuthError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<SecretsError> for AuthError {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Store(error) => Self::Store(error),
            SecretsError::Vault(error) => Self::Vault(error),
        }
    }
}

impl From<Unauthenticated> for AuthError {
    fn from(why: Unauthenticated) -> Self {
        Self::Unauthenticated(why)
    }
}
