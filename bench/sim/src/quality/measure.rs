//! All rows in all worlds, in virtual time: who answered what, and what came of it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio_util::task::TaskTracker;
use wye_profile::found;

use super::SEED;
use super::exam::{grades, marks};
use super::fleet::Fleet;
use super::plan::World;
use super::prompt::Prompts;
use super::row::{Row, Who};
use super::truth::Truth;
use crate::ask::Ask;
use crate::chance::Chance;
use crate::clock::Virtual;
use crate::policy::fixed::Fixed;
use crate::policy::gopher_gate::GopherGate;
use crate::policy::llm_gateway::LlmGateway;
use crate::policy::round_robin::RoundRobin;
use crate::policy::smart_route::SmartRoute;
use crate::policy::sml_gateway::SmlGateway;
use crate::policy::wye::{Knowing, Wye};
use crate::policy::{Policy, Providers, Told};
use crate::provider::Provider;

/// Requests a minute.
const PER_MINUTE: f64 = 60.0;
const ARRIVING: u64 = 31;

/// What came of a row in a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Came {
    /// The share of requests that were answered well.
    pub quality: f64,
    /// Dollars for a thousand requests, with all that was called in vain.
    pub cost: f64,
    /// The share that would have been answered well if the same models had answered as often, but others of the requests.
    pub mixed: f64,
    /// The best that one model for all would have done at no more than this cost, known afterwards.
    pub single: f64,
    /// Seconds until the whole answer, of those that were answered.
    pub wait: f64,
    /// Milliseconds to the first content of what was answered, ascending.
    pub firsts: Vec<u128>,
}

/// The prompts as requests: when they come, and how much they take.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "capped and not negative")]
pub fn asks(prompts: &Prompts) -> Vec<Ask> {
    let mut chance = Chance::of(&[SEED, ARRIVING]);
    let mut at = Duration::ZERO;
    let ask = |(number, text): (u32, &str)| {
        at += Duration::from_secs_f64(chance.exponential(60.0 / PER_MINUTE));
        // About four bytes a token.
        let prompt = (text.len() as u64).div_ceil(4) + 8;
        let output = chance.lognormal(180.0, 0.5).min(1000.0) as u64 + 10;
        Ask { number, at, prompt, output }
    };
    (0..).zip(prompts.asked.iter().map(|prompt| prompt.text.as_str())).map(ask).collect()
}

/// A world with what each model does there.
#[derive(Debug)]
pub struct Stage<'a> {
    world: World<'a>,
    asks: Arc<[Ask]>,
    texts: Arc<[String]>,
    /// Who is right, by prompt and model.
    right: Vec<Vec<bool>>,
    /// Quality and dollars for a thousand requests of each model alone.
    alone: Vec<(f64, f64)>,
}

impl<'a> Stage<'a> {
    /// A world.
    #[must_use]
    pub fn new(fleet: &'a Fleet, prompts: &'a Prompts, truth: &'a Truth, asks: &'a Arc<[Ask]>) -> Self {
        let world = World { fleet, prompts, truth, asks };
        let members = 0..fleet.members.len();
        let right: Vec<Vec<bool>> = prompts
            .asked
            .iter()
            .enumerate()
            .map(|asked| members.clone().map(|member| truth.right(member, asked)).collect())
            .collect();
        let alone = members.map(|member| {
            let good = right.iter().filter(|right| right.get(member) == Some(&true)).count();
            let cost: u64 = asks.iter().map(|ask| world.cost(member, ask)).sum();
            (share(good, asks.len()), thousand(cost, asks.len()))
        });
        let texts = prompts.asked.iter().map(|prompt| prompt.text.clone()).collect();
        Self { alone: alone.collect(), world, asks: Arc::clone(asks), texts, right }
    }

