//! What is remembered of a request, and the port through which it leaves the request path.

pub mod decision;
mod refusal;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::usage::Units;
use crate::{Code, DeploymentId, DialectId, Kind, RequestId, Usage};

pub use decision::DecisionRecord;
pub use refusal::{Refusal, RefusalCode, one_more};

/// Everything remembered of one request. No prompt text, key or body.
#[derive(Debug, Clone, Default)]
pub struct RequestRecord {
    /// The request's id; `x-request-id` unless the client sent its own.
    pub id: RequestId,
    /// Unix milliseconds at arrival.
    pub at_ms: u64,
    /// What it was made for, if the gateway made it for itself.
    pub inner: Option<InnerCall>,
    /// What was asked.
    pub kind: Kind,
    /// The dialect the client spoke.
    pub dialect: DialectId,
    /// The name the client asked for.
    pub asked: String,
    /// The name of the client key, where one was needed.
    pub key: Option<String>,
    /// The route that name meant.
    pub route: Option<Arc<str>>,
    /// The team of the client key.
    pub team: Option<Arc<str>>,
    /// What the key and the request tag it with.
    pub tags: Vec<Arc<str>>,
    /// The end user that the request names (`user`, `metadata.user_id`).
    pub user: Option<String>,
    /// Where the client is.
    pub client: Option<IpAddr>,
    /// Whether it was a stream.
    pub stream: bool,
    /// Bytes of the request body, after decompression.
    pub request_bytes: u64,
    /// The HTTP status sent.
    pub status: u16,
    /// How it ended, if not well. A stream that broke after its 200 has one.
    pub code: Option<Code>,
    /// The deployment whose answer was sent.
    pub served: Option<Arc<DeploymentId>>,
    /// Upstream calls, in the order in which they were started.
    pub attempts: Vec<AttemptRecord>,
    /// What the answer used.
    pub usage: Option<Usage>,
    /// What the answer used that is not counted in tokens.
    pub units: Units,
    /// Whether `usage` came from the provider or was estimated.
    pub usage_source: UsageSource,
    /// From arrival to the first content sent.
    pub first_content: Option<Duration>,
    /// From arrival to the end.
    pub total: Duration,
    /// The gateway's own share: from arrival to the first upstream call.
    pub overhead: Duration,
    /// How long it waited for a provider's quota, or for the word of a judge.
    pub waited: Duration,
    /// What it cost, in nano-dollars; `None` where a price is not known.
    pub cost: Option<u64>,
    /// What `cost` rests on: `reported`, `catalog`, `guess`, `override`, `local`, `unknown`; `None` where nothing was used.
    pub cost_basis: Option<&'static str>,
    /// The version of the catalogue that the price is of.
    pub price_version: Option<Arc<str>>,
    /// What the target's dialect could not say.
    pub warnings: Vec<String>,
    /// Targets that were not called, and why: the first [`MOST_PASSED`] of them.
    pub passed_over: Vec<PassedOver>,
    /// How many more were not called, for each reason.
    pub passed_more: Vec<(RefusalCode, u32)>,
    /// Why it went where it went; `None` where there was nothing to decide: the one target of a route, or those of an
    /// ordered one, whose list says all of it.
    pub decision: Option<Box<DecisionRecord>>,
    /// How many targets its route has; nought where it has come to none.
    pub targets: usize,
    /// What was sent and answered, where that is kept.
    pub bodies: Option<Box<Bodies>>,
}

/// A call that the gateway made for itself on the way to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InnerCall {
    /// The client's request that it was made for.
    pub parent: RequestId,
    /// What for.
    pub purpose: Purpose,
}

/// What the gateway calls a model for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To describe an image to a model that sees none.
    DescribeImage,
    /// To rate the request, which decides where it goes.
    Judge,
    /// To know what another target would answer; the operator pays.
    Mirror,
    /// To know what texts mean.
    Embed,
    /// To know whether a deployment answers: an operator asked, and nobody's limits pay.
    Test,
}

