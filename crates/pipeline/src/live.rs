//! Everything a request reads, behind one `Arc` that is loaded when it arrives and held until it is settled.

mod ability;
mod combine;
mod hints;
mod route;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use memchr::memmem;
use wye_fleet::{Fleet, Lane, Member, ProviderFleet};
use wye_profile::tokens::Reader;
use wye_providers::free::FreeTier;
use wye_providers::spoken::{may_ask, only_dialect};
use wye_providers::{ModelRule, Quirks};
use wye_routing::quality::{Priors, Standing};
use wye_routing::selector::SpeedTerm;
use wye_routing::{AccountState, Rotation};
use wye_types::error::UpstreamError;
use wye_types::{DeploymentId, DialectId, Kind, Secret};

pub use crate::attempt::{HedgePolicy, Several, Strong};
use crate::authenticate::Keys;
use crate::capture::Capturing;
use crate::card::Card;
use crate::client::Budgets;
use crate::embeddings::Embedder;
use crate::fetch::Fetcher;
use crate::free::asks_extra;
use crate::price::{Known, Models, Pricing, Stated};
use crate::quota::Quotas;
pub use crate::service::ServiceWire;
use crate::shape::{Layer, Shapes, Shaping};
use crate::validate::Validation;
use crate::wait::Waiting;
pub use crate::wire::EndpointWire;
pub use ability::Abilities;
pub use hints::Hints;
pub use route::{Filter, Route, Stick};

/// One version of the configuration, resolved and ready.
#[derive(Debug)]
pub struct Live {
    /// Identifies the version; shown by readiness.
    pub hash: String,
    /// Client keys.
    pub keys: Keys,
    /// Budgets that belong to no key.
    pub budgets: Budgets,
    /// Routes by name.
    pub routes: HashMap<String, Arc<Route>>,
    /// Providers by id.
    pub endpoints: HashMap<String, Arc<Endpoint>>,
    /// Their ids, in the order in which they are configured.
    pub order: Vec<String>,
    /// What is known of their models.
    pub models: Models,
    /// How a name `provider/model` that is no route is treated.
    pub defaults: Arc<Policy>,
    /// What `GET /v1/models` lists: the routes, and deployments that the configuration names.
    pub listed: Vec<Card>,
    /// A stream that stays silent for so long is kept open by a heartbeat.
    pub heartbeat: Duration,
    /// Requests that wait for a provider's quota.
    pub waiting: Arc<Waiting>,
    /// The largest request body, in bytes, before and after decompression.
    pub body_limit: u64,
    /// The largest form with files, in bytes.
    pub upload_limit: u64,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// Whose bodies are kept.
    pub capturing: Capturing,
    /// Who may reach the doors, and how.
    pub access: Access,
    /// Whether responses are kept, so that later requests can go on from them.
    pub keeps_responses: bool,
    /// Fetches the images that clients name by an address.
    pub fetcher: Arc<Fetcher>,
    /// How all deployments are; outlives a reload.
    pub fleet: Arc<Fleet>,
    /// Who makes vectors of texts, if anybody does.
    pub embeddings: Option<Arc<Embedder>>,
}

/// Who may reach the doors, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether everybody who can reach the doors may come in without a key.
    pub allow_open: bool,
    /// Web origins whose pages may call; `*` for any.
    pub cors_origins: Vec<String>,
    /// Proxies whose word about their clients' addresses counts.
    pub trusted_proxies: Vec<IpNet>,
}

/// How the attempts of a request go.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Provider statuses on which the next target is tried.
    pub statuses: Arc<[u16]>,
    /// Words in an answer that make it count as failed, in lower case.
    pub keywords: Vec<String>,
    /// Whether an empty answer counts as failed.
    pub empty: bool,
    /// How often the list is gone through.
    pub rounds: u32,
    /// How many targets are tried at most; `None`: all.
    pub attempts: Option<usize>,
    /// Pause before the second round; doubled before each further one.
    pub backoff: Duration,
    /// Longest time to connect.
    pub connect: Duration,
    /// Longest time to a stream's first content.
    pub first_content: Duration,
    /// The same where the request asks the model to think.
    pub first_content_thinking: Duration,
    /// Longest silence within a stream.
    pub idle: Duration,
    /// Longest time for the whole request.
    pub total: Duration,
    /// The least time that a whole answer is given while other targets are left to try; they share what remains of
    /// `total` evenly.
    pub least_share: Duration,
    /// Longest wait for a provider's quota; zero: none.
    pub wait: Duration,
    /// A target that cannot say everything in the request is passed over instead of losing some of it.
    pub refuse_losses: bool,
    /// Whether another target is asked beside one that is late.
    pub hedge: Option<HedgePolicy>,
    /// What of an answer is looked at before the client gets any of it.
    pub validation: Validation,
    /// Whether several answer, and what they say is compared.
    pub several: Option<Box<Several>>,
    /// Whether a stream that breaks in its text goes on from another target.
    pub continues: bool,
}

