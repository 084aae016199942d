//! One dialect of one provider, ready to be called: everything that does not depend on the request is worked out when
//! the configuration is loaded.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Uri};
use wye_providers::endpoint::{Operation, endpoint, names_model};
use wye_providers::provider::{Auth, dialect_headers};
use wye_types::{DialectId, Secret};

use crate::call::Sent;
use crate::sign::Signing;
use crate::upstream::Client;

/// One dialect of one provider, ready to be called.
pub struct EndpointWire {
    /// The wire format.
    pub dialect: DialectId,
    /// Where it is spoken.
    pub base_url: String,
    /// Whether tokens can be counted there.
    pub counts: bool,
    /// The path of a chat call, where it does not depend on the model.
    chat: Option<Uri>,
    /// What a call carries, for each account: for a whole answer, for a stream.
    heads: Vec<[HeaderMap; 2]>,
    /// How each account's calls are made its own, where that depends on the call or on the time.
    signings: Arc<[Signing]>,
    /// What stands in `host`, which signatures cover.
    host: HeaderValue,
    /// Headers that the operator set, which stand above what a client sends.
    firm: Vec<HeaderName>,
    /// Connections to the place where it is spoken; shared by dialects of one origin.
    pub(crate) client: Arc<Client>,
}

/// Where and how a provider speaks a dialect.
#[derive(Debug)]
pub struct WireConfig<'a> {
    /// The wire format.
    pub dialect: DialectId,
    /// Where.
    pub base_url: &'a str,
    /// How a key is sent.
    pub auth: Auth,
    /// Whether its call that counts tokens is answered there.
    pub counts: bool,
    /// Headers that the operator set for every call.
    pub headers: &'a [(String, String)],
    /// The keys of the accounts, in their order.
    pub secrets: &'a [Option<&'a Secret>],
}

impl fmt::Debug for EndpointWire {
    /// Headers hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointWire")
            .field("dialect", &self.dialect)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl EndpointWire {
    /// Works out what calls carry.
    ///
    /// # Errors
    /// If the address has no host, or a header or key cannot be sent.
    pub fn new(config: &WireConfig<'_>, client: Arc<Client>) -> Result<Self, String> {
        let WireConfig { dialect, base_url, .. } = *config;
        let configured = configured(config.headers)?;
        let common = common(dialect, base_url, &configured)?;
        let head = |signing: &Signing, stream: bool| {
            let mut head = common.clone();
            head.insert(ACCEPT, HeaderValue::from_static(accept(dialect, stream)));
            if let Signing::Fixed(Some((name, value))) = signing {
                head.insert(name.clone(), value.clone());
            }
            head
        };
        let signings =
            config.secrets.iter().map(|secret| Signing::new(config.auth, *secret, base_url, &client));
        let signings = signings.collect::<Result<Vec<_>, String>>()?;
        let mut wire = Self {
            dialect,
            base_url: base_url.to_owned(),
            counts: config.counts && endpoint(dialect, base_url, "m", Operation::CountTokens).is_some(),
            chat: None,
            heads: signings.iter().map(|signing| [head(signing, false), head(signing, true)]).collect(),
            host: common.get(HOST).cloned().unwrap_or_else(|| HeaderValue::from_static("")),
            signings: signings.into(),
            firm: configured.into_iter().map(|(name, _)| name).collect(),
            client,
        };
        if !names_model(dialect, base_url) {
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
        path.map(|path| Uri::from(path.clone()))
            .ok_or_else(|| "the model's name cannot stand in the provider's address".to_owned())
    }

    /// What a call with an account sends.
    pub(crate) fn sent(
        &self,
        (model, account): (&str, usize),
        operation: Operation,
        body: Bytes,
    ) -> Sent<'_> {
        Sent {
            client: &self.client,
            method: Method::POST,
            path: self.path(model, operation),
            head: self.head(account, matches!(operation, Operation::Chat { stream: true })),
            firm: &self.firm,
            content_type: None,
            body,
            signing: self.signings.get(account),
            host: self.host.to_str().unwrap_or(""),
            errors: self.dialect,
        }
    }

    /// What a call with an account carries.
    pub(crate) fn head(&self, account: usize, stream: bool) -> Option<&HeaderMap> {
        self.heads.get(account).map(|heads| &heads[usize::from(stream)])
    }

    /// What calls with an account carry, but for what depends on what is asked.
    pub(crate) fn heads(&self) -> impl Iterator<Item = &HeaderMap> {
        self.heads.iter().map(|[whole, _]| whole)
    }

    /// What makes calls of each account its own.
    pub(crate) fn signings(&self) -> Arc<[Signing]> {
        Arc::clone(&self.signings)
    }

    /// The headers that the operator set, which stand above a client's.
    pub(crate) fn firm(&self) -> &[HeaderName] {
        &self.firm
    }
}

/// The headers that the operator set.
fn configured(headers: &[(String, String)]) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let read = headers.iter().map(|(name, value)| {
        let bad = || format!("`{name}` is not a header that can be sent");
        let name = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        // It may be a credential; a header that is marked so is never printed.
        value.set_sensitive(true);
        Ok((name, value))
    });
    read.collect()
}

