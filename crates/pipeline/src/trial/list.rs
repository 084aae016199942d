//! A provider's list of models, asked for with one of its accounts: how a key is tried at no cost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Uri};
use wye_providers::endpoint::{Operation, endpoint as address};
use wye_providers::limits::Window;
use wye_providers::models::{List, Listed, Models, Unit, read_list};
use wye_providers::{Provider, find};
use wye_types::{Clock, Code, DeploymentId, DialectId};

use crate::call::{Call, Sent, Times};
use crate::live::{Endpoint, Policy, Target};
use crate::price::Known;
use crate::quota::windows;
use crate::shape::Layer;

/// What a provider answered.
#[derive(Debug)]
pub struct ListTrial {
    /// The models that it lists.
    pub models: Vec<Listed>,
    /// What its headers tell of limits.
    pub windows: Vec<Window>,
    /// Whether it answers anybody, so that nothing is proved of the key.
    pub open: bool,
}

/// Why there is no list.
#[derive(Debug)]
pub struct Unheard {
    /// The provider's status, if it got that far.
    pub status: Option<u16>,
    /// What that means.
    pub code: Code,
    /// What happened, in the provider's words or ours; without the key.
    pub message: String,
}

/// Asks for the list. `None`: the provider has none, or nobody knows where. `endpoint` is one that nobody else uses: a
/// model without a name is met in it.
pub async fn list_models(
    endpoint: &Arc<Endpoint>,
    account: usize,
    clock: &dyn Clock,
    patience: Duration,
) -> Option<Result<ListTrial, Unheard>> {
    let row = find(&endpoint.listed_as);
    let url = place(endpoint, row)?;
    let open = matches!(row.map(|row| row.models), Some(Models::Listed { open: true, .. }));
    Some(Box::pin(ask(endpoint, (&url, account), clock, patience)).await.and_then(|(body, windows)| {
        let models = read(endpoint, row, &body)?;
        Ok(ListTrial { models, windows, open })
    }))
}

fn place(endpoint: &Endpoint, row: Option<&Provider>) -> Option<String> {
    let base_url = endpoint.main.base_url.as_str();
    match row {
        Some(row) => row.models_url(base_url),
        None => address(endpoint.main.dialect, base_url, "", Operation::Models),
    }
}

fn read(endpoint: &Endpoint, row: Option<&Provider>, body: &[u8]) -> Result<Vec<Listed>, Unheard> {
    let list = match row.map(|row| row.models) {
        Some(Models::Listed { list, .. }) => list,
        _ => match endpoint.main.dialect {
            DialectId::AnthropicMessages => List::Anthropic,
            DialectId::Cohere => List::Cohere,
            DialectId::Gemini => List::Gemini,
            DialectId::Ollama => List::Ollama,
            _ => List::Common(Unit::None),
        },
    };
    let unreadable = |message| Unheard { status: Some(200), code: Code::ProviderBadAnswer, message };
    read_list(list, row.is_none_or(|row| row.chats), body).map_err(unreadable)
}

async fn ask(
    endpoint: &Arc<Endpoint>,
    (url, account): (&str, usize),
    clock: &dyn Clock,
    patience: Duration,
) -> Result<(Bytes, Vec<Window>), Unheard> {
    let failed = |message: String| Unheard { status: None, code: Code::ProviderUnreachable, message };
    let uri: Uri = url.parse().map_err(|_| failed(format!("{url} is no address that can be called")))?;
    let wire = &endpoint.main;
    let here =
        |uri: &Uri| Some((uri.scheme_str()?.to_owned(), uri.authority()?.host().to_owned(), uri.port_u16()));
    let away = wire.base_url.parse().ok().as_ref().and_then(here) != here(&uri);
    let client = if away {
        Arc::new(wire.client.elsewhere(url).map_err(|error| failed(error.0))?)
    } else {
        Arc::clone(&wire.client)
    };
    let mut head = wire.head(account, false).cloned().unwrap_or_default();
    head.remove(CONTENT_TYPE);
    let mut host = head.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    if let Some(authority) = uri.authority().filter(|_| away) {
        authority.as_str().rsplit('@').next().unwrap_or_default().clone_into(&mut host);
        if let Ok(value) = HeaderValue::from_str(&host) {
            head.insert(HOST, value);
        }
    }
    let path = uri.path_and_query().cloned().map(Uri::from).ok_or_else(|| "it has no path".to_owned());
    let signings = wire.signings();
    let sent = Sent {
        client: &client,
        method: Method::GET,
        path,
        head: Some(&head),
        firm: wire.firm(),
        content_type: None,
        body: Bytes::new(),
        signing: signings.get(account),
        host: &host,
        errors: wire.dialect,
    };
    let nameless = DeploymentId { provider: endpoint.id.clone(), model: String::new() };
    let target = Target::new(Arc::clone(endpoint), nameless, Known::default(), (&Layer::default(), None));
    let policy = Policy { connect: patience, ..Policy::default() };
    let now = clock.mono();
    let none = HeaderMap::new();
    let call = Call {
        target: &target,
        account,
        policy: &policy,
        sent,
        client_headers: &none,
        head_by: now.saturating_add(patience),
    };
    let told = |bad: crate::call::Bad| Unheard {
        status: bad.failure.status,
        code: bad.code(),
        message: bad.message,
    };
    let response = call.head(Times { clock, now }).await.map_err(told)?;
    let status = response.status();
    if !status.is_success() {
        let message = format!("it answered {status}, which is no list of models; look at its address");
        return Err(Unheard { status: Some(status.as_u16()), code: Code::ProviderBadAnswer, message });
    }
    let limits = windows(response.headers(), clock.unix_ms());
    let body = call.whole(response.into_body(), Times { clock, now: clock.mono() }).await.map_err(told)?;
    Ok((body, limits))
}
