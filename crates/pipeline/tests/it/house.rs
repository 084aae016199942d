//! A pipeline in front of a fleet, in one process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_config::{Format, Sources};
use wye_live::{Builder, Limiting};
use wye_pipeline::answer::Compared;
use wye_pipeline::authenticate::{Caller, Keys};
use wye_pipeline::chance::Chance;
use wye_pipeline::client::Budgets;
use wye_pipeline::live::{Policy, Route};
use wye_pipeline::pass::Passing;
use wye_pipeline::price::Models;
use wye_pipeline::{Explained, Inbound, Live, Pipeline, Question, Reply};
use wye_routing::tree::{Group, Strategy};
use wye_sim::{Fleet, FleetHandle, Received, Script};
use wye_types::chat::ChatResponse;
use wye_types::error::GatewayError;
use wye_types::record::{RecordSlot, Records, RequestRecord};
use wye_types::{Clock, DialectId, Kind};
use wye_wire::Shape;
use wye_wire::assemble::Assembler;
use wye_wire::dialect;
use wye_wire::dialect::PathAsk;
use wye_wire::sse::SseDecoder;

/// The model of a provider that thinks; Google checks seals from the third generation on.
pub(crate) fn deep(provider: &str) -> &'static str {
    if provider == "sim-gemini" { "gemini-3-deep" } else { "deep" }
}

/// The providers of the fleet: name, dialect. Each has a model `plain` and one that thinks ([`deep`]).
pub(crate) const PROVIDERS: [(&str, DialectId); 4] = [
    ("sim-responses", DialectId::OpenAiResponses),
    ("sim-openai", DialectId::OpenAiChat),
    ("sim-anthropic", DialectId::AnthropicMessages),
    ("sim-gemini", DialectId::Gemini),
];

/// A clock that stands still: nothing here waits.
struct Still;

impl Clock for Still {
    fn mono(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn unix_ms(&self) -> u64 {
        1_750_000_000_000
    }
}

/// A clock that goes with the runtime's, which a test may pause.
struct Going(tokio::time::Instant);

impl Clock for Going {
    fn mono(&self) -> Duration {
        Duration::from_secs(1) + self.0.elapsed()
    }

