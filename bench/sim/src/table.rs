//! Figures as tables in Markdown.

use crate::scenario::{Goal, Results, Scenario};
use crate::tally::{Tally, percent};

/// What stands above the tables of a page.
pub const HEAD: &str = "| policy | answered | client errors | calls / request | 429s of calls | into closed windows | first content ms p50 / p95 / p99 | $ / 1000 | back after | load |
|---|---|---|---|---|---|---|---|---|---|
";

/// A scenario with its table and its goals.
#[must_use]
pub fn section(scenario: &Scenario, results: &Results) -> String {
    let mut text = format!("### {}\n\n{}\n\n{HEAD}", scenario.title, scenario.about);
    for tally in &results.tallies {
        text.push_str(&row(tally));
    }
    text.push('\n');
    for Goal { what, found, met } in (scenario.goals)(results) {
        let mark = if met { "met" } else { "**missed**" };
        text.push_str(&format!("- {mark}: {what}: {found}\n"));
    }
    text.push('\n');
    text
}

fn row(tally: &Tally) -> String {
    let codes: Vec<String> = tally.codes.iter().map(|(code, count)| format!("{count} × {code}")).collect();
    let errors = if codes.is_empty() { "0".to_owned() } else { codes.join(", ") };
    let first = |share| tally.first(share).map_or_else(|| "–".to_owned(), |ms| ms.to_string());
    let troubled = tally.served.iter().any(|served| !served.back_after.is_empty());
    let back = match (troubled, tally.back_after()) {
        (false, _) => "–".to_owned(),
        (true, None) => "never".to_owned(),
        (true, Some(back)) => format!("{:.1} s", back.as_secs_f64()),
    };
    let answered: usize = tally.served.iter().map(|served| served.answered).sum();
    let load: Vec<String> =
        tally.served.iter().map(|served| format!("{:.0}", percent(served.answered, answered))).collect();
    format!(
        "| {} | {:.2} % | {errors} | {:.3} | {:.2} % | {} | {} / {} / {} | {:.3} | {back} | {} |\n",
        tally.name,
        tally.success(),
        tally.calls_each(),
        tally.limited(),
        tally.closed(),
        first(0.5),
        first(0.95),
        first(0.99),
        tally.dollars(),
        load.join("/"),
    )
}
