//! A client's form while it arrives: within a size, within a time, cut into its parts.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::time::{Instant, Sleep, sleep_until};
use wye_types::Code;
use wye_types::error::GatewayError;
use wye_wire::multipart::{Piece, Splitter};

use crate::parse::invalid;
use crate::upstream::SentError;

/// How slowly a form may come, in bytes a second, once the patience for any body is over.
const SLOWEST: u64 = 32 << 10;

/// A form that is still being received.
pub struct Coming {
    body: UnsyncBoxBody<Bytes, SentError>,
    splitter: Splitter,
    limits: Limits,
    received: u64,
    since: Instant,
    timer: Pin<Box<Sleep>>,
    over: bool,
}

/// What a form may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub size: u64,
    /// How long it may take to arrive, and how much longer for each 32 KiB of it.
    pub patience: Duration,
}

impl fmt::Debug for Coming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coming").field("received", &self.received).finish_non_exhaustive()
    }
}

impl Coming {
    /// A form with this boundary.
    pub fn new<B>(body: B, boundary: &str, limits: Limits) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<SentError>,
    {
        let since = Instant::now();
        Self {
            body: body.map_err(Into::into).boxed_unsync(),
            splitter: Splitter::new(boundary),
            limits,
            received: 0,
            since,
            timer: Box::pin(sleep_until(since + limits.patience)),
            over: false,
        }
    }

    /// The most bytes that it may have.
    pub(super) const fn most(&self) -> u64 {
        self.limits.size
    }

    /// The next step through it; `None` when it is over.
    pub(super) async fn step(&mut self) -> Result<Option<Piece>, GatewayError> {
        poll_fn(|cx| self.poll_step(cx)).await
    }

    /// The same, polled.
    pub(super) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Piece>, GatewayError>> {
        loop {
            if let Some(piece) = self.splitter.step().map_err(|error| invalid(&error))? {
                return Poll::Ready(Ok(Some(piece)));
            }
            if self.over {
                let whole = self.splitter.is_closed();
                return Poll::Ready(if whole { Ok(None) } else { Err(broken_off()) });
            }
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => self.take(&frame.into_data().unwrap_or_default())?,
                Poll::Ready(Some(Err(_))) => {
                    return Poll::Ready(Err(GatewayError::new(
                        Code::CallerGone,
                        "the client went away while it sent the form",
                    )));
                }
                Poll::Ready(None) => self.over = true,
                Poll::Pending => {
                    if self.timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let message = format!("the form did not arrive in time; {} bytes did", self.received);
                    return Poll::Ready(Err(GatewayError::new(Code::CallerTooSlow, message)));
                }
            }
        }
    }

    fn take(&mut self, data: &Bytes) -> Result<(), GatewayError> {
        self.received = self.received.saturating_add(data.len() as u64);
        if self.received > self.limits.size {
            return Err(too_large(self.limits.size));
        }
        let more = Duration::from_secs(self.received / SLOWEST);
        self.timer.as_mut().reset(self.since + self.limits.patience + more);
        self.splitter.push(data);
        Ok(())
    }
}

/// A form is over the limit.
pub(super) fn too_large(limit: u64) -> GatewayError {
    let message = format!("the form is larger than {limit} bytes, which is the `upload_limit`");
    GatewayError::new(Code::CallerBodyTooLarge, message)
}

fn broken_off() -> GatewayError {
    GatewayError::new(Code::CallerInvalidRequest, "the form ends before its last boundary").param("body")
}