    fn unix_ms(&self) -> u64 {
        Still.unix_ms() + u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Records, kept for whoever asks.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<RequestRecord>>>);

impl Records for Kept {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(Box::new(self.clone()))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        self.reserve()
    }
}

impl RecordSlot for Kept {
    fn send(self: Box<Self>, record: RequestRecord) {
        self.0.lock().unwrap().push(record);
    }
}

/// The route that tries a model of `a`, then the one of `b` that thinks.
pub(crate) fn route(a: &str, first: &str, b: &str) -> String {
    format!("{a}.{first}.{b}")
}

/// The fleet's script: all is well, or one of the providers fails.
fn script(failing: Option<(&str, &str)>) -> Script {
    let mut script = "seed: 11\nepoch: 1750000000\nproviders:\n".to_owned();
    for (name, dialect) in PROVIDERS {
        let models = format!("{{ plain: {{}}, {}: {{ reasoning: true }} }}", deep(name));
        let fault = failing.filter(|(failing, _)| *failing == name);
        let faults = fault.map_or_else(String::new, |(_, fault)| format!(", faults: [{{ fault: {fault} }}]"));
        script.push_str(&format!(
            "  {name}: {{ dialect: {dialect}, keys: [sk-{name}], models: {models}{faults} }}\n"
        ));
    }
    Script::from_yaml(&script).unwrap()
}

/// A gateway and its fleet.
pub(crate) struct House {
    pipeline: Pipeline,
    fleet: FleetHandle,
    kept: Kept,
    stop: CancellationToken,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What a client sends.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) dialect: DialectId,
    pub(crate) path: PathAsk,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Ask {
    pub(crate) fn stream(&self) -> bool {
        self.path.stream || self.body.get("stream") == Some(&Value::Bool(true))
    }

    /// The same request for another model, streamed or not.
    pub(crate) fn aimed(&self, model: &str, stream: bool) -> Self {
        let mut ask = self.clone();
        if ask.dialect == DialectId::Gemini {
            ask.path = PathAsk { model: Some(model.to_owned()), stream, sse: stream };
            return ask;
        }
        ask.body["model"] = model.into();
        let fields = ask.body.as_object_mut().unwrap();
        if stream {
            fields.insert("stream".to_owned(), true.into());
        } else {
            fields.shift_remove("stream");
            fields.shift_remove("stream_options");
        }
        ask
    }
}

/// What the client got.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) warnings: Vec<String>,
    pub(crate) served: String,
    pub(crate) reason: String,
    pub(crate) compared: Option<Box<Compared>>,
    pub(crate) trailers: HeaderMap,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl House {
    /// Starts a fleet and a gateway before it.
    pub(crate) async fn new() -> Self {
        Self::of(script(None), |fleet| {
            let mut config = "discover: false\nproviders:\n".to_owned();
            for (name, dialect) in PROVIDERS {
                let url = fleet.base_url(name);
                config.push_str(&format!(
                    "  {name}: {{ dialect: {dialect}, base_url: \"{url}\", api_key: sk-{name}, models: [plain, {}] }}\n",
                    deep(name)
                ));
            }
            config.push_str("routes:\n");
            for (a, _) in PROVIDERS {
                for (b, first) in PROVIDERS.iter().flat_map(|(b, _)| [(b, "plain"), (b, deep(a))]) {
                    let (name, second) = (route(a, first, b), deep(b));
                    config.push_str(&format!("  {name}: {{ targets: [{a}/{first}, {b}/{second}] }}\n"));
                }
            }
            config
        })
        .await
    }

    /// Starts a fleet with a script, and a gateway with the configuration for it.
    pub(crate) async fn of(script: Script, config: impl FnOnce(&FleetHandle) -> String) -> Self {
        Self::with_clock(Arc::new(Still), script, config).await
    }

    /// The same, where time passes.
    pub(crate) async fn in_time(script: Script, config: impl FnOnce(&FleetHandle) -> String) -> Self {
        Self::with_clock(Arc::new(Going(tokio::time::Instant::now())), script, config).await
    }

    async fn with_clock(
        clock: Arc<dyn Clock>,
        script: Script,
        config: impl FnOnce(&FleetHandle) -> String,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tracker = TaskTracker::new();
        let stop = CancellationToken::new();
        let fleet = Fleet::start(script, listener, &tracker, stop.clone());
        let config = config(&fleet);
        let file = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let sources = Sources { env: &|_| None, vault: &|_| None, file: &file, local: &[] };
        let config = wye_config::load(&config, Format::Yaml, &sources).unwrap();
        let builder = Builder::new(tracker, Limiting::new(Arc::clone(&clock)));
        let live = builder.encoding(crate::meaning::encoders()).build(&config).unwrap();
        let kept = Kept::default();
        let pipeline = Pipeline::new(live, clock, Chance::seeded(3), Arc::new(kept.clone()));
        Self { pipeline, fleet, kept, stop }
    }

    /// Sends a request through the gateway and reads the answer to its end.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Got, GatewayError> {
        got(Box::pin(self.pipeline.handle(self.inbound(ask))).await).await
    }

    /// The same from a client with the key of a name.
    pub(crate) async fn ask_by(&self, ask: &Ask, key: Option<&str>) -> Result<Got, GatewayError> {
        let mut inbound = self.inbound(ask);
        let key = key.map(|name| Arc::clone(inbound.live.keys.named(name).unwrap()));
        inbound.caller = Caller { key };
        got(Box::pin(self.pipeline.handle(inbound)).await).await
    }

    /// Sends a request for something besides chat; the model where the path names it.
    pub(crate) async fn serve(
        &self,
        (kind, shape): (Kind, Shape),
        model: Option<String>,
        body: Value,
    ) -> Result<Got, GatewayError> {
        let path = PathAsk { model, ..PathAsk::default() };
        let dialect = DialectId::OpenAiChat;
        let inbound = self.inbound(&Ask { dialect, path, headers: HeaderMap::new(), body });
        got(Box::pin(self.pipeline.serve(inbound, (kind, shape))).await).await
    }

    /// Lets a call go through as it is.
    pub(crate) async fn pass(&self, passing: Passing) -> Result<Got, GatewayError> {
        let (dialect, body) = (DialectId::OpenAiChat, Value::Null);
        let ask = Ask { dialect, path: PathAsk::default(), headers: HeaderMap::new(), body };
        got(Box::pin(self.pipeline.pass(self.inbound(&ask), passing)).await).await
    }

    /// Lets the gateway count a request's tokens.
    pub(crate) async fn count(&self, ask: &Ask) -> Result<Got, GatewayError> {
        got(Box::pin(self.pipeline.count(self.inbound(ask))).await).await
    }

    fn inbound(&self, ask: &Ask) -> Inbound {
        Inbound {
            client: None,
            live: self.pipeline.live(),
            id: self.pipeline.new_id(self.pipeline.clock().unix_ms()),
            arrived: self.pipeline.clock().mono(),
            received: wye_limits::Moment::of(self.pipeline.clock()),
            caller: Caller::default(),
            dialect: ask.dialect,
            path: ask.path.clone(),
            headers: ask.headers.clone(),
            body: ask.body.to_string().into(),
        }
    }

