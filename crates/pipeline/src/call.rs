//! One upstream call: from the request's bytes to a whole answer, or to the first content of a stream.

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request as HttpRequest, Response, Uri};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use wye_providers::header::forwarded_as;
use wye_providers::limits::{Window, read_retry_after};
use wye_routing::{Failure, FailureKind};
use wye_types::error::{Fault, GatewayError, UpstreamError};
use wye_types::{Clock, Code, DeploymentId, DialectId, Usage};
use wye_wire::dialect;

use crate::attempt::Spare;
use crate::live::{Account, Policy, Target};
use crate::quota::windows;
use crate::sign::{Ask, Signing};
use crate::upstream::{Client, SendError, SentBody, UpstreamBody, UpstreamRequest};

/// The largest whole answer, in bytes.
const MOST_ANSWER: usize = 64 << 20;
/// How much of an error body is read, in bytes, and for how long.
const MOST_ERROR: usize = 256 << 10;
const ERROR_LIMIT: Duration = Duration::from_secs(10);
/// A quota of a day that is used up comes back at a midnight which the vendor does not name. Asking once an hour finds
/// out soon enough and costs 24 refusals at most.
pub(crate) const EXHAUSTED_REST: Duration = Duration::from_secs(3600);

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) struct Bad {
    pub(crate) failure: Failure,
    /// The provider's error, where it reported one.
    pub(crate) error: Option<Box<UpstreamError>>,
    /// Its error body, to be passed on as it is.
    pub(crate) raw: Option<Bytes>,
    /// Its headers that clients read.
    pub(crate) headers: HeaderMap,
    /// What happened, for people.
    pub(crate) message: String,
    /// The code that the client is told, where the gateway itself found the fault.
    pub(crate) own: Option<Code>,
    /// What the provider counted all the same.
    pub(crate) usage: Option<Box<Usage>>,
    /// What its headers told of its limits.
    pub(crate) windows: Vec<Window>,
    /// The provider knows nothing of the call.
    pub(crate) unsent: bool,
    /// Who was called.
    pub(crate) by: Option<Arc<DeploymentId>>,
    /// The answer that did not pass, which is still better than none.
    pub(crate) spare: Option<Spare>,
}

/// A provider's error for the log: its status and its names. Its words stay out, since vendors quote the prompt in them;
/// who wants to read them keeps the bodies of errors.
pub(crate) fn named(error: &UpstreamError) -> String {
    let is_name = |text: &&String| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
    };
    let names = [&error.kind, &error.code].into_iter().flatten().filter(is_name);
    names.fold(format!("it reported {}", error.status), |said, name| said + " " + name)
}

impl Bad {
    /// What happened, for the log.
    pub(crate) fn logged(&self) -> Cow<'_, str> {
        match &self.error {
            Some(error) => Cow::Owned(named(error)),
            None => Cow::Borrowed(&self.message),
        }
    }

    pub(crate) fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            failure: Failure::of(kind),
            error: None,
            raw: None,
            headers: HeaderMap::new(),
            message: message.into(),
            own: None,
            usage: None,
            windows: Vec::new(),
            unsent: false,
            by: None,
            spare: None,
        }
    }

    /// The request cannot be read, which is found out only where it must be written anew.
    pub(crate) fn request(error: &GatewayError) -> Self {
        let mut told = UpstreamError::of_status(400, error.message.clone());
        told.fault = Fault::BadRequest;
        told.param.clone_from(&error.param);
        told.code = Some(error.code.name().to_owned());
        Self { own: Some(error.code), ..Self::reported(told, HeaderMap::new()) }
    }

    /// The code under which it reaches the client.
    pub(crate) fn code(&self) -> Code {
        self.own.unwrap_or_else(|| self.failure.code())
    }

    /// Whether nobody was called, because a limit of the client's own has no room for it.
    pub(crate) fn is_unpaid(&self) -> bool {
        self.own.is_some() && self.failure.kind == FailureKind::NoAccount
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
            error: Some(Box::new(error)),
            raw: None,
            headers,
            own: None,
            usage: None,
            windows: Vec::new(),
            unsent: false,
            by: None,
            spare: None,
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
        let unsent = !matches!(error, SendError::Reset(_));
        Self { unsent, ..Self::of(kind, error.to_string()) }
    }
}

