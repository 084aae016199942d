//! The doors to what goes through: `/pass/{provider}/…`, files and batches. Paths are taken as they were sent, so that what
//! is percent-encoded stays so.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use wye_limits::Moment;
use wye_pipeline::pass::{Incomplete, Passing, Sending, Way};
use wye_pipeline::{Caller, Inbound};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use crate::app::App;
use crate::arrival::Arrival;
use crate::body;
use crate::door::{admitted, respond};
use crate::prefix::Below;

/// What a provider offers, as it is. Errors of the gateway are written in the provider's main dialect, which its clients
/// understand.
pub(crate) async fn provider(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path();
    let rest = path.split_once("/pass/").map_or("", |(_, rest)| rest);
    let (provider, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let below = if below.is_empty() { "/" } else { below };
    let way = Way::Provider { provider: provider.to_owned(), path: below.to_owned() };
    let live = app.pipeline.live();
    let dialect = live.endpoints.get(provider).map_or(DialectId::OpenAiChat, |known| known.main.dialect);
    drop(live);
    Box::pin(enter(app, dialect, way, request)).await
}

/// Files: OpenAI's, or Anthropic's for who names a version of its API.
pub(crate) async fn files(State(app): State<Arc<App>>, request: Request) -> Response {
    let rest = behind(request.uri().path(), "/v1/files");
    let dialect = spoken(&request);
    Box::pin(enter(app, dialect, Way::Files(rest), request)).await
}

/// OpenAI's batches.
pub(crate) async fn batches(State(app): State<Arc<App>>, request: Request) -> Response {
    let rest = behind(request.uri().path(), "/v1/batches");
    Box::pin(enter(app, DialectId::OpenAiChat, Way::Batches(rest), request)).await
}

/// Anthropic's batches.
pub(crate) async fn message_batches(State(app): State<Arc<App>>, request: Request) -> Response {
    let rest = behind(request.uri().path(), "/v1/messages/batches");
    Box::pin(enter(app, DialectId::AnthropicMessages, Way::Batches(rest), request)).await
}

/// What stands behind a door's path, which may itself stand behind a prefix.
fn behind(path: &str, door: &str) -> String {
    path.split_once(door).map_or("", |(_, rest)| rest).to_owned()
}

fn spoken(request: &Request) -> DialectId {
    let below = request.extensions().get::<Below>().copied();
    if below == Some(Below(DialectId::AnthropicMessages))
        || request.headers().contains_key("anthropic-version")
    {
        DialectId::AnthropicMessages
    } else {
        DialectId::OpenAiChat
    }
}

async fn enter(app: Arc<App>, dialect: DialectId, way: Way, request: Request) -> Response {
    let pipeline = &app.pipeline;
    let live = pipeline.live();
    let (parts, incoming) = request.into_parts();
    let arrival = Arrival::now(&app, &live, dialect, (&parts.headers, &parts.extensions));
    let caller = match admitted(pipeline, &live, &parts.headers) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let mut headers = parts.headers;
    if matches!(way, Way::Files(_) | Way::Batches(_))
        && !matches!(parts.method, Method::GET | Method::HEAD | Method::POST | Method::DELETE)
    {
        let message = format!("{} does not take {}", parts.uri.path(), parts.method);
        return arrival.refuse(&caller, &GatewayError::new(Code::CallerMethodNotAllowed, message));
    }
    // A batch of OpenAI's is a few words that name its file; Anthropic's holds all its requests.
    let makes_batch = dialect == DialectId::OpenAiChat
        && parts.method == Method::POST
        && matches!(&way, Way::Batches(rest) if rest.trim_matches('/').is_empty());
    let body = if makes_batch {
        match body::read(&headers, incoming, live.body_limit, live.body_timeout).await {
            Ok(bytes) => {
                headers.remove(CONTENT_ENCODING);
                headers.remove(CONTENT_LENGTH);
                Sending::Held(bytes)
            }
            Err(error) => return arrival.refuse(&caller, &error),
        }
    } else {
        Sending::Coming(incoming.map_err(|_| Incomplete).boxed_unsync())
    };
    let passing = Passing { method: parts.method, way, query: parts.uri.query().map(str::to_owned), body };
    let received = Moment::of(pipeline.clock());
    let Arrival { id, arrived, request_id, client, .. } = arrival;
    let path = PathAsk::default();
    let body = Bytes::new();
    let inbound = Inbound { live, id, arrived, received, caller, client, dialect, path, headers, body };
    let reply = Box::pin(pipeline.pass(inbound, passing)).await;
    let mut response = respond(dialect, reply, &request_id);
    app.condition.mark(response.headers_mut());
    response
}
