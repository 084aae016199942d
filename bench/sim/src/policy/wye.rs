//! Wye itself: the real request path, from a client's bytes to the bytes of the answer, with the real configuration.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;
use serde_json::json;
use tokio_util::task::TaskTracker;
use wye_config::{Format, Sources};
use wye_limits::Moment;
use wye_live::{Builder, Limiting};
use wye_pipeline::authenticate::Caller;
use wye_pipeline::chance::Chance;
use wye_pipeline::{Inbound, Pipeline};
use wye_routing::grades::Graded;
use wye_types::record::{RecordSlot, Records, RequestRecord};
use wye_types::{Clock, DeploymentId, DialectId, RequestId};
use wye_wire::dialect::PathAsk;

use super::{Policy, Providers, Telling, Told};
use crate::ask::Ask;
use crate::clock::Virtual;
use crate::serve::dialer;
use crate::spec::Spec;

/// How Wye is configured in a row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Keys of the route, as YAML's flow style writes them: `strategy: ordered, wait: 5s`.
    pub route: &'static str,
    /// The route's targets, where they are not in the order of the scenario.
    pub order: &'static [&'static str],
    /// Whether the limits of the providers are configured; otherwise only what they say is known.
    pub limits: bool,
    /// What clients ask for.
    pub model: &'static str,
    /// Which strategy they ask for, if any; who says that is nobody by whom others are tried.
    pub strategy: Option<&'static str>,
}

impl Setting {
    /// A route with these keys over the targets as they are listed.
    #[must_use]
    pub const fn new(route: &'static str) -> Self {
        Self { route, order: &[], limits: true, model: ROUTE, strategy: None }
    }

    /// One of the gateway's own routes, by its name.
    #[must_use]
    pub const fn own(model: &'static str) -> Self {
        Self { model, ..Self::new("strategy: ordered") }
    }
}

/// What a gateway is told beside its configuration, and its clients say.
#[derive(Debug, Clone, Default)]
pub struct Knowing {
    /// The prompts, by the numbers of their requests; without one a prompt is as many words as its request has tokens.
    pub texts: Arc<[String]>,
    /// What deployments were graded.
    pub grades: Vec<Graded>,
}

/// The name of the route that is asked for.
const ROUTE: &str = "sim";

/// The gateway.
pub struct Wye {
    pipeline: Pipeline,
    clock: Virtual,
    ended: Ended,
    asked: (&'static str, Option<&'static str>),
    texts: Arc<[String]>,
}

/// How requests ended: by which code, if not well, and by whose answer.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<BTreeMap<RequestId, End>>>);

type End = (Option<&'static str>, Option<Arc<DeploymentId>>);

impl Records for Ended {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(Box::new(self.clone()))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        self.reserve()
    }
}

impl RecordSlot for Ended {
    fn send(self: Box<Self>, record: RequestRecord) {
        let end = (record.code.map(|code| code.name()), record.served);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(record.id, end);
    }
}

/// A configuration with these providers behind one route.
#[must_use]
pub fn config(specs: &[&Spec], setting: Setting) -> String {
    let mut text = "discover: false\nwaiting_places: 4096\nproviders:\n".to_owned();
    for spec in specs {
        let Spec { name, model, limits, price, .. } = spec;
        // A known vendor's way of counting comes with its name; others speak plain OpenAI.
        let kind = match *name {
            "groq" | "cerebras" | "mistral" => format!("like: {name}, "),
            _ => "dialect: openai_chat, ".to_owned(),
        };
        let mut of = String::new();
        for (key, limit) in [("rpm", limits.rpm), ("tpm", limits.tpm), ("rpd", limits.rpd)] {
            if let Some(limit) = limit.filter(|_| setting.limits) {
                of.push_str(&format!("{key}: {limit}, "));
            }
        }
        // Dollars per million tokens, of nano-dollars per token.
        let dollars = |nanos: u64| format!("{}.{:03}", nanos / 1000, nanos % 1000);
        let price = format!("input: {}, output: {}", dollars(price.0), dollars(price.1));
        text.push_str(&format!(
            "  {name}: {{ {kind}base_url: 'http://{name}.sim/v1', api_key: sk-{name}, free_tier: false, \
             account_limits: {{ {of}}}, models: [{{ id: '{model}', context: 32768, price: {{ {price} }} }}] }}\n"
        ));
    }
    let mut names: Vec<(&str, &str)> = specs.iter().map(|spec| (spec.name, spec.model)).collect();
    names.sort_by_key(|(name, _)| setting.order.iter().position(|first| first == name));
    let targets: Vec<String> = names.iter().map(|(name, model)| format!("{name}/{model}")).collect();
    text + &format!("routes:\n  {ROUTE}: {{ targets: [{}], {} }}\n", targets.join(", "), setting.route)
}

