//! The HTTP client: one per provider, HTTP/1.1 with kept connections, a proxy if asked for, TLS always checked unless
//! switched off for that provider alone.
//!
//! Connections are ours to hold (not a client library's) because the request path needs what libraries hide: a
//! connect limit per route, which of a broken connection's requests were never sent, and cancellation by drop.

mod connect;
mod hearing;
mod link;
mod once;
mod pool;
mod sent;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use rustls::ClientConfig;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use connect::{Connector, Dialer, ProxyError};
use link::Link;
pub use once::Incomplete;
pub(crate) use once::{OnceBody, Outgoing};
pub use pool::UpstreamBody;
use pool::{Pool, PoolRef};
pub use sent::{SentBody, SentError};

/// A kept connection that ends without an answer so soon after a request was closed by the provider before it came;
/// later, the provider has worked on the request, and sending it again is the attempt machine's decision.
const STALE_WITHIN: Duration = Duration::from_millis(250);

/// What is sent.
pub type UpstreamRequest = Request<SentBody>;

/// Why a request could not be sent or its head not received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// No connection could be made.
    Connect(String),
    /// No connection could be made within the limit.
    ConnectTimeout,
    /// The connection broke before the head of the answer.
    Reset(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(why) => write!(f, "no connection: {why}"),
            Self::ConnectTimeout => f.write_str("no connection within the time limit"),
            Self::Reset(why) => write!(f, "the connection broke: {why}"),
        }
    }
}

/// The client of one provider.
#[derive(Debug)]
pub struct Client {
    connector: Connector,
    pool: PoolRef,
    tracker: TaskTracker,
}

impl Client {
    /// A client for one origin. What is left of answers that nobody needs is read by tasks on `tracker`.
    #[must_use]
    pub fn new(connector: Connector, tracker: TaskTracker) -> Self {
        Self { connector, pool: Pool::new(), tracker }
    }

    /// A client for another origin, through the same proxy and with the same checks.
    ///
    /// # Errors
    /// If the address is not one that can be connected to.
    pub(crate) fn elsewhere(&self, base_url: &str) -> Result<Self, ProxyError> {
        Ok(Self::new(self.connector.elsewhere(base_url)?, self.tracker.clone()))
    }

    /// Does something beside the requests.
    pub(crate) fn aside(&self, doing: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(doing);
    }

    /// Sends a request and waits for the head of the answer. Its path must be in origin form; the host goes into the
    /// `host` header, which the caller sets.
    ///
    /// The request is made by `make`, and made again if a kept connection turns out to be closed.
    ///
    /// # Errors
    /// If no connection could be made within `connect_limit`, or it broke before the head came.
    pub async fn send(
        &self,
        make: impl Fn() -> UpstreamRequest,
        connect_limit: Duration,
    ) -> Result<Response<UpstreamBody>, SendError> {
        while let Some(mut kept) = self.pool.take(Instant::now()) {
            if !kept.is_ready().await {
                continue;
            }
            let sent = Instant::now();
            match kept.send(make()).await {
                Ok(response) => return Ok(self.lend(response, kept)),
                Err(error) => {
                    let ended = error.error().is_incomplete_message() || is_reset(error.error());
                    let stale = error.message().is_some()
                        || error.error().is_canceled()
                        || ended && sent.elapsed() < STALE_WITHIN
                        || error.error().is_closed();
                    if !stale {
                        return Err(SendError::Reset(describe(error.error())));
                    }
                    break;
                }
            }
        }
        // Held apart: few requests need a new connection, and every one would carry the room for making it.
        let mut fresh = Box::pin(self.connect(connect_limit)).await?;
        match fresh.send(make()).await {
            Ok(response) => Ok(self.lend(response, fresh)),
            Err(error) => Err(SendError::Reset(describe(error.error()))),
        }
    }

    /// The same for a request that can be made once: over a connection of its own, since one that was kept may turn out
    /// to be closed when the body is on its way. It is not kept either: an answer may come before all of the body went.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_once(
        &self,
        make: impl FnOnce() -> UpstreamRequest,
        connect_limit: Duration,
    ) -> Result<Response<UpstreamBody>, SendError> {
        let mut fresh = Box::pin(self.connect(connect_limit)).await?;
        match fresh.send(make()).await {
            Ok(response) => Ok(response.map(|body| UpstreamBody::once(body, fresh, &self.tracker))),
            Err(error) => Err(SendError::Reset(describe(error.error()))),
        }
    }

    fn lend(&self, response: Response<hyper::body::Incoming>, link: Link) -> Response<UpstreamBody> {
        response.map(|body| UpstreamBody::new(body, link, &self.pool, &self.tracker))
    }

    async fn connect(&self, limit: Duration) -> Result<Link, SendError> {
        match tokio::time::timeout(limit, self.connector.connect()).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(why)) => Err(SendError::Connect(why)),
            Err(_) => Err(SendError::ConnectTimeout),
        }
    }
}

/// TLS settings with which every certificate is checked.
pub(crate) fn checked_tls() -> Arc<ClientConfig> {
    tls::client_config(true)
}

/// Whether the other side was gone already when something was written: it then answers with a reset instead of its end.
fn is_reset(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::ConnectionReset)
}

/// An error with its causes, which is where the operating system's words are.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
