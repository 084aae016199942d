//! The resolved configuration: every reference followed, every default filled in, nothing left to check.

use std::net::SocketAddr;
use std::time::Duration;

use wye_catalog::Rates;
use wye_providers::free::FreeTier;
use wye_providers::spoken::may_ask;
use wye_providers::{Auth, ModelRule, Quirks, Serves};
use wye_types::{DialectId, Secret};

mod access;
mod alerts;
mod built_in;
mod catalog;
mod client;
mod embeddings;
mod flat;
mod keep;
mod limit;
mod retry;
mod route;
mod shape;
mod shown;
mod strategy;
mod way;

pub use access::Access;
pub use alerts::{AlertStyle, AlertsConfig};
pub use built_in::BUILT_IN;
pub(crate) use built_in::{OWN, names as built_in_names};
pub use catalog::{CatalogConfig, CatalogFrom};
pub use client::{ClientKey, Credential, Scopes, Team};
pub use embeddings::EmbeddingsFrom;
pub(crate) use flat::{Flat, MAX_TARGETS};
pub use keep::{KeepBodies, LogConfig, ResponsesConfig};
pub use limit::{Budget, BudgetOf, BudgetPeriod, Limits, SharedBudget, WhenLost};
pub use retry::{Defaults, OnLoss, Retry, Timeouts};
pub use route::{RouteConfig, RouteTarget, Selection, Target, TargetOf};
pub use shape::{Able, DescribeConfig, ImagesConfig, MaxOutput, Shape, SystemPrompt};
pub use shown::boot_changes;
pub use strategy::{
    ConsensusConfig, ConsensusStream, JudgeConfig, PatternRule, RulesConfig, Strategy, VerifiedConfig,
};
pub use way::{
    Affinity, AffinityConfig, FilterConfig, HedgeConfig, HedgeMode, MaxPrice, MirrorConfig, ProfileConfig,
    ValidateConfig,
};

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
    /// The operator's routes, in the order of the file; the gateway's own ones are made by [`Config::built_in`].
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
    /// Who is told when something needs a person.
    pub alerts: AlertsConfig,
    /// Where newer facts and prices of models come from.
    pub catalog: CatalogConfig,
    /// The paid models, `provider/model`, that statistics compare with. Empty: a few well-known ones.
    pub savings_against: Vec<String>,
    /// By how many points a minute the failure score of a deployment fades.
    pub fading: f32,
    /// Who makes vectors of what texts mean.
    pub embeddings: EmbeddingsFrom,
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
    /// Whether it is listed and called.
    pub enabled: bool,
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
        let limits = Limits::default();
        Self { id, enabled: true, limits, price: None, context: None, output_limit: None, shape }
    }
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
            alerts: AlertsConfig::default(),
            catalog: CatalogConfig::default(),
            embeddings: EmbeddingsFrom::default(),
            savings_against: Vec::new(),
            // SmartRoute's decay_rate, reference §1.2.
            fading: 0.05,
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

    /// The operator's route of this name.
    #[must_use]
    pub fn route(&self, name: &str) -> Option<&RouteConfig> {
        self.routes.iter().find(|r| r.name == name)
    }
}
