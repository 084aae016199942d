//! The body of a request to a provider: whole, or written while it goes out.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

/// Why a body that is written while it goes out broke off.
pub type SentError = Box<dyn std::error::Error + Send + Sync>;

/// What is sent.
pub enum SentBody {
    /// All of it is there.
    Whole(Full<Bytes>),
    /// It is still being made.
    Coming(UnsyncBoxBody<Bytes, SentError>),
}

impl SentBody {
    /// A body that is written while it goes out.
    pub fn coming<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = SentError> + Send + 'static,
    {
        Self::Coming(body.boxed_unsync())
    }
}

impl From<Bytes> for SentBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }
}

impl fmt::Debug for SentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "SentBody::Whole",
            Self::Coming(_) => "SentBody::Coming",
        })
    }
}

impl Body for SentBody {
    type Data = Bytes;
    type Error = SentError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SentError>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|error: Infallible| match error {}),
            Self::Coming(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Coming(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Coming(body) => body.size_hint(),
        }
    }
}
