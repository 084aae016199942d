//! What goes back to the server: an answer or an error, and the facts for the headers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use wye_types::error::GatewayError;
use wye_types::{DeploymentId, RequestId};

use crate::admit::Shown;
pub use crate::attempt::Compared;
use crate::pass::PassBody;
use crate::relay::body::LiveBody;
use crate::service::RelayBody;
use crate::settle::Settle;

/// The outcome of a request.
#[derive(Debug)]
pub struct Reply {
    /// For the headers.
    pub facts: Facts,
    /// The answer, or what to tell the client instead.
    pub result: Result<Answer, GatewayError>,
    /// Where bodies are kept, the record of an error, which lacks its body until the server has written it.
    pub unsaid: Option<Unsaid>,
}

/// The record of a request that ended with an error whose body is still to be written. Dropping it sends the record.
pub struct Unsaid(Box<Settle>);

impl fmt::Debug for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unsaid").field(&self.0.record.id).finish()
    }
}

impl Unsaid {
    /// Holds the record back where its bodies are kept; sends it now where they are not.
    pub(crate) fn of(settle: Box<Settle>) -> Option<Self> {
        settle.capture.is_some().then(|| Self(settle))
    }

    /// The client is told this.
    pub fn say(mut self, body: &Bytes) {
        self.0.sent(body);
    }
}

/// What the `x-wye-*` headers say.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The request's id, also of its decision.
    pub id: Option<RequestId>,
    /// The deployment that answered; unknown while a late stream is only kept open.
    pub served: Option<Arc<DeploymentId>>,
    /// Why it went where it went, in one line; `None` where nothing was decided.
    pub reason: Option<HeaderValue>,
    /// How it came about, where the client asked to be told in the answer.
    pub trace: Option<HeaderValue>,
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
    /// Whose answers were compared, and how that went.
    pub compared: Option<Box<Compared>>,
    /// Whether a trailer may follow that tells who went on with it.
    pub may_continue: bool,
    /// What a whole answer cost, in nano-dollars; `None` where nobody knows, or it is not whole yet.
    pub cost: Option<u64>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: HeaderValue,
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
    /// The same for an answer that is passed on as it comes: sound, or the events of another kind than chat.
    Relay(Box<RelayBody>),
    /// The same for what goes through as it is, of which nothing is known but its bytes.
    Passed(Box<PassBody>),
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
            Self::Live(live) => live.poll(cx).map(|bytes| match bytes {
                Some(bytes) => Some(Ok(Frame::data(bytes))),
                None => live.trailers().map(|trailers| Ok(Frame::trailers(trailers))),
            }),
            Self::Relay(relay) => relay.poll(cx).map(|piece| piece.map(|bytes| bytes.map(Frame::data))),
            Self::Passed(body) => body.poll(cx).map(|piece| piece.map(|bytes| bytes.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_none(),
            Self::Passed(body) => body.is_over(),
            Self::Live(_) | Self::Relay(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Live(_) | Self::Relay(_) | Self::Passed(_) => SizeHint::default(),
        }
    }
}

/// A body that ends without its end, which breaks the connection. Streams of chat never do: they end with an error event
/// of their dialect. Sound has no words for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamCut;

impl fmt::Display for StreamCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider's answer broke off")
    }
}

impl std::error::Error for StreamCut {}
