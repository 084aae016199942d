//! The live state of one deployment, and what a decision reads of it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::breaker::{Admit, Breaker, Ticket};
use crate::cooldown::{self, Cooldown};
use crate::health::{Health, points};
use crate::recent::Recent;
use crate::speed::Speed;
use crate::trouble::{End, Outcome, Trouble};

/// Success of a deployment that nobody has asked yet (SMLGateway, reference §6).
pub const UNKNOWN_SUCCESS: f32 = 0.7;
/// Time to the first content of one that nobody has asked yet, in milliseconds (same place).
pub const UNKNOWN_FIRST_MS: f32 = 3000.0;

/// What an operator may set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// By how many points a minute the failure score fades.
    pub fading: f32,
}

impl Default for Rules {
    fn default() -> Self {
        // SmartRoute's decay_rate, reference §1.2.
        Self { fading: 0.05 }
    }
}

/// The live state of one deployment. Outlives reloads of the configuration.
#[derive(Debug, Default)]
pub struct DeploymentState {
    health: Health,
    cooldown: Cooldown,
    breaker: Breaker,
    streams: Speed,
    wholes: Speed,
    recent: Recent,
    in_flight: AtomicU32,
}

/// The leave to call a deployment. It must be given back, with what came of the call or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Leave {
    breaker: Ticket,
    /// The deployment rests, and this call finds out how it is.
    rest: Option<cooldown::Probe>,
}

/// What a decision reads of a deployment, copied at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Until when it rests, if it does.
    pub rests_until: Option<Duration>,
    /// What its breaker says.
    pub admit: Admit,
    /// Health from 0 to 100; 0 while it rests (SmartRoute, reference §1.8).
    pub health: u8,
    /// Average of successes of the kind of answer asked for, from 0 to 1; `None` if it was never asked.
    pub success: Option<f32>,
    /// Average time to the first content, in milliseconds.
    pub first_ms: Option<f32>,
    /// Average tokens a second after it.
    pub tokens_per_s: Option<f32>,
    /// Successes in the last minute.
    pub used: u32,
    /// Calls under way.
    pub in_flight: u32,
}

/// What strategies order by: the part of a [`Reading`] that thousands of are read for one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glance {
    /// Average of successes of the kind of answer asked for, from 0 to 1; `None` if it was never asked.
    pub success: Option<f32>,
    /// Average time to the first content, in milliseconds.
    pub first_ms: Option<f32>,
    /// Average tokens a second after it.
    pub tokens_per_s: Option<f32>,
    /// Successes in the last minute; 0 where nobody asked for them.
    pub used: u32,
    /// Health from 0 to 100; 100 where nobody asked for it.
    pub health: u8,
}

impl Default for Glance {
    fn default() -> Self {
        Self { success: None, first_ms: None, tokens_per_s: None, used: 0, health: 100 }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            rests_until: None,
            admit: Admit::Yes,
            health: 100,
            success: None,
            first_ms: None,
            tokens_per_s: None,
            used: 0,
            in_flight: 0,
        }
    }
}

impl Reading {
    /// When it may be asked again; `None` if it may be now.
    #[must_use]
    pub fn shut_until(&self) -> Option<Duration> {
        let shut = match self.admit {
            Admit::No { until } => Some(until),
            Admit::Yes | Admit::Probe => None,
        };
        shut.max(self.rests_until)
    }
}

impl DeploymentState {
    /// How it is, for a request of a kind.
    #[must_use]
    pub fn read(&self, stream: bool, now: Duration, rules: Rules) -> Reading {
        let rests_until = self.cooldown.until(now);
        let speed = self.speed(stream);
        Reading {
            rests_until,
            admit: self.breaker.admits(now),
            health: self.health(now, rules),
            success: speed.success(),
            first_ms: speed.first_ms(),
            tokens_per_s: speed.tokens_per_s(),
            used: self.recent.count(now),
            in_flight: self.in_flight.load(Ordering::Relaxed),
        }
    }

