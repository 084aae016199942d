//! The lists of names that clients may send as `model`, in each dialect's shape.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use wye_pipeline::admit::may_name;
use wye_pipeline::{Caller, Live};
use wye_types::error::GatewayError;
use wye_types::{Code, DeploymentId, DialectId};

use crate::app::App;
use crate::arrival::Arrival;
use crate::door::{admitted, odd_path};
use crate::rescue;

/// A name and who stands behind it.
struct Listed {
    id: String,
    owner: String,
}

/// The names that a caller may send.
fn all(live: &Live, caller: &Caller) -> Vec<Listed> {
    let routes = live.routes.keys().map(|name| Listed { id: name.clone(), owner: "wye".to_owned() });
    let deployments = live.listed.iter().map(|d| Listed { id: d.to_string(), owner: d.provider.clone() });
    let mut all: Vec<Listed> = routes.chain(deployments).collect();
    all.sort_by(|a, b| (a.owner != "wye", &a.id).cmp(&(b.owner != "wye", &b.id)));
    all.dedup_by(|a, b| a.id == b.id);
    all.retain(|listed| may_name(caller, &listed.id).is_ok());
    all
}

fn find(live: &Live, id: &str) -> Option<Listed> {
    if live.routes.contains_key(id) {
        return Some(Listed { id: id.to_owned(), owner: "wye".to_owned() });
    }
    let deployment = DeploymentId::parse(id).filter(|d| live.endpoints.contains_key(&d.provider))?;
    Some(Listed { id: id.to_owned(), owner: deployment.provider })
}

fn openai(listed: &Listed) -> Value {
    json!({ "id": listed.id, "object": "model", "created": 0, "owned_by": listed.owner })
}

fn anthropic(listed: &Listed) -> Value {
    // The shape demands a date; the gateway does not know when a name came to be.
    json!({
        "type": "model",
        "id": listed.id,
        "display_name": listed.id,
        "created_at": "1970-01-01T00:00:00Z",
    })
}

fn gemini(listed: &Listed) -> Value {
    json!({
        "name": format!("models/{}", listed.id),
        "displayName": listed.id,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
    })
}

fn ollama(listed: &Listed) -> Value {
    // The shape demands these; the gateway has no files of models.
    json!({
        "name": listed.id,
        "model": listed.id,
        "modified_at": "1970-01-01T00:00:00Z",
        "size": 0,
        "digest": "",
        "details": { "format": "", "family": listed.owner, "families": null, "parameter_size": "", "quantization_level": "" },
    })
}

fn shape(headers: &HeaderMap) -> DialectId {
    if headers.contains_key("anthropic-version") {
        DialectId::AnthropicMessages
    } else if headers.contains_key("x-goog-api-key") {
        // Google's SDK for Python says v1 where its others say v1beta.
        DialectId::Gemini
    } else {
        DialectId::OpenAiChat
    }
}

/// `GET /v1/models`: OpenAI's shape, Anthropic's where `anthropic-version` is sent, or Gemini's where its key is.
pub(crate) async fn list(State(app): State<App>, head: Parts) -> Response {
    reply(&app, &head, shape(&head.headers), |live, caller| {
        Ok(list_in(shape(&head.headers), &all(live, caller)))
    })
}

/// `GET /v1beta/models`.
pub(crate) async fn list_gemini(State(app): State<App>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Gemini, |live, caller| Ok(list_in(DialectId::Gemini, &all(live, caller))))
}

/// `GET /api/tags`: what Ollama's clients list.
pub(crate) async fn list_ollama(State(app): State<App>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Ollama, |live, caller| Ok(list_in(DialectId::Ollama, &all(live, caller))))
}

/// `GET /api/version`: Ollama's clients ask whether somebody is there.
pub(crate) async fn ollama_version(State(app): State<App>, head: Parts) -> Response {
    reply(&app, &head, DialectId::Ollama, |_, _| Ok(json!({ "version": env!("CARGO_PKG_VERSION") })))
}

/// `GET /v1/models/{id}`; the id may hold slashes.
pub(crate) async fn show(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    head: Parts,
) -> Response {
    let Ok(Path(id)) = id else {
        return odd_path(&app, shape(&head.headers), (&head.headers, &head.extensions));
    };
    reply(&app, &head, shape(&head.headers), |live, caller| show_in(shape(&head.headers), live, caller, &id))
}

/// `GET /v1beta/models/{id}`.
pub(crate) async fn show_gemini(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    head: Parts,
) -> Response {
    let Ok(Path(id)) = id else {
        return odd_path(&app, DialectId::Gemini, (&head.headers, &head.extensions));
    };
    reply(&app, &head, DialectId::Gemini, |live, caller| show_in(DialectId::Gemini, live, caller, &id))
}

fn list_in(dialect: DialectId, all: &[Listed]) -> Value {
    match dialect {
        DialectId::AnthropicMessages => json!({
            "data": all.iter().map(anthropic).collect::<Vec<_>>(),
            "has_more": false,
            "first_id": all.first().map(|l| &l.id),
            "last_id": all.last().map(|l| &l.id),
        }),
        DialectId::Gemini => json!({ "models": all.iter().map(gemini).collect::<Vec<_>>() }),
        DialectId::Ollama => json!({ "models": all.iter().map(ollama).collect::<Vec<_>>() }),
        _ => json!({ "object": "list", "data": all.iter().map(openai).collect::<Vec<_>>() }),
    }
}

fn show_in(dialect: DialectId, live: &Live, caller: &Caller, id: &str) -> Result<Value, GatewayError> {
    may_name(caller, id)?;
    let Some(found) = find(live, id) else {
        let message =
            format!("the model `{id}` does not exist here; GET /v1/models lists the names there are");
        return Err(GatewayError::new(Code::CallerModelNotFound, message).param("model"));
    };
    Ok(match dialect {
        DialectId::AnthropicMessages => anthropic(&found),
        DialectId::Gemini => gemini(&found),
        _ => openai(&found),
    })
}

fn reply(
    app: &App,
    head: &Parts,
    dialect: DialectId,
    make: impl FnOnce(&Live, &Caller) -> Result<Value, GatewayError>,
) -> Response {
    let live = app.pipeline.live();
    let arrival = Arrival::now(app, &live, dialect, (&head.headers, &head.extensions));
    let caller = match admitted(&live, &head.headers, app.pipeline.clock().unix_ms()) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let mut response = match make(&live, &caller) {
        Ok(value) => {
            let mut response = rescue::json(StatusCode::OK, &value);
            rescue::put_request_id(response.headers_mut(), dialect, &arrival.request_id);
            response
        }
        Err(error) => rescue::error(dialect, &error, &arrival.request_id),
    };
    app.condition.mark(response.headers_mut());
    response
}
