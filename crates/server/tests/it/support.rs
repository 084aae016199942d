//! A fleet, a gateway in front of it and a client that is not polite.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use wye_config::{Config, Format, Sources};
use wye_limits::Cells;
use wye_live::{Builder, Limiting};
use wye_pipeline::Pipeline;
use wye_pipeline::chance::{Chance, ProcessClock};
use wye_server::{App, ServeOptions, router, serve};
use wye_sim::{Fleet, FleetHandle, Script};
use wye_store::Db;
use wye_store::responses::ResponseStore;
use wye_types::kept::Responses;
use wye_types::record::{Outcome, RecordSlot, Records, RequestRecord};
use wye_types::{Clock, DialectId};

/// After this a test gives up. Nothing waits for it to pass.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Timeouts short enough for stalls to end soon, long enough for a busy machine.
pub(super) const TIMEOUTS: &str =
    "{ connect: 1s, first_content: 800ms, first_content_reasoning: 800ms, idle: 800ms, total: 2500ms }";

/// The dialects that clients speak.
pub(super) const CLIENTS: [DialectId; 7] = [
    DialectId::OpenAiChat,
    DialectId::AnthropicMessages,
    DialectId::Gemini,
    DialectId::OpenAiResponses,
    DialectId::OpenAiCompletions,
    DialectId::Ollama,
    DialectId::Cohere,
];

/// The gateway under test and what surrounds it.
pub(super) struct TestApp {
    pub(super) addr: SocketAddr,
    pub(super) fleet: FleetHandle,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) cells: Arc<Cells>,
    records: mpsc::Receiver<RequestRecord>,
    folder: Option<Folder>,
    _stop: DropGuard,
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A clock that runs, on a wall where it is always the same moment: no test meets midnight.
struct OneDay(ProcessClock);

impl Clock for OneDay {
    fn mono(&self) -> Duration {
        self.0.mono()
    }

    fn unix_ms(&self) -> u64 {
        1_795_000_000_000
    }
}

struct Channel(mpsc::Sender<RequestRecord>);

struct Slot(mpsc::OwnedPermit<RequestRecord>);

impl Records for Channel {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(Box::new(Slot(self.0.clone().try_reserve_owned().ok()?)))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        let spare = self.0.capacity() * 2 >= self.0.max_capacity();
        if spare { self.reserve() } else { None }
    }
}

impl RecordSlot for Slot {
    fn send(self: Box<Self>, record: RequestRecord) {
        self.0.send(record);
    }
}

async fn port() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// Whether a name is one of the gateway's own routes, which every list has.
pub(super) fn is_built_in(name: &str) -> bool {
    let name = name.strip_prefix("models/").unwrap_or(name);
    let name = name.strip_suffix(":latest").unwrap_or(name);
    name == "auto" || name.starts_with("wye/") || name.starts_with("sml/")
}

impl TestApp {
    /// Nobody remembers what failed before.
    pub(super) fn forget_failures(&self) {
        self.pipeline.live().fleet.reset();
    }

    /// Starts both. In the configuration `@NAME@` stands for the address of the fleet's provider NAME.
    pub(super) async fn start(script: &str, config: &str) -> Self {
        Self::start_on(ProcessClock::start(), (script, config), |_| {}, None).await
    }

    /// The same on a day that does not end, with changes to what the configuration says.
    pub(super) async fn start_with(script: &str, config: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(OneDay(ProcessClock::start()), (script, config), change, None).await
    }

    /// The same with another place where responses are kept.
    pub(super) async fn start_with_responses(
        script: &str,
        config: &str,
        responses: Arc<dyn Responses>,
    ) -> Self {
        Self::start_on(ProcessClock::start(), (script, config), |_| {}, Some(responses)).await
    }

