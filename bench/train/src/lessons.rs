//! What each text teaches. Public sets are many texts of few forms and ours are few of many, so each set has a weight: it
//! may not drown the others.

use std::collections::BTreeMap;

use wye_profile::Category;
use wye_profile::heads::{Places, Runs};

use crate::data::{Classed, Data, Label, Many, Question, Told};
use crate::fit::{Features, Lesson};
use crate::kinds;
use crate::measure::Chance;
use crate::otherwise::{mistyped, wrapped};
use crate::split::{SEED, held, place, trained};

/// A text with what it teaches; what it does not teach is `None`.
#[derive(Debug)]
pub struct Sample {
    /// What it teaches of categories.
    pub category: Option<Kind>,
    /// How hard it is, and what the head of that reads.
    pub difficulty: Option<(Features, Hard)>,
}

/// What a text teaches of categories.
#[derive(Debug)]
pub struct Kind {
    /// What the heads may read.
    pub runs: Runs,
    /// What it is.
    pub category: Category,
    /// How much that counts.
    pub weight: f32,
}

impl Kind {
    fn of(text: &str, category: Category, weight: f32) -> Self {
        Self { runs: Runs::of(text), category, weight }
    }

    /// The same by the rows of a table.
    #[must_use]
    pub fn lesson(&self, places: &Places) -> kinds::Lesson {
        kinds::Lesson { rows: places.rows(&self.runs), category: self.category, weight: self.weight }
    }
}

/// What a text teaches of difficulty.
#[derive(Debug, Clone, Copy)]
pub struct Hard {
    /// What the head is fitted to, from 0 to 1.
    pub wanted: f32,
    /// Whether the weak model failed: 1 or 0.
    pub fails: f32,
}

/// What the six classes of a language weigh together beside ours of that language, however many these are: else the more
/// of ours there are, the less the classes are heard.
const CLASSED: f32 = 0.7;
/// How much a lesson on categories counts: of exam questions, of IFEval, of phrases. Ours count 1.
const EXAMS: f32 = 0.003;
const TOLD: f32 = 0.05;
const PHRASES: f32 = 0.5;
/// A text again, with words around it or with typing errors, beside the text itself.
const AGAIN: f32 = 0.5;
/// Typing errors by letter.
const ERRORS: f64 = 0.03;

/// How much of difficulty is that the weak model fails; the rest is that the strong one does better than it. The first says
/// which kinds of work are hard, the second within a kind where a strong model is worth its price.
const FAILS: f32 = 0.25;

/// All that the shipped model may be trained on: the training halves of the exams, four fifths of the six classes and of
/// our own prompts, the phrases. Never MT-Bench, never the test prompts.
#[must_use]
pub fn all(data: &Data) -> Vec<Sample> {
    without(data, held)
}

/// The same, but for those of the six classes and of our own whose key or text is kept.
pub fn without(data: &Data, kept: impl Fn(&str) -> bool) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut chance = Chance(SEED);
    for question in data.mmlu.iter().chain(&data.gsm8k).filter(|question| trained(&question.prompt)) {
        let few = place(&question.prompt, 1, 12) == 0
            || question.domain == "gsm8k" && place(&question.prompt, 1, 3) == 0;
        let difficulty = Hard { wanted: hard(question, FAILS), fails: 1.0 - question.mixtral };
        samples.push(Sample {
            category: few.then(|| Kind::of(&question.prompt, subject(&question.domain), EXAMS)),
            difficulty: Some((Features::of(&question.prompt), difficulty)),
        });
        // The same with words around it and with errors: what is asked is no harder for it.
        let prompt = &question.prompt;
        for text in [wrapped(prompt, "en", &mut chance), mistyped(prompt, ERRORS, &mut chance)] {
            samples.push(Sample { category: None, difficulty: Some((Features::of(&text), difficulty)) });
        }
    }
    for question in data.many.iter().filter(|question| trained(&question.prompt)) {
        if let Some(category) = task(question)
            && place(&question.prompt, 1, 3) == 0
        {
            samples.push(teaches(&question.prompt, category, EXAMS));
        }
    }
    samples.extend(data.told.iter().filter(|told| trained(&told.prompt)).map(ordered));
    let keys = keys(&data.classed);
    for (row, key) in data.classed.iter().zip(&keys) {
        if !kept(key)
            && let Some(category) = class(&row.cat)
        {
            let weight = CLASSED * share(data, &row.lang);
            samples.push(teaches(&row.text, category, weight));
            samples.push(teaches(&wrapped(&row.text, &row.lang, &mut chance), category, AGAIN * weight));
            samples.push(teaches(&mistyped(&row.text, ERRORS, &mut chance), category, AGAIN * weight));
        }
    }
    for own in data.own.iter().filter(|own| !kept(&own.text)) {
        if let Some(category) = Category::from_name(&own.category) {
            samples.push(teaches(&own.text, category, 1.0));
            samples.push(teaches(&wrapped(&own.text, &own.lang, &mut chance), category, AGAIN));
        }
    }
    samples.extend(data.labels.iter().filter_map(said));
    samples.extend(data.phrases.iter().map(|(category, phrase)| teaches(phrase, *category, PHRASES)));
    samples
}

