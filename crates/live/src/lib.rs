//! Resolved configuration to [`Live`], the state one request holds. Used at start and at every reload.
//!
//! **Invariant:** a part that did not change is carried over (connections, rests of accounts, turns), so that a reload
//! costs running traffic nothing. Nothing is served from here.

mod client;
mod draft;
mod embeddings;
mod listed;
mod quota;
mod route;
mod shape;

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_catalog::Catalog;
use wye_config::{Config, KeepBodies, LogConfig, ModelConfig, ProviderConfig, Spoken};
use wye_fleet::{Fleet, Rules};
use wye_limits::{Cells, Moment};
use wye_pipeline::Live;
use wye_pipeline::admit::users::Users;
use wye_pipeline::capture::{Capturing, Which};
use wye_pipeline::card::cards;
use wye_pipeline::live::{Access, Account, Endpoint, EndpointWire};
use wye_pipeline::mirror::Mirrors;
use wye_pipeline::price::{Models, Stated};
use wye_pipeline::quota::Source;
use wye_pipeline::rate::Ratings;
use wye_pipeline::service::{ServiceConfig, ServiceWire};
use wye_pipeline::shape::Descriptions;
use wye_pipeline::upstream::{Client, Connector, Dialer};
use wye_pipeline::wait::Waiting;
use wye_pipeline::wire::WireConfig;
use wye_routing::grades::{Graded, Grades};
use wye_routing::{AccountState, Rotation};
use wye_types::{Clock, DeploymentId, Secret};

pub use embeddings::Encoders;

/// What limits are made of: the process's clock, and all limits it has, which outlive a reload.
#[derive(Clone)]
pub struct Limiting {
    /// The clock that windows go by.
    pub clock: Arc<dyn Clock>,
    /// The limits there are.
    pub cells: Arc<Cells>,
}

impl Limiting {
    /// Limits of which nothing is used yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, cells: Arc::default() }
    }
}

impl std::fmt::Debug for Limiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limiting").field("cells", &self.cells).finish_non_exhaustive()
    }
}

/// Makes one [`Live`] after another, carrying over what stays the same.
#[derive(Debug)]
pub struct Builder {
    tracker: TaskTracker,
    limits: Limiting,
    /// End users that were met, by all configurations.
    users: Arc<Users>,
    waiting: Arc<Waiting>,
    /// Descriptions of images, of all configurations.
    descriptions: Arc<Descriptions>,
    /// What judges said of requests, of all configurations.
    ratings: Arc<Ratings>,
    /// Copies of requests that run, of all configurations.
    mirrors: Arc<Mirrors>,
    /// Who makes vectors, and those that were made.
    embedding: embeddings::Embedding,
    /// How all deployments are, of all configurations.
    fleet: Arc<Fleet>,
    /// What is known of models.
    catalog: Arc<Catalog>,
    /// What deployments were graded.
    grades: Vec<Graded>,
    /// Providers in this process, by origin.
    dialers: HashMap<String, Dialer>,
    last: Option<(Config, Arc<Live>)>,
}

impl Builder {
    /// A builder whose providers' connections are driven on `tracker`.
    #[must_use]
    pub fn new(tracker: TaskTracker, limits: Limiting) -> Self {
        let users = Arc::new(Users::new(Arc::clone(&limits.cells)));
        let mirrors = Arc::new(Mirrors::new(tracker.clone()));
        Self {
            tracker,
            mirrors,
            limits,
            users,
            waiting: Arc::default(),
            descriptions: Arc::default(),
            ratings: Arc::default(),
            embedding: embeddings::Embedding::default(),
            fleet: Arc::default(),
            catalog: Arc::default(),
            grades: Vec::new(),
            dialers: HashMap::new(),
            last: None,
        }
    }

    /// With what is known of models. What is built from now on says what they cost and can do.
    #[must_use]
    pub fn knowing(mut self, catalog: Arc<Catalog>) -> Self {
        self.catalog = catalog;
        self
    }

    /// With what gives the encoder of the data folder.
    #[must_use]
    pub fn encoding(mut self, encoders: Encoders) -> Self {
        self.embedding.encoders = Some(encoders);
        self
    }

    /// With providers that live in this process, by their origins (`http://groq.sim`): simulations have such.
    #[must_use]
    pub fn dialing(mut self, dialers: HashMap<String, Dialer>) -> Self {
        self.dialers = dialers;
        self
    }

    /// The configuration built last, with other grades. `None` if nothing was built yet.
    pub fn grade(&mut self, grades: Vec<Graded>) -> Option<Arc<Live>> {
        self.grades = grades;
        self.again()
    }

