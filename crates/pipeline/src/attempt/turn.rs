//! Waiting for a provider's quota, where the route allows it and it will help.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use wye_profile::Category;
use wye_routing::tree::Rating;
use wye_routing::{FailureKind, Room};
use wye_types::error::{GatewayError, LimitOwner};
use wye_types::{Code, DeploymentId};

use super::{Driven, Failed, Job, Tries};
use crate::client::KeyPolicy;
use crate::decide::{Ask, Decided, decide};
use crate::live::Route;
use crate::parse::Request;
use crate::wait::{Place, Waiter, Waiting};

/// How urgent requests without a key are, from 0 to 9.
const USUAL: u8 = 5;

/// A request's place in the queue for providers' quotas, should it need one.
pub(crate) struct Queue {
    /// All that wait.
    waiting: Arc<Waiting>,
    /// The client key, whose requests take turns with those of others.
    key: Option<Arc<KeyPolicy>>,
    /// What is asked of each decision.
    ask: Ask,
    place: Option<Place>,
    /// Until when it may wait, once it does.
    by: Option<Duration>,
    /// When it may try again, after others took what the decision saw, unless it is woken before.
    again: Option<Duration>,
    /// Who is not asked any more: its answer broke off, and another goes on with it.
    gone: Vec<Arc<DeploymentId>>,
}

impl Queue {
    pub(crate) const fn new(waiting: Arc<Waiting>, key: Option<Arc<KeyPolicy>>, ask: Ask) -> Self {
        Self { waiting, key, ask, place: None, by: None, again: None, gone: Vec::new() }
    }

    /// The same, where these are not asked any more, whatever a decision says.
    pub(crate) fn without(self, gone: Vec<Arc<DeploymentId>>) -> Self {
        Self { gone, ..self }
    }

    /// What is asked of each decision.
    pub(super) const fn ask(&self) -> &Ask {
        &self.ask
    }

    /// What a judge said goes into each further decision.
    pub(super) fn rated(&mut self, rating: Rating) {
        if let Some(weighing) = &mut self.ask.weighing {
            Arc::make_mut(weighing).ratings.push(rating);
        }
    }

    /// What the request means goes into each further decision.
    pub(super) fn means(&mut self, request: &Request, route: &Route, meant: &[f32; Category::COUNT]) {
        self.ask.means(request, route, meant);
    }

    /// The request waits no longer: it has what it waited for.
    pub(super) fn served(&mut self) {
        if let Some(place) = self.place.take() {
            place.served();
        }
    }

    /// Whether it is this request's turn to try.
    fn may_try(&self, route: &Route) -> bool {
        match &self.place {
            Some(place) => place.is_first(),
            None => route.policy.wait.is_zero() || !self.waiting.has_line(&route.name),
        }
    }

    fn join(&mut self, route: &Route) -> bool {
        let (key, priority) = self.key.as_ref().map_or(("", USUAL), |key| (&key.name, key.priority));
        let who = Waiter { route: &route.name, key, priority };
        let providers = route.targets.iter().map(|target| target.endpoint.id.as_str());
        self.place = self.waiting.join(who, providers);
        self.place.is_some()
    }
}

impl<J: Job> Tries<J> {
    /// Returns when it is this request's turn and a target may be called. That is at once, unless no target has quota left
    /// or others wait for the route's already.
    pub(super) async fn turn(&mut self, job: &J) -> Result<(), Box<GatewayError>> {
        let mut woken = true;
        loop {
            let now = self.settle.now();
            let early = self.queue.again.is_some_and(|again| again > now);
            if self.queue.may_try(&self.route) && !self.decided.order.is_empty() && !early {
                return Ok(());
            }
            let deadline = self.settle.arrived() + self.route.policy.total;
            let by = *self.queue.by.get_or_insert((now + self.route.policy.wait).min(deadline));
            let left = if woken { by.saturating_sub(now) } else { Duration::ZERO };
            let due = self.due(now);
            let helps = match due {
                Some(due) => due <= left,
                None => self.decided.later,
            };
            if left.is_zero() || !helps {
                return self.without_waiting(now);
            }
            if self.queue.place.is_none() {
                if !self.queue.join(&self.route) {
                    return Err(Box::new(too_many_wait(due)));
                }
                // What was given back before it joined woke nobody.
                self.decide(job);
                continue;
            }
            self.settle.waits();
            if let Some(place) = &self.queue.place {
                woken = place.turn(due, left).await;
            }
            self.settle.tick();
            self.queue.again = None;
            self.settle.waited();
            self.decide(job);
        }
    }

