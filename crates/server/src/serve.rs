//! Accepting connections, and stopping: no new ones, running streams end or time out, then everything is dropped.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::Request;
use http::header::UPGRADE;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::cors::Doors;
use crate::peer::Peer;
use crate::realtime::Beside;
use crate::stall::StallGuard;

/// Limits of a connection, and how it is ended.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The largest head of a request, in bytes.
    pub header_limit: usize,
    /// A client that takes nothing for so long is cut off.
    pub stall_timeout: Duration,
    /// How long the head of a request may take to arrive; also how long an idle connection is kept, since hyper does
    /// not tell waiting for a head from waiting in it.
    pub header_timeout: Duration,
    /// How long running answers may go on after a stop.
    pub grace: Duration,
}

/// How much of a body is in the hands of a connection at once besides its head, in bytes: an upload goes through several.
const MOST_BUFFERED: usize = 64 << 10;

/// Serves until `stop` is cancelled, then until running answers have ended or the grace is over. What still runs when
/// this future ends, or is dropped, is cut off. Conversations do not wait for that: they may last for an hour, so that they
/// are told at once that the gateway goes away.
pub async fn serve(
    listener: TcpListener,
    doors: Doors,
    options: ServeOptions,
    tracker: &TaskTracker,
    stop: CancellationToken,
) {
    let running = Running::default();
    let cut = CancellationToken::new();
    let beside = Beside { tracker: tracker.clone(), stop: stop.clone() };
    let _cut_at_the_end = cut.clone().drop_guard();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, remote)) => {
                let connection =
                    connection((stream, remote), (doors.clone(), beside.clone()), &options, running.clone());
                let cut = cut.clone();
                tracker.spawn(async move {
                    tokio::select! {
                        () = connection => {}
                        () = cut.cancelled() => {}
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: give others time to end instead of spinning.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(options.grace, running.end()).await.is_err() {
        tracing::warn!(
            grace_s = options.grace.as_secs(),
            "answers still running after the grace are cut off"
        );
    }
}

fn connection(
    (stream, remote): (TcpStream, SocketAddr),
    (doors, beside): (Doors, Beside),
    options: &ServeOptions,
    running: Running,
) -> impl Future<Output = ()> + use<> {
    // Small pieces of a stream must not wait for each other.
    drop(stream.set_nodelay(true));
    // A connection that has no end of ours any more is served all the same; it is as strange as any.
    let local = stream.local_addr().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let peer = Peer { remote, local };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        if request.headers().contains_key(UPGRADE) {
            request.extensions_mut().insert(beside.clone());
        }
        doors.clone().call(request)
    });
    let io = TokioIo::new(StallGuard::new(stream, options.stall_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_header_size(options.header_limit)
        .max_buf_size(options.header_limit.saturating_add(MOST_BUFFERED))
        .serve_connection(io, service)
        .with_upgrades();
    let counted = running.connections.token();
    async move {
        let mut connection = pin!(connection);
        // Why a connection ended is its client's affair; requests on it are settled by their guards.
        tokio::select! {
            biased;
            _ = connection.as_mut() => {}
            () = running.ends.cancelled() => {
                connection.as_mut().graceful_shutdown();
                drop(connection.await);
            }
        }
        drop(counted);
    }
}

/// The connections that are open. Not hyper-util's, which has none for connections that may become something else.
#[derive(Clone, Default)]
struct Running {
    connections: TaskTracker,
    ends: CancellationToken,
}

impl Running {
    /// Lets every connection end with the answer that it is about, and waits for that.
    async fn end(&self) {
        self.ends.cancel();
        self.connections.close();
        self.connections.wait().await;
    }
}