    /// The configuration built last, with another catalogue. `None` if nothing was built yet.
    pub fn learn(&mut self, catalog: Arc<Catalog>) -> Option<Arc<Live>> {
        self.catalog = catalog;
        self.again()
    }

    fn again(&mut self) -> Option<Arc<Live>> {
        let (config, _) = self.last.as_ref()?;
        // It was built before, so that it can be built again.
        self.build(&config.clone()).ok()
    }

    /// What is known of models.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The configuration built last.
    #[must_use]
    pub fn config(&self) -> Option<&Config> {
        self.last.as_ref().map(|(config, _)| config)
    }

    /// Builds the state for a configuration. Nothing of it is in use if this fails.
    ///
    /// # Errors
    /// Every provider whose address or proxy cannot be used, one line each.
    pub fn build(&mut self, config: &Config) -> Result<Arc<Live>, Vec<String>> {
        let mut problems = Vec::new();
        let mut endpoints = HashMap::new();
        for provider in &config.providers {
            match self.endpoint(provider) {
                Ok(endpoint) => {
                    endpoints.insert(provider.id.clone(), endpoint);
                }
                Err(problem) => problems.push(format!("providers.{}: {problem}", provider.id)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let now_s = self.limits.clock.unix_ms() / 1000;
        let there = |deployment: &DeploymentId| endpoints.contains_key(&deployment.provider);
        let grades = Arc::new(Grades::new(self.grades.iter().cloned(), there));
        let models = Models::new(Arc::clone(&self.catalog)).at(now_s).graded(grades);
        self.fleet.set_rules(Rules { fading: config.fading });
        let deployments = listed::listed(config, &self.catalog);
        let routes = route::Routes::new(
            config,
            (&endpoints, &models),
            &deployments,
            route::Lasting {
                descriptions: &self.descriptions,
                ratings: &self.ratings,
                mirrors: &self.mirrors,
                fleet: &self.fleet,
            },
        );
        let embeddings = self.embedding.of(&config.embeddings, &routes);
        let routes = routes.all();
        let listed = cards(&routes, &endpoints, &deployments, (&models, now_s));
        let live = Arc::new(Live {
            hash: format!("{:016x}", config.hash()),
            keys: client::keys(config, &self.limits),
            budgets: client::budgets(config, &self.limits, &self.users),
            routes,
            endpoints,
            order: config.providers.iter().map(|provider| provider.id.clone()).collect(),
            models,
            defaults: Arc::new(route::default_policy(&config.defaults)),
            listed,
            heartbeat: config.sse_heartbeat,
            body_limit: config.body_limit,
            upload_limit: config.upload_limit,
            body_timeout: config.body_timeout,
            capturing: capturing(&config.log),
            waiting: Arc::clone(&self.waiting),
            keeps_responses: config.responses.store,
            access: Access {
                allow_open: config.access.allow_open,
                cors_origins: config.access.cors_origins.clone(),
                trusted_proxies: config.access.trusted_proxies.clone(),
            },
            fleet: Arc::clone(&self.fleet),
            embeddings,
            fetcher: shape::fetcher(&config.images, self.last.as_ref().map(|(_, live)| &live.fetcher)),
        });
        self.waiting.set_places(config.waiting_places);
        self.waiting.changed();
        self.last = Some((config.clone(), Arc::clone(&live)));
        Ok(live)
    }

    fn endpoint(&self, provider: &ProviderConfig) -> Result<Arc<Endpoint>, String> {
        let before = self.last.as_ref().and_then(|(config, live)| {
            Some((config.provider(&provider.id)?, live.endpoints.get(&provider.id)?))
        });
        if let Some((config, endpoint)) = before
            && config == provider
        {
            return Ok(Arc::clone(endpoint));
        }
        let fleet = self.fleet.provider(&provider.id);
        let accounts = provider.accounts.iter().map(|account| {
            let known = before.and_then(|(_, e)| e.accounts.iter().find(|a| a.secret == account.secret));
            let state = known.map_or_else(|| Arc::new(AccountState::default()), |a| Arc::clone(&a.state));
            let number = known.map_or_else(|| fleet.account(), |account| account.number);
            Account { secret: account.secret.clone(), state, number }
        });
        let accounts: Vec<Account> = accounts.collect();
        let Wires { main, also, services } = self.wires(provider)?;
        let learned = |account: &wye_config::Account| {
            let (_, endpoint) = before?;
            let at = endpoint.accounts.iter().position(|a| a.secret == account.secret)?;
            endpoint.quotas.learned(at)
        };
        let from = Source {
            cells: Arc::clone(&self.limits.cells),
            waiting: Arc::clone(&self.waiting),
            now: Moment::of(&*self.limits.clock),
        };
        let quotas = Arc::new(quota::quotas(provider, learned, &from));
        Ok(Arc::new(Endpoint {
            id: provider.id.clone(),
            main,
            also,
            services,
            rules: provider.rules,
            listed_as: provider.listed_as.clone(),
            stated: provider.models.iter().map(stated).collect(),
            off: provider
                .models
                .iter()
                .filter(|model| !model.enabled)
                .map(|model| model.id.clone())
                .collect(),
            asks_extra: shape::asks_extra(&provider.shape),
            free_tier: provider.free_tier,
            local: provider.local,
            shapes: shape::shapes(provider),
            quirks: provider.quirks.clone(),
            accounts,
            rotation: Rotation::default(),
            fleet,
            quotas,
        }))
    }

    /// The main dialect of a provider, its others, and what it serves besides chat.
    fn wires(&self, provider: &ProviderConfig) -> Result<Wires, String> {
        let secrets: Vec<Option<&Secret>> = provider.accounts.iter().map(|a| a.secret.as_ref()).collect();
        let mut clients: Vec<(String, Arc<Client>)> = Vec::new();
        let mut client = |address: &str| -> Result<Arc<Client>, String> {
            let origin = origin(address);
            if let Some((_, known)) = clients.iter().find(|(of, _)| *of == origin) {
                return Ok(Arc::clone(known));
            }
            let connector = match self.dialers.get(&origin) {
                Some(dialer) => Connector::within(address, dialer.clone()),
                None => Connector::new(address, provider.proxy.as_deref(), provider.tls_verify),
            };
            let client = Arc::new(Client::new(connector.map_err(|error| error.0)?, self.tracker.clone()));
            clients.push((origin, Arc::clone(&client)));
            Ok(client)
        };
        let mut wire = |spoken: &Spoken| {
            let client = client(&spoken.base_url)?;
            let config = WireConfig {
                dialect: spoken.dialect,
                base_url: &spoken.base_url,
                auth: spoken.auth,
                counts: spoken.counts,
                headers: &provider.headers,
                secrets: &secrets,
            };
            EndpointWire::new(&config, client)
        };
        let main = Spoken {
            dialect: provider.dialect,
            base_url: provider.base_url.clone(),
            auth: provider.auth,
            counts: true,
        };
        let main = wire(&main)?;
        let also = provider.also.iter().map(&mut wire).collect::<Result<_, _>>()?;
        let services = provider.serves.iter().filter_map(|serves| {
            let base_url = provider.base_url.as_str();
            let registry = provider.registry.unwrap_or(base_url);
            let config = ServiceConfig { serves: *serves, registry, base_url };
            // What is known to live at the registry's address only is not served at another.
            let url = config.url("m")?;
            Some(client(&url).map(|client| ServiceWire::new(&config, &main, client)))
        });
        let services = services.collect::<Result<_, _>>()?;
        Ok(Wires { main, also, services })
    }
}

/// Where and how a provider is called.
struct Wires {
    main: EndpointWire,
    also: Vec<EndpointWire>,
    services: Vec<ServiceWire>,
}

/// Scheme, host and port of an address: what connections are made to.
fn origin(base_url: &str) -> String {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("", base_url));
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    format!("{scheme}://{authority}").to_ascii_lowercase()
}

/// What the operator says of a model.
fn stated(model: &ModelConfig) -> (String, Stated) {
    let stated = Stated {
        rates: model.price,
        context: model.context,
        output_limit: model.output_limit,
        asks_extra: shape::asks_extra(&model.shape),
    };
    (model.id.clone(), stated)
}

/// Whose bodies are kept, in the pipeline's words.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of all numbers, between 0 and 1"
)]
fn capturing(log: &LogConfig) -> Capturing {
    let which = match log.bodies {
        KeepBodies::Off => Which::None,
        KeepBodies::Errors => Which::Failed,
        KeepBodies::Sampled(share) => Which::Drawn((share.clamp(0.0, 1.0) * u64::MAX as f64) as u64),
        KeepBodies::All => Which::All,
    };
    Capturing { which, limit: usize::try_from(log.body_limit).unwrap_or(usize::MAX) }
}

