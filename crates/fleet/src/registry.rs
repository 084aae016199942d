//! The fleet: every provider and deployment that there is or was, by name. What is learned of them outlives reloads and
//! is shared by all routes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::affinity::Sessions;
use crate::allowance::Allowance;
use crate::deployment::{DeploymentState, Glance, Leave, Reading, Rules};
use crate::lane::Lane;
use crate::recent::Winners;
use crate::storm::ProviderState;
use crate::trouble::{End, Outcome, Trouble};

/// Of how many models of a provider the state is kept. Clients choose the names of models that nobody configured.
const MOST_MODELS: usize = 20_000;
/// From so many routes on those are forgotten that are not configured any more.
const MOST_ROUTES: usize = 1000;

/// All providers.
#[derive(Debug, Default)]
pub struct Fleet {
    /// Who served which session.
    pub sessions: Sessions,
    shared: Arc<Shared>,
    pub(crate) providers: Mutex<HashMap<String, Arc<ProviderFleet>>>,
    allowances: Mutex<HashMap<String, Arc<Allowance>>>,
}

/// What all deployments have in common.
#[derive(Debug, Default)]
struct Shared {
    /// The number given out last.
    numbers: AtomicU32,
    winners: Winners,
    /// How fast failures fade, as the bits of points a minute; nought: as usual.
    fading: AtomicU32,
}

/// One provider and its models.
#[derive(Debug)]
pub struct ProviderFleet {
    /// Its number: the same as long as the process runs, and not nought.
    pub number: u32,
    /// How it is as a whole.
    pub state: Arc<ProviderState>,
    shared: Arc<Shared>,
    members: Mutex<HashMap<String, Arc<Member>>>,
}

/// One deployment.
#[derive(Debug)]
pub struct Member {
    /// Its number: the same as long as the process runs, and not nought.
    pub number: u32,
    /// How it is.
    pub state: DeploymentState,
    provider: Arc<ProviderState>,
    shared: Arc<Shared>,
    /// How it is through each of its provider's accounts, where there are several. Looked up when a configuration is
    /// loaded, and held by whoever calls.
    lanes: Mutex<Lanes>,
}

/// The accounts that were asked for last, by their numbers.
#[derive(Debug, Default)]
struct Lanes {
    accounts: Box<[u32]>,
    lanes: Arc<[Arc<Lane>]>,
}

/// A call under way. Dropped, it says nothing of the deployment.
#[derive(Debug)]
pub struct Call {
    member: Arc<Member>,
    leave: Option<Leave>,
    stream: bool,
    begun: Duration,
    first: Option<Duration>,
    /// The account that it goes through, where there are several.
    lane: Option<Arc<Lane>>,
}

impl Fleet {
    /// A provider, by its id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Arc<ProviderFleet> {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = providers.get(id) {
            return Arc::clone(known);
        }
        let made = Arc::new(ProviderFleet {
            number: self.shared.number(),
            state: Arc::default(),
            shared: Arc::clone(&self.shared),
            members: Mutex::default(),
        });
        providers.insert(id.to_owned(), Arc::clone(&made));
        made
    }

    /// The deployments that answered last, newest first, nought where there is none.
    #[must_use]
    pub fn winners(&self) -> [u32; crate::recent::MOST_WINNERS] {
        self.shared.winners.last(crate::recent::MOST_WINNERS)
    }

    /// An operator forgets what all of them did.
    pub fn reset(&self) {
        for provider in self.providers.lock().unwrap_or_else(PoisonError::into_inner).values() {
            provider.state.reset();
            for member in provider.members.lock().unwrap_or_else(PoisonError::into_inner).values() {
                member.state.reset();
                member.forget_lanes();
            }
        }
    }

    /// What a route may spend on hedges, by its name.
    #[must_use]
    pub fn allowance(&self, route: &str) -> Arc<Allowance> {
        let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        if allowances.len() >= MOST_ROUTES {
            allowances.retain(|_, allowance| Arc::strong_count(allowance) > 1);
        }
        Arc::clone(allowances.entry(route.to_owned()).or_default())
    }

    /// From now on failures fade by so many points a minute.
    pub fn set_rules(&self, rules: Rules) {
        // Nought is what nobody has set; minus nought is as good a number.
        let fading = if rules.fading == 0.0 { -0.0 } else { rules.fading };
        self.shared.fading.store(fading.to_bits(), Ordering::Relaxed);
    }
}

