//! LLM Gateway (reference §3.3): the first provider in the file's order that is under its configured limits and not in
//! error backoff; one attempt.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::round_robin::code;
use super::{Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;
use crate::spec::Spec;

/// Each phase of a stream (§3.4).
const PATIENCE: Patience = Patience::of(90);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// What is counted of a provider.
#[derive(Debug, Default)]
struct Counts {
    /// Requests of the last minute and their prompts.
    recent: VecDeque<(Duration, u64)>,
    /// The day, and its requests.
    day: (u64, u64),
    /// Errors of the last 24 hours.
    errors: VecDeque<Duration>,
}

impl Counts {
    /// Takes a request if it is under the limits. Only the prompt is counted, and it is never given back.
    fn take(&mut self, spec: &Spec, ask: Ask, now: Duration) -> bool {
        while self.errors.front().is_some_and(|at| *at + DAY <= now) {
            self.errors.pop_front();
        }
        let errors = u32::try_from(self.errors.len()).unwrap_or(u32::MAX);
        let backoff = Duration::from_secs(600).saturating_mul(errors).min(DAY);
        if self.errors.back().is_some_and(|newest| now < *newest + backoff) {
            return false;
        }
        while self.recent.front().is_some_and(|(at, _)| *at + MINUTE <= now) {
            self.recent.pop_front();
        }
        let today = now.as_secs() / DAY.as_secs();
        if self.day.0 != today {
            self.day = (today, 0);
        }
        let tokens: u64 = self.recent.iter().map(|(_, tokens)| tokens).sum();
        let limits = spec.limits;
        let free = limits.rpm.is_none_or(|rpm| (self.recent.len() as u64) < rpm)
            && limits.tpm.is_none_or(|tpm| tokens + ask.prompt <= tpm)
            && limits.rpd.is_none_or(|rpd| self.day.1 < rpd);
        if free {
            self.recent.push_back((now, ask.prompt));
            self.day.1 += 1;
        }
        free
    }
}

/// Ordered providers under limits.
#[derive(Debug)]
pub struct LlmGateway {
    providers: Providers,
    counts: Vec<Mutex<Counts>>,
}

impl LlmGateway {
    /// Providers whose limits are configured as they are.
    #[must_use]
    pub fn new(providers: Providers) -> Self {
        let counts = providers.iter().map(|_| Mutex::default()).collect();
        Self { providers, counts }
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let free = self.providers.iter().zip(&self.counts).find(|(provider, counts)| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.take(&provider.spec, ask, provider.clock.now())
        });
        let Some((provider, counts)) = free else { return Told::failed("429 (own)") };
        match call(provider, ask, PATIENCE).await {
            Ok(answer) => pass_on(answer, (ask, provider.clock.now())).await,
            Err(failure) => {
                // Only statuses are recorded; a connection that fails is not.
                if failure.status().is_some() {
                    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                    counts.errors.push_back(provider.clock.now());
                }
                Told::failed(code(&failure))
            }
        }
    }
}

impl Policy for LlmGateway {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
