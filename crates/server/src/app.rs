//! The application state and the table of paths.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{Method, StatusCode, Uri};
use wye_pipeline::Pipeline;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};

use crate::{door, models, rescue};

/// What every handler gets.
#[derive(Debug, Clone)]
pub struct App {
    /// The request path.
    pub pipeline: Arc<Pipeline>,
    stopping: Arc<AtomicBool>,
}

impl App {
    /// An application over a pipeline.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { pipeline, stopping: Arc::default() }
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
        .route("/v1/messages", post(door::anthropic_messages))
        .route("/v1/messages/count_tokens", post(door::anthropic_count))
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
    let (status, word) =
        if stopping { (StatusCode::SERVICE_UNAVAILABLE, "stopping") } else { (StatusCode::OK, "ready") };
    let mut response =
        rescue::json(status, &serde_json::json!({ "status": word, "config": app.pipeline.live().hash }));
    if stopping {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("5"));
    }
    response
}

async fn not_found(State(app): State<App>, method: Method, uri: Uri) -> Response {
    let message = format!("there is nothing at {method} {}", uri.path());
    let error = GatewayError::new(Code::CallerNotFound, message);
    rescue::error(dialect_of(&uri), &error, &app.pipeline.new_id().to_string()).into_response()
}

async fn wrong_method(State(app): State<App>, method: Method, uri: Uri) -> Response {
    let message = format!("{} does not take {method}", uri.path());
    let error = GatewayError::new(Code::CallerMethodNotAllowed, message);
    rescue::error(dialect_of(&uri), &error, &app.pipeline.new_id().to_string()).into_response()
}

/// In whose dialect an error at this path is written.
fn dialect_of(uri: &Uri) -> DialectId {
    let path = uri.path();
    if path.starts_with("/v1/messages") {
        DialectId::AnthropicMessages
    } else if path.starts_with("/v1beta/") || path.starts_with("/v1/models/") && path.contains(':') {
        DialectId::Gemini
    } else {
        DialectId::OpenAiChat
    }
}
