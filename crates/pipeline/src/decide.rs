//! Stage 4: decide. The name the client asked for becomes a route, its targets an order.
//!
//! Targets that cannot be asked are left out ([`fit`], rests, quotas), those that are left are ordered by the route's tree
//! ([`weigh`]). Who lacks something is asked all the same where all others lack it too, and who only rests by guess where
//! nobody else is left.

mod find;
mod fit;
mod lean;
mod needs;
mod session;
mod told;
mod weigh;

use std::sync::Arc;
use std::time::Duration;

use wye_fleet::Fleet;
use wye_limits::Moment;
use wye_profile::{Category, found};
use wye_routing::decide::{Decision, Room, Verdict, sieve};
use wye_routing::machine::{Plan, PlanTarget};
use wye_types::Kind;
use wye_types::record::decision::{DecisionRecord, Traits};
use wye_types::record::{MOST_PASSED, PassedOver, Refusal, RefusalCode, RequestRecord, one_more};

use crate::admit::Holding;
use crate::live::{Route, Target};
use crate::ours::Controls;
use crate::parse::{Estimate, Request};
pub(crate) use find::{named, wished};
use fit::{Space, unfit};
pub(crate) use lean::grams;
use needs::needs;
pub(crate) use needs::newest_text;
use session::session;
use weigh::Weighing;

/// What will be tried, in order.
pub(crate) struct Decided {
    pub(crate) route: Arc<Route>,
    /// Places in the route's targets.
    pub(crate) order: Vec<usize>,
    /// How many of them may be called; those behind are asked where these fail, whatever their breakers say.
    pub(crate) firm: usize,
    /// When the first target that was left out may be called, on the monotonic clock, as far as it is known.
    pub(crate) soonest: Option<Duration>,
    /// Whether a target that was left out may be called later.
    pub(crate) later: bool,
    /// With an empty order: the target to ask all the same if waiting is no use.
    pub(crate) last_resort: Option<usize>,
    /// The target that is left out for the least time or, if none comes back, for good.
    pub(crate) nearest: Option<(usize, Room)>,
    now: Duration,
    /// Targets that will not be called, and why.
    pub(crate) passed_over: Vec<PassedOver>,
    /// How many more, for each reason.
    pub(crate) passed_more: Vec<(RefusalCode, u32)>,
    /// The time after which the first of all these may be called, as far as it is known.
    pub(crate) passed_for: Option<Duration>,
    /// How the order came about, where more than a list orders the targets.
    pub(crate) record: Option<Box<DecisionRecord>>,
    /// The route whose judge has not rated the request yet. The order is that of its rules until it has.
    pub(crate) needs: Option<Arc<str>>,
}

/// What is asked of a decision, beside the route.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// What is asked.
    pub(crate) kind: Kind,
    /// Only targets whose price is known will do: a budget pays.
    pub(crate) needs_price: bool,
    /// Only targets that are proved to cost nothing will do.
    pub(crate) free_only: bool,
    /// Whether a stream is asked for.
    pub(crate) stream: bool,
    /// What the request needs of a model.
    pub(crate) needs: Traits,
    /// Whether images are described to those that see none.
    pub(crate) describes: bool,
    /// What the client says of the way.
    pub(crate) controls: Option<Arc<Controls>>,
    /// What strategies go by that look at more than that; `None` for lists.
    pub(crate) weighing: Option<Arc<Weighing>>,
}

impl Ask {
    /// A call of a kind, within what is held of its client's limits.
    pub(crate) fn of(kind: Kind, holding: &Holding) -> Self {
        Self {
            kind,
            needs_price: holding.needs_price(),
            free_only: holding.is_free_only(),
            ..Self::default()
        }
    }

