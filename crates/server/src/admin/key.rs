//! Client keys: made, shown once, changed, rotated, removed; and what is left of each one's limits.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wye_admin::client_key::{self, KeyInfo, NewKey};

use super::config::{NoteText, author};
use super::endpoint::{Call, Created};
use super::input::{Json, Query, Text};
use super::limit::{LimitView, views};
use super::page::{Page, PageAsk};
use super::problem::Problem;

/// A client key, as far as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyView {
    /// Its name.
    name: String,
    /// Its end.
    hint: Option<String>,
    /// Whether it is switched off.
    disabled: bool,
    /// Unix milliseconds from which on it is refused.
    expires_ms: Option<u64>,
    /// The team whose limits hold for it too.
    team: Option<String>,
    /// Whose it is.
    owner: Option<String>,
    /// Whether the configuration file has it, so that it is changed there.
    in_file: bool,
    /// Limits, budgets, scopes and tags, as the configuration writes them.
    settings: Map<String, Value>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyWanted {
    /// Its name; unique.
    name: Text<200>,
    /// Limits, budgets, scopes, tags, `team`, `owner`, `expires`, as the configuration writes them.
    #[serde(default)]
    settings: Map<String, Value>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

/// What is to change of a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyPatch {
    /// Settings to set; `null` removes one.
    settings: Map<String, Value>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

/// A key that was made, or made anew.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyShown {
    /// Its name.
    name: String,
    /// The key. It is shown now and never again.
    key: String,
    /// The configuration's version that has it.
    version: i64,
}

/// What is left of a key's limits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyUsage {
    /// Its own limits and budgets.
    key: Vec<LimitView>,
    /// Those of its team.
    team: Vec<LimitView>,
}

pub(super) async fn list_keys(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<KeyView>>, Problem> {
    let current = call.admin.configurator.current();
    let keys = client_key::list(&current).into_iter().map(|info| {
        let item = ("key".to_owned(), info.name.clone());
        let body = current.file_items.get(&item).or_else(|| current.items.get(&item));
        view(info, body)
    });
    Ok(Json(Page::of_named(keys, &ask, |key| key.name.clone())))
}

fn view(info: KeyInfo, body: Option<&Value>) -> KeyView {
    let mut settings = body.and_then(Value::as_object).cloned().unwrap_or_default();
    // What says how it is recognised, and what has a field of its own above.
    for name in ["key", "sha256", "hint", "name", "disabled", "expires", "team", "owner"] {
        settings.shift_remove(name);
    }
    KeyView {
        name: info.name,
        hint: info.hint,
        disabled: info.disabled,
        expires_ms: info.expires_ms,
        team: info.team,
        owner: info.owner,
        in_file: info.in_file,
        settings,
    }
}

pub(super) async fn create_key(call: Call, Json(new): Json<KeyWanted>) -> Result<Created<KeyShown>, Problem> {
    let author = author(&call, new.note)?;
    call.note.add("name", new.name.0.clone());
    let new = NewKey { name: new.name.0, settings: new.settings };
    let made = client_key::create(&call.admin.configurator, new, &author).await?;
    Ok(Created(shown(&call, made)))
}

pub(super) async fn change_key(call: Call, Json(patch): Json<KeyPatch>) -> Result<(), Problem> {
    let author = author(&call, patch.note)?;
    let name = call.param("name");
    let version = client_key::update(&call.admin.configurator, name, &patch.settings, &author).await?;
    call.note.add("version", version);
    Ok(())
}

pub(super) async fn rotate_key(call: Call, (): ()) -> Result<Json<KeyShown>, Problem> {
    let author = author(&call, NoteText::default())?;
    let made = client_key::rotate(&call.admin.configurator, call.param("name"), &author).await?;
    Ok(Json(shown(&call, made)))
}

fn shown(call: &Call, made: client_key::Created) -> KeyShown {
    call.note.add("version", made.version);
    KeyShown { name: made.name, key: made.key.expose().to_owned(), version: made.version }
}

pub(super) async fn delete_key(call: Call, (): ()) -> Result<(), Problem> {
    let author = author(&call, NoteText::default())?;
    let version = client_key::remove(&call.admin.configurator, call.param("name"), &author).await?;
    call.note.add("version", version);
    Ok(())
}

pub(super) async fn show_key_usage(call: Call, (): ()) -> Result<Json<KeyUsage>, Problem> {
    let current = call.admin.configurator.current();
    let name = call.param("name");
    let key = current.config.keys.iter().find(|key| key.name == name);
    let key = key.ok_or_else(|| Problem::missing("key", name))?;
    let of = |kind: &str, name: &str| {
        let owner = format!("{kind} {name}");
        views(&call, |of| of == owner)
    };
    let team = key.team.as_ref().map(|team| of("team", team)).unwrap_or_default();
    Ok(Json(KeyUsage { key: of("key", name), team }))
}
