//! The resolved configuration: every reference followed, every default filled in, nothing left to check.

use std::net::SocketAddr;
use std::time::Duration;

use wye_catalog::Rates;
use wye_providers::free::FreeTier;
use wye_providers::spoken::may_ask;
use wye_providers::{Auth, ModelRule, Quirks, Serves};
use wye_types::{DeploymentId, DialectId, Secret};

mod access;
mod catalog;
mod client;
mod keep;
mod limit;
mod shape;
mod shown;

pub use access::Access;
pub use catalog::{CatalogConfig, CatalogFrom};
pub use client::{ClientKey, Credential, Scopes, Team};
pub use keep::{KeepBodies, LogConfig, ResponsesConfig};
pub use limit::{Budget, BudgetOf, BudgetPeriod, Limits, SharedBudget, WhenLost};
pub use shape::{DescribeConfig, ImagesConfig, MaxOutput, Shape, SystemPrompt};
pub use shown::boot_changes;

/// Everything the gateway is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where it listens. Needs a restart.
    pub listen: SocketAddr,
    /// Largest request body in bytes, after decompression.
    pub body_limit: u64,
    /// Largest form with files in bytes. It is not held in memory.
    pub upload_limit: u64,
    /// Largest request head in bytes. Needs a restart.
    pub header_limit: u64,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// How long a client may refuse to read before it counts as gone. Needs a restart.
    pub stall_timeout: Duration,
    /// Who may call. Empty: everybody, which is only allowed on a loopback address.
    pub keys: Vec<ClientKey>,
    /// Teams that keys belong to.
    pub teams: Vec<Team>,
    /// Budgets of tags and end users.
    pub budgets: Vec<SharedBudget>,
    /// The providers that are switched on, in the order of the file, then those found in the environment.
    pub providers: Vec<ProviderConfig>,
    /// The routes, in the order of the file.
    pub routes: Vec<RouteConfig>,
    /// What routes are given that say nothing, and calls by `provider/model`.
    pub defaults: Defaults,
    /// How long running requests may take to finish when the gateway stops. Needs a restart.
    pub shutdown_grace: Duration,
    /// Places in the queue of records. Needs a restart.
    pub records_queue: usize,
    /// Silence after which a stream is sent a comment, so that proxies keep it open.
    pub sse_heartbeat: Duration,
    /// What is remembered of requests.
    pub log: LogConfig,
    /// Whether and how long responses are kept.
    pub responses: ResponsesConfig,
    /// Who may reach the gateway, and how.
    pub access: Access,
    /// Most requests that wait for a provider's quota at once.
    pub waiting_places: usize,
    /// How images are fetched.
    pub images: ImagesConfig,
    /// Where newer facts and prices of models come from.
    pub catalog: CatalogConfig,
    /// The paid models, `provider/model`, that statistics compare with. Empty: a few well-known ones.
    pub savings_against: Vec<String>,
}

/// A provider that is switched on.
#[derive(Clone, PartialEq)]
pub struct ProviderConfig {
    /// Its id; no slash.
    pub id: String,
    /// The wire format it speaks, or the main one of several.
    pub dialect: DialectId,
    /// Where it lives, without a slash at the end.
    pub base_url: String,
    /// The other wire formats it speaks; none twice, and not the main one.
    pub also: Vec<Spoken>,
    /// Models that it serves in one dialect only.
    pub rules: &'static [ModelRule],
    /// What it serves besides chat.
    pub serves: &'static [Serves],
    /// Its address in the registry, if it stands there.
    pub registry: Option<&'static str>,
    /// Its credentials; at least one, which may be without a secret.
    pub accounts: Vec<Account>,
    /// How a credential is sent.
    pub auth: Auth,
    /// Headers of every call, names in lower case: the registry's, then those of the file. What a dialect itself
    /// demands is not among them.
    pub headers: Vec<(String, String)>,
    /// How requests to its models are shaped.
    pub shape: Shape,
    /// The proxy to call through, `http` or `socks5`.
    pub proxy: Option<String>,
    /// Whether its certificate is checked.
    pub tls_verify: bool,
    /// Models to list, and what is known of them.
    pub models: Vec<ModelConfig>,
    /// How much all its accounts together may be used.
    pub limits: Limits,
    /// How much each of its accounts may be used.
    pub account_limits: Limits,
    /// How its flavour of the dialect differs.
    pub quirks: Quirks,
    /// Whether it runs on this machine and needs no key.
    pub local: bool,
    /// The name under which the catalogue knows it: that of the registry's row, or its own.
    pub listed_as: String,
    /// What its vendor gives away, unless the file says that its accounts pay.
    pub free_tier: Option<&'static FreeTier>,
}

impl ProviderConfig {
    /// The dialects it speaks, the main one first; of a model: those that it may be asked in.
    #[must_use]
    pub fn dialects(&self, model: Option<&str>) -> Vec<DialectId> {
        let all = || std::iter::once(self.dialect).chain(self.also.iter().map(|spoken| spoken.dialect));
        let may = |dialect: &DialectId| model.is_none_or(|m| may_ask(self.rules, m, *dialect));
        let asked: Vec<DialectId> = all().filter(may).collect();
        // Where none will do, it is asked in the main one all the same.
        if asked.is_empty() { vec![self.dialect] } else { asked }
    }
}