    /// A chat request on its way to a route. What nobody will look at is not looked for.
    pub(crate) fn chat(
        holding: &Holding,
        (request, route, controls): (&Request, &Route, Option<Arc<Controls>>),
        whose: &str,
        (fleet, seed): (&Arc<Fleet>, impl FnOnce() -> u64),
    ) -> Self {
        let stream = request.head.stream;
        let mut ask = Self { stream, controls, ..Self::of(Kind::Chat, holding) };
        if route.targets.len() < 2 {
            return ask;
        }
        ask.describes = route.describing.is_some();
        ask.needs = needs(request, !route.is_plain());
        if !route.is_plain() {
            let text = Some(route).filter(|route| route.reads.text);
            let text = text.and_then(|_| request.chat().ok()).map(newest_text);
            let media = ask.needs.has(Traits::IMAGES) || ask.needs.has(Traits::AUDIO);
            let found = text.as_deref().map(|text| found(text, media, ask.needs.has(Traits::TOOLS)));
            let reordered = ask.controls.as_deref().is_some_and(|controls| controls.strategy.is_some());
            let named = ask.controls.as_deref().and_then(|controls| controls.session.as_deref());
            let letters = if route.reads.leaning { lean::letters(request) } else { None };
            ask.weighing = Some(Arc::new(Weighing {
                // Whoever names an order means it for this request.
                session: session(request, (route, whose), named).filter(|_| !reordered),
                seed: seed(),
                fleet: Arc::clone(fleet),
                found: found.unwrap_or_default(),
                leaning: route
                    .reads
                    .leaning
                    .then(|| lean::lean(request, ask.needs, route.hints.as_deref(), letters)),
                letters,
                text,
                ratings: Vec::new(),
            }));
        }
        ask
    }

    /// Whether it is not clear what the request is about, and matters.
    pub(crate) fn is_unsure(&self) -> bool {
        let leaning = self.weighing.as_deref().and_then(|weighing| weighing.leaning.as_ref());
        leaning.is_some_and(|leaning| wye_encoder::head::is_open(&leaning.shares))
    }

    /// What the request means is known: how likely each category is by that.
    pub(crate) fn means(&mut self, request: &Request, route: &Route, meant: &[f32; Category::COUNT]) {
        if let Some(weighing) = &mut self.weighing {
            let scores = weighing.letters.map(|letters| lean::with_meaning(letters, meant));
            let leaning = lean::lean(request, self.needs, route.hints.as_deref(), scores);
            Arc::make_mut(weighing).leaning = Some(leaning);
        }
    }
}

/// Orders a route's targets.
pub(crate) fn decide(route: &Arc<Route>, ask: &Ask, estimate: Estimate, now: Moment) -> Decided {
    let alone = route.targets.len() == 1;
    let mut decision = sieved(route, (ask, estimate), alone, now);
    let lacks = |(_, refusal): &(usize, Refusal)| {
        matches!(refusal.code, RefusalCode::Capability | RefusalCode::Context)
    };
    // What all of them lack is no reason to ask none; who lacks nothing and only rests is worth the wait.
    let able = decision.later || !decision.resorts.is_empty();
    if decision.order.is_empty() && !able && decision.left_out.iter().any(lacks) {
        decision = sieved(route, (ask, estimate), true, now);
    }
    let Passed { first: passed_over, more: passed_more, wait: passed_for } = passed(route, decision.left_out);
    let mut decided = Decided {
        firm: decision.order.len(),
        order: decision.order,
        soonest: decision.soonest,
        later: decision.later,
        last_resort: decision.last_resort,
        nearest: decision.nearest,
        now: now.mono,
        passed_over,
        passed_more,
        passed_for,
        record: None,
        needs: None,
        route: Arc::clone(route),
    };
    if !alone {
        weigh::order(&mut decided, ask, estimate, now);
    }
    route.once_each(&mut decided.order);
    decided.firm = decided.order.len();
    // Who waits for a quota that comes back does better than who asks the broken.
    let single = ask.controls.as_deref().is_some_and(Controls::is_single);
    if decided.firm == 0 && !decided.later || decided.firm > 0 && !single {
        let most = if single { 1 } else { usize::MAX };
        decided.order.extend(decision.resorts.into_iter().take(most));
        route.once_each(&mut decided.order);
    }
    for over in &decided.passed_over {
        tracing::debug!(
            route = %route.name, deployment = %over.deployment, reason = %over.reason, "target passed over"
        );
    }
    decided
}

