//! The measurements as a page shows them.

use std::fmt::Write as _;

use crate::choose::{Came, SEED};

/// The section about many models.
#[must_use]
pub fn section(all: &[Came]) -> String {
    let mut text = "## Many models\n\n".to_owned();
    text.push_str(
        "One of 28 models for each question of ZeroEval (GSM8K, CRUXEval, MATH level 5; models and prices of 2024, see\n\
         `bench/many/models.tsv`). Fitted to the half of the questions that the heads may have seen; figures are of the other\n\
         half. A policy pays as little as keeps 98.7 % of the best single model's accuracy on the first half. Intervals are the\n\
         middle 95 % of 1,000 resamples.",
    );
    let _ = write!(text, " Seed {SEED}.\n\n");
    text.push_str(
        "| policy | right % | $/1k | of the best's accuracy % | of its cost % | same mix by chance, right % | money no matter, right % |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for Came { name, accuracy, cost, kept, paid, chance, dearest } in all {
        let part = |(mean, low, high): &(f64, f64, f64)| {
            format!("{:.1} [{:.1}–{:.1}]", 100.0 * mean, 100.0 * low, 100.0 * high)
        };
        let _ = writeln!(
            text,
            "| {name} | {accuracy:.1} | {cost:.3} | {} | {} | {chance:.1} | {dearest:.1} |",
            part(kept),
            part(paid)
        );
    }
    text.push_str(
        "\nGoal: at least 98 % of the best single model's accuracy at 75 % of its cost or less, from predicted tasks. The hidden\n\
         thoughts of o1-mini, the best single model, are not in the data, so that it is priced too low and what is saved is more.\n",
    );
    text
}