/// One target of a route.
#[derive(Debug, Clone)]
pub struct Target {
    /// The provider.
    pub endpoint: Arc<Endpoint>,
    /// What is called.
    pub deployment: Arc<DeploymentId>,
    /// How it is, as far as calls have shown.
    pub member: Arc<Member>,
    /// The same through each of the provider's accounts, where there are several.
    pub(crate) lanes: Option<Arc<[Arc<Lane>]>>,
    /// How requests to it are shaped, where anything is said of that.
    pub(crate) shaping: Option<Arc<Shaping>>,
    /// Whether the operator has switched it off.
    pub off: bool,
    /// Tokens of context, where known.
    pub context: Option<u64>,
    /// What is known of it: what it costs, why it costs nothing, what it can do.
    pub known: Known,
    /// What decisions read of that.
    pub able: Abilities,
    /// How well it is thought to answer.
    pub standing: Arc<Standing>,
    /// How it counts tokens and looks at pictures, as far as that is known.
    pub(crate) reader: Reader,
    /// What the selector that picked it says of its speed.
    pub speed: Arc<[SpeedTerm]>,
    /// Which of the provider's wires serves clients of each dialect, in the order of [`DialectId::ALL`].
    ways: [u8; DialectId::ALL.len()],
}

impl Target {
    /// A deployment of a provider. What its route says of its requests and of its context goes with it.
    #[must_use]
    pub fn new(
        endpoint: Arc<Endpoint>,
        deployment: DeploymentId,
        mut known: Known,
        (shape, context): (&Layer, Option<u64>),
    ) -> Self {
        if asks_extra(&shape.default_params) || asks_extra(&shape.forced_params) {
            (known.free, known.given) = (None, None);
        }
        let ways = DialectId::ALL.map(|client| endpoint.way(client, &deployment.model));
        let shaping = endpoint.shapes.of(&deployment.model, shape, &known.untaken());
        let context = context.or(known.context);
        let told = shaping.as_ref().map(|shaping| shaping.able).unwrap_or_default();
        let able = Abilities::of(&deployment.model, &known, told);
        let member = endpoint.fleet.member(&deployment.model);
        let lanes = endpoint.lanes(&member);
        // Deployments may be called anything; the catalogue may know them by another name.
        let known_as = known.facts.as_deref().map_or("", |facts| &*facts.id);
        let reader = Reader::of_first([&*deployment.model, known_as]);
        let names = [&*deployment.model, known_as];
        let standing = Priors::shipped().standing(names, able.size, known.report.clone());
        let deployment = Arc::new(deployment);
        let speed = Arc::default();
        let off = endpoint.off.contains(&deployment.model);
        Self {
            off,
            endpoint,
            deployment,
            member,
            lanes,
            shaping,
            context,
            known,
            able,
            standing,
            reader,
            speed,
            ways,
        }
    }

    /// How it is through an account, where there are several.
    pub(crate) fn lane(&self, account: usize) -> Option<&Arc<Lane>> {
        self.lanes.as_ref()?.get(account)
    }

    /// Its price for requests that may cost nothing, or for others.
    #[must_use]
    pub const fn price(&self, free_only: bool) -> Option<&Pricing> {
        if free_only { self.known.given.as_ref() } else { self.known.price.as_ref() }
    }

    /// The same, if that says what a call of a kind costs.
    #[must_use]
    pub fn price_of(&self, kind: Kind, free_only: bool) -> Option<&Pricing> {
        self.price(free_only).filter(|price| price.is_of(kind))
    }

    /// Whether images that are named by an address are fetched and sent with its requests.
    pub(crate) fn inlines_images(&self) -> bool {
        self.shaping.as_ref().is_some_and(|shaping| shaping.inlines)
    }

    /// Whether it is known to see no images: the operator says so, or the catalogue of this very model.
    pub(crate) fn is_blind(&self) -> bool {
        self.able.sees == Some(false)
    }

    /// How it serves a kind of call besides chat.
    pub(crate) fn service(&self, kind: Kind) -> Option<&ServiceWire> {
        self.endpoint.service(kind)
    }

    /// The provider's wire for clients of a dialect: without translation where it speaks the dialect itself.
    #[must_use]
    pub fn wire(&self, client: DialectId) -> &EndpointWire {
        self.endpoint.wire(self.ways.get(client as usize).copied().unwrap_or(0))
    }

