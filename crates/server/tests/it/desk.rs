//! The admin API over a database in a temporary folder, without sockets: a test says itself from where it calls.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use tower::Service;
use wye_admin::configurator::{Around, FileText};
use wye_admin::{Auth, Configurator, Secrets};
use wye_config::Format;
use wye_live::{Builder, Limiting};
use wye_pipeline::Pipeline;
use wye_pipeline::chance::Chance;
use wye_server::{AdminDeps, Ailment, App, Doors, Peer, admin_router, client_router, router};
use wye_store::Db;
use wye_types::record::{RecordSlot, Records, RequestRecord};
use wye_types::{Clock, Secret};

pub(super) const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(super) struct Hands(AtomicU64);

impl Hands {
    pub(super) fn forward(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn mono(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn unix_ms(&self) -> u64 {
        1_790_000_000_000 + self.0.load(Ordering::Relaxed)
    }
}

struct Forgotten;

impl Records for Forgotten {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(Box::new(Self))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        self.reserve()
    }
}

impl RecordSlot for Forgotten {
    fn send(self: Box<Self>, _: RequestRecord) {}
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Self(std::env::temp_dir().join(format!("wye-desk-{}-{number}", std::process::id())));
        std::fs::create_dir_all(&folder.0).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The gateway under test.
pub(super) struct Desk {
    pub(super) hands: Arc<Hands>,
    pub(super) auth: Arc<Auth>,
    pub(super) configurator: Arc<Configurator>,
    pub(super) db: Db,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) app: App,
    deps: AdminDeps,
    router: Doors,
    /// What does not work as it should.
    pub(super) ailments: Arc<Mutex<Vec<Ailment>>>,
    folder: Folder,
}

impl Desk {
    /// With nobody set up.
    pub(super) async fn new(config: &str) -> Self {
        let folder = Folder::new();
        let db = Db::sqlite(&folder.0.join("wye.db")).await.unwrap();
        Self::over(config, (folder, db), Arc::new(Hands(AtomicU64::new(0)))).await
    }

    /// Another node on the same database, at the same time. It knows nothing that is not written there.
    pub(super) async fn beside(&self, config: &str) -> Self {
        Self::over(config, (Folder::new(), self.db.clone()), Arc::clone(&self.hands)).await
    }

    async fn over(config: &str, (folder, db): (Folder, Db), hands: Arc<Hands>) -> Self {
        let clock: Arc<dyn Clock> = Arc::<Hands>::clone(&hands);
        let master = Secret::new("a master key".to_owned());
        let keys = Arc::new(move || vec![master.clone()]);
        let secrets = Arc::new(Secrets::new(db.clone(), keys, Arc::clone(&clock)));
        secrets.unlock().await.unwrap();
        let around = Around {
            env: Box::new(|_| None),
            file: Box::new(|_| Err(std::io::ErrorKind::NotFound.into())),
            listen: None,
            keep: None,
            clock: Arc::clone(&clock),
        };
        let limits = Limiting::new(Arc::clone(&clock));
        let cells = Arc::clone(&limits.cells);
        let builder = Builder::new(TaskTracker::new(), limits);
        let file = FileText { text: Some((config.to_owned(), Format::Yaml)), local: Vec::new() };
        let started =
            Configurator::start(db.clone(), Arc::clone(&secrets), around, builder, (file, None)).await;
        let (configurator, live) = started.unwrap();
        let pipeline = Pipeline::new(live, Arc::clone(&clock), Chance::seeded(1), Arc::new(Forgotten));
        let pipeline = Arc::new(pipeline);
        let served = Arc::clone(&pipeline);
        configurator.attach(move |live, _| served.swap(live));
        let auth = Arc::new(Auth::new(db.clone(), Arc::clone(&secrets), Arc::clone(&clock)));
        let deps = AdminDeps {
            auth: Arc::clone(&auth),
            configurator: Arc::clone(&configurator),
            db: db.clone(),
            cells,
            clock,
            node: "desk".to_owned(),
            environment: Arc::new(Vec::new),
        };
        let ailments: Arc<Mutex<Vec<Ailment>>> = Arc::default();
        let told = Arc::clone(&ailments);
        let health = Arc::new(move || told.lock().unwrap().clone());
        let app = App::new(Arc::clone(&pipeline)).with_health(health).with_admin(deps.clone());
        let router = router(app.clone());
        Self { hands, auth, configurator, db, pipeline, app, ailments, deps, router, folder }
    }

    /// With an administrator; gives the access token.
    pub(super) async fn set_up(config: &str) -> (Self, String) {
        let desk = Box::pin(Self::new(config)).await;
        let code = desk.auth.setup_code().await.unwrap().unwrap();
        let asked = json!({"code": code, "name": "root", "password": PASSWORD, "tokens": true});
        let seen = desk.call(Ask::post("/api/v1/setup", &asked)).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        let access = seen.json()["session"]["access"].as_str().unwrap().to_owned();
        (desk, access)
    }

