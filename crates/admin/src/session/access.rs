//! The two tokens of a session. The access token is a JWT of 15 minutes, read in one way only: HS256, our audience. The
//! refresh token names its session and generation and proves them by a MAC over the session's own random seed: the
//! database alone makes none, the signing secret alone makes none, and two tabs that refresh at once can be given the
//! same successor although it is stored nowhere.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use wye_store::users::SessionRow;
use wye_types::Secret;

use crate::auth::{Signing, same};
use crate::{AuthError, Role, Unauthenticated};

const AUDIENCE: &str = "wye-admin";
/// What a refresh token begins with, so that it is known for what it is wherever it turns up.
const REFRESH: &str = "wyer-";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The user's id.
    pub(crate) sub: String,
    /// The session's id.
    pub(crate) sid: String,
    /// The role's name.
    pub(crate) role: String,
    /// Unix seconds.
    pub(crate) iat: u64,
    /// Unix seconds.
    pub(crate) exp: u64,
    /// Ours.
    pub(crate) aud: String,
}

impl Signing {
    pub(crate) fn access_token(
        &self,
        (user_id, session): (&str, &str),
        role: Role,
        (from_s, to_s): (u64, u64),
    ) -> Result<Secret, AuthError> {
        let claims = Claims {
            sub: user_id.to_owned(),
            sid: session.to_owned(),
            role: role.name().to_owned(),
            iat: from_s,
            exp: to_s,
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signs)
            .map(Secret::new)
            .map_err(|error| AuthError::Failed(format!("signing failed: {error}")))
    }

    /// What an access token says, if it is one of ours that has not expired.
    pub(crate) fn claims(&self, token: &str, now_ms: u64) -> Result<Claims, Unauthenticated> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        // By our own clock below.
        validation.validate_exp = false;
        let data = jsonwebtoken::decode::<Claims>(token, &self.reads, &validation)
            .map_err(|_| Unauthenticated::Invalid)?;
        if data.claims.exp <= now_ms / 1000 { Err(Unauthenticated::Expired) } else { Ok(data.claims) }
    }

    /// The refresh token of a generation of a session.
    pub(crate) fn refresh_token(&self, session: &SessionRow, generation: u64) -> Result<Secret, AuthError> {
        let message =
            [b"refresh\0", session.id.as_bytes(), &session.seed, &generation.to_be_bytes()[..]].concat();
        let mac = self.mac(&message)?;
        Ok(Secret::new(format!("{REFRESH}{}.{generation}.{mac}", session.id)))
    }

    /// Whether a refresh token is one that we made for this generation.
    pub(crate) fn is_refresh_token(
        &self,
        session: &SessionRow,
        generation: u64,
        token: &Secret,
    ) -> Result<bool, AuthError> {
        let ours = self.refresh_token(session, generation)?;
        Ok(same(ours.expose().as_bytes(), token.expose().as_bytes()))
    }
}

/// The session and generation that a refresh token names.
pub(crate) fn named(token: &Secret) -> Option<(&str, u64)> {
    let (session, rest) = token.expose().strip_prefix(REFRESH)?.split_once('.')?;
    let (generation, _) = rest.split_once('.')?;
    Some((session, generation.parse().ok()?))
}
