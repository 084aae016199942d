//! SMLGateway (reference §6): candidates by the live scores of their providers, a hedge of three, then one after another
//! with cooldowns, a circuit breaker and learned token budgets. All models have passed the same exam, unless their marks are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select_all;

use super::{Failure, Patience, Policy, Providers, Telling, Told, call, pass_on};
use crate::ask::Ask;
use crate::provider::Answer;

/// Contenders of a hedge.
const CONTENDERS: usize = 3;
/// Attempts of the sequential loop.
const MOST_ATTEMPTS: usize = 25;
/// Its time, for requests of up to 10,000 tokens.
const BUDGET: Duration = Duration::from_secs(30);
/// The time of one attempt, for bodies of up to 10 KB.
const PATIENCE: Patience = Patience::of(12);

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What is known of a provider.
#[derive(Debug, Clone)]
struct Seen {
    /// EWMA (0.25) of success and milliseconds.
    success: f64,
    latency: f64,
    samples: u32,
    /// Failures in a row, and the last.
    streak: (u32, Duration),
    cooldown_until: Duration,
    provider_until: Duration,
    /// Outcomes of the last three minutes.
    recent: VecDeque<(Duration, bool)>,
    /// Open until, and whether a probe is under way.
    open_until: Duration,
    probing: bool,
    /// Tokens left of a minute, until its reset.
    tokens: Option<(u64, Duration)>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            success: 0.7,
            latency: 3000.0,
            samples: 0,
            streak: (0, Duration::ZERO),
            cooldown_until: Duration::ZERO,
            provider_until: Duration::ZERO,
            recent: VecDeque::new(),
            open_until: Duration::ZERO,
            probing: false,
            tokens: None,
        }
    }
}

impl Seen {
    /// Whether it is skipped, and takes the probe of a breaker that is half open.
    fn skips(&mut self, ask: Ask, now: Duration) -> bool {
        let needs = ask.prompt + 2000;
        let short = self.tokens.is_some_and(|(left, reset)| left < needs && now < reset);
        // Its own cooldown was looked at when the candidates were chosen.
        if now < self.provider_until || short {
            return true;
        }
        // Half open in the last five seconds: one probe.
        if now < self.open_until {
            if now + s(5) < self.open_until || self.probing {
                return true;
            }
            self.probing = true;
        }
        false
    }

    fn outcome(&mut self, good: bool, now: Duration) {
        let value = if good { 1.0 } else { 0.0 };
        self.success = if self.samples == 0 { value } else { self.success * 0.75 + value * 0.25 };
        self.samples += 1;
        self.recent.push_back((now, good));
        while self.recent.front().is_some_and(|(at, _)| *at + s(180) <= now) {
            self.recent.pop_front();
        }
        let since = |span: u64| self.recent.iter().filter(move |(at, _)| *at + s(span) > now);
        let (all, bad) = (since(180).count(), since(180).filter(|(_, good)| !good).count());
        if bad >= 10 && all >= 20 {
            self.provider_until = now + s(1800);
        }
        let (events, successes) = (since(30).count(), since(30).filter(|(_, good)| *good).count());
        if std::mem::take(&mut self.probing) {
            self.open_until = if good { Duration::ZERO } else { now + s(240) };
            if good {
                self.recent.clear();
            }
        } else if now >= self.open_until && events >= 5 && successes * 10 < events * 3 {
            self.open_until = now + s(30);
        }
    }

    fn served(&mut self, first: Duration, now: Duration) {
        let ms = first.as_secs_f64() * 1000.0;
        self.latency = if self.samples == 0 { ms } else { self.latency * 0.75 + ms * 0.25 };
        self.outcome(true, now);
        (self.streak, self.cooldown_until) = ((0, now), Duration::ZERO);
        // Slow successes rest, too.
        if first > s(10) {
            self.cooldown_until = now + s(600);
        } else if first > s(5) {
            self.cooldown_until = now + s(120);
        }
    }

    fn failed(&mut self, failure: &Failure, now: Duration) {
        self.outcome(false, now);
        let streak = if now.saturating_sub(self.streak.1) > s(600) { 1 } else { self.streak.0 + 1 };
        self.streak = (streak, now);
        let ladder = s(10 << (streak - 1).min(4)).min(s(120));
        let says_day = matches!(failure, Failure::Refused(refusal)
            if refusal.status == 429 && refusal.body.to_string().to_ascii_lowercase().contains("day"));
        let rest = match failure.status() {
            Some(429) if says_day => s(86_400),
            Some(429) => s(120),
            Some(500..) => s(300),
            _ => ladder,
        };
        self.cooldown_until = self.cooldown_until.max(now + rest);
    }

