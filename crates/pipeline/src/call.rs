//! One upstream call: from the request's bytes to a whole answer, or to the first content of a stream.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request as HttpRequest, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use wye_providers::endpoint::{Operation, endpoint};
use wye_providers::header::forwarded_as;
use wye_providers::limits::read_retry_after;
use wye_providers::provider::dialect_headers;
use wye_routing::{Failure, FailureKind};
use wye_types::DialectId;
use wye_types::error::{Fault, UpstreamError};
use wye_wire::dialect;

use crate::live::{Policy, Target};
use crate::settle::Settle;
use crate::translate::Outgoing;
use crate::upstream::{SendError, UpstreamBody};

/// The largest whole answer, in bytes.
const MOST_ANSWER: usize = 64 << 20;
/// How much of an error body is read, in bytes, and for how long.
const MOST_ERROR: usize = 256 << 10;
const ERROR_LIMIT: Duration = Duration::from_secs(10);

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) struct Bad {
    pub(crate) failure: Failure,
    /// The provider's error, where it reported one.
    pub(crate) error: Option<UpstreamError>,
    /// Its error body, to be passed on as it is.
    pub(crate) raw: Option<Bytes>,
    /// Its headers that clients read.
    pub(crate) headers: HeaderMap,
    /// What happened, for people.
    pub(crate) message: String,
}

impl Bad {
    pub(crate) fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            failure: Failure::of(kind),
            error: None,
            raw: None,
            headers: HeaderMap::new(),
            message: message.into(),
        }
    }

    /// The provider reported an error, as a body of its own or inside an answer.
    pub(crate) fn reported(error: UpstreamError, headers: HeaderMap) -> Self {
        Self {
            failure: Failure {
                kind: FailureKind::Fault(error.fault),
                status: Some(error.status),
                retry_after: error.retry_after,
            },
            message: error.message.clone(),
            error: Some(error),
            raw: None,
            headers,
        }
    }
}

impl From<SendError> for Bad {
    fn from(error: SendError) -> Self {
        let kind = match error {
            SendError::Connect(_) => FailureKind::Unreachable,
            SendError::ConnectTimeout => FailureKind::Timeout,
            SendError::Reset(_) => FailureKind::Reset,
        };
        Self::of(kind, error.to_string())
    }
}

/// What is called, and within which limits.
pub(crate) struct Call<'a> {
    pub(crate) target: &'a Target,
    pub(crate) account: usize,
    pub(crate) outgoing: &'a Outgoing,
    pub(crate) policy: &'a Policy,
    pub(crate) operation: Operation,
    /// The client's headers that go to a provider of the same dialect.
    pub(crate) client_headers: &'a HeaderMap,
    /// When the head of the answer must have come, on the monotonic clock.
    pub(crate) head_by: Duration,
}

