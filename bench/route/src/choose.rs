//! Strong or weak: RouteLLM's measure on its three sets, for the frozen model and for what is trained on the set itself.

use wye_profile::Heads;
use wye_profile::plain::guess;
use wye_train::data::{Data, Question};
use wye_train::fit::{Features, Lesson, Linear, Plan};
use wye_train::lessons::hard;
use wye_train::measure::{Chance, Choice};
use wye_train::split::{place, trained};

use crate::meaning::Meaning;
use crate::table::{ROUTERS, router};
use crate::{SEED, few};

/// A prompt with what both models' answers are worth.
struct Asked<'a> {
    text: &'a str,
    strong: f32,
    weak: f32,
}

pub(crate) fn page(data: &Data, heads: &Heads, meaning: Option<&Meaning>) -> String {
    let mut page = String::from(
        "## Strong or weak\n\nAverage performance gap recovered (0.5 is chance), and the share of calls to the strong model that \
         recovers 50 and 80 % of the gap: ten bins of equal size, trapezium, as RouteLLM's code has it; intervals by 1,000 \
         bootstrap samples.\n",
    );
    let clean = data.mt_bench.iter().filter(|row| !row.contaminated);
    let talks: Vec<Asked<'_>> = clean
        .filter_map(|row| row.turns.first().map(|text| Asked { text, strong: row.gpt4, weak: row.mixtral }))
        .collect();
    page.push_str(&frozen("MT-Bench, first turn, 72 questions: never trained on", &talks, heads));
    page.push_str("| published best (RouteLLM, matrix factorisation) | 0.802 | | 13.4 % | 31.3 % |\n");
    for (name, rows, published) in [
        ("GSM8K", &data.gsm8k, "| published best (RouteLLM, causal LLM) | 0.622 | | 33.6 % | 63.3 % |\n"),
        ("MMLU", &data.mmlu, "| published best (RouteLLM, similarity) | 0.603 | | 35.4 % | 70.3 % |\n"),
    ] {
        let kept = rows.iter().filter(|row| !trained(&row.prompt));
        let kept: Vec<Asked<'_>> =
            kept.map(|row| Asked { text: &row.prompt, strong: row.gpt4, weak: row.mixtral }).collect();
        let title = format!("{name}, the half kept from training, {} questions", kept.len());
        page.push_str(&frozen(&title, &kept, heads));
        page.push_str(published);
    }
    page.push_str(&few::page(data, meaning));
    page.push_str(&folds(data));
    page
}

/// The frozen model beside what knows nothing.
fn frozen(title: &str, asked: &[Asked<'_>], heads: &Heads) -> String {
    let mut chance = Chance(SEED);
    let by = |score: &mut dyn FnMut(&str) -> f32| -> Vec<Choice> {
        asked
            .iter()
            .map(|row| Choice { score: score(row.text), strong: row.strong, weak: row.weak })
            .collect()
    };
    let mut page = format!("\n### {title}\n\n{ROUTERS}");
    page.push_str(&router("**the shipped heads**", &by(&mut |text| heads.score([text]).difficulty)));
    page.push_str(&router("length", &by(&mut |text| text.chars().count() as f32)));
    page.push_str(&router("keywords, then length", &by(&mut |text| keywords(text))));
    page.push_str(&router("random, the same at any rate", &by(&mut |_| chance.share() as f32)));
    page
}

/// What naive gateways do: words that stand for work, and a little length.
fn keywords(text: &str) -> f32 {
    let found = wye_profile::found(text, false, false);
    f32::from(u8::from(found.complex()))
        + f32::from(u8::from(found.reasoning()))
        + 0.01 * guess(text).difficulty
}

/// How one set alone is fitted: each question counts once here, and three times for the shipped heads, whose ridge must also
/// keep typing errors from mattering.
const ALONE: Plan = Plan { outputs: 1, ridge: 3.0, passes: 200 };

pub(crate) fn fitted(rows: &[&(&Question, Features)]) -> Linear {
    let lessons: Vec<Lesson<'_>> = rows
        .iter()
        .map(|(row, features)| Lesson { features, wanted: vec![hard(row, 0.0)], weight: 1.0, fails: None })
        .collect();
    Linear::fit(ALONE, &lessons)
}

pub(crate) fn said(model: &Linear, rows: &[&(&Question, Features)]) -> Vec<Choice> {
    let choice = |(row, features): &(&Question, Features)| Choice {
        score: model.logits(features).first().copied().unwrap_or_default(),
        strong: row.gpt4,
        weak: row.mixtral,
    };
    rows.iter().map(|row| choice(row)).collect()
}

pub(crate) fn read(rows: &[Question]) -> Vec<(&Question, Features)> {
    rows.iter().map(|row| (row, Features::of(&row.prompt))).collect()
}

fn folds(data: &Data) -> String {
    let rows = read(&data.gsm8k);
    let mut choices = Vec::new();
    for fold in 0..5 {
        let (test, rest): (Vec<_>, Vec<_>) =
            rows.iter().partition(|(row, _)| place(&row.prompt, SEED + 100, 5) == fold);
        choices.extend(said(&fitted(&rest), &test));
    }
    format!(
        "\n### GSM8K, five folds of itself\n\n{ROUTERS}{}| published best (on judged data) | 0.622 | | 33.6 % | 63.3 % |\n",
        router("**the same features**", &choices)
    )
}
