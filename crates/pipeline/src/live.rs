//! Everything a request reads, behind one `Arc` that is loaded when it arrives and held until it is settled.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Uri};
use wye_providers::endpoint::{Operation, endpoint};
use wye_providers::provider::dialect_headers;
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
    pub statuses: Arc<[u16]>,
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
    pub deployment: Arc<DeploymentId>,
    /// Fields set on every request to it.
    pub params: Map,
    /// Tokens of context, where known.
    pub context: Option<u64>,
}

/// A provider, ready to be called.
pub struct Endpoint {
    /// The provider's id.
    pub id: String,
    /// The wire format it speaks.
    pub dialect: DialectId,
    /// Its address.
    pub base_url: String,
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
    /// What every call to it carries.
    pub wire: EndpointWire,
    /// Its connections.
    pub client: Client,
}

/// What every call to a provider carries, worked out once.
#[derive(Debug)]
pub struct EndpointWire {
    dialect: DialectId,
    base_url: String,
    /// The path of a chat call, in dialects that do not put the model into it.
    chat: Option<Uri>,
    /// Host, media type and the configured headers.
    pub(crate) headers: HeaderMap,
}

impl EndpointWire {
    /// Works out what calls to a provider carry.
    ///
    /// # Errors
    /// If the address has no host, or a configured header is not one.
    pub fn new(dialect: DialectId, base_url: &str, configured: &[(String, String)]) -> Result<Self, String> {
        let uri: Uri = base_url.parse().map_err(|_| format!("`{base_url}` is not an address"))?;
        let authority = uri.authority().ok_or_else(|| format!("`{base_url}` has no host"))?.as_str();
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = HeaderValue::from_str(host).map_err(|_| format!("`{host}` is not a host"))?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wye/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in dialect_headers(dialect) {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        for (name, value) in configured {
            let bad = || format!("`{name}` is not a header that can be sent");
            let name = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
            // It may be a credential; a header that is marked so is never printed.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut wire = Self { dialect, base_url: base_url.to_owned(), chat: None, headers };
        if dialect != DialectId::Gemini {
            wire.chat = Some(wire.path("", Operation::Chat { stream: false })?);
        }
        Ok(wire)
    }

    /// The path of a call.
    pub(crate) fn path(&self, model: &str, operation: Operation) -> Result<Uri, String> {
        if let (Some(chat), Operation::Chat { .. }) = (&self.chat, operation) {
            return Ok(chat.clone());
        }
        let url = endpoint(self.dialect, &self.base_url, model, operation);
        let uri = url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        let path = uri.as_ref().and_then(Uri::path_and_query);
        path.map(|path| Uri::from(path.clone())).ok_or_else(|| "the model's name cannot be called".to_owned())
    }
}

/// One credential of a provider.
#[derive(Debug)]
pub struct Account {
    /// The key; `None` where the provider wants none.
    pub secret: Option<Secret>,
    /// The header that carries it.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// Its live state, which outlives a reload.
    pub state: Arc<AccountState>,
}

impl fmt::Debug for Endpoint {
    /// Configured headers may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// A credential and its live state.
    ///
    /// # Errors
    /// If the key cannot stand in a header.
    pub fn new(secret: Option<Secret>, auth: Auth, state: Arc<AccountState>) -> Result<Self, String> {
        let written = secret.as_ref().and_then(|secret| auth.header(secret.expose()));
        let header = match written {
            None => None,
            Some((name, value)) => {
                let mut value = HeaderValue::try_from(value)
                    .map_err(|_| "a key holds characters that cannot stand in a header".to_owned())?;
                value.set_sensitive(true);
                Some((HeaderName::from_static(name), value))
            }
        };
        Ok(Self { secret, header, state })
    }
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
