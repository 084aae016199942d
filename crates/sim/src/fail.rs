//! What a simulated provider refuses, before its dialect has put it into the vendor's words.

use std::time::Duration;

use crate::quota::Exceeded;

/// A refusal or failure.
#[derive(Debug, Clone)]
pub(crate) struct Fail {
    pub(crate) status: u16,
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// The field at fault, where the vendor names it.
    pub(crate) param: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// What the vendor's codes distinguish beyond the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing beyond the status.
    Plain,
    BadKey,
    /// A signature that does not hold, or no longer.
    BadSignature,
    NoModel,
    TooLong,
    /// A field the vendor does not know.
    UnknownField,
    Missing,
    Quota(Exceeded),
}

pub(crate) type Outcome<T> = Result<T, Fail>;

impl Fail {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, kind: Kind::Plain, message: message.into(), param: None, retry_after: None }
    }

    /// A 400 about a field.
    pub(crate) fn bad(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::new(400, message) }
    }

    pub(crate) fn of(status: u16, kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, ..Self::new(status, message) }
    }

    pub(crate) fn at(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }
}
