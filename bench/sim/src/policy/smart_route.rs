//! SmartRoute (reference §1.6 to 1.8): sequential, random and adaptive selectors, the attempt loop, penalties and
//! cooldowns. Tier 2's limits and the default weights.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Failure, Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;
use crate::chance::Chance;

/// 15 s to the head (`timeouts.connect.t2`), then 300 s between reads.
const PATIENCE: Patience = Patience { head: Duration::from_secs(15), first: Duration::from_secs(300) };
/// `retries.max_retries`.
const MAX_RETRIES: usize = 3;
/// `adaptive_weights.consecutive_history_size`.
const HISTORY: usize = 3;
/// `adaptive_weights.weight_consecutive_penalty`.
const CONSECUTIVE: f64 = 0.3;
/// The weight of an entry (`models.t2[].weight`).
const WEIGHT: f64 = 0.5;

/// How entries are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selector {
    /// As they are listed.
    Sequential,
    /// By a draw that favours what was used least.
    Random,
    /// By score.
    Adaptive,
}

/// What is kept of an entry.
#[derive(Debug, Clone, Default)]
struct Stats {
    failure_score: f64,
    cooldown_until: Duration,
    last_updated: Duration,
    /// The last 20 durations of whole requests, in milliseconds.
    samples: VecDeque<f64>,
    /// Successes of the last minute.
    used: VecDeque<Duration>,
}

impl Stats {
    /// 0.05 points per minute, taken when more than 6 s have passed.
    fn decay(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.last_updated);
        if passed > Duration::from_secs(6) {
            self.failure_score = (self.failure_score - 0.05 * passed.as_secs_f64() / 60.0).max(0.0);
            self.last_updated = now;
        }
    }

    fn health(&self, now: Duration) -> f64 {
        if now < self.cooldown_until { 0.0 } else { (100.0 / (1.0 + 0.2 * self.failure_score)).floor() }
    }

    #[expect(clippy::cast_precision_loss, reason = "20 at most")]
    fn speed(&self) -> f64 {
        if self.samples.is_empty() {
            return 0.8;
        }
        let mean = self.samples.iter().sum::<f64>() / self.samples.len() as f64;
        1.0 - (mean / 30_000.0).min(1.0)
    }

    fn failed(&mut self, failure: &Failure, now: Duration) {
        self.decay(now);
        let (penalty, cooldown) = match failure {
            Failure::Timeout => (0.5, 0),
            Failure::Refused(refusal) if refusal.status == 429 => (10.0, 60),
            Failure::Unreachable | Failure::Refused(_) => (1.0, 0),
        };
        self.failure_score += penalty;
        self.last_updated = now;
        self.cooldown_until = self.cooldown_until.max(now + Duration::from_secs(cooldown));
    }

    fn served(&mut self, took: Duration, now: Duration) {
        self.decay(now);
        self.failure_score = (self.failure_score - 2.0).max(0.0);
        (self.cooldown_until, self.last_updated) = (Duration::ZERO, now);
        if self.samples.len() == 20 {
            self.samples.pop_front();
        }
        self.samples.push_back(took.as_secs_f64() * 1000.0);
        self.used.push_back(now);
    }
}

#[derive(Debug)]
struct State {
    entries: Vec<Stats>,
    /// The last winners, newest last.
    winners: VecDeque<usize>,
    chance: Chance,
}

impl State {
    #[expect(clippy::cast_precision_loss, reason = "three at most")]
    fn penalty(&self, entry: usize) -> f64 {
        let wins = self.winners.iter().filter(|winner| **winner == entry).count();
        if wins == 0 {
            return 0.0;
        }
        let often = wins as f64 / self.winners.len() as f64 * CONSECUTIVE * 2.0;
        let last = self.winners.back() == Some(&entry);
        (if last { often * 1.5 + 0.2 } else { often }).min(0.8)
    }

    #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
    fn order(&mut self, selector: Selector, now: Duration) -> Vec<usize> {
        let minute = Duration::from_secs(60);
        for entry in &mut self.entries {
            entry.decay(now);
            while entry.used.front().is_some_and(|at| *at + minute <= now) {
                entry.used.pop_front();
            }
        }
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        if selector == Selector::Sequential {
            return order;
        }
        let most = self.entries.iter().map(|entry| entry.used.len()).max().unwrap_or(0) as f64;
        let scores: Vec<f64> = order
            .iter()
            .map(|place| {
                let draw = self.chance.unit();
                let (entry, penalty) = (&self.entries[*place], self.penalty(*place));
                let used = entry.used.len() as f64;
                if selector == Selector::Random {
                    let weight = (1.0 + most - used) * (1.0 - penalty);
                    return draw.ln() / weight;
                }
                let base = draw * 0.3 + entry.health(now) / 100.0 * 0.1 + entry.speed() * 0.3 + WEIGHT * 0.2;
                let balance = if most == 0.0 { 1.0 } else { 1.0 - 0.7 * used / most };
                base * balance - penalty
            })
            .collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        // A cooling entry uses up an attempt.
        order.truncate(MAX_RETRIES);
        order
    }
}

/// One tier.
#[derive(Debug)]
pub struct SmartRoute {
    providers: Providers,
    selector: Selector,
    state: Mutex<State>,
}

impl SmartRoute {
    /// A tier with these entries.
    #[must_use]
    pub fn new(providers: Providers, selector: Selector, seed: u64) -> Self {
        let entries = vec![Stats::default(); providers.len()];
        let state = State { entries, winners: VecDeque::new(), chance: Chance::of(&[seed, 77]) };
        Self { providers, selector, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let Some(clock) = self.providers.first().map(|provider| provider.clock) else {
            return Told::failed("500");
        };
        let order = self.state().order(self.selector, clock.now());
        // One round, by default.
        for entry in order {
            if self.state().entries[entry].cooldown_until > clock.now() {
                continue;
            }
            match call(&self.providers[entry], ask, PATIENCE).await {
                Ok(answer) => {
                    let told = pass_on(answer, (ask, clock.now())).await;
                    let now = clock.now();
                    let mut state = self.state();
                    state.entries[entry].served(now.saturating_sub(ask.at), now);
                    if state.winners.len() == HISTORY {
                        state.winners.pop_front();
                    }
                    state.winners.push_back(entry);
                    return told;
                }
                Err(failure) => self.state().entries[entry].failed(&failure, clock.now()),
            }
        }
        Told::failed("502")
    }
}

impl Policy for SmartRoute {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
