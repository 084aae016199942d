//! The gate before every endpoint of the admin API: from where a call comes, who makes it, whether its row lets that one
//! in. Only then is a body read.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, IF_MATCH, ORIGIN, USER_AGENT};
use http::{HeaderMap, Method};
use wye_admin::{Client, Principal, Via};
use wye_pipeline::live::Access;
use wye_types::Code;

use super::Admin;
use super::cookie::Cookies;
use super::endpoint::{Call, Endpoint, Note, Origin, Sent, Who};
use super::problem::Problem;
use super::trace;
use crate::peer::{self, Peer};
use crate::{body, safe};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a page sends beside its cookies.
const CSRF: &str = "x-wye-csrf";

/// Answers a call of an endpoint.
pub(super) async fn enter(
    admin: Arc<Admin>,
    endpoint: Arc<Endpoint>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let Ok(params) = params else {
        let problem =
            Problem::new(Code::CallerNotFound, "the path is not UTF-8 text; there is nothing at it");
        return nowhere(&admin, &request, problem);
    };
    let path = request.uri().path().to_owned();
    let origin = origin(&admin, &request);
    let https = origin.https;
    let note = Note::default();
    let done = Box::pin(answer(&admin, &endpoint, (params, request), (origin, note))).await;
    let mut response = done.unwrap_or_else(|problem| problem.response(&path));
    safe::put_admin(response.headers_mut(), https);
    response
}

/// An answer to what is no endpoint.
pub(super) fn nowhere(admin: &Admin, request: &Request, problem: Problem) -> Response {
    let origin = origin(admin, request);
    let mut response = match from_here(&admin.pipeline.live().access, request) {
        Ok(()) => problem,
        Err(refused) => refused,
    }
    .response(request.uri().path());
    safe::put_admin(response.headers_mut(), origin.https);
    response
}

async fn answer(
    admin: &Arc<Admin>,
    endpoint: &Endpoint,
    (params, request): (RawPathParams, Request),
    (origin, note): (Origin, Note),
) -> Result<Response, Problem> {
    from_here(&admin.pipeline.live().access, &request)?;
    let cookies = Cookies::read(request.headers(), &origin);
    let client = Client::new(Some(origin.address), &origin.agent);
    let principal = match endpoint.who {
        Who::Anyone => None,
        _ => Some(known(admin, request.headers(), &cookies, client).await?),
    };
    if let Some(principal) = &principal {
        allowed(endpoint, principal)?;
        if principal.via == Via::Cookie && endpoint.method != Method::GET {
            of_our_page(admin, principal, request.headers()).await?;
        }
    }
    let (parts, incoming) = request.into_parts();
    let body = if endpoint.body {
        let read = body::read(&parts.headers, incoming, endpoint.most, PATIENCE).await;
        read.map_err(|error| Problem::new(error.code, error.message))?
    } else {
        Bytes::new()
    };
    let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let call = Call {
        admin: Arc::clone(admin),
        origin,
        principal,
        cookies,
        path: params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        if_match: text(IF_MATCH).map(str::to_owned),
        note: note.clone(),
    };
    let traced = endpoint.audited.then(|| trace::Traced::of(&call));
    let sent = Sent { query: parts.uri.query().map(str::to_owned), headers: parts.headers, body };
    let done = endpoint.run(call, sent).await;
    if endpoint.method != Method::GET {
        // Whatever was changed may have ended a session, and the keys that its page was given.
        admin.guests.sweep().await;
    }
    if let Some(traced) = traced {
        traced.leave(admin, endpoint, &note, done.as_ref().err()).await;
    }
    done
}

/// Where a call comes from.
fn origin(admin: &Admin, request: &Request) -> Origin {
    let headers = request.headers();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::UNKNOWN);
    let live = admin.pipeline.live();
    let client = peer::client(peer.remote.ip(), headers, &live.access.trusted_proxies);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    Origin {
        address: client.address,
        agent: agent.to_owned(),
        https: client.https,
        host: peer::named(peer.remote.ip(), headers, &live.access.trusted_proxies).to_owned(),
        prefix: peer::taken_off(peer.remote.ip(), headers, &live.access.trusted_proxies).to_owned(),
        page: headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).map(str::to_owned),
        local: !client.https && peer.local.ip().to_canonical().is_loopback() && peer::is_this_machine(host),
    }
}

/// Refuses what a web page of somebody else's sends through the user's browser.
///
/// On an address of this machine the `Host` must name this machine, or an origin that the configuration lists: a page
/// that lets its own name lead here (DNS rebinding) is of the same origin as far as the browser can tell. This holds with
/// sessions as well, since setting up and logging in need none.
fn from_here(access: &Access, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let listed = |text: &str| {
        let mut origins = access.cors_origins.iter().filter(|origin| *origin != "*");
        origins.any(|origin| origin == text || origin.split_once("://").is_some_and(|(_, host)| host == text))
    };
    let local =
        request.extensions().get::<Peer>().is_none_or(|peer| peer.local.ip().to_canonical().is_loopback());
    if local && !peer::is_this_machine(host) && !listed(host) {
        let detail = "`Host` is not this machine; behind a proxy on this machine, list its origin in \
                      access.cors_origins";
        return Err(Problem::new(Code::CallerForbidden, detail));
    }
    let site = headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
    let ours = match origin {
        Some(origin) => {
            let named = origin.split_once("://").map(|(_, host)| host);
            named.is_some_and(|named| named.eq_ignore_ascii_case(host)) || listed(origin)
        }
        None => site.is_none_or(|site| site == b"same-origin" || site == b"none"),
    };
    if ours {
        return Ok(());
    }
    Err(Problem::new(Code::CallerForbidden, "web pages of other origins may not call the admin API"))
}

/// Who calls.
async fn known(
    admin: &Admin,
    headers: &HeaderMap,
    cookies: &Cookies,
    client: Client,
) -> Result<Principal, Problem> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        // Who sends a header of the wrong kind means it; the cookie is not tried instead.
        let token = value.to_str().ok().and_then(|value| value.split_once(' '));
        let token =
            token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(token) = token else {
            return Err(Problem::new(Code::CallerUnauthenticated, "write `authorization: Bearer TOKEN`"));
        };
        return Ok(admin.auth.authenticate(token, Via::Bearer, &client).await?);
    }
    match &cookies.access {
        Some(access) => Ok(admin.auth.authenticate(access.expose(), Via::Cookie, &client).await?),
        None => Err(Problem::new(Code::CallerUnauthenticated, "sign in first: POST /api/v1/session")),
    }
}

/// Refuses what the row does not allow.
fn allowed(endpoint: &Endpoint, principal: &Principal) -> Result<(), Problem> {
    match endpoint.who {
        Who::Anyone | Who::SignedIn => Ok(()),
        Who::Person => Ok(principal.require_session().map(drop)?),
        Who::May(action) => Ok(principal.require(action)?),
        Who::PersonMay(action) => {
            principal.require(action)?;
            Ok(principal.require_session().map(drop)?)
        }
    }
}

/// Refuses a change that a browser sends with its cookies unless the page behind it knows the session's CSRF token.
async fn of_our_page(admin: &Admin, principal: &Principal, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(CSRF).and_then(|value| value.to_str().ok()).unwrap_or("");
    let session = principal.session.as_deref().unwrap_or("");
    if admin.auth.csrf_fits(session, sent).await? {
        return Ok(());
    }
    let detail =
        "the header x-wye-csrf is missing or not this session's; it is in the cookie that ends in wye_csrf";
    Err(Problem::new(Code::CallerForbidden, detail))
}
