//! The client dialects' doors: find the caller, read the body, hand over, write what comes back.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use wye_pipeline::authenticate::authenticate;
use wye_pipeline::{AnswerBody, Inbound, Presented, Reply};
use wye_types::error::GatewayError;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use crate::app::App;
use crate::{body, rescue};

/// What is asked at a door.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Chat,
    Count,
}

pub(crate) async fn openai_chat(State(app): State<App>, request: Request) -> Response {
    Box::pin(enter(app, DialectId::OpenAiChat, (Ask::Chat, PathAsk::default()), request)).await
}

pub(crate) async fn anthropic_messages(State(app): State<App>, request: Request) -> Response {
    Box::pin(enter(app, DialectId::AnthropicMessages, (Ask::Chat, PathAsk::default()), request)).await
}

pub(crate) async fn anthropic_count(State(app): State<App>, request: Request) -> Response {
    Box::pin(enter(app, DialectId::AnthropicMessages, (Ask::Count, PathAsk::default()), request)).await
}

/// `…/models/{model}:{method}`; the model may hold slashes and colons.
pub(crate) async fn gemini(State(app): State<App>, Path(call): Path<String>, request: Request) -> Response {
    let (model, method) = call.rsplit_once(':').unwrap_or((&call, ""));
    let sse = request.uri().query().is_some_and(|q| q.split('&').any(|pair| pair == "alt=sse"));
    let ask = match method {
        "generateContent" => (Ask::Chat, PathAsk { model: Some(model.to_owned()), stream: false, sse }),
        "streamGenerateContent" => (Ask::Chat, PathAsk { model: Some(model.to_owned()), stream: true, sse }),
        "countTokens" => (Ask::Count, PathAsk { model: Some(model.to_owned()), stream: false, sse }),
        _ => {
            let message = format!(
                "`{call}` is not a call; write models/{{model}}:generateContent, :streamGenerateContent or :countTokens"
            );
            let error = GatewayError::new(Code::CallerNotFound, message);
            return rescue::error(DialectId::Gemini, &error, &app.pipeline.new_id().to_string());
        }
    };
    Box::pin(enter(app, DialectId::Gemini, ask, request)).await
}

async fn enter(app: App, dialect: DialectId, (ask, path): (Ask, PathAsk), request: Request) -> Response {
    let pipeline = &app.pipeline;
    let arrived = pipeline.clock().mono();
    let live = pipeline.live();
    let id = pipeline.new_id();
    let (parts, incoming) = request.into_parts();
    let request_id = request_id(&parts.headers).unwrap_or_else(|| id.to_string());
    let caller = match authenticate(&live.keys, presented(&parts.headers)) {
        Ok(caller) => caller,
        Err(error) => return rescue::error(dialect, &error, &request_id),
    };
    let body = match body::read(&parts.headers, incoming, live.body_limit, live.body_timeout).await {
        Ok(body) => body,
        Err(error) => return rescue::error(dialect, &error, &request_id),
    };
    let inbound = Inbound { live, id, arrived, caller, dialect, path, headers: parts.headers, body };
    let reply = match ask {
        Ask::Chat => Box::pin(pipeline.handle(inbound)).await,
        Ask::Count => Box::pin(pipeline.count(inbound)).await,
    };
    respond(dialect, reply, &request_id)
}

fn respond(dialect: DialectId, reply: Reply, request_id: &str) -> Response {
    let Reply { facts, result } = reply;
    let mut response = match result {
        Err(error) => rescue::error(dialect, &error, request_id),
        Ok(answer) => {
            let full = match &answer.body {
                AnswerBody::Full(bytes) => Some(bytes.as_ref().map_or(0, bytes::Bytes::len)),
                AnswerBody::Live(_) => None,
            };
            let told = answer.error;
            let mut response = Response::new(Body::new(answer.body));
            *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
            match full {
                Some(length) => headers.insert(CONTENT_LENGTH, HeaderValue::from(length)),
                // Proxies on the way must pass pieces on as they come.
                None => {
                    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
                    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
                }
            };
            if let Some(error) = told {
                rescue::put_error(headers, &error);
            }
            rescue::put_request_id(headers, dialect, request_id);
            response
        }
    };
    rescue::put_facts(response.headers_mut(), &facts);
    response
}

/// The credential a request carries.
pub(crate) fn presented(headers: &HeaderMap) -> Presented<'_> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Presented {
        authorization: text(AUTHORIZATION.as_str()),
        api_key: text("x-api-key"),
        google_key: text("x-goog-api-key"),
    }
}

/// The client's own request id, if it is fit to be echoed.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-request-id")?.to_str().ok()?;
    let fit = !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    fit.then(|| text.to_owned())
}