impl Purpose {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DescribeImage => "describe_image",
            Self::Judge => "judge",
            Self::Mirror => "mirror",
            Self::Embed => "embed",
            Self::Test => "test",
        }
    }
}

/// So many targets that were not called are told of one by one; of the others only how many there were.
pub const MOST_PASSED: usize = decision::MOST_CANDIDATES;

impl RequestRecord {
    /// One more target was not called.
    pub fn pass_over(&mut self, over: PassedOver) {
        if self.passed_over.len() < MOST_PASSED {
            self.passed_over.push(over);
        } else {
            one_more(&mut self.passed_more, over.reason.code);
        }
    }
}

/// A target that was not called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// What would have been called.
    pub deployment: Arc<DeploymentId>,
    /// Why it was not.
    pub reason: Refusal,
}

/// The bodies of a request, as they went over the wire between client and gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bodies {
    /// What the client sent, decompressed.
    pub request: Bytes,
    /// What it was answered, in the pieces in which they were sent; in the client's dialect.
    pub response: Vec<Bytes>,
    /// Whether the answer was longer than what is kept of it.
    pub cut: bool,
}

/// Where a usage figure came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsageSource {
    /// The provider reported it.
    Reported,
    /// Estimated from the bytes that went by; a stream cut short, or a provider that does not report.
    Estimated,
    /// Nothing was used.
    #[default]
    None,
}

impl UsageSource {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Estimated => "estimated",
            Self::None => "none",
        }
    }
}

/// One upstream call and what came of it.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// What was called.
    pub deployment: Arc<DeploymentId>,
    /// Which of the provider's accounts, from 0.
    pub account: usize,
    /// From the request's arrival to the call.
    pub started: Duration,
    /// From the call to its end or its first content, whichever the outcome names.
    pub took: Duration,
    /// The provider's HTTP status, if it got that far.
    pub status: Option<u16>,
    /// What came of it.
    pub outcome: Outcome,
    /// What it was made for.
    pub role: Role,
    /// When it came how far.
    pub phases: Phases,
}

/// What an attempt is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Role {
    /// It is the first.
    #[default]
    Primary,
    /// Those before it failed.
    Retry,
    /// Another is late; the first that answers wins.
    Hedge,
    /// To be compared with the answers of others.
    Member,
    /// To say where the request should go.
    Judge,
    /// To be recorded, and never returned.
    Mirror,
    /// To go on with a stream that broke.
    Continuation,
}

impl Role {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Retry => "retry",
            Self::Hedge => "hedge",
            Self::Member => "member",
            Self::Judge => "judge",
            Self::Mirror => "mirror",
            Self::Continuation => "continuation",
        }
    }
}

/// When an attempt came how far, counted from its call, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phases {
    /// How long it waited for a place: a provider's quota, another attempt that is late.
    pub queued: Option<Duration>,
    /// The provider's answer began.
    pub answered: Option<Duration>,
    /// The first content came.
    pub content: Option<Duration>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its answer was sent to the client.
    Served,
    /// It failed; the code says how.
    Failed(Code),
    /// It was cancelled: the client went away or another attempt won.
    Cancelled,
}

/// The port for records. Implementations never block and never lose what they accepted: the place in the queue is
/// taken before the request is served.
pub trait Records: Send + Sync {
    /// Takes a place in the queue. `None` means it is full: the request is refused with
    /// [`Code::GatewayOverloaded`] rather than served unrecorded.
    fn reserve(&self) -> Option<Box<dyn RecordSlot>>;

    /// Takes a place for a request that is refused anyway and may go unrecorded. `None` unless at least half of the
    /// places are free, so that such requests never crowd out others.
    fn reserve_spare(&self) -> Option<Box<dyn RecordSlot>>;
}

/// A place in the queue; dropping it unused gives it back.
pub trait RecordSlot: Send + Sync {
    /// Hands the record over. Never blocks.
    fn send(self: Box<Self>, record: RequestRecord);
}
