//! A connection for one call: one whose body comes piece by piece, or that becomes something else than HTTP.
//!
//! It is not kept. What is sent on a kept connection must be there to be sent again should the provider have closed it
//! meanwhile, and a body that came piece by piece is gone.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http1;

use super::connect::Stream;
use super::hearing::Hearing;
use super::{Client, SendError, describe};

/// A body that is sent while it comes.
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, Incomplete>;

/// A body that did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incomplete;

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is not complete")
    }
}

impl Error for Incomplete {}

/// What moves the bytes; it ends when the connection is over.
type Mover = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// An answer to a call that had a connection for itself. Dropping it closes the connection.
pub(crate) struct OnceBody {
    body: Incoming,
    mover: Option<Mover>,
}

impl fmt::Debug for OnceBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceBody").field("open", &self.mover.is_some()).finish_non_exhaustive()
    }
}

/// A connection that is to become something else, once its 101 is there.
pub(crate) type Upgrade = hyper::upgrade::OnUpgrade;

impl Client {
    /// Sends a request whose body comes piece by piece, over a connection of its own, and waits for the head of the
    /// answer. A 101 comes with what the connection becomes.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub(crate) async fn once(
        &self,
        request: Request<Outgoing>,
        connect_limit: Duration,
    ) -> Result<(Response<OnceBody>, Upgrade), SendError> {
        let stream = match tokio::time::timeout(connect_limit, self.connector.open()).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(why)) => return Err(SendError::Connect(why)),
            Err(_) => return Err(SendError::ConnectTimeout),
        };
        match stream {
            Stream::Plain(stream) => Box::pin(exchange(stream, request)).await,
            Stream::Tls(stream) => Box::pin(exchange(*stream, request)).await,
            Stream::Within(stream) => Box::pin(exchange(stream, request)).await,
        }
    }
}

async fn exchange<IO>(io: IO, request: Request<Outgoing>) -> Result<(Response<OnceBody>, Upgrade), SendError>
where
    IO: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let reset = |error: hyper::Error| SendError::Reset(describe(&error));
    let (mut sender, connection) =
        http1::Builder::new().max_headers(256).handshake(Hearing::new(io)).await.map_err(reset)?;
    let mut mover: Option<Mover> = Some(Box::pin(connection.with_upgrades()));
    let mut answer = pin!(sender.send_request(request));
    let answered = poll_fn(|cx| {
        if let Poll::Ready(answered) = answer.as_mut().poll(cx) {
            return Poll::Ready(answered);
        }
        advance(&mut mover, cx);
        answer.as_mut().poll(cx)
    });
    let mut response = answered.await.map_err(reset)?;
    let upgrade = hyper::upgrade::on(&mut response);
    if response.status() == http::StatusCode::SWITCHING_PROTOCOLS
        && let Some(mover) = mover.take()
    {
        // It ends by handing the connection over.
        mover.await.map_err(reset)?;
    }
    Ok((response.map(|body| OnceBody { body, mover }), upgrade))
}

fn advance(mover: &mut Option<Mover>, cx: &mut Context<'_>) {
    if mover.as_mut().is_some_and(|mover| mover.as_mut().poll(cx).is_ready()) {
        *mover = None;
    }
}

impl Body for OnceBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let there = Pin::new(&mut this.body).poll_frame(cx);
        if there.is_ready() {
            return there;
        }
        advance(&mut this.mover, cx);
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
