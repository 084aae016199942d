//! The configuration that is served: what it consists of, whose each part is, and changing it.

use std::collections::BTreeMap;

use http::header::ETAG;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wye_admin::{Action, ChangeError, Current};
use wye_config::KINDS;
use wye_store::config_log::{Author, Edit, ItemKey};
use wye_types::Code;

use super::endpoint::{Call, With};
use super::input::{Json, Query, Text};
use super::page::{Page, PageAsk, PageSize};
use super::problem::{FieldError, Problem};

/// Why a change is made, in its author's words.
pub(super) type NoteText = Text<500>;
/// A kind or a name of an item. What a name may be, the configuration's own check says; this only bounds it.
pub(super) type NameText = Text<200>;

/// The configuration that is served, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConfigState {
    /// Its version: the base of the next change.
    version: i64,
    /// The hash of the database's items.
    hash: String,
    /// How many items of each kind are in force.
    items: BTreeMap<String, usize>,
    /// Settings that were changed and are taken only at the next start.
    restart: Vec<String>,
}

impl ConfigState {
    pub(super) fn of(current: &Current) -> Self {
        let mut items = BTreeMap::new();
        for (kind, _) in current.file_items.keys().chain(in_force(current)) {
            *items.entry(kind.clone()).or_default() += 1;
        }
        Self { version: current.version, hash: current.hash.clone(), items, restart: current.restart.clone() }
    }
}

fn in_force(current: &Current) -> impl Iterator<Item = &ItemKey> {
    current.items.keys().filter(|key| !current.file_items.contains_key(*key))
}

/// A part of the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConfigItem {
    /// What it is: `provider`, `route`, `key`, `team`, `budget` or `setting`.
    kind: String,
    /// Its name.
    name: String,
    /// What the configuration file would say under this name. Secrets are references or `***`.
    body: Value,
    /// Who owns it: `file` (read-only here) or `database`.
    owner: &'static str,
    /// Whether it is not in force because the file names it too.
    shadowed: bool,
}

/// Which items are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemsAsk {
    /// Only items of this kind.
    kind: Option<NameText>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many items at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

/// What tells which version of the configuration an author saw.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct BaseAsk {
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
}

/// A new body of an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemBody {
    /// What the configuration file would say under this name.
    body: Value,
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

/// Changes that happen together or not at all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    /// What is to become of which items.
    edits: Vec<ItemEdit>,
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

/// What is to become of an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemEdit {
    /// `provider`, `route`, `key`, `team`, `budget` or `setting`.
    kind: NameText,
    /// Its name.
    name: NameText,
    /// Its new body; `null` removes it.
    body: Option<Value>,
}

pub(super) async fn show_config(call: Call, (): ()) -> Result<With<Json<ConfigState>>, Problem> {
    let current = call.admin.configurator.current();
    Ok(tagged(&current, Json(ConfigState::of(&current))))
}

pub(super) async fn list_items(
    call: Call,
    Query(ask): Query<ItemsAsk>,
) -> Result<Json<Page<ConfigItem>>, Problem> {
    let current = call.admin.configurator.current();
    let wanted = |key: &&ItemKey| ask.kind.as_ref().is_none_or(|kind| kind.0 == key.0);
    let full = sees_keys(&call)?;
    let keys = current.file_items.keys().chain(current.items.keys()).filter(wanted);
    let mut keys: Vec<&ItemKey> = keys.collect();
    keys.sort();
    keys.dedup();
    let items = keys.into_iter().filter_map(|key| item(&current, key, full));
    let page = PageAsk { cursor: ask.cursor, limit: ask.limit };
    Ok(Json(Page::of_named(items, &page, |item| format!("{}/{}", item.kind, item.name))))
}

pub(super) async fn show_item(call: Call, (): ()) -> Result<With<Json<ConfigItem>>, Problem> {
    let current = call.admin.configurator.current();
    let key = key_of(call.param("kind"), call.param("name"))?;
    let full = sees_keys(&call)?;
    let item = item(&current, &key, full).ok_or_else(|| Problem::missing(&key.0, &key.1))?;
    Ok(tagged(&current, Json(item)))
}

pub(super) async fn put_item(
    call: Call,
    Json(new): Json<ItemBody>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let key = key_of(call.param("kind"), call.param("name"))?;
    let base = Base::of(&call, new.base)?;
    change(&call, base, vec![Edit { key, body: Some(new.body) }], new.note).await
}

pub(super) async fn delete_item(
    call: Call,
    Query(ask): Query<BaseAsk>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let key = key_of(call.param("kind"), call.param("name"))?;
    let base = Base::of(&call, ask.base)?;
    change(&call, base, vec![Edit { key, body: None }], NoteText::default()).await
}

pub(super) async fn change_config(
    call: Call,
    Json(changes): Json<Changes>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let base = Base::of(&call, changes.base)?;
    let edits = edits(changes.edits)?;
    change(&call, base, edits, changes.note).await
}

