//! The client dialects' doors: find the caller, read the body, hand over, write what comes back.

pub(crate) mod kinds;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, CACHE_CONTROL, HOST, ORIGIN};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use wye_limits::Moment;
use wye_pipeline::authenticate::authenticate;
use wye_pipeline::live::{Access, Live};
use wye_pipeline::{AnswerBody, Caller, Inbound, Pipeline, Presented, Reply};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId, Kind};
use wye_wire::Shape;
use wye_wire::dialect::PathAsk;

use crate::app::App;
use crate::arrival::Arrival;
use crate::headers::{self, Front};
use crate::{body, cors, peer, rescue};

/// Where keys are sent besides `authorization`. Made once: a name that is a text is parsed at each look.
static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
static GOOGLE_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// What is asked at a door.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Chat,
    Count,
    Serve(Kind, Shape),
}

/// The chat calls whose paths say nothing more.
pub(crate) const CHATS: [(&str, DialectId); 6] = [
    ("/v1/chat/completions", DialectId::OpenAiChat),
    ("/v1/messages", DialectId::AnthropicMessages),
    ("/v1/responses", DialectId::OpenAiResponses),
    ("/v1/completions", DialectId::OpenAiCompletions),
    ("/v2/chat", DialectId::Cohere),
    ("/api/chat", DialectId::Ollama),
];

/// The dialect of the chat call that a request is, if it is one of [`CHATS`].
pub(crate) fn chat_of<B>(request: &http::Request<B>) -> Option<DialectId> {
    let path = request.uri().path();
    let found = CHATS.iter().find(|(call, _)| *call == path).filter(|_| *request.method() == Method::POST);
    found.map(|(_, dialect)| *dialect)
}

pub(crate) async fn openai_count(State(app): State<Arc<App>>, request: Request) -> Response {
    Box::pin(enter(app, DialectId::OpenAiResponses, (Ask::Count, PathAsk::default()), request)).await
}

/// A call besides chat in words whose errors are OpenAI's.
pub(crate) async fn serve(app: Arc<App>, (kind, shape): (Kind, Shape), request: Request) -> Response {
    let ask = (Ask::Serve(kind, shape), PathAsk::default());
    Box::pin(enter(app, DialectId::OpenAiChat, ask, request)).await
}

pub(crate) async fn anthropic_count(State(app): State<Arc<App>>, request: Request) -> Response {
    Box::pin(enter(app, DialectId::AnthropicMessages, (Ask::Count, PathAsk::default()), request)).await
}

/// A chat call whose path says nothing more.
pub(crate) async fn chat(app: Arc<App>, dialect: DialectId, request: Request) -> Response {
    enter(app, dialect, (Ask::Chat, PathAsk::default()), request).await
}

/// `…/models/{model}:{method}`; the model may hold slashes and colons.
pub(crate) async fn gemini(
    State(app): State<Arc<App>>,
    call: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let Ok(Path(call)) = call else {
        return odd_path(&app, DialectId::Gemini, (request.headers(), request.extensions()));
    };
    let (model, method) = call.rsplit_once(':').unwrap_or((&call, ""));
    let sse = request.uri().query().is_some_and(|q| q.split('&').any(|pair| pair == "alt=sse"));
    let ask = match method {
        "embedContent" | "batchEmbedContents" => kinds::of_gemini(model, method),
        "generateContent" => (Ask::Chat, PathAsk { model: Some(model.to_owned()), stream: false, sse }),
        "streamGenerateContent" => (Ask::Chat, PathAsk { model: Some(model.to_owned()), stream: true, sse }),
        "countTokens" => (Ask::Count, PathAsk { model: Some(model.to_owned()), stream: false, sse }),
        _ => {
            let message = format!(
                "`{call}` is not a call; write models/{{model}}:generateContent, :streamGenerateContent, :countTokens, :embedContent or :batchEmbedContents"
            );
            let error = GatewayError::new(Code::CallerNotFound, message);
            let head = (request.headers(), request.extensions());
            return Arrival::now(&app, &app.pipeline.live(), DialectId::Gemini, head)
                .refuse(&Caller::default(), &error);
        }
    };
    Box::pin(enter(app, DialectId::Gemini, ask, request)).await
}

/// A path whose bytes are not text.
pub(crate) fn odd_path(app: &App, dialect: DialectId, head: (&HeaderMap, &Extensions)) -> Response {
    let error = GatewayError::new(Code::CallerNotFound, "the path is not UTF-8 text; there is nothing at it");
    Arrival::now(app, &app.pipeline.live(), dialect, head).refuse(&Caller::default(), &error)
}

async fn enter(app: Arc<App>, dialect: DialectId, (ask, path): (Ask, PathAsk), request: Request) -> Response {
    let pipeline = &app.pipeline;
    let live = pipeline.live();
    let (parts, incoming) = request.into_parts();
    let arrival = Arrival::now(&app, &live, dialect, (&parts.headers, &parts.extensions));
    let caller = match admitted_at(pipeline, &live, &parts.headers, arrival.unix_ms) {
        Ok(caller) => caller,
        Err(error) => return arrival.refuse(&Caller::default(), &error),
    };
    let body = match body::read(&parts.headers, incoming, live.body_limit, live.body_timeout).await {
        Ok(body) => body,
        Err(error) => return arrival.refuse(&caller, &error),
    };
    let received = Moment::of(pipeline.clock());
    let Arrival { id, arrived, request_id, client, .. } = arrival;
    let inbound =
        Inbound { live, id, arrived, received, caller, client, dialect, path, headers: parts.headers, body };
    let reply = match ask {
        Ask::Chat => pipeline.handle(inbound).await,
        Ask::Count => Box::pin(pipeline.count(inbound)).await,
        Ask::Serve(kind, shape) => Box::pin(pipeline.serve(inbound, (kind, shape))).await,
    };
    let mut response = respond(dialect, reply, &request_id);
    app.condition.mark(response.headers_mut());
    response
}

