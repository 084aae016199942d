//! The figures as a table for people and as JSON for later.

use std::path::Path;

use serde_json::{Value, json};

use crate::measure::{Sample, median};
use crate::scenario::{Results, Row, SCENARIOS};

/// Columns: title, how a row's figure is made, and whether nginx's is a yardstick for it.
type Column = (&'static str, fn(&Row, &Row) -> Option<f64>, bool);

const COLUMNS: &[Column] = &[
    ("CPU µs/request (64 conns)", |row, _| figure(row, "closed", |s| s.cpu), true),
    ("k instructions/request", |row, _| instructions(row), true),
    ("CPU µs at 500/s", |row, _| figure(row, "500/s", |s| s.cpu), true),
    ("CPU µs at 1000/s", |row, _| figure(row, "1000/s", |s| s.cpu), true),
    ("CPU µs, 32 KB prompt", |row, _| figure(row, "32 KB", |s| s.cpu), true),
    ("p50 added µs at 500/s", |row, base| added(row, base, "500/s", |s| s.whole_p50), true),
    ("p99 added µs at 500/s", |row, base| added(row, base, "500/s", |s| s.whole_p99), true),
    ("p50 added µs at 1000/s", |row, base| added(row, base, "1000/s", |s| s.whole_p50), true),
    ("p99 added µs at 1000/s", |row, base| added(row, base, "1000/s", |s| s.whole_p99), true),
    ("CPU µs/chunk paced", |row, _| per_event(row, "stream paced"), true),
    ("CPU µs/chunk at max", |row, _| per_event(row, "stream max"), true),
    ("TTFT added µs", |row, base| added(row, base, "stream first", |s| s.first_p50), true),
    ("requests/s (64 conns)", |row, _| figure(row, "closed", |s| s.rate), false),
    ("RSS idle MiB", |row, _| Some(row.idle_kib as f64 / 1024.0), false),
    ("RSS after MiB", |row, _| Some(row.after_kib as f64 / 1024.0), false),
    ("start ms", |row, _| Some(row.started_ms), false),
];

fn figure(row: &Row, scenario: &str, of: fn(&Sample) -> f64) -> Option<f64> {
    median(row.samples.get(scenario)?.iter().map(of))
}

fn instructions(row: &Row) -> Option<f64> {
    median(row.samples.get("closed")?.iter().filter_map(|sample| sample.instructions))
}

/// A round's latency less that of the upstream in the same round. The upstream adds nothing to itself.
fn added(row: &Row, base: &Row, scenario: &str, of: fn(&Sample) -> f64) -> Option<f64> {
    if row.name == base.name {
        return None;
    }
    let pairs = row.samples.get(scenario)?.iter().zip(base.samples.get(scenario)?);
    median(pairs.map(|(sample, base)| of(sample) - of(base)))
}

fn per_event(row: &Row, scenario: &str) -> Option<f64> {
    let events = SCENARIOS.iter().find(|one| one.name == scenario)?.ask.events;
    figure(row, scenario, |sample| sample.cpu).map(|cpu| cpu / f64::from(events))
}

/// The Markdown table: a row a figure, a column a subject, nginx's ratio beside ours.
pub(crate) fn table(results: &Results) -> String {
    let Some(base) = results.subjects.first() else { return String::new() };
    let nginx = results.subjects.iter().find(|row| row.name == "nginx");
    let titles: Vec<&str> = results.subjects.iter().map(|row| row.name).collect();
    let mut lines =
        vec![format!("| figure | {} |", titles.join(" | ")), format!("|---|{}", "---|".repeat(titles.len()))];
    for (title, make, compared) in COLUMNS {
        let cells = results.subjects.iter().map(|row| {
            let yardstick =
                nginx.filter(|nginx| *compared && nginx.name != row.name && row.name != base.name);
            cell(make(row, base), yardstick.and_then(|nginx| make(nginx, base)))
        });
        lines.push(format!("| {title} | {} |", cells.collect::<Vec<_>>().join(" | ")));
    }
    lines.push(String::new());
    lines.push(note(results));
    lines.join("\n") + "\n"
}

fn cell(value: Option<f64>, yardstick: Option<f64>) -> String {
    let Some(value) = value else { return "n/a".into() };
    let shown = if value.abs() < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    match yardstick {
        Some(other) if other > 0.0 => format!("{shown} ({:.2} ×)", value / other),
        _ => shown,
    }
}

fn note(results: &Results) -> String {
    let pinned =
        if results.pinned { "gateway alone on core 0, upstream and load on core 1" } else { "not pinned" };
    let mut text = format!(
        "Median of {} interleaved round(s) of {} s; {pinned}; loopback HTTP/1.1 keep-alive, 346-byte request, 619-byte reply, events of 254 bytes. × is the ratio to nginx. The upstream's own figures are its own cost, for scale; its core is shared with the load.",
        results.rounds, results.seconds
    );
    if let Some(why) = &results.no_instructions {
        text += &format!(" Instructions: n/a, {why}.");
    }
    text
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
        let figures = COLUMNS
            .iter()
            .map(|(title, make, _)| ((*title).to_owned(), json!(base.and_then(|base| make(row, base)))));
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
        "no_instructions": results.no_instructions,
        "subjects": subjects.collect::<Vec<_>>(),
    })
}

fn sample_json(sample: &Sample) -> Value {
    json!({
        "cpu_us": sample.cpu,
        "k_instructions": sample.instructions,
        "rate": sample.rate,
        "first_p50_us": sample.first_p50,
        "whole_p50_us": sample.whole_p50,
        "whole_p99_us": sample.whole_p99,
        "failed": sample.failed,
    })
}
