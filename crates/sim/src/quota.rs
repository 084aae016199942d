//! What each key has used of its quota, in windows that begin with their first request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::script::Quota;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Limits nobody reaches, told in the headers of providers without a quota.
const WIDE_REQUESTS: u64 = 10_000;
const WIDE_TOKENS: u64 = 2_000_000;

/// What is counted together: a provider's key, or one model of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    pub(crate) provider: String,
    pub(crate) key: usize,
    /// Empty: all models together.
    pub(crate) model: String,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    requests: u64,
    tokens: u64,
}

impl Window {
    fn new(now: Instant) -> Self {
        Self { began: now, requests: 0, tokens: 0 }
    }

    fn roll(&mut self, now: Instant, length: Duration) {
        if now.duration_since(self.began) >= length {
            *self = Self::new(now);
        }
    }
}

/// What a quota's headers tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) requests: Meter,
    pub(crate) tokens: Meter,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: Duration,
}

/// Which limit was reached, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) what: Limit,
    pub(crate) limit: u64,
    pub(crate) used: u64,
    pub(crate) requested: u64,
    pub(crate) wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    RequestsPerMinute,
    TokensPerMinute,
    RequestsPerDay,
}

#[derive(Default)]
pub(crate) struct Ledger {
    accounts: Mutex<HashMap<Account, (Window, Window)>>,
}

impl Ledger {
    /// Takes one request of so many tokens, or says which limit forbids it.
    pub(crate) fn take(&self, account: &Account, quota: Quota, tokens: u64) -> Result<(), Exceeded> {
        self.with(account, |minute, day, now| {
            let exceeded = |what, limit, used, requested, window: &Window, length: Duration| Exceeded {
                what,
                limit,
                used,
                requested,
                wait: length.saturating_sub(now.duration_since(window.began)).max(Duration::from_millis(1)),
            };
            if let Some(limit) = quota.rpd
                && day.requests >= limit
            {
                return Err(exceeded(Limit::RequestsPerDay, limit, day.requests, 1, day, DAY));
            }
            if let Some(limit) = quota.rpm
                && minute.requests >= limit
            {
                return Err(exceeded(Limit::RequestsPerMinute, limit, minute.requests, 1, minute, MINUTE));
            }
            if let Some(limit) = quota.tpm
                && minute.tokens.saturating_add(tokens) > limit
            {
                return Err(exceeded(Limit::TokensPerMinute, limit, minute.tokens, tokens, minute, MINUTE));
            }
            minute.requests += 1;
            minute.tokens += tokens;
            day.requests += 1;
            Ok(())
        })
    }

    /// Where an account stands.
    pub(crate) fn standing(&self, account: &Account, quota: Quota) -> Standing {
        self.with(account, |minute, day, now| {
            let left = |window: &Window, length: Duration, used: u64| {
                if used == 0 {
                    Duration::ZERO
                } else {
                    length.saturating_sub(now.duration_since(window.began))
                }
            };
            let requests = match (quota.rpm, quota.rpd) {
                (Some(limit), _) => (limit, minute.requests, left(minute, MINUTE, minute.requests)),
                (None, Some(limit)) => (limit, day.requests, left(day, DAY, day.requests)),
                (None, None) => (WIDE_REQUESTS, 1, Duration::from_millis(6)),
            };
            let tokens = match quota.tpm {
                Some(limit) => (limit, minute.tokens, left(minute, MINUTE, minute.tokens)),
                None => (WIDE_TOKENS, 0, Duration::ZERO),
            };
            Standing { requests: Meter::new(requests), tokens: Meter::new(tokens) }
        })
    }

    pub(crate) fn clear(&self) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn with<T>(&self, account: &Account, f: impl FnOnce(&mut Window, &mut Window, Instant) -> T) -> T {
        let now = Instant::now();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let (minute, day) =
            accounts.entry(account.clone()).or_insert_with(|| (Window::new(now), Window::new(now)));
        minute.roll(now, MINUTE);
        day.roll(now, DAY);
        f(minute, day, now)
    }
}

impl Meter {
    fn new((limit, used, reset): (u64, u64, Duration)) -> Self {
        Self { limit, remaining: limit.saturating_sub(used), reset }
    }
}
