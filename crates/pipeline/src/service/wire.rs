//! Where a provider serves something besides chat, ready to be called.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};
use wye_providers::Serves;
use wye_types::DialectId;
use wye_wire::Shape;
use wye_wire::service::Asked;

use crate::call::Sent;
use crate::sign::Signing;
use crate::upstream::Client;
use crate::wire::EndpointWire;

/// Where a provider serves something besides chat, ready to be called.
pub struct ServiceWire {
    /// What, where, and in whose words.
    pub serves: Serves,
    /// The provider's address in the registry.
    registry: String,
    /// The configured one.
    base_url: String,
    /// The path, where it does not depend on the model.
    ready: Option<Uri>,
    /// What a call carries, for each account.
    heads: Vec<HeaderMap>,
    firm: Vec<HeaderName>,
    signings: Arc<[Signing]>,
    /// Host and port as they are signed.
    host: String,
    client: Arc<Client>,
}

/// What a provider serves, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct ServiceConfig<'a> {
    /// What, where, and in whose words.
    pub serves: Serves,
    /// The provider's address in the registry; the configured one where it has none there.
    pub registry: &'a str,
    /// The configured address.
    pub base_url: &'a str,
}

impl fmt::Debug for ServiceWire {
    /// Headers hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceWire").field("serves", &self.serves).finish_non_exhaustive()
    }
}

impl ServiceConfig<'_> {
    /// The whole address of a call; `None` if it cannot be called there.
    #[must_use]
    pub fn url(&self, model: &str) -> Option<String> {
        self.serves.url(self.registry, self.base_url, model)
    }
}

impl ServiceWire {
    /// Works out what calls carry: what calls of the provider's main dialect carry, but for what depends on the dialect.
    #[must_use]
    pub fn new(config: &ServiceConfig<'_>, main: &EndpointWire, client: Arc<Client>) -> Self {
        let host = config.url("m").and_then(|url| url.parse::<Uri>().ok());
        let host = host.as_ref().and_then(Uri::host_header);
        let heads = main.heads().map(|head| {
            let mut head = head.clone();
            head.insert(ACCEPT, HeaderValue::from_static("*/*"));
            head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(host) = &host {
                head.insert(http::header::HOST, host.clone());
            }
            head
        });
        let fixed = !config.serves.path.contains("{model}") && !config.base_url.contains("{model}");
        let ready = fixed.then(|| config.url("m").as_deref().and_then(path_of)).flatten();
        Self {
            serves: config.serves,
            registry: config.registry.to_owned(),
            base_url: config.base_url.to_owned(),
            ready,
            heads: heads.collect(),
            firm: main.firm().to_vec(),
            signings: main.signings(),
            host: host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned(),
            client,
        }
    }

    /// What a call with an account sends.
    pub(crate) fn sent(&self, (model, account): (&str, usize), asked: &Asked) -> Sent<'_> {
        Sent {
            client: &self.client,
            method: if asked.body.is_some() { Method::POST } else { Method::GET },
            path: self.path(model, &asked.behind),
            head: self.heads.get(account),
            firm: &self.firm,
            content_type: None,
            body: asked.body.clone().unwrap_or_default().into(),
            signing: self.signings.get(account),
            host: &self.host,
            errors: errors_of(self.serves.shape),
        }
    }

    /// The path of a call in which no model is named; `rest` is put behind it, as it is. `None` if it names one.
    pub(crate) fn below(&self, rest: &str, query: Option<&str>) -> Option<Uri> {
        let ready = self.ready.as_ref()?;
        let own = ready.query();
        let mut text = format!("{}{rest}", ready.path());
        for (place, query) in own.into_iter().chain(query).filter(|query| !query.is_empty()).enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            text.push_str(query);
        }
        text.parse().ok()
    }

    fn path(&self, model: &str, behind: &str) -> Result<Uri, String> {
        if let Some(ready) = self.ready.as_ref().filter(|_| behind.is_empty()) {
            return Ok(ready.clone());
        }
        let url = self.serves.url(&self.registry, &self.base_url, model);
        url.and_then(|url| path_of(&(url + behind)))
            .ok_or_else(|| "the model's name cannot stand in the provider's address".to_owned())
    }
}

/// The path of an address, with its query.
fn path_of(url: &str) -> Option<Uri> {
    Some(Uri::from(url.parse::<Uri>().ok()?.path_and_query()?.clone()))
}

/// Host and port as the `Host` header names them.
trait HostHeader {
    fn host_header(&self) -> Option<HeaderValue>;
}

impl HostHeader for Uri {
    fn host_header(&self) -> Option<HeaderValue> {
        let authority = self.authority()?.as_str();
        HeaderValue::from_str(authority.rsplit('@').next().unwrap_or(authority)).ok()
    }
}

/// In whose words a provider that uses these tells of errors.
const fn errors_of(shape: Shape) -> DialectId {
    match shape {
        Shape::Cohere => DialectId::Cohere,
        Shape::Gemini | Shape::Vertex => DialectId::Gemini,
        Shape::Bedrock => DialectId::BedrockConverse,
        Shape::Anthropic => DialectId::AnthropicMessages,
        _ => DialectId::OpenAiChat,
    }
}
