//! The order in which a route's targets are tried, and why.

use std::time::Duration;

use wye_types::DeploymentId;
use wye_types::record::{Refusal, RefusalCode};

/// What decides about one target, copied from the live state so that the decision can be replayed.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// What would be called.
    pub deployment: &'a DeploymentId,
    /// Tokens of context, where known.
    pub context: Option<u64>,
    /// Whether one of its accounts may be called.
    pub room: Room,
}

/// Whether one of a provider's accounts may be called for a request, and if not, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// One may be now.
    Free,
    /// None may be.
    Taken {
        /// When the first of them may be; `None` if that depends on other requests alone.
        until: Option<Duration>,
        /// When the rest of an account ends that only our ladder put to rest, and which has quota left. The provider may
        /// be asked all the same: nobody knows better.
        guess: Option<Duration>,
        /// The quota that is used up; `None`: they rest.
        quota: Option<String>,
    },
    /// The request is larger than any of them allows.
    Never {
        /// The quota that is too small for it.
        quota: String,
        /// Whether a smaller request would fit; otherwise the quota lets nothing through.
        too_large: bool,
    },
}

/// A target weighed for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the route.
    pub target: usize,
    /// Why it was put off, if it was.
    pub refused: Option<Refusal>,
}

/// The outcome of weighing a route's targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Targets in the order in which they are tried.
    pub order: Vec<usize>,
    /// All candidates, in the route's order.
    pub candidates: Vec<Candidate>,
    /// When the first target that is left out may be called, as far as it is known.
    pub soonest: Option<Duration>,
    /// Whether a target that is left out may be called later than now, known or not.
    pub later: bool,
    /// With an empty order: the target to ask all the same if waiting is no use.
    pub last_resort: Option<usize>,
}

/// Strategy `ordered`: the route's own order. Targets of which no account may be called are left out. If that leaves none,
/// the one whose rest by guess ends first is named: an honest 429 from a provider tells the client more than a guess of
/// ours. A quota that is known to be used up is no guess.
#[must_use]
pub fn ordered(seen: &[Seen<'_>], now: Duration) -> Decision {
    let mut decision = Decision::default();
    let mut shortest: Option<(Duration, usize)> = None;
    for (target, row) in seen.iter().enumerate() {
        match &row.room {
            Room::Free => decision.order.push(target),
            Room::Taken { until, guess, .. } => {
                decision.later = true;
                decision.soonest = min(decision.soonest, *until);
                shortest = min(shortest, guess.map(|until| (until, target)));
            }
            Room::Never { .. } => {}
        }
        decision.candidates.push(Candidate { target, refused: refused(&row.room, now) });
    }
    if decision.order.is_empty() {
        decision.last_resort = shortest.map(|(_, target)| target);
    }
    decision
}

fn min<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

fn refused(room: &Room, now: Duration) -> Option<Refusal> {
    match room {
        Room::Free => None,
        Room::Taken { until, quota, .. } => {
            let wait = until.map(|until| until.saturating_sub(now));
            Some(match quota {
                Some(quota) => Refusal::new(RefusalCode::QuotaUsedUp).about(quota.clone()).waits(wait),
                None => Refusal::new(RefusalCode::Rests).waits(wait),
            })
        }
        Room::Never { quota, too_large } => {
            let code = if *too_large { RefusalCode::QuotaTooSmall } else { RefusalCode::QuotaClosed };
            Some(Refusal::new(code).about(quota.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    const fn rests(until: u64) -> Room {
        Room::Taken { until: s(until), guess: s(until), quota: None }
    }

    fn full(until: Option<Duration>) -> Room {
        Room::Taken { until, guess: None, quota: Some("3 requests a minute of p/1 m".to_owned()) }
    }

    fn decided(rooms: &[Room]) -> Decision {
        let deployment = DeploymentId { provider: "p".into(), model: "m".into() };
        let row = |room: &Room| Seen { deployment: &deployment, context: None, room: room.clone() };
        ordered(&rooms.iter().map(row).collect::<Vec<_>>(), Duration::ZERO)
    }

    #[test]
    fn keeps_the_routes_order_and_leaves_out_the_resting() {
        let decision = decided(&[rests(9), Room::Free, full(s(3)), Room::Free]);
        assert_eq!((decision.order, decision.soonest, decision.last_resort), (vec![1, 3], s(3), None));
        let refused: Vec<_> =
            decision.candidates.iter().map(|c| c.refused.as_ref().map(ToString::to_string)).collect();
        let quota = "used up for another 4 s: 3 requests a minute of p/1 m";
        let rests = "every account rests for another 10 s";
        assert_eq!(refused, [Some(rests), None, Some(quota), None].map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn what_rests_by_guess_may_be_asked_and_what_is_known_to_be_used_up_may_not() {
        let decision = decided(&[rests(9), full(s(1)), rests(3), full(None)]);
        assert_eq!((decision.order.len(), decision.last_resort, decision.soonest), (0, Some(2), s(1)));
        let decision = decided(&[full(s(2)), full(None)]);
        assert_eq!((decision.last_resort, decision.soonest, decision.later), (None, s(2), true));
        let decision = decided(&[Room::Never { quota: "5 tokens a request".to_owned(), too_large: true }]);
        assert_eq!((decision.soonest, decision.later), (None, false));
        assert!(!decided(&[]).later);
    }
}
