//! Settings: what can be set, what holds, and who says so; and the variables of the environment that the program reads.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wye_admin::configurator::Current;
use wye_config::Setting;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// A variable of the environment that the program reads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// Whether it is set.
    pub set: bool,
    /// Its value, if it is set and no secret.
    pub value: Option<String>,
}

/// The settings and the environment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    /// Every setting, in the order of the documentation.
    items: Vec<SettingView>,
    /// The variables of the environment that the program reads.
    environment: Vec<EnvironmentVariable>,
}

/// A setting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SettingView {
    /// Where it stands: `log.keep`. The item that holds it is named by the part before the first dot.
    path: String,
    /// Its name for people.
    title: String,
    /// What it is.
    doc: &'static str,
    /// What it may be: `flag`, `whole`, `number`, `share`, `text`, `word`, `wait` (`30s`), `size` (`64MiB`), `dollars`,
    /// `secret`, `list`, `map`, …
    kind: &'static str,
    /// The words that it may be, if it is one of some.
    words: Vec<&'static str>,
    /// What holds if nobody says anything; `null`: nothing.
    default: Option<Value>,
    /// What is written; secrets are `***` or say where they stand. Where nothing is: the default.
    value: Option<Value>,
    /// Who says so: `default`, `file`, `database` or `environment` (what is written names a variable).
    source: &'static str,
    /// Who owns the item that it stands in: `file` or `database`; `null`: nobody wrote one.
    owner: Option<&'static str>,
    /// Whether it can be changed here.
    editable: bool,
    /// Whether a change is taken at the next start only.
    restart: bool,
}

pub(super) async fn list_settings(call: Call, (): ()) -> Result<Json<Settings>, Problem> {
    let current = call.admin.configurator.current();
    let items = wye_config::settings().into_iter().map(|setting| view(setting, &current)).collect();
    Ok(Json(Settings { items, environment: (call.admin.environment)() }))
}

fn view(setting: Setting, current: &Current) -> SettingView {
    let mut steps = setting.path.split('.');
    let top = steps.next().unwrap_or_default();
    let key = ("setting".to_owned(), top.to_owned());
    let (body, owner) = match (current.file_items.get(&key), current.items.get(&key)) {
        (Some(body), _) => (Some(body), Some("file")),
        (None, Some(body)) => (Some(body), Some("database")),
        (None, None) => (None, None),
    };
    let written = body.and_then(|body| steps.try_fold(body, |at, step| at.get(step)));
    let written = written.filter(|value| !value.is_null());
    let of_environment = written.and_then(Value::as_str).is_some_and(|text| text.contains("${"));
    SettingView {
        title: title(&setting.path),
        doc: setting.doc,
        kind: setting.kind,
        words: setting.words,
        value: written.cloned().or_else(|| setting.default.clone()),
        default: setting.default,
        source: match (written, owner) {
            (None, _) | (_, None) => "default",
            (Some(_), Some(_)) if of_environment => "environment",
            (Some(_), Some(owner)) => owner,
        },
        owner,
        editable: owner != Some("file"),
        restart: setting.restart,
        path: setting.path,
    }
}

/// The last part of a path in words: `log.keep_minutes` is `Keep minutes`.
fn title(path: &str) -> String {
    let words = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_uppercase())
}
