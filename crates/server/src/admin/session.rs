//! Coming in and going out: setting up, logging in, refreshing, logging out.
//!
//! A browser gets its tokens in cookies that its pages cannot read. A script says `"tokens": true` and gets them in the
//! answer, and no cookie.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wye_admin::{AuthError, Client, Login, SignedIn, Unauthenticated};
use wye_types::{Code, Secret};

use super::cookie::{self, Tokens};
use super::endpoint::{Call, With};
use super::input::{Hidden, Json, Text};
use super::problem::Problem;
use super::user::UserBody;

/// Whether the gateway has an administrator.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SetupState {
    /// Whether the first administrator is still to be made.
    open: bool,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setup {
    /// The code that was printed where the gateway started.
    code: Hidden,
    /// The administrator's name.
    name: Text<200>,
    /// Its password.
    password: Hidden,
    /// Whether tokens are wanted in the answer instead of cookies.
    #[serde(default)]
    tokens: bool,
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The user's name.
    name: Text<200>,
    /// The password.
    password: Hidden,
    /// Whether tokens are wanted in the answer instead of cookies.
    #[serde(default)]
    tokens: bool,
}

/// The second half of a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondFactor {
    /// What the first half gave.
    pre_auth: Hidden,
    /// A code of the authenticator, or a recovery code.
    code: Hidden,
    /// Whether tokens are wanted in the answer instead of cookies.
    #[serde(default)]
    tokens: bool,
}

/// A refresh token, where it does not come in a cookie.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    /// The token; a browser leaves it out.
    refresh: Option<Hidden>,
}

/// How far a login got.
#[derive(Serialize, ToSchema)]
pub(super) struct LoginState {
    /// Whether a second factor is asked for: send `pre_auth` and a code to /api/v1/session/second-factor.
    second_factor: bool,
    /// What is to be sent with the code; good for nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_auth: Option<String>,
    /// Until when, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_auth_expires_ms: Option<u64>,
    /// The session, if there is one now.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionBody>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// Whose.
    user: UserBody,
    /// When the access token expires, in Unix milliseconds.
    access_expires_ms: u64,
    /// When the refresh token and with it the session expire, in Unix milliseconds.
    refresh_expires_ms: u64,
    /// What a page sends as `x-wye-csrf` with every change.
    csrf: String,
    /// The access token, if it was asked for: `authorization: Bearer …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<String>,
    /// The refresh token, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
}

type Came = With<Json<LoginState>>;

pub(super) async fn show_setup(call: Call, (): ()) -> Result<Json<SetupState>, Problem> {
    Ok(Json(SetupState { open: call.admin.auth.setup_open().await? }))
}

pub(super) async fn set_up(call: Call, Json(new): Json<Setup>) -> Result<Came, Problem> {
    let client = client(&call);
    let signed = call.admin.auth.setup(&new.code.0, &new.name.0, &new.password.0, &client).await?;
    came(&call, signed, new.tokens).await
}

pub(super) async fn log_in(call: Call, Json(who): Json<Credentials>) -> Result<Came, Problem> {
    match call.admin.auth.login(&who.name.0, &who.password.0, &client(&call)).await? {
        Login::In(signed) => came(&call, *signed, who.tokens).await,
        Login::SecondFactor { pre_auth, expires_ms } => {
            let state = LoginState {
                second_factor: true,
                pre_auth: Some(pre_auth.expose().to_owned()),
                pre_auth_expires_ms: Some(expires_ms),
                session: None,
            };
            Ok(With(Json(state), HeaderMap::new()))
        }
    }
}

pub(super) async fn send_second_factor(call: Call, Json(proof): Json<SecondFactor>) -> Result<Came, Problem> {
    let client = client(&call);
    let signed = call.admin.auth.second_factor(&proof.pre_auth.0, &proof.code.0, &client).await?;
    came(&call, signed, proof.tokens).await
}

pub(super) async fn refresh_session(call: Call, Json(sent): Json<Refresh>) -> Result<Came, Problem> {
    let by_hand = sent.refresh.is_some();
    let token = sent.refresh.map(|hidden| hidden.0).or_else(|| call.cookies.refresh.clone());
    let none = || Problem::new(Code::CallerUnauthenticated, "there is no refresh token; log in");
    let signed = call.admin.auth.refresh(&token.ok_or_else(none)?, &client(&call)).await?;
    came(&call, signed, by_hand).await
}

pub(super) async fn log_out(call: Call, (): ()) -> Result<With<()>, Problem> {
    call.admin.auth.logout(call.principal()?).await?;
    Ok(With((), cookie::end(&call.origin)))
}

pub(super) async fn log_out_everywhere(call: Call, (): ()) -> Result<With<()>, Problem> {
    call.admin.auth.logout_everywhere(call.principal()?).await?;
    Ok(With((), cookie::end(&call.origin)))
}

fn client(call: &Call) -> Client {
    Client::new(Some(call.origin.address), &call.origin.agent)
}

async fn came(call: &Call, signed: SignedIn, by_hand: bool) -> Result<Came, Problem> {
    let csrf = call.admin.auth.csrf_token(&signed.session).await?;
    let stay_ms = signed.refresh_expires_ms.saturating_sub(call.admin.clock.unix_ms());
    let tokens = Tokens {
        access: &signed.access,
        refresh: &signed.refresh,
        csrf: &csrf,
        stay: std::time::Duration::from_millis(stay_ms),
    };
    let headers = if by_hand { HeaderMap::new() } else { cookie::begin(&call.origin, &tokens) };
    let shown = |token: &Secret| by_hand.then(|| token.expose().to_owned());
    let session = SessionBody {
        access: shown(&signed.access),
        refresh: shown(&signed.refresh),
        user: signed.user.into(),
        access_expires_ms: signed.access_expires_ms,
        refresh_expires_ms: signed.refresh_expires_ms,
        csrf,
    };
    let state = LoginState {
        second_factor: false,
        pre_auth: None,
        pre_auth_expires_ms: None,
        session: Some(session),
    };
    Ok(With(Json(state), headers))
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let said = error.to_string();
        match error {
            AuthError::Invalid { field, message } => Self::field(field, message),
            AuthError::WrongCredentials
            | AuthError::WrongCode
            | AuthError::WrongSetupCode
            | AuthError::Unauthenticated(_) => Self::new(Code::CallerUnauthenticated, said),
            AuthError::Forbidden { .. } | AuthError::NeedsSession | AuthError::SetupClosed => {
                Self::new(Code::CallerForbidden, said)
            }
            AuthError::Throttled { retry_after } => {
                Self::new(Code::CallerThrottled, said).with_retry(retry_after)
            }
            AuthError::Busy => Self::new(Code::GatewayOverloaded, said),
            AuthError::NotFound => Self::new(Code::CallerNotFound, said),
            AuthError::Taken | AuthError::LastAdmin | AuthError::Conflict(_) => {
                Self::new(Code::CallerConflict, said)
            }
            AuthError::Store(error) => error.into(),
            AuthError::Vault(_) | AuthError::Failed(_) => {
                tracing::error!(error = said, "a fault of the admin API's authentication");
                Self::new(Code::GatewayInternal, "a fault of the gateway's own; its log says more")
            }
        }
    }
}

impl From<Unauthenticated> for Problem {
    fn from(why: Unauthenticated) -> Self {
        Self::new(Code::CallerUnauthenticated, why)
    }
}
