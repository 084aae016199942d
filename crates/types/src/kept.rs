//! Responses that are kept, so that a later request can go on from them, and the port through which they are.
//!
//! What is kept belongs to the client key that asked: to others it does not exist.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::DeploymentId;

/// A response and what it answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptResponse {
    /// The id that the client knows.
    pub id: String,
    /// The name of the client key; empty where none is needed.
    pub owner: String,
    /// Unix milliseconds of the request.
    pub at_ms: u64,
    /// The response that the request went on from.
    pub previous: Option<String>,
    /// What answered.
    pub deployment: Option<Arc<DeploymentId>>,
    /// Tells the provider's account from its others; no secret.
    pub account: String,
    /// Whether the provider keeps it as well, under the same id, for that account.
    pub upstream: bool,
    /// The `input` of the request, as the client wrote it; without that of earlier requests.
    pub input: Bytes,
    /// The response, a JSON object.
    pub response: Bytes,
}

impl KeptResponse {
    /// What it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.input.len() + self.response.len()
    }
}

/// Why a response is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptError {
    /// There is none of this id that the client may know.
    Missing(String),
    /// The conversation is longer than may be.
    TooLong,
    /// Whatever keeps them does not answer.
    Unavailable(String),
}

impl fmt::Display for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(id) => write!(f, "there is no response `{id}`"),
            Self::TooLong => f.write_str("the conversation is too long"),
            Self::Unavailable(why) => write!(f, "kept responses cannot be read: {why}"),
        }
    }
}

impl std::error::Error for KeptError {}

/// An answer that is waited for.
pub type Looking<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeptError>> + Send + 'a>>;

/// The port for kept responses. Writing never blocks; only requests that name a response wait for reading.
pub trait Responses: Send + Sync {
    /// Takes a place for a response. `None`: there are too many under way, so that this one is not kept.
    fn reserve(&self) -> Option<Box<dyn KeepSlot>>;

    /// A response of an owner.
    fn find<'a>(&'a self, owner: &'a str, id: &'a str) -> Looking<'a, Arc<KeptResponse>>;

    /// A response and all that it goes on from, the oldest first; at most so many bytes of them.
    fn conversation<'a>(
        &'a self,
        owner: &'a str,
        id: &'a str,
        most: usize,
    ) -> Looking<'a, Vec<Arc<KeptResponse>>>;

    /// Forgets a response of an owner.
    fn forget<'a>(&'a self, owner: &'a str, id: &'a str) -> Looking<'a, ()>;
}

/// A place for a response; dropping it unused gives it back.
pub trait KeepSlot: Send + Sync {
    /// Keeps it. From now on it is found. Never blocks.
    fn send(self: Box<Self>, kept: KeptResponse);
}
