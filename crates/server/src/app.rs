//! The application state and the table of paths.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::StatusCode;
use wye_pipeline::{Caller, Pipeline};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};

use crate::arrival::Arrival;
use crate::{door, models, rescue};

/// What every handler gets.
#[derive(Clone)]
pub struct App {
    /// The request path.
    pub pipeline: Arc<Pipeline>,
    stopping: Arc<AtomicBool>,
    health: Health,
}

/// What does not work as it should while requests are served, in words; empty if all is well.
pub type Health = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

impl App {
    /// An application over a pipeline.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline, stopping: Arc::default(), health: Arc::new(Vec::new) }
    }

    /// Readiness tells of what this finds. Such a gateway is ready all the same: it serves.
    #[must_use]
    pub fn with_health(mut self, health: Health) -> Self {
        self.health = health;
        self
    }

    /// From now on readiness says no.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// The table of paths.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(door::openai_chat))
        .route("/v1/completions", post(door::openai_completions))
        .route("/v1/responses", post(door::openai_responses))
        .route("/v1/responses/input_tokens", post(door::openai_count))
        .route("/v1/responses/{*kept}", any(door::kept_response))
        .route("/v1/messages", post(door::anthropic_messages))
        .route("/v1/messages/count_tokens", post(door::anthropic_count))
        .route("/v2/chat", post(door::cohere))
        .route("/api/chat", post(door::ollama))
        .route("/api/tags", get(models::list_ollama))
        .route("/api/version", get(models::ollama_version))
        .route("/v1beta/models", get(models::list_gemini))
        .route("/v1beta/models/{*call}", get(models::show_gemini).post(door::gemini))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*call}", get(models::show).post(door::gemini))
        .route("/health/liveness", get(live))
        .route("/health/liveliness", get(live))
        .route("/healthz", get(live))
        .route("/health/readiness", get(ready))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(wrong_method)
        .fallback(not_found)
        .with_state(app)
}

async fn live() -> Response {
    rescue::json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// Ready means: requests can be served. The hash tells which configuration this process holds.
async fn ready(State(app): State<App>) -> Response {
    let stopping = app.stopping.load(Ordering::Relaxed);
    let degraded = (app.health)();
    let (status, word) = match (stopping, degraded.is_empty()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        (false, true) => (StatusCode::OK, "ready"),
        (false, false) => (StatusCode::OK, "degraded"),
    };
    let mut body = serde_json::json!({ "status": word, "config": app.pipeline.live().hash });
    if !degraded.is_empty() {
        body["degraded"] = degraded.into();
    }
    let mut response = rescue::json(status, &body);
    if stopping {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("5"));
    }
    response
}

async fn not_found(State(app): State<App>, request: Request) -> Response {
    let message = format!("there is nothing at {} {}", request.method(), request.uri().path());
    misdirected(&app, &request, &GatewayError::new(Code::CallerNotFound, message))
}

async fn wrong_method(State(app): State<App>, request: Request) -> Response {
    let message = format!("{} does not take {}", request.uri().path(), request.method());
    misdirected(&app, &request, &GatewayError::new(Code::CallerMethodNotAllowed, message))
}

/// A request to a path or with a method that is not served. What looks like a call of an API leaves a record; others
/// (a browser that asks for an icon, a scanner) do not.
fn misdirected(app: &App, request: &Request, error: &GatewayError) -> Response {
    let path = request.uri().path();
    let arrival = Arrival::now(app, dialect_of(path), request.headers());
    if path.starts_with("/v") || path.starts_with("/api/") {
        return arrival.refuse(&Caller::default(), error);
    }
    rescue::error(arrival.dialect, error, &arrival.request_id)
}

/// In whose dialect an error at this path is written.
fn dialect_of(path: &str) -> DialectId {
    if path.starts_with("/v1/messages") {
        DialectId::AnthropicMessages
    } else if path.starts_with("/v1/responses") {
        DialectId::OpenAiResponses
    } else if path.starts_with("/v1/completions") {
        DialectId::OpenAiCompletions
    } else if path.starts_with("/v2/") {
        DialectId::Cohere
    } else if path.starts_with("/api/") {
        DialectId::Ollama
    } else if path.starts_with("/v1beta/") || path.starts_with("/v1/models/") && path.contains(':') {
        DialectId::Gemini
    } else {
        DialectId::OpenAiChat
    }
}