    /// With users of each role, named after them; gives their access tokens: viewer, operator, admin.
    pub(super) async fn peopled(config: &str) -> (Self, [String; 3]) {
        let (desk, admin) = Box::pin(Self::set_up(config)).await;
        let mut tokens = Vec::new();
        for role in ["viewer", "operator"] {
            let asked = json!({"name": role, "password": PASSWORD, "role": role});
            let made = desk.call(Ask::post("/api/v1/users", &asked).bearer(&admin)).await;
            assert_eq!(made.status, 201, "{}", made.text());
            tokens.push(desk.token(role).await);
        }
        let [viewer, operator] = tokens.try_into().unwrap();
        (desk, [viewer, operator, admin])
    }

    /// Logs in as a script would.
    pub(super) async fn token(&self, name: &str) -> String {
        let asked = json!({"name": name, "password": PASSWORD, "tokens": true});
        let seen = self.call(Ask::post("/api/v1/session", &asked)).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        seen.json()["session"]["access"].as_str().unwrap().to_owned()
    }

    /// Logs in as a browser does.
    pub(super) async fn browser(&self, name: &str) -> Browser {
        let asked = json!({"name": name, "password": PASSWORD});
        let seen = self.call(Ask::post("/api/v1/session", &asked)).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        Browser::of(&seen)
    }

    /// Where its files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// As another process on the same database would serve it.
    pub(super) fn anew(&self) -> Doors {
        router(App::new(Arc::clone(&self.pipeline)).with_admin(self.deps.clone()))
    }

    /// As another node on the same database serves it.
    pub(super) fn node(&self, name: &str) -> App {
        let told = Arc::clone(&self.ailments);
        let health = Arc::new(move || told.lock().unwrap().clone());
        let deps = AdminDeps { node: name.to_owned(), ..self.deps.clone() };
        App::new(Arc::clone(&self.pipeline)).with_health(health).with_admin(deps)
    }

    /// An answer whose body is still to come.
    pub(super) async fn open(&self, ask: Ask) -> Response<Body> {
        open(&self.router, ask).await
    }

    pub(super) async fn call(&self, ask: Ask) -> Seen {
        call(&self.router, ask).await
    }

    /// At the address of the admin API alone.
    pub(super) async fn call_admin(&self, ask: Ask) -> Seen {
        call(&admin_router(self.app.clone()), ask).await
    }

    /// At the address of clients alone.
    pub(super) async fn call_client(&self, ask: Ask) -> Seen {
        call(&client_router(self.app.clone()), ask).await
    }
}

pub(super) async fn call(router: &Doors, ask: Ask) -> Seen {
    let response = open(router, ask).await;
    let (head, body) = response.into_parts();
    // What has no end is not waited for.
    let endless = head.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let body = if endless { Vec::new() } else { body.collect().await.unwrap().to_bytes().to_vec() };
    Seen { status: head.status, headers: head.headers, body }
}

/// An answer whose body is still to come.
pub(super) async fn open(router: &Doors, ask: Ask) -> Response<Body> {
    let mut request = Request::builder().method(ask.method.as_str()).uri(&ask.path);
    let has = |name: &str| ask.headers.iter().any(|(of, _)| of == name);
    if !has("host") {
        request = request.header("host", "localhost:9930");
    }
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let mut request = request.body(Body::from(ask.body)).unwrap();
    request.extensions_mut().insert(Peer { remote: (ask.remote, 4711).into(), local: ask.local });
    router.clone().call(request).await.unwrap()
}

/// The cookies of a browser.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    pub(super) cookies: String,
    pub(super) csrf: String,
}

impl Browser {
    pub(super) fn of(seen: &Seen) -> Self {
        let pairs: Vec<String> = seen
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        let csrf = pairs.iter().find_map(|pair| pair.split_once("wye_csrf=")).unwrap().1.to_owned();
        Self { cookies: pairs.join("; "), csrf }
    }
}

/// A call.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) remote: IpAddr,
    pub(super) local: SocketAddr,
}

impl Ask {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            remote: Ipv4Addr::LOCALHOST.into(),
            local: (Ipv4Addr::LOCALHOST, 9930).into(),
        }
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.raw(body.to_string())
    }

    pub(super) fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("content-type", "application/json")
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// As a page of the gateway's own does it.
    pub(super) fn page(self, browser: &Browser) -> Self {
        self.cookies(browser).with("x-wye-csrf", &browser.csrf).with("origin", "http://localhost:9930")
    }

    /// With the cookies alone.
    pub(super) fn cookies(self, browser: &Browser) -> Self {
        self.with("cookie", &browser.cookies)
    }

    /// From another machine, over the network.
    pub(super) fn from(mut self, remote: &str) -> Self {
        self.remote = remote.parse().unwrap();
        self.local = ([192, 0, 2, 1], 9930).into();
        self
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
}
