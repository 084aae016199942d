//! The test prompts that are told wrongly, and why: which runs of letters spoke for the wrong category, beside what their
//! writer said may mislead. The heads are linear, so the first is a sum taken apart and no guess.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use wye_profile::heads::Head;
use wye_profile::{Category, Heads};
use wye_train::judge::Labelled;

use crate::meaning::Meaning;

/// By the text of a test prompt: why one who goes by letters may take it for something else.
pub(crate) type Traps = HashMap<String, String>;

/// Reads them. A line without one is an error: an unexplained error is what this is there to prevent.
pub(crate) fn traps(own: &Path) -> io::Result<Traps> {
    #[derive(Deserialize)]
    struct Line {
        text: String,
        trap: String,
    }
    let path = own.join("test.jsonl");
    let wrong = |at: usize, error: serde_json::Error| {
        io::Error::other(format!("{}:{}: {error}", path.display(), at + 1))
    };
    let read = fs::read_to_string(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let lines = read.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let line: Line = serde_json::from_str(line).map_err(|error| wrong(at, error))?;
            Ok((line.text, line.trap))
        })
        .collect()
}

/// A text that was taken for something else.
struct Wrong<'a> {
    text: &'a Labelled<'a>,
    said: Category,
    likely: f32,
    /// The right category came next.
    second: bool,
    /// By run of letters: how much more it speaks for the wrong category than for the right one.
    grams: BTreeMap<String, f32>,
    /// The same of how long the text is, and of what is said before anything is read.
    length: f32,
    bias: f32,
}

impl<'a> Wrong<'a> {
    fn of(heads: &Heads, text: &'a Labelled<'a>) -> Option<Self> {
        let scores = heads.score([text.text]);
        let said = scores.top();
        if said == text.category {
            return None;
        }
        let mut grams = BTreeMap::new();
        for (category, sign) in [(said, 1.0), (text.category, -1.0)] {
            for term in heads.explain([text.text], Head::Category(category)) {
                *grams.entry(term.ngram).or_default() += sign * term.weight;
            }
        }
        let length = grams.remove("").unwrap_or_default();
        let right = scores.categories[text.category.index()];
        let above = scores.categories.iter().filter(|share| **share > right).count();
        let bias = heads.bias(Head::Category(said)) - heads.bias(Head::Category(text.category));
        let likely = scores.categories[said.index()];
        Some(Self { text, said, likely, second: above == 1, grams, length, bias })
    }

    /// What all runs of letters add up to; below 0 they speak for the right category.
    fn letters(&self) -> f32 {
        self.grams.values().sum()
    }

    /// What weighed most for the wrong category, and how much.
    fn three(&self) -> Vec<(String, f32)> {
        let mut all = self.grams.clone();
        all.insert(String::new(), self.length);
        telling(&all)
    }
}

/// The three that weigh most. Of runs that lie within each other one is enough; they would all say the same.
fn telling(grams: &BTreeMap<String, f32>) -> Vec<(String, f32)> {
    let mut sorted: Vec<(&String, f32)> = grams.iter().map(|(gram, weight)| (gram, *weight)).collect();
    sorted.retain(|(_, weight)| *weight > 0.0);
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut three: Vec<(String, f32)> = Vec::new();
    for (gram, weight) in sorted {
        let (bare, within) =
            (gram.trim(), |other: &str, inner: &str| !inner.is_empty() && other.contains(inner));
        let same = three.iter().any(|(other, _)| within(other, bare) || within(gram, other.trim()));
        if !same && (gram.is_empty() || !bare.is_empty()) {
            three.push((gram.clone(), weight));
        }
        if three.len() == 3 {
            break;
        }
    }
    three
}

/// A run of letters as tables show it.
fn shown((gram, weight): &(String, f32)) -> String {
    if gram.is_empty() {
        return format!("(length) {weight:+.2}");
    }
    let letters: String =
        gram.chars().map(|letter| if letter.is_whitespace() { '·' } else { letter }).collect();
    format!("`{}` {weight:+.2}", letters.replace('`', "ˋ").replace('|', "¦"))
}