#[cfg(test)]
mod tests {
    use wye_config::{Format, Sources, load};

    use super::*;

    /// A configuration that reads nothing but its text.
    pub(crate) fn config(text: &str) -> Config {
        let sources = Sources {
            env: &|_| None,
            vault: &|_| None,
            file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            local: &[],
        };
        load(text, Format::Yaml, &sources).unwrap()
    }

    const TWO: &str = "discover: false
providers:
  a: { dialect: openai_chat, base_url: 'http://a/v1', api_keys: [one, two] }
  b: { dialect: gemini, base_url: 'http://b', api_key: three }
routes: { r: { targets: [a/m, b/m] } }
";

    fn builder() -> Builder {
        Builder::new(TaskTracker::new(), Limiting::new(Arc::new(wye_pipeline::chance::ProcessClock::start())))
    }

    #[test]
    fn an_unchanged_provider_is_carried_over_whole() {
        let mut builder = builder();
        let before = builder.build(&config(TWO)).unwrap();
        let after =
            builder.build(&config(&TWO.replace("http://b", "http://c").replace("a/m,", "a/n,"))).unwrap();
        assert!(Arc::ptr_eq(&before.endpoints["a"], &after.endpoints["a"]));
        assert!(!Arc::ptr_eq(&before.endpoints["b"], &after.endpoints["b"]));
        // Routes lead to the endpoints that are there now.
        assert!(Arc::ptr_eq(&after.routes["r"].targets[1].endpoint, &after.endpoints["b"]));
        assert_ne!(before.hash, after.hash);
    }

