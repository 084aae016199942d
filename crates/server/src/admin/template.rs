//! Ready sets of routes, which are added in one step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wye_config::{TEMPLATES, Template};

use super::config::{Base, ConfigState, NoteText, author, tagged};
use super::endpoint::{Call, With};
use super::input::Json;
use super::problem::Problem;

/// A ready set of routes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteTemplate {
    /// Its name.
    name: &'static str,
    /// What it is.
    about: &'static str,
    /// The names of its routes.
    routes: Vec<String>,
    /// The routes, as YAML.
    text: &'static str,
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteTemplates {
    /// By name.
    items: Vec<RouteTemplate>,
}

pub(super) async fn list_templates(_: Call, (): ()) -> Result<Json<RouteTemplates>, Problem> {
    let told = |template: &Template| RouteTemplate {
        name: template.name,
        about: template.about,
        routes: template.items().into_keys().map(|(_, name)| name).collect(),
        text: template.text,
    };
    Ok(Json(RouteTemplates { items: TEMPLATES.iter().map(told).collect() }))
}

/// On top of which version a template is added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adding {
    /// The version that the author saw; or send it as `If-Match`.
    base: Option<i64>,
    /// Why.
    #[serde(default)]
    note: NoteText,
}

pub(super) async fn add_template(
    call: Call,
    Json(adding): Json<Adding>,
) -> Result<With<Json<ConfigState>>, Problem> {
    let name = call.param("name");
    let template = Template::of(name).ok_or_else(|| Problem::missing("template", name))?;
    let base = Base::of(&call, adding.base)?;
    let author = author(&call, adding.note)?;
    let added = call.admin.configurator.add(base.version, template.items(), author).await;
    let current = added.map_err(|error| base.stale(error))?;
    call.note.add("version", current.version);
    Ok(tagged(&current, Json(ConfigState::of(&current))))
}
