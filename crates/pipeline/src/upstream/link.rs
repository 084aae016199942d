//! A connection to a provider, moved by the request that runs on it.
//!
//! hyper gives a handle and a future that moves the bytes. In a task of its own that future costs two changes of task for
//! every piece of an answer. Here whoever waits for the answer polls it; between requests nobody does, and what has
//! become of the connection meanwhile shows when it is taken up again.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http::Response;
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::SendRequest;

use super::{SentBody, UpstreamRequest};

/// What moves the bytes; it ends when the connection is over. Errors reach the request that runs on it.
type Mover = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection.
pub(super) struct Link {
    sender: SendRequest<SentBody>,
    /// `None` once the connection is over.
    mover: Option<Mover>,
    gate: Arc<Gate>,
    /// What handle and mover wake: the gate.
    waker: Waker,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("open", &self.mover.is_some()).finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(
        sender: SendRequest<SentBody>,
        mover: impl Future<Output = hyper::Result<()>> + Send + 'static,
    ) -> Self {
        let gate = Arc::<Gate>::default();
        Self { sender, mover: Some(Box::pin(mover)), waker: Waker::from(Arc::clone(&gate)), gate }
    }

    /// Whether it is over, as far as is known.
    pub(super) fn is_closed(&self) -> bool {
        self.mover.is_none() || self.sender.is_closed()
    }

    /// Whether a kept connection can take a request now.
    pub(super) async fn is_ready(&mut self) -> bool {
        let ready = poll_fn(|cx| {
            self.poll(cx, |sender, mover, cx| {
                advance(mover, cx);
                Poll::Ready(matches!(sender.poll_ready(cx), Poll::Ready(Ok(()))))
            })
        });
        ready.await && !self.is_closed()
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: UpstreamRequest,
    ) -> Result<Response<Incoming>, TrySendError<UpstreamRequest>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        poll_fn(|cx| {
            self.poll(cx, |_, mover, cx| {
                advance(mover, cx);
                answer.as_mut().poll(cx)
            })
        })
        .await
    }

    /// The next piece of an answer.
    pub(super) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut Incoming,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.poll(cx, |_, mover, cx| {
            // Only when a piece is waited for is it taken from the connection.
            let there = Pin::new(&mut *body).poll_frame(cx);
            if there.is_ready() {
                return there;
            }
            advance(mover, cx);
            Pin::new(&mut *body).poll_frame(cx)
        })
    }

    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        work: impl FnOnce(&mut SendRequest<SentBody>, &mut Option<Mover>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.gate.begin(cx.waker());
        let polled = work(&mut self.sender, &mut self.mover, &mut Context::from_waker(&self.waker));
        let woken = self.gate.end();
        if polled.is_pending() && woken {
            cx.waker().wake_by_ref();
        }
        polled
    }
}

fn advance(mover: &mut Option<Mover>, cx: &mut Context<'_>) {
    if mover.as_mut().is_some_and(|mover| mover.as_mut().poll(cx).is_ready()) {
        *mover = None;
    }
}

/// Lets no wake through while the link is being polled: handle and mover wake each other then, which is no reason to
/// poll the whole task again.
#[derive(Default)]
struct Gate {
    /// [`POLLING`] and [`WOKEN`].
    state: AtomicU8,
    task: AtomicWaker,
}

const POLLING: u8 = 1;
const WOKEN: u8 = 2;

impl Gate {
    fn begin(&self, task: &Waker) {
        self.task.register(task);
        // What woke it before is answered by the poll that begins.
        self.state.store(POLLING, Ordering::SeqCst);
    }

    /// Whether it was woken since it began.
    fn end(&self) -> bool {
        self.state.swap(0, Ordering::SeqCst) & WOKEN != 0
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.fetch_or(WOKEN, Ordering::SeqCst) & POLLING == 0 {
            self.task.wake();
        }
    }
}