/// The clock, and what it said when the call began.
#[derive(Clone, Copy)]
pub(crate) struct Times<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) now: Duration,
}

/// What is called, and within which limits.
pub(crate) struct Call<'a> {
    pub(crate) target: &'a Target,
    pub(crate) account: usize,
    pub(crate) policy: &'a Policy,
    pub(crate) sent: Sent<'a>,
    /// The client's headers that go to a provider of the same dialect.
    pub(crate) client_headers: &'a HeaderMap,
    /// When the head of the answer must have come, on the monotonic clock.
    pub(crate) head_by: Duration,
}

/// What is sent, and over which connections.
pub(crate) struct Sent<'a> {
    pub(crate) client: &'a Arc<Client>,
    pub(crate) method: Method,
    /// The path; or why there is none.
    pub(crate) path: Result<Uri, String>,
    /// What a call with the account carries.
    pub(crate) head: Option<&'a HeaderMap>,
    /// Headers that the operator set, which stand above a client's.
    pub(crate) firm: &'a [HeaderName],
    /// The media type of the body, where it is not the head's.
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) body: Bytes,
    /// What makes it the account's own, where that is no fixed header.
    pub(crate) signing: Option<&'a Signing>,
    /// Host and port as they are signed.
    pub(crate) host: &'a str,
    /// In whose words errors come.
    pub(crate) errors: DialectId,
}

