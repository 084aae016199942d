//! What the machine may do for one request.

use std::sync::Arc;
use std::time::Duration;

/// The most attempts of a request that run at once.
pub const MOST_CONTENDERS: usize = 3;

/// What the machine may do for one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The targets, in the order in which they are tried.
    pub targets: Vec<PlanTarget>,
    /// Provider statuses on which the next target is tried.
    pub statuses: Arc<[u16]>,
    /// How often the whole list is gone through; at least once.
    pub rounds: u32,
    /// Pause before the second round; doubled before each further one.
    pub backoff: Duration,
    /// When the whole request is over, on the monotonic clock.
    pub deadline: Duration,
    /// The least time that a whole answer is given while other targets are left to try.
    pub least_share: Duration,
    /// How long until a target that was left out because its accounts rest could be called.
    pub soonest_rest: Option<Duration>,
    /// Whether another target is asked beside one that is late.
    pub hedge: Option<Hedge>,
}

/// One target of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanTarget {
    /// How many accounts its provider has.
    pub accounts: usize,
    /// Tokens of context, where known.
    pub context: Option<u64>,
    /// The number of its provider: of one provider never two targets run at once.
    pub provider: u32,
}

/// Several attempts at once, of which the first that has content wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hedge {
    /// How many may run at once, up to [`MOST_CONTENDERS`]; with one the attempts go one after the other.
    pub contenders: usize,
    /// All start at once, instead of each when the one before it is late.
    pub race: bool,
    /// How many targets from the first on may be called beside others; those behind are for when these fail.
    pub among: usize,
}
