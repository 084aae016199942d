//! A simulated provider: a model of limits, delays and faults. Replicas ask it directly, the pipeline over HTTP
//! ([`crate::serve`]); both meet the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use wye_types::Clock;

use crate::ask::Ask;
use crate::chance::Chance;
use crate::clock::Virtual;
use crate::spec::{How, Spec};
use crate::vendor::{Header, Over, Stand, Standing, Which, Words};
use crate::window::{Back, Window};

/// How long a refusal takes.
const REFUSING: Duration = Duration::from_millis(60);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A provider.
#[derive(Debug)]
pub struct Provider {
    /// What it is like.
    pub spec: Spec,
    /// Its time.
    pub clock: Virtual,
    chance: [u64; 2],
    state: Mutex<State>,
}

/// One call that it got.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When.
    pub at: Duration,
    /// What came of it: a status, or 0 where there was none.
    pub status: u16,
    /// Whether it came although the caller had been told that nothing would be let through yet.
    pub closed: bool,
}

#[derive(Debug)]
struct State {
    rpm: Option<Window>,
    tpm: Option<Window>,
    rpd: Option<Window>,
    /// How often each request came here.
    times: HashMap<u32, u64>,
    calls: Vec<Call>,
    /// From when until when callers know that nothing is let through.
    told: (Duration, Duration),
    /// Nano-dollars.
    cost: u64,
}

/// What a provider does with a request.
#[derive(Debug)]
pub enum Begun {
    /// There is no connection.
    Unreachable,
    /// It never answers.
    Silent,
    /// It refuses.
    Refused(Refusal),
    /// It answers.
    Answers(Answer),
}

/// A refusal.
#[derive(Debug)]
pub struct Refusal {
    /// When it comes.
    pub after: Duration,
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<Header>,
    /// Its body.
    pub body: Value,
    /// In how long the provider says to come back.
    pub back_in: Option<Duration>,
}

/// An answer under way. Dropped before it is whole, it costs what was written until then.
#[derive(Debug)]
pub struct Answer {
    /// The headers.
    pub headers: Vec<Header>,
    /// When its head is there, from the call,
    pub head: Duration,
    /// and its first content,
    pub first: Duration,
    /// and all of it.
    pub whole: Duration,
    /// Tokens of prompt and answer.
    pub ask: Ask,
    provider: Arc<Provider>,
    began: Duration,
}

