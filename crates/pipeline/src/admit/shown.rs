//! What clients are told of their limits.

use wye_limits::{Moment, View};

use crate::authenticate::Caller;
use crate::client::{KeyPolicy, Limit};

/// What a client is told of its limits, for the headers of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Of its limits of requests, the one of which least is left.
    pub requests: Option<View>,
    /// Of its limits of tokens, the one of which least is left.
    pub tokens: Option<View>,
    /// It had better send less: some limit is used above its soft share.
    pub backoff: bool,
    /// When this was so, in Unix milliseconds.
    pub at_ms: u64,
}

/// What is told of the limits of a caller, and of others that pay for the request. `None`: there is nothing to tell.
pub(super) fn shown<'l>(
    caller: &Caller,
    mut shared: impl Iterator<Item = &'l Limit>,
    now: Moment,
) -> Option<Box<Shown>> {
    let key = caller.key.as_deref();
    let hints = |limit: &Limit| limit.soft.is_some();
    let soft = key.is_some_and(|key| all(key).any(hints));
    let mut first_shared = shared.find(|limit| hints(limit));
    if !soft && first_shared.is_none() && !key.is_some_and(KeyPolicy::is_limited) {
        return None;
    }
    let near = |limit: &Limit| is_near(limit, now);
    let of = |limits: fn(&KeyPolicy) -> &[Limit]| key.and_then(|key| tightest(limits(key), now));
    Some(Box::new(Shown {
        requests: of(|key| &key.requests),
        tokens: of(|key| &key.tokens),
        backoff: soft && key.is_some_and(|key| all(key).any(near))
            || first_shared.take().into_iter().chain(shared).any(near),
        at_ms: now.unix_ms,
    }))
}

fn all(key: &KeyPolicy) -> impl Iterator<Item = &Limit> {
    let budgets = key.budgets.iter().map(|budget| &budget.limit);
    key.requests.iter().chain(&key.tokens).chain(&key.concurrent).chain(budgets)
}

fn tightest(limits: &[Limit], now: Moment) -> Option<View> {
    limits.iter().map(|limit| limit.cell.view(now)).min_by_key(|view| (view.left, view.limit))
}

/// Whether more than its soft share is used.
#[expect(clippy::cast_precision_loss, reason = "a hint need not be exact to the last nano-dollar")]
fn is_near(limit: &Limit, now: Moment) -> bool {
    limit.soft.is_some_and(|soft| {
        let (most, left) = limit.cell.with(|meter| (meter.limit(), meter.left(now)));
        most.saturating_sub(left) as f64 > soft * most as f64
    })
}