/// Words as a table bears them.
fn plain(text: &str, most: usize) -> String {
    let one = |letter: char| if letter.is_whitespace() || "|`[]<*".contains(letter) { ' ' } else { letter };
    let short: String = text.chars().take(most).map(one).collect();
    short.trim().to_owned()
}

pub(crate) fn page(
    heads: &Heads,
    texts: &[Labelled<'_>],
    traps: &Traps,
    meaning: Option<&Meaning>,
) -> String {
    let wrong: Vec<Wrong<'_>> = texts.iter().filter_map(|text| Wrong::of(heads, text)).collect();
    let mut page = String::from("\n### The test prompts that were told wrongly\n\n");
    page.push_str(&why(&wrong, texts));
    if let Some(meaning) = meaning {
        page.push_str(&mended(heads, texts, meaning));
    }
    page.push_str(&commonest(&wrong));
    page.push_str(
        "\nEach of them, with the three runs of letters that weighed most for what was said against what it is (`·` is a blank; of \
         runs within each other the strongest), and what may mislead in it, written from the text alone:\n\n\
         | language | is | said | how likely | prompt | weighed most | what may mislead |\n|---|---|---|--:|---|---|---|\n",
    );
    for one in &wrong {
        let three: Vec<String> = one.three().iter().map(shown).collect();
        let trap = traps.get(one.text.text).map_or("", String::as_str);
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.2} | {} | {} | {} |",
            one.text.language,
            one.text.category.name(),
            one.said.name(),
            one.likely,
            plain(one.text.text, 60),
            three.join(", "),
            plain(trap, 200)
        );
    }
    page
}

