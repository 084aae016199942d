//! How the gateway is: what it runs on, since when, and what does not work as it should.

use serde::Serialize;
use utoipa::ToSchema;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;
use crate::degraded::Ailment;

/// How the gateway is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// The program's version.
    version: &'static str,
    /// The database: `sqlite` or `postgresql`.
    database: &'static str,
    /// This node's name.
    node: String,
    /// Milliseconds since it started.
    uptime_ms: u64,
    /// The configuration's version.
    config_version: i64,
    /// A hash of everything that is served: file, items and defaults.
    config: String,
    /// What does not work as it should while requests are served; empty: all is well.
    degraded: Vec<Ailment>,
    /// Milliseconds that something was degraded since the start, to the second.
    degraded_ms: u64,
}

pub(super) async fn show_status(call: Call, (): ()) -> Result<Json<Status>, Problem> {
    let admin = &call.admin;
    let uptime = admin.clock.mono().saturating_sub(admin.started);
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        database: admin.db.name(),
        node: admin.node.clone(),
        uptime_ms: u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
        config_version: admin.configurator.current().version,
        config: admin.pipeline.live().hash.clone(),
        degraded: admin.condition.look(),
        degraded_ms: admin.condition.lasted_ms(),
    }))
}