impl Shared {
    fn rules(&self) -> Rules {
        match self.fading.load(Ordering::Relaxed) {
            0 => Rules::default(),
            bits => Rules { fading: f32::from_bits(bits) },
        }
    }

    fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1)
    }
}

impl ProviderFleet {
    /// One of its models. Beyond a bound of names nobody is remembered, and who asks gets a fresh state.
    #[must_use]
    pub fn member(&self, model: &str) -> Arc<Member> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = members.get(model) {
            return Arc::clone(known);
        }
        if members.len() >= MOST_MODELS {
            members.retain(|_, member| Arc::strong_count(member) > 1);
        }
        let made = Arc::new(Member {
            number: self.shared.number(),
            state: DeploymentState::default(),
            provider: Arc::clone(&self.state),
            shared: Arc::clone(&self.shared),
            lanes: Mutex::default(),
        });
        if members.len() < MOST_MODELS {
            members.insert(model.to_owned(), Arc::clone(&made));
        }
        made
    }
}

impl ProviderFleet {
    /// A number for one of its accounts: no other has the same as long as the process runs.
    #[must_use]
    pub fn account(&self) -> u32 {
        self.shared.number()
    }

    /// Its models that a route may call or that are called now, with their names.
    #[must_use]
    pub fn members(&self) -> Vec<(String, Arc<Member>)> {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let held = members.iter().filter(|(_, member)| Arc::strong_count(member) > 1);
        held.map(|(model, member)| (model.clone(), Arc::clone(member))).collect()
    }

    /// An operator forgets what one of its models did, and what that says of all of them. Gives whether the model was left
    /// alone; `None` if there is no such model.
    #[must_use]
    pub fn reset(&self, model: &str, now: Duration) -> Option<bool> {
        let member = self.known(model)?;
        let was_shut = member.state.shut(now).is_some();
        member.state.reset();
        member.state.forget_speed();
        member.forget_lanes();
        self.state.reset();
        Some(was_shut)
    }

    /// One of its models, if there is such a one.
    pub(crate) fn known(&self, model: &str) -> Option<Arc<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).get(model).map(Arc::clone)
    }

    /// Looks at each of its models.
    pub(crate) fn each(&self, mut look: impl FnMut(&str, &Member)) {
        for (model, member) in self.members.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            look(model, member);
        }
    }
}

impl Member {
    /// How it is, for a request of a kind.
    #[must_use]
    pub fn read(&self, stream: bool, now: Duration) -> Reading {
        self.state.read(stream, now, self.shared.rules())
    }

    /// The same, as far as strategies order by it. `worn`: with its health and how much it is used.
    #[must_use]
    pub fn glance(&self, stream: bool, now: Duration, worn: bool) -> Glance {
        self.state.glance(stream, now, self.shared.rules(), worn)
    }

    /// Whether its provider refuses so much that all others are asked before it.
    #[must_use]
    pub fn asked_last(&self, now: Duration) -> bool {
        self.provider.asked_last(now)
    }

    /// A call of it begins. Whoever knows nobody better calls `anyway`.
    ///
    /// # Errors
    /// When it may be asked again, on the monotonic clock.
    pub fn call(self: &Arc<Self>, stream: bool, anyway: bool, now: Duration) -> Result<Call, Duration> {
        let leave = if anyway { self.state.begin_anyway(now) } else { self.state.begin(now)? };
        self.state.speed(stream).begins(now);
        let member = Arc::clone(self);
        Ok(Call { member, leave: Some(leave), stream, begun: now, first: None, lane: None })
    }

