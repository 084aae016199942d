//! Which of a route's targets may be called now, and what of those that may not.

use std::time::Duration;

use wye_types::record::{Refusal, RefusalCode};

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

/// What is to be said of one target before any are weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be called.
    May,
    /// It cannot be asked at all.
    Refused(Refusal),
    /// None of its accounts may be called.
    Taken(Room),
    /// It failed lately and is left alone.
    Shut {
        /// Until when.
        until: Duration,
        /// What shut it.
        code: RefusalCode,
    },
}

/// What became of a route's targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Targets that may be called, in the route's order.
    pub order: Vec<usize>,
    /// The others, and why they may not be.
    pub left_out: Vec<(usize, Refusal)>,
    /// When the first target that is left out may be called, as far as it is known.
    pub soonest: Option<Duration>,
    /// Whether a target that is left out may be called later than now, known or not.
    pub later: bool,
    /// Targets that failed lately, whose rest ends first in front: asked where all others fail.
    pub resorts: Vec<usize>,
    /// With an empty order: the target to ask all the same if waiting is no use.
    pub last_resort: Option<usize>,
    /// With an empty order: the target that has room again first or, if none has, never.
    pub nearest: Option<(usize, Room)>,
}

/// So many targets that failed lately are asked after all others at most: where a whole fleet is down, a request must not
/// go through all of it.
const MOST_RESORTS: usize = 3;

/// Parts the targets that may be called from the others. If none may, the one is named whose rest by guess, or after
/// failures, ends first: an honest refusal from a provider tells the client more than a guess of ours, and nobody finds out
/// that it is well again if nobody asks. A quota that is known to be used up is no guess.
#[must_use]
pub fn sieve(verdicts: impl Iterator<Item = Verdict>, now: Duration) -> Decision {
    let mut decision = Decision::default();
    let mut resort: Option<(Duration, usize)> = None;
    let mut failed: Vec<(Duration, usize)> = Vec::new();
    let mut nearest: Option<((u8, Option<Duration>), usize, Room)> = None;
    for (target, verdict) in verdicts.enumerate() {
        let refusal = match verdict {
            Verdict::May | Verdict::Taken(Room::Free) => {
                decision.order.push(target);
                continue;
            }
            Verdict::Refused(refusal) => refusal,
            Verdict::Shut { until, code } => {
                failed.push((until, target));
                Refusal::new(code).waits(Some(until.saturating_sub(now)))
            }
            Verdict::Taken(room) => {
                if let Room::Taken { until, guess, .. } = &room {
                    decision.later = true;
                    decision.soonest = least(decision.soonest, *until);
                    resort = least(resort, guess.map(|until| (until, target)));
                }
                let refusal = refused(&room, now);
                let waits = waits(&room);
                if nearest.as_ref().is_none_or(|(nearest, ..)| waits < *nearest) {
                    nearest = Some((waits, target, room));
                }
                refusal
            }
        };
        decision.left_out.push((target, refusal));
    }
    failed.sort_unstable();
    failed.truncate(MOST_RESORTS);
    decision.resorts = failed.iter().map(|(_, target)| *target).collect();
    if decision.order.is_empty() {
        resort = least(resort, failed.first().copied());
        decision.last_resort = resort.map(|(_, target)| target);
        decision.nearest = nearest.map(|(_, target, room)| (target, room));
    }
    decision
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// How long a target is left out, least first: known, unknown, or for good.
const fn waits(room: &Room) -> (u8, Option<Duration>) {
    match room {
        Room::Free => (0, None),
        Room::Taken { until: Some(until), .. } => (1, Some(*until)),
        Room::Taken { until: None, .. } => (2, None),
        Room::Never { .. } => (3, None),
    }
}

fn refused(room: &Room, now: Duration) -> Refusal {
    match room {
        Room::Free => Refusal::new(RefusalCode::Rests),
        Room::Taken { until, quota, .. } => {
            let wait = until.map(|until| until.saturating_sub(now));
            match quota {
                Some(quota) => Refusal::new(RefusalCode::QuotaUsedUp).about(quota.clone()).waits(wait),
                None => Refusal::new(RefusalCode::Rests).waits(wait),
            }
        }
        Room::Never { quota, too_large } => {
            let code = if *too_large { RefusalCode::QuotaTooSmall } else { RefusalCode::QuotaClosed };
            Refusal::new(code).about(quota.clone())
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
        sieve(rooms.iter().cloned().map(Verdict::Taken), Duration::ZERO)
    }

    #[test]
    fn keeps_the_routes_order_and_leaves_out_the_resting() {
        let decision = decided(&[rests(9), Room::Free, full(s(3)), Room::Free]);
        assert_eq!((decision.order, decision.soonest, decision.last_resort), (vec![1, 3], s(3), None));
        let refused: Vec<_> =
            decision.left_out.iter().map(|(target, refusal)| (*target, refusal.to_string())).collect();
        let quota = "used up for another 4 s: 3 requests a minute of p/1 m";
        let rests = "every account rests for another 10 s";
        assert_eq!(refused, [(0, rests.to_owned()), (2, quota.to_owned())]);
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

    #[test]
    fn what_failed_lately_is_asked_where_nobody_else_is_left() {
        let shut =
            |until| Verdict::Shut { until: Duration::from_secs(until), code: RefusalCode::BreakerOpen };
        let decision = sieve([shut(9), Verdict::May].into_iter(), Duration::ZERO);
        assert_eq!((decision.order, decision.resorts, decision.last_resort), (vec![1], vec![0], None));
        let decision = sieve([shut(9), shut(3), Verdict::Taken(full(s(1)))].into_iter(), Duration::ZERO);
        // It may be waited for a quota, which is known to come back.
        assert_eq!((decision.last_resort, decision.soonest, decision.later), (Some(1), s(1), true));
        let no = Verdict::Refused(Refusal::new(RefusalCode::NotFree));
        let decision = sieve([no.clone(), shut(4)].into_iter(), Duration::ZERO);
        assert_eq!((decision.last_resort, decision.soonest, decision.later), (Some(1), None, false));
        assert_eq!(sieve([no].into_iter(), Duration::ZERO).last_resort, None);
    }
}
