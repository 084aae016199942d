//! Who may use the admin API: users, logins, sessions, tokens and second factors over one database.
//!
//! Every request of the admin API asks the database whether its session or token still stands. That costs a read where
//! nobody is in a hurry, and makes a logout, a disabled user or a new role count at once on every node; nothing is ever
//! written to find out who asks, so that a full or locked disk keeps nobody from looking.

use std::fmt;
use std::sync::{Arc, Mutex};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use wye_store::Db;
use wye_store::audit::{Entry, Outcome};
use wye_store::users::{UserRow, Users};
use wye_store::vault::{Vault, VaultError};
use wye_types::{Clock, RequestId};

use crate::password::Passwords;

mod error;
mod principal;

pub use error::{AuthError, Unauthenticated};
pub use principal::{Client, Principal, Via};

/// The name of the signing secret among the sealed ones.
const SIGNING: &str = "!jwt";

/// Users and everything by which they are known. Shared by reference.
pub struct Auth {
    pub(crate) users: Users,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) passwords: Passwords,
    pub(crate) signs: EncodingKey,
    pub(crate) reads: DecodingKey,
    /// The hash of the set-up code that was given out last.
    pub(crate) setup: Mutex<Option<[u8; 32]>>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth(***)")
    }
}

impl Auth {
    /// Users of a database. The secret that signs tokens is made at the first start and kept sealed; there is no
    /// setting for it.
    ///
    /// # Errors
    /// If the database cannot answer, or the secret was sealed under another master key.
    pub async fn open(db: Db, vault: Arc<Vault>, clock: Arc<dyn Clock>) -> Result<Self, AuthError> {
        let users = Users::new(db);
        let sealed = match users.sealed(SIGNING).await? {
            Some(sealed) => sealed,
            None => {
                let fresh = vault.seal(SIGNING, &random::<32>()?)?;
                users.add_sealed(SIGNING, &fresh, clock.unix_ms()).await?;
                // Another node may have been first: what stands there now counts.
                users.sealed(SIGNING).await?.unwrap_or(fresh)
            }
        };
        let secret = vault.open(SIGNING, &sealed)?;
        Ok(Self {
            users,
            vault,
            clock,
            passwords: Passwords::new(),
            signs: EncodingKey::from_secret(&secret),
            reads: DecodingKey::from_secret(&secret),
            setup: Mutex::new(None),
        })
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.unix_ms()
    }

    /// A new UUIDv7.
    pub(crate) fn id(&self) -> Result<String, AuthError> {
        Ok(RequestId::v7(self.now(), u128::from_be_bytes(random()?)).to_string())
    }

    /// HMAC-SHA256 of a message under the signing secret, in base64url. Each use begins with a word of its own.
    pub(crate) fn mac(&self, message: &[u8]) -> Result<String, AuthError> {
        jsonwebtoken::crypto::sign(message, &self.signs, Algorithm::HS256)
            .map_err(|error| AuthError::Failed(format!("signing failed: {error}")))
    }

    /// What a page sends along with changes to prove that it is ours: bound to the session, so that it cannot be
    /// brought along from elsewhere.
    ///
    /// # Errors
    /// If signing fails.
    pub fn csrf_token(&self, session: &str) -> Result<String, AuthError> {
        self.mac(&[b"csrf\0", session.as_bytes()].concat())
    }

    /// Whether a page sent along what [`Auth::csrf_token`] gave for this session.
    #[must_use]
    pub fn csrf_fits(&self, session: &str, sent: &str) -> bool {
        self.csrf_token(session).is_ok_and(|token| same(token.as_bytes(), sent.as_bytes()))
    }

    /// An entry of the audit log by somebody who is known.
    pub(crate) fn by(&self, who: &Principal, action: &str, object: &str) -> Result<Entry, AuthError> {
        self.entry((&who.name, &who.client), action, object, (Outcome::Ok, json!({})))
    }

    /// An entry of the audit log.
    pub(crate) fn entry(
        &self,
        (actor, client): (&str, &Client),
        action: &str,
        object: &str,
        (outcome, detail): (Outcome, Json),
    ) -> Result<Entry, AuthError> {
        Ok(Entry {
            id: self.id()?,
            at_ms: self.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: object.to_owned(),
            outcome,
            address: client.address(),
            detail,
        })
    }

    /// The user who asks, as the database knows it now.
    pub(crate) async fn myself(&self, who: &Principal) -> Result<UserRow, AuthError> {
        who.require_session()?;
        self.users.by_id(&who.user_id).await?.ok_or(Unauthenticated::Ended.into())
    }
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| AuthError::Vault(VaultError::NoChance))?;
    Ok(bytes)
}

/// SHA-256, for what has enough chance of its own to need no slow hash.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Compares in a time that does not tell where they differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
