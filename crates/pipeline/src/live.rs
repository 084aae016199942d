//! Everything a request reads, behind one `Arc` that is loaded when it arrives and held until it is settled.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wye_providers::{Auth, Quirks};
use wye_routing::{AccountState, Rotation};
use wye_types::{DeploymentId, DialectId, Map, Secret};

use crate::authenticate::Keys;
use crate::upstream::Client;

/// One version of the configuration, resolved and ready.
#[derive(Debug)]
pub struct Live {
    /// Identifies the version; shown by readiness.
    pub hash: String,
    /// Client keys.
    pub keys: Keys,
    /// Routes by name.
    pub routes: HashMap<String, Arc<Route>>,
    /// Providers by id.
    pub endpoints: HashMap<String, Arc<Endpoint>>,
    /// How a name `provider/model` that is no route is treated.
    pub defaults: Arc<Policy>,
    /// Deployments listed by `GET /v1/models`, besides the routes.
    pub listed: Vec<DeploymentId>,
    /// A stream that stays silent for so long is kept open by a heartbeat.
    pub heartbeat: Duration,
    /// The largest request body, in bytes, before and after decompression.
    pub body_limit: u64,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
}

/// How the attempts of a request go.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Provider statuses on which the next target is tried.
    pub statuses: Vec<u16>,
    /// Words in an answer that make it count as failed, in lower case.
    pub keywords: Vec<String>,
    /// Whether an empty answer counts as failed.
    pub empty: bool,
    /// How often the list is gone through.
    pub rounds: u32,
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
    /// A target that cannot say everything in the request is passed over instead of losing some of it.
    pub refuse_losses: bool,
}

/// A name that clients send as `model`, and what it stands for.
#[derive(Debug)]
pub struct Route {
    /// The name.
    pub name: String,
    /// What it may call, in order.
    pub targets: Vec<Target>,
    /// How its attempts go.
    pub policy: Arc<Policy>,
}

/// One target of a route.
#[derive(Debug, Clone)]
pub struct Target {
    /// The provider.
    pub endpoint: Arc<Endpoint>,
    /// What is called.
    pub deployment: DeploymentId,
    /// Fields set on every request to it.
    pub params: Map,
    /// Tokens of context, where known.
    pub context: Option<u64>,
}

/// A provider, ready to be called.
#[derive(Debug)]
pub struct Endpoint {
    /// The provider's id.
    pub id: String,
    /// The wire format it speaks.
    pub dialect: DialectId,
    /// Its address.
    pub base_url: String,
    /// How its key is sent.
    pub auth: Auth,
    /// Headers that every call carries.
    pub headers: Vec<(String, String)>,
    /// Fields set where the client does not.
    pub default_params: Map,
    /// Fields set whatever the client says.
    pub forced_params: Map,
    /// How its flavour of the dialect differs.
    pub quirks: Quirks,
    /// Its credentials; at least one, which may be empty.
    pub accounts: Vec<Account>,
    /// Takes turns among them.
    pub rotation: Rotation,
    /// Its connections.
    pub client: Client,
}

/// One credential of a provider.
#[derive(Debug)]
pub struct Account {
    /// The key; `None` where the provider wants none.
    pub secret: Option<Secret>,
    /// Its live state, which outlives a reload.
    pub state: Arc<AccountState>,
}

impl Endpoint {
    /// When the first of its accounts may be called again, if all of them rest.
    #[must_use]
    pub fn rests_until(&self, now: Duration) -> Option<Duration> {
        let mut soonest = None;
        for account in &self.accounts {
            let until = account.state.rests_until(now)?;
            soonest = Some(soonest.map_or(until, |s: Duration| s.min(until)));
        }
        soonest
    }
}
