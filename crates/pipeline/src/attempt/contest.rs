//! Several attempts at once: another target is asked beside one that is late, and the first that has content wins.
//!
//! The contenders are futures that the driver polls; there are no tasks. One that is dropped closes its connection, which
//! tells its provider to stop. What each of them holds is the guard's ([`crate::settle`]), so that whoever drops the driver
//! settles them all.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use wye_routing::{Action, Event};
use wye_types::Clock;

use super::{At, End, Fell, Job, Tries};
use crate::call::{Bad, Times};
use crate::live::Route;

/// A contender under way: whom it asks, and which it is.
pub(super) struct Contender<O> {
    /// The machine's number.
    pub(super) contender: u32,
    /// The guard's.
    pub(super) number: u32,
    /// Its target's place in the route.
    pub(super) target: usize,
    pub(super) account: usize,
    pub(super) outgoing: O,
}

/// What came of one.
pub(super) struct Came<J: Job> {
    pub(super) of: Contender<J::Outgoing>,
    called: Result<J::Good, Box<Bad>>,
}

/// When an attempt begins and must be over.
pub(super) struct Limits {
    pub(super) now: Duration,
    pub(super) deadline: Duration,
    pub(super) whole_by: Duration,
}

/// The contenders that run, and those that came to something while another was made ready.
struct Field<'a, J: Job> {
    running: FuturesUnordered<BoxFuture<'a, Came<J>>>,
    came: VecDeque<Came<J>>,
}

impl<J: Job> Field<'_, J> {
    fn is_empty(&self) -> bool {
        self.running.is_empty() && self.came.is_empty()
    }

    /// Does something while the contenders go on; `None` once one of them has content, so that it is not needed any more.
    async fn meanwhile<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = pin!(doing);
        loop {
            tokio::select! {
                biased;
                Some(came) = self.running.next() => {
                    if came.called.is_ok() {
                        self.came.push_front(came);
                        return None;
                    }
                    self.came.push_back(came);
                }
                done = &mut doing => return Some(done),
            }
        }
    }

    /// The next that came to something; `None` if none does within a time.
    async fn next(&mut self, within: Option<Duration>) -> Option<Came<J>> {
        if let Some(came) = self.came.pop_front() {
            return Some(came);
        }
        match within {
            Some(pause) if self.running.is_empty() => {
                tokio::time::sleep(pause).await;
                None
            }
            Some(pause) => tokio::time::timeout(pause, self.running.next()).await.ok().flatten(),
            None => self.running.next().await,
        }
    }
}

pub(super) async fn contend<J: Job>(
    job: &J,
    (route, clock): (Arc<Route>, Arc<dyn Clock>),
    of: Contender<J::Outgoing>,
    limits: Limits,
) -> Came<J> {
    let Limits { now, deadline, whole_by } = limits;
    let (target, account, policy) = (&route.targets[of.target], of.account, &*route.policy);
    let times = Times { clock: &*clock, now };
    let called = job.call(At { target, account, policy, times, deadline, whole_by }, &of.outgoing).await;
    Came { of, called }
}

impl<J: Job> Tries<J> {
    /// Runs the plan of one decision, with another attempt beside one that is late.
    pub(super) async fn contest(&mut self, job: &J) -> End<J::Good> {
        self.opens();
        let mut field = Field { running: FuturesUnordered::new(), came: VecDeque::new() };
        let mut event = Event::Begin;
        let mut good = None;
        loop {
            let next = match self.machine.step(self.settle.now(), event) {
                Action::Start { target, contender } => {
                    match self.enter(job, (target, contender), &mut field).await {
                        Some(entered) => Some(entered),
                        None => self.heard(job, &mut field, None, &mut good).await,
                    }
                }
                Action::Wait { until } => self.heard(job, &mut field, Some(until), &mut good).await,
                Action::Await => self.heard(job, &mut field, None, &mut good).await,
                Action::Commit { .. } => {
                    // Their connections close before anything else is done.
                    drop(field);
                    self.settle.lose_others();
                    return good.map_or(End::Lost, End::Good);
                }
                Action::Pass { telling } => return End::Pass { telling },
                Action::GiveUp { telling, retry_after } => return End::GaveUp { telling, retry_after },
                Action::Nothing => None,
            };
            let Some(next) = next else { return End::Lost };
            event = next;
        }
    }

