//! What snippets of code need to call this gateway: where it is as seen from here, and which names there are.

use serde::Serialize;
use utoipa::ToSchema;
use wye_pipeline::card::What;
use wye_types::Kind;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// The built-in route that chooses by itself.
const AUTO: &str = "auto";

/// What snippets need.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Guide {
    /// The gateway's address as it was called, with the prefix that a trusted proxy took off, without a slash at the end; SDKs
    /// that want a version add `/v1`.
    base_url: String,
    /// Whether clients are served at that address. `false`: the admin API has an address of its own here, and clients call
    /// the configuration's `listen`.
    serves_clients: bool,
    /// Where clients' doors listen.
    listen: String,
    /// Whether clients need a key.
    needs_key: bool,
    /// A good model to begin with; `null`: nothing chats yet.
    default_model: Option<String>,
    /// The names of the configuration's routes.
    routes: Vec<String>,
    /// The names of Wye's own routes.
    built_in: Vec<String>,
}

pub(super) async fn show_guide(call: Call, (): ()) -> Result<Json<Guide>, Problem> {
    let (live, current) = (call.admin.pipeline.live(), call.admin.configurator.current());
    let scheme = if call.origin.https { "https" } else { "http" };
    let host = if call.origin.host.is_empty() {
        current.config.listen.to_string()
    } else {
        call.origin.host.clone()
    };
    let routes: Vec<String> = current.config.routes.iter().map(|route| route.name.clone()).collect();
    let mut built_in: Vec<String> =
        live.routes.keys().filter(|name| !routes.contains(name)).cloned().collect();
    built_in.sort_unstable();
    let chats = |name: &str| {
        live.listed
            .iter()
            .any(|card| card.name == name && card.sheet.kind == Kind::Chat && !card.targets.is_empty())
    };
    let own = || routes.iter().find(|name| chats(name)).cloned();
    let auto = || Some(AUTO.to_owned()).filter(|name| chats(name));
    let any = || {
        let chat =
            |card: &&wye_pipeline::card::Card| card.what == What::Deployment && card.sheet.kind == Kind::Chat;
        live.listed.iter().find(chat).map(|card| card.name.clone())
    };
    Ok(Json(Guide {
        base_url: format!("{scheme}://{host}{}", call.origin.prefix),
        serves_clients: current.config.access.admin_listen.is_none(),
        listen: current.config.listen.to_string(),
        needs_key: !live.keys.is_open(),
        default_model: own().or_else(auto).or_else(any),
        routes,
        built_in,
    }))
}