/// A wire format that a provider speaks beside its main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The wire format.
    pub dialect: DialectId,
    /// Where, without a slash at the end.
    pub base_url: String,
    /// How a credential is sent there.
    pub auth: Auth,
    /// Whether its call that counts tokens is answered there.
    pub counts: bool,
}

/// One credential of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The key. `None` where the provider wants none.
    pub secret: Option<Secret>,
    /// A name for people and for the windows that are kept over a restart; unique within the provider.
    pub name: String,
    /// How much it may be used, where that differs from the provider's `account_limits`.
    pub limits: Option<Limits>,
}

impl Account {
    /// A credential without limits of its own. The resolver gives it a name.
    #[must_use]
    pub const fn new(secret: Option<Secret>) -> Self {
        Self { secret, name: String::new(), limits: None }
    }
}

/// What is known of a provider's model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// Its id, as the provider knows it.
    pub id: String,
    /// How much it may be used, on each account.
    pub limits: Limits,
    /// What it costs; `None` where nobody said.
    pub price: Option<Rates>,
    /// Its context window in tokens.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub output_limit: Option<u64>,
    /// How requests to it are shaped.
    pub shape: Shape,
}

impl ModelConfig {
    /// A model of which nothing but the name is known.
    #[must_use]
    pub fn named(id: String) -> Self {
        let shape = Shape::default();
        Self { id, limits: Limits::default(), price: None, context: None, output_limit: None, shape }
    }
}

/// A name a client may send as `model`, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteConfig {
    /// The name.
    pub name: String,
    /// How its targets are ordered.
    pub strategy: Strategy,
    /// What may answer, routes in it replaced by their targets; never empty, no two alike.
    pub targets: Vec<Target>,
    /// When to try again, here or elsewhere.
    pub retry: Retry,
    /// How long each part of a call may take.
    pub timeouts: Timeouts,
    /// What happens when a target cannot be told everything.
    pub on_loss: OnLoss,
    /// How long a request may wait for a provider's quota; zero: not at all.
    pub wait: Duration,
    /// Who describes images for those of its targets that see none.
    pub describe: Option<DescribeConfig>,
}

/// How targets are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// As the list stands.
    Ordered,
}

/// A deployment in a route.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What is called.
    pub deployment: DeploymentId,
    /// How requests to it are shaped.
    pub shape: Shape,
    /// Its context window in tokens, where known; a prompt too long for one target goes to a larger one.
    pub context: Option<u64>,
}

/// Settings of routes that say nothing themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// When to try again.
    pub retry: Retry,
    /// How long each part of a call may take.
    pub timeouts: Timeouts,
    /// What happens when a target cannot be told everything.
    pub on_loss: OnLoss,
    /// How long a request may wait for a provider's quota; zero: not at all.
    pub wait: Duration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            timeouts: Timeouts::default(),
            on_loss: OnLoss::default(),
            wait: Duration::from_secs(5),
        }
    }
}

/// When to try again, here or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// HTTP statuses of the provider that lead to the next target, besides those that always do (401 to 404).
    pub statuses: Vec<u16>,
    /// Texts in an answer (any case) that make it a failure. Empty: answers are not searched.
    pub keywords: Vec<String>,
    /// Whether an answer without content is a failure.
    pub empty: bool,
    /// How often the list of targets is gone through; at least 1.
    pub rounds: u32,
    /// Wait before the second round; doubled for each further one.
    pub backoff: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            statuses: vec![408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529],
            keywords: Vec::new(),
            empty: true,
            rounds: 1,
            backoff: Duration::from_millis(250),
        }
    }
}

/// How long each part of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// From the call to the first content of a stream.
    pub first_content: Duration,
    /// The same where the request asks for reasoning; never less than `first_content`.
    pub first_content_reasoning: Duration,
    /// Between two pieces of content of a stream.
    pub idle: Duration,
    /// For the whole request, all attempts together.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_content: Duration::from_secs(20),
            first_content_reasoning: Duration::from_secs(120),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(600),
        }
    }
}

/// What happens when a target's dialect cannot say everything the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLoss {
    /// The rest is left out, with a warning.
    #[default]
    Drop,
    /// The request is refused.
    Refuse,
}

impl Default for Config {
    /// What an empty file means in an empty environment.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9930)),
            body_limit: 64 << 20,
            upload_limit: 32 << 20,
            header_limit: 64 << 10,
            body_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(120),
            keys: Vec::new(),
            providers: Vec::new(),
            routes: Vec::new(),
            defaults: Defaults::default(),
            shutdown_grace: Duration::from_secs(30),
            records_queue: 16384,
            sse_heartbeat: Duration::from_secs(15),
            teams: Vec::new(),
            budgets: Vec::new(),
            log: LogConfig::default(),
            responses: ResponsesConfig::default(),
            access: Access::default(),
            waiting_places: 1024,
            images: ImagesConfig::default(),
            catalog: CatalogConfig::default(),
            savings_against: Vec::new(),
        }
    }
}

impl Config {
    /// Whether requests need no key: there is none, and only this machine can ask.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.keys.is_empty() && (self.access.allow_open || self.listen.ip().is_loopback())
    }

    /// The provider of this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&ProviderConfig> {
        self.providers.iter().find(|p| p.id == id)
    }

    /// The route of this name.
    #[must_use]
    pub fn route(&self, name: &str) -> Option<&RouteConfig> {
        self.routes.iter().find(|r| r.name == name)
    }
}
