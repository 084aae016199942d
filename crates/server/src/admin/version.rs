//! The versions of the configuration: what changed when, what differs, going back, taking everything along.

use axum::body::Body;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wye_config::Format;
use wye_store::config_log::{ConfigLog, Items, Version};

use super::config::{Base, ConfigState, NoteText, author, sees_keys, tagged, without_hashes};
use super::endpoint::{Call, Download, With};
use super::input::{Json, Query};
use super::page::{Page, PageAsk};
use super::problem::Problem;

/// A version of the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConfigVersion {
    /// Its number.
    version: i64,
    /// The hash of its items.
    hash: String,
    /// When it was made, in Unix milliseconds.
    at_ms: u64,
    /// Who made it.
    author: String,
    /// Why, in the author's words.
    note: String,
    /// What changed.
    changes: Vec<ItemChange>,
}

/// What became of an item.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemChange {
    /// What it is.
    kind: String,
    /// Its name.
    name: String,
    /// Its body before; `null`: there was none. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// Its body after; `null`: it was removed. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

pub(super) async fn list_versions(
    call: Call,
    Query(ask): Query<PageAsk>,
) -> Result<Json<Page<ConfigVersion>>, Problem> {
    let versions = call.admin.configurator.history(ask.number()?, ask.limit.0 + 1).await?;
    let size = ask.limit.0 as usize;
    let more = versions.len() > size;
    let items: Vec<ConfigVersion> =
        versions.into_iter().take(size).map(|version| told(version, Bodies::None)).collect();
    let next = items.last().filter(|_| more).map(|version| version.version.to_string());
    Ok(Json(Page { items, next }))
}

pub(super) async fn show_version(call: Call, (): ()) -> Result<Json<ConfigVersion>, Problem> {
    let missing = || Problem::missing("version", call.param("version"));
    let number: i64 = call.param("version").parse().map_err(|_| missing())?;
    let bodies = if sees_keys(&call)? { Bodies::All } else { Bodies::WithoutHashes };
    let next = number.checked_add(1).ok_or_else(missing)?;
    let found = call.admin.configurator.history(Some(next), 1).await?.into_iter().next();
    let found = found.filter(|version| version.number == number).ok_or_else(missing)?;
    Ok(Json(told(found, bodies)))
}

/// How much of the bodies is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bodies {
    None,
    WithoutHashes,
    All,
}

impl Bodies {
    fn show(self, kind: &str, body: Value) -> Option<Value> {
        match self {
            Self::None => None,
            Self::WithoutHashes => Some(without_hashes(kind, body)),
            Self::All => Some(body),
        }
    }
}

fn told(version: Version, bodies: Bodies) -> ConfigVersion {
    let Value::Array(changes) = version.changes else { return ConfigVersion::without_changes(version) };
    let one = |mut change: Value| {
        let text = |change: &Value, name: &str| change[name].as_str().unwrap_or("").to_owned();
        let (kind, name) = (text(&change, "kind"), text(&change, "name"));
        let [before, after] = ["before", "after"].map(|side| bodies.show(&kind, change[side].take()));
        ItemChange { kind, name, before, after }
    };
    let changes = changes.into_iter().map(one).collect();
    ConfigVersion {
        version: version.number,
        hash: version.hash,
        at_ms: version.author.at_ms,
        author: version.author.name,
        note: version.author.note,
        changes,
    }
}

impl ConfigVersion {
    fn without_changes(version: Version) -> Self {
        told(Version { changes: Value::Array(Vec::new()), ..version }, Bodies::None)
    }
}

/// Between which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffAsk {
    /// The version before.
    from: i64,
    /// The version after.
    to: i64,
}

/// What differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diff {
    /// The items that differ.
    changes: Vec<ItemChange>,
}

pub(super) async fn diff_versions(call: Call, Query(ask): Query<DiffAsk>) -> Result<Json<Diff>, Problem> {
    let newest = call.admin.configurator.current().version;
    for (field, version) in [("from", ask.from), ("to", ask.to)] {
        if version < 0 || version > newest {
            return Err(Problem::field(field, format!("there are versions 0 to {newest}")));
        }
    }
    let bodies = if sees_keys(&call)? { Bodies::All } else { Bodies::WithoutHashes };
    let log = ConfigLog::new(call.admin.db.clone());
    let (before, after) = (log.at(ask.from).await?, log.at(ask.to).await?);
    Ok(Json(Diff { changes: difference(before, after, bodies) }))
}

fn difference(mut before: Items, after: Items, bodies: Bodies) -> Vec<ItemChange> {
    let mut changes = Vec::new();
    let mut add = |(kind, name): (String, String), before: Value, after: Value| {
        let [before, after] = [before, after].map(|body| bodies.show(&kind, body));
        changes.push(ItemChange { kind, name, before, after });
    };
    for (key, body) in after {
        let was = before.remove(&key);
        if was.as_ref() != Some(&body) {
            add(key, was.unwrap_or_default(), body);
        }
    }
    for (key, body) in before {
        add(key, body, Value::Null);
    }
    changes.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    changes
}

/// Where to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rollback {
    /// The version that the new one is to be like.
    to: i64,
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

pub(super) async fn roll_back_config(
    call: Call,
    Json(back): Json<Rollback>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let base = Base::of(&call, back.base)?;
    let author = author(&call, back.note)?;
    call.note.add("to", back.to);
    let current = call.admin.configurator.go_back(base.version, back.to, author).await;
    let current = current.map_err(|error| base.stale(error))?;
    call.note.add("version", current.version);
    Ok(tagged(&current, Json(ConfigState::of(&current))))
}

pub(super) async fn export_config(call: Call, (): ()) -> Result<With<Download>, Problem> {
    let configurator = &call.admin.configurator;
    let current = configurator.current();
    let name = format!("wye-config-{}.yaml", current.version);
    let text = wye_config::export(&current.items);
    Ok(tagged(&current, Download { kind: "application/yaml", name, body: Body::from(text) }))
}

/// A whole configuration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    /// The text, as an export has it.
    text: String,
    /// Its format.
    #[serde(default)]
    format: TextFormat,
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

/// The format of a text.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum TextFormat {
    /// YAML.
    #[default]
    Yaml,
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

pub(super) async fn import_config(
    call: Call,
    Json(import): Json<Import>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let base = Base::of(&call, import.base)?;
    let author = author(&call, import.note)?;
    let format = match import.format {
        TextFormat::Yaml => Format::Yaml,
        TextFormat::Toml => Format::Toml,
        TextFormat::Json => Format::Json,
    };
    let current = call.admin.configurator.import(base.version, (&import.text, format), author).await;
    let current = current.map_err(|error| base.stale(error))?;
    call.note.add("version", current.version);
    Ok(tagged(&current, Json(ConfigState::of(&current))))
}
