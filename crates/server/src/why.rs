//! What became of a request, and why: one shape for operators and for the client that sent it. It tells nothing of what
//! was said.

mod decision;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;
use wye_pipeline::Caller;
use wye_store::StoreError;
use wye_store::log::{Detail, Entry, PassedBy, Tried};
use wye_types::error::GatewayError;
use wye_types::{Code, Kind, RequestId};

pub(crate) use decision::Decision;

use crate::app::App;
use crate::arrival::Arrival;
use crate::door::{admitted, odd_path};
use crate::models::dialect_of;
use crate::{headers, rescue};

/// What became of a request, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trace {
    /// Its id.
    id: String,
    /// When it arrived, in Unix milliseconds.
    at_ms: u64,
    /// What was asked for: chat, embeddings, images.
    kind: &'static str,
    /// The name the client asked for.
    asked: String,
    /// The route that name meant.
    route: Option<String>,
    /// The deployment whose answer was sent.
    served: Option<String>,
    /// The HTTP status sent.
    status: u16,
    /// How it ended, if not well.
    code: Option<String>,
    /// Whether it was a stream.
    stream: bool,
    /// Tokens of the prompt, those read from a cache included.
    tokens_in: Option<u64>,
    /// Tokens of the answer, reasoning included.
    tokens_out: Option<u64>,
    /// What it cost, in nano-dollars; `null` where no price is known.
    cost_nano: Option<u64>,
    /// Microseconds from arrival to the first content.
    first_us: Option<u64>,
    /// Microseconds from arrival to the end.
    total_us: u64,
    /// Microseconds of the gateway's own.
    overhead_us: u64,
    /// Microseconds for which it waited for a provider's quota.
    waited_us: u64,
    /// The request that it was made for, where the gateway made it for itself.
    parent: Option<String>,
    /// Why it went where it went; `null` where there was nothing to decide.
    decision: Option<Decision>,
    /// Why there is no decision; `null`: there is one, or it is not known.
    #[schema(inline)]
    why_none: Option<WhyNone>,
    /// How many targets its route had, where there is no decision; `null`: that is not known.
    targets: Option<u64>,
    /// Upstream calls, in the order in which they were started.
    attempts: Vec<TraceAttempt>,
    /// Targets that were not called.
    passed_over: Vec<TracePassed>,
    /// What the target's dialect could not say.
    warnings: Vec<String>,
}

/// Why there is no decision about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WhyNone {
    /// What it asked for means one target.
    OneTarget,
    /// Its route asks its targets in the order in which they are listed: the first that can be called, and the next ones
    /// only where that fails.
    InOrder,
    /// It ended before it came to any target.
    NoTarget,
    /// It goes through to the provider that it names.
    PassedThrough,
}

impl WhyNone {
    /// As far as the log says it. Requests that an older version wrote do not tell how many targets there were.
    fn of(entry: &Entry, told: &Detail) -> Option<Self> {
        let deployments = told.attempts.iter().map(|tried| &tried.deployment);
        let named: BTreeSet<&String> =
            deployments.chain(told.passed_over.iter().map(|over| &over.deployment)).collect();
        match (told.targets, named.len()) {
            _ if entry.decision.is_some() => None,
            (Some(1), _) => Some(Self::OneTarget),
            (Some(_), _) | (None, 2..) => Some(Self::InOrder),
            (None, 0) => Some(Self::NoTarget),
            (None, _) => {
                matches!(entry.kind, Kind::Files | Kind::Batches | Kind::Pass).then_some(Self::PassedThrough)
            }
        }
    }
}

/// An upstream call.
#[derive(Debug, Serialize, ToSchema)]
struct TraceAttempt {
    /// `provider/model`.
    deployment: String,
    /// Which of the provider's accounts, from 0.
    account: u64,
    /// What it was made for: `primary`, `retry`, `hedge`, `member`, `judge`, `mirror`, `continuation`.
    role: String,
    /// Microseconds from the request's arrival to the call.
    started_us: u64,
    /// Microseconds that it waited for its turn.
    queued_us: Option<u64>,
    /// Microseconds from the call to the beginning of the answer, where that is known.
    answered_us: Option<u64>,
    /// Microseconds from the call to the first content, where that is known.
    content_us: Option<u64>,
    /// Microseconds from the call to its end.
    took_us: u64,
    /// The provider's HTTP status.
    status: Option<u16>,
    /// `served`, `failed` or `cancelled`.
    outcome: String,
    /// How it failed.
    code: Option<String>,
}