    /// The same, as far as strategies order by it. `worn`: with its health and how much it is used.
    #[must_use]
    pub fn glance(&self, stream: bool, now: Duration, rules: Rules, worn: bool) -> Glance {
        let speed = self.speed(stream);
        let glance = Glance {
            success: speed.success(),
            first_ms: speed.first_ms(),
            tokens_per_s: speed.tokens_per_s(),
            ..Glance::default()
        };
        if !worn {
            return glance;
        }
        Glance { health: self.health(now, rules), used: self.recent.count(now), ..glance }
    }

    fn health(&self, now: Duration, rules: Rules) -> u8 {
        if self.cooldown.until(now).is_some() { 0 } else { points(self.health.score(now, rules.fading)) }
    }

    /// Until when it is left alone, if it is, and whether that is the breaker's doing.
    #[must_use]
    pub fn shut(&self, now: Duration) -> Option<(Duration, bool)> {
        let rests = self.cooldown.shut(now).map(|until| (until, false));
        match self.breaker.admits(now) {
            Admit::No { until } => rests.max(Some((until, true))),
            Admit::Yes | Admit::Probe => rests,
        }
    }

    /// How fast it is with a kind of answer.
    #[must_use]
    pub const fn speed(&self, stream: bool) -> &Speed {
        if stream { &self.streams } else { &self.wholes }
    }

    /// Takes the leave to call it.
    ///
    /// # Errors
    /// When it may be asked again, on the monotonic clock.
    pub fn begin(&self, now: Duration) -> Result<Leave, Duration> {
        let breaker = self.breaker.take(now)?;
        let rest = match self.cooldown.take(now) {
            Ok(rest) => rest,
            Err(until) => {
                self.breaker.unused(breaker, now);
                return Err(until);
            }
        };
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(Leave { breaker, rest })
    }

    /// The same for whoever knows nobody better: the probe if it is free, else a call like others.
    pub fn begin_anyway(&self, now: Duration) -> Leave {
        self.begin(now).unwrap_or_else(|_| {
            self.in_flight.fetch_add(1, Ordering::Relaxed);
            Leave { breaker: Ticket::Plain, rest: None }
        })
    }

