//! The application state and the table of paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::StatusCode;
use tokio_util::sync::CancellationToken;
use wye_pipeline::{Caller, Pipeline};
use wye_store::Db;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};

use crate::admin::{self, Admin, AdminDeps, Alerts};
use crate::arrival::Arrival;
use crate::console::{Asked, Console};
use crate::cors::Doors;
use crate::degraded::{Condition, Health};
use crate::door::kinds;
use crate::guest::Guestbook;
use crate::latency::Latencies;
use crate::peer::{self, Peer};
use crate::prefix::Below;
use crate::{door, kept, models, pass, realtime, rescue, upload, why};

/// What every handler gets.
#[derive(Clone)]
pub struct App {
    /// The request path.
    pub pipeline: Arc<Pipeline>,
    stopping: CancellationToken,
    pub(crate) condition: Arc<Condition>,
    pub(crate) latencies: Arc<Latencies>,
    /// Where requests are kept, if anywhere.
    pub(crate) log: Option<Db>,
    admin: Option<Arc<Admin>>,
    /// Who knows the keys of the console's pages, also where the admin API is not.
    pub(crate) guests: Option<Arc<Guestbook>>,
    console: Option<Arc<Console>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

impl App {
    /// An application over a pipeline.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self {
            pipeline,
            stopping: CancellationToken::new(),
            condition: Arc::new(Condition::new(Arc::new(Vec::new))),
            latencies: Arc::default(),
            log: None,
            admin: None,
            guests: None,
            console: None,
        }
    }

    /// Readiness and every answer to a client tell which kinds of things this finds, and the status of the admin API that
    /// is added afterwards tells all of it. Such a gateway is ready all the same: it serves. Somebody must [`App::watch`].
    #[must_use]
    pub fn with_health(mut self, health: Health) -> Self {
        self.condition = Arc::new(Condition::new(health));
        self
    }

    /// With an admin API. What its database knows of latencies, searches for models show; what became of requests, their
    /// clients are told.
    #[must_use]
    pub fn with_admin(mut self, deps: AdminDeps) -> Self {
        self.latencies = Arc::new(Latencies::of(deps.db.clone()));
        self.log = Some(deps.db.clone());
        let (pipeline, condition) = (Arc::clone(&self.pipeline), Arc::clone(&self.condition));
        let admin = Arc::new(Admin::new(pipeline, condition, deps, self.stopping.clone()));
        self.guests = Some(Arc::clone(admin.guests()));
        self.admin = Some(admin);
        self
    }

    /// With a console, wherever the admin API is: it is a page over it.
    #[must_use]
    pub fn with_console(mut self, console: Console) -> Self {
        self.console = Some(Arc::new(console));
        self
    }

    /// Watches what does not work as it should, for the answers and for the log, tells people of what needs them, as the
    /// configuration says, and watches whether the sessions stand to which keys of pages belong. Ends never.
    pub async fn watch(&self) {
        let told = async {
            if let Some(alerts) = self.alerts() {
                alerts.run().await;
            }
        };
        let guests = async {
            if let Some(guests) = &self.guests {
                guests.watch().await;
            }
        };
        tokio::join!(self.condition.watch(self.pipeline.clock()), Box::pin(told), guests);
    }

    /// What tells people of what needs them, for who takes its steps by himself. `None`: there is no admin API.
    #[must_use]
    pub fn alerts(&self) -> Option<Alerts> {
        self.admin.as_ref().map(|admin| Alerts::new(Arc::clone(admin)))
    }

    /// From now on readiness says no, and whoever follows the log is told that it ends.
    pub fn stop(&self) {
        self.stopping.cancel();
    }
}

/// All doors at one address.
pub fn router(app: App) -> Doors {
    let admin = app.admin.as_ref().map(admin::routes).unwrap_or_default();
    finished(clients().merge(health()).merge(admin), app, true)
}

/// The clients' doors alone, for where the admin API has an address of its own: it does not exist here then.
pub fn client_router(app: App) -> Doors {
    let app = App { admin: None, console: None, ..app };
    finished(clients().merge(health()), app, true)
}

/// The admin API alone, for its own address.
pub fn admin_router(app: App) -> Doors {
    let admin = app.admin.as_ref().map(admin::routes).unwrap_or_default();
    finished(health().merge(admin), app, false)
}

fn finished(paths: Router<Arc<App>>, app: App, for_clients: bool) -> Doors {
    let app = Arc::new(app);
    let paths = paths.method_not_allowed_fallback(wrong_method).fallback(not_found);
    Doors::new(paths.with_state(Arc::clone(&app)), app, for_clients)
}

/// The paths that clients call.
fn clients() -> Router<Arc<App>> {
    let chats = door::CHATS.into_iter().fold(Router::new(), |paths, (path, dialect)| {
        let chat = move |State(app): State<Arc<App>>, request: Request| door::chat(app, dialect, request);
        paths.route(path, post(chat))
    });
    chats
        .merge(kinds())
        .route("/v1/images/edits", post(upload::image_edits))
        .route("/v1/images/variations", post(upload::image_variations))
        .route("/v1/audio/transcriptions", post(upload::transcriptions))
        .route("/v1/audio/translations", post(upload::translations))
        .route("/v1/responses/input_tokens", post(door::openai_count))
        .route("/v1/responses/{*kept}", any(kept::kept_response))
        .route("/v1/messages/count_tokens", post(door::anthropic_count))
        .route("/v1/messages/batches", any(pass::message_batches))
        .route("/v1/messages/batches/{*rest}", any(pass::message_batches))
        .route("/v1/files", any(pass::files))
        .route("/v1/files/{*rest}", any(pass::files))
        .route("/v1/batches", any(pass::batches))
        .route("/v1/batches/{*rest}", any(pass::batches))
        .route("/v1/realtime", get(realtime::realtime))
        .route("/pass/{provider}", any(pass::provider))
        .route("/pass/{provider}/", any(pass::provider))
        .route("/pass/{provider}/{*path}", any(pass::provider))
        .route("/api/tags", get(models::list_ollama))
        .route("/api/version", get(models::ollama_version))
        .route("/v1beta/models", get(models::list_gemini))
        .route("/v1beta/models/{*call}", get(models::show_gemini).post(door::gemini))
        .route("/v1/trace/{id}", get(why::trace))
        .route("/v1/models", get(models::list))
        .route("/v1/models/search", get(models::search))
        .route("/v1/models/{*call}", get(models::show).post(door::gemini))
}

