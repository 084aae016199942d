//! Instructions, counted one by one by valgrind's callgrind, so that the figure is the same whatever else the machine
//! does. Only those of the program: the kernel's are not seen.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::load::{self, Plan, Until};
use crate::process::have;
use crate::scenario::SCENARIOS;
use crate::subject::{Gateway, Setup, Subject};

/// Instructions per request, by scenario.
pub(crate) type Counted = BTreeMap<&'static str, f64>;

/// Why instructions cannot be counted here, or nothing if they can.
pub(crate) fn missing() -> Option<String> {
    (!have("valgrind") || !have("callgrind_control"))
        .then(|| "valgrind is not installed (on Debian: apt-get install valgrind)".into())
}

/// Counts what one gateway's requests take.
///
/// # Errors
/// When it does not start or does not answer.
pub(crate) async fn count(setup: &Setup, gateway: &Gateway) -> Result<Counted, String> {
    let file = setup.out.join(format!("callgrind.{}", gateway.name));
    let shown = format!("--callgrind-out-file={}", file.display());
    let instrument = ["valgrind".into(), "--tool=callgrind".into(), "--quiet".into(), shown];
    let subject = setup.start_below(gateway, &instrument).await?;
    let mut counted = Counted::new();
    let taking_part = SCENARIOS.iter().filter(|one| one.counted > 0 && one.is_for(gateway.name));
    for scenario in taking_part {
        let plan = scenario.counting_plan();
        // The first ones open connections and fill pools.
        served(&subject, Plan { until: Until::Count(u64::from(plan.connections) * 2), ..plan }).await?;
        control(&subject, "--zero")?;
        served(&subject, plan).await?;
        control(&subject, "--dump")?;
        // A dump's number counts the dumps.
        let total = total(&file.with_extension(format!("{}.{}", gateway.name, counted.len() + 1)))?;
        counted.insert(scenario.name, total / scenario.counted as f64);
    }
    Ok(counted)
}

async fn served(subject: &Subject, plan: Plan) -> Result<(), String> {
    let tally = load::run(subject.address, plan).await;
    match tally.failed {
        0 => Ok(()),
        _ => Err(format!("{}: {}", subject.name, tally.why.unwrap_or_default())),
    }
}

fn control(subject: &Subject, what: &str) -> Result<(), String> {
    let mut command = Command::new("callgrind_control");
    command.arg(what).arg(subject.process.pid().to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let done = command.status().is_ok_and(|status| status.success());
    if done { Ok(()) } else { Err(format!("callgrind_control {what} failed")) }
}

/// The total of a dump.
fn total(dump: &Path) -> Result<f64, String> {
    let text = std::fs::read_to_string(dump).map_err(|error| format!("{}: {error}", dump.display()))?;
    let sums = text.lines().filter_map(|line| line.strip_prefix("totals: "));
    let sum: u64 = sums.filter_map(|sum| sum.trim().parse::<u64>().ok()).sum();
    if sum > 0 { Ok(sum as f64) } else { Err(format!("{} holds no total", dump.display())) }
}
