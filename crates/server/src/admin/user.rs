//! Users: made, listed, changed, removed by administrators.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wye_admin::{NewUser, Role, UserView};

use super::endpoint::{Call, Created};
use super::input::{Hidden, Json, Query, Text};
use super::page::{Page, PageAsk};
use super::problem::Problem;

/// What a user may do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleName {
    /// Sees how it goes.
    Viewer,
    /// Runs it.
    Operator,
    /// Everything.
    Admin,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Operator => Self::Operator,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Viewer => Self::Viewer,
            RoleName::Operator => Self::Operator,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserBody {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it may do.
    role: RoleName,
    /// Whether it may not log in.
    disabled: bool,
    /// Whether a second factor is asked for.
    totp: bool,
    /// When it was made, in Unix milliseconds.
    created_ms: u64,
    /// When it logged in last, in Unix milliseconds.
    login_ms: Option<u64>,
}

impl From<UserView> for UserBody {
    fn from(user: UserView) -> Self {
        let UserView { id, name, role, disabled, totp, created_ms, login_ms } = user;
        Self { id, name, role: role.into(), disabled, totp, created_ms, login_ms }
    }
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserWanted {
    /// Its name; unique, whatever its case.
    name: Text<200>,
    /// Its first password.
    password: Hidden,
    /// What it may do.
    role: RoleName,
}

/// What is to change of a user: one thing at a time, so that it happens wholly or not at all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPatch {
    /// Another name.
    name: Option<Text<200>>,
    /// Another role. Its sessions must be refreshed to go on.
    role: Option<RoleName>,
    /// Whether it may not log in; its sessions end.
    disabled: Option<bool>,
}

/// A password for somebody who lost theirs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordReset {
    /// The new one.
    password: Hidden,
    /// Whether the second factor is taken away too.
    #[serde(default)]
    totp: bool,
}

pub(super) async fn list_users(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<UserBody>>, Problem> {
    let after = ask.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let users = call.admin.auth.list_users(call.principal()?, after, ask.limit.0 + 1).await?;
    let size = ask.limit.0 as usize;
    let more = users.len() > size;
    let items: Vec<UserBody> = users.into_iter().take(size).map(UserBody::from).collect();
    let next = items.last().filter(|_| more).map(|user| user.id.clone());
    Ok(Json(Page { items, next }))
}

pub(super) async fn create_user(
    call: Call,
    Json(new): Json<UserWanted>,
) -> Result<Created<UserBody>, Problem> {
    let new = NewUser { name: &new.name.0, password: &new.password.0, role: new.role.into() };
    Ok(Created(call.admin.auth.create_user(call.principal()?, new).await?.into()))
}

pub(super) async fn show_user(call: Call, (): ()) -> Result<Json<UserBody>, Problem> {
    Ok(Json(call.admin.auth.user(call.principal()?, call.param("id")).await?.into()))
}

pub(super) async fn change_user(call: Call, Json(patch): Json<UserPatch>) -> Result<Json<UserBody>, Problem> {
    let (auth, who, id) = (&call.admin.auth, call.principal()?, call.param("id"));
    match patch {
        UserPatch { name: Some(name), role: None, disabled: None } => {
            auth.rename_user(who, id, &name.0).await?
        }
        UserPatch { name: None, role: Some(role), disabled: None } => {
            auth.set_role(who, id, role.into()).await?
        }
        UserPatch { name: None, role: None, disabled: Some(disabled) } => {
            auth.set_disabled(who, id, disabled).await?;
        }
        _ => return Err(Problem::field("", "send one of name, role, disabled")),
    }
    Ok(Json(auth.user(who, id).await?.into()))
}

pub(super) async fn delete_user(call: Call, (): ()) -> Result<(), Problem> {
    Ok(call.admin.auth.delete_user(call.principal()?, call.param("id")).await?)
}

pub(super) async fn reset_password(call: Call, Json(new): Json<PasswordReset>) -> Result<(), Problem> {
    let (who, id) = (call.principal()?, call.param("id"));
    Ok(call.admin.auth.reset_password(who, id, &new.password.0, new.totp).await?)
}

pub(super) async fn reset_totp(call: Call, (): ()) -> Result<(), Problem> {
    Ok(call.admin.auth.reset_totp(call.principal()?, call.param("id")).await?)
}

pub(super) async fn end_sessions_of(call: Call, (): ()) -> Result<(), Problem> {
    Ok(call.admin.auth.end_sessions_of(call.principal()?, call.param("id")).await?)
}
