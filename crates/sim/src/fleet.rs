//! The server: accepts connections, hands requests on, and lets its owner look and steer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::live::Live;
use crate::received::{Counts, Log, Received};
use crate::script::{Dialect, Script};
use crate::serve::{self, Becomes};

/// A fleet of simulated providers behind one address.
pub struct Fleet;

impl Fleet {
    /// Serves `script` on `listener` until `cancel`; its tasks run on `tracker`.
    ///
    /// Must be called inside a tokio runtime.
    pub fn start(
        script: Script,
        listener: TcpListener,
        tracker: &TaskTracker,
        cancel: CancellationToken,
    ) -> FleetHandle {
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let shared = Arc::new(Shared {
            addr: listener.local_addr().unwrap_or(nowhere),
            closed: Closed::new().ok(),
            calendar: Calendar::new(script.epoch),
            live: RwLock::new(Arc::new(Live::new(script))),
            log: Log::new(),
        });
        let handle = FleetHandle { shared: Arc::clone(&shared) };
        let connections = tracker.clone();
        tracker.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = cancel.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                // An accept that fails is the client's loss; the next one may do better.
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                connections.spawn(connection(stream, Arc::clone(&shared), cancel.clone()));
            }
        });
        handle
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, cancel: CancellationToken) {
    // Events have to leave when they are written, not when more have come together.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Wire { stream, reset: Arc::clone(&reset) });
    let becomes = Becomes::default();
    let slot = Arc::clone(&becomes);
    let service = service_fn(move |request| {
        let around = (Arc::clone(&reset), Arc::clone(&slot));
        serve::serve(Arc::clone(&shared), around, request)
    });
    let serving = async {
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(io, service);
        drop(connection.with_upgrades().await);
        let talk = becomes.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(talk) = talk {
            talk.run().await;
        }
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        () = serving => {}
    }
}

/// A connection that can be made to end in a reset.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A port that is taken, so that nobody else gets it, and on which nobody listens.
struct Closed {
    addr: SocketAddr,
    _socket: TcpSocket,
}

impl Closed {
    fn new() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { addr: socket.local_addr()?, _socket: socket })
    }
}

/// The fleet's own calendar: a day that is given or today's, moved on by tokio's clock, which tests may hold.
pub(crate) struct Calendar {
    began: Instant,
    epoch: u64,
}

impl Calendar {
    fn new(epoch: Option<u64>) -> Self {
        Self { began: Instant::now(), epoch: epoch.unwrap_or_else(today) }
    }

    pub(crate) fn since_start(&self) -> std::time::Duration {
        self.began.elapsed()
    }

    pub(crate) fn unix(&self) -> u64 {
        self.epoch + self.began.elapsed().as_secs()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the fleet stands for other people's machines: their calendar is not ours to inject, except by the script"
)]
fn today() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) addr: SocketAddr,
    closed: Option<Closed>,
    pub(crate) calendar: Calendar,
    live: RwLock<Arc<Live>>,
    pub(crate) log: Log,
}

impl Shared {
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_script(&self, script: Script) {
        let live = Arc::new(Live::new(script));
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }

    pub(crate) fn clear(&self) {
        self.log.clear();
        self.live().reset();
    }
}

/// Looks at a running fleet and steers it. Clones are handles of the same fleet.
#[derive(Clone)]
pub struct FleetHandle {
    shared: Arc<Shared>,
}

impl FleetHandle {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.shared.addr
    }

    /// A provider's address without any version: `http://ADDR/NAME`; for a provider that is down, one at a port nobody
    /// listens on.
    #[must_use]
    pub fn root_url(&self, provider: &str) -> String {
        let live = self.shared.live();
        let down = live.seats.get(provider).is_some_and(|s| s.provider.down);
        let closed = self.shared.closed.as_ref().filter(|_| down);
        format!("http://{}/{provider}", closed.map_or(self.shared.addr, |c| c.addr))
    }

    /// The base URL as the provider's official SDK takes it: with `/v1` for OpenAI's dialects, else as
    /// [`Self::root_url`]. The paths below it are served with and without their version, so either will do.
    #[must_use]
    pub fn base_url(&self, provider: &str) -> String {
        let live = self.shared.live();
        let root = self.root_url(provider);
        match live.seats.get(provider).map(|s| s.provider.first_dialect()) {
            Some(Dialect::OpenaiChat | Dialect::OpenaiResponses | Dialect::OpenaiCompletions) => {
                format!("{root}/v1")
            }
            _ => root,
        }
    }

    /// Changes the script; counts, quotas and caches start anew, running answers end as they began.
    pub fn set_script(&self, script: Script) {
        self.shared.set_script(script);
    }

    /// What was received, oldest first; at most the last [`crate::KEPT`].
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.log.received()
    }

    /// Forgets what was received and counted; quotas and caches start anew.
    pub fn clear(&self) {
        self.shared.clear();
    }

    /// How many requests came and how they ended.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.log.counts()
    }

    /// How many requests' clients went away before the answer's end.
    #[must_use]
    pub fn disconnects(&self) -> u64 {
        self.counts().disconnects
    }

    /// Waits until this many requests have come.
    pub async fn wait_for_requests(&self, n: u64) {
        self.wait_for(|c| c.requests >= n).await;
    }

    /// Waits until this many clients have gone away early.
    pub async fn wait_for_disconnects(&self, n: u64) {
        self.wait_for(|c| c.disconnects >= n).await;
    }

    /// Waits until the counts are as wished.
    pub async fn wait_for(&self, wish: impl Fn(&Counts) -> bool) {
        self.shared.log.until(wish).await;
    }
}
