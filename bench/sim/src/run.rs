//! One policy through one scenario, in virtual time.

use std::io;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio_util::task::TaskTracker;

use crate::ask::{Ask, arrivals};
use crate::clock::Virtual;
use crate::policy::gopher_gate::GopherGate;
use crate::policy::llm_gateway::LlmGateway;
use crate::policy::round_robin::RoundRobin;
use crate::policy::smart_route::{Selector, SmartRoute};
use crate::policy::sml_gateway::{Exam, SmlGateway};
use crate::policy::wye::{Knowing, Setting, Wye};
use crate::policy::{Policy, Providers, Told};
use crate::provider::Provider;
use crate::scenario::Scenario;
use crate::tally::Tally;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Who decides.
    pub who: Who,
}

/// Who decides.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// The baseline.
    RoundRobin,
    /// SmartRoute.
    SmartRoute(Selector),
    /// GopherGate.
    GopherGate,
    /// LLM Gateway.
    LlmGateway,
    /// SMLGateway.
    SmlGateway,
    /// Wye.
    Wye(Setting),
}

/// The baseline and the replicas.
pub const OTHERS: [Row; 7] = [
    Row { name: "round robin, 4 tries", who: Who::RoundRobin },
    Row { name: "SmartRoute sequential", who: Who::SmartRoute(Selector::Sequential) },
    Row { name: "SmartRoute random", who: Who::SmartRoute(Selector::Random) },
    Row { name: "SmartRoute adaptive", who: Who::SmartRoute(Selector::Adaptive) },
    Row { name: "GopherGate", who: Who::GopherGate },
    Row { name: "LLM Gateway", who: Who::LlmGateway },
    Row { name: "SMLGateway", who: Who::SmlGateway },
];

impl Who {
    fn policy(
        self,
        providers: &Providers,
        asks: &Arc<[Ask]>,
        (clock, seed): (Virtual, u64),
        tracker: &TaskTracker,
    ) -> Result<Arc<dyn Policy>, String> {
        let given = Arc::clone(providers);
        Ok(match self {
            Self::RoundRobin => Arc::new(RoundRobin::new(given)),
            Self::SmartRoute(selector) => Arc::new(SmartRoute::new(given, selector, seed)),
            Self::GopherGate => Arc::new(GopherGate::new(given, Arc::new([]))),
            Self::LlmGateway => Arc::new(LlmGateway::new(given)),
            Self::SmlGateway => Arc::new(SmlGateway::new(given, Exam::default())),
            Self::Wye(setting) => {
                let told = (setting, Knowing::default());
                Arc::new(Wye::new((providers, asks), told, (clock, seed), tracker)?)
            }
        })
    }
}

/// Runs a row.
///
/// # Errors
/// If there is no runtime, or Wye refuses its configuration.
pub fn run(scenario: &Scenario, row: Row, seed: u64) -> Result<Tally, String> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error: io::Error| error.to_string())?;
    runtime.block_on(async {
        let clock = Virtual::start();
        let specs = scenario.specs.iter().cloned().enumerate();
        let providers: Providers =
            specs.map(|(place, spec)| Provider::new(spec, clock, (seed, place))).collect();
        let asks: Arc<[Ask]> = arrivals(seed, scenario.per_minute, scenario.length).into();
        let tracker = TaskTracker::new();
        let policy = row.who.policy(&providers, &asks, (clock, seed), &tracker)?;
        let clients = TaskTracker::new();
        let mut told = Vec::with_capacity(asks.len());
        for ask in asks.iter() {
            clock.until(ask.at).await;
            told.push(clients.spawn(Arc::clone(&policy).ask(*ask)));
        }
        let mut all = Vec::with_capacity(told.len());
        // One after another: whoever joins them at once is woken by each.
        for told in told {
            all.push(told.await.unwrap_or_else(|_| Told::failed("panic")));
        }
        Ok(Tally::new(row.name, all, &providers))
    })
}
