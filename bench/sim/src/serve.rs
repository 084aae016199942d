//! A simulated provider behind HTTP/1.1 and OpenAI's chat dialect, without a socket.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use wye_pipeline::upstream::Dialer;

use crate::ask::Ask;
use crate::provider::{Answer, Begun, Provider};
use crate::vendor::Header;

/// What a connection holds in each direction, in bytes.
const BUFFER: usize = 64 << 10;
/// Into how many pieces an answer is cut.
const PIECES: u32 = 4;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The provider has gone: the connection breaks.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider is gone")
    }
}

impl std::error::Error for Gone {}

/// Connects to a provider, each connection served by a task.
#[must_use]
pub fn dialer(provider: &Arc<Provider>, asks: &Arc<[Ask]>, tracker: &TaskTracker) -> Dialer {
    let (provider, asks, tracker) = (Arc::clone(provider), Arc::clone(asks), tracker.clone());
    Dialer::new(move || {
        if !provider.connects() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (near, far) = tokio::io::duplex(BUFFER);
        let (provider, asks) = (Arc::clone(&provider), Arc::clone(&asks));
        let service = service_fn(move |request| answer(Arc::clone(&provider), Arc::clone(&asks), request));
        tracker.spawn(async move {
            // A client that goes away is none of the provider's concern.
            drop(http1::Builder::new().serve_connection(TokioIo::new(far), service).await);
        });
        Ok(near)
    })
}

async fn answer(
    provider: Arc<Provider>,
    asks: Arc<[Ask]>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Gone> {
    let body = request.into_body().collect().await.map_err(|_| Gone)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).map_err(|_| Gone)?;
    // The prompt begins with the request's number, unless the prompt is somebody's: then the seed is it. Other fields may be
    // renamed on their way.
    let seed = body.get("seed").and_then(Value::as_u64).and_then(|seed| usize::try_from(seed).ok());
    let prompt = body.pointer("/messages/0/content").and_then(Value::as_str).unwrap_or_default();
    let number = seed.or_else(|| prompt.split(' ').next().and_then(|number| number.parse().ok()));
    let ask = *number.and_then(|number| asks.get(number)).ok_or(Gone)?;
    match provider.begin(ask) {
        Begun::Unreachable => Err(Gone),
        Begun::Silent => std::future::pending().await,
        Begun::Refused(refusal) => {
            tokio::time::sleep(refusal.after).await;
            let body = Full::new(Bytes::from(refusal.body.to_string()));
            respond((refusal.status, "application/json"), &refusal.headers, body.boxed_unsync())
        }
        Begun::Answers(answer) => {
            tokio::time::sleep(answer.head).await;
            let headers = answer.headers.clone();
            respond((200, "text/event-stream"), &headers, written(answer))
        }
    }
}

fn respond((status, media): (u16, &str), headers: &[Header], body: Body) -> Result<Response<Body>, Gone> {
    let mut response = Response::builder().status(status).header("content-type", media);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(body).map_err(|_| Gone)
}

/// The events of an answer in their time.
fn written(answer: Answer) -> Body {
    let silence = answer.first - answer.head;
    let pause = (answer.whole - answer.first) / PIECES;
    let events = stream::unfold((answer, 0), move |(answer, piece)| async move {
        let (wait, text) = match piece {
            0 => (Duration::ZERO, event(&delta(r#""role":"assistant","content":"""#))),
            1 => (silence, event(&delta(r#""content":"so it is, ""#))),
            piece if piece <= PIECES => (pause, event(&delta(r#""content":"and so on, ""#))),
            piece if piece == PIECES + 1 => (pause, last(&answer.ask)),
            _ => return None,
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Some((Ok(Frame::data(Bytes::from(text))), (answer, piece + 1)))
    });
    StreamBody::new(events).boxed_unsync()
}

fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

fn chunk(choices: &str, more: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767571200,"model":"m","choices":[{choices}]{more}}}"#
    )
}

fn delta(delta: &str) -> String {
    chunk(&format!(r#"{{"index":0,"delta":{{{delta}}},"finish_reason":null}}"#), "")
}

fn last(ask: &Ask) -> String {
    let Ask { prompt, output, .. } = ask;
    let usage = format!(
        r#","usage":{{"prompt_tokens":{prompt},"completion_tokens":{output},"total_tokens":{}}}"#,
        prompt + output
    );
    let end = event(&chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#, ""));
    end + &event(&chunk("", &usage)) + "data: [DONE]\n\n"
}
