//! The provider behind every subject: fixed bytes over HTTP/1.1, so that what is measured is the gateway.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::wire::{Ask, anthropic_reply, ending, event, gemini_reply, reply, vectors};

/// The bytes every answer is made of.
#[derive(Clone)]
struct Bank {
    reply: Bytes,
    anthropic: Bytes,
    gemini: Bytes,
    vectors: Bytes,
    event: Bytes,
    ending: Bytes,
}

/// Listens on a free port of loopback, says which, and answers until killed.
///
/// # Errors
/// When it cannot listen.
pub(crate) async fn serve() -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut out = std::io::stdout();
    writeln!(out, "{address}").and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    let bank = Bank {
        reply: reply().into(),
        anthropic: anthropic_reply().into(),
        gemini: gemini_reply().into(),
        vectors: vectors().into(),
        event: event().into(),
        ending: ending().into(),
    };
    let mut connections = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.map_err(|error| error.to_string())?;
        connections.spawn(connection(socket, bank.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(socket: TcpStream, bank: Bank) {
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request| answer(request, bank.clone()));
    // A client that goes away is not this process's concern.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

type Answer = Response<Either<Full<Bytes>, Events>>;

async fn answer(request: Request<Incoming>, bank: Bank) -> Result<Answer, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (events, interval_ms) = Ask::read(&body).unwrap_or((0, 0));
    let (kind, body) = if events == 0 {
        let path = head.uri.path();
        let reply = if path.ends_with("/messages") {
            bank.anthropic
        } else if path.ends_with(":generateContent") {
            bank.gemini
        } else if path.ends_with("/embeddings") {
            bank.vectors
        } else {
            bank.reply
        };
        ("application/json", Either::Left(Full::new(reply)))
    } else {
        let interval = Duration::from_millis(interval_ms.into());
        let timer = (interval_ms > 0).then(|| Box::pin(sleep_until(Instant::now())));
        (
            "text/event-stream",
            Either::Right(Events { bank, left: events, interval, timer, flush: false, ended: false }),
        )
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    Ok(response)
}

/// A stream of events, one frame each, and its ending.
struct Events {
    bank: Bank,
    left: u32,
    interval: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    flush: bool,
    ended: bool,
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            let ended = std::mem::replace(&mut self.ended, true);
            return Poll::Ready((!ended).then(|| Ok(Frame::data(self.bank.ending.clone()))));
        }
        let interval = self.interval;
        if let Some(timer) = self.timer.as_mut() {
            ready!(timer.as_mut().poll(context));
            let next = timer.deadline() + interval;
            timer.as_mut().reset(next);
        } else {
            // A pause after each event makes hyper write it on its own, as a provider's events come.
            self.flush = !self.flush;
            if !self.flush {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(self.bank.event.clone()))))
    }
}