    /// The same with a database in which responses are kept.
    pub(super) async fn start_keeping(script: &str, config: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("wye-kept-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let db = Db::sqlite(&folder.join("wye.db")).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ProcessClock::start());
        let (responses, _) = ResponseStore::start(db, clock, 64, Duration::from_secs(1)).unwrap();
        let mut app = Self::start_with_responses(script, config, Arc::new(responses)).await;
        app.folder = Some(Folder(folder));
        app
    }

    async fn start_on(
        clock: impl Clock + 'static,
        (script, config): (&str, &str),
        change: impl FnOnce(&mut Config),
        responses: Option<Arc<dyn Responses>>,
    ) -> Self {
        let tracker = TaskTracker::new();
        let stop = CancellationToken::new();
        let script = Script::from_yaml(script).unwrap();
        let names: Vec<String> = script.providers.keys().cloned().collect();
        let fleet = Fleet::start(script, port().await, &tracker, stop.clone());
        let text = names
            .iter()
            .fold(config.to_owned(), |text, name| text.replace(&format!("@{name}@"), &fleet.base_url(name)));
        let sources = Sources {
            env: &|_| None,
            vault: &|_| None,
            file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            local: &[],
        };
        let mut config = wye_config::load(&text, Format::Yaml, &sources).unwrap();
        change(&mut config);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let limits = Limiting::new(Arc::clone(&clock));
        let cells = Arc::clone(&limits.cells);
        let live = Builder::new(tracker.clone(), limits).build(&config).unwrap();
        let (sender, records) = mpsc::channel(config.records_queue);
        let pipeline = Pipeline::new(live, clock, Chance::seeded(1), Arc::new(Channel(sender)));
        let pipeline = Arc::new(match responses {
            Some(responses) => pipeline.with_responses(responses),
            None => pipeline,
        });
        let app = App::new(Arc::clone(&pipeline));
        let options = ServeOptions {
            header_limit: usize::try_from(config.header_limit).unwrap(),
            stall_timeout: config.stall_timeout,
            header_timeout: config.access.header_timeout,
            grace: Duration::ZERO,
        };
        let listener = port().await;
        let addr = listener.local_addr().unwrap();
        let (told, connections) = (stop.clone(), tracker.clone());
        tracker.spawn(async move { serve(listener, router(app), options, &connections, told).await });
        Self { addr, fleet, pipeline, cells, records, folder: None, _stop: stop.drop_guard() }
    }

    /// Sends a request and returns when the head of the answer is there.
    pub(super) async fn open(&self, call: Call) -> Live {
        let (mut sender, conn) = connect(self.addr).await;
        let sending = sender.send_request(call.into_request());
        let response = tokio::time::timeout(PATIENCE, sending).await.unwrap().unwrap();
        Live { response, _conn: conn }
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn send(&self, call: Call) -> Answer {
        self.open(call).await.read().await
    }

    /// The record of the next request that is settled.
    pub(super) async fn record(&mut self) -> RequestRecord {
        tokio::time::timeout(PATIENCE, self.records.recv()).await.unwrap().unwrap()
    }

    /// That there is no further record.
    pub(super) fn no_record(&mut self) {
        assert!(self.records.try_recv().is_err(), "a record too many");
    }

    /// Sends a request that is recorded.
    pub(super) async fn recorded(&mut self, call: Call) -> (Answer, RequestRecord) {
        let answer = self.send(call).await;
        let record = self.record().await;
        self.no_record();
        (answer, record)
    }
}

/// A connection of its own for each request, closed with the handle.
pub(super) async fn connect(addr: SocketAddr) -> (http1::SendRequest<Full<Bytes>>, JoinSet<()>) {
    let stream = TcpStream::connect(addr).await.unwrap();
    let (sender, conn) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { drop(conn.await) });
    (sender, tasks)
}

/// An answer whose body is still coming; dropping it closes the connection.
pub(super) struct Live {
    pub(super) response: Response<Incoming>,
    _conn: JoinSet<()>,
}

impl Live {
    /// The next piece of the body.
    pub(super) async fn piece(&mut self) -> Option<Bytes> {
        let frame = tokio::time::timeout(PATIENCE, self.response.frame()).await.unwrap()?;
        Some(frame.unwrap().into_data().unwrap())
    }

    pub(super) async fn read(mut self) -> Answer {
        let mut body = Vec::new();
        let mut cut = false;
        while let Some(frame) = tokio::time::timeout(PATIENCE, self.response.frame()).await.unwrap() {
            match frame {
                Ok(frame) => body.extend(frame.into_data().unwrap()),
                Err(_) => {
                    cut = true;
                    break;
                }
            }
        }
        assert!(!cut, "the gateway broke the answer off: {}", String::from_utf8_lossy(&body));
        let (head, _) = self.response.into_parts();
        Answer { status: head.status, headers: head.headers, body: body.into() }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic(&format!("{e}: {}", self.text())))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The JSON of each event of a stream, or the one of the body.
    pub(super) fn events(&self) -> Vec<Value> {
        if !self.header("content-type").starts_with("text/event-stream") {
            if self.header("content-type").starts_with("application/x-ndjson") {
                let lines = self.text();
                return lines.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
            }
            return match self.json() {
                Value::Array(items) => items,
                one => vec![one],
            };
        }
        self.text()
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .filter(|data| data.trim() != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap_or_else(|e| panic(&format!("{e}: {data}"))))
            .collect()
    }

