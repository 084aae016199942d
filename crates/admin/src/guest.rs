//! Keys for the console's own pages at the clients' doors. They are signed with the secret that all nodes of a database
//! share, so that each of them reads what another one gave; the session that such a key names is asked for before the key
//! is believed, and ends it.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use wye_pipeline::guest::PREFIX;
use wye_types::Secret;

use crate::user::role;
use crate::{Action, Auth, AuthError, Principal};

/// Told apart from the access tokens of sessions, which the same secret signs.
const AUDIENCE: &str = "wye-console";

/// What a key of a page says, as it holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestKey {
    /// The session that it ends with.
    pub session: String,
    /// The name of its user.
    pub name: String,
    /// The page's own origin, if it has told one.
    pub origin: Option<String>,
    /// Unix milliseconds from which on it is refused.
    pub expires_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The session's id.
    sid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Unix seconds.
    exp: u64,
    aud: String,
}

impl Auth {
    /// A key for a page of the session that asks, which is good for so many seconds.
    ///
    /// # Errors
    /// [`AuthError::NeedsSession`], [`AuthError::Forbidden`], or if the signing secret cannot be read.
    pub async fn give_guest_key(
        &self,
        who: &Principal,
        origin: Option<&str>,
        seconds: u64,
    ) -> Result<(Secret, GuestKey), AuthError> {
        who.require(Action::ModelsTry)?;
        let session = who.require_session()?;
        let exp = (self.now() / 1000).saturating_add(seconds);
        let origin = origin.map(str::to_owned);
        let claims =
            Claims { sid: session.to_owned(), origin: origin.clone(), exp, aud: AUDIENCE.to_owned() };
        let signed =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing().await?.signs)
                .map_err(|error| AuthError::Failed(format!("signing failed: {error}")))?;
        let expires_ms = exp.saturating_mul(1000);
        let key = GuestKey { session: session.to_owned(), name: who.name.clone(), origin, expires_ms };
        Ok((Secret::new(format!("{PREFIX}{signed}")), key))
    }

    /// What a key says that some node gave; `None`: it is none of ours, or it holds no more, since its time is over, its
    /// session has ended, or its user may no longer have one.
    ///
    /// # Errors
    /// If the database cannot answer. It is not asked about what is none of ours.
    pub async fn guest_key(&self, presented: &str) -> Result<Option<GuestKey>, AuthError> {
        let Some(signed) = presented.strip_prefix(PREFIX) else { return Ok(None) };
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        // By our own clock below.
        validation.validate_exp = false;
        let reads = &self.signing().await?.reads;
        let Ok(read) = jsonwebtoken::decode::<Claims>(signed, reads, &validation) else { return Ok(None) };
        let Claims { sid, origin, exp, .. } = read.claims;
        let expires_ms = exp.saturating_mul(1000);
        if expires_ms <= self.now() {
            return Ok(None);
        }
        let Some(user) = self.standing(&sid).await? else { return Ok(None) };
        let may = role(&user.role)?.may(Action::ModelsTry);
        Ok(may.then_some(GuestKey { session: sid, name: user.name, origin, expires_ms }))
    }
}
