//! The loads, and the rounds in which every subject meets each of them in turn.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::callgrind::{self, Counted};
use crate::fresh::{self, Fresh};
use crate::load::{Pace, Plan, Until};
use crate::measure::{self, Sample};
use crate::subject::{BASELINE, Setup, Subject};
use crate::wire::{Ask, To};
use crate::{Options, say};

const STREAM_MAX: Ask = Ask { events: 400, ..Ask::PLAIN };
const STREAM_PACED: Ask = Ask { events: 100, interval_ms: 5, ..Ask::PLAIN };
const STREAM_FIRST: Ask = Ask { events: 3, interval_ms: 5, ..Ask::PLAIN };
const ONE_KB: Ask = Ask { bytes: 1 << 10, ..Ask::PLAIN };
const LONG_PROMPT: Ask = Ask { bytes: 32 << 10, ..Ask::PLAIN };
const HUNDRED_KB: Ask = Ask { bytes: 100 << 10, ..Ask::PLAIN };
const FIVE_MB: Ask = Ask { bytes: 5 << 20, ..Ask::PLAIN };
const TO_ANTHROPIC: Ask = Ask { to: To::Anthropic, ..Ask::PLAIN };
const TO_GEMINI: Ask = Ask { to: To::Gemini, ..Ask::PLAIN };
/// One event at once, the next after all was measured.
pub(crate) const OPEN_STREAM: Ask = Ask { events: 1000, interval_ms: 60_000, ..Ask::PLAIN };

/// How long a subject is loaded before the next one is.
const TURN: Duration = Duration::from_secs(1);

/// A load with a name; `share` of the time given on the command line, in halves; `counted` requests where instructions
/// are counted, none if they are not.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) ask: Ask,
    pace: Pace,
    connections: u32,
    share: u32,
    pub(crate) counted: u64,
}

/// All of them, in the order they are run.
pub(crate) const SCENARIOS: &[Scenario] = &[
    closed("closed", Ask::PLAIN, 64, 2, 400),
    open("500/s", Ask::PLAIN, 500, 32),
    open("1000/s", Ask::PLAIN, 1000, 32),
    closed("1 KB", ONE_KB, 64, 1, 400),
    closed("32 KB", LONG_PROMPT, 64, 1, 200),
    closed("100 KB", HUNDRED_KB, 64, 1, 100),
    closed("5 MB", FIVE_MB, 4, 1, 8),
    closed("embeddings 2048", Ask::VECTORS, 4, 1, 8),
    closed("to Anthropic", TO_ANTHROPIC, 64, 1, 300),
    closed("to Gemini", TO_GEMINI, 64, 1, 300),
    closed("stream max", STREAM_MAX, 16, 1, 32),
    closed("stream paced", STREAM_PACED, 16, 1, 0),
    open("stream first", STREAM_FIRST, 50, 8),
];

const fn closed(name: &'static str, ask: Ask, connections: u32, share: u32, counted: u64) -> Scenario {
    Scenario { name, ask, pace: Pace::Closed, connections, share, counted }
}

const fn open(name: &'static str, ask: Ask, rate: u32, connections: u32) -> Scenario {
    Scenario { name, ask, pace: Pace::Open(rate), connections, share: 1, counted: 0 }
}

/// Every model name the loads use, once.
pub(crate) fn models() -> Vec<String> {
    let asks = SCENARIOS.iter().map(|scenario| scenario.ask).chain([OPEN_STREAM]);
    let mut models: Vec<String> = asks.map(Ask::model).collect();
    models.sort();
    models.dedup();
    models
}

/// Everything that was measured.
pub(crate) struct Results {
    pub(crate) subjects: Vec<Row>,
    /// Why the machine did not count instructions, if it did not.
    pub(crate) no_counter: Option<String>,
    /// Why no instructions were counted one by one, if they were not.
    pub(crate) no_instructions: Option<String>,
    pub(crate) pinned: bool,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
}

/// What was measured of one subject.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// By scenario, one a round.
    pub(crate) samples: BTreeMap<&'static str, Vec<Sample>>,
    /// Of processes that had done nothing else.
    pub(crate) fresh: Option<Fresh>,
    pub(crate) counted: Counted,
}

