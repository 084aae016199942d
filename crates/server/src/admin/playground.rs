//! The playground: a key for the console's own page, which ends with the session.

use serde::Serialize;
use utoipa::ToSchema;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// A key of the playground.
#[derive(Serialize, ToSchema)]
pub(super) struct PlaygroundSession {
    /// The key, to be sent as `authorization: Bearer …` to the ordinary doors of any node. It is nowhere kept but in memory,
    /// and ends with this session: at once where that is ended, within two seconds on other nodes.
    token: String,
    /// Unix milliseconds from which on it is refused.
    expires_ms: u64,
    /// The name under which its requests are recorded, in the place of a client key's.
    key: String,
}

pub(super) async fn open_playground(call: Call, (): ()) -> Result<Json<PlaygroundSession>, Problem> {
    let given = call.admin.guests.give(call.principal()?, call.origin.page.as_deref()).await;
    let (token, key, expires_ms) = given?;
    Ok(Json(PlaygroundSession { token: token.expose().to_owned(), expires_ms, key }))
}