impl Call<'_> {
    /// Sends the request and waits for an answer that is not an error.
    pub(crate) async fn head(&self, times: Times<'_>) -> Result<Response<UpstreamBody>, Bad> {
        self.head_of(times, &|| self.sent.body.clone().into(), false).await
    }

    /// The same with a body of its own, which can be made once only where it is sent `once`.
    pub(crate) async fn head_of(
        &self,
        times: Times<'_>,
        body: &(dyn Fn() -> SentBody + Sync),
        once: bool,
    ) -> Result<Response<UpstreamBody>, Bad> {
        let unsent =
            |why: &String| Bad { unsent: true, ..Bad::of(FailureKind::Fault(Fault::NotFound), why.clone()) };
        let path = self.sent.path.as_ref().map_err(unsent)?;
        let (path, signed) = self.signed(path, times).await?;
        // Pinned here, so that what waits for it with a limit does not move it about: it is large.
        let make = || self.request(path.clone(), &signed, body());
        let sending = pin!(async {
            if once {
                self.sent.client.send_once(make, self.policy.connect).await
            } else {
                self.sent.client.send(make, self.policy.connect).await
            }
        });
        let response = match within(self.head_by, times.now, sending).await {
            Some(sent) => sent?,
            None => return Err(Bad::of(FailureKind::Timeout, "no answer came within the time limit")),
        };
        if response.status().as_u16() < 400 {
            return Ok(response);
        }
        // Held apart, like what follows: few calls need it, and every one would carry the room for it.
        Err(Box::pin(self.read_error(response, times)).await)
    }

    /// The path and the headers that make the call the account's own, for those whose keys are not simply sent.
    async fn signed(&self, path: &Uri, times: Times<'_>) -> Result<(Uri, HeaderMap), Bad> {
        let Some(signing) = self.sent.signing.filter(|signing| !matches!(signing, Signing::Fixed(_))) else {
            return Ok((path.clone(), HeaderMap::new()));
        };
        let ask = Ask { method: &self.sent.method, path, body: &self.sent.body };
        let signing = signing.sign(ask, self.sent.host, times.clock);
        let late =
            || Bad { unsent: true, ..Bad::of(FailureKind::Timeout, "no token came within the time limit") };
        match Box::pin(within(self.head_by, times.now, signing)).await.ok_or_else(late)? {
            Ok(signed) => Ok(signed),
            Err(why) => Err(Bad { unsent: true, ..Bad::of(FailureKind::Fault(Fault::Auth), why) }),
        }
    }

    /// The request alone, without a body, for whoever sends it otherwise.
    pub(crate) async fn opening(&self, times: Times<'_>) -> Result<UpstreamRequest, Bad> {
        let unsent =
            |why: &String| Bad { unsent: true, ..Bad::of(FailureKind::Fault(Fault::NotFound), why.clone()) };
        let path = self.sent.path.as_ref().map_err(unsent)?;
        let (path, signed) = self.signed(path, times).await?;
        Ok(self.request(path, &signed, Bytes::new().into()))
    }

    fn request(&self, path: Uri, signed: &HeaderMap, body: SentBody) -> UpstreamRequest {
        let mut request = HttpRequest::new(body);
        *request.method_mut() = self.sent.method.clone();
        *request.uri_mut() = path;
        let headers = request.headers_mut();
        if let Some(head) = self.sent.head {
            headers.clone_from(head);
        }
        if let Some(content_type) = &self.sent.content_type {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        // What the operator configured stands above what the client sends; the dialect's usual version does not, since
        // the one a client was built for is better.
        for name in self.client_headers.keys().filter(|name| !self.sent.firm.contains(name)) {
            headers.remove(name);
            for value in self.client_headers.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        if !signed.is_empty() {
            headers.extend(signed.clone());
        }
        request
    }

    pub(crate) async fn read_error<B>(&self, response: Response<B>, times: Times<'_>) -> Bad
    where
        B: Body<Data = Bytes, Error = hyper::Error>,
    {
        let (head, body) = response.into_parts();
        let collecting = Limited::new(body, MOST_ERROR).collect();
        let patience = ERROR_LIMIT.min(self.head_by.saturating_sub(times.clock.mono()));
        let raw = match tokio::time::timeout(patience, collecting).await {
            Ok(Ok(collected)) => collected.to_bytes(),
            // An error without its words is still an error with a status.
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        let mut error = dialect(self.sent.errors).read_error(head.status.as_u16(), &raw);
        error.status = head.status.as_u16();
        self.redact(&mut error);
        if matches!(error.fault, Fault::RateLimited | Fault::Overloaded) || error.status == 429 {
            let lookup = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
            // A window that was never used resets at once, which says nothing about a provider that refuses now.
            let said = read_retry_after(&lookup, times.clock.unix_ms()).filter(|wait| !wait.is_zero());
            error.retry_after = said.or(error.retry_after).or(error.exhausted.then_some(EXHAUSTED_REST));
        }
        let limited = error.fault == Fault::RateLimited;
        let mut bad = Bad::reported(error, forwarded(&head.headers));
        if limited {
            bad.windows = windows(&head.headers, times.clock.unix_ms());
        }
        let fit = serde_json::from_slice::<&serde_json::value::RawValue>(&raw).is_ok()
            && !self.account().stands_in(&raw);
        bad.raw = fit.then_some(raw);
        bad
    }

    fn account(&self) -> &Account {
        &self.target.endpoint.accounts[self.account]
    }

    /// Takes our key out of what the provider says.
    pub(crate) fn redact(&self, error: &mut UpstreamError) {
        self.account().redact(error);
    }

    /// Reads a whole answer.
    pub(crate) async fn whole(&self, body: UpstreamBody, times: Times<'_>) -> Result<Bytes, Bad> {
        let collecting = pin!(Limited::new(body, MOST_ANSWER).collect());
        match within(self.head_by, times.clock.mono(), collecting).await {
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
    let mut kept = HeaderMap::new();
    let names: &[&'static str] = match client {
        _ if client != provider => &[],
        DialectId::AnthropicMessages => &["anthropic-version", "anthropic-beta"],
        DialectId::OpenAiResponses => &["openai-beta"],
        _ => &[],
    };
    for name in names {
        for value in headers.get_all(*name) {
            kept.append(HeaderName::from_static(name), value.clone());
        }
    }
    kept
}

/// Waits for a future until a moment of the monotonic clock; `None` if it passes first.
pub(crate) async fn within<F: Future>(until: Duration, now: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(until.saturating_sub(now), future).await.ok()
}