/// Host, media type, what the dialect demands and what the operator set.
fn common(
    dialect: DialectId,
    base_url: &str,
    configured: &[(HeaderName, HeaderValue)],
) -> Result<HeaderMap, String> {
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
        headers.insert(name.clone(), value.clone());
    }
    Ok(headers)
}

/// The media type that is asked for.
const fn accept(dialect: DialectId, stream: bool) -> &'static str {
    match (dialect, stream) {
        (DialectId::BedrockConverse, true) => "application/vnd.amazon.eventstream",
        (DialectId::Ollama, true) => "application/x-ndjson",
        (_, true) => "text/event-stream",
        (_, false) => "application/json",
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::upstream::Connector;

    fn wire(dialect: DialectId, base_url: &str, auth: Auth) -> EndpointWire {
        let secrets = [Secret::new("one".into()), Secret::new("two".into())];
        let config = WireConfig {
            dialect,
            base_url,
            auth,
            counts: true,
            headers: &[("x-team".to_owned(), "a".to_owned())],
            secrets: &[Some(&secrets[0]), Some(&secrets[1]), None],
        };
        let connector = Connector::new(base_url, None, true).unwrap();
        EndpointWire::new(&config, Arc::new(Client::new(connector, TaskTracker::new()))).unwrap()
    }

    #[test]
    fn each_account_has_its_own_key_and_each_answer_its_media_type() {
        let wire = wire(DialectId::AnthropicMessages, "http://h:1/x", Auth::Header("x-api-key"));
        let text = |account, stream, name| {
            let head: &HeaderMap = wire.head(account, stream).unwrap();
            head.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(text(1, false, "x-api-key").as_deref(), Some("two"));
        assert_eq!(text(2, false, "x-api-key"), None);
        assert_eq!(text(0, true, "host").as_deref(), Some("h:1"));
        assert_eq!(text(0, true, "anthropic-version").as_deref(), Some("2023-06-01"));
        assert_eq!(text(0, true, "accept").as_deref(), Some("text/event-stream"));
        assert_eq!(text(0, false, "accept").as_deref(), Some("application/json"));
        assert!(wire.head(3, false).is_none());
        assert!(wire.firm().contains(&HeaderName::from_static("x-team")));
        assert!(
            !wire.firm().contains(&HeaderName::from_static("anthropic-version")),
            "a client's own is better"
        );
    }

    #[test]
    fn paths_are_ready_unless_they_name_the_model() {
        let stream = Operation::Chat { stream: true };
        let path = |dialect, base_url: &str| {
            let wire = wire(dialect, base_url, Auth::Bearer);
            (wire.chat.is_some(), wire.path("m/x", stream).unwrap().to_string())
        };
        assert_eq!(path(DialectId::OpenAiChat, "http://h/v1"), (true, "/v1/chat/completions".to_owned()));
        assert_eq!(
            path(DialectId::OpenAiChat, "http://h/d/{model}?api-version=1"),
            (false, "/d/m%2Fx/chat/completions?api-version=1".to_owned())
        );
        assert_eq!(
            path(DialectId::BedrockConverse, "http://h"),
            (false, "/model/m%2Fx/converse-stream".to_owned())
        );
        let bedrock = wire(DialectId::BedrockConverse, "http://h", Auth::Bearer);
        let accept = bedrock.head(0, true).unwrap().get(ACCEPT).unwrap();
        assert_eq!(accept, "application/vnd.amazon.eventstream");
    }

    #[test]
    fn dialects_stand_in_their_own_order() {
        // `Target` finds a client's wire by the dialect's place.
        for (place, dialect) in DialectId::ALL.into_iter().enumerate() {
            assert_eq!(dialect as usize, place, "{dialect}");
        }
    }
}