    /// What came of a call.
    pub fn ended(&self, leave: Leave, outcome: Outcome, now: Duration, rules: Rules) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let ticket = leave.breaker;
        let speed = self.speed(outcome.stream);
        match outcome.end {
            End::Served { first_content, tokens_per_s } => {
                let _ = self.breaker.ended(ticket, true, now);
                self.cooldown.served();
                self.health.served(now, rules.fading);
                self.recent.add(now);
                speed.served(first_content, tokens_per_s, now);
            }
            // What the account did wrong the deployment pays for in points, not in rests: it may have other accounts.
            End::Failed(trouble @ (Trouble::RateLimited | Trouble::Account)) => {
                self.breaker.unused(ticket, now);
                self.health.failed(trouble.penalty(), now, rules.fading);
            }
            End::Failed(trouble) => {
                let _ = self.breaker.ended(ticket, false, now);
                let _ = self.cooldown.failed(trouble, now);
                self.health.failed(trouble.penalty(), now, rules.fading);
                speed.failed();
            }
        }
    }

    /// The call was not made, or said nothing about the provider: the client left, or a limit of ours refused it.
    pub fn unused(&self, leave: Leave, now: Duration) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.breaker.unused(leave.breaker, now);
        if let Some(probe) = leave.rest {
            self.cooldown.unused(probe);
        }
    }

    /// It rests for a time: its quota of the day is used up, or an operator says so.
    pub fn rests(&self, rest: Duration, now: Duration) {
        self.cooldown.rests(rest, now);
    }

    /// Until when it rests by the ladder, firmly, and by its breaker.
    pub(crate) fn ends(&self) -> (Duration, Duration, Option<Duration>) {
        let (ladder, firm) = self.cooldown.ends();
        (ladder, firm, self.breaker.open_until())
    }

    /// It failed in another process, and rests there until then.
    pub(crate) fn learn_failed(&self, until: Duration, now: Duration) {
        self.cooldown.learn(until, now);
    }

    /// Its breaker is open in another process until then.
    pub(crate) fn learn_open(&self, until: Duration) {
        self.breaker.learn(until);
    }

    /// How slow it was is not known any more.
    pub(crate) fn forget_speed(&self) {
        self.streams.forget();
        self.wholes.forget();
    }

    /// An operator forgets what it did.
    pub fn reset(&self) {
        self.health.reset();
        self.cooldown.reset();
        self.breaker.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn call(state: &DeploymentState, end: End, now: Duration) {
        let ticket = state.begin_anyway(now);
        state.ended(ticket, Outcome { stream: true, end }, now, Rules::default());
    }

    const GOOD: End = End::Served { first_content: Duration::from_millis(300), tokens_per_s: None };

    #[test]
    fn what_is_refused_here_is_no_fault_of_the_model() {
        let state = DeploymentState::default();
        for _ in 0..50 {
            let ticket = state.begin(s(1)).unwrap();
            state.unused(ticket, s(1));
        }
        assert_eq!(state.read(true, s(1), Rules::default()), Reading::default());
    }

    #[test]
    fn who_would_have_found_out_and_was_not_sent_gives_the_place_back() {
        let state = DeploymentState::default();
        let fail = |now| {
            let leave = state.begin_anyway(now);
            let end = End::Failed(Trouble::Server);
            state.ended(leave, Outcome { stream: true, end }, now, Rules::default());
        };
        // The fourth rung is longer than the time after which one call may find out.
        for now in [1, 12, 33, 74] {
            fail(s(now));
        }
        state.breaker.reset();
        assert_eq!(state.begin(s(103)).unwrap_err(), s(154));
        for _ in 0..3 {
            let leave = state.begin(s(104)).unwrap();
            assert!(state.begin(s(104)).is_err(), "one finds out");
            state.unused(leave, s(104));
        }
        // The same of the breaker.
        for _ in 0..5 {
            fail(s(154));
        }
        let at = s(154 + 200);
        let leave = state.begin(at).unwrap();
        assert!(state.begin(at).is_err());
        state.unused(leave, at);
        let _ = state.begin(at).unwrap();
    }

    #[test]
    fn a_failure_rests_it_and_an_answer_wakes_it() {
        let state = DeploymentState::default();
        call(&state, End::Failed(Trouble::Server), s(1));
        let read = state.read(true, s(1), Rules::default());
        assert_eq!((read.rests_until, read.health, read.success), (Some(s(11)), 0, Some(0.0)));
        assert_eq!(state.read(false, s(1), Rules::default()).success, None, "kinds are apart");
        call(&state, GOOD, s(2));
        let read = state.read(true, s(2), Rules::default());
        assert_eq!((read.shut_until(), read.health, read.used, read.in_flight), (None, 100, 1, 0));
    }

    #[test]
    fn rate_limits_cost_points_and_no_rest_of_the_deployment() {
        let state = DeploymentState::default();
        for _ in 0..9 {
            call(&state, End::Failed(Trouble::RateLimited), s(1));
        }
        let read = state.read(true, s(1), Rules::default());
        assert_eq!((read.shut_until(), read.success), (None, None));
        assert!(read.health < 10);
    }

    #[test]
    fn the_later_of_breaker_and_rest_holds() {
        let state = DeploymentState::default();
        for _ in 0..5 {
            call(&state, End::Failed(Trouble::Empty), s(1));
        }
        let read = state.read(true, s(1), Rules::default());
        assert_eq!((read.rests_until, read.shut_until()), (Some(s(11)), Some(s(31))));
        assert!(state.begin(s(2)).is_err());
        state.reset();
        assert_eq!(state.read(true, s(2), Rules::default()).shut_until(), None);
    }
}