impl Results {
    /// The run as a whole: failed requests make its figures worthless.
    ///
    /// # Errors
    /// When any request failed.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        for row in &self.subjects {
            for (scenario, samples) in &row.samples {
                let failed: u64 = samples.iter().map(|sample| sample.failed).sum();
                if failed > 0 {
                    let why = samples.iter().find_map(|sample| sample.why.clone()).unwrap_or_default();
                    return Err(format!("{}, {scenario}: {failed} requests failed: {why}", row.name));
                }
            }
        }
        Ok(())
    }
}

/// Runs everything that was asked for.
///
/// # Errors
/// When a subject does not start or does not answer.
pub(crate) async fn measure_all(options: &Options) -> Result<Results, String> {
    let setup = Setup::prepare(options).await?;
    let names = std::iter::once("upstream").chain(setup.gateways.iter().map(|gateway| gateway.name));
    let mut rows: Vec<Row> = names
        .map(|name| Row { name, samples: BTreeMap::new(), fresh: None, counted: Counted::default() })
        .collect();
    let no_counter = measure::counter_missing();
    let no_instructions = callgrind::missing().or((!options.instructions).then(|| "not asked for".into()));
    if options.rounds > 0 {
        run_rounds(options, &setup, no_counter.is_none(), &mut rows).await?;
        let starts = options.only.is_none();
        for (gateway, row) in setup.gateways.iter().zip(&mut rows[1..]).filter(|_| starts) {
            say(&format!("{}: starts, memory", row.name));
            row.fresh = Some(fresh::measure(&setup, gateway).await?);
        }
    }
    if no_instructions.is_none() {
        for (gateway, row) in setup.gateways.iter().zip(&mut rows[1..]) {
            say(&format!("{}: instructions", row.name));
            row.counted = callgrind::count(&setup, gateway).await?;
        }
    }
    let (pinned, rounds, seconds) = (options.pinned, options.rounds, options.seconds);
    Ok(Results { subjects: rows, no_counter, no_instructions, pinned, rounds, seconds })
}

/// Every subject meets every load, several times, in turns of a second: a machine that others use too is slower in one
/// minute than in the next, but hardly in one second than in the next.
async fn run_rounds(options: &Options, setup: &Setup, counter: bool, rows: &mut [Row]) -> Result<(), String> {
    let mut gateways = Vec::new();
    for gateway in &setup.gateways {
        gateways.push(setup.start(gateway).await?);
    }
    let subjects: Vec<&Subject> = std::iter::once(&setup.upstream).chain(&gateways).collect();
    for subject in &subjects {
        warm(subject).await;
    }
    for round in 1..=options.rounds {
        for scenario in
            SCENARIOS.iter().filter(|one| options.only.as_ref().is_none_or(|name| name == one.name))
        {
            say(&format!("round {round} of {}: {}", options.rounds, scenario.name));
            for _ in 0..scenario.turns(options) {
                let taking_part =
                    subjects.iter().zip(&mut *rows).filter(|(one, _)| scenario.is_for(one.name));
                for (subject, row) in taking_part {
                    let count = counter && scenario.name == "closed";
                    let sample = measure::sample(subject, scenario.plan(), count).await;
                    row.samples.entry(scenario.name).or_default().push(sample);
                }
            }
        }
    }
    Ok(())
}

/// The first requests of a process fill its pools and are not counted.
pub(crate) async fn warm(subject: &Subject) {
    let until = Until::Time(Duration::from_millis(300));
    let plan = Plan { ask: Ask::PLAIN, pace: Pace::Closed, connections: 64, until };
    measure::sample(subject, plan, false).await;
}

impl Scenario {
    /// Whether a subject takes part: the baseline is from before there were calls besides chat.
    pub(crate) fn is_for(&self, subject: &str) -> bool {
        subject != BASELINE || self.ask.to != To::Vectors
    }

    /// How many turns a subject has in a round.
    fn turns(&self, options: &Options) -> u64 {
        (options.seconds * u64::from(self.share) / 2).max(1)
    }

    fn plan(&self) -> Plan {
        Plan { ask: self.ask, pace: self.pace, connections: self.connections, until: Until::Time(TURN) }
    }

    /// The load under which instructions are counted.
    pub(crate) fn counting_plan(&self) -> Plan {
        let until = Until::Count(self.counted);
        Plan { ask: self.ask, pace: Pace::Closed, connections: self.connections.min(8), until }
    }
}
