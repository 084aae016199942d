//! What is measured of processes that have done nothing before: how fast they start, and what memory they take.

use std::time::Duration;

use tokio::time::sleep;

use crate::load::{self, Pace, Plan, Until};
use crate::measure::{self, median};
use crate::scenario::{OPEN_STREAM, warm};
use crate::subject::{Gateway, Setup};
use crate::wire::Ask;

/// How often a start is measured.
const STARTS: usize = 5;
/// How many requests are sent before the memory is looked at.
const MANY: u64 = 100_000;
/// How many streams are opened at once.
pub(crate) const STREAMS: [usize; 2] = [1_000, 5_000];

/// The figures of one gateway.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    /// Milliseconds from the start of the process to the end of its first answer.
    pub(crate) start_ms: f64,
    /// Bytes of the program.
    pub(crate) program: u64,
    /// Resident memory after the start and after many requests.
    pub(crate) idle_kib: u64,
    pub(crate) after_kib: u64,
    /// KiB a stream, for each count of [`STREAMS`].
    pub(crate) stream_kib: [f64; STREAMS.len()],
}

/// Measures one gateway.
///
/// # Errors
/// When it does not start or does not answer.
pub(crate) async fn measure(setup: &Setup, gateway: &Gateway) -> Result<Fresh, String> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(setup.first_answer(gateway).await?.as_secs_f64() * 1e3);
    }
    let mut fresh = Fresh {
        start_ms: median(starts.into_iter()).unwrap_or_default(),
        program: program_size(gateway),
        ..Fresh::default()
    };
    let subject = setup.start(gateway).await?;
    fresh.idle_kib = subject.process.resident_kib();
    let until = Until::Count(MANY);
    let plan = Plan { ask: Ask::PLAIN, pace: Pace::Closed, connections: 64, until };
    let sample = measure::sample(&subject, plan, false).await;
    if let (1.., Some(why)) = (sample.failed, sample.why) {
        return Err(format!("{}: {why}", gateway.name));
    }
    fresh.after_kib = subject.process.resident_kib();
    drop(subject);
    for (count, kib) in STREAMS.into_iter().zip(&mut fresh.stream_kib) {
        let subject = setup.start(gateway).await?;
        warm(&subject).await;
        let before = subject.process.resident_kib();
        let held = load::hold(subject.address, OPEN_STREAM, count).await?;
        // What the first content left behind is given back meanwhile.
        sleep(Duration::from_secs(1)).await;
        let with = subject.process.resident_kib();
        *kib = with.saturating_sub(before) as f64 / count as f64;
        drop((subject, held));
    }
    Ok(fresh)
}

fn program_size(gateway: &Gateway) -> u64 {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let here = std::iter::once(gateway.program.clone());
    let found = std::env::split_paths(&paths).map(|folder| folder.join(&gateway.program));
    here.chain(found).find_map(|path| Some(path.metadata().ok()?.len())).unwrap_or_default()
}
