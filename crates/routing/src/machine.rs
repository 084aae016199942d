//! The attempt machine: which target is tried next, which beside one that is late, when to wait, when to commit and when
//! to give up.
//!
//! Events in, actions out; no clock, no I/O. The pipeline's driver turns actions into calls. Content is the point of
//! no return: after [`Action::Commit`] the machine starts nothing more.
//!
//! While nothing runs, the next target is started at once: that is failing over. While something runs, a start is a
//! hedge: it waits until what runs is late, and goes to another provider. So a failure beside an attempt that is not late
//! yet starts nothing, and a failure of all that run leads where it leads without hedges.

mod lanes;
mod plan;

use std::time::Duration;

use crate::verdict::{Failure, FailureKind, Next};
use lanes::{Lane, Lanes};
pub use plan::{Hedge, MOST_CONTENDERS, Plan, PlanTarget};

/// What happened. Attempts are named by the numbers under which they were started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The request is ready to be sent.
    Begin,
    /// The started attempt was sent. Told only where the plan has hedges: where it has none, nothing follows from it.
    Sent {
        /// Which.
        contender: u32,
        /// From when on it is late, on the monotonic clock.
        late_at: Duration,
    },
    /// The started attempt could not be sent, because no account of its target was free. Costs no attempt.
    Refused {
        /// Which.
        contender: u32,
        /// How long until one is.
        retry_after: Option<Duration>,
    },
    /// The started attempt was not sent, because nothing may be spent on it beside others. There are no hedges from now
    /// on; its target may still be tried in its turn.
    Declined {
        /// Which.
        contender: u32,
    },
    /// The started attempt failed before content.
    Failed {
        /// Which.
        contender: u32,
        /// How.
        failure: Failure,
    },
    /// The started attempt brought its first content, or a whole good answer.
    Content {
        /// Which.
        contender: u32,
    },
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
        /// The attempt's number: how many were started before it.
        contender: u32,
    },
    /// Pause until then, on the monotonic clock, or until an attempt that runs comes to something.
    Wait {
        /// The end of the pause.
        until: Duration,
    },
    /// Start nothing until an attempt that runs comes to something.
    Await,
    /// Send this attempt's content, and cancel the others. Nothing is started after this.
    Commit {
        /// Which.
        contender: u32,
    },
    /// Hand a failure's own answer to the client: the request itself is at fault.
    Pass {
        /// Its place among the failures, in the order of their events.
        telling: usize,
    },
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
    /// Something runs.
    Running,
    Waiting,
    Done,
}

/// How a target stands in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It may be called, for the first time or with another account.
    Due,
    /// It is being called, or was.
    Taken,
    /// None of its accounts was free.
    Refused,
    /// It will not do for this request, in any round.
    Out,
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    /// Calls in this round.
    calls: usize,
    turn: Turn,
}

const FRESH: Tried = Tried { calls: 0, turn: Turn::Due };

/// The machine of one request.
#[derive(Debug)]
pub struct Machine {
    plan: Plan,
    state: State,
    round: u32,
    /// By target.
    tried: Vec<Tried>,
    /// No target before this place is due.
    first: usize,
    /// Targets not called in this round that may still be.
    untried: usize,
    running: Lanes,
    starts: u32,
    failures: Vec<Failure>,
    /// The failure for which the request is at fault, unless an attempt that runs proves otherwise.
    at_fault: Option<usize>,
    /// Nothing more may be started beside others.
    declined: bool,
}

