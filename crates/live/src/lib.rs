//! Resolved configuration to [`Live`], the state one request holds. Used at start and at every reload.
//!
//! **Invariant:** a part that did not change is carried over (connections, rests of accounts, turns), so that a reload
//! costs running traffic nothing. Nothing is served from here.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_config::{Config, OnLoss, ProviderConfig, Retry, RouteConfig, Timeouts};
use wye_pipeline::Live;
use wye_pipeline::authenticate::Keys;
use wye_pipeline::live::{Account, Endpoint, EndpointWire, Policy, Route, Target};
use wye_pipeline::upstream::{Client, Connector};
use wye_routing::{AccountState, Rotation};
use wye_types::DeploymentId;

/// Makes one [`Live`] after another, carrying over what stays the same.
#[derive(Debug)]
pub struct Builder {
    tracker: TaskTracker,
    last: Option<(Config, Arc<Live>)>,
}

impl Builder {
    /// A builder whose providers' connections are driven on `tracker`.
    #[must_use]
    pub const fn new(tracker: TaskTracker) -> Self {
        Self { tracker, last: None }
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
        let routes = config.routes.iter().map(|r| (r.name.clone(), Arc::new(route(r, &endpoints)))).collect();
        let live = Arc::new(Live {
            hash: format!("{:016x}", config.hash()),
            keys: Keys::new(config.keys.iter().map(|k| (k.name.as_str(), &k.secret))),
            routes,
            endpoints,
            defaults: Arc::new(policy(
                &config.defaults.retry,
                &config.defaults.timeouts,
                config.defaults.on_loss,
            )),
            listed: listed(config),
            heartbeat: config.sse_heartbeat,
            body_limit: config.body_limit,
            body_timeout: config.body_timeout,
        });
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
        let connector = Connector::new(&provider.base_url, provider.proxy.as_deref(), provider.tls_verify)
            .map_err(|error| error.0)?;
        let wire = EndpointWire::new(provider.dialect, &provider.base_url, &provider.headers)?;
        let accounts = provider.accounts.iter().map(|account| {
            let known = before.and_then(|(_, e)| e.accounts.iter().find(|a| a.secret == account.secret));
            let state = known.map_or_else(|| Arc::new(AccountState::default()), |a| Arc::clone(&a.state));
            Account::new(account.secret.clone(), provider.auth, state)
        });
        Ok(Arc::new(Endpoint {
            id: provider.id.clone(),
            dialect: provider.dialect,
            base_url: provider.base_url.clone(),
            headers: provider.headers.clone(),
            default_params: provider.default_params.clone(),
            forced_params: provider.forced_params.clone(),
            quirks: provider.quirks.clone(),
            accounts: accounts.collect::<Result<_, _>>()?,
            rotation: Rotation::default(),
            wire,
            client: Client::new(connector, self.tracker.clone()),
        }))
    }
}

fn route(config: &RouteConfig, endpoints: &HashMap<String, Arc<Endpoint>>) -> Route {
    let target = |target: &wye_config::Target| {
        Some(Target {
            // The configuration was checked: every target names a provider that is there.
            endpoint: Arc::clone(endpoints.get(&target.deployment.provider)?),
            deployment: Arc::new(target.deployment.clone()),
            params: target.params.clone(),
            context: target.context,
        })
    };
    Route {
        name: config.name.clone(),
        targets: config.targets.iter().filter_map(target).collect(),
        policy: Arc::new(policy(&config.retry, &config.timeouts, config.on_loss)),
    }
}

fn policy(retry: &Retry, timeouts: &Timeouts, on_loss: OnLoss) -> Policy {
    Policy {
        statuses: retry.statuses.as_slice().into(),
        keywords: retry.keywords.iter().map(|keyword| keyword.to_lowercase()).collect(),
        empty: retry.empty,
        rounds: retry.rounds,
        backoff: retry.backoff,
        connect: timeouts.connect,
        first_content: timeouts.first_content,
        first_content_thinking: timeouts.first_content_reasoning,
        idle: timeouts.idle,
        total: timeouts.total,
        refuse_losses: on_loss == OnLoss::Refuse,
    }
}

/// Deployments that the configuration names: listed by providers, or targets of routes.
fn listed(config: &Config) -> Vec<DeploymentId> {
    let of_providers = config.providers.iter().flat_map(|p| {
        p.models.iter().map(|model| DeploymentId { provider: p.id.clone(), model: model.clone() })
    });
    let of_routes = config.routes.iter().flat_map(|r| r.targets.iter().map(|t| t.deployment.clone()));
    let mut all: Vec<DeploymentId> = of_providers.chain(of_routes).collect();
    all.sort();
    all.dedup();
    all
}
