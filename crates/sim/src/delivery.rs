//! The body of an answer: bytes, pauses and the ways it may break off.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::received::Ending;

/// One step of a delivery.
pub(crate) enum Step {
    Send(Bytes),
    Wait(Duration),
    /// Let what was sent so far go out before more is written.
    Flush,
    /// Nothing more, ever.
    Stall,
    /// The connection breaks.
    Cut,
}

/// The connection is to be broken.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script breaks this connection")
    }
}

impl std::error::Error for Broken {}

/// A body that follows its steps.
pub(crate) struct Delivery {
    steps: VecDeque<Step>,
    /// The length promised in the head; `None` for chunked bodies.
    length: Option<u64>,
    sleep: Option<Pin<Box<Sleep>>>,
    ending: Option<Ending>,
}

impl Delivery {
    /// A body that is there at once.
    pub(crate) fn whole(bytes: Bytes, ending: Option<Ending>) -> Self {
        let length = Some(bytes.len() as u64);
        Self { steps: VecDeque::from([Step::Send(bytes)]), length, sleep: None, ending }
    }

    /// A body of promised length that follows steps.
    pub(crate) fn sized(steps: VecDeque<Step>, length: usize, ending: Ending) -> Self {
        Self { steps, length: Some(length as u64), sleep: None, ending: Some(ending) }
    }

    /// A chunked body that follows steps.
    pub(crate) fn chunked(steps: VecDeque<Step>, ending: Ending) -> Self {
        let mut body = Self { steps, length: None, sleep: None, ending: Some(ending) };
        // Nobody polls a body that is already over.
        if body.steps.is_empty() {
            body.over();
        }
        body
    }

    fn over(&mut self) {
        if let Some(mut ending) = self.ending.take() {
            ending.finish();
        }
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        loop {
            if let Some(sleep) = &mut this.sleep {
                std::task::ready!(sleep.as_mut().poll(cx));
                this.sleep = None;
            }
            match this.steps.front() {
                None => {
                    this.over();
                    return Poll::Ready(None);
                }
                Some(Step::Stall) => return Poll::Pending,
                Some(_) => {}
            }
            match this.steps.pop_front() {
                Some(Step::Send(bytes)) => {
                    // A body of known length is not asked again after its last byte.
                    if this.steps.is_empty() {
                        this.over();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Step::Wait(time)) => this.sleep = Some(Box::pin(tokio::time::sleep(time))),
                Some(Step::Flush) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Cut) => {
                    if let Some(mut ending) = this.ending.take() {
                        ending.abandon();
                    }
                    return Poll::Ready(Some(Err(Broken)));
                }
                Some(Step::Stall) | None => return Poll::Pending,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.sleep.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
