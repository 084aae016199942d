//! Sending what goes through: an account, its credential, and the body while it comes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST};
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use wye_limits::{Listening, Moment};
use wye_routing::cooldown::Picked;
use wye_types::Code;
use wye_types::error::{GatewayError, LimitOwner};

use super::body::Coming;
use super::upload::{Progress, Upload};
use super::way::Going;
use super::{Sending, header};
use crate::attempt::probe::Probing;
use crate::call::{Bad, within};
use crate::lease;
use crate::parse::Estimate;
use crate::pipeline::Inbound;
use crate::quota::{Holding, Refused};
use crate::settle::Settle;
use crate::sign::{Ask, Signing};
use crate::upstream::{SendError, SentBody};

/// The head of an answer, and what comes behind it.
pub(super) struct Came {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Coming,
}

/// An account, what is held of its quotas, and the place of the one call that finds out how it is.
pub(super) type Taken = (usize, Option<Holding>, Option<Probing>);

/// Takes an account: the one that holds what is asked for; else, for what providers keep, the first that does not rest, so
/// that all of it lies together; else whoever's turn it is.
pub(super) async fn account(going: &Going, settle: &mut Settle) -> Result<Taken, GatewayError> {
    let taken = lease::reserve(settle.reserving(), |now| take(going, now)).await;
    taken.map_err(|(until, full)| {
        let id = &going.endpoint.id;
        let message = match full {
            Some(refused) => format!("the quota of {id} is used up: {}", refused.quota),
            None => format!("{id} has asked to be left alone; every account rests"),
        };
        let mut error = GatewayError::new(Code::ProviderRateLimited, message);
        error.retry_after = until.map(|until| until.saturating_sub(settle.now()));
        error.limit_owner = Some(LimitOwner::Provider);
        error
    })
}

/// When an account may be had, as far as is known, and the quota that was found used up last.
type Full = (Option<Duration>, Option<Refused>);

fn take(going: &Going, now: Moment) -> Result<Taken, (Full, Option<Listening>)> {
    let (endpoint, kind) = (&going.endpoint, going.kind.name());
    let mut full: Option<Refused> = None;
    let mut due: Option<Listening> = None;
    let mut reserve = |account: usize| {
        let reserved = endpoint.quotas.reserve((account, kind), Estimate { input: 0, output: 0 }, now);
        reserved.map_err(|(refused, answer)| {
            let until = refused.until;
            full = Some(refused);
            due = due.take().or(answer);
            until
        })
    };
    let states = endpoint.accounts.iter().map(|account| &*account.state);
    let until = if let Some(account) = going.account {
        match reserve(account) {
            Ok(holding) => return Ok((account, holding, None)),
            Err(until) => until,
        }
    } else if going.seals {
        let mut soonest: Option<Duration> = None;
        for (account, state) in states.enumerate() {
            let until = match state.rests_until(kind, now.mono) {
                Some(until) => Some(until),
                None => match reserve(account) {
                    Ok(holding) => return Ok((account, holding, None)),
                    Err(until) => until,
                },
            };
            soonest = soonest.into_iter().chain(until).min();
        }
        soonest
    } else {
        match endpoint.rotation.pick(states, (kind, now.mono), &[], (|_| None, &mut reserve)) {
            Ok(Picked { account, taken, probe }) => {
                let probing = probe.map(|probe| Probing::of(&endpoint.accounts[account].state, probe));
                return Ok((account, taken, probing));
            }
            Err(until) => until,
        }
    };
    Err(((until, full), due))
}