impl Provider {
    /// A provider. Its chance depends on its place among the others and nothing else.
    #[must_use]
    pub fn new(spec: Spec, clock: Virtual, (seed, place): (u64, usize)) -> Arc<Self> {
        let limits = spec.limits;
        let minute = |limit: Option<u64>| limit.map(|limit| Window::new(limits.back, MINUTE, limit));
        let state = State {
            rpm: minute(limits.rpm),
            tpm: minute(limits.tpm),
            rpd: limits.rpd.map(|limit| Window::new(Back::AtOnce, DAY, limit)),
            times: HashMap::new(),
            calls: Vec::new(),
            told: (Duration::ZERO, Duration::ZERO),
            cost: 0,
        };
        Arc::new(Self { spec, clock, chance: [seed, place as u64], state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls it got.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// What its answers cost, in nano-dollars.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.state().cost
    }

    /// How it fails now, if it does.
    fn trouble(&self, now: Duration) -> Option<(How, Duration)> {
        let trouble = self.spec.troubles.iter().find(|trouble| trouble.from <= now && now < trouble.to)?;
        Some((trouble.how, trouble.to))
    }

    /// Whether a connection can be made. One that cannot counts as a call.
    pub fn connects(&self) -> bool {
        let now = self.clock.now();
        let unreachable = self.trouble(now).is_some_and(|(how, _)| how == How::Unreachable);
        if unreachable {
            self.state().calls.push(Call { at: now, status: 0, closed: false });
        }
        !unreachable
    }

    /// Takes a request over a connection that there is.
    pub fn begin(self: &Arc<Self>, ask: Ask) -> Begun {
        let now = self.clock.now();
        let mut state = self.state();
        let closed = state.told.0 <= now && now < state.told.1;
        let mut called = |status| state.calls.push(Call { at: now, status, closed });
        let storm = match self.trouble(now) {
            Some((How::Unreachable, _)) => return Begun::Unreachable,
            Some((How::Silent, _)) => {
                called(0);
                return Begun::Silent;
            }
            Some((How::Status(status), _)) => {
                called(status);
                return Begun::Refused(fault(status));
            }
            Some((How::StormTold, to)) => Some((to - now, true)),
            Some((How::StormUntold, to)) => Some((to - now, false)),
            None => None,
        };
        if let Some((left, tells)) = storm {
            called(429);
            if tells {
                state.tell(now, left);
            }
            return Begun::Refused(storm_refusal(left, tells));
        }
        if let Some(over) = state.over(ask, now, self.clock.unix_ms()) {
            state.calls.push(Call { at: now, status: 429, closed });
            let Words { headers, body, tells } = self.spec.vendor.refusal(&over);
            if tells && over.which != Which::Tokens {
                state.tell(now, over.fits_in);
            }
            let back_in = tells.then_some(over.fits_in);
            return Begun::Refused(Refusal { after: REFUSING, status: 429, headers, body, back_in });
        }
        state.calls.push(Call { at: now, status: 200, closed });
        state.take(ask, now);
        let headers = self.spec.vendor.headers(&state.standing(now));
        let times = state.times.entry(ask.number).or_default();
        *times += 1;
        let [seed, place] = self.chance;
        let chance = Chance::of(&[seed, place, u64::from(ask.number), *times]);
        drop(state);
        Begun::Answers(self.answer(ask, chance, (headers, now)))
    }

    #[expect(clippy::cast_precision_loss, reason = "tokens of an answer")]
    fn answer(
        self: &Arc<Self>,
        ask: Ask,
        mut chance: Chance,
        (headers, began): (Vec<Header>, Duration),
    ) -> Answer {
        let pace = self.spec.pace;
        let head = Duration::from_secs_f64(chance.lognormal(pace.first_ms, pace.sigma) / 1000.0);
        let stalls = self.spec.stalls.filter(|(share, _)| chance.unit() < *share);
        let first = head + stalls.map_or(Duration::ZERO, |(_, silence)| silence);
        let whole = first + Duration::from_secs_f64(ask.output as f64 / pace.tokens_per_s);
        Answer { headers, head, first, whole, ask, provider: Arc::clone(self), began }
    }
}

impl Answer {
    /// The name of the provider that gives it.
    #[must_use]
    pub fn by(&self) -> &str {
        self.provider.spec.name
    }
}

fn fault(status: u16) -> Refusal {
    let body = json!({ "error": { "message": "The server is not available", "type": "server_error" } });
    Refusal { after: REFUSING, status, headers: Vec::new(), body, back_in: None }
}

fn storm_refusal(left: Duration, tells: bool) -> Refusal {
    let body = json!({ "error": { "message": "Too many requests", "type": "rate_limit_error" } });
    let headers =
        if tells { vec![("retry-after", format!("{:.0}", left.as_secs_f64().ceil()))] } else { Vec::new() };
    Refusal { after: REFUSING, status: 429, headers, body, back_in: tells.then_some(left) }
}

impl State {
    /// From the moment on that callers have heard it, they know that nothing is let through.
    fn tell(&mut self, now: Duration, left: Duration) {
        let until = now + left;
        if self.told.1 < until {
            let from = if self.told.1 > now { self.told.0 } else { now + REFUSING };
            self.told = (from, until);
        }
    }

    fn windows(&mut self) -> [(Which, &mut Option<Window>); 3] {
        [(Which::Day, &mut self.rpd), (Which::Minute, &mut self.rpm), (Which::Tokens, &mut self.tpm)]
    }

    /// The first limit that a request runs into.
    fn over(&mut self, ask: Ask, now: Duration, unix_ms: u64) -> Option<Over> {
        self.windows().into_iter().find_map(|(which, window)| {
            let window = window.as_mut()?;
            let wanted = if which == Which::Tokens { ask.prompt } else { 1 };
            let fits_in = window.fits_in(now, wanted);
            (!fits_in.is_zero()).then(|| Over { which, stand: stand(window, now), wanted, fits_in, unix_ms })
        })
    }

    fn take(&mut self, ask: Ask, now: Duration) {
        for (which, window) in self.windows() {
            if let Some(window) = window {
                window.add(now, if which == Which::Tokens { ask.prompt } else { 1 });
            }
        }
    }

    fn standing(&mut self, now: Duration) -> Standing {
        let of = |window: &mut Option<Window>| window.as_mut().map(|window| stand(window, now));
        Standing { rpm: of(&mut self.rpm), tpm: of(&mut self.tpm), rpd: of(&mut self.rpd) }
    }
}

fn stand(window: &mut Window, now: Duration) -> Stand {
    Stand { limit: window.limit(), used: window.used(now), whole_in: window.whole_in(now) }
}

impl Drop for Answer {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tokens of an answer"
    )]
    fn drop(&mut self) {
        let now = self.provider.clock.now();
        let writing = now.saturating_sub(self.began).saturating_sub(self.first);
        let share = writing.as_secs_f64() / (self.whole - self.first).as_secs_f64().max(f64::MIN_POSITIVE);
        let written = (self.ask.output as f64 * share.min(1.0)).round() as u64;
        let (price_in, price_out) = self.provider.spec.price;
        let mut state = self.provider.state();
        state.cost += self.ask.prompt * price_in + written * price_out;
        if let Some(tpm) = &mut state.tpm {
            tpm.add(now, written);
        }
    }
}
