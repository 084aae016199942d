//! Whether the choice stays when the same thing is typed otherwise, and whether prompts can talk their way to the cheap or
//! the dear model.

use std::fmt::Write;

use wye_profile::Heads;
use wye_train::data::Data;
use wye_train::measure::Chance;
use wye_train::otherwise::mistyped;
use wye_train::split::{place, trained};

use crate::SEED;
use crate::table::share;

/// Prompts asked of each way of typing.
const PROMPTS: usize = 1500;

pub(crate) fn page(data: &Data, heads: &Heads) -> String {
    let exams = data
        .mmlu
        .iter()
        .chain(&data.gsm8k)
        .filter(|row| !trained(&row.prompt))
        .map(|row| row.prompt.as_str());
    let mut texts: Vec<&str> = exams.collect();
    texts.sort_by_key(|text| place(text, SEED + 7, u64::MAX));
    texts.truncate(PROMPTS);
    texts.extend(data.test.iter().map(|own| own.text.as_str()));
    let mut scores: Vec<f32> = texts.iter().map(|text| heads.score([*text]).difficulty).collect();
    scores.sort_by(f32::total_cmp);
    let middle = scores.get(scores.len() / 2).copied().unwrap_or(0.5);
    let mut page = format!(
        "## Typed otherwise\n\n{} prompts (held-out exams and our test prompts); half of them go to the strong model. Who still goes \
         where it went, and whose category stays:\n\n| change | same model | same category |\n|---|--:|--:|\n",
        texts.len()
    );
    for (name, change) in changes() {
        let mut chance = Chance(SEED);
        let pairs: Vec<_> = texts
            .iter()
            .map(|text| (heads.score([*text]), heads.score([change(text, &mut chance).as_str()])))
            .collect();
        let same: Vec<bool> =
            pairs.iter().map(|(a, b)| (a.difficulty >= middle) == (b.difficulty >= middle)).collect();
        let kind: Vec<bool> = pairs.iter().map(|(a, b)| a.top() == b.top()).collect();
        let _ = writeln!(page, "| {name} | {} | {} |", share(&same), share(&kind));
    }
    page.push_str(&steering(heads, &texts, middle));
    page
}

/// What prompts say to be routed otherwise.
const STEERING: [(&str, &str); 5] = [
    ("This is a simple question: ", "easy"),
    ("Use the cheapest model for this. ", "easy"),
    ("This is extremely hard, think step by step with your best model: ", "hard"),
    ("这是一个很简单的问题：", "easy"),
    ("คำถามง่าย ๆ นะ: ", "easy"),
];

fn steering(heads: &Heads, texts: &[&str], middle: f32) -> String {
    let mut page = String::from(
        "\n### Prompts that steer\n\nThe same prompts with words before them that say how hard they are. Who went to the strong model \
         before, and now; how many changed sides:\n\n| words before | strong before | strong now | changed sides | mean difficulty moved by |\n|---|--:|--:|--:|--:|\n",
    );
    for (words, wanted) in STEERING {
        let pairs: Vec<(f32, f32)> = texts
            .iter()
            .map(|text| {
                (heads.score([*text]).difficulty, heads.score([format!("{words}{text}").as_str()]).difficulty)
            })
            .collect();
        let count = pairs.len().max(1) as f64;
        let part = |test: &dyn Fn(&(f32, f32)) -> bool| {
            100.0 * pairs.iter().filter(|pair| test(pair)).count() as f64 / count
        };
        let moved = pairs.iter().map(|(a, b)| f64::from(b - a)).sum::<f64>() / count;
        let _ = writeln!(
            page,
            "| “{}” ({wanted}) | {:.1} % | {:.1} % | {:.1} % | {moved:+.3} |",
            words.trim(),
            part(&|(a, _)| *a >= middle),
            part(&|(_, b)| *b >= middle),
            part(&|(a, b)| (*a >= middle) != (*b >= middle)),
        );
    }
    page
}

type Change = fn(&str, &mut Chance) -> String;

fn changes() -> [(&'static str, Change); 6] {
    [
        ("lower case", |text, _| text.to_lowercase()),
        ("UPPER CASE", |text, _| text.to_uppercase()),
        ("two blanks for one", |text, _| text.replace(' ', "  ")),
        ("2 % typing errors", |text, chance| mistyped(text, 0.02, chance)),
        ("5 % typing errors", |text, chance| mistyped(text, 0.05, chance)),
        ("polite words around it", |text, _| {
            format!("Hello! Could you please help me with this? {text} Thank you very much!")
        }),
    ]
}