    /// Runs a row.
    ///
    /// # Errors
    /// If there is no runtime, or Wye refuses its configuration.
    pub fn run(&self, row: &Row, seed: u64) -> Result<Came, String> {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error: io::Error| error.to_string())?;
        runtime.block_on(async {
            let clock = Virtual::start();
            let specs = self.world.fleet.members.iter().map(|member| member.spec.clone()).enumerate();
            let providers: Providers =
                specs.map(|(place, spec)| Provider::new(spec, clock, (SEED, place))).collect();
            let tracker = TaskTracker::new();
            let policy = self.policy(row.who, &providers, (clock, seed), &tracker)?;
            let clients = TaskTracker::new();
            let mut told = Vec::with_capacity(self.asks.len());
            for ask in self.asks.iter() {
                clock.until(ask.at).await;
                told.push(clients.spawn(Arc::clone(&policy).ask(*ask)));
            }
            let mut all = Vec::with_capacity(told.len());
            for told in told {
                all.push(told.await.unwrap_or_else(|_| Told::failed("panic")));
            }
            Ok(self.came(&all, &providers))
        })
    }

    fn policy(
        &self,
        who: Who,
        providers: &Providers,
        (clock, seed): (Virtual, u64),
        tracker: &TaskTracker,
    ) -> Result<Arc<dyn Policy>, String> {
        let World { fleet, prompts, truth, .. } = self.world;
        let given = Arc::clone(providers);
        Ok(match who {
            Who::Plan(plan) => Arc::new(Fixed::new(given, self.world.plan(plan))),
            Who::Told(questions) => {
                let plan = self.world.told(grades(fleet, truth, prompts, questions));
                Arc::new(Fixed::new(given, plan))
            }
            Who::RoundRobin => Arc::new(RoundRobin::new(given)),
            Who::SmartRoute(selector) => Arc::new(SmartRoute::new(given, selector, seed)),
            Who::GopherGate => {
                let complex = self.texts.iter().map(|text| found(text, false, false).complex());
                Arc::new(GopherGate::new(given, complex.collect()))
            }
            Who::LlmGateway => Arc::new(LlmGateway::new(given)),
            Who::SmlGateway => Arc::new(SmlGateway::new(given, marks(fleet, truth, prompts))),
            Who::Wye(setting, questions) => {
                let grades = grades(fleet, truth, prompts, questions);
                let knowing = Knowing { texts: Arc::clone(&self.texts), grades };
                Arc::new(Wye::new((providers, &self.asks), (setting, knowing), (clock, seed), tracker)?)
            }
        })
    }

    fn came(&self, all: &[Told], providers: &Providers) -> Came {
        let place = |told: &Told| {
            let by = told.by.as_deref().filter(|_| told.code.is_none())?;
            providers.iter().position(|provider| provider.spec.name == by)
        };
        let by: Vec<Option<usize>> = all.iter().map(place).collect();
        let good = by
            .iter()
            .zip(&self.right)
            .filter(|(by, right)| by.is_some_and(|member| right.get(member) == Some(&true)));
        let quality = share(good.count(), all.len());
        let served = |member| by.iter().filter(|by| **by == Some(member)).count();
        let each = self.alone.iter().enumerate();
        let mixed = each.map(|(member, (alone, _))| share(served(member), all.len()) * alone).sum();
        let cost = thousand(providers.iter().map(|provider| provider.cost()).sum(), all.len());
        // A hundredth of a percent dearer is as dear.
        let payable = self.alone.iter().filter(|(_, own)| *own <= cost * 1.0001).map(|(quality, _)| *quality);
        let mut firsts: Vec<u128> = all.iter().filter_map(|told| Some(told.first?.as_millis())).collect();
        firsts.sort_unstable();
        let whole = all.iter().zip(&by).zip(self.asks.iter()).filter_map(|((told, by), ask)| {
            Some(told.first?.as_secs_f64() + self.world.writing((*by)?, ask))
        });
        #[expect(clippy::cast_precision_loss, reason = "some hundred requests")]
        let wait = whole.sum::<f64>() / firsts.len().max(1) as f64;
        Came { quality, cost, mixed, single: payable.fold(0.0, f64::max), wait, firsts }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Dollars for a thousand requests, of nano-dollars for so many.
#[expect(clippy::cast_precision_loss, reason = "money for people")]
fn thousand(nanos: u64, requests: usize) -> f64 {
    nanos as f64 / 1e6 / requests.max(1) as f64
}
