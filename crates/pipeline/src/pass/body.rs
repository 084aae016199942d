//! An answer on its way through: not held, not changed; looked at only for what it used.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wye_types::Code;
use wye_types::record::Outcome;

use super::found::Tail;
use crate::answer::StreamCut;
use crate::settle::Settle;
use crate::upstream::{OnceBody, UpstreamBody};

/// What comes from a provider, over a kept connection or one of its own.
pub(super) enum Coming {
    Kept(UpstreamBody),
    Once(OnceBody),
}

impl Body for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Kept(body) => Pin::new(body).poll_frame(cx),
            Self::Once(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Kept(body) => body.is_end_stream(),
            Self::Once(body) => body.is_end_stream(),
        }
    }
}

/// The body of an answer that goes through. Dropping it cancels the provider and settles the request.
pub struct PassBody {
    /// `None` when it is over.
    running: Option<Box<Running>>,
}

struct Running {
    body: Coming,
    settle: Box<Settle>,
    status: u16,
    /// Its end, where it may tell what was used.
    tail: Option<Tail>,
    idle: Duration,
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl fmt::Debug for PassBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassBody").finish_non_exhaustive()
    }
}

impl PassBody {
    /// A body with nothing in it, whose request is settled.
    pub(super) const fn empty() -> Self {
        Self { running: None }
    }

    /// A body that goes through within its time: `idle` between two pieces, `left` for all of it.
    pub(super) fn new(
        (status, body, tail): (u16, Coming, Option<Tail>),
        settle: Box<Settle>,
        (idle, left): (Duration, Duration),
        stop: &CancellationToken,
    ) -> Self {
        let now = Instant::now();
        let deadline = now + left;
        let timer = Box::pin(sleep_until(deadline.min(now + idle)));
        let stop = Box::pin(stop.clone().cancelled_owned());
        let running = Running { body, settle, status, tail, idle, deadline, timer, stop };
        Self { running: Some(Box::new(running)) }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.running.is_none()
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamCut>>> {
        let Some(running) = &mut self.running else { return Poll::Ready(None) };
        if running.stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(self.cut(Code::GatewayShuttingDown))));
        }
        let (piece, last) = loop {
            let piece = match Pin::new(&mut running.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Poll::Ready(Some(Err(_))) => {
                    return Poll::Ready(Some(Err(self.cut(Code::ProviderUnreachable))));
                }
                Poll::Ready(None) => {
                    self.end();
                    return Poll::Ready(None);
                }
                Poll::Pending if running.timer.as_mut().poll(cx).is_pending() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Some(Err(self.cut(Code::ProviderTimeout)))),
            };
            // Whoever reads a body of known length does not ask again after its last byte.
            let last = running.body.is_end_stream();
            if let Some(tail) = &mut running.tail {
                tail.push(&piece);
            }
            running.timer.as_mut().reset(running.deadline.min(Instant::now() + running.idle));
            if !piece.is_empty() || last {
                break (piece, last);
            }
        };
        if last {
            self.end();
        }
        Poll::Ready(Some(Ok(piece)))
    }

    fn end(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        running.used();
        running.settle.tick();
        running.settle.attempt_ended(Some(running.status), Outcome::Served);
        running.settle.end(running.status, None);
    }

    /// It breaks off, which breaks the connection: there are no words for errors that every kind of body has.
    fn cut(&mut self, code: Code) -> StreamCut {
        if let Some(mut running) = self.running.take() {
            running.used();
            running.settle.tick();
            running.settle.attempt_ended(Some(running.status), Outcome::Failed(code));
            running.settle.end(running.status, Some(code));
        }
        StreamCut
    }
}

impl Running {
    fn used(&mut self) {
        if let Some(usage) = self.tail.take().and_then(|tail| tail.usage()) {
            if usage.reported.is_some() {
                self.settle.cost_is_known(true);
            }
            self.settle.usage(usage);
        }
    }
}