    /// Nobody remembers what failed before.
    pub(crate) fn calm(&self) {
        self.pipeline.live().fleet.reset();
    }

    /// From now on this provider fails, or none does; nobody remembers what failed before.
    pub(crate) fn fail(&self, provider: Option<&str>) {
        self.pipeline.live().fleet.reset();
        self.fleet.set_script(script(provider.map(|name| (name, "{ status: 500 }"))));
    }

    /// From now on this provider sends nothing after its answer's head.
    pub(crate) fn stall(&self, provider: &str) {
        self.fleet.set_script(script(Some((provider, "stall_body"))));
    }

    /// From now on a route has a policy of its own.
    pub(crate) fn set_policy(&self, route: &str, change: impl FnOnce(&mut Policy)) {
        let live = self.pipeline.live();
        let before = &live.routes[route];
        let mut policy = (*before.policy).clone();
        change(&mut policy);
        let targets = before.targets.clone();
        self.swap(&live, Route::new(before.tree.clone(), targets, Arc::new(policy), None));
    }

    /// From now on a route orders its targets in another way.
    pub(crate) fn set_strategy(&self, route: &str, strategy: Strategy) {
        let live = self.pipeline.live();
        let before = &live.routes[route];
        let tree = Group { strategy, ..before.tree.clone() };
        self.swap(&live, Route::new(tree, before.targets.clone(), Arc::clone(&before.policy), None));
    }

    /// Where a request would go.
    pub(crate) fn explain(&self, ask: &Ask) -> Result<Explained, GatewayError> {
        self.pipeline.explain(Question {
            live: self.pipeline.live(),
            key: None,
            dialect: ask.dialect,
            path: ask.path.clone(),
            headers: ask.headers.clone(),
            body: ask.body.to_string().into(),
            grams: false,
        })
    }

    fn swap(&self, live: &Live, changed: Route) {
        self.pipeline.swap(Arc::new(Live {
            hash: live.hash.clone(),
            keys: Keys::default(),
            budgets: Budgets::default(),
            routes: [(changed.name.to_string(), Arc::new(changed))].into(),
            endpoints: live.endpoints.clone(),
            order: live.order.clone(),
            models: Models::default(),
            fleet: Arc::clone(&live.fleet),
            defaults: Arc::clone(&live.defaults),
            listed: Vec::new(),
            heartbeat: live.heartbeat,
            body_limit: live.body_limit,
            upload_limit: live.upload_limit,
            body_timeout: live.body_timeout,
            capturing: live.capturing,
            waiting: Arc::clone(&live.waiting),
            access: live.access.clone(),
            keeps_responses: live.keeps_responses,
            fetcher: Arc::clone(&live.fetcher),
            embeddings: None,
        }));
    }

    pub(crate) const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// What was recorded since it was last asked.
    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        std::mem::take(&mut *self.kept.0.lock().unwrap())
    }

    /// Waits until so many requests to the fleet were given up.
    pub(crate) async fn disconnects(&self, n: u64) {
        self.fleet.wait_for_disconnects(n).await;
    }

    /// What reached the fleet since it was last asked.
    pub(crate) fn received(&self) -> Vec<Received> {
        let received = self.fleet.received();
        self.fleet.clear();
        received
    }
}

async fn got(reply: Reply) -> Result<Got, GatewayError> {
    let answer = reply.result?;
    let collected = answer.body.collect().await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let body = collected.to_bytes();
    let served = reply.facts.served.map(|d| d.to_string()).unwrap_or_default();
    let reason = reply.facts.reason.map(|reason| reason.to_str().unwrap().to_owned()).unwrap_or_default();
    let (warnings, compared) = (reply.facts.warnings, reply.facts.compared);
    Ok(Got { status: answer.status, body, warnings, served, reason, compared, trailers })
}

/// Reads an answer with the client dialect's own reader.
pub(crate) fn read(ask: &Ask, body: &[u8]) -> Result<ChatResponse, String> {
    let dialect = dialect(ask.dialect);
    if !ask.stream() {
        return dialect.read_response(body).map_err(|error| format!("{error:?}"));
    }
    let mut decoder = SseDecoder::new();
    let mut reader = dialect.stream_reader();
    let mut events = Vec::new();
    decoder.push(body).map_err(|_| "an event is too long")?;
    decoder.finish();
    while let Some(event) = decoder.next_event() {
        reader.read(&event, &mut events);
    }
    reader.finish(&mut events);
    if events.last() != Some(&wye_types::event::StreamEvent::End) {
        return Err(format!("the stream does not end: {:?}", events.last()));
    }
    let mut assembler = Assembler::new(ask.dialect);
    for event in events {
        assembler.push(event);
    }
    Ok(assembler.finish())
}
