//! One figure: load on one subject, CPU time before and after, instructions beside it where the machine counts them.

use std::process::{Child, Command, Stdio};

use crate::load::{self, Plan, Tally, Until};
use crate::subject::Subject;

/// What one load on one subject cost.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Microseconds of CPU per request.
    pub(crate) cpu: f64,
    /// Those of them that were spent on threads which serve requests, where there are others too.
    pub(crate) serving: Option<f64>,
    /// Those of them that were spent in the kernel.
    pub(crate) kernel: f64,
    /// Thousands of instructions per request, if the machine counts them.
    pub(crate) instructions: Option<f64>,
    /// Requests answered a second.
    pub(crate) rate: f64,
    /// Microseconds to the first content: median.
    pub(crate) first_p50: f64,
    /// Microseconds to the end: median and 99th percentile.
    pub(crate) whole_p50: f64,
    pub(crate) whole_p99: f64,
    /// Requests that failed.
    pub(crate) failed: u64,
    pub(crate) why: Option<String>,
}

/// Why instructions cannot be counted here, or nothing if they can.
pub(crate) fn counter_missing() -> Option<String> {
    let probe = Command::new("perf").args(["stat", "-x,", "-e", "instructions", "true"]).output();
    match probe {
        Err(_) => Some("perf is not installed".into()),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            counted(&text).is_none().then(|| "this (virtual) machine has no instruction counter".into())
        }
    }
}

/// Runs `plan` against `subject` and measures. `count` also counts instructions.
pub(crate) async fn sample(subject: &Subject, plan: Plan, count: bool) -> Sample {
    let counter = count.then(|| count_instructions(subject, plan)).flatten();
    let before = subject.process.cpu();
    let start = tokio::time::Instant::now();
    let tally = load::run(subject.address, plan).await;
    let took = start.elapsed().as_secs_f64();
    let after = subject.process.cpu();
    let requests = (tally.answered as f64).max(1.0);
    let cpu = after.micros_since(&before) / requests;
    let serving = after.serving_since(&before).map(|micros| micros / requests);
    let instructions = counter.and_then(finish).map(|all| all / requests / 1e3);
    Sample { serving, ..summary(tally, (cpu, cpu * after.kernel_since(&before)), instructions, took) }
}

fn summary(mut tally: Tally, (cpu, kernel): (f64, f64), instructions: Option<f64>, took: f64) -> Sample {
    tally.first.sort_unstable();
    tally.whole.sort_unstable();
    Sample {
        cpu,
        serving: None,
        kernel,
        instructions,
        rate: tally.answered as f64 / took,
        first_p50: percentile(&tally.first, 50),
        whole_p50: percentile(&tally.whole, 50),
        whole_p99: percentile(&tally.whole, 99),
        failed: tally.failed + u64::from(tally.answered == 0),
        why: tally.why,
    }
}

fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).copied().unwrap_or_default().into()
}

/// The middle of three or more, the mean of the middle two if even.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => sorted.get(middle).copied(),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

fn count_instructions(subject: &Subject, plan: Plan) -> Option<Child> {
    let pids: Vec<String> = subject.process.family().iter().map(u32::to_string).collect();
    let Until::Time(lasting) = plan.until else { return None };
    let seconds = (lasting.as_secs_f64() + 1.0).to_string();
    let mut command = Command::new("perf");
    command.args(["stat", "-x,", "-e", "instructions", "-p", &pids.join(","), "--", "sleep", &seconds]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()
}

fn finish(counter: Child) -> Option<f64> {
    let output = counter.wait_with_output().ok()?;
    counted(&String::from_utf8_lossy(&output.stderr))
}

/// The count of `perf stat -x,`: the first field of the line about instructions.
fn counted(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.contains("instructions"))?;
    line.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perf_is_read_or_found_unsupported() {
        assert_eq!(counted("123456,,instructions,1000,100.00,,\n"), Some(123_456.0));
        assert_eq!(counted("<not supported>,,instructions,0,100.00,,\n"), None);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([1.0, 2.0].into_iter()), Some(1.5));
        assert_eq!(median(std::iter::empty()), None);
    }
}