    /// Starts an attempt. `None`: another has content meanwhile.
    async fn enter<'a>(
        &mut self,
        job: &'a J,
        (place, contender): (usize, u32),
        field: &mut Field<'a, J>,
    ) -> Option<Event> {
        let spent = if field.is_empty() { Some(None) } else { self.spends(place) };
        let Some(spent) = spent else { return Some(Event::Declined { contender }) };
        let (beside, before) = (!field.is_empty(), self.bads.len());
        let ready = match field.meanwhile(self.ready(job, place)).await? {
            Ok(ready) => ready,
            // Beside others the client cannot pay for it; in its turn it may.
            Err(_) if beside && self.bads.get(before).is_some_and(Bad::is_unpaid) => {
                self.bads.truncate(before);
                return Some(Event::Declined { contender });
            }
            Err(fell) => return Some(fell.event(contender)),
        };
        if let Some(spent) = spent {
            spent.used();
        }
        let (target, account) = (ready.target, ready.account);
        let (number, outgoing) = self.begins(ready);
        let now = self.settle.now();
        let limits = Limits { now, deadline: self.machine.deadline(), whole_by: self.machine.whole_by(now) };
        let late_at = now.saturating_add(self.late_after(&self.route.targets[target], account));
        let of = Contender { contender, number, target, account, outgoing };
        let from = (Arc::clone(&self.route), self.settle.shared_clock());
        field.running.push(Box::pin(contend(job, from, of, limits)));
        Some(Event::Sent { contender, late_at })
    }

    /// Waits for what one of the contenders comes to, or until a moment. `None`: there is nothing to wait for.
    async fn heard(
        &mut self,
        job: &J,
        field: &mut Field<'_, J>,
        until: Option<Duration>,
        good: &mut Option<J::Good>,
    ) -> Option<Event> {
        let pauses = field.is_empty();
        let within = until.map(|until| until.saturating_sub(self.settle.now()));
        let came = field.next(within).await;
        self.settle.tick();
        let Some(came) = came else {
            if pauses {
                // A new round.
                self.tried.clear();
            }
            return until.map(|_| Event::Waited);
        };
        if came.called.is_ok() {
            // What failed meanwhile is nothing that the machine must hear of.
            while let Some(late) = field.came.pop_front() {
                let _ = self.over(job, late);
            }
        }
        let contender = came.of.contender;
        Some(match self.over(job, came) {
            Ok(made) => {
                *good = Some(made);
                Event::Content { contender }
            }
            Err(fell) => fell.event(contender),
        })
    }

    pub(super) fn over(&mut self, job: &J, came: Came<J>) -> Result<J::Good, Fell> {
        let Came { of, called } = came;
        let route = Arc::clone(&self.route);
        self.settle.turn_to(of.number);
        self.came(job, (&route.targets[of.target], of.account), J::losses(&of.outgoing), called)
    }
}

#[cfg(test)]
mod tests {
    use wye_routing::FailureKind;
    use wye_types::error::GatewayError;
    use wye_wire::dialect::Loss;

    use super::*;
    use crate::live::Target;
    use crate::parse::Estimate;

    /// Something that is never asked: what comes of contenders is made up.
    struct Never;

    impl Job for Never {
        type Outgoing = ();
        type Good = &'static str;

        fn estimate(&self) -> Estimate {
            Estimate { input: 1, output: 1 }
        }

        fn is_native(&self, _: &Target) -> bool {
            false
        }

        fn outgoing(&self, _: &Target) -> Result<(), GatewayError> {
            Ok(())
        }

        fn losses((): &()) -> &[Loss] {
            &[]
        }

        async fn call(&self, _: At<'_>, (): &()) -> Result<&'static str, Box<Bad>> {
            Ok("")
        }

        fn is_whole(_: &&'static str) -> bool {
            true
        }
    }

    fn field(contenders: &[(u64, Option<&'static str>)]) -> Field<'static, Never> {
        let running = FuturesUnordered::new();
        for ((after, good), contender) in contenders.iter().copied().zip(0..) {
            let of = Contender { contender, number: contender, target: 0, account: 0, outgoing: () };
            let called = good.ok_or_else(|| Box::new(Bad::of(FailureKind::Empty, "")));
            running.push(Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(after)).await;
                Came { of, called }
            }) as BoxFuture<'static, _>);
        }
        Field { running, came: VecDeque::new() }
    }

    async fn done_after(seconds: u64) -> u64 {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_meanwhile_is_heard_later_and_what_answers_is_heard_at_once() {
        let mut one = field(&[(1, None), (9, Some("late")), (2, None)]);
        assert_eq!(one.meanwhile(done_after(5)).await, Some(5));
        assert_eq!(one.came.len(), 2);
        // The next of them is wanted while the third still runs.
        assert_eq!(one.meanwhile(done_after(60)).await, None, "it is not needed any more");
        let first = one.next(None).await.unwrap();
        assert_eq!((first.of.contender, first.called.ok()), (1, Some("late")));
        let rest = [one.next(None).await.unwrap(), one.next(None).await.unwrap()];
        assert_eq!(rest.map(|came| came.of.contender), [0, 2]);
        assert!(one.is_empty() && one.next(None).await.is_none());
        // Nobody runs: the doing is all there is, and a pause is a pause.
        assert_eq!(one.meanwhile(done_after(3)).await, Some(3));
        assert!(one.next(Some(Duration::from_secs(1))).await.is_none());
        // Both at once: the answer counts.
        assert_eq!(field(&[(2, Some("now"))]).meanwhile(done_after(2)).await, None);
    }
}