    /// Takes `x-ratelimit-*-tokens` of an answer.
    fn hears(&mut self, answer: &Answer, now: Duration) {
        let header =
            |name: &str| answer.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        let left = header("x-ratelimit-remaining-tokens").and_then(|value| value.parse().ok());
        let reset =
            header("x-ratelimit-reset-tokens").and_then(|value| value.trim_end_matches('s').parse().ok());
        if let Some((left, reset)) = left.zip(reset) {
            self.tokens = Some((left, now + Duration::from_secs_f64(reset)));
        }
    }
}

/// What models did in its exam, and what it takes requests for.
#[derive(Debug, Clone, Default)]
pub struct Exam {
    /// The share of questions answered well, in percent, by the provider's place.
    pub marks: Vec<f64>,
    /// The same by what its request is about, a key of [`Exam::about`]; none where nothing was asked.
    pub apart: Vec<Vec<Option<f64>>>,
    /// What requests are about, by their numbers.
    pub about: Arc<[Option<usize>]>,
}

/// Who has less in its exam is no candidate, and in a category only where too few have this.
const LET_IN: f64 = 50.0;
const GOOD: f64 = 60.0;

/// The smart modes.
#[derive(Debug)]
pub struct SmlGateway {
    providers: Providers,
    exam: Exam,
    seen: Mutex<Vec<Seen>>,
}

impl SmlGateway {
    /// A fleet of these providers.
    #[must_use]
    pub fn new(providers: Providers, exam: Exam) -> Self {
        let seen = vec![Seen::default(); providers.len()];
        Self { providers, exam, seen: Mutex::new(seen) }
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Candidates, best first; those that rest are left out in SQL.
    fn order(&self, ask: Ask, now: Duration) -> Vec<usize> {
        let seen = self.seen();
        let mark = |place: usize| self.exam.marks.get(place).copied().unwrap_or(100.0);
        let mut order: Vec<usize> =
            (0..seen.len()).filter(|p| seen[*p].cooldown_until <= now && mark(*p) >= LET_IN).collect();
        // Soft: only if more than three are there and two stay.
        if let Some(about) = self.exam.about.get(ask.number as usize).copied().flatten() {
            let apart = |place: &usize| self.exam.apart.get(*place)?.get(about).copied().flatten();
            let good = |place: &usize| apart(place).is_none_or(|mark| mark >= GOOD);
            let kept: Vec<usize> = order.iter().copied().filter(good).collect();
            if order.len() > 3 && kept.len() >= 2 {
                order = kept;
            }
        }
        let weight = |place: &usize| {
            50_000.0 * seen[*place].success + 3_000.0 * mark(*place) - seen[*place].latency / 10.0
        };
        order.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        order
    }

    async fn one(&self, place: usize, ask: Ask, patience: Patience) -> Option<Answer> {
        let provider = &self.providers[place];
        let began = provider.clock.now();
        let called = call(provider, ask, patience).await;
        let now = provider.clock.now();
        let mut seen = self.seen();
        match called {
            Ok(answer) => {
                seen[place].served(now - began, now);
                seen[place].hears(&answer, now);
                Some(answer)
            }
            Err(failure) => {
                seen[place].failed(&failure, now);
                None
            }
        }
    }

    /// Up to three at once; the first that answers wins, the others are cancelled.
    async fn hedge(&self, order: &[usize], ask: Ask) -> Option<Answer> {
        let contenders = order.iter().take(10).take(CONTENDERS);
        let mut running: Vec<_> = contenders.map(|place| Box::pin(self.one(*place, ask, PATIENCE))).collect();
        if running.len() < 2 {
            return None;
        }
        while !running.is_empty() {
            let (done, _, rest) = select_all(running).await;
            if done.is_some() {
                return done;
            }
            running = rest;
        }
        None
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Told {
        let Some(clock) = self.providers.first().map(|provider| provider.clock) else {
            return Told::failed("503");
        };
        let order = self.order(ask, clock.now());
        if let Some(answer) = self.hedge(&order, ask).await {
            return pass_on(answer, (ask, clock.now())).await;
        }
        let by = clock.now() + BUDGET;
        let (mut tried, mut skipped) = (0, Vec::new());
        for place in order.iter().copied().take(MOST_ATTEMPTS) {
            if clock.now() >= by {
                break;
            }
            if self.seen()[place].skips(ask, clock.now()) {
                skipped.push(place);
                continue;
            }
            tried += 1;
            if let Some(answer) = self.one(place, ask, PATIENCE).await {
                return pass_on(answer, (ask, clock.now())).await;
            }
        }
        if tried == 0 {
            // A relaxed pass over the first five that were skipped.
            for place in skipped.into_iter().take(5) {
                if let Some(answer) = self.one(place, ask, PATIENCE).await {
                    return pass_on(answer, (ask, clock.now())).await;
                }
            }
        }
        Told::failed("503")
    }
}

impl Policy for SmlGateway {
    fn ask(self: Arc<Self>, ask: Ask) -> Telling {
        Box::pin(self.answer(ask))
    }
}
