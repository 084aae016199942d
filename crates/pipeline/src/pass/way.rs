//! Where a call that goes through goes: to the provider it names, to the one that holds the thing it names, or to the one
//! that is asked for or comes first.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Uri};
use percent_encoding::percent_decode_str;
use wye_providers::endpoint::below;
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Kind};
use wye_wire::Shape;

use super::seal::{Held, IdSeal};
use super::{Passing, Sending, files};
use crate::authenticate::Caller;
use crate::live::{Endpoint, Live, ServiceWire};
use crate::pipeline::Inbound;
use crate::sign::Signing;

/// The header that chooses a provider where the call itself does not.
const PROVIDER: &str = "x-wye-provider";
/// The longest path that is kept of a call.
const LONGEST: usize = 200;

/// Where to, as the path says. Paths are as they were sent: percent-encoded, and without what led to the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To a provider; `path` begins with a slash.
    Provider {
        /// Its id.
        provider: String,
        /// What lies below its address.
        path: String,
    },
    /// To files: nothing, or a slash and what follows.
    Files(String),
    /// To batches.
    Batches(String),
}

impl Way {
    /// What is asked for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Provider { .. } => Kind::Pass,
            Self::Files(_) => Kind::Files,
            Self::Batches(_) => Kind::Batches,
        }
    }

    /// For the log. What follows a question mark may be a secret, and is not there.
    pub(super) fn shown(&self, method: &Method) -> String {
        let mut shown = match self {
            Self::Provider { provider, path } => format!("{method} {provider}{path}"),
            Self::Files(rest) | Self::Batches(rest) => format!("{method} {}{rest}", self.kind()),
        };
        shown.truncate(shown.floor_char_boundary(LONGEST));
        shown
    }
}

/// A call that knows where it goes.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) endpoint: Arc<Endpoint>,
    /// The account, where it must be that one; known for all once it is taken.
    pub(super) account: Option<usize>,
    pub(super) kind: Kind,
    pub(super) method: Method,
    pub(super) path: Uri,
    /// Whether it may cost something.
    pub(super) costs: bool,
    /// Whether ids in its answer are sealed.
    pub(super) seals: bool,
    pub(super) warnings: Vec<String>,
}

/// Finds out where a call goes.
///
/// # Errors
/// In words, if it may not, or nowhere.
pub(super) fn find(
    inbound: &Inbound,
    passing: Passing,
    ids: &IdSeal,
) -> Result<(Going, Sending), GatewayError> {
    match &passing.way {
        Way::Provider { provider, path } => {
            any(inbound, (provider, path), &passing).map(|going| (going, passing.body))
        }
        Way::Files(_) | Way::Batches(_) => listed(inbound, passing, ids),
    }
}

fn any(inbound: &Inbound, (id, path): (&str, &str), passing: &Passing) -> Result<Going, GatewayError> {
    let endpoint = provider(&inbound.live, &inbound.caller, id)?;
    if climbs(path) {
        let message = "a path may not hold `.` or `..` as steps, however they are written";
        return Err(GatewayError::new(Code::CallerInvalidRequest, message));
    }
    let query = passing.query.as_deref().map(|query| without_key(&endpoint, query)).filter(|q| !q.is_empty());
    let behind = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let spoken = endpoint.wires().map(|wire| wire.dialect);
    let url = below(&endpoint.main.base_url, &behind, spoken).and_then(|url| url.parse::<Uri>().ok());
    let path = url.as_ref().and_then(Uri::path_and_query).map(|path| Uri::from(path.clone()));
    let unfit = || {
        GatewayError::new(
            Code::CallerInvalidRequest,
            format!("`{path_text}` is not a path", path_text = path_of(passing)),
        )
    };
    Ok(Going {
        account: None,
        kind: Kind::Pass,
        method: passing.method.clone(),
        path: path.ok_or_else(unfit)?,
        costs: !matches!(passing.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE),
        seals: false,
        warnings: Vec::new(),
        endpoint,
    })
}

fn path_of(passing: &Passing) -> &str {
    match &passing.way {
        Way::Provider { path, .. } | Way::Files(path) | Way::Batches(path) => path,
    }
}

/// Files and batches.
fn listed(inbound: &Inbound, passing: Passing, ids: &IdSeal) -> Result<(Going, Sending), GatewayError> {
    let Passing { method, way, query, body } = passing;
    let (kind, rest) = match &way {
        Way::Files(rest) | Way::Batches(rest) => (way.kind(), rest.as_str()),
        Way::Provider { .. } => (Kind::Pass, ""),
    };
    let anthropic = inbound.dialect == DialectId::AnthropicMessages;
    let mut known = files::Known::new(inbound, ids, kind);
    let rest = known.path(rest)?;
    let query = known.query(query.as_deref().unwrap_or_default())?;
    let makes_batch = method == Method::POST && rest.is_empty() && kind == Kind::Batches;
    let body = match body {
        Sending::Held(bytes) if makes_batch && !anthropic => Sending::Held(known.batch(&bytes)?),
        body => body,
    };
    let (held, asked) = (known.held, known.provider);
    let shape = if anthropic { Shape::Anthropic } else { Shape::OpenAi };
    let endpoint = match (&held, asked) {
        (Some(held), _) => provider(&inbound.live, &inbound.caller, &held.provider)?,
        (None, Some(asked)) => provider(&inbound.live, &inbound.caller, &asked)?,
        (None, None) => first(inbound, kind, shape)?,
    };
    let wire = serving(&endpoint, (kind, shape))?;
    // A page of a list names something, too: where it goes on from.
    if rest.is_empty()
        && matches!(method, Method::GET | Method::HEAD)
        && inbound.caller.key.as_ref().is_some_and(|key| !key.may_pass())
    {
        let message = format!(
            "a list shows the {kind} of everybody who uses the gateway's account at {}; only keys that may use `pass` \
             may have it. Single ones are found by the id that was told when they were made",
            endpoint.id
        );
        return Err(GatewayError::new(Code::CallerForbidden, message));
    }
    let account = held.as_ref().map(|held| holder(held, &endpoint)).transpose()?;
    let path = wire.below(&rest, Some(&query)).ok_or_else(|| {
        let message =
            format!("the address of {} names a model, so that it has no place for {kind}", endpoint.id);
        GatewayError::new(Code::CallerInvalidRequest, message)
    })?;
    let warning =
        "the models that a batch names are the provider's own: they are not looked up, routed or rewritten";
    let going = Going {
        account,
        kind,
        method,
        path,
        costs: makes_batch,
        seals: true,
        warnings: if makes_batch { vec![warning.to_owned()] } else { Vec::new() },
        endpoint,
    };
    Ok((going, body))
}