    /// The wires on which tokens can be counted for clients of a dialect, best first.
    pub(crate) fn counting(&self, client: DialectId) -> impl Iterator<Item = &EndpointWire> {
        let own = self.endpoint.wires().filter(move |wire| wire.dialect == client);
        let others = self.endpoint.wires().filter(move |wire| wire.dialect != client);
        own.chain(others).filter(|wire| wire.counts)
    }
}

/// A provider, ready to be called.
pub struct Endpoint {
    /// The provider's id.
    pub id: String,
    /// How requests to its models are shaped.
    pub shapes: Shapes,
    /// How its flavours of the dialects differ.
    pub quirks: Quirks,
    /// Its credentials; at least one, which may be empty.
    pub accounts: Vec<Account>,
    /// Takes turns among them.
    pub rotation: Rotation,
    /// How it and its models are; outlives a reload.
    pub fleet: Arc<ProviderFleet>,
    /// How much it, its accounts and their models may be used.
    pub quotas: Arc<Quotas>,
    /// Its main dialect: what clients of dialects that it does not speak are translated to.
    pub main: EndpointWire,
    /// The other dialects it speaks.
    pub also: Vec<EndpointWire>,
    /// What it serves besides chat.
    pub services: Vec<ServiceWire>,
    /// Models that it serves in one dialect only.
    pub rules: &'static [ModelRule],
    /// The name under which the catalogue knows it.
    pub listed_as: String,
    /// What the operator says of its models.
    pub stated: HashMap<String, Stated>,
    /// Its models that the operator has switched off.
    pub off: HashSet<String>,
    /// Whether what is set on every request asks for something that is billed apart.
    pub asks_extra: bool,
    /// What it gives away.
    pub free_tier: Option<&'static FreeTier>,
    /// Whether its models cost nothing unless they have a price: it runs on this machine.
    pub local: bool,
}

/// One credential of a provider.
#[derive(Debug)]
pub struct Account {
    /// The key; `None` where the provider wants none.
    pub secret: Option<Secret>,
    /// Its live state, which outlives a reload.
    pub state: Arc<AccountState>,
    /// Its number, [as the fleet knows it](ProviderFleet::account); outlives a reload.
    pub number: u32,
}

impl Account {
    /// The key, and the parts of a pair: Amazon quotes all that was signed, a session's token included.
    fn words(&self) -> impl Iterator<Item = &str> {
        const SHORTEST: usize = 16;
        let key = self.secret.as_ref().map_or("", |secret| secret.expose());
        let parts = key.split([':', '@']).filter(|part| part.len() >= SHORTEST);
        std::iter::once(key).filter(|key| !key.is_empty()).chain(parts)
    }

    /// Whether its key stands in some bytes.
    pub(crate) fn stands_in(&self, bytes: &[u8]) -> bool {
        self.words().any(|word| memmem::find(bytes, word.as_bytes()).is_some())
    }

    /// Vendors quote the key they refuse; ours must not travel on.
    pub(crate) fn redact(&self, error: &mut UpstreamError) {
        let words = [&mut error.kind, &mut error.code, &mut error.param];
        for text in words.into_iter().flatten().chain([&mut error.message]) {
            if self.stands_in(text.as_bytes()) {
                *text = self.words().fold(std::mem::take(text), |text, word| text.replace(word, "***"));
            }
        }
    }
}

impl fmt::Debug for Endpoint {
    /// Configured headers may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("main", &self.main.dialect)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// The dialects it speaks, the main one first.
    pub fn wires(&self) -> impl Iterator<Item = &EndpointWire> {
        std::iter::once(&self.main).chain(&self.also)
    }

    /// How one of its models is through each of its accounts, where there are several.
    #[must_use]
    pub fn lanes(&self, member: &Member) -> Option<Arc<[Arc<Lane>]>> {
        if self.accounts.len() < 2 {
            return None;
        }
        let numbers: Vec<u32> = self.accounts.iter().map(|account| account.number).collect();
        member.lanes(&numbers)
    }

    /// How it serves a kind of call besides chat.
    pub(crate) fn service(&self, kind: Kind) -> Option<&ServiceWire> {
        self.services.iter().find(|service| service.serves.kind == kind)
    }

    fn wire(&self, way: u8) -> &EndpointWire {
        self.wires().nth(usize::from(way)).unwrap_or(&self.main)
    }

    /// Which of its wires a client of a dialect is served through, for one of its models: its own if that will do,
    /// else the one that the model must be asked in, else the main one.
    fn way(&self, client: DialectId, model: &str) -> u8 {
        let place = |dialect| self.wires().position(|wire| wire.dialect == dialect);
        let own = place(client).filter(|_| may_ask(self.rules, model, client));
        let found = own.or_else(|| only_dialect(self.rules, model).and_then(place));
        found.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
    }
}
