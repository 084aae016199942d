//! The figures as a table for people and as JSON for later.

use std::path::Path;

use serde_json::{Value, json};

use crate::fresh::{Fresh, STREAMS};
use crate::measure::{Sample, median};
use crate::scenario::{Results, Row, SCENARIOS};
use crate::subject::BASELINE;

/// A line of the table: title, how a subject's figure is made, what it is held to, and whom it is compared with.
struct Line {
    title: String,
    make: Make,
    limit: Limit,
    /// The subject that ratios are to.
    against: &'static str,
}

/// From a subject's row and the upstream's: a value for each slice of time, one in all for what is measured once.
type Make = Box<dyn Fn(&Row, &Row) -> Vec<f64>>;

/// What Wye's figure may be at most.
enum Limit {
    /// So many times nginx's.
    Ratio(f64),
    /// So much in the line's unit.
    Most(f64),
    /// It is compared with nginx's and held to nothing.
    Compared,
    /// It is shown for scale.
    Shown,
}

fn lines() -> Vec<Line> {
    use Limit::{Compared, Most, Ratio, Shown};
    let cpu = |title: &str, scenario: &'static str, limit| {
        Line::new(title, move |row, _| each(row, scenario, |s| Some(s.cpu)), limit)
    };
    let late = |title: &str, scenario: &'static str, of: fn(&Sample) -> f64, limit| {
        Line::new(title, move |row, base| added(row, base, scenario, of), limit)
    };
    let counted = |title: &str, scenario: &'static str| {
        Line::new(title, move |row, _| once(row.counted.get(scenario).map(|all| all / 1e3)), Compared)
    };
    let fresh = |title: &str, of: fn(&Fresh) -> f64, limit| {
        Line::new(title, move |row, _| once(row.fresh.as_ref().map(of)), limit)
    };
    let per_stream = |place: usize| {
        let title = format!("memory of {} open streams, KiB each", STREAMS[place]);
        Line::new(
            &title,
            move |row, _| once(row.fresh.as_ref().map(|fresh| fresh.stream_kib[place])),
            Most(40.0),
        )
    };
    vec![
        cpu("CPU µs/request", "closed", Ratio(2.0)),
        Line::new("of these in the kernel", |row, _| each(row, "closed", |s| Some(s.kernel)), Compared),
        Line::new(
            "k instructions/request, by the machine's counter",
            |row, _| each(row, "closed", |s| s.instructions),
            Ratio(3.0),
        ),
        Line::new(
            "CPU µs/request, threads that serve",
            |row, _| each(row, "closed", |s| s.serving),
            Ratio(1.15),
        )
        .against(BASELINE),
        cpu("CPU µs/request, whole process", "closed", Ratio(1.6)).against(BASELINE),
        Line::new(
            "CPU µs at 1000/s, threads that serve",
            |row, _| each(row, "1000/s", |s| s.serving),
            Compared,
        )
        .against(BASELINE),
        cpu("CPU µs at 1000/s, whole process", "1000/s", Compared).against(BASELINE),
        cpu("CPU µs, body of 1 KB", "1 KB", Ratio(2.0)),
        cpu("CPU µs, body of 32 KB", "32 KB", Ratio(2.2)),
        cpu("CPU µs, body of 100 KB", "100 KB", Ratio(2.2)),
        cpu("CPU µs, body of 5 MB", "5 MB", Ratio(3.0)),
        cpu("CPU µs, vectors of 2,048 texts", "embeddings 2048", Ratio(2.0)),
        cpu("CPU µs, OpenAI to Anthropic", "to Anthropic", Ratio(3.5)),
        cpu("CPU µs, OpenAI to Gemini", "to Gemini", Ratio(3.5)),
        cpu("CPU µs at 500/s", "500/s", Compared),
        cpu("CPU µs at 1000/s", "1000/s", Compared),
        late("p50 added µs at 500/s", "500/s", |s| s.whole_p50, Compared),
        late("p99 added µs at 500/s", "500/s", |s| s.whole_p99, Compared),
        late("p50 added µs at 1000/s", "1000/s", |s| s.whole_p50, Compared),
        late("p99 added µs at 1000/s", "1000/s", |s| s.whole_p99, Ratio(3.0)),
        Line::new("CPU µs/chunk, paced", |row, _| per_event(row, "stream paced"), Ratio(1.5)),
        Line::new("CPU µs/chunk, as fast as it goes", |row, _| per_event(row, "stream max"), Ratio(1.5)),
        late("first chunk added µs, p50", "stream first", |s| s.first_p50, Ratio(2.0)),
        Line::new("requests/s", |row, _| each(row, "closed", |s| Some(s.rate)), Shown),
        per_stream(0),
        per_stream(1),
        fresh("RSS MiB after the start", |fresh| fresh.idle_kib as f64 / 1024.0, Shown),
        fresh("RSS MiB after 100,000 requests", |fresh| fresh.after_kib as f64 / 1024.0, Most(40.0)),
        fresh("ms from start to first answer", |fresh| fresh.start_ms, Most(100.0)),
        fresh("program MB", |fresh| fresh.program as f64 / 1e6, Most(40.0)),
        counted("k own instructions/request", "closed"),
        counted("k own instructions, body of 1 KB", "1 KB"),
        counted("k own instructions, body of 32 KB", "32 KB"),
        counted("k own instructions, body of 100 KB", "100 KB"),
        counted("k own instructions, body of 5 MB", "5 MB"),
        counted("k own instructions, vectors of 2,048 texts", "embeddings 2048"),
        counted("k own instructions, OpenAI to Anthropic", "to Anthropic"),
        counted("k own instructions, OpenAI to Gemini", "to Gemini"),
        Line::new("k own instructions/chunk", counted_per_event, Compared),
    ]
}

