//! Who is told apart from whom: accuracy by language and confusion, of texts that no training saw.

use std::collections::BTreeMap;

use wye_profile::Category;
use wye_profile::heads::Heads;

use crate::data::Data;
use crate::lessons::{class, keys};
use crate::split::held;

/// A text with its category.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// `en`, `zh` or `th`.
    pub language: &'a str,
    /// What it is.
    pub category: Category,
    /// How hard its writer thinks it is; of public sets nobody says.
    pub difficulty: Option<f32>,
    /// The text.
    pub text: &'a str,
}

/// The held-out fold of the six classes.
#[must_use]
pub fn six(data: &Data) -> Vec<Labelled<'_>> {
    placed(data, held)
}

/// Those of the six classes that stand in some place.
pub(crate) fn placed(data: &Data, here: impl Fn(&str) -> bool) -> Vec<Labelled<'_>> {
    let keys = keys(&data.classed);
    let rows = data.classed.iter().zip(keys).filter(|(_, key)| here(key));
    rows.filter_map(|(row, _)| {
        let category = class(&row.cat)?;
        Some(Labelled { language: &row.lang, category, difficulty: None, text: &row.text })
    })
    .collect()
}

/// The held-out fold of our own prompts.
#[must_use]
pub fn own(data: &Data) -> Vec<Labelled<'_>> {
    data.own.iter().filter(|own| held(&own.text)).filter_map(labelled).collect()
}

/// The prompts that no training may ever use.
#[must_use]
pub fn test(data: &Data) -> Vec<Labelled<'_>> {
    data.test.iter().filter_map(labelled).collect()
}

pub(crate) fn labelled(own: &crate::data::Own) -> Option<Labelled<'_>> {
    let category = Category::from_name(&own.category)?;
    Some(Labelled { language: &own.lang, category, difficulty: Some(own.difficulty), text: &own.text })
}

/// What was said of texts: how often each category was taken for each.
#[derive(Debug, Clone, Default)]
pub struct Confusion {
    counts: BTreeMap<(Category, Category), usize>,
    all: usize,
    right: usize,
}

impl Confusion {
    /// Counts one.
    pub fn count(&mut self, is: Category, said: Category) {
        *self.counts.entry((is, said)).or_default() += 1;
        self.all += 1;
        self.right += usize::from(is == said);
    }

    /// The share of the right ones.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }

    /// How many were asked.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.all
    }

    /// As a table: rows are what texts are, columns what was said, in the first four letters.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![String::new(), format!("|---|{}", "--:|".repeat(Category::COUNT))];
        let short = |category: Category| category.name().chars().take(4).collect::<String>();
        lines[0] =
            format!("| is \\ said |{}", Category::ALL.map(|said| format!(" {} |", short(said))).concat());
        for is in Category::ALL {
            let counts = Category::ALL.map(|said| self.counts.get(&(is, said)).copied().unwrap_or_default());
            if counts.iter().sum::<usize>() > 0 {
                let cells =
                    counts.map(|count| if count == 0 { " |".to_owned() } else { format!(" {count} |") });
                lines.push(format!("| {} |{}", is.name(), cells.concat()));
            }
        }
        lines.join("\n") + "\n"
    }
}

/// Asks of every text, by language, with a guesser of its own.
pub fn confusion<'a>(
    texts: &[Labelled<'a>],
    guess: impl Fn(&str) -> Category,
) -> BTreeMap<&'a str, Confusion> {
    counted(texts.iter().map(|text| (*text, guess(text.text))))
}

/// The same of texts with what was said of them.
pub fn counted<'a>(said: impl Iterator<Item = (Labelled<'a>, Category)>) -> BTreeMap<&'a str, Confusion> {
    let mut found: BTreeMap<&str, Confusion> = BTreeMap::new();
    for (text, said) in said {
        found.entry(text.language).or_default().count(text.category, said);
    }
    found
}

/// The likeliest category, of some of them only.
#[must_use]
pub fn among(heads: &Heads, text: &str, some: &[Category]) -> Category {
    let scores = heads.score([text]);
    let share = |category: &&Category| scores.categories[category.index()];
    some.iter().max_by(|a, b| share(a).total_cmp(&share(b))).copied().unwrap_or(Category::General)
}

/// The categories that the six classes are.
pub const SIX: [Category; 6] = [
    Category::Math,
    Category::Reasoning,
    Category::Comprehension,
    Category::Safety,
    Category::Knowledge,
    Category::General,
];
