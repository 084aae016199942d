//! Testing a deployment: one small real call, recorded like all others and paid by nobody.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use wye_pipeline::trial::Probed;
use wye_types::DeploymentId;
use wye_types::record::RequestRecord;

use super::endpoint::Call;
use super::input::Json;
use super::problem::Problem;

/// What came of a test. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeploymentTest {
    /// `provider/model`.
    deployment: String,
    /// Whether it answered.
    ok: bool,
    /// What it answered.
    text: Option<String>,
    /// From the test's beginning to the first content.
    first_ms: Option<u64>,
    /// To the end.
    total_ms: Option<u64>,
    /// The provider's HTTP status.
    status: Option<u16>,
    /// What is wrong, as in the table of error codes.
    code: Option<&'static str>,
    /// What happened, for people.
    message: Option<String>,
    /// Tokens of the prompt.
    input: Option<u64>,
    /// Tokens of the answer, thoughts included.
    output: Option<u64>,
    /// What it cost, in nano-dollars.
    cost_nano: Option<u64>,
    /// The id under which it is recorded.
    request_id: Option<String>,
}

pub(super) async fn test_deployment(call: Call, (): ()) -> Result<Json<DeploymentTest>, Problem> {
    let missing = || Problem::missing("deployment", call.param("id"));
    let id = DeploymentId::parse(call.param("id")).ok_or_else(missing)?;
    let who = call.principal()?.name.clone();
    let live = call.admin.pipeline.live();
    let probing = Box::pin(call.admin.pipeline.probe(&live, &id, &who));
    let probed = probing.await.map_err(|error| Problem::new(error.code, error.message))?;
    let seen = view(&id, probed);
    call.note.add("ok", seen.ok);
    if let Some(code) = seen.code {
        call.note.add("code", code);
    }
    Ok(Json(seen))
}

fn view(id: &DeploymentId, Probed { said, record }: Probed) -> DeploymentTest {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let of = |get: fn(&RequestRecord) -> Option<u64>| record.as_ref().and_then(get);
    let (text, error) = match said {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(error)),
    };
    DeploymentTest {
        deployment: id.to_string(),
        ok: error.is_none(),
        text,
        first_ms: record.as_ref().and_then(|record| record.first_content).map(ms),
        total_ms: record.as_ref().map(|record| ms(record.total)),
        status: record.as_ref().and_then(|record| record.attempts.last()?.status),
        code: error.as_ref().map(|error| error.code.name()),
        message: error.map(|error| error.message),
        input: of(|record| Some(record.usage.as_ref()?.prompt_total())),
        output: of(|record| Some(record.usage.as_ref()?.output_total())),
        cost_nano: of(|record| record.cost.filter(|_| record.usage.is_some())),
        request_id: record.map(|record| record.id.to_string()),
    }
}
