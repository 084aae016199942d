//! One's own account: name, password, second factor, sessions, tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wye_admin::{NewToken, SessionView, TokenView};
use wye_types::Secret;

use super::endpoint::{Call, Created};
use super::input::{Hidden, Json, Query, Text};
use super::page::{Page, PageAsk};
use super::problem::Problem;
use super::user::{RoleName, UserBody};

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The user.
    user: UserBody,
    /// What may be done by this session or token, which may be less than its user may.
    role: RoleName,
    /// Whether it is a session and not a script's token.
    session: bool,
    /// Recovery codes that are left, where the second factor is on.
    recovery_codes: u64,
    /// What a page sends as `x-wye-csrf` with every change; absent for tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// The name.
    name: Text<200>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The one that holds.
    current_password: Hidden,
    /// The one that is to hold.
    new_password: Hidden,
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    /// One's own.
    password: Hidden,
}

/// A code of the authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpCode {
    /// Six digits.
    code: Hidden,
}

/// A password and a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordAndCode {
    /// One's own password.
    password: Hidden,
    /// A code of the authenticator, or a recovery code.
    code: Hidden,
}

/// A second factor that was begun. It is shown now and never again.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpSecret {
    /// The secret in base32, for typing.
    secret: String,
    /// `otpauth://totp/…`.
    uri: String,
    /// The same as a picture: SVG.
    svg: String,
}

/// Recovery codes. They are shown now and never again; each works once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// The codes.
    codes: Vec<String>,
}

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnSession {
    /// Its id.
    id: String,
    /// When it was begun, in Unix milliseconds.
    created_ms: u64,
    /// When it was refreshed last, in Unix milliseconds.
    seen_ms: u64,
    /// When it ends, in Unix milliseconds.
    expires_ms: u64,
    /// Where it was refreshed last.
    address: String,
    /// What the client said it is.
    agent: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// A token for scripts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnToken {
    /// Its id.
    id: String,
    /// What its user calls it.
    name: String,
    /// Its end.
    hint: String,
    /// What it may do.
    role: RoleName,
    /// When it was made, in Unix milliseconds.
    created_ms: u64,
    /// When it expires, in Unix milliseconds.
    expires_ms: u64,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenWanted {
    /// What its user calls it.
    name: Text<200>,
    /// What it may do; no more than its user.
    role: RoleName,
    /// Days until it expires: 1 to 366.
    days: u32,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenShown {
    /// What can be seen of it later.
    token: OwnToken,
    /// The token: `authorization: Bearer …`. It is shown now and never again.
    secret: String,
}

pub(super) async fn show_me(call: Call, (): ()) -> Result<Json<Me>, Problem> {
    let who = call.principal()?;
    let auth = &call.admin.auth;
    let user = auth.me(who).await?.ok_or_else(|| Problem::missing("user", &who.name))?;
    let csrf = match &who.session {
        Some(session) => Some(auth.csrf_token(session).await?),
        None => None,
    };
    let recovery_codes =
        if user.totp && who.session.is_some() { auth.recovery_codes_left(who).await? } else { 0 };
    let (role, session) = (who.role.into(), who.session.is_some());
    Ok(Json(Me { user: user.into(), role, session, recovery_codes, csrf }))
}

pub(super) async fn rename_me(call: Call, Json(new): Json<Rename>) -> Result<(), Problem> {
    Ok(call.admin.auth.rename_me(call.principal()?, &new.name.0).await?)
}

pub(super) async fn change_password(call: Call, Json(new): Json<PasswordChange>) -> Result<(), Problem> {
    let who = call.principal()?;
    Ok(call.admin.auth.change_password(who, &new.current_password.0, &new.new_password.0).await?)
}

pub(super) async fn begin_totp(call: Call, Json(proof): Json<Password>) -> Result<Json<TotpSecret>, Problem> {
    let begun = call.admin.auth.begin_totp(call.principal()?, &proof.password.0).await?;
    let shown = |secret: &Secret| secret.expose().to_owned();
    Ok(Json(TotpSecret { secret: shown(&begun.secret), uri: shown(&begun.uri), svg: shown(&begun.svg) }))
}

pub(super) async fn confirm_totp(
    call: Call,
    Json(proof): Json<TotpCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let codes = call.admin.auth.confirm_totp(call.principal()?, &proof.code.0).await?;
    Ok(Json(shown(&codes)))
}

pub(super) async fn disable_totp(call: Call, Json(proof): Json<PasswordAndCode>) -> Result<(), Problem> {
    let who = call.principal()?;
    Ok(call.admin.auth.disable_totp(who, &proof.password.0, &proof.code.0).await?)
}

pub(super) async fn renew_recovery_codes(
    call: Call,
    Json(proof): Json<PasswordAndCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let who = call.principal()?;
    let codes = call.admin.auth.renew_recovery_codes(who, &proof.password.0, &proof.code.0).await?;
    Ok(Json(shown(&codes)))
}

fn shown(codes: &[Secret]) -> RecoveryCodes {
    RecoveryCodes { codes: codes.iter().map(|code| code.expose().to_owned()).collect() }
}

pub(super) async fn list_my_sessions(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<OwnSession>>, Problem> {
    let sessions = call.admin.auth.sessions(call.principal()?).await?;
    let sessions = sessions.into_iter().map(|session| {
        let SessionView { id, created_ms, seen_ms, expires_ms, address, agent, current } = session;
        OwnSession { id, created_ms, seen_ms, expires_ms, address, agent, current }
    });
    Ok(Json(Page::of_named(sessions, &ask, |session| session.id.clone())))
}

pub(super) async fn end_my_session(call: Call, (): ()) -> Result<(), Problem> {
    Ok(call.admin.auth.end_session(call.principal()?, call.param("id")).await?)
}

pub(super) async fn list_my_tokens(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<OwnToken>>, Problem> {
    let tokens = call.admin.auth.tokens(call.principal()?).await?;
    Ok(Json(Page::of_named(tokens.into_iter().map(OwnToken::from), &ask, |token| token.id.clone())))
}

pub(super) async fn create_my_token(
    call: Call,
    Json(new): Json<TokenWanted>,
) -> Result<Created<TokenShown>, Problem> {
    let new = NewToken { name: &new.name.0, role: new.role.into(), days: new.days };
    let made = call.admin.auth.create_token(call.principal()?, new).await?;
    Ok(Created(TokenShown { token: made.token.into(), secret: made.secret.expose().to_owned() }))
}

pub(super) async fn delete_my_token(call: Call, (): ()) -> Result<(), Problem> {
    Ok(call.admin.auth.remove_token(call.principal()?, call.param("id")).await?)
}

impl From<TokenView> for OwnToken {
    fn from(token: TokenView) -> Self {
        let TokenView { id, name, hint, role, created_ms, expires_ms } = token;
        Self { id, name, hint, role: role.into(), created_ms, expires_ms }
    }
}
