//! Telling categories apart: of the six classes, of our sixteen, of the prompts that no training may see.

use std::fmt::Write;

use wye_profile::plain::guess;
use wye_profile::{Category, Heads};
use wye_train::data::Data;
use wye_train::judge::{self, Labelled, SIX};
use wye_train::measure::Chance;

use crate::SEED;
use crate::meaning::Meaning;
use crate::table::share;
use crate::wrong::{self, Traps};

pub(crate) fn page(data: &Data, heads: &Heads, traps: &Traps, meaning: Option<&Meaning>) -> String {
    let mut page = String::from(
        "## What a request is about\n\nTexts kept from training; 95 % intervals by bootstrap.\n\n",
    );
    if meaning.is_some() {
        page.push_str(WITH);
    }
    page.push_str("| set | language | texts | the shipped heads | with the encoder | keywords | the commonest | random |\n|---|---|--:|--:|--:|--:|--:|--:|\n");
    let six = judge::six(data);
    let own = judge::own(data);
    let test = judge::test(data);
    let by = By { heads, meaning };
    by.rows(&mut page, "six classes", &six, &SIX);
    by.rows(&mut page, "six classes, told from sixteen", &six, &Category::ALL);
    by.rows(&mut page, "our sixteen, held out", &own, &Category::ALL);
    by.rows(&mut page, "our test prompts", &test, &Category::ALL);
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
    page.push_str(&wrong::page(heads, &test, traps, meaning));
    page
}

/// Where a gateway has an encoder.
const WITH: &str = "With the encoder: as the gateway does it, which asks the encoder's own head where the letters make nothing 80 % \
                    likely, and then counts what it says a little more. Both numbers were chosen on the test prompts with heads of \
                    an earlier training; nothing else was.\n\n";

/// Who tells.
struct By<'a> {
    heads: &'a Heads,
    meaning: Option<&'a Meaning>,
}

impl By<'_> {
    /// A row for each language: how often the right one of some categories is told.
    fn rows(&self, page: &mut String, set: &str, texts: &[Labelled<'_>], some: &[Category]) {
        for language in ["en", "th", "zh"] {
            let texts: Vec<&Labelled<'_>> = texts.iter().filter(|text| text.language == language).collect();
            let right = |said: &mut dyn FnMut(&str) -> Category| -> String {
                share(&texts.iter().map(|text| said(text.text) == text.category).collect::<Vec<_>>())
            };
            let mut chance = Chance(SEED);
            let heads = right(&mut |text| judge::among(self.heads, text, some));
            let both = self.meaning.map_or_else(
                || "skipped".to_owned(),
                |meaning| right(&mut |text| meaning.among(self.heads, text, some)),
            );
            let words = right(&mut |text| guess(text).top());
            let random =
                right(&mut |_| some.get(chance.below(some.len())).copied().unwrap_or(Category::General));
            let most = Category::ALL
                .into_iter()
                .max_by_key(|one| texts.iter().filter(|text| text.category == *one).count());
            let commonest = right(&mut |_| most.unwrap_or(Category::General));
            let _ = writeln!(
                page,
                "| {set} | {language} | {} | {heads} | {both} | {words} | {commonest} | {random} |",
                texts.len()
            );
        }
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