    /// The error inside, in whichever dialect.
    pub(super) fn error(&self) -> Option<Value> {
        let found = |event: &Value| {
            let places = ["/error", "/response/error", "/delta/error"];
            let error = places.iter().find_map(|place| event.pointer(place).filter(|e| !e.is_null()));
            // Responses' own event has the error's fields beside its type, Cohere's body has nothing else.
            let whole = event["type"] == "error" || event["message"].is_string();
            error.or_else(|| whole.then_some(event)).cloned()
        };
        self.events().iter().find_map(found)
    }

    /// What is said, in whichever dialect.
    pub(super) fn said(&self) -> String {
        const PLACES: [&str; 11] = [
            "/choices/0/text",
            "/output/0/content/0/text",
            "/message/content",
            "/message/content/0/text",
            "/delta/message/content/text",
            "/choices/0/message/content",
            "/choices/0/delta/content",
            "/content/0/text",
            "/content/1/text",
            "/delta/text",
            "/candidates/0/content/parts/0/text",
        ];
        let mut said = String::new();
        for event in self.events() {
            for place in PLACES {
                said.push_str(event.pointer(place).and_then(Value::as_str).unwrap_or(""));
            }
            if event["type"] == "response.output_text.delta" {
                said.push_str(event["delta"].as_str().unwrap_or(""));
            }
        }
        said
    }
}

#[expect(clippy::panic, reason = "tests")]
pub(super) fn panic(why: &str) -> ! {
    panic!("{why}")
}

/// A request to be sent.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Call {
    pub(super) fn get(path: &str) -> Self {
        Self { method: "GET", path: path.to_owned(), headers: Vec::new(), body: Bytes::new() }
    }

    pub(super) fn post(path: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.to_owned(), headers, body: body.into() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// An ordinary question in a dialect.
    pub(super) fn chat(client: DialectId, model: &str, stream: bool, prompt: &str) -> Self {
        let (path, body) = match client {
            DialectId::OpenAiChat => (
                "/v1/chat/completions".to_owned(),
                json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt}]}),
            ),
            DialectId::OpenAiResponses => {
                ("/v1/responses".to_owned(), json!({"model": model, "stream": stream, "input": prompt}))
            }
            DialectId::OpenAiCompletions => {
                ("/v1/completions".to_owned(), json!({"model": model, "stream": stream, "prompt": prompt}))
            }
            DialectId::Cohere => (
                "/v2/chat".to_owned(),
                json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt}]}),
            ),
            DialectId::Ollama => (
                "/api/chat".to_owned(),
                json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt}]}),
            ),
            DialectId::BedrockConverse => panic("there is no door for Bedrock's clients"),
            DialectId::AnthropicMessages => (
                "/v1/messages".to_owned(),
                json!({
                    "model": model, "stream": stream, "max_tokens": 500,
                    "messages": [{"role": "user", "content": prompt}],
                }),
            ),
            DialectId::Gemini => {
                let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
                (
                    format!("/v1beta/models/{model}:{method}"),
                    json!({"contents": [{"role": "user", "parts": [{"text": prompt}]}]}),
                )
            }
        };
        Self::post(&path, body.to_string())
    }

    /// A question in OpenAI's dialect.
    pub(super) fn ask(model: &str, stream: bool) -> Self {
        Self::chat(DialectId::OpenAiChat, model, stream, "Tell me something.")
    }

    pub(super) fn into_request(self) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(self.method).uri(self.path).header("host", "localhost");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Full::new(self.body)).unwrap()
    }
}

/// The attempts of a record, short.
pub(super) fn attempts(record: &RequestRecord) -> String {
    let attempts: Vec<String> = record
        .attempts
        .iter()
        .map(|a| {
            let status = a.status.map_or_else(|| "-".to_owned(), |s| s.to_string());
            let outcome = match a.outcome {
                Outcome::Served => "served",
                Outcome::Cancelled => "cancelled",
                Outcome::Failed(code) => code.name(),
            };
            format!("{} {status} {outcome}", a.deployment.provider)
        })
        .collect();
    attempts.join(", ")
}

/// The code of a record.
pub(super) fn code(record: &RequestRecord) -> &'static str {
    record.code.map_or("-", wye_types::Code::name)
}
