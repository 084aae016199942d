//! Limits that other gateways share: a request that finds too little at hand waits a moment for the answer of the others.
//!
//! One piece for clients' limits and providers' quotas, since both are refused by a lease that was never asked for.

use wye_limits::{LEASE_WAIT, Listening, Moment};
use wye_types::Clock;

/// Tries to reserve until it succeeds, until no lease is on its way, or until [`LEASE_WAIT`] has passed. A refusal tells
/// which answer may change it. `now` is moved on by every wait.
pub(crate) async fn reserve<T, E>(
    (clock, now): (&dyn Clock, &mut Moment),
    mut attempt: impl FnMut(Moment) -> Result<T, (E, Option<Listening>)>,
) -> Result<T, E> {
    let started = *now;
    loop {
        let (refused, answer) = match attempt(*now) {
            Ok(reserved) => return Ok(reserved),
            Err(refusal) => refusal,
        };
        let left = LEASE_WAIT.saturating_sub(now.mono.saturating_sub(started.mono));
        let Some(answer) = answer else { return Err(refused) };
        // Held apart: few wait, and every request would carry the room for it.
        let answered = Box::pin(tokio::time::timeout(left, answer)).await;
        *now = Moment::of(clock);
        if answered.is_err() {
            return Err(refused);
        }
    }
}