/// Edits to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// What would become of which items.
    edits: Vec<ItemEdit>,
}

pub(super) async fn check_config(call: Call, Json(trial): Json<Trial>) -> Result<(), Problem> {
    let edits = edits(trial.edits)?;
    Ok(call.admin.configurator.check(&edits).await?)
}

fn edits(edits: Vec<ItemEdit>) -> Result<Vec<Edit>, Problem> {
    let one = |edit: ItemEdit| Ok(Edit { key: key_of(&edit.kind.0, &edit.name.0)?, body: edit.body });
    edits.into_iter().map(one).collect()
}

async fn change(
    call: &Call,
    base: Base,
    edits: Vec<Edit>,
    note: NoteText,
) -> Result<With<Json<ConfigState>>, Problem> {
    let author = author(call, note)?;
    let changed = call.admin.configurator.change(base.version, edits, author).await;
    let current = changed.map_err(|error| base.stale(error))?;
    call.note.add("version", current.version);
    Ok(tagged(&current, Json(ConfigState::of(&current))))
}

/// The version that an author saw, and by which way it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base {
    pub(super) version: i64,
    by_header: bool,
}

impl Base {
    /// From the field `base`, or from `If-Match`.
    pub(super) fn of(call: &Call, field: Option<i64>) -> Result<Self, Problem> {
        let header =
            call.if_match.as_deref().map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'));
        match (field, header) {
            (Some(version), None) => Ok(Self { version, by_header: false }),
            (None, Some(tag)) => {
                let version = tag.parse().map_err(|_| {
                    Problem::field("If-Match", "send the ETag of the configuration that was read")
                })?;
                Ok(Self { version, by_header: true })
            }
            (None, None) => {
                Err(Problem::field("base", "send the version that was read, here or as If-Match"))
            }
            (Some(_), Some(_)) => Err(Problem::field("base", "send `base` or If-Match, not both")),
        }
    }

    /// Who sent the version as a precondition is told that it failed.
    pub(super) fn stale(self, error: ChangeError) -> Problem {
        let problem = Problem::from(error.clone());
        match error {
            ChangeError::Stale { .. } if self.by_header => {
                problem.with_status(StatusCode::PRECONDITION_FAILED)
            }
            _ => problem,
        }
    }
}

/// Who changes something, for the version that comes of it.
pub(super) fn author(call: &Call, note: NoteText) -> Result<Author, Problem> {
    Ok(Author { name: call.principal()?.name.clone(), at_ms: call.admin.clock.unix_ms(), note: note.0 })
}

/// An answer that says which version it is of.
pub(super) fn tagged<O>(current: &Current, answer: O) -> With<O> {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", current.version)) {
        headers.insert(ETAG, tag);
    }
    With(answer, headers)
}

/// The key of an item whose kind there is.
pub(super) fn key_of(kind: &str, name: &str) -> Result<ItemKey, Problem> {
    if !KINDS.contains(&kind) {
        return Err(Problem::field("kind", format!("`{kind}` is none of {}", KINDS.join(", "))));
    }
    Ok((kind.to_owned(), name.to_owned()))
}

fn item(current: &Current, key: &ItemKey, full: bool) -> Option<ConfigItem> {
    let file = current.file_items.get(key);
    let body = file.or_else(|| current.items.get(key))?.clone();
    let body = if full { body } else { without_hashes(&key.0, body) };
    let owner = if file.is_some() { "file" } else { "database" };
    let shadowed = current.shadowed.contains(key);
    Some(ConfigItem { kind: key.0.clone(), name: key.1.clone(), body, owner, shadowed })
}

/// Whether the caller may see by what keys are recognised. Whoever chose a weak one would have it guessed.
pub(super) fn sees_keys(call: &Call) -> Result<bool, Problem> {
    Ok(call.principal()?.require(Action::KeysWrite).is_ok())
}

/// A key's body without its hash.
pub(super) fn without_hashes(kind: &str, mut body: Value) -> Value {
    if kind == "key"
        && let Some(hash) = body.get_mut("sha256")
    {
        *hash = "***".into();
    }
    body
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let said = error.to_string();
        match error {
            ChangeError::Invalid(problems) => {
                let one = |problem: wye_config::Problem| FieldError {
                    field: problem.path,
                    message: problem.message,
                };
                Self::input(problems.into_iter().map(one).collect())
            }
            ChangeError::OwnedByFile(_) => Self::new(Code::PolicyOwnedByFile, said),
            ChangeError::NotFound(_) | ChangeError::NoVersion(_) => Self::new(Code::CallerNotFound, said),
            ChangeError::Stale { .. } | ChangeError::Taken(_) | ChangeError::InUse(_) => {
                Self::new(Code::CallerConflict, said)
            }
            ChangeError::Store(error) => error.into(),
            ChangeError::Vault(_) => Self::new(Code::GatewayInternal, said),
        }
    }
}
