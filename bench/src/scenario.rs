//! The loads, and the rounds in which every subject meets each of them in turn.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Pace, Plan};
use crate::measure::{self, Sample};
use crate::subject::{self, Subject};
use crate::wire::{Ask, REQUEST};
use crate::{Options, say};

const STREAM_MAX: Ask = Ask { events: 400, interval_ms: 0, bytes: REQUEST };
const STREAM_PACED: Ask = Ask { events: 100, interval_ms: 5, bytes: REQUEST };
const STREAM_FIRST: Ask = Ask { events: 3, interval_ms: 5, bytes: REQUEST };
const LONG_PROMPT: Ask = Ask { events: 0, interval_ms: 0, bytes: 32 * 1024 };

/// A load with a name; `share` of the time given on the command line, in halves.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) ask: Ask,
    pace: Pace,
    connections: u32,
    share: u32,
}

/// All of them, in the order they are run.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "closed", ask: Ask::PLAIN, pace: Pace::Closed, connections: 64, share: 2 },
    Scenario { name: "500/s", ask: Ask::PLAIN, pace: Pace::Open(500), connections: 32, share: 1 },
    Scenario { name: "1000/s", ask: Ask::PLAIN, pace: Pace::Open(1000), connections: 32, share: 1 },
    Scenario { name: "32 KB", ask: LONG_PROMPT, pace: Pace::Closed, connections: 64, share: 1 },
    Scenario { name: "stream max", ask: STREAM_MAX, pace: Pace::Closed, connections: 16, share: 1 },
    Scenario { name: "stream paced", ask: STREAM_PACED, pace: Pace::Closed, connections: 16, share: 1 },
    Scenario { name: "stream first", ask: STREAM_FIRST, pace: Pace::Open(50), connections: 8, share: 1 },
];

/// Every model name the loads use, once.
pub(crate) fn models() -> Vec<String> {
    let mut models: Vec<String> = SCENARIOS.iter().map(|scenario| scenario.ask.model()).collect();
    models.sort();
    models.dedup();
    models
}

/// Everything that was measured.
pub(crate) struct Results {
    pub(crate) subjects: Vec<Row>,
    /// Why there are no instruction counts, if there are none.
    pub(crate) no_instructions: Option<String>,
    pub(crate) pinned: bool,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
}

/// One subject's samples: by scenario, one a round.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) started_ms: f64,
    pub(crate) idle_kib: u64,
    pub(crate) after_kib: u64,
    pub(crate) samples: BTreeMap<&'static str, Vec<Sample>>,
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

/// Starts the subjects, runs the rounds interleaved, stops the subjects.
///
/// # Errors
/// When a subject does not start.
pub(crate) async fn measure_all(options: &Options) -> Result<Results, String> {
    let no_instructions = measure::instructions_missing();
    let subjects = subject::start_all(options).await?;
    let mut rows: Vec<Row> = Vec::new();
    for subject in &subjects {
        let idle_kib = subject.process.resident_kib();
        let started_ms = subject.started.as_secs_f64() * 1e3;
        rows.push(Row { name: subject.name, started_ms, idle_kib, after_kib: 0, samples: BTreeMap::new() });
        warm(subject).await;
    }
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        for scenario in SCENARIOS {
            let plan = scenario.plan(options);
            for (subject, row) in subjects.iter().zip(&mut rows) {
                let count = scenario.name == "closed" && no_instructions.is_none();
                let sample = measure::sample(subject, plan, count).await;
                row.samples.entry(scenario.name).or_default().push(sample);
            }
        }
    }
    for (subject, row) in subjects.iter().zip(&mut rows) {
        row.after_kib = subject.process.resident_kib();
    }
    let (pinned, rounds, seconds) = (options.pinned, options.rounds, options.seconds);
    Ok(Results { subjects: rows, no_instructions, pinned, rounds, seconds })
}

/// The first requests of a process fill its pools and are not counted.
async fn warm(subject: &Subject) {
    let lasting = Duration::from_millis(300);
    let plan = Plan { ask: Ask::PLAIN, pace: Pace::Closed, connections: 64, lasting };
    measure::sample(subject, plan, false).await;
}

impl Scenario {
    fn plan(&self, options: &Options) -> Plan {
        let lasting = Duration::from_secs(options.seconds) * self.share / 2;
        Plan { ask: self.ask, pace: self.pace, connections: self.connections, lasting }
    }
}
