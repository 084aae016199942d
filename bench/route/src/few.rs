//! MMLU with few labels: what runs of letters learn from as many as RouteLLM's golden ones, and what meaning adds to them.

use std::fmt::Write;

use wye_train::data::{Data, Question};
use wye_train::fit::Features;
use wye_train::lessons::hard;
use wye_train::measure::{Chance, Choice, curve};
use wye_train::split::place;

use crate::SEED;
use crate::choose::{fitted, read, said};
use crate::dense::Dense;
use crate::meaning::{Meaning, Vector};
use crate::table::{ROUTERS, router};

/// Labels for the one set alone, as RouteLLM's golden ones.
const LABELS: usize = 1500;
/// Draws of them.
const DRAWS: u64 = 10;
/// What a weight's square costs over vectors. By five folds inside each draw's labels, as is the share of the two scores: with
/// ridges from 0.001 to 0.01 and shares from 0.4 to 0.6 figures differ by 0.005, so the plainest share was taken, halves.
const RIDGE: f32 = 0.003;

/// A question, what the heads read of it, and what it means.
struct Row<'a> {
    letters: (&'a Question, Features),
    meant: Option<Vector>,
}

pub(crate) fn page(data: &Data, meaning: Option<&Meaning>) -> String {
    let rows = rows(&data.mmlu, meaning);
    let mut page = format!(
        "\n### MMLU, trained on {LABELS} of its labels only\n\nThe same features and fit; tested on all the other questions. \
         {DRAWS} draws; the interval of the first.{}\n\n{ROUTERS}",
        meaning.map_or("", |_| {
            " With the encoder: the mean of two scores of the same spread, one fitted to runs of letters and one, a logistic \
             regression with nothing but the same labels, to the encoder's vectors; how they are joined was chosen by folds \
             inside the labels."
        })
    );
    let ways: &[Way] = match meaning {
        Some(_) => &[
            ("letters", letters),
            ("with the encoder", both),
            ("the encoder alone", meant),
            ("random", random),
        ],
        None => &[("letters", letters), ("random", random)],
    };
    let mut means = String::new();
    for (name, way) in ways {
        let mut all = Vec::new();
        for draw in 0..DRAWS {
            let mut order: Vec<&Row<'_>> = rows.iter().collect();
            order.sort_by_key(|row| place(&row.letters.0.prompt, SEED + 1 + draw, u64::MAX));
            let (labels, rest) = order.split_at(LABELS.min(order.len()));
            let choices = way(labels, rest);
            all.push(curve(&choices).apgr);
            if draw == 0 {
                page.push_str(&router(&format!("{name}, first draw"), &choices));
            }
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let spread = (all.iter().map(|apgr| (apgr - mean).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
        let _ = writeln!(means, "| **{name}, mean of {DRAWS} draws** | {mean:.3} | sd {spread:.3} | | |");
    }
    page.push_str(&means);
    page.push_str("| published best with as many | 0.603 | | 35.4 % | 70.3 % |\n");
    page
}

fn rows<'a>(questions: &'a [Question], meaning: Option<&Meaning>) -> Vec<Row<'a>> {
    let texts: Vec<&str> = questions.iter().map(|question| question.prompt.as_str()).collect();
    let mut vectors = meaning.map(|meaning| meaning.vectors(&texts).into_iter());
    let each = read(questions).into_iter();
    each.map(|letters| Row { letters, meant: vectors.as_mut().and_then(Iterator::next) }).collect()
}

/// A way of learning from some and scoring others, by its name.
type Way = (&'static str, fn(&[&Row<'_>], &[&Row<'_>]) -> Vec<Choice>);

fn letters(labels: &[&Row<'_>], rest: &[&Row<'_>]) -> Vec<Choice> {
    let labels: Vec<_> = labels.iter().map(|row| &row.letters).collect();
    let rest: Vec<_> = rest.iter().map(|row| &row.letters).collect();
    said(&fitted(&labels), &rest)
}

fn meant(labels: &[&Row<'_>], rest: &[&Row<'_>]) -> Vec<Choice> {
    let lessons: Vec<(&Vector, f32)> =
        labels.iter().filter_map(|row| Some((row.meant.as_ref()?, hard(row.letters.0, 0.0)))).collect();
    let model = Dense::fit(RIDGE, &lessons);
    rest.iter()
        .map(|row| Choice {
            score: row.meant.as_ref().map(|vector| model.logit(vector)).unwrap_or_default(),
            strong: row.letters.0.gpt4,
            weak: row.letters.0.mixtral,
        })
        .collect()
}

fn random(_: &[&Row<'_>], rest: &[&Row<'_>]) -> Vec<Choice> {
    let mut chance = Chance(SEED);
    let each = rest.iter().map(|row| row.letters.0);
    each.map(|row| Choice { score: chance.share() as f32, strong: row.gpt4, weak: row.mixtral }).collect()
}

fn both(labels: &[&Row<'_>], rest: &[&Row<'_>]) -> Vec<Choice> {
    let (mut one, other) = (letters(labels, rest), meant(labels, rest));
    let (first, second) = (spread(&one), spread(&other));
    for ((choice, first), second) in one.iter_mut().zip(first).zip(second) {
        choice.score = f32::midpoint(first, second);
    }
    one
}

/// Scores about 0 with a deviation of 1. Of scores alone: no label is looked at.
fn spread(choices: &[Choice]) -> Vec<f32> {
    let count = choices.len().max(1) as f64;
    let mean = choices.iter().map(|choice| f64::from(choice.score)).sum::<f64>() / count;
    let square = choices.iter().map(|choice| (f64::from(choice.score) - mean).powi(2)).sum::<f64>() / count;
    let wide = square.sqrt().max(1e-9);
    choices.iter().map(|choice| ((f64::from(choice.score) - mean) / wide) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_any_size_weigh_the_same() {
        let of = |scores: [f32; 3]| spread(&scores.map(|score| Choice { score, strong: 1.0, weak: 0.0 }));
        assert_eq!(of([1.0, 2.0, 3.0]), of([100.0, 200.0, 300.0]));
        assert_eq!(of([5.0; 3]), [0.0; 3]);
    }
}