/// A target that was not called.
#[derive(Debug, Serialize, ToSchema)]
struct TracePassed {
    /// `provider/model`.
    deployment: String,
    /// Why not, in one word.
    code: Option<String>,
    /// The same for people.
    reason: String,
}

impl From<Entry> for Trace {
    fn from(entry: Entry) -> Self {
        let told = entry.told();
        let usage = entry.usage.as_ref();
        let served = entry.provider.as_ref().zip(entry.model.as_ref());
        Self {
            id: entry.id.to_string(),
            at_ms: entry.at_ms(),
            kind: entry.kind.name(),
            served: served.map(|(provider, model)| format!("{provider}/{model}")),
            tokens_in: usage.map(wye_types::Usage::prompt_total),
            tokens_out: usage.map(wye_types::Usage::output_total),
            decision: entry.explanation().map(Decision::from),
            why_none: WhyNone::of(&entry, &told),
            targets: told.targets,
            asked: entry.asked,
            route: entry.route,
            status: entry.status,
            code: entry.code,
            stream: entry.stream,
            cost_nano: entry.cost_nano,
            first_us: entry.first_us,
            total_us: entry.total_us,
            overhead_us: entry.overhead_us,
            waited_us: told.waited_us,
            parent: told.parent,
            attempts: told.attempts.into_iter().map(TraceAttempt::from).collect(),
            passed_over: told.passed_over.into_iter().map(TracePassed::from).collect(),
            warnings: told.warnings,
        }
    }
}

impl From<Tried> for TraceAttempt {
    fn from(tried: Tried) -> Self {
        let primary = || wye_types::record::Role::Primary.name().to_owned();
        Self {
            deployment: tried.deployment,
            account: tried.account,
            role: tried.role.unwrap_or_else(primary),
            started_us: tried.started_us,
            queued_us: tried.queued_us,
            answered_us: tried.answered_us,
            content_us: tried.content_us,
            took_us: tried.took_us,
            status: tried.status,
            outcome: tried.outcome,
            code: tried.code,
        }
    }
}

impl From<PassedBy> for TracePassed {
    fn from(passed: PassedBy) -> Self {
        let PassedBy { deployment, code, reason } = passed;
        Self { deployment, code, reason }
    }
}

/// `GET /v1/trace/{id}`: to other keys than the one that sent it the request does not exist.
pub(crate) async fn trace(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    head: Parts,
) -> Response {
    let dialect = dialect_of(&head);
    let Ok(Path(id)) = id else {
        return odd_path(&app, dialect, (&head.headers, &head.extensions));
    };
    let live = app.pipeline.live();
    let arrival = Arrival::now(&app, &live, dialect, (&head.headers, &head.extensions));
    let caller = match admitted(&app.pipeline, &live, &head.headers) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    match Box::pin(own(&app, &caller, &id)).await {
        Err(error) => arrival.refuse(&caller, &error),
        Ok(trace) => {
            let body = serde_json::to_value(trace).unwrap_or_default();
            let mut response = rescue::json(StatusCode::OK, &body);
            headers::put_request_id(response.headers_mut(), dialect, &arrival.request_id);
            app.condition.mark(response.headers_mut());
            response
        }
    }
}

async fn own(app: &App, caller: &Caller, id: &str) -> Result<Trace, GatewayError> {
    let missing = || {
        let message = format!(
            "there is no request {id} of yours, or it is not written yet: it is within a second of its end; \
             x-wye-decision-id of an answer says its id"
        );
        GatewayError::new(Code::CallerNotFound, message)
    };
    let db = app.log.as_ref().ok_or_else(missing)?;
    let known = RequestId::parse(id).ok_or_else(missing)?;
    let found = Entry::whole(db, known).await.map_err(|error| told(&error))?;
    let own = found.filter(|entry| entry.key == caller.name());
    own.map(Trace::from).ok_or_else(missing)
}

fn told(error: &StoreError) -> GatewayError {
    GatewayError::new(Code::GatewayStoreUnavailable, format!("the log of requests cannot be read: {error}"))
}
