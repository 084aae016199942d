//! The baseline: each request begins at the next provider; what fails is tried at the ones behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Failure, Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;

/// Calls for one request at most.
const TRIES: usize = 4;
/// How long a target may take to its first content.
const PATIENCE: Patience = Patience::of(20);

/// Takes turns.
#[derive(Debug)]
pub struct RoundRobin {
    providers: Providers,
    next: AtomicUsize,
}

impl RoundRobin {
    /// Takes turns among providers.
    #[must_use]
    pub const fn new(providers: Providers) -> Self {
        Self { providers, next: AtomicUsize::new(0) }
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let mut last = "none".to_owned();
        for turn in 0..TRIES.min(self.providers.len()) {
            let provider = &self.providers[(first + turn) % self.providers.len()];
            match call(provider, ask, PATIENCE).await {
                Ok(answer) => {
                    let now = provider.clock.now();
                    return pass_on(answer, (ask, now)).await;
                }
                Err(failure) => last = code(&failure),
            }
        }
        Told::failed(last)
    }
}

/// What the client is told of a failure.
pub(super) fn code(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable => "unreachable".to_owned(),
        Failure::Timeout => "timeout".to_owned(),
        Failure::Refused(refusal) => refusal.status.to_string(),
    }
}

impl Policy for RoundRobin {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