    /// How long until a target may be called, as far as it is known.
    fn due(&self, now: Duration) -> Option<Duration> {
        if self.decided.order.is_empty() {
            self.decided.soonest.map(|until| until.saturating_sub(now))
        } else {
            Some(self.queue.again.unwrap_or_default().saturating_sub(now))
        }
    }

    /// Waiting is no use, or no longer: a target that only rests by guess is asked all the same, else the client is told.
    fn without_waiting(&mut self, now: Duration) -> Result<(), Box<GatewayError>> {
        self.queue.by = Some(now);
        if self.decided.ask_all_the_same() {
            return Ok(());
        }
        match self.decided.nearest.take() {
            Some((target, room)) => Err(Box::new(used_up(&self.route, target, room, now))),
            // Others wait for what there is; or the route has nothing to call, which the attempts will say.
            None if self.queue.may_try(&self.route) => Ok(()),
            None => Err(Box::new(limited(
                format!("other requests wait for the quotas of the route `{}`", self.route.name),
                Some(Duration::from_secs(1)),
            ))),
        }
    }

    pub(super) fn decide(&mut self, job: &J) {
        // Who waited for a quota goes by what it takes of it.
        self.estimate = job.counted();
        self.decided = decide(&self.route, &self.queue.ask, self.estimate, self.settle.moment());
        let gone = &self.queue.gone;
        if !gone.is_empty() {
            self.decided.leave_out(|target| gone.contains(&target.deployment));
        }
        job.prefer(&self.route.targets, &mut self.decided.order);
        self.decided.tell(&mut self.settle.record);
    }

    /// Whether nothing was sent because others took the quota between decision and call, and waiting may help.
    pub(super) fn was_overtaken(&mut self, job: &J) -> bool {
        let overtaken = self.settle.record.attempts.is_empty()
            && self.bads.iter().all(|bad| bad.failure.kind == FailureKind::NoAccount)
            && !self.bads.is_empty()
            && !self.route.policy.wait.is_zero()
            && self.queue.by.is_none_or(|by| by > self.settle.now());
        // It stands in the line from now on, so that its own route's requests overtake it once.
        let waits = overtaken && (self.queue.place.is_some() || self.queue.join(&self.route));
        if waits {
            let soonest = self.bads.iter().filter_map(|bad| bad.failure.retry_after).min();
            self.queue.again = soonest.map(|wait| self.settle.now().saturating_add(wait));
            self.bads.clear();
            self.tried.clear();
            self.decide(job);
        }
        waits
    }

    /// Nothing was tried.
    pub(super) fn never_tried(self, error: GatewayError) -> Driven<J::Good> {
        let failed = Failed { error, raw: None, headers: HeaderMap::new() };
        Driven::Failed(self.settle, Box::new(failed))
    }
}

impl Decided {
    /// Puts the last resort into the order; gives whether there is one.
    fn ask_all_the_same(&mut self) -> bool {
        self.order.extend(self.last_resort);
        self.last_resort.is_some()
    }

    /// Whether the order holds nothing but the last resort.
    pub(super) const fn asks_all_the_same(&self) -> bool {
        self.last_resort.is_some()
    }
}

/// The quotas of a route are used up; told of the target that is nearest to being callable.
fn used_up(route: &Route, target: usize, room: Room, now: Duration) -> GatewayError {
    let deployment = route.targets.get(target).map_or_else(String::new, |t| t.deployment.to_string());
    match room {
        Room::Never { quota, too_large: true } => GatewayError::new(
            Code::CallerContextTooLong,
            format!("the request is larger than {deployment} may be asked at once: {quota}"),
        ),
        Room::Never { quota, too_large: false } => {
            limited(format!("{deployment} may not be called at all: {quota}"), None)
        }
        Room::Taken { until, quota: Some(quota), .. } => limited(
            format!("the quota of {deployment} is used up: {quota}"),
            Some(until.map_or(Duration::from_secs(1), |until| until.saturating_sub(now))),
        ),
        Room::Taken { until, quota: None, .. } => limited(
            format!("{deployment} has asked to be left alone; every account rests"),
            until.map(|until| until.saturating_sub(now)),
        ),
        Room::Free => limited(format!("{deployment} cannot be called"), None),
    }
}

fn limited(message: String, retry_after: Option<Duration>) -> GatewayError {
    let mut error = GatewayError::new(Code::ProviderRateLimited, message);
    error.retry_after = retry_after;
    error.limit_owner = Some(LimitOwner::Provider);
    error
}

fn too_many_wait(due: Option<Duration>) -> GatewayError {
    let message = "too many requests wait for providers' quotas already; try again shortly";
    let mut error = GatewayError::new(Code::GatewayOverloaded, message);
    error.retry_after = Some(due.unwrap_or_default().max(Duration::from_secs(1)));
    error
}
