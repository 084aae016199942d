//! The attempt machine: which target is tried next, when to wait, when to commit and when to give up.
//!
//! Events in, actions out; no clock, no I/O. The pipeline's driver turns actions into calls. Content is the point of
//! no return: after [`Action::Commit`] the machine starts nothing more.

use std::sync::Arc;
use std::time::Duration;

use crate::verdict::{Failure, FailureKind, Next};

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
}

/// One target of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanTarget {
    /// How many accounts its provider has.
    pub accounts: usize,
    /// Tokens of context, where known.
    pub context: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The request is ready to be sent.
    Begin,
    /// The started attempt could not be sent, because no account of its target was free. Costs no attempt.
    Refused {
        /// How long until one is.
        retry_after: Option<Duration>,
    },
    /// The started attempt failed before content.
    Failed(Failure),
    /// The started attempt brought its first content, or a whole good answer.
    Content,
    /// The pause asked for by [`Action::Wait`] is over.
    Waited,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Call this target (its place in the plan), with an account not yet tried for it in this round.
    Start {
        /// The target's place in the plan.
        target: usize,
    },
    /// Pause until then, on the monotonic clock.
    Wait {
        /// The end of the pause.
        until: Duration,
    },
    /// Send the content. Nothing is started after this.
    Commit,
    /// Hand the last failure's own answer to the client: the request itself is at fault.
    Pass,
    /// All that could be tried has failed.
    GiveUp {
        /// Which failure tells the client most: its place among the failures, in the order of their events.
        telling: usize,
        /// The soonest time after which a retry makes sense, where any provider named one.
        retry_after: Option<Duration>,
    },
    /// The request is over, or the event does not fit what was asked for: there is nothing to do.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Running(usize),
    Waiting,
    Done,
}

/// The machine of one request.
#[derive(Debug)]
pub struct Machine {
    plan: Plan,
    state: State,
    round: u32,
    /// Calls of each target in this round, and whether it is out for good.
    calls: Vec<(usize, bool)>,
    failures: Vec<Failure>,
}

impl Machine {
    /// A machine before [`Event::Begin`].
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let calls = vec![(0, false); plan.targets.len()];
        Self { plan, state: State::Idle, round: 1, calls, failures: Vec::new() }
    }

    /// When the whole request is over.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.plan.deadline
    }

    /// When an attempt that starts now for a whole answer must be over. What remains is split evenly between it and the
    /// targets not yet called, so that a target which never answers does not use up the time of all; but less than
    /// [`Plan::least_share`] would cut off answers that are only long.
    #[must_use]
    pub fn whole_by(&self, now: Duration) -> Duration {
        let untried = self.calls.iter().filter(|(calls, out)| *calls == 0 && !out).count();
        let shares = u32::try_from(untried).unwrap_or(u32::MAX).saturating_add(1);
        let share = self.plan.deadline.saturating_sub(now) / shares;
        now.saturating_add(share.max(self.plan.least_share)).min(self.plan.deadline)
    }

    /// Takes an event and says what to do. An event that does not fit the state (a late one, after the end) gives
    /// [`Action::Nothing`].
    pub fn step(&mut self, now: Duration, event: Event) -> Action {
        match (self.state, event) {
            (State::Idle, Event::Begin) => self.start_from(0, now),
            (State::Waiting, Event::Waited) => self.start_from(0, now),
            (State::Running(_), Event::Content) => {
                self.state = State::Done;
                Action::Commit
            }
            (State::Running(target), Event::Refused { retry_after }) => {
                let failure = Failure { retry_after, ..Failure::of(FailureKind::NoAccount) };
                self.failures.push(failure);
                self.calls[target].0 = usize::MAX;
                self.start_from(target + 1, now)
            }
            (State::Running(target), Event::Failed(failure)) => self.failed(target, failure, now),
            _ => {
                self.state = State::Done;
                Action::Nothing
            }
        }
    }

    fn failed(&mut self, target: usize, failure: Failure, now: Duration) -> Action {
        let next = failure.next(&self.plan.statuses);
        self.failures.push(failure);
        match next {
            Next::Pass => {
                self.state = State::Done;
                Action::Pass
            }
            Next::OtherAccount | Next::OtherAccountOrNever
                if self.calls[target].0 < self.plan.targets[target].accounts =>
            {
                self.start_from(target, now)
            }
            Next::OtherAccount | Next::OtherTarget => self.start_from(target + 1, now),
            Next::NeverThisTarget | Next::OtherAccountOrNever => {
                self.calls[target].1 = true;
                self.start_from(target + 1, now)
            }
            Next::LargerContext => self.start_larger(target, now),
        }
    }

    /// Starts the first target from `first` on that is still worth a call, or ends the round.
    fn start_from(&mut self, first: usize, now: Duration) -> Action {
        if now >= self.plan.deadline && !self.failures.is_empty() {
            return self.give_up();
        }
        match (first..self.plan.targets.len()).find(|t| !self.calls[*t].1) {
            Some(target) => self.start(target),
            None => self.end_round(now),
        }
    }

    fn start_larger(&mut self, target: usize, now: Duration) -> Action {
        self.calls[target].1 = true;
        let Some(context) = self.plan.targets[target].context else {
            return self.pass();
        };
        // Every target that is not larger would refuse too, in this round and the next.
        for (other, call) in self.plan.targets.iter().zip(&mut self.calls) {
            call.1 |= other.context.is_none_or(|c| c <= context);
        }
        match (target + 1..self.calls.len()).find(|later| !self.calls[*later].1) {
            Some(larger) if now < self.plan.deadline => self.start(larger),
            _ => self.pass(),
        }
    }

    fn pass(&mut self) -> Action {
        self.state = State::Done;
        Action::Pass
    }

    fn start(&mut self, target: usize) -> Action {
        self.state = State::Running(target);
        self.calls[target].0 = self.calls[target].0.saturating_add(1);
        Action::Start { target }
    }

    fn end_round(&mut self, now: Duration) -> Action {
        let pause = self.plan.backoff.saturating_mul(1 << (self.round - 1).min(16));
        let until = now.saturating_add(pause);
        let worth = self.calls.iter().any(|(calls, out)| !out && *calls != usize::MAX);
        if self.round >= self.plan.rounds || !worth || until >= self.plan.deadline {
            return self.give_up();
        }
        self.round += 1;
        for (calls, _) in &mut self.calls {
            *calls = 0;
        }
        self.state = State::Waiting;
        Action::Wait { until }
    }

    fn give_up(&mut self) -> Action {
        self.state = State::Done;
        let ranks = self.failures.iter().map(Failure::rank);
        let telling = ranks.enumerate().min_by_key(|(_, rank)| *rank).map_or(0, |(place, _)| place);
        let named = self.failures.iter().filter_map(|f| f.retry_after);
        let retry_after = named.chain(self.plan.soonest_rest).min();
        Action::GiveUp { telling, retry_after }
    }
}

#[cfg(test)]
mod tests;