fn holder(held: &Held, endpoint: &Endpoint) -> Result<usize, GatewayError> {
    held.account(endpoint).ok_or_else(|| {
        let message = format!("the account of {} that holds this is configured no more", endpoint.id);
        GatewayError::new(Code::CallerNotFound, message)
    })
}

/// A provider by its id, if the caller may have everything of it.
fn provider(live: &Live, caller: &Caller, id: &str) -> Result<Arc<Endpoint>, GatewayError> {
    let Some(endpoint) = live.endpoints.get(id) else {
        let message = if may_have_all(caller, None) {
            format!("no provider `{id}` is configured; there are {}", live.order.join(", "))
        } else {
            format!("no provider `{id}` is configured")
        };
        return Err(GatewayError::new(Code::CallerNotFound, message));
    };
    if !may_have_all(caller, Some(id)) {
        let name = caller.name().unwrap_or_default();
        let message = format!(
            "the key `{name}` may use some models only, and what goes through to {id} may use any; that needs `{id}/*` among \
             its `models`"
        );
        return Err(GatewayError::new(Code::CallerForbidden, message));
    }
    Ok(Arc::clone(endpoint))
}

/// Whether a caller may have all models of a provider, or of every provider.
fn may_have_all(caller: &Caller, provider: Option<&str>) -> bool {
    caller.key.as_ref().is_none_or(|key| key.may_name_all_of(provider.unwrap_or("*")))
}

/// The provider that serves a kind for one who names none: the first that does.
fn first(inbound: &Inbound, kind: Kind, shape: Shape) -> Result<Arc<Endpoint>, GatewayError> {
    let all = inbound.live.order.iter().filter_map(|id| inbound.live.endpoints.get(id));
    let serves = |endpoint: &&Arc<Endpoint>| serving(endpoint, (kind, shape)).is_ok();
    let mut serving = all.filter(serves).peekable();
    let none = serving.peek().is_none();
    let found = serving.find(|endpoint| may_have_all(&inbound.caller, Some(&endpoint.id)));
    found.map(Arc::clone).ok_or_else(|| match none {
        true => {
            let message = format!("no provider is configured that has {kind} as this API knows them");
            GatewayError::new(Code::CallerInvalidRequest, message)
        }
        false => {
            let message = format!(
                "the key `{}` may use some models only, and {kind} may name any",
                inbound.caller.name().unwrap_or_default()
            );
            GatewayError::new(Code::CallerForbidden, message)
        }
    })
}

/// How a provider serves a kind in a vendor's words.
fn serving(endpoint: &Endpoint, (kind, shape): (Kind, Shape)) -> Result<&ServiceWire, GatewayError> {
    let refused = |why: &str| {
        let message = format!("{} {why}; name another with `{PROVIDER}`", endpoint.id);
        Err(GatewayError::new(Code::CallerInvalidRequest, message).param(PROVIDER))
    };
    match endpoint.service(kind) {
        None => refused(&format!("has no {kind}")),
        Some(wire) if wire.serves.shape != shape => {
            refused(&format!("has {kind} of its own kind, which /pass/{}/… leads to", endpoint.id))
        }
        Some(wire) => Ok(wire),
    }
}

/// The provider that a header names.
pub(super) fn named(inbound: &Inbound) -> Option<&str> {
    inbound.headers.get(PROVIDER)?.to_str().ok().map(str::trim).filter(|name| !name.is_empty())
}

/// Whether a path leads up, in any spelling that a server may understand.
pub(super) fn climbs(path: &str) -> bool {
    let decoded = percent_decode_str(path).collect::<Vec<u8>>();
    decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(|step| matches!(step, b"." | b".."))
}

/// A query without the credential that Google's clients put there.
fn without_key(endpoint: &Endpoint, query: &str) -> String {
    let in_query = endpoint.main.signings().iter().any(|signing| matches!(signing, Signing::Query(_)));
    if !in_query && !endpoint.wires().any(|wire| wire.dialect == DialectId::Gemini) {
        return query.to_owned();
    }
    let pairs = query.split('&').filter(|pair| pair.split('=').next() != Some("key"));
    pairs.collect::<Vec<_>>().join("&")
}

/// For tests and for what makes bodies anew.
impl From<Bytes> for Sending {
    fn from(bytes: Bytes) -> Self {
        Self::Held(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_step_up_is_let_through() {
        for path in
            ["/..", "/a/../b", "/a/..", "/%2e%2E/x", "/a%2f..%2fb", "/a\\..\\b", "/a%5c..", "/./x", "/.%2e"]
        {
            assert!(climbs(path), "{path}");
        }
        for path in ["/a", "/a..b/...", "/a%2Fb", "/", "", "/.well-known", "/a/%252e%252e"] {
            assert!(!climbs(path), "{path}");
        }
    }
}
