//! Calls that go through to a provider as they are: whatever it offers below its address, its files, its batches. The
//! client is authenticated and limited as anybody, the provider's account is ours, and the call is recorded. It is not
//! cached, not translated, and once it has begun nobody else is asked ([`crate::exception`]).

mod body;
mod files;
mod found;
mod header;
mod seal;
mod send;
mod upload;
mod way;

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Limited};
use wye_types::error::{GatewayError, LimitOwner, UpstreamError};
use wye_types::record::Outcome;
use wye_types::{Code, DeploymentId, Kind};

use crate::admit::{Api, Asking};
use crate::answer::{Answer, AnswerBody, Reply};
use crate::free;
use crate::live::Account;
use crate::pipeline::{Inbound, JSON, Pipeline, facts};
use crate::settle::Settle;
pub use crate::upstream::Incomplete;
pub(crate) use files::PLAIN;

pub use body::PassBody;
pub use seal::IdSeal;
use send::Came;
use way::Going;
pub use way::Way;

/// The largest answer whose ids are sealed, in bytes: a list of ten thousand files is a quarter of it.
const MOST_ANSWER: usize = 16 << 20;
/// The largest error that is read whole, in bytes, and how long it is waited for.
const MOST_ERROR: usize = 256 << 10;
const ERROR_LIMIT: Duration = Duration::from_secs(10);
/// An account that says that it is asked too much, and not until when, rests so long for what goes through.
const REST: Duration = Duration::from_secs(10);

/// A client's body while it comes.
pub type ClientBody = UnsyncBoxBody<Bytes, Incomplete>;

/// A call that goes through.
#[derive(Debug)]
pub struct Passing {
    /// Its method.
    pub method: Method,
    /// Where to.
    pub way: Way,
    /// What follows the path, without the question mark.
    pub query: Option<String>,
    /// What the client sends.
    pub body: Sending,
}

/// What a client sends.
#[derive(Debug)]
pub enum Sending {
    /// All of it.
    Held(Bytes),
    /// While it comes.
    Coming(ClientBody),
}

impl Pipeline {
    /// Lets a call go through. Of `inbound`, the body is not looked at.
    pub async fn pass(&self, inbound: Inbound, passing: Passing) -> Reply {
        let api = match passing.way {
            Way::Provider { .. } => Api::Pass,
            Way::Files(_) | Way::Batches(_) => Api::Dialect(inbound.dialect),
        };
        let mut settle = match self.admit_to(api, &inbound, &Bytes::new()).await {
            Ok(settle) => settle,
            Err(error) => return self.turned_away(&inbound, error),
        };
        // Whatever goes through may be of any size and of no dialect.
        settle.capture = None;
        settle.record.kind = passing.way.kind();
        settle.record.asked = passing.way.shown(&passing.method);
        match self.on_its_way(&inbound, passing, &mut settle).await {
            Ok((going, came)) => Box::pin(self.answer(&inbound, (going, came), settle)).await,
            Err(error) => settle.refused(error),
        }
    }

    async fn on_its_way(
        &self,
        inbound: &Inbound,
        passing: Passing,
        settle: &mut Settle,
    ) -> Result<(Going, Came), GatewayError> {
        let (mut going, body) = way::find(inbound, passing, &self.ids)?;
        if going.costs && !going.endpoint.local {
            free::check_unknown(&inbound.headers, settle.holding.is_free_only())?;
        }
        let tags = settle.record.tags.clone();
        let asking = Asking { tags: &tags, user: None };
        let clock = (self.clock(), &mut settle.at);
        let costs = going.costs && !going.endpoint.local;
        settle.holding.take_unpriced(&inbound.live, (going.kind.name(), costs, asking), clock).await?;
        settle.record.warnings.clone_from(&going.warnings);
        let (account, holding, probing) = send::account(&going, settle).await?;
        going.account = Some(account);
        let (provider, model) = (going.endpoint.id.clone(), going.kind.name().to_owned());
        let local = going.endpoint.local;
        let known = local.then(|| inbound.live.models.known(&going.endpoint, &model));
        settle.costs(known.as_ref().and_then(|known| known.price.as_ref()), &[]);
        settle.cost_is_known(!going.costs || local);
        let _ = settle.attempt_started(DeploymentId { provider, model }.into(), account, holding);
        let came = Box::pin(send::send(inbound, &going, (body, probing), settle)).await;
        settle.tick();
        let came = came.inspect_err(|error| {
            settle.cost_is_known(true);
            settle.attempt_ended(None, Outcome::Failed(error.code));
            let (provider, kind, code) = (&going.endpoint.id, going.kind, error.code.name());
            tracing::info!(provider, %kind, account, code, "what goes through did not get through");
        })?;
        Ok((going, came))
    }

