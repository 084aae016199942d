//! An answer that is passed on as it comes. Its first piece is awaited before anything is sent, so that another target can
//! still take over; after that an end that is none breaks the connection, because sound has no words for errors.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wye_routing::FailureKind;
use wye_types::Code;
use wye_types::record::Outcome;

use crate::answer::StreamCut;
use crate::attempt::At;
use crate::call::{Bad, within};
use crate::settle::Settle;
use crate::upstream::UpstreamBody;

use super::counts::Counts;

/// An answer whose first piece is there.
pub(crate) struct Relay {
    pub(super) headers: HeaderMap,
    pub(super) media_type: HeaderValue,
    first: Option<Bytes>,
    body: UpstreamBody,
    /// What it says of its use.
    pub(super) counts: Option<Counts>,
    idle: Duration,
    /// When it must be over, on the monotonic clock.
    deadline: Duration,
}

impl Relay {
    /// Waits for the first piece.
    pub(super) async fn begin(
        at: At<'_>,
        by: Duration,
        (mut body, headers, media_type): (UpstreamBody, HeaderMap, HeaderValue),
    ) -> Result<Box<Self>, Bad> {
        loop {
            let first = match within(by, at.times.clock.mono(), body.frame()).await {
                None => return Err(Bad::of(FailureKind::Timeout, "nothing came within the time limit")),
                Some(None) => return Err(Bad::of(FailureKind::Empty, "the answer is empty")),
                Some(Some(Err(error))) => {
                    return Err(Bad::of(FailureKind::Reset, format!("the connection broke: {error}")));
                }
                Some(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            };
            if !first.is_empty() {
                let (idle, deadline) = (at.policy.idle, at.deadline);
                return Ok(Box::new(Self {
                    headers,
                    media_type,
                    first: Some(first),
                    body,
                    counts: None,
                    idle,
                    deadline,
                }));
            }
        }
    }
}

/// The body of an answer that is passed on as it comes.
pub struct RelayBody {
    /// `None` when it is over.
    running: Option<(Box<Relay>, Box<Settle>)>,
    timer: Pin<Box<Sleep>>,
    deadline: Instant,
    /// It broke off; what came before goes out first.
    broken: bool,
    /// The gateway stops and waits no longer.
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl fmt::Debug for RelayBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayBody").finish_non_exhaustive()
    }
}

impl RelayBody {
    pub(super) fn new(relay: Box<Relay>, settle: Box<Settle>, stop: &CancellationToken) -> Self {
        let deadline = Instant::now() + relay.deadline.saturating_sub(settle.now());
        Self {
            timer: Box::pin(sleep_until(deadline)),
            running: Some((relay, settle)),
            deadline,
            broken: false,
            stop: Box::pin(stop.clone().cancelled_owned()),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamCut>>> {
        if self.broken {
            self.broken = false;
            return Poll::Ready(Some(Err(StreamCut)));
        }
        let Some((relay, settle)) = &mut self.running else { return Poll::Ready(None) };
        if let Some(first) = relay.first.take() {
            settle.sent(&first);
            if let Some(counts) = &mut relay.counts {
                counts.see(&first);
            }
            self.timer.as_mut().reset(self.deadline.min(Instant::now() + relay.idle));
            return Poll::Ready(Some(Ok(first)));
        }
        if self.stop.as_mut().poll(cx).is_ready() {
            return self.cut(Code::GatewayShuttingDown, cx);
        }
        loop {
            let piece = match Pin::new(&mut relay.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Poll::Ready(Some(Err(_))) => {
                    return self.cut(Code::ProviderUnreachable, cx);
                }
                Poll::Ready(None) => {
                    self.end();
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    ready!(self.timer.as_mut().poll(cx));
                    return self.cut(Code::ProviderTimeout, cx);
                }
            };
            if !piece.is_empty() {
                settle.sent(&piece);
                if let Some(counts) = &mut relay.counts {
                    counts.see(&piece);
                }
                self.timer.as_mut().reset(self.deadline.min(Instant::now() + relay.idle));
                return Poll::Ready(Some(Ok(piece)));
            }
        }
    }

    /// It is whole.
    fn end(&mut self) {
        if let Some((relay, mut settle)) = self.running.take() {
            settle.tick();
            if let Some(ledger) = relay.counts.as_ref().and_then(Counts::told) {
                settle.ledger(ledger);
            }
            settle.attempt_ended(Some(200), Outcome::Served);
            settle.end(200, None);
        }
    }

    /// It breaks off. The connection writes what it has when nothing is ready, and writes nothing after an error.
    fn cut(&mut self, code: Code, cx: &Context<'_>) -> Poll<Option<Result<Bytes, StreamCut>>> {
        if let Some((_, mut settle)) = self.running.take() {
            settle.tick();
            settle.attempt_ended(Some(200), Outcome::Failed(code));
            settle.end(200, Some(code));
        }
        self.broken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