impl Line {
    fn new(title: &str, make: impl Fn(&Row, &Row) -> Vec<f64> + 'static, limit: Limit) -> Self {
        Self { title: title.to_owned(), make: Box::new(make), limit, against: "nginx" }
    }

    fn against(mut self, subject: &'static str) -> Self {
        self.against = subject;
        self
    }
}

impl Limit {
    const fn compares(&self) -> bool {
        matches!(self, Limit::Ratio(_) | Limit::Compared)
    }

    fn shown(&self) -> String {
        match self {
            Limit::Ratio(most) => format!("≤ {most} ×"),
            Limit::Most(most) => format!("≤ {most}"),
            Limit::Compared | Limit::Shown => String::new(),
        }
    }
}

/// What a scenario's samples show, slice after slice.
fn each(row: &Row, scenario: &str, of: fn(&Sample) -> Option<f64>) -> Vec<f64> {
    row.samples.get(scenario).into_iter().flatten().filter_map(of).collect()
}

/// Of what is measured once.
fn once(value: Option<f64>) -> Vec<f64> {
    value.into_iter().collect()
}

/// A slice's latency less that of the upstream in the same slice. The upstream adds nothing to itself.
fn added(row: &Row, base: &Row, scenario: &str, of: fn(&Sample) -> f64) -> Vec<f64> {
    if row.name == base.name {
        return Vec::new();
    }
    let pairs = row.samples.get(scenario).zip(base.samples.get(scenario));
    let pairs = pairs.into_iter().flat_map(|(samples, base)| samples.iter().zip(base));
    pairs.map(|(sample, base)| of(sample) - of(base)).collect()
}

fn events(scenario: &str) -> Option<f64> {
    Some(SCENARIOS.iter().find(|one| one.name == scenario)?.ask.events.into())
}

fn per_event(row: &Row, scenario: &str) -> Vec<f64> {
    let Some(events) = events(scenario) else { return Vec::new() };
    each(row, scenario, |sample| Some(sample.cpu)).into_iter().map(|cpu| cpu / events).collect()
}

fn counted_per_event(row: &Row, _: &Row) -> Vec<f64> {
    once(row.counted.get("stream max").zip(events("stream max")).map(|(all, events)| all / 1e3 / events))
}

/// How many times as much as the other, in the slices of time that both had: what the machine does besides falls on both.
fn ratio(values: &[f64], others: &[f64]) -> Option<f64> {
    let pairs = values.iter().zip(others).filter(|(_, other)| **other > 0.0);
    median(pairs.map(|(value, other)| value / other))
}

/// The Markdown table: a row a figure, a column a subject, nginx's ratio beside ours.
pub(crate) fn table(results: &Results) -> String {
    let Some(base) = results.subjects.first() else { return String::new() };
    let titles: Vec<&str> = results.subjects.iter().map(|row| row.name).collect();
    let mut text = vec![
        format!("| figure | {} | limit |", titles.join(" | ")),
        format!("|---|{}---|", "---|".repeat(titles.len())),
    ];
    for line in lines() {
        let other = results.subjects.iter().find(|row| row.name == line.against);
        if other.is_none() && line.against == BASELINE {
            continue;
        }
        let cells: Vec<String> = results
            .subjects
            .iter()
            .map(|row| {
                let compared = line.limit.compares() && row.name != base.name;
                let yardstick = other.filter(|other| compared && other.name != row.name);
                let values = (line.make)(row, base);
                let ratio = yardstick.and_then(|other| ratio(&values, &(line.make)(other, base)));
                cell(median(values.into_iter()), ratio)
            })
            .collect();
        if cells.iter().any(|cell| cell != "n/a") {
            text.push(format!("| {} | {} | {} |", line.title, cells.join(" | "), line.limit.shown()));
        }
    }
    text.push(String::new());
    text.push(note(results));
    text.join("\n") + "\n"
}