pub(crate) fn respond(dialect: DialectId, reply: Reply, request_id: &str) -> Response {
    let Reply { facts, result, unsaid } = reply;
    match result {
        Err(error) => {
            let mut response = rescue::error_told(dialect, &error, request_id, unsaid);
            headers::put_facts(response.headers_mut(), dialect, &facts);
            response
        }
        Ok(answer) => {
            let full = match &answer.body {
                AnswerBody::Full(bytes) => Some(bytes.as_ref().map_or(0, bytes::Bytes::len)),
                AnswerBody::Live(_) | AnswerBody::Relay(_) | AnswerBody::Passed(_) => None,
            };
            // What goes through says itself how long it is and who may keep it.
            let passed = matches!(answer.body, AnswerBody::Passed(_));
            let told = answer.error;
            let length = full.filter(|_| !passed).map(|length| length as u64);
            let content_type = Some(answer.content_type);
            let front = Front { request_id: Some(request_id), content_type, length };
            let mut response = Response::new(Body::new(answer.body));
            *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            let headers = response.headers_mut();
            *headers = headers::told(dialect, front, &facts);
            // Proxies on the way must pass pieces on as they come.
            if full.is_none() && !passed {
                headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            }
            if let Some(error) = told {
                rescue::put_error(headers, &error);
            }
            headers::forward(headers, &facts);
            response
        }
    }
}

/// Who is asking. Without client keys the gateway is open to its own machine; a web page must not use that through the
/// user's browser, neither by a call across origins nor under a name of its own that leads here. One that was opened to
/// everybody goes by any name, but pages still need to be listed.
///
/// Only where no ordinary key was found, one of the console's own pages is looked for.
pub(crate) fn admitted(
    pipeline: &Pipeline,
    live: &Live,
    headers: &HeaderMap,
) -> Result<Caller, GatewayError> {
    admitted_at(pipeline, live, headers, pipeline.clock().unix_ms())
}

/// [`admitted`] at a time that is known already.
fn admitted_at(
    pipeline: &Pipeline,
    live: &Live,
    headers: &HeaderMap,
    now_ms: u64,
) -> Result<Caller, GatewayError> {
    let presented = presented(headers);
    if live.keys.is_open()
        && let Err(refused) = open_to(&live.access, headers)
    {
        // Whoever has such a key is signed in, wherever the page was loaded from.
        return pipeline.guests().find(presented, now_ms).ok_or(refused);
    }
    match authenticate(&live.keys, presented, now_ms) {
        Ok(caller) if caller.key.is_some() => Ok(caller),
        other => pipeline.guests().find(presented, now_ms).map_or(other, Ok),
    }
}

fn open_to(access: &Access, headers: &HeaderMap) -> Result<(), GatewayError> {
    let here = |value: &HeaderValue| value.to_str().is_ok_and(peer::is_this_machine);
    let host = headers.get(HOST);
    let refused = |name: &str| {
        let message =
            format!("`{name}` is not this machine; give the gateway client keys to open it to others");
        Err(GatewayError::new(Code::CallerForbidden, message))
    };
    if !access.allow_open && host.is_some_and(|host| !here(host)) {
        return refused("host");
    }
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let own = || {
        let named = origin.to_str().ok()?.split_once("://")?.1;
        Some(access.allow_open && host?.as_bytes().eq_ignore_ascii_case(named.as_bytes()))
    };
    if here(origin) || cors::is_listed(&access.cors_origins, origin) || own().unwrap_or(false) {
        return Ok(());
    }
    refused("origin")
}

/// The credential a request carries.
pub(crate) fn presented(headers: &HeaderMap) -> Presented<'_> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    Presented { authorization: text(&AUTHORIZATION), api_key: text(&API_KEY), google_key: text(&GOOGLE_KEY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(access: &Access, pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        open_to(access, &headers).is_ok()
    }

    #[test]
    fn an_open_gateway_is_not_open_to_web_pages() {
        let closed = Access::default();
        for host in ["127.0.0.1:9930", "localhost", "wye.localhost:80", "[::1]:9930"] {
            assert!(told(&closed, &[("host", host)]), "{host}");
        }
        for host in ["evil.example:9930", "192.168.1.7", "127.0.0.1.evil.example"] {
            assert!(!told(&closed, &[("host", host)]), "{host}");
        }
        assert!(told(&closed, &[("origin", "http://localhost:3000")]));
        assert!(!told(&closed, &[("origin", "https://evil.example")]));
        assert!(!told(&closed, &[("origin", "null")]));
        let listed = Access { cors_origins: vec!["https://chat.example".to_owned()], ..Access::default() };
        assert!(told(&listed, &[("origin", "https://chat.example")]));
        assert!(!told(&listed, &[("origin", "https://evil.example")]));
    }

    #[test]
    fn a_gateway_opened_to_everybody_goes_by_any_name_but_not_for_any_page() {
        let open = Access { allow_open: true, ..Access::default() };
        assert!(told(&open, &[("host", "wye.corp:9930")]));
        assert!(told(&open, &[("host", "wye.corp:9930"), ("origin", "http://wye.corp:9930")]));
        assert!(!told(&open, &[("host", "wye.corp:9930"), ("origin", "https://evil.example")]));
    }
}
