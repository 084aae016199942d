//! The order in which a route's targets are tried, and why.

use std::time::Duration;

use wye_types::DeploymentId;

/// What decides about one target, copied from the live state so that the decision can be replayed.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// What would be called.
    pub deployment: &'a DeploymentId,
    /// Tokens of context, where known.
    pub context: Option<u64>,
    /// When its first account may be called again, if all of them rest.
    pub rests_until: Option<Duration>,
}

/// A target weighed for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the route.
    pub target: usize,
    /// Why it was put off, if it was.
    pub refused: Option<String>,
}

/// The outcome of weighing a route's targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Targets in the order in which they are tried.
    pub order: Vec<usize>,
    /// All candidates, in the route's order.
    pub candidates: Vec<Candidate>,
}

/// Strategy `ordered`: the route's own order. Targets whose accounts all rest are left out; if that leaves none, the
/// one whose rest ends first is tried all the same (a provider's word may be stale, and an honest 429 from it tells
/// the client more than a guess of ours).
#[must_use]
pub fn ordered(seen: &[Seen<'_>], now: Duration) -> Decision {
    let mut decision = Decision::default();
    for (target, row) in seen.iter().enumerate() {
        let rest = row.rests_until.map(|until| until.saturating_sub(now));
        decision.candidates.push(Candidate {
            target,
            refused: rest.map(|rest| format!("every account rests for another {} s", rest.as_secs() + 1)),
        });
        if rest.is_none() {
            decision.order.push(target);
        }
    }
    if decision.order.is_empty() {
        let soonest = (0..seen.len()).min_by_key(|i| seen[*i].rests_until);
        decision.order.extend(soonest);
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(rests: &[Option<u64>]) -> Decision {
        let deployment = DeploymentId { provider: "p".into(), model: "m".into() };
        let row = |rest: &Option<u64>| Seen {
            deployment: &deployment,
            context: None,
            rests_until: rest.map(Duration::from_secs),
        };
        ordered(&rests.iter().map(row).collect::<Vec<_>>(), Duration::ZERO)
    }

    #[test]
    fn keeps_the_routes_order_and_leaves_out_the_resting() {
        let decision = decided(&[Some(9), None, Some(3), None]);
        assert_eq!(decision.order, [1, 3]);
        assert_eq!(decision.candidates[0].refused.as_deref(), Some("every account rests for another 10 s"));
        assert_eq!(decision.candidates[1].refused, None);
    }

    #[test]
    fn tries_the_one_that_rests_shortest_when_all_rest() {
        assert_eq!(decided(&[Some(9), Some(3)]).order, [1]);
        assert!(ordered(&[], Duration::ZERO).order.is_empty());
    }
}
