//! Trying things for an operator: whether a deployment answers, how a judge rates, and what a provider says to a key. Such
//! calls go the way of all others that the gateway makes itself (`inner`), or ask for the provider's list of models, which
//! costs nothing.

mod judged;
mod list;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wye_types::chat::{Block, ChatRequest, Message, OutputFormat, Role, Sampling};
use wye_types::error::GatewayError;
use wye_types::record::{Purpose, RecordSlot, Records, RequestRecord};
use wye_types::{Code, DeploymentId, DialectId, Kind, Map};

use crate::authenticate::Caller;
use crate::card::Sheet;
use crate::client::KeyPolicy;
use crate::inner::Parent;
use crate::live::{Live, Policy, Route, Target};
use crate::pipeline::Pipeline;
use crate::shape::Layer;

pub use judged::{Fallback, Judged};
pub use list::{ListTrial, Unheard, list_models};

/// The name under which what an operator tries is recorded, in the place of a client key's.
pub const CONSOLE: &str = "console";

/// What is asked.
const ASKED: &str = "Answer with the word ok.";
/// Tokens that an answer may have; of a model that thinks first, the thoughts count too.
const TOKENS: u64 = 64;
const TOKENS_THINKING: u64 = 1024;
/// How long an operator waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a test.
#[derive(Debug)]
pub struct Probed {
    /// The text of the answer, or how many numbers a vector has.
    pub said: Result<String, GatewayError>,
    /// What was recorded of it; `None` if there was no room for a record, and so no call.
    pub record: Option<RequestRecord>,
}

impl Pipeline {
    /// Asks a deployment something small, and records that as `who`'s. Nobody's limits pay. It is called whether it rests or
    /// not, and what comes of it counts like any other call: it is how an operator brings it back.
    ///
    /// # Errors
    /// If its provider is not there, or it serves something else than chat and embeddings.
    pub async fn probe(
        &self,
        live: &Arc<Live>,
        deployment: &DeploymentId,
        who: &str,
    ) -> Result<Probed, GatewayError> {
        let target = target(live, deployment)?;
        let now_s = self.clock.unix_ms() / 1000;
        let kind = Sheet::of(&target.known, &deployment.model, now_s).kind;
        if !matches!(kind, Kind::Chat | Kind::Embeddings) {
            let message =
                format!("only chat and embeddings are tested, and {deployment} is for {}", kind.name());
            return Err(GatewayError::new(Code::CallerInvalidRequest, message));
        }
        let now = self.clock.mono();
        let rests =
            |account: &crate::live::Account| account.state.rests_until(&deployment.model, now).is_some();
        // Whoever tests it wants it asked now, be it that its provider said to wait.
        if target.endpoint.accounts.iter().all(rests)
            && let Some(first) = target.endpoint.accounts.first()
        {
            first.state.reset();
        }
        let thinks = target.able.thinks == Some(true);
        let policy = Policy {
            wait: Duration::ZERO,
            rounds: 1,
            hedge: None,
            total: live.defaults.total.min(PATIENCE),
            ..Policy::clone(&live.defaults)
        };
        let route = Route::listed(deployment.to_string().into(), vec![target], Arc::new(policy), None);
        let route = Arc::new(route);
        let last = Last::default();
        let watched = Watched { to: Arc::clone(&self.records), last: Arc::clone(&last) };
        let parent = self.asking(live, who, Arc::new(watched));
        let said = match kind {
            Kind::Embeddings => {
                let vectors = parent.embed(Purpose::Test, &route, vec![ASKED.to_owned()]).await;
                vectors.and_then(|body| length(&body))
            }
            _ => {
                parent
                    .call(Purpose::Test, &route, question(if thinks { TOKENS_THINKING } else { TOKENS }))
                    .await
            }
        };
        let record = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Probed { said, record })
    }

    fn asking(&self, live: &Arc<Live>, who: &str, records: Arc<dyn Records>) -> Parent {
        let key = KeyPolicy { name: CONSOLE.to_owned(), owner: Some(who.to_owned()), ..KeyPolicy::default() };
        Parent {
            live: Arc::clone(live),
            clock: Arc::clone(&self.clock),
            chance: Arc::clone(&self.chance),
            records,
            stop: self.stop.clone(),
            caller: Caller { key: Some(Arc::new(key)) },
            id: self.new_id(self.clock().unix_ms()),
            tags: Vec::new(),
            user: Some(who.to_owned()),
            free_only: false,
            tried: true,
        }
    }
}

fn target(live: &Live, deployment: &DeploymentId) -> Result<Target, GatewayError> {
    let endpoint = live.endpoints.get(&deployment.provider).ok_or_else(|| {
        let message = format!("the provider `{}` is not configured, or switched off", deployment.provider);
        GatewayError::new(Code::CallerModelNotFound, message)
    })?;
    let known = live.models.known(endpoint, &deployment.model);
    Ok(Target::new(Arc::clone(endpoint), deployment.clone(), known, (&Layer::default(), None)))
}

fn question(max_tokens: u64) -> ChatRequest {
    let content = vec![Block::text(ASKED.to_owned())];
    ChatRequest {
        from: DialectId::OpenAiChat,
        model: String::new(),
        messages: vec![Message { role: Role::User, content, name: None, rest: Map::new() }],
        tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        format: OutputFormat::Text,
        sampling: Sampling { max_tokens: Some(max_tokens), ..Sampling::default() },
        reasoning: None,
        stream: false,
        include_usage: false,
        user: None,
        rest: Map::new(),
    }
}

/// How many numbers the first vector of an answer has.
fn length(body: &[u8]) -> Result<String, GatewayError> {
    let numbers = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|body| Some(body.pointer("/data/0/embedding")?.as_array()?.len()));
    let none = || GatewayError::new(Code::ProviderBadAnswer, "the answer holds no vector");
    numbers.map(|numbers| format!("a vector of {numbers} numbers")).ok_or_else(none)
}

/// The last record that went by.
type Last = Arc<Mutex<Option<RequestRecord>>>;

/// Records on their way to where they go.
struct Watched {
    to: Arc<dyn Records>,
    last: Last,
}

struct WatchedSlot {
    slot: Box<dyn RecordSlot>,
    last: Last,
}

impl Watched {
    fn slot(&self, slot: Box<dyn RecordSlot>) -> Box<dyn RecordSlot> {
        Box::new(WatchedSlot { slot, last: Arc::clone(&self.last) })
    }
}

impl Records for Watched {
    fn reserve(&self) -> Option<Box<dyn RecordSlot>> {
        Some(self.slot(self.to.reserve()?))
    }

    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>> {
        Some(self.slot(self.to.reserve_spare()?))
    }
}

impl RecordSlot for WatchedSlot {
    fn send(self: Box<Self>, record: RequestRecord) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.clone());
        self.slot.send(record);
    }
}