/// What the errors have in common, in counts.
fn why(wrong: &[Wrong<'_>], texts: &[Labelled<'_>]) -> String {
    let count = |test: &dyn Fn(&Wrong<'_>) -> bool| wrong.iter().filter(|one| test(one)).count();
    let by = |language: &str| {
        let all = texts.iter().filter(|text| text.language == language).count();
        format!("{} of {all} in {language}", count(&|one| one.text.language == language))
    };
    let mut drawn: BTreeMap<Category, usize> = BTreeMap::new();
    wrong.iter().for_each(|one| *drawn.entry(one.said).or_default() += 1);
    let mut drawn: Vec<(Category, usize)> = drawn.into_iter().collect();
    drawn.sort_by_key(|(category, count)| (std::cmp::Reverse(*count), *category));
    let drawn: Vec<String> =
        drawn.iter().take(4).map(|(category, count)| format!("{} ({count})", category.name())).collect();
    let three = wrong.iter().filter_map(|one| {
        let all: f32 = one.grams.values().filter(|weight| **weight > 0.0).sum();
        let first: f32 = telling(&one.grams).iter().map(|(_, weight)| weight).sum();
        (all > 0.0).then_some(f64::from(first / all))
    });
    let shares: Vec<f64> = three.collect();
    let mean = 100.0 * shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    format!(
        "{} of {} are: {}, {}, {}. {} of them were said to be less than 60 % likely, and in {} the right category came second. \
         What most were taken for is {}. It is seldom one word that misleads: the three runs of letters that weigh most make up \
         {mean:.0} % of all that speaks for the wrong category. In {} the letters by themselves speak for the right one, and how \
         long the text is and how common the other category was in training outweigh them; in {} the letters are wrong, but by \
         less than 1 (a factor of 2.7 in the odds): nothing in these texts is telling. In the other {} the letters \
         speak for another category by more.\n",
        wrong.len(),
        texts.len(),
        by("en"),
        by("th"),
        by("zh"),
        count(&|one| one.likely < 0.6),
        count(&|one| one.second),
        drawn.join(", "),
        count(&|one| one.letters() < 0.0),
        count(&|one| (0.0..1.0).contains(&one.letters())),
        count(&|one| one.letters() >= 1.0),
    )
}

/// What the encoder changes where it is asked.
fn mended(heads: &Heads, texts: &[Labelled<'_>], meaning: &Meaning) -> String {
    let (mut better, mut worse) = (0, 0);
    for text in texts {
        let before = heads.score([text.text]).top() == text.category;
        let after = meaning.among(heads, text.text, &Category::ALL) == text.category;
        better += usize::from(!before && after);
        worse += usize::from(before && !after);
    }
    format!(
        "\nWith the encoder, which is asked where the letters are less than 80 % sure, {better} of them are told rightly, and \
         {worse} that were right are not.\n"
    )
}

/// Pairs that are told.
const PAIRS: usize = 8;

/// Which is taken for which most often, and what letters they share.
fn commonest(wrong: &[Wrong<'_>]) -> String {
    let mut pairs: BTreeMap<(Category, Category), Vec<&Wrong<'_>>> = BTreeMap::new();
    for one in wrong {
        pairs.entry((one.text.category, one.said)).or_default().push(one);
    }
    let mut pairs: Vec<_> = pairs.into_iter().filter(|(_, all)| all.len() > 1).collect();
    pairs.sort_by_key(|(pair, all)| (std::cmp::Reverse(all.len()), *pair));
    let mut page = String::from(
        "\nThe commonest confusions. Of each the mean of what letters, length and commonness speak for the wrong category, and the \
         letters that weigh most over all of its texts:\n\n| is | said | texts | letters | length | commonness | weighed most |\n\
         |---|---|--:|--:|--:|--:|---|\n",
    );
    for ((is, said), all) in pairs.into_iter().take(PAIRS) {
        let count = all.len() as f32;
        let mean = |part: &dyn Fn(&Wrong<'_>) -> f32| all.iter().map(|one| part(one)).sum::<f32>() / count;
        let mut grams: BTreeMap<String, f32> = BTreeMap::new();
        for (gram, weight) in all.iter().flat_map(|one| &one.grams) {
            *grams.entry(gram.clone()).or_default() += weight / count;
        }
        let three: Vec<String> = telling(&grams).iter().map(shown).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:+.2} | {:+.2} | {:+.2} | {} |",
            is.name(),
            said.name(),
            all.len(),
            mean(&|one| one.letters()),
            mean(&|one| one.length),
            mean(&|one| one.bias),
            three.join(", ")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_prompt_says_what_may_mislead() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/prompts");
        let traps = traps(&own).unwrap();
        assert_eq!(traps.len(), 204);
        for (text, trap) in &traps {
            let words = trap.split_whitespace().count();
            assert!(trap.ends_with('.') && (5..40).contains(&words), "{text}: {trap}");
            assert_eq!(plain(trap, 200), *trap, "a table cannot bear it");
        }
    }

    #[test]
    fn what_speaks_for_an_error_adds_up_to_its_lead() {
        let heads = Heads::shipped().unwrap();
        for category in Category::ALL {
            let text =
                Labelled { language: "en", category, difficulty: None, text: "a tale of two | cities" };
            let Some(wrong) = Wrong::of(heads, &text) else { continue };
            let shares = heads.score([text.text]).categories;
            let lead = (wrong.likely / shares[category.index()]).ln();
            assert!((wrong.letters() + wrong.length + wrong.bias - lead).abs() < 1e-2, "{category:?}");
        }
    }

    #[test]
    fn runs_within_each_other_are_told_once() {
        let grams =
            [("rai", 0.5), (" rai", 0.4), ("r", 0.3), ("", 0.2), (" ", 0.9), ("xy", 0.1), ("no", -1.0)];
        let told = telling(&grams.map(|(gram, weight)| (gram.to_owned(), weight)).into());
        assert_eq!(told.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["rai", "", "xy"]);
        assert_eq!(shown(&("a |".to_owned(), 0.5)), "`a·¦` +0.50");
        assert_eq!(shown(&told[1]), "(length) +0.20");
    }
}
