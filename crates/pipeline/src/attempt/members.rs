//! Members of a comparison under way: all are asked at once, and each answer is put aside as if in vain until it is known
//! which one is sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use wye_types::record::Role;

use super::contest::{Came, Contender, Limits, contend};
use super::spare::Second;
use super::{Job, Tries};

/// When two have answered, the others have as long again, and so long at least.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// A member's answer and what it says.
pub(super) struct Said<G> {
    pub(super) text: String,
    pub(super) answer: Second<G>,
}

impl<J: Job> Tries<J> {
    /// Asks as many targets as are wanted of those at these places in the order. They are asked no more after that.
    pub(super) async fn ask_members(
        &mut self,
        job: &J,
        places: &[usize],
        wanted: usize,
    ) -> Vec<Said<J::Good>> {
        // What members are sent may be other than what others are.
        self.prepared = None;
        let running = FuturesUnordered::new();
        let mut gone = Vec::new();
        for place in places {
            if running.len() == wanted {
                break;
            }
            gone.push(*place);
            let before = self.bads.len();
            let Ok(ready) = self.ready(job, *place).await else {
                // A limit of the client's own has no room for another member; those that were asked are compared.
                if let Some(unpaid) = self.bads.get(before).filter(|bad| bad.is_unpaid()) {
                    self.settle.notes.push(format!("fewer were compared: {}", unpaid.message));
                    break;
                }
                continue;
            };
            let (target, account) = (ready.target, ready.account);
            let (number, outgoing) = self.begins(ready);
            self.settle.attempt_is(Role::Member);
            let now = self.settle.now();
            let limits =
                Limits { now, deadline: self.machine.deadline(), whole_by: self.machine.whole_by(now) };
            let of = Contender { contender: 0, number, target, account, outgoing };
            let from = (Arc::clone(&self.route), self.settle.shared_clock());
            running.push(Box::pin(contend(job, from, of, limits)));
        }
        self.settle.set_aside();
        self.prepared = None;
        self.leave_out(&gone);
        let said = self.hear_members(job, running).await;
        self.settle.lose_others();
        said
    }

    async fn hear_members<F>(&mut self, job: &J, mut running: FuturesUnordered<F>) -> Vec<Said<J::Good>>
    where
        F: Future<Output = Came<J>> + Unpin,
    {
        let begun = self.settle.now();
        let (mut said, mut until) = (Vec::new(), None::<Duration>);
        loop {
            let came = match until {
                None => running.next().await,
                Some(until) => {
                    let left = until.saturating_sub(self.settle.now());
                    tokio::time::timeout(left, running.next()).await.ok().flatten()
                }
            };
            let Some(came) = came else { return said };
            let now = self.settle.tick().mono;
            let (target, account) = (came.of.target, came.of.account);
            if let Ok(good) = self.over(job, came) {
                said.extend(self.put_aside(job, (target, account), good));
            }
            if said.len() >= 2 && until.is_none() {
                until = Some(now + now.saturating_sub(begun).max(LEAST_PATIENCE));
            }
        }
    }

    /// Keeps a member's answer; nothing of one that says nothing.
    fn put_aside(
        &mut self,
        job: &J,
        (target, account): (usize, usize),
        good: J::Good,
    ) -> Option<Said<J::Good>> {
        let (text, usage) = job.said(&good);
        let usage = usage.unwrap_or_else(|| self.estimate.usage());
        let priced = self.settle.put_aside(&usage);
        let warnings = std::mem::take(&mut self.settle.record.warnings);
        let answer = Second { good, target, account, warnings, priced, usage: Some(usage) };
        (!text.is_empty()).then_some(Said { text, answer })
    }

    /// Leaves targets out of what is tried next.
    fn leave_out(&mut self, places: &[usize]) {
        let before = places.iter().filter(|place| **place < self.decided.firm).count();
        let mut place = 0;
        self.decided.order.retain(|_| {
            place += 1;
            !places.contains(&(place - 1))
        });
        self.decided.firm = self.decided.firm.saturating_sub(before);
        self.tried.clear();
    }
}