impl Wye {
    /// A gateway in front of providers.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(
        (providers, asks): (&Providers, &Arc<[Ask]>),
        (setting, knowing): (Setting, Knowing),
        (clock, seed): (Virtual, u64),
        tracker: &TaskTracker,
    ) -> Result<Self, String> {
        let specs: Vec<&Spec> = providers.iter().map(|provider| &provider.spec).collect();
        let file = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let sources = Sources { env: &|_| None, vault: &|_| None, file: &file, local: &[] };
        let config = wye_config::load(&config(&specs, setting), Format::Yaml, &sources)
            .map_err(|problems| format!("{problems:?}"))?;
        let dialers: HashMap<String, _> = providers
            .iter()
            .map(|provider| (format!("http://{}.sim", provider.spec.name), dialer(provider, asks, tracker)))
            .collect();
        let mut builder = Builder::new(tracker.clone(), Limiting::new(Arc::new(clock))).dialing(dialers);
        let mut live = builder.build(&config).map_err(|problems| problems.join("; "))?;
        if !knowing.grades.is_empty() {
            live = builder.grade(knowing.grades).unwrap_or(live);
        }
        let ended = Ended::default();
        let chance = Chance::seeded(seed);
        let pipeline = Pipeline::new(live, Arc::new(clock), chance, Arc::new(ended.clone()));
        Ok(Self { pipeline, clock, ended, asked: (setting.model, setting.strategy), texts: knowing.texts })
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let id = self.pipeline.new_id(self.pipeline.clock().unix_ms());
        let inbound = Inbound {
            client: None,
            live: self.pipeline.live(),
            id,
            arrived: self.clock.mono(),
            received: Moment::of(&self.clock),
            caller: Caller::default(),
            dialect: DialectId::OpenAiChat,
            path: PathAsk::default(),
            headers: HeaderMap::new(),
            body: self.body(&ask),
        };
        let reply = Box::pin(self.pipeline.handle(inbound)).await;
        let mut answer = match reply.result {
            Ok(answer) => answer,
            Err(error) => return Told::failed(error.code.name()),
        };
        let (mut first, mut done) = (None, false);
        while let Some(Ok(frame)) = answer.body.frame().await {
            let Ok(bytes) = frame.into_data() else { continue };
            let text = String::from_utf8_lossy(&bytes);
            if first.is_none() && text.contains("so it is") {
                first = Some(self.clock.now().saturating_sub(ask.at));
            }
            done |= text.contains("[DONE]");
        }
        drop(answer);
        let (code, served) =
            self.ended.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id).unwrap_or_default();
        let by = served.map(|deployment| deployment.provider.to_string());
        match (code, first, done) {
            (None, Some(first), true) => Told { code: None, first: Some(first), by },
            (code, _, _) => Told::failed(code.unwrap_or("cut")),
        }
    }

    /// What the client sends: its prompt, or one of so many tokens of four bytes.
    fn body(&self, ask: &Ask) -> Bytes {
        let Ask { number, prompt, output, .. } = ask;
        let (model, strategy) = self.asked;
        if let Some(text) = self.texts.get(*number as usize) {
            let messages = json!([{ "role": "user", "content": text }]);
            let mut body = json!({ "model": model, "stream": true, "seed": number, "messages": messages });
            if let Some(strategy) = strategy {
                body["strategy"] = json!(strategy);
            }
            return body.to_string().into();
        }
        let words = " the".repeat(usize::try_from(*prompt).unwrap_or(0));
        let most = (output * 2).next_multiple_of(256);
        format!(
            r#"{{"model":"{model}","stream":true,"max_tokens":{most},"messages":[{{"role":"user","content":"{number}{words}"}}]}}"#
        )
        .into()
    }
}

impl Policy for Wye {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        // A client waits for two minutes.
        Box::pin(async move {
            let answered = tokio::time::timeout(Duration::from_secs(120), self.answer(ask)).await;
            answered.unwrap_or_else(|_| Told::failed("client timeout"))
        })
    }
}