    /// How it is through each of some accounts, which are named by their [numbers](ProviderFleet::account). `None`: there
    /// are not several, and what is known of the deployment is known of the one. What is known of accounts that are not
    /// among them is forgotten.
    #[must_use]
    pub fn lanes(&self, accounts: &[u32]) -> Option<Arc<[Arc<Lane>]>> {
        if accounts.len() < 2 {
            return None;
        }
        let mut known = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if *known.accounts != *accounts {
            let lane = |account: &u32| {
                let place = known.accounts.iter().position(|known| known == account);
                place.map_or_else(Arc::default, |place| Arc::clone(&known.lanes[place]))
            };
            *known = Lanes { lanes: accounts.iter().map(lane).collect(), accounts: accounts.into() };
        }
        Some(Arc::clone(&known.lanes))
    }

    fn forget_lanes(&self) {
        for lane in &*self.lanes.lock().unwrap_or_else(PoisonError::into_inner).lanes {
            lane.forget();
        }
    }
}

impl Call {
    /// It goes through an account of several.
    pub fn through(&mut self, lane: &Arc<Lane>, now: Duration) {
        lane.begins(self.stream, now);
        if let Some(before) = self.lane.replace(Arc::clone(lane)) {
            before.left();
        }
    }

    /// The first content is there.
    pub fn first_content(&mut self, now: Duration) {
        self.first.get_or_insert_with(|| now.saturating_sub(self.begun));
    }

    /// It was answered, with so many tokens.
    pub fn served(mut self, tokens: Option<u64>, now: Duration) {
        let Some(leave) = self.leave.take() else { return };
        let first_content = self.first.unwrap_or_else(|| now.saturating_sub(self.begun));
        let tokens_per_s =
            tokens.and_then(|tokens| per_second(tokens, now.saturating_sub(self.begun + first_content)));
        self.member.provider.served(now);
        self.member.shared.winners.won(self.member.number);
        if let Some(lane) = &self.lane {
            lane.served(self.stream, (first_content, tokens_per_s), now);
        }
        let outcome = Outcome { stream: self.stream, end: End::Served { first_content, tokens_per_s } };
        self.member.state.ended(leave, outcome, now, self.member.shared.rules());
    }

    /// The provider failed. Gives whether it is asked after all others from now on.
    pub fn failed(mut self, trouble: Trouble, now: Duration) -> bool {
        let Some(leave) = self.leave.take() else { return false };
        if let Some(lane) = &self.lane {
            lane.failed(self.stream, trouble, now);
        }
        let outcome = Outcome { stream: self.stream, end: End::Failed(trouble) };
        self.member.state.ended(leave, outcome, now, self.member.shared.rules());
        self.member.provider.failed(trouble, now)
    }