    async fn answer(
        &self,
        inbound: &Inbound,
        (going, came): (Going, Came),
        mut settle: Box<Settle>,
    ) -> Reply {
        let Came { status, headers, body } = came;
        settle.record.first_content = Some(settle.now().saturating_sub(settle.arrived()));
        if status >= 400 {
            return self.told_no(going, (status, headers, body), settle).await;
        }
        settle.attempt_answers(status);
        let media_type = headers.get(CONTENT_TYPE).cloned();
        let text = media_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json = text.starts_with("application/json");
        let tells = going.costs
            && going.kind == Kind::Pass
            && (text.contains("json") || text.starts_with("text/event-stream"));
        let mut told = header::downstream(&headers);
        let no_body = going.method == Method::HEAD || matches!(status, 204 | 304);
        let policy = &inbound.live.defaults;
        let left = (settle.arrived() + policy.total).saturating_sub(settle.now());
        let body = if no_body || http_body::Body::is_end_stream(&body) {
            settle.attempt_ended(Some(status), Outcome::Served);
            settle.end(status, None);
            settle.upstream_headers = told;
            AnswerBody::Passed(Box::new(PassBody::empty()))
        } else if going.seals && is_json {
            let whole = match tokio::time::timeout(left, Limited::new(body, MOST_ANSWER).collect()).await {
                Ok(Ok(whole)) => whole.to_bytes(),
                Ok(Err(_)) | Err(_) => {
                    let message = "the provider's answer broke off, took too long or is larger than 16 MiB";
                    let error = GatewayError::new(Code::ProviderBadAnswer, message);
                    settle.attempt_ended(Some(status), Outcome::Failed(error.code));
                    return settle.refused(error);
                }
            };
            told.remove(http::header::CONTENT_LENGTH);
            let seal =
                |id: &str| self.ids.seal(&inbound.caller, (&going.endpoint, going.account.unwrap_or(0)), id);
            let sealed = files::sealed(&whole, &seal).map_or(whole, Bytes::from);
            settle.tick();
            settle.attempt_ended(Some(status), Outcome::Served);
            settle.end(status, None);
            settle.upstream_headers = told;
            AnswerBody::full(sealed)
        } else {
            settle.upstream_headers = told;
            let facts = facts(&mut settle);
            let tail = tells.then(found::Tail::default);
            let body = PassBody::new((status, body, tail), settle, (policy.idle, left), &self.stop);
            let body = AnswerBody::Passed(Box::new(body));
            let content_type = media_type.unwrap_or(OCTETS);
            return Reply {
                facts,
                result: Ok(Answer { status, content_type, body, error: None }),
                unsaid: None,
            };
        };
        let content_type = media_type.unwrap_or(OCTETS);
        let facts = facts(&mut settle);
        Reply { facts, result: Ok(Answer { status, content_type, body, error: None }), unsaid: None }
    }

    /// The provider's own error, as it is but for our key.
    async fn told_no(
        &self,
        going: Going,
        (status, headers, body): (u16, HeaderMap, body::Coming),
        mut settle: Box<Settle>,
    ) -> Reply {
        let collecting = Limited::new(body, MOST_ERROR).collect();
        let words = match tokio::time::timeout(ERROR_LIMIT, collecting).await {
            Ok(Ok(words)) => words.to_bytes(),
            // An error without its words is still an error with a status.
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        let account = &going.endpoint.accounts[going.account.unwrap_or(0)];
        let words = if account.stands_in(&words) { redacted(account, &words) } else { words };
        settle.tick();
        let mut error = GatewayError::new(code_of(status), format!("the provider answered with {status}"));
        error.status = Some(status);
        if status == 429 {
            let lookup = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            error.retry_after = wye_providers::limits::read_retry_after(&lookup, settle.moment().unix_ms)
                .filter(|w| !w.is_zero());
            error.limit_owner = Some(LimitOwner::Provider);
            let rest = error.retry_after.unwrap_or(REST);
            account.state.exhausted(going.kind.name(), settle.now(), rest);
        }
        settle.cost_is_known(true);
        settle.attempt_ended(Some(status), Outcome::Failed(error.code));
        settle.end(status, Some(error.code));
        settle.upstream_headers = header::downstream(&headers);
        settle.upstream_headers.remove(http::header::CONTENT_LENGTH);
        let facts = facts(&mut settle);
        let content_type = headers.get(CONTENT_TYPE).cloned().unwrap_or(JSON);
        let body = AnswerBody::full(words);
        let answer = Answer { status, content_type, body, error: Some(Box::new(error)) };
        Reply { facts, result: Ok(answer), unsaid: None }
    }
}

/// A provider's words without our key, which some of them quote.
fn redacted(account: &Account, words: &[u8]) -> Bytes {
    let mut error = UpstreamError::of_status(500, String::from_utf8_lossy(words).into_owned());
    account.redact(&mut error);
    error.message.into()
}

/// The media type of an answer that names none.
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Whose fault it is that a provider said no.
const fn code_of(status: u16) -> Code {
    match status {
        401 => Code::ProviderAuthFailed,
        402 => Code::ProviderPaymentRequired,
        403 => Code::ProviderForbidden,
        429 => Code::ProviderRateLimited,
        400..=499 => Code::CallerRejected,
        503 | 529 => Code::ProviderOverloaded,
        _ => Code::ProviderError,
    }
}