impl Machine {
    /// A machine before [`Event::Begin`].
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let targets = plan.targets.len();
        Self {
            plan,
            state: State::Idle,
            round: 1,
            tried: vec![FRESH; targets],
            first: 0,
            untried: targets,
            running: Lanes::default(),
            starts: 0,
            failures: Vec::new(),
            at_fault: None,
            declined: false,
        }
    }

    /// When the whole request is over.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.plan.deadline
    }

    /// Whether attempts may run beside each other.
    #[must_use]
    pub fn hedges(&self) -> bool {
        self.plan.hedge.is_some_and(|hedge| hedge.contenders > 1)
    }

    /// When an attempt that starts now for a whole answer must be over. What remains is split evenly between it and the
    /// targets not yet called, so that a target which never answers does not use up the time of all; but less than
    /// [`Plan::least_share`] would cut off answers that are only long.
    #[must_use]
    pub fn whole_by(&self, now: Duration) -> Duration {
        let shares = u32::try_from(self.untried).unwrap_or(u32::MAX).saturating_add(1);
        let share = self.plan.deadline.saturating_sub(now) / shares;
        now.saturating_add(share.max(self.plan.least_share)).min(self.plan.deadline)
    }

    /// Takes an event and says what to do. An event that does not fit the state (a late one, after the end) gives
    /// [`Action::Nothing`].
    pub fn step(&mut self, now: Duration, event: Event) -> Action {
        match (self.state, event) {
            (State::Idle, Event::Begin) | (State::Waiting, Event::Waited) => self.go_on(now),
            (State::Running, event) => self.heard(event, now),
            _ => self.lost(),
        }
    }

    /// An event while attempts run.
    fn heard(&mut self, event: Event, now: Duration) -> Action {
        match event {
            Event::Content { contender } if self.running.has(contender) => {
                self.state = State::Done;
                return Action::Commit { contender };
            }
            Event::Sent { contender, late_at } => match self.running.get(contender) {
                Some(lane) => lane.late_at = late_at,
                None => return self.lost(),
            },
            // Whoever waited until then says so; its clock may have stood still.
            Event::Waited => match self.running.newest() {
                Some(lane) => lane.late_at = Duration::ZERO,
                None => return self.lost(),
            },
            Event::Refused { contender, retry_after } => {
                let Some(target) = self.running.leave(contender) else { return self.lost() };
                self.failures.push(Failure { retry_after, ..Failure::of(FailureKind::NoAccount) });
                self.tried[target].turn = Turn::Refused;
            }
            Event::Declined { contender } => {
                let Some(target) = self.running.leave(contender) else { return self.lost() };
                self.declined = true;
                let tried = &mut self.tried[target];
                tried.calls = tried.calls.saturating_sub(1);
                self.untried += usize::from(tried.calls == 0 && tried.turn == Turn::Taken);
                self.is_due(target);
            }
            Event::Failed { contender, failure } => {
                let Some(target) = self.running.leave(contender) else { return self.lost() };
                self.failed(target, failure, now);
            }
            Event::Content { .. } | Event::Begin => return self.lost(),
        }
        self.go_on(now)
    }

    /// The machine and its driver disagree.
    const fn lost(&mut self) -> Action {
        self.state = State::Done;
        Action::Nothing
    }

    fn failed(&mut self, target: usize, failure: Failure, now: Duration) {
        let next = failure.next(&self.plan.statuses);
        let place = self.failures.len();
        self.failures.push(failure);
        let others = self.tried[target].calls < self.plan.targets[target].accounts;
        match next {
            Next::Pass => self.at_fault = self.at_fault.or(Some(place)),
            Next::OtherAccount | Next::OtherAccountOrNever if others => self.is_due(target),
            Next::OtherAccount | Next::OtherTarget => {}
            Next::NeverThisTarget | Next::OtherAccountOrNever => self.is_out(target),
            Next::LargerContext => {
                if !self.larger(target) || now >= self.plan.deadline {
                    self.at_fault = self.at_fault.or(Some(place));
                }
            }
        }
    }

    /// It may be called again, unless it was found meanwhile that it will not do.
    fn is_due(&mut self, target: usize) {
        if self.tried[target].turn == Turn::Taken {
            self.tried[target].turn = Turn::Due;
            self.first = self.first.min(target);
        }
    }

    fn is_out(&mut self, target: usize) {
        let tried = &mut self.tried[target];
        self.untried -= usize::from(tried.calls == 0 && tried.turn == Turn::Due);
        tried.turn = Turn::Out;
    }

    /// Leaves out the target and those that are not larger, in this round and the next: they would refuse too. Gives
    /// whether one is due that is larger.
    fn larger(&mut self, target: usize) -> bool {
        self.is_out(target);
        let Some(context) = self.plan.targets[target].context else { return false };
        for other in 0..self.tried.len() {
            if self.plan.targets[other].context.is_none_or(|c| c <= context) {
                self.is_out(other);
            }
        }
        self.tried.iter().any(|tried| tried.turn == Turn::Due)
    }

    fn go_on(&mut self, now: Duration) -> Action {
        if !self.running.is_empty() {
            return self.beside(now);
        }
        if let Some(telling) = self.at_fault {
            self.state = State::Done;
            return Action::Pass { telling };
        }
        if now >= self.plan.deadline && !self.failures.is_empty() {
            return self.give_up();
        }
        match self.next(self.tried.len()) {
            Some(target) => self.start(target),
            None => self.end_round(now),
        }
    }

    /// What is started beside what runs, and when.
    fn beside(&mut self, now: Duration) -> Action {
        let hedge = self.plan.hedge.filter(|hedge| {
            let room = self.running.count() < hedge.contenders.min(MOST_CONTENDERS);
            room && !self.declined && self.at_fault.is_none() && now < self.plan.deadline
        });
        let Some((hedge, target)) = hedge.and_then(|hedge| Some((hedge, self.next(hedge.among)?))) else {
            return Action::Await;
        };
        match self.running.newest() {
            Some(lane) if !hedge.race && now < lane.late_at => Action::Wait { until: lane.late_at },
            _ => self.start(target),
        }
    }

    /// The first target of so many that is due and whose provider is not being called.
    fn next(&mut self, among: usize) -> Option<usize> {
        while self.tried.get(self.first).is_some_and(|tried| tried.turn != Turn::Due) {
            self.first += 1;
        }
        let provider = |target: usize| self.plan.targets[target].provider;
        (self.first..among.min(self.tried.len())).find(|target| {
            self.tried[*target].turn == Turn::Due
                && self.running.all().all(|lane| provider(lane.target) != provider(*target))
        })
    }

    fn start(&mut self, target: usize) -> Action {
        self.state = State::Running;
        let tried = &mut self.tried[target];
        self.untried -= usize::from(tried.calls == 0);
        *tried = Tried { calls: tried.calls.saturating_add(1), turn: Turn::Taken };
        let contender = self.starts;
        self.starts = self.starts.saturating_add(1);
        self.running.enter(Lane { contender, target, late_at: Duration::MAX });
        Action::Start { target, contender }
    }

    fn end_round(&mut self, now: Duration) -> Action {
        let pause = self.plan.backoff.saturating_mul(1 << (self.round - 1).min(16));
        let until = now.saturating_add(pause);
        let worth = self.tried.iter().any(|tried| tried.turn == Turn::Taken);
        if self.round >= self.plan.rounds || !worth || until >= self.plan.deadline {
            return self.give_up();
        }
        self.round += 1;
        for tried in self.tried.iter_mut().filter(|tried| tried.turn != Turn::Out) {
            *tried = FRESH;
        }
        self.first = 0;
        self.untried = self.tried.iter().filter(|tried| tried.turn == Turn::Due).count();
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
