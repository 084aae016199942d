//! The lists of names that clients may send as `model`, in each dialect's shape.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};
use wye_pipeline::admit::may_name;
use wye_pipeline::card::Card;
use wye_pipeline::{Caller, Live};
use wye_types::error::GatewayError;
use wye_types::{Code, DeploymentId, DialectId};

use crate::app::App;
use crate::arrival::Arrival;
use crate::door::{admitted, odd_path};
use crate::prefix::Below;
use crate::{headers, rescue};

mod query;
mod search;
mod shape;

pub(crate) use search::search;

/// The names that a caller may send.
fn all<'a>(live: &'a Live, caller: &Caller) -> Vec<&'a Card> {
    live.listed.iter().filter(|card| may_name(caller, &card.name).is_ok()).collect()
}

/// What a caller calls by a name: one that is listed, or any model of a provider.
fn find<'a>(live: &'a Live, id: &str, now_s: u64) -> Option<Cow<'a, Card>> {
    if let Some(card) = live.listed.iter().find(|card| card.name == id) {
        return Some(Cow::Borrowed(card));
    }
    let deployment = DeploymentId::parse(id)?;
    let endpoint = live.endpoints.get(&deployment.provider)?;
    let known = live.models.known(endpoint, &deployment.model);
    Some(Cow::Owned(Card::of(&known, &deployment, now_s)))
}

/// In whose shape: that of the name the request came below, else of the SDK that its headers tell of.
pub(crate) fn dialect_of(head: &Parts) -> DialectId {
    let headers = &head.headers;
    if let Some(Below(dialect)) = head.extensions.get::<Below>() {
        *dialect
    } else if headers.contains_key("anthropic-version") {
        DialectId::AnthropicMessages
    } else if headers.contains_key("x-goog-api-key") {
        // Google's SDK for Python says v1 where its others say v1beta.
        DialectId::Gemini
    } else {
        DialectId::OpenAiChat
    }
}

/// `GET /v1/models`: OpenAI's shape, Anthropic's where `anthropic-version` is sent, or Gemini's where its key is.
pub(crate) async fn list(State(app): State<Arc<App>>, head: Parts) -> Response {
    reply(&app, &head, dialect_of(&head), |live, caller| {
        Ok(shape::list(dialect_of(&head), &all(live, caller)))
    })
}

/// `GET /v1beta/models`.
pub(crate) async fn list_gemini(State(app): State<Arc<App>>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Gemini, |live, caller| {
        Ok(shape::list(DialectId::Gemini, &all(live, caller)))
    })
}

/// `GET /api/tags`: what Ollama's clients list.
pub(crate) async fn list_ollama(State(app): State<Arc<App>>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Ollama, |live, caller| {
        Ok(shape::list(DialectId::Ollama, &all(live, caller)))
    })
}

/// `GET /api/version`: Ollama's clients ask whether somebody is there.
pub(crate) async fn ollama_version(State(app): State<Arc<App>>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Ollama, |_, _| Ok(json!({ "version": env!("CARGO_PKG_VERSION") })))
}

/// `GET /v1/models/{id}`; the id may hold slashes.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    head: Parts,
) -> Response {
    let Ok(Path(id)) = id else {
        return odd_path(&app, dialect_of(&head), (&head.headers, &head.extensions));
    };
    let dialect = dialect_of(&head);
    reply(&app, &head, dialect, |live, caller| show_in(dialect, (live, now_s(&app)), caller, &id))
}

/// `GET /v1beta/models/{id}`.
pub(crate) async fn show_gemini(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    head: Parts,
) -> Response {
    let Ok(Path(id)) = id else {
        return odd_path(&app, DialectId::Gemini, (&head.headers, &head.extensions));
    };
    reply(&app, &head, DialectId::Gemini, |live, caller| {
        show_in(DialectId::Gemini, (live, now_s(&app)), caller, &id)
    })
}

/// Now, in Unix seconds: prices change by the hour.
fn now_s(app: &App) -> u64 {
    app.pipeline.clock().unix_ms() / 1000
}

fn show_in(
    dialect: DialectId,
    (live, now_s): (&Live, u64),
    caller: &Caller,
    id: &str,
) -> Result<Value, GatewayError> {
    may_name(caller, id)?;
    let Some(found) = find(live, id, now_s) else {
        let message =
            format!("the model `{id}` does not exist here; GET /v1/models lists the names there are");
        return Err(GatewayError::new(Code::CallerModelNotFound, message).param("model"));
    };
    Ok(shape::one(dialect, &found))
}

fn reply(
    app: &App,
    head: &Parts,
    dialect: DialectId,
    make: impl FnOnce(&Live, &Caller) -> Result<Value, GatewayError>,
) -> Response {
    let live = app.pipeline.live();
    let arrival = Arrival::now(app, &live, dialect, (&head.headers, &head.extensions));
    let caller = match admitted(&app.pipeline, &live, &head.headers) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let mut response = match make(&live, &caller) {
        Ok(value) => {
            let mut response = rescue::json(StatusCode::OK, &value);
            headers::put_request_id(response.headers_mut(), dialect, &arrival.request_id);
            response
        }
        Err(error) => rescue::error(dialect, &error, &arrival.request_id),
    };
    app.condition.mark(response.headers_mut());
    response
}
