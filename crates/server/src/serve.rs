//! Accepting connections, and stopping: no new ones, running streams end or time out, then everything is dropped.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
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
    let cut = Signal::default();
    let beside = Beside { tracker: tracker.clone(), stop: stop.clone() };
    let _cut_at_the_end = AtTheEnd(cut.clone());
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
                        biased;
                        () = connection => {}
                        () = cut.heard() => {}
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
            () = running.ends.heard() => {
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
    ends: Signal,
}

impl Running {
    /// Lets every connection end with the answer that it is about, and waits for that.
    async fn end(&self) {
        self.ends.give();
        self.connections.close();
        self.connections.wait().await;
    }
}

/// What every connection is told at once. To ask a [`CancellationToken`] takes two locks, and a connection would ask at every
/// turn of every request; this one it asks once, and looks at a flag from then on.
#[derive(Clone, Default)]
struct Signal(Arc<Given>);

#[derive(Default)]
struct Given {
    given: AtomicBool,
    token: CancellationToken,
}

impl Signal {
    fn give(&self) {
        // Before those are woken that wait: they look at it.
        self.0.given.store(true, Ordering::Release);
        self.0.token.cancel();
    }

    /// Waits until it is given. To be waited for by one task: who asks first is woken.
    async fn heard(&self) {
        let mut waiting = pin!(self.0.token.cancelled());
        let mut asked = false;
        poll_fn(|cx| {
            if asked && !self.0.given.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            asked = true;
            waiting.as_mut().poll(cx)
        })
        .await;
    }
}

/// Gives a signal when it is dropped.
struct AtTheEnd(Signal);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.give();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_is_heard_by_all_that_wait_and_by_who_comes_late() {
        let signal = Signal::default();
        let other = CancellationToken::new();
        let tracker = TaskTracker::new();
        let waiting = [0, 1].map(|_| {
            let (signal, other) = (signal.clone(), other.clone());
            // Woken for something else in between, as a connection is.
            let both = async move { tokio::join!(signal.heard(), other.cancelled()) };
            tracker.spawn(both)
        });
        tokio::task::yield_now().await;
        other.cancel();
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|one| !one.is_finished()));
        drop(AtTheEnd(signal.clone()));
        for one in waiting {
            one.await.unwrap();
        }
        signal.heard().await;
    }
}
