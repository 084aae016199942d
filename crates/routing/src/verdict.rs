//! What a failed attempt means: whether another target may help, and which of several failures tells the client most.

use std::time::Duration;

use wye_types::Code;
use wye_types::error::Fault;

/// Why an attempt failed before content was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// The provider's HTTP status, if it got that far.
    pub status: Option<u16>,
    /// When the provider says to come back.
    pub retry_after: Option<Duration>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The provider reported an error.
    Fault(Fault),
    /// No connection could be made.
    Unreachable,
    /// The connection broke before content.
    Reset,
    /// A time limit passed (connect, first content, idle, total).
    Timeout,
    /// The answer holds one of the route's keywords, or cannot be read.
    BadAnswer,
    /// The answer has nothing in it.
    Empty,
    /// Every account of the target rests; nothing was called.
    NoAccount,
    /// The target's dialect cannot say everything in the request, and the route refuses to lose any of it.
    Loss,
}

/// What a failure says about the rest of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The request itself is at fault: hand the provider's answer to the client.
    Pass,
    /// Another account of the same provider may do, else another target.
    OtherAccount,
    /// Another account may do; if none is left, this target will not within this request.
    OtherAccountOrNever,
    /// Another target may do; this one may be tried again in the next round.
    OtherTarget,
    /// Another target may do; this one will not within this request.
    NeverThisTarget,
    /// A target with more context may do.
    LargerContext,
}

impl Failure {
    /// A failure of which only the kind is known.
    #[must_use]
    pub const fn of(kind: FailureKind) -> Self {
        Self { kind, status: None, retry_after: None }
    }

    /// What to do next, given the statuses on which the route goes on.
    #[must_use]
    pub fn next(&self, statuses: &[u16]) -> Next {
        // 529 is one vendor's 503.
        let listed = self
            .status
            .is_some_and(|status| statuses.contains(&status) || status == 529 && statuses.contains(&503));
        let go_on = |next| if listed || self.status.is_none_or(|s| s < 400) { next } else { Next::Pass };
        match self.kind {
            FailureKind::Fault(fault) => match fault {
                Fault::BadRequest if listed => Next::OtherTarget,
                Fault::BadRequest => Next::Pass,
                Fault::ContextTooLong => Next::LargerContext,
                Fault::Auth | Fault::Payment | Fault::Forbidden => Next::OtherAccountOrNever,
                Fault::NotFound => Next::NeverThisTarget,
                Fault::RateLimited => go_on(Next::OtherAccount),
                Fault::Overloaded | Fault::Server | Fault::Timeout => go_on(Next::OtherTarget),
            },
            FailureKind::NoAccount | FailureKind::Loss => Next::NeverThisTarget,
            FailureKind::Unreachable
            | FailureKind::Reset
            | FailureKind::Timeout
            | FailureKind::BadAnswer
            | FailureKind::Empty => Next::OtherTarget,
        }
    }

    /// The code under which it reaches the client.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self.kind {
            FailureKind::Fault(fault) => fault.code(),
            FailureKind::Unreachable | FailureKind::Reset => Code::ProviderUnreachable,
            FailureKind::Timeout => Code::ProviderTimeout,
            FailureKind::BadAnswer => Code::ProviderBadAnswer,
            FailureKind::Empty => Code::ProviderEmptyAnswer,
            FailureKind::NoAccount => Code::ProviderRateLimited,
            FailureKind::Loss => Code::PolicyLossRefused,
        }
    }

    /// How much it tells the client, most first: what the client can mend itself, then when to come back, then what
    /// the provider said, then what only the gateway's operator can mend.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self.kind {
            FailureKind::Fault(fault) => match fault {
                Fault::ContextTooLong => 0,
                Fault::BadRequest => 1,
                Fault::RateLimited => 2,
                Fault::Overloaded => 4,
                Fault::Timeout => 5,
                Fault::Server => 6,
                Fault::Payment | Fault::Auth | Fault::Forbidden | Fault::NotFound => 11,
            },
            FailureKind::NoAccount => 3,
            FailureKind::Loss => 12,
            FailureKind::Timeout => 7,
            FailureKind::BadAnswer => 8,
            FailureKind::Empty => 9,
            FailureKind::Unreachable | FailureKind::Reset => 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(fault: Fault, status: u16) -> Failure {
        Failure { kind: FailureKind::Fault(fault), status: Some(status), retry_after: None }
    }

    #[test]
    fn what_each_failure_leads_to() {
        let list = [429, 500, 503];
        assert_eq!(fault(Fault::BadRequest, 400).next(&list), Next::Pass);
        assert_eq!(fault(Fault::BadRequest, 422).next(&[422]), Next::OtherTarget);
        assert_eq!(fault(Fault::RateLimited, 429).next(&list), Next::OtherAccount);
        assert_eq!(fault(Fault::RateLimited, 429).next(&[500]), Next::Pass);
        assert_eq!(fault(Fault::Server, 500).next(&list), Next::OtherTarget);
        assert_eq!(fault(Fault::Server, 501).next(&list), Next::Pass);
        // An error inside a 200 has no status of its own to look up.
        assert_eq!(fault(Fault::Server, 200).next(&list), Next::OtherTarget);
        assert_eq!(fault(Fault::Overloaded, 529).next(&list), Next::OtherTarget);
        assert_eq!(fault(Fault::Auth, 401).next(&[]), Next::OtherAccountOrNever);
        assert_eq!(fault(Fault::Forbidden, 403).next(&[]), Next::OtherAccountOrNever);
        assert_eq!(fault(Fault::NotFound, 404).next(&[]), Next::NeverThisTarget);
        assert_eq!(Failure::of(FailureKind::Reset).next(&[]), Next::OtherTarget);
    }
}
