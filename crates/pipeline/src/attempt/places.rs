//! Who is asked where answers are compared: chosen alike for a request that is sent and for one that is only asked about.

use std::sync::Arc;

use wye_types::DeploymentId;

use super::several::{Several, Strong};
use crate::decide::Decided;
use crate::live::{Route, Target};
use crate::parse::Estimate;

/// What is chosen from.
struct From<'a> {
    route: &'a Route,
    /// The targets that may be asked at once, in their order.
    firm: &'a [usize],
    estimate: Estimate,
}

/// Places in the order of those that may be members, the best first. Who is asked where cheap ones differ goes to the front
/// of the order.
pub(super) fn places(several: &Several, decided: &mut Decided, estimate: Estimate) -> Vec<usize> {
    let route = Arc::clone(&decided.route);
    let count = decided.firm.min(decided.order.len());
    match several {
        Several::Consensus { .. } => {
            let from = From { route: &route, firm: &decided.order[..count], estimate };
            from.distinct((0..count).collect())
        }
        Several::Verified { cheap, strong } => {
            let from = From { route: &route, firm: &decided.order[..count], estimate };
            let place = from.strong(*strong);
            if let Some(order) = place.and_then(|place| decided.order.get_mut(..=place)) {
                order.rotate_right(1);
            }
            From { route: &route, firm: &decided.order[..count], estimate }.cheap(cheap)
        }
    }
}

/// Who would be compared if the request were sent now; nobody where there are not two.
pub(crate) fn would_compare(
    several: &Several,
    decided: &mut Decided,
    estimate: Estimate,
) -> Vec<Arc<DeploymentId>> {
    let mut places = places(several, decided, estimate);
    places.truncate(several.wanted());
    if places.len() < 2 {
        return Vec::new();
    }
    let targets = &decided.route.targets;
    places.iter().map(|place| Arc::clone(&targets[decided.order[*place]].deployment)).collect()
}

impl From<'_> {
    fn target(&self, place: usize) -> Option<&Target> {
        self.route.targets.get(*self.firm.get(place)?)
    }

    fn provider(&self, place: usize) -> Option<u32> {
        Some(self.target(place)?.endpoint.fleet.number)
    }

    /// Places in the order, the first of each provider before the others.
    fn distinct(&self, places: Vec<usize>) -> Vec<usize> {
        let mut met = Vec::new();
        let (mut first, others): (Vec<usize>, Vec<usize>) = places.into_iter().partition(|place| {
            let provider = self.provider(*place);
            let is_new = !met.contains(&provider);
            met.push(provider);
            is_new
        });
        first.extend(others);
        first
    }

    /// The two cheap ones, as places in the order; fewer where there are not two beside the strong one, which is first.
    fn cheap(&self, named: &[usize]) -> Vec<usize> {
        if !named.is_empty() {
            let places = named.iter().filter_map(|target| self.firm.iter().position(|one| one == target));
            return places.collect();
        }
        let cost = |place: &usize| {
            let cost = self.target(*place).and_then(|target| target.able.cost(self.estimate));
            (cost.is_none(), cost)
        };
        let mut places: Vec<usize> = (1..self.firm.len()).collect();
        places.sort_by_key(cost);
        let mut two = self.distinct(places);
        two.truncate(2);
        // Two of one provider err and fail together.
        if let [a, b] = two.as_slice()
            && self.provider(*a) == self.provider(*b)
        {
            two.clear();
        }
        two
    }

    /// The place of the strong one; `None`: it is first already.
    fn strong(&self, strong: Strong) -> Option<usize> {
        let mut places = 0..self.firm.len();
        match strong {
            Strong::First => None,
            Strong::Place(target) => places.find(|place| self.firm[*place] == target),
            // Of equals the one that the route tries first.
            Strong::Largest => places
                .rev()
                .max_by_key(|place| self.target(*place).map(|target| (target.able.size, target.context))),
        }
    }
}
