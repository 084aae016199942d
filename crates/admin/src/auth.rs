//! Who may use the admin API: users, logins, sessions, tokens and second factors over one database.
//!
//! Every request of the admin API asks the database whether its session or token still stands. That costs a read where
//! nobody is in a hurry, and makes a logout, a disabled user or a new role count at once on every node; nothing is ever
//! written to find out who asks, so that a full or locked disk keeps nobody from looking.

use std::fmt;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use wye_store::Db;
use wye_store::audit::{Entry, Outcome};
use wye_store::users::{UserRow, Users};
use wye_store::vault::VaultError;
use wye_types::{Clock, RequestId, Secret};

use crate::password::Passwords;
use crate::secrets::Secrets;

mod error;
mod principal;

pub use error::{AuthError, Unauthenticated};
pub use principal::{Client, Principal, Via};

/// The name of the signing secret among the sealed ones.
const SIGNING: &str = "!jwt";

/// Users and everything by which they are known. Shared by reference.
pub struct Auth {
    pub(crate) users: Users,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) passwords: Passwords,
    /// Counts the ids that were made.
    ids: AtomicU16,
    /// Read when it is first needed: the database may be away at the start.
    signing: OnceCell<Signing>,
    /// The hash of the set-up code that was given out last.
    pub(crate) setup: Mutex<Option<[u8; 32]>>,
}

/// The secret that signs tokens.
pub(crate) struct Signing {
    pub(crate) signs: EncodingKey,
    pub(crate) reads: DecodingKey,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth(***)")
    }
}

impl Signing {
    /// HMAC-SHA256 of a message in base64url. Each use begins with a word of its own.
    pub(crate) fn mac(&self, message: &[u8]) -> Result<String, AuthError> {
        jsonwebtoken::crypto::sign(message, &self.signs, Algorithm::HS256)
            .map_err(|error| AuthError::Failed(format!("signing failed: {error}")))
    }
}

impl Auth {
    /// Users of a database, of which nothing is read yet.
    #[must_use]
    pub fn new(db: Db, secrets: Arc<Secrets>, clock: Arc<dyn Clock>) -> Self {
        Self {
            users: Users::new(db),
            secrets,
            clock,
            passwords: Passwords::new(),
            ids: AtomicU16::new(0),
            signing: OnceCell::new(),
            setup: Mutex::new(None),
        }
    }

    /// The secret that signs tokens. It is made at the first start and kept sealed; there is no setting for it.
    pub(crate) async fn signing(&self) -> Result<&Signing, AuthError> {
        self.signing
            .get_or_try_init(async || {
                let fresh = Secret::new(BASE64URL_NOPAD.encode(&random::<32>()?));
                let secret = self.secrets.get_or_set(SIGNING, &fresh).await?;
                let bytes = secret.expose().as_bytes();
                Ok(Signing { signs: EncodingKey::from_secret(bytes), reads: DecodingKey::from_secret(bytes) })
            })
            .await
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.unix_ms()
    }

    /// A new UUIDv7. Those that a node makes within one millisecond are in order, too: a counter stands where RFC 9562
    /// §6.2 wants it.
    pub(crate) fn id(&self) -> Result<String, AuthError> {
        const COUNTER: u128 = 0xfff << 62;
        let count = u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) << 62;
        let chance = u128::from_be_bytes(random()?);
        Ok(RequestId::v7(self.now(), chance & !COUNTER | count & COUNTER).to_string())
    }

    /// What a page sends along with changes to prove that it is ours: bound to the session, so that it cannot be
    /// brought along from elsewhere.
    ///
    /// # Errors
    /// If the signing secret cannot be read.
    pub async fn csrf_token(&self, session: &str) -> Result<String, AuthError> {
        self.signing().await?.mac(&[b"csrf\0", session.as_bytes()].concat())
    }

    /// Whether a page sent along what [`Auth::csrf_token`] gave for this session.
    ///
    /// # Errors
    /// As [`Auth::csrf_token`].
    pub async fn csrf_fits(&self, session: &str, sent: &str) -> Result<bool, AuthError> {
        Ok(same(self.csrf_token(session).await?.as_bytes(), sent.as_bytes()))
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
