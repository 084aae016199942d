//! The figures as a page shows them, and the goals.

use super::exam::Questions;
use super::figure::{Figure, Mean};
use super::fleet::Fleet;
use super::row::{AUTO, Kind, Row, name};
use crate::scenario::Goal;

/// A fleet with its table and its goals.
#[must_use]
pub fn section(fleet: &Fleet, rows: &[(Row, Figure)]) -> String {
    let mut text = format!("## {}\n\n{}\n\n{HEAD}", fleet.title, fleet.about);
    let best = rows.first().map_or(100.0, |(_, figure)| figure.quality.of);
    for (row, figure) in rows {
        let Figure { quality, cost, mixed, ahead, net, wait, first_ms } = figure;
        let first = first_ms.map_or_else(|| "–".to_owned(), |ms| ms.to_string());
        // What knows the answers, or is one model, is beside the point of the others.
        let beside = if row.kind == Kind::Single { "–".to_owned() } else { signed(ahead) };
        text.push_str(&format!(
            "| {} | {:.1} ± {:.1} | {:.3} | {:.1} | {:.1} | {:.1} | {beside} | {first} | {:.1} |\n",
            row.name,
            quality.of,
            quality.give,
            cost.of,
            100.0 * quality.of / best,
            mixed.of,
            net.of,
            wait.of,
        ));
    }
    text.push('\n');
    for Goal { what, found, met } in goals(rows) {
        text.push_str(&format!("- {}: {what}: {found}\n", if met { "met" } else { "**missed**" }));
    }
    text + "\n"
}

const HEAD: &str = "| policy | answered well % | $ / 1000 | of the oracle % | same mix by chance % | net | ahead of the best single model for that money | first content ms p50 | whole answer s |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
";

fn signed(mean: &Mean) -> String {
    format!("{:+.1} ± {:.1}", mean.of, mean.give)
}

/// What has to be reached.
#[must_use]
pub fn goals(rows: &[(Row, Figure)]) -> Vec<Goal> {
    let of = |name: &str| rows.iter().find(|(row, _)| row.name == name).map(|(_, figure)| figure);
    let graded = |questions| of(&name(AUTO, questions));
    let mut goals = Vec::new();
    let mut goal = |what: String, found: Option<(String, bool)>| {
        let (found, met) = found.unwrap_or_else(|| ("no such row".to_owned(), false));
        goals.push(Goal { what, found, met });
    };
    goal(
        format!("{AUTO} without grades: at least as good as any single model at no more than its cost"),
        graded(Questions::None).map(|auto| {
            let singles = rows
                .iter()
                .filter(|(row, figure)| row.kind == Kind::Single && figure.cost.of <= auto.cost.of * 1.0001);
            let best = singles.map(|(_, figure)| figure.quality.of).fold(0.0, f64::max);
            let found = format!("{:.1} of {best:.1} %", auto.quality.of);
            // Chance decides among models that are expected to be alike, whatever they turn out to be.
            (found, auto.quality.of >= best - auto.quality.give.min(1.0))
        }),
    );
    goal(
        format!(
            "{AUTO} with 20 questions a category: better than the single model that turned out best for its money"
        ),
        graded(Questions::Each(20)).map(|auto| (signed(&auto.ahead), auto.ahead.low() > 0.0)),
    );
    let steps = [Questions::None, Questions::Each(1), Questions::Each(5), Questions::Each(20)];
    let nets: Option<Vec<f64>> = steps.into_iter().map(|step| Some(graded(step)?.net.of)).collect();
    goal(
        format!("{AUTO}: quality less money and time rises with the questions that were asked"),
        nets.map(|nets| {
            let told: Vec<String> = nets.iter().map(|net| format!("{net:.1}")).collect();
            (told.join(", "), nets.is_sorted_by(|less, more| less <= more))
        }),
    );
    let others = rows.iter().filter(|(row, _)| row.kind == Kind::Other);
    let best = others.max_by(|(_, one), (_, other)| one.net.of.total_cmp(&other.net.of));
    goal(
        format!(
            "{AUTO} with SMLGateway's questions: more quality less money and time than any baseline or replica"
        ),
        graded(Questions::Sml).zip(best).map(|(auto, (row, figure))| {
            let found = format!("{:.1}, {} {:.1}", auto.net.of, row.name, figure.net.of);
            (found, auto.net.of > figure.net.of)
        }),
    );
    goals
}