/// Which of a route's targets may be called.
fn sieved(route: &Route, (ask, estimate): (&Ask, Estimate), overlook: bool, now: Moment) -> Decision {
    let space = Space::of(route, ask.kind);
    let alone = route.targets.len() == 1;
    let verdict = |(place, target): (usize, &Target)| {
        if let Some(refusal) =
            unfit((target, route.filter_of(place)), (ask, estimate), space, overlook, now.mono)
        {
            return Verdict::Refused(refusal);
        }
        match target.endpoint.room(&target.deployment.model, estimate, now) {
            Room::Free if !alone => shut(target, now.mono).unwrap_or(Verdict::May),
            // Whoever is the only one is asked, however often it failed.
            room => Verdict::Taken(room),
        }
    };
    sieve(route.targets.iter().enumerate().map(verdict), now.mono)
}

/// The first targets that are left out, and how many more for each reason: a fleet may have thousands.
struct Passed {
    first: Vec<PassedOver>,
    more: Vec<(RefusalCode, u32)>,
    /// After which the first of all may be called.
    wait: Option<Duration>,
}

fn passed(route: &Route, left_out: Vec<(usize, Refusal)>) -> Passed {
    let (mut first, mut more) = (Vec::with_capacity(left_out.len().min(MOST_PASSED)), Vec::new());
    let mut wait: Option<Duration> = None;
    for (place, reason) in left_out {
        wait = wait.into_iter().chain(reason.wait).min();
        if first.len() < MOST_PASSED {
            first.push(PassedOver { deployment: Arc::clone(&route.targets[place].deployment), reason });
        } else {
            one_more(&mut more, reason.code);
        }
    }
    Passed { first, more, wait }
}

fn shut(target: &Target, now: Duration) -> Option<Verdict> {
    let (until, broken) = target.member.state.shut(now)?;
    let code = if broken { RefusalCode::BreakerOpen } else { RefusalCode::Failed };
    Some(Verdict::Shut { until, code })
}

impl Decided {
    /// The record is told how the order came about.
    pub(crate) fn tell(&mut self, record: &mut RequestRecord) {
        record.passed_over = std::mem::take(&mut self.passed_over);
        record.passed_more = std::mem::take(&mut self.passed_more);
        record.decision = self.record.take();
        record.targets = self.route.targets.len();
    }

    /// How the order came about, also where no record is made of it.
    pub(crate) fn explained(mut self, ask: &Ask, estimate: Estimate) -> DecisionRecord {
        match self.record.take() {
            Some(record) => *record,
            None => told::listed(&self, (ask, estimate), None),
        }
    }

    /// The attempt machine's plan.
    pub(crate) fn plan(&self, arrived: Duration) -> Plan {
        let policy = &self.route.policy;
        let target = |place: &usize| {
            let target = &self.route.targets[*place];
            let accounts = target.endpoint.accounts.len();
            PlanTarget { accounts, context: target.context, provider: target.endpoint.fleet.number }
        };
        Plan {
            targets: self.order.iter().take(policy.attempts.unwrap_or(usize::MAX)).map(target).collect(),
            statuses: Arc::clone(&policy.statuses),
            rounds: policy.rounds,
            backoff: policy.backoff,
            deadline: arrived + policy.total,
            least_share: policy.least_share,
            soonest_rest: self.soonest.map(|until| until.saturating_sub(self.now)),
            hedge: None,
        }
    }

    /// Leaves targets out that were asked already.
    pub(crate) fn leave_out(&mut self, asked: impl Fn(&Target) -> bool) {
        let (route, firm) = (Arc::clone(&self.route), self.firm.min(self.order.len()));
        let left = |place: &usize| !asked(&route.targets[*place]);
        self.firm = self.order[..firm].iter().filter(|place| left(place)).count();
        self.order.retain(left);
        self.last_resort = self.last_resort.filter(left);
        if self.nearest.as_ref().is_some_and(|(place, _)| !left(place)) {
            self.nearest = None;
        }
    }

    /// Whether the target at a place of the order is called whatever its breaker says: there is nobody else.
    pub(crate) fn asks_anyway(&self, place: usize) -> bool {
        place >= self.firm || self.route.targets.len() == 1
    }
}
