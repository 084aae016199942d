//! What an operator says of deployments that the gateway leaves alone: who has mended a provider does not wait until the
//! gateway finds out.

use serde::Serialize;
use utoipa::ToSchema;
use wye_types::DeploymentId;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// What was forgotten of a deployment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeploymentReset {
    /// The deployment.
    deployment: String,
    /// Whether it was left alone until now: it rested, or its circuit breaker was open.
    was_shut: bool,
    /// How many of its provider's accounts rested. They serve the provider's other models as well.
    accounts: usize,
}

pub(super) async fn reset_deployment(call: Call, (): ()) -> Result<Json<DeploymentReset>, Problem> {
    let missing = || Problem::missing("deployment", call.param("id"));
    let id = DeploymentId::parse(call.param("id")).ok_or_else(missing)?;
    let (live, now) = (call.admin.pipeline.live(), call.admin.clock.mono());
    let endpoint = live.endpoints.get(&id.provider).ok_or_else(missing)?;
    let was_shut = endpoint.fleet.reset(&id.model, now).ok_or_else(missing)?;
    let mut accounts = 0;
    for account in &endpoint.accounts {
        accounts += usize::from(!account.state.rests(now).is_empty());
        account.state.reset();
    }
    // Requests that wait for it need not wait for what is over.
    live.waiting.changed();
    Ok(Json(DeploymentReset { deployment: id.to_string(), was_shut, accounts }))
}