    #[test]
    fn a_changed_provider_keeps_the_state_of_the_accounts_it_still_has() {
        let mut builder = builder();
        let before = builder.build(&config(TWO)).unwrap();
        let after = builder.build(&config(&TWO.replace("[one, two]", "[new, two, one]"))).unwrap();
        let (old, new) = (&before.endpoints["a"].accounts, &after.endpoints["a"].accounts);
        assert!(Arc::ptr_eq(&old[0].state, &new[2].state));
        assert!(Arc::ptr_eq(&old[1].state, &new[1].state));
        assert!(old.iter().all(|account| !Arc::ptr_eq(&account.state, &new[0].state)));
        assert_eq!((old[0].number, old[1].number), (new[2].number, new[1].number));
        assert!(old.iter().all(|account| account.number != new[0].number));
        let member = &after.routes["r"].targets[0].member;
        let [lanes, again] = [0, 0].map(|_| after.endpoints["a"].lanes(member).unwrap());
        assert!(lanes.len() == 3 && Arc::ptr_eq(&lanes, &again));
        assert!(after.endpoints["b"].lanes(member).is_none(), "one account is the deployment");
    }

    #[test]
    fn a_provider_has_a_wire_for_each_dialect_it_speaks() {
        let text = "discover: false
providers:
  deepseek: { api_key: k }
  corp: { dialects: [openai_chat, openai_responses], base_url: 'http://c/v1' }
";
        let live = builder().build(&config(text)).unwrap();
        let wires = |id: &str| {
            let wires = live.endpoints[id].wires();
            wires.map(|w| (w.dialect.name(), w.base_url.clone(), w.counts)).collect::<Vec<_>>()
        };
        let own = |dialect, url: &str, counts| (dialect, url.to_owned(), counts);
        assert_eq!(
            wires("deepseek"),
            [
                own("openai_chat", "https://api.deepseek.com", false),
                own("anthropic_messages", "https://api.deepseek.com/anthropic", false),
                own("openai_responses", "https://api.deepseek.com", false)
            ]
        );
        assert_eq!(
            wires("corp"),
            [own("openai_chat", "http://c/v1", false), own("openai_responses", "http://c/v1", true)]
        );
    }

    #[test]
    fn connections_are_shared_by_origin() {
        assert_eq!(origin("https://API.x/v1"), origin("https://api.x?y"));
        assert_ne!(origin("https://api.x:444/v1"), origin("https://api.x/v1"));
        assert_ne!(origin("http://api.x"), origin("https://api.x"));
    }

    #[test]
    fn what_cannot_be_built_changes_nothing() {
        let mut builder = builder();
        let good = config(TWO);
        builder.build(&good).unwrap();
        let mut bad = good.clone();
        bad.providers[0].proxy = Some("https://proxy".to_owned());
        bad.providers[1].base_url = "ftp://b".to_owned();
        let problems = builder.build(&bad).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("providers.a: ") && problems[1].starts_with("providers.b: "));
        assert_eq!(builder.config(), Some(&good));
    }
}