    /// It was given up because another call answered first. That it took longer than usual is held against its speed.
    pub fn late(self, now: Duration) {
        let Self { member, stream, begun, first, lane, .. } = &self;
        let at_least = first.unwrap_or_else(|| now.saturating_sub(*begun));
        member.state.speed(*stream).late(at_least, now);
        if let Some(lane) = lane {
            lane.late(*stream, at_least, now);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(leave) = self.leave.take() {
            self.member.state.unused(leave, self.begun);
        }
        if let Some(lane) = &self.lane {
            lane.left();
        }
    }
}

/// Tokens a second, where both are enough to measure by: a short answer comes in one piece.
fn per_second(tokens: u64, time: Duration) -> Option<f32> {
    const LEAST_TOKENS: u64 = 16;
    const LEAST_TIME: Duration = Duration::from_millis(100);
    #[expect(clippy::cast_precision_loss, reason = "tokens of one answer")]
    (tokens >= LEAST_TOKENS && time >= LEAST_TIME).then(|| tokens as f32 / time.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_has_one_name_has_one_state() {
        let fleet = Fleet::default();
        let one = fleet.provider("p").member("m");
        assert!(Arc::ptr_eq(&one, &fleet.provider("p").member("m")));
        let other = fleet.provider("q").member("m");
        assert_ne!(one.number, other.number);
        assert_eq!(fleet.provider("p").number, fleet.provider("p").number);
        assert!(Arc::ptr_eq(&fleet.allowance("r"), &fleet.allowance("r")));
    }

    #[test]
    fn calls_that_are_dropped_say_nothing() {
        let fleet = Fleet::default();
        let member = fleet.provider("p").member("m");
        drop(member.call(true, false, s(1)));
        assert_eq!(member.read(true, s(1)), Reading::default());
        let call = member.call(true, false, s(1)).unwrap();
        assert_eq!(member.read(true, s(1)).in_flight, 1);
        call.served(None, s(2));
        assert_eq!((member.read(true, s(2)).in_flight, fleet.winners()[0]), (0, member.number));
    }

    #[test]
    fn speed_is_measured_after_the_first_content() {
        let member = Fleet::default().provider("p").member("m");
        let mut call = member.call(true, false, s(1)).unwrap();
        call.first_content(s(3));
        call.first_content(s(4));
        call.served(Some(100), s(13));
        let read = member.read(true, s(13));
        assert_eq!((read.first_ms, read.tokens_per_s), (Some(2000.0), Some(10.0)));
    }

    #[test]
    fn a_call_that_was_given_up_is_no_fault_and_slower_than_it_was_known_to_be() {
        let member = Fleet::default().provider("p").member("m");
        member.call(true, false, s(1)).unwrap().served(None, s(3));
        member.call(true, false, s(4)).unwrap().late(s(5));
        assert_eq!(member.read(true, s(5)).first_ms, Some(2000.0), "it need not have been slower");
        member.call(true, false, s(4)).unwrap().late(s(14));
        let read = member.read(true, s(14));
        assert_eq!((read.first_ms, read.success, read.in_flight), (Some(4000.0), Some(1.0), 0));
        assert_eq!((read.health, read.used), (100, 1));
    }

    #[test]
    fn what_accounts_do_is_kept_apart_and_outlives_a_reload() {
        let provider = Fleet::default().provider("p");
        let member = provider.member("m");
        let [a, b, c] = std::array::from_fn(|_| provider.account());
        assert!(member.lanes(&[a]).is_none(), "one account is the deployment");
        let lanes = member.lanes(&[a, b]).unwrap();
        let mut call = member.call(true, false, s(1)).unwrap();
        call.through(&lanes[0], s(1));
        call.through(&lanes[1], s(1));
        assert_eq!((lanes[0].in_flight(), lanes[1].in_flight()), (0, 1));
        call.first_content(s(3));
        call.served(Some(100), s(13));
        let speed = lanes[1].speed(true).unwrap();
        assert_eq!((speed.first_ms(), speed.tokens_per_s()), (Some(2000.0), Some(10.0)));
        assert_eq!(member.read(true, s(13)).first_ms, Some(2000.0));
        let mut left = member.call(true, false, s(14)).unwrap();
        left.through(&lanes[1], s(14));
        drop(left);
        assert_eq!((lanes[1].in_flight(), speed.success()), (0, Some(1.0)));
        let mut call = member.call(true, false, s(14)).unwrap();
        call.through(&lanes[1], s(14));
        assert!(!call.failed(Trouble::Account, s(15)));
        assert_eq!((speed.success(), member.read(true, s(15)).success), (Some(0.75), Some(1.0)));
        let after = member.lanes(&[c, b]).unwrap();
        assert!(Arc::ptr_eq(&after[1], &lanes[1]) && after[0].speed(true).is_none());
        assert!(provider.reset("m", s(15)).is_some());
        assert_eq!(after[1].merit(true, s(15)), crate::Merit::default());
    }

    #[test]
    fn an_open_breaker_lets_through_who_knows_nobody_better() {
        let member = Fleet::default().provider("p").member("m");
        for _ in 0..6 {
            let Ok(call) = member.call(false, false, s(1)) else { break };
            call.failed(Trouble::Server, s(1));
        }
        assert!(member.call(false, false, s(2)).is_err());
        member.call(false, true, s(2)).unwrap().served(None, s(3));
    }

    #[test]
    fn names_beyond_a_bound_are_not_remembered() {
        let provider = Fleet::default().provider("p");
        for n in 0..MOST_MODELS + 10 {
            let _ = provider.member(&n.to_string());
        }
        assert!(provider.members.lock().unwrap().len() <= MOST_MODELS);
    }
}