impl Call<'_> {
    /// Sends the request and waits for an answer that is not an error.
    pub(crate) async fn head(&self, settle: &Settle) -> Result<Response<UpstreamBody>, Bad> {
        let request = self.request()?;
        let sending = self.target.endpoint.client.send(request, self.policy.connect);
        let response = match within(self.head_by, settle.now(), sending).await {
            Some(sent) => sent?,
            None => return Err(Bad::of(FailureKind::Timeout, "no answer came within the time limit")),
        };
        if response.status().as_u16() < 400 {
            return Ok(response);
        }
        Err(self.read_error(response, settle).await)
    }

    fn request(&self) -> Result<HttpRequest<Full<Bytes>>, Bad> {
        let provider = &self.target.endpoint;
        let internal =
            || Bad::of(FailureKind::Unreachable, "the provider's address is not one that can be called");
        let url =
            endpoint(provider.dialect, &provider.base_url, &self.target.deployment.model, self.operation)
                .ok_or_else(internal)?;
        let uri: Uri = url.parse().map_err(|_| internal())?;
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        let mut request = HttpRequest::new(Full::new(self.outgoing.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(|_| internal())?;
        let headers = request.headers_mut();
        let host = uri.authority().map_or("", |a| a.as_str().rsplit('@').next().unwrap_or(""));
        headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| internal())?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let stream = matches!(self.operation, Operation::Chat { stream: true });
        let accept = if stream { "text/event-stream" } else { "application/json" };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wye/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in dialect_headers(provider.dialect) {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        for (name, value) in self.client_headers {
            headers.insert(name, value.clone());
        }
        for (name, value) in &provider.headers {
            // The version a client was built for is better than the usual one, which stands among the provider's
            // headers unless the configuration says otherwise.
            let usual = dialect_headers(provider.dialect).contains(&(name.as_str(), value.as_str()));
            if usual && self.client_headers.contains_key(name.as_str()) {
                continue;
            }
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let secret = self.target.endpoint.accounts[self.account].secret.as_ref();
        if let Some((name, value)) = secret.and_then(|s| provider.auth.header(s.expose())) {
            let mut value = HeaderValue::try_from(value).map_err(|_| {
                Bad::of(FailureKind::Unreachable, "the provider's key cannot stand in a header")
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(request)
    }

    async fn read_error(&self, response: Response<UpstreamBody>, settle: &Settle) -> Bad {
        let (head, body) = response.into_parts();
        let collecting = Limited::new(body, MOST_ERROR).collect();
        let raw = match tokio::time::timeout(ERROR_LIMIT, collecting).await {
            Ok(Ok(collected)) => collected.to_bytes(),
            // An error without its words is still an error with a status.
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        let mut error = dialect(self.target.endpoint.dialect).read_error(head.status.as_u16(), &raw);
        error.status = head.status.as_u16();
        error.message = self.redacted(&error.message);
        if matches!(error.fault, Fault::RateLimited | Fault::Overloaded) || error.status == 429 {
            let lookup = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
            let said = read_retry_after(&lookup, settle.unix_ms());
            error.retry_after = said.or(error.retry_after);
        }
        let mut bad = Bad::reported(error, forwarded(&head.headers));
        bad.raw = serde_json::from_slice::<serde_json::Value>(&raw).is_ok().then_some(raw);
        bad
    }

    /// Vendors quote the key they refuse; ours must not travel on.
    pub(crate) fn redacted(&self, message: &str) -> String {
        match &self.target.endpoint.accounts[self.account].secret {
            Some(secret) if !secret.expose().is_empty() => message.replace(secret.expose(), "***"),
            _ => message.to_owned(),
        }
    }

    /// Reads a whole answer.
    pub(crate) async fn whole(&self, body: UpstreamBody, settle: &Settle) -> Result<Bytes, Bad> {
        let collecting = Limited::new(body, MOST_ANSWER).collect();
        match within(self.head_by, settle.now(), collecting).await {
            None => Err(Bad::of(FailureKind::Timeout, "the answer was not complete within the time limit")),
            Some(Ok(collected)) => Ok(collected.to_bytes()),
            Some(Err(error)) if error.is::<LengthLimitError>() => {
                Err(Bad::of(FailureKind::BadAnswer, "the answer is larger than 64 MiB"))
            }
            Some(Err(error)) => {
                Err(Bad::of(FailureKind::Reset, format!("the connection broke within the answer: {error}")))
            }
        }
    }
}

/// A provider's answer headers that clients read.
pub(crate) fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if let Some(Ok(name)) = forwarded_as(name.as_str()).map(HeaderName::try_from) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// The client's headers that a provider of the same dialect understands.
pub(crate) fn passed_on(client: DialectId, provider: DialectId, headers: &HeaderMap) -> HeaderMap {
    const ANTHROPIC: [&str; 2] = ["anthropic-version", "anthropic-beta"];
    let mut kept = HeaderMap::new();
    if client == provider && client == DialectId::AnthropicMessages {
        for name in ANTHROPIC {
            for value in headers.get_all(name) {
                kept.append(HeaderName::from_static(name), value.clone());
            }
        }
    }
    kept
}

/// Waits for a future until a moment of the monotonic clock; `None` if it passes first.
pub(crate) async fn within<F: Future>(until: Duration, now: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(until.saturating_sub(now), future).await.ok()
}
