//! What is said of an answer that is not complete, and what it says of its provider.

use std::time::Duration;

use tokio::time::Instant;
use wye_types::Code;
use wye_types::error::{Fault, GatewayError};

use super::Relaying;
use crate::call::named;
use crate::live::Endpoint;

/// The whole request took too long.
pub(super) fn total_over() -> GatewayError {
    GatewayError::new(
        Code::ProviderTimeout,
        "the answer was not complete within the route's total time limit",
    )
}

/// What came of the answer is not all of it.
pub(super) fn broken(why: &str) -> GatewayError {
    GatewayError::new(
        Code::ProviderStreamBroken,
        format!("the provider's answer is incomplete: {why}; what came so far cannot be continued"),
    )
}

/// An account that is refused in the middle of a stream rests like one that is refused at its beginning.
pub(super) fn note_broken(provider: &Endpoint, account: usize, error: &GatewayError, now: Duration) {
    let fault = error.upstream.as_ref().map(|upstream| upstream.fault);
    if matches!(fault, Some(Fault::RateLimited | Fault::Auth | Fault::Payment)) {
        provider.accounts[account].state.refused(now, error.retry_after);
    }
    let said = error.upstream.as_deref().map_or_else(|| error.message.clone(), named);
    tracing::info!(provider = %provider.id, account, code = error.code.name(), "stream broke: {said}");
}

impl Relaying {
    /// Whether the time of the whole request is over.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Why it may not go on, if its time is over or it was silent for too long.
    pub(super) fn overdue(&self, now: Instant) -> Option<GatewayError> {
        if now >= self.deadline {
            return Some(total_over());
        }
        (now >= self.last_received + self.idle).then(|| {
            GatewayError::new(
                Code::ProviderTimeout,
                format!("the provider's stream was silent for {} s", self.idle.as_secs()),
            )
        })
    }
}