/// How many of our prompts there are in a language for each text of the six classes.
fn share(data: &Data, lang: &str) -> f32 {
    let ours = data.own.iter().filter(|own| own.lang == lang).count();
    let classed = data.classed.iter().filter(|row| row.lang == lang).count();
    ours as f32 / classed.max(1) as f32
}

fn teaches(text: &str, category: Category, weight: f32) -> Sample {
    Sample { category: Some(Kind::of(text, category, weight)), difficulty: None }
}

fn ordered(told: &Told) -> Sample {
    teaches(&told.prompt, Category::Instruction, TOLD)
}

/// What an operator said of a request; `None` where its words were not kept, or nothing that is known was said of it.
fn said(label: &Label) -> Option<Sample> {
    let text = label.text.as_deref()?;
    let category = label.category.as_deref().and_then(Category::from_name);
    let hard = label.difficulty.filter(|difficulty| (0.0..=1.0).contains(difficulty));
    let difficulty = hard.map(|hard| (Features::of(text), Hard { wanted: hard, fails: hard }));
    let category = category.map(|category| Kind::of(text, category, 1.0));
    (category.is_some() || difficulty.is_some()).then_some(Sample { category, difficulty })
}

/// How hard a question is: `fails` parts of whether the weak model fails, and the rest of how much better the strong is.
#[must_use]
pub fn hard(question: &Question, fails: f32) -> f32 {
    let better = f32::midpoint(question.gpt4 - question.mixtral, 1.0);
    fails * (1.0 - question.mixtral) + (1.0 - fails) * better
}

/// The category of an exam's subject.
#[must_use]
pub fn subject(domain: &str) -> Category {
    match domain {
        "gsm8k"
        | "abstract_algebra"
        | "college_mathematics"
        | "elementary_mathematics"
        | "high_school_mathematics"
        | "high_school_statistics" => Category::Math,
        "formal_logic" | "logical_fallacies" | "moral_scenarios" => Category::Reasoning,
        _ => Category::Knowledge,
    }
}

/// The category of a task of ZeroEval's; `None` for GSM8K, which is there twice.
#[must_use]
pub fn task(question: &Many) -> Option<Category> {
    match question.task.as_str() {
        "crux" => Some(Category::Code),
        "math-l5" => Some(Category::Math),
        _ => None,
    }
}

/// The category of one of the six classes.
#[must_use]
pub fn class(name: &str) -> Option<Category> {
    Some(match name {
        "math" => Category::Math,
        "comprehension" => Category::Comprehension,
        "qa" => Category::Knowledge,
        "reasoning" => Category::Reasoning,
        "safety" => Category::Safety,
        "chat" => Category::General,
        _ => return None,
    })
}

/// What decides the fold of each text of the six classes. They are the same texts in three languages and in the same order,
/// neighbours share passages, and questions stand there with and without their passage: blocks of ten rows stay together,
/// in all languages and in both forms.
#[must_use]
pub fn keys(rows: &[Classed]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut keys = Vec::new();
    for row in rows {
        let count = counts.entry((&row.cat, &row.lang)).or_default();
        let set = if row.cat == "qa" { "comprehension" } else { &row.cat };
        keys.push(format!("{set} {}", *count / 10));
        *count += 1;
    }
    keys
}

/// What is taught of the sixteen categories.
pub fn categories(samples: &[Sample]) -> impl Iterator<Item = &Kind> {
    samples.iter().filter_map(|sample| sample.category.as_ref())
}

/// Lessons for difficulty.
#[must_use]
pub fn difficulty(samples: &[Sample]) -> Vec<Lesson<'_>> {
    let taught = samples.iter().filter_map(|sample| sample.difficulty.as_ref());
    taught
        .map(|(features, hard)| Lesson {
            features,
            wanted: vec![hard.wanted],
            weight: 1.0,
            fails: Some(hard.fails),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_operators_said_is_taught_as_far_as_it_was_said() {
        let label = |category: Option<&str>, difficulty, text: Option<&str>| {
            said(&Label { category: category.map(str::to_owned), difficulty, text: text.map(str::to_owned) })
        };
        let both = label(Some("math"), Some(0.75), Some("how many?")).unwrap();
        assert_eq!(both.category.map(|kind| kind.category), Some(Category::Math));
        assert_eq!(both.difficulty.map(|(_, hard)| hard.wanted), Some(0.75));
        let one = label(None, Some(0.5), Some("how many?")).unwrap();
        assert!(one.category.is_none() && one.difficulty.is_some());
        assert!(label(Some("math"), None, None).is_none(), "its words were not kept");
        assert!(label(Some("cooking"), None, Some("soup")).is_none(), "no category of ours");
        assert!(label(None, Some(7.0), Some("soup")).is_none());
    }

    #[test]
    fn an_export_of_the_gateway_is_read() {
        let line = r#"{"id":"x","at_ms":1,"author":"root","category":"code","difficulty":null,"note":"","guessed":null,"guessed_difficulty":0.3,"text":"fix it"}"#;
        let label: Label = serde_json::from_str(line).unwrap();
        let taught = said(&label).unwrap().category.unwrap();
        assert_eq!((taught.category, taught.weight), (Category::Code, 1.0));
    }
}
