//! The playground: a key for the console's own page, which lives in memory and ends with the session.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;
use wye_admin::Action;
use wye_pipeline::client::KeyPolicy;
use wye_pipeline::guest::{Guest, PREFIX};
use wye_pipeline::trial::CONSOLE;

use super::Admin;
use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// How long a key holds.
const HOUR: Duration = Duration::from_secs(3600);

/// A key of the playground.
#[derive(Serialize, ToSchema)]
pub(super) struct PlaygroundSession {
    /// The key, to be sent as `authorization: Bearer …` to the ordinary doors. It is nowhere kept but in memory, ends with
    /// this session, and holds on the node alone that made it.
    token: String,
    /// Unix milliseconds from which on it is refused.
    expires_ms: u64,
    /// The name under which its requests are recorded, in the place of a client key's.
    key: String,
}

pub(super) async fn open_playground(call: Call, (): ()) -> Result<Json<PlaygroundSession>, Problem> {
    let principal = call.principal()?;
    let session = principal.require_session()?.to_owned();
    let token = wye_admin::client_key::passing(PREFIX)?;
    let now_ms = call.admin.clock.unix_ms();
    let expires_ms = now_ms.saturating_add(u64::try_from(HOUR.as_millis()).unwrap_or(u64::MAX));
    let name = format!("{CONSOLE}:{}", principal.name);
    let policy =
        KeyPolicy { name: name.clone(), owner: Some(principal.name.clone()), ..KeyPolicy::default() };
    let origin = call.origin.page.as_deref().and_then(|page| HeaderValue::from_str(page).ok());
    let guest = Guest { policy: Arc::new(policy), session, origin, expires_ms };
    call.admin.pipeline.guests().add(token.expose(), &guest, now_ms);
    Ok(Json(PlaygroundSession { token: token.expose().to_owned(), expires_ms, key: name }))
}

/// Ends the keys of sessions that have ended, or whose users may no longer have one. A database that is away ends none: they
/// expire by themselves.
pub(super) async fn sweep(admin: &Admin) {
    let guests = admin.pipeline.guests();
    let mut ended = HashSet::new();
    for session in guests.sessions() {
        match admin.auth.session_may(&session, Action::ModelsTry).await {
            Ok(false) => drop(ended.insert(session)),
            Ok(true) => {}
            Err(error) => tracing::debug!(%error, "whether a session still stands is not known"),
        }
    }
    if !ended.is_empty() {
        guests.end(|session| ended.contains(session));
    }
}
