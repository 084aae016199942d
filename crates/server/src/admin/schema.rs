//! The JSON Schema of the configuration, whole or of one kind of item: what forms are made from.

use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use wye_config::KINDS;

use super::endpoint::Call;
use super::input::{Json, Query, Text};
use super::problem::Problem;

/// Of what the schema is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaAsk {
    /// Of the body of an item of this kind: `provider`, `route`, `key`, `team`, `budget`; of `setting`: of all settings, each
    /// under its name. Absent: of the whole file.
    kind: Option<Text<64>>,
}

pub(super) async fn show_schema(_: Call, Query(ask): Query<SchemaAsk>) -> Result<Json<Value>, Problem> {
    let Some(kind) = ask.kind else { return Ok(Json(wye_config::schema())) };
    let none = || Problem::field("kind", format!("`{}` is none of {}", kind.0, KINDS.join(", ")));
    wye_config::schema_of(&kind.0).map(Json).ok_or_else(none)
}
