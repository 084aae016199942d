//! Secrets of providers: named, recognised by their ends, never read back.

use axum::body::Body;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wye_admin::configurator::SecretInfo;

use super::config::{NoteText, author};
use super::endpoint::{Call, Download};
use super::input::{Hidden, Json, Query};
use super::page::{Page, PageAsk};
use super::problem::Problem;

/// A secret, as far as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretHint {
    /// Its name; configuration writes `vault:NAME`.
    name: String,
    /// Its end.
    hint: String,
    /// When it was set, in Unix milliseconds.
    at_ms: u64,
    /// What names it: `kind/name`.
    used_by: Vec<String>,
}

impl From<SecretInfo> for SecretHint {
    fn from(info: SecretInfo) -> Self {
        let used_by = info.used_by.iter().map(|(kind, name)| format!("{kind}/{name}")).collect();
        Self { name: info.name, hint: info.hint, at_ms: info.at_ms, used_by }
    }
}

/// A secret's value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretValue {
    /// The secret itself.
    value: Hidden,
}

/// Secrets as they were sealed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedSecrets {
    /// What an export gave. It opens only under the same master key.
    text: String,
}

/// How many secrets were taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imported {
    /// How many.
    secrets: usize,
}

pub(super) async fn list_secrets(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<SecretHint>>, Problem> {
    let all = call.admin.configurator.list_secrets().await?;
    let all = all.into_iter().map(SecretHint::from);
    Ok(Json(Page::of_named(all, &ask, |secret| secret.name.clone())))
}

pub(super) async fn put_secret(call: Call, Json(new): Json<SecretValue>) -> Result<(), Problem> {
    let author = author(&call, NoteText::default())?;
    Ok(call.admin.configurator.set_secret(call.param("name"), &new.value.0, &author).await?)
}

pub(super) async fn delete_secret(call: Call, (): ()) -> Result<(), Problem> {
    let author = author(&call, NoteText::default())?;
    Ok(call.admin.configurator.remove_secret(call.param("name"), &author).await?)
}

pub(super) async fn export_secrets(call: Call, (): ()) -> Result<Download, Problem> {
    let text = call.admin.configurator.export_secrets().await?;
    Ok(Download {
        kind: "application/octet-stream",
        name: "wye-secrets.sealed".to_owned(),
        body: Body::from(text),
    })
}

pub(super) async fn import_secrets(
    call: Call,
    Json(sealed): Json<SealedSecrets>,
) -> Result<Json<Imported>, Problem> {
    let author = author(&call, NoteText::default())?;
    let secrets = call.admin.configurator.import_secrets(&sealed.text, &author).await?;
    call.note.add("secrets", secrets);
    Ok(Json(Imported { secrets }))
}
