//! What goes back to the server: an answer or an error, and the facts for the headers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use wye_types::error::GatewayError;
use wye_types::{DeploymentId, RequestId};

use crate::admit::Shown;
use crate::relay::body::LiveBody;

/// The outcome of a request.
#[derive(Debug)]
pub struct Reply {
    /// For the headers.
    pub facts: Facts,
    /// The answer, or what to tell the client instead.
    pub result: Result<Answer, GatewayError>,
}

/// What the `x-wye-*` headers say.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The request's id, also of its decision.
    pub id: Option<RequestId>,
    /// The deployment that answered; unknown while a late stream is only kept open.
    pub served: Option<Arc<DeploymentId>>,
    /// Upstream calls so far.
    pub attempts: usize,
    /// The gateway's own share of the time so far.
    pub overhead: Duration,
    /// What the target's dialect could not say.
    pub warnings: Vec<String>,
    /// The provider's answer headers that clients read (limits, retry delays).
    pub upstream_headers: HeaderMap,
    /// What the client is told of its limits, where it has any.
    pub limits: Option<Box<Shown>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: AnswerBody,
    /// The error that the body tells in the provider's own words, where it is one that is passed on.
    pub error: Option<Box<GatewayError>>,
}

/// The body of an answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// Whole.
    Full(Option<Bytes>),
    /// While it is being written. Dropping it cancels the provider and settles the request.
    Live(Box<LiveBody>),
}

impl AnswerBody {
    /// A whole body.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::Full(Some(bytes.into()))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = StreamCut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamCut>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Live(live) => live.poll(cx).map(|bytes| bytes.map(|b| Ok(Frame::data(b)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Live(_) => SizeHint::default(),
        }
    }
}

/// A body that ends without its end. Never happens: streams that break end with an error event of their dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamCut {}

impl std::fmt::Display for StreamCut {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for StreamCut {}