fn cell(value: Option<f64>, ratio: Option<f64>) -> String {
    let Some(value) = value else { return "n/a".into() };
    let shown = if value.abs() < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    ratio.map_or(shown.clone(), |ratio| format!("{shown} ({ratio:.2} ×)"))
}

fn note(results: &Results) -> String {
    let pinned =
        if results.pinned { "gateway alone on core 0, upstream and load on core 1" } else { "not pinned" };
    if results.rounds == 0 {
        return "Instructions alone. Own instructions are those of the program without the kernel's, counted one by one \
                (callgrind). × is the ratio to nginx."
            .into();
    }
    let mut text = format!(
        "{} round(s) of {} s for each load, in which the subjects take turns every second: medians of the seconds; {pinned}; \
         loopback HTTP/1.1 keep-alive, 64 connections, request of 346 bytes, reply of 619, events of 254. × is the ratio \
         to nginx, second by second, and the median of these; in the lines that tell threads apart, to the \
         baseline: an older wye without limits, budgets and a database. The upstream's own figures are its own cost, \
         for scale; its core is shared with the load. Own instructions are those of the program without the kernel's, \
         counted one by one (callgrind).",
        results.rounds, results.seconds
    );
    if let Some(why) = &results.no_counter {
        text += &format!(" No figure by the machine's counter: {why}.");
    }
    if let Some(why) = &results.no_instructions {
        text += &format!(" No own instructions: {why}.");
    }
    text
}

/// What a page's table stands between.
const MARKS: [&str; 2] = ["<!-- bench: written by make bench-page -->", "<!-- bench: end -->"];

/// Writes the table into a page, in the place of the last one.
///
/// # Errors
/// When the page cannot be read or written, or has no place for it.
pub(crate) fn write_page(page: &Path, table: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", page.display());
    let old = std::fs::read_to_string(page).map_err(failed)?;
    let new = replaced(&old, table).ok_or_else(|| format!("{} has no marks {MARKS:?}", page.display()))?;
    std::fs::write(page, new).map_err(failed)
}

fn replaced(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n\n{table}\n{}{after}", MARKS[0], MARKS[1]))
}

/// Writes the table and every sample below `out`.
///
/// # Errors
/// When the folder cannot be written to.
pub(crate) fn save(out: &Path, results: &Results, table: &str) -> Result<(), String> {
    let write = |name: &str, text: &str| {
        std::fs::write(out.join(name), text).map_err(|error| format!("{}: {error}", out.join(name).display()))
    };
    write("bench.md", table)?;
    write("bench.json", &(as_json(results).to_string() + "\n"))
}

fn as_json(results: &Results) -> Value {
    let base = results.subjects.first();
    let subjects = results.subjects.iter().map(|row| {
        let figures = lines().into_iter().map(|line| {
            (line.title, json!(base.and_then(|base| median((line.make)(row, base).into_iter()))))
        });
        let samples = row.samples.iter().map(|(scenario, samples)| {
            ((*scenario).to_owned(), Value::Array(samples.iter().map(sample_json).collect()))
        });
        json!({
            "subject": row.name,
            "figures": Value::Object(figures.collect()),
            "samples": Value::Object(samples.collect()),
        })
    });
    json!({
        "rounds": results.rounds,
        "seconds": results.seconds,
        "pinned": results.pinned,
        "no_counter": results.no_counter,
        "no_instructions": results.no_instructions,
        "subjects": subjects.collect::<Vec<_>>(),
    })
}

fn sample_json(sample: &Sample) -> Value {
    json!({
        "cpu_us": sample.cpu,
        "serving_us": sample.serving,
        "kernel_us": sample.kernel,
        "k_instructions": sample.instructions,
        "rate": sample.rate,
        "first_p50_us": sample.first_p50,
        "whole_p50_us": sample.whole_p50,
        "whole_p99_us": sample.whole_p99,
        "failed": sample.failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_compared_one_by_one() {
        // A machine that is twice as slow in the last of them is so for both.
        assert_eq!(ratio(&[3.0, 3.0, 6.0], &[2.0, 2.0, 4.0]), Some(1.5));
        assert_eq!(ratio(&[3.0], &[]), None);
        assert_eq!(cell(Some(123.4), Some(1.5)), "123 (1.50 ×)");
        assert_eq!(cell(None, Some(1.5)), "n/a");
    }

    #[test]
    fn a_page_keeps_everything_around_its_table() {
        let page = format!("above\n{}\nold\n{}\nbelow\n", MARKS[0], MARKS[1]);
        let new = replaced(&page, "new\n").unwrap();
        assert_eq!(new, format!("above\n{}\n\nnew\n\n{}\nbelow\n", MARKS[0], MARKS[1]));
        assert_eq!(replaced("no marks", ""), None);
    }
}
