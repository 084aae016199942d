//! Telling categories apart: of the six classes, of our sixteen, of the prompts that no training may see.

use std::fmt::Write;

use wye_profile::plain::guess;
use wye_profile::{Category, Heads};
use wye_train::data::Data;
use wye_train::judge::{self, Labelled, SIX};
use wye_train::measure::Chance;

use crate::SEED;
use crate::table::share;

pub(crate) fn page(data: &Data, heads: &Heads) -> String {
    let mut page = String::from(
        "## What a request is about\n\nTexts kept from training; 95 % intervals by bootstrap.\n\n",
    );
    page.push_str("| set | language | texts | the shipped heads | keywords | the commonest | random |\n|---|---|--:|--:|--:|--:|--:|\n");
    let six = judge::six(data);
    let own = judge::own(data);
    let test = judge::test(data);
    rows(&mut page, "six classes", &six, &|text| judge::among(heads, text, &SIX), &SIX);
    rows(
        &mut page,
        "six classes, told from sixteen",
        &six,
        &|text| heads.score([text]).top(),
        &Category::ALL,
    );
    rows(&mut page, "our sixteen, held out", &own, &|text| heads.score([text]).top(), &Category::ALL);
    rows(&mut page, "our test prompts", &test, &|text| heads.score([text]).top(), &Category::ALL);
    page.push_str(&sure(heads, &test));
    for (name, texts) in [
        ("six classes, told from sixteen", &six),
        ("our sixteen, held out", &own),
        ("our test prompts", &test),
    ] {
        for (language, found) in judge::confusion(texts, |text| heads.score([text]).top()) {
            let _ = write!(page, "\n### {name}, {language}\n\n{}", found.table());
        }
    }
    page.push_str(&errors(heads, &test));
    page
}

fn rows(
    page: &mut String,
    set: &str,
    texts: &[Labelled<'_>],
    said: &dyn Fn(&str) -> Category,
    some: &[Category],
) {
    for language in ["en", "th", "zh"] {
        let texts: Vec<&Labelled<'_>> = texts.iter().filter(|text| text.language == language).collect();
        let right = |said: &mut dyn FnMut(&str) -> Category| -> String {
            share(&texts.iter().map(|text| said(text.text) == text.category).collect::<Vec<_>>())
        };
        let mut chance = Chance(SEED);
        let heads = right(&mut |text| said(text));
        let words = right(&mut |text| guess(text).top());
        let random = right(&mut |_| some.get(chance.below(some.len())).copied().unwrap_or(Category::General));
        let most = Category::ALL
            .into_iter()
            .max_by_key(|one| texts.iter().filter(|text| text.category == *one).count());
        let commonest = right(&mut |_| most.unwrap_or(Category::General));
        let _ = writeln!(
            page,
            "| {set} | {language} | {} | {heads} | {words} | {commonest} | {random} |",
            texts.len()
        );
    }
}

/// How often it is right where it is sure: what may be trusted, and what should be asked of something better.
fn sure(heads: &Heads, texts: &[Labelled<'_>]) -> String {
    let mut page = String::from(
        "\nOf our test prompts, by how likely the heads say their answer is:\n\n| said to be | texts | right |\n|---|--:|--:|\n",
    );
    for (low, high) in [(0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)] {
        let told = texts.iter().filter_map(|text| {
            let scores = heads.score([text.text]);
            let top = scores.top();
            let likely = scores.categories[top.index()];
            (low <= likely && likely < high).then_some(top == text.category)
        });
        let told: Vec<bool> = told.collect();
        let _ =
            writeln!(page, "| {low:.1} to {:.1} | {} | {} |", f32::min(high, 1.0), told.len(), share(&told));
    }
    page
}

fn errors(heads: &Heads, texts: &[Labelled<'_>]) -> String {
    let mut page = String::from(
        "\n### The test prompts that were told wrongly\n\n| language | is | said | how likely | prompt |\n|---|---|---|--:|---|\n",
    );
    for text in texts {
        let scores = heads.score([text.text]);
        let top = scores.top();
        if top != text.category {
            let short: String = text
                .text
                .chars()
                .take(70)
                .map(|letter| if letter == '|' || letter.is_whitespace() { ' ' } else { letter })
                .collect();
            let likely = scores.categories[top.index()];
            let short = short.replace(['`', '[', ']', '<', '*'], " ");
            let _ = writeln!(
                page,
                "| {} | {} | {} | {likely:.2} | {} |",
                text.language,
                text.category.name(),
                top.name(),
                short.trim()
            );
        }
    }
    page
}
