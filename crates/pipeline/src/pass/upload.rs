//! What a client sends, on its way through to a provider: counted, and given up on when it stops coming.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use wye_types::Code;
use wye_types::error::GatewayError;

use crate::upstream::{Incomplete, Outgoing};

/// What went through so far, for whoever waits for the answer meanwhile.
#[derive(Debug, Default)]
pub(super) struct Progress {
    bytes: AtomicU64,
    fault: AtomicU8,
}

const BROKE: u8 = 1;
const SLOW: u8 = 2;

impl Progress {
    /// Bytes of the body that went through.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What is wrong with the client's body, if that is why the call failed.
    pub(super) fn fault(&self, patience: Duration) -> Option<GatewayError> {
        match self.fault.load(Ordering::Relaxed) {
            BROKE => Some(GatewayError::new(Code::CallerInvalidRequest, "the body broke off")),
            SLOW => {
                let message = format!("nothing of the body came for {} s", patience.as_secs());
                Some(GatewayError::new(Code::CallerTooSlow, message))
            }
            _ => None,
        }
    }
}

/// A client's body on its way.
pub(super) struct Upload {
    body: Outgoing,
    progress: Arc<Progress>,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
}

impl Upload {
    pub(super) fn new(body: Outgoing, progress: Arc<Progress>, patience: Duration) -> Self {
        Self { body, progress, patience, silence: Box::pin(sleep_until(Instant::now() + patience)) }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Incomplete;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Incomplete>>> {
        let this = &mut *self;
        let fault = match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                this.progress.bytes.fetch_add(length, Ordering::Relaxed);
                this.silence.as_mut().reset(Instant::now() + this.patience);
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(_))) => BROKE,
            Poll::Pending => {
                ready!(this.silence.as_mut().poll(cx));
                SLOW
            }
        };
        this.progress.fault.store(fault, Ordering::Relaxed);
        Poll::Ready(Some(Err(Incomplete)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