/// Embeddings, rerank and moderations.
fn kinds() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/embeddings", post(kinds::embeddings))
        .route("/v1/images/generations", post(kinds::images))
        .route("/v1/audio/speech", post(kinds::speech))
        .route("/v1/embed", post(kinds::cohere_embed_one))
        .route("/v2/embed", post(kinds::cohere_embed))
        .route("/api/embed", post(kinds::ollama_embed))
        .route("/api/embeddings", post(kinds::ollama_embeddings))
        .route("/v1/rerank", post(kinds::rerank))
        .route("/rerank", post(kinds::rerank))
        .route("/v2/rerank", post(kinds::cohere_rerank))
        .route("/v1/moderations", post(kinds::moderations))
}

/// The paths that whoever keeps the gateway running calls; at every address.
fn health() -> Router<Arc<App>> {
    Router::new()
        .route("/health/liveness", get(live))
        .route("/health/liveliness", get(live))
        .route("/healthz", get(live))
        .route("/health/readiness", get(ready))
        .route("/readyz", get(ready))
}

async fn live() -> Response {
    rescue::json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// Ready means: requests can be served, be it that something is degraded. The hash tells which configuration this process holds.
async fn ready(State(app): State<Arc<App>>) -> Response {
    let stopping = app.stopping.is_cancelled();
    // Which kinds, not more: whoever asks here need not be known.
    app.condition.look();
    let degraded = app.condition.names();
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

async fn not_found(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Some(admin) = admin_of(&app, &request) {
        return admin::nowhere(admin, Code::CallerNotFound, &request);
    }
    if let Some((console, https)) = console_of(&app, &request) {
        let asked =
            Asked { method: request.method(), path: request.uri().path(), headers: request.headers() };
        if let Some(shown) = console.answer(&asked, https).await {
            return shown;
        }
    }
    let message = format!("there is nothing at {} {}", request.method(), request.uri().path());
    misdirected(&app, &request, &GatewayError::new(Code::CallerNotFound, message))
}

async fn wrong_method(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Some(admin) = admin_of(&app, &request) {
        return admin::nowhere(admin, Code::CallerMethodNotAllowed, &request);
    }
    let message = format!("{} does not take {}", request.uri().path(), request.method());
    misdirected(&app, &request, &GatewayError::new(Code::CallerMethodNotAllowed, message))
}

/// The admin API, if the request means it.
fn admin_of<'a>(app: &'a App, request: &Request) -> Option<&'a Admin> {
    let rest = request.uri().path().strip_prefix(admin::PREFIX)?;
    app.admin.as_deref().filter(|_| rest.is_empty() || rest.starts_with('/'))
}

/// The console, if the request may mean it, and whether it came over https. What came below an SDK's name is that SDK's.
fn console_of(app: &App, request: &Request) -> Option<(Arc<Console>, bool)> {
    let console = app.console.as_ref().filter(|_| request.extensions().get::<Below>().is_none())?;
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::UNKNOWN);
    let trusted = &app.pipeline.live().access.trusted_proxies;
    let https = peer::client(peer.remote.ip(), request.headers(), trusted).https;
    Some((Arc::clone(console), https))
}

/// A request to a path or with a method that is not served. What looks like a call of an API leaves a record; others
/// (a browser that asks for an icon, a scanner) do not.
fn misdirected(app: &App, request: &Request, error: &GatewayError) -> Response {
    let path = request.uri().path();
    let head = (request.headers(), request.extensions());
    let below = request.extensions().get::<Below>().map(|below| below.0);
    let dialect = below.unwrap_or_else(|| dialect_of(path));
    let arrival = Arrival::now(app, &app.pipeline.live(), dialect, head);
    if path.starts_with("/v") || path.starts_with("/api/") {
        return arrival.refuse(&Caller::default(), error);
    }
    let mut response = rescue::error(arrival.dialect, error, &arrival.request_id);
    app.condition.mark(response.headers_mut());
    response
}

/// In whose dialect an error at this path is written.
fn dialect_of(path: &str) -> DialectId {
    if path.starts_with("/v1/messages") {
        DialectId::AnthropicMessages
    } else if path.starts_with("/v1/responses") {
        DialectId::OpenAiResponses
    } else if path.starts_with("/v1/completions") {
        DialectId::OpenAiCompletions
    } else if path.starts_with("/v2/") || path == "/v1/embed" {
        DialectId::Cohere
    } else if path.starts_with("/api/") {
        DialectId::Ollama
    } else if path.starts_with("/v1beta/") || path.starts_with("/v1/models/") && path.contains(':') {
        DialectId::Gemini
    } else {
        DialectId::OpenAiChat
    }
}