/// Sends a call, and waits for the head of its answer.
pub(super) async fn send(
    inbound: &Inbound,
    going: &Going,
    (body, probing): (Sending, Option<Probing>),
    settle: &mut Settle,
) -> Result<Came, GatewayError> {
    let (wire, account) = (&going.endpoint.main, going.account.unwrap_or(0));
    let no_head = || GatewayError::new(Code::GatewayInternal, "an account has no headers");
    let mut headers =
        header::upstream(&inbound.headers, wire.head(account, false).ok_or_else(no_head)?, wire.firm());
    // What was compressed could be neither looked at nor given other ids.
    headers.remove(ACCEPT_ENCODING);
    let signings = wire.signings();
    let signing = signings.get(account).filter(|signing| !matches!(signing, Signing::Fixed(_)));
    let body = match (body, signing) {
        // It signs what it sends, so all of it must be there.
        (Sending::Coming(body), Some(Signing::Aws(_))) => held(inbound, body).await?.into(),
        (Sending::Coming(body), _) if http_body::Body::is_end_stream(&body) => Sending::Held(Bytes::new()),
        (body, _) => body,
    };
    if let Sending::Held(bytes) = &body {
        headers.remove(CONTENT_LENGTH);
        settle.record.request_bytes = bytes.len() as u64;
    }
    let deadline = settle.arrived() + inbound.live.defaults.total;
    let mut path = going.path.clone();
    if let Some(signing) = signing {
        let nothing = Bytes::new();
        let bytes = if let Sending::Held(bytes) = &body { bytes } else { &nothing };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let ask = Ask { method: &going.method, path: &path, body: bytes };
        let signed = within(deadline, settle.now(), signing.sign(ask, &host, settle.clock())).await;
        let late = || GatewayError::new(Code::ProviderTimeout, "no token came within the time limit");
        let refused = |why| GatewayError::new(Code::ProviderAuthFailed, why);
        let (signed_path, extra) = signed.ok_or_else(late)?.map_err(refused)?;
        path = signed_path;
        headers.extend(extra);
    }
    if let Some(probing) = probing {
        probing.sent();
    }
    let sent = exchange(inbound, going, (path, headers), body);
    match within(deadline, settle.clock().mono(), sent).await {
        Some((came, bytes)) => {
            settle.record.request_bytes = settle.record.request_bytes.max(bytes);
            came
        }
        None => Err(GatewayError::new(Code::ProviderTimeout, "no answer came within the time limit")),
    }
}

/// What came, and how many bytes went.
async fn exchange(
    inbound: &Inbound,
    going: &Going,
    (path, headers): (Uri, HeaderMap),
    body: Sending,
) -> (Result<Came, GatewayError>, u64) {
    let client = &going.endpoint.main.client;
    let connect = inbound.live.defaults.connect;
    let came = |head: http::response::Parts, body| Came {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
    };
    match body {
        Sending::Held(bytes) => {
            let make = || {
                let mut request = Request::new(SentBody::from(bytes.clone()));
                *request.method_mut() = going.method.clone();
                *request.uri_mut() = path.clone();
                *request.headers_mut() = headers.clone();
                request
            };
            let answered = client.send(make, connect).await.map_err(unreachable);
            let came = answered.map(|response| {
                let (head, body) = response.into_parts();
                came(head, Coming::Kept(body))
            });
            (came, bytes.len() as u64)
        }
        Sending::Coming(body) => {
            let progress = Arc::<Progress>::default();
            let patience = inbound.live.body_timeout;
            let upload = Upload::new(body, Arc::clone(&progress), patience);
            let mut request = Request::new(upload.boxed_unsync());
            *request.method_mut() = going.method.clone();
            *request.uri_mut() = path;
            *request.headers_mut() = headers;
            let answered = client.once(request, connect).await;
            let came = match answered {
                Ok((response, _)) => {
                    let (head, body) = response.into_parts();
                    Ok(came(head, Coming::Once(body)))
                }
                Err(error) => Err(progress.fault(patience).unwrap_or_else(|| unreachable(error))),
            };
            (came, progress.bytes())
        }
    }
}

fn unreachable(error: SendError) -> GatewayError {
    let bad = Bad::from(error);
    GatewayError::new(bad.code(), bad.message)
}

/// The whole body, within what the gateway holds of one.
async fn held(inbound: &Inbound, body: super::ClientBody) -> Result<Bytes, GatewayError> {
    let most = usize::try_from(inbound.live.body_limit).unwrap_or(usize::MAX);
    let collecting = Limited::new(body, most).collect();
    match tokio::time::timeout(inbound.live.body_timeout, collecting).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("the body is larger than the {most} bytes that are held to be signed");
            Err(GatewayError::new(Code::CallerBodyTooLarge, message))
        }
        Ok(Err(_)) => Err(GatewayError::new(Code::CallerInvalidRequest, "the body broke off")),
        Err(_) => Err(GatewayError::new(Code::CallerTooSlow, "the body did not arrive in time")),
    }
}
