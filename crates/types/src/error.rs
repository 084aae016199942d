//! What goes wrong: the provider's errors as read from the wire, and the gateway's own with source and code.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::Code;

/// An error that a provider reported, read from its body and headers (or from inside a 200).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError {
    /// The HTTP status, or the one named inside the body where that tells more.
    pub status: u16,
    /// What kind of error it is.
    pub fault: Fault,
    /// The provider's words. Capped by the reader; never holds a credential of ours.
    pub message: String,
    /// The provider's `type` (or Google's `status`).
    pub kind: Option<String>,
    /// The provider's `code`.
    pub code: Option<String>,
    /// The request field it complains about.
    pub param: Option<String>,
    /// When to try again, from `Retry-After`, reset headers, Google's `RetryInfo` or the message.
    pub retry_after: Option<Duration>,
    /// A quota that does not come back within minutes is used up (per day, per month, no credit).
    pub exhausted: bool,
}

impl UpstreamError {
    /// An error of which only the status is known. It gets words of ours if it has none.
    #[must_use]
    pub fn of_status(status: u16, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.trim().is_empty() {
            message = format!("the provider answered {status} without a message");
        }
        Self {
            status,
            fault: Fault::of_status(status),
            message,
            kind: None,
            code: None,
            param: None,
            retry_after: None,
            exhausted: false,
        }
    }
}

/// Kinds of provider error, by what should happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request itself is wrong (400, 413, 422): no other target would take it.
    BadRequest,
    /// The prompt is too long for this model; one with more context may take it.
    ContextTooLong,
    /// Our credential was refused (401).
    Auth,
    /// Our account has no money (402).
    Payment,
    /// Our account may not do this (403).
    Forbidden,
    /// The model does not exist there (404).
    NotFound,
    /// A rate limit or quota is used up (429).
    RateLimited,
    /// The provider has too much to do (503, 529).
    Overloaded,
    /// The provider failed (other 5xx).
    Server,
    /// The provider gave up waiting (408, 504).
    Timeout,
}

impl Fault {
    /// What an HTTP status says by itself; a dialect refines it from the body.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Auth,
            402 => Self::Payment,
            403 => Self::Forbidden,
            404 | 405 | 410 => Self::NotFound,
            408 | 504 => Self::Timeout,
            429 => Self::RateLimited,
            503 | 529 => Self::Overloaded,
            400..=499 => Self::BadRequest,
            _ => Self::Server,
        }
    }

    /// The code under which this reaches the client when nothing else helps.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::BadRequest => Code::CallerRejected,
            Self::ContextTooLong => Code::CallerContextTooLong,
            Self::Auth => Code::ProviderAuthFailed,
            Self::Payment => Code::ProviderPaymentRequired,
            Self::Forbidden => Code::ProviderForbidden,
            Self::NotFound => Code::ProviderModelNotFound,
            Self::RateLimited => Code::ProviderRateLimited,
            Self::Overloaded => Code::ProviderOverloaded,
            Self::Server => Code::ProviderError,
            Self::Timeout => Code::ProviderTimeout,
        }
    }
}

/// Whose limit was hit, for `x-wye-limit-owner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOwner {
    /// The gateway's own (key, budget, concurrency).
    Gateway,
    /// The provider's.
    Provider,
}

impl LimitOwner {
    /// The header's value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Provider => "provider",
        }
    }
}

/// An error on its way to the client. Built anywhere from the pipeline up; only the server's rescue writes it out.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayError {
    /// The row of the code table.
    pub code: Code,
    /// The status sent, if not the table's (a provider's own is passed on).
    pub status: Option<u16>,
    /// What is wrong and what to do, in one or two sentences.
    pub message: String,
    /// The request field at fault.
    pub param: Option<String>,
    /// Sent as `Retry-After`. Every 429 and 503 gets one, a default if need be.
    pub retry_after: Option<Duration>,
    /// Whose limit it was.
    pub limit_owner: Option<LimitOwner>,
    /// Further facts for `error.details`: the attempts made.
    pub details: Option<Value>,
    /// The provider's error behind it, whose `type`, `code` and `param` are passed on to the client.
    pub upstream: Option<Box<UpstreamError>>,
}

impl GatewayError {
    /// An error with a code and a message.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            status: None,
            message: message.into(),
            param: None,
            retry_after: None,
            limit_owner: None,
            details: None,
            upstream: None,
        }
    }

    /// Names the request field at fault.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The HTTP status the client gets.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.code.status())
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl std::error::Error for GatewayError {}
