//! The table of priors: how well each family of models answers on the whole and in each category, as far as public results
//! tell. One fit of all sets at once, because few models stand in two of them: a question set is easier or harder than
//! others, a family better or worse than its size, a category closer to or farther from a family's whole. What is little
//! known stays near what is known of its size, and unsure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wye_profile::{Category, Heads};

use crate::data::Asked;
use crate::fit::Beliefs;
use crate::models::{Model, SIZES, models};

/// Deviations before anything was seen: of a set's ease, of a size's mean, of a family from its size, of a category from its
/// family (reference routing §7), of what a set measures from what people ask.
const SET: f64 = 0.3;
const SIZE: f64 = 0.3;
const FAMILY: f64 = 0.1;
const APART: f64 = 0.12;
const OTHER: f64 = 0.05;
/// What is expected of anybody before anything was seen.
const ANYBODY: f64 = 0.6;
/// How unsure it is what a model does of which only the size is known (reference routing §7).
const UNKNOWN: f64 = 0.2;
/// The least deviation of a family that was measured: it was so in 2024, on others' questions.
const LEAST: f64 = 0.05;
/// The variance of one answer, right or wrong.
const ANSWER: f64 = 0.15;
/// How far slopes of a size are from all, and of a family from its size.
const SLOPES: f64 = 0.1;
const SLOPE: f64 = 0.05;
/// What is expected of slopes before anything was seen.
const USUAL_SLOPE: f64 = -0.3;
/// A harder request is never answered better.
const LEAST_SLOPE: f64 = -0.02;
/// Sets whose ease is nought on the average: the whole that families are measured by.
const WHOLE: [&str; 4] = ["gsm", "math-l5", "crux", "ifeval"];

/// What is known of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// How well it answers on the whole, and how sure that is.
    pub mean: f64,
    /// The deviation.
    pub sd: f64,
    /// How that changes from the easiest request to the hardest.
    pub slope: f64,
    /// How far categories are from the whole, where any was measured.
    pub apart: BTreeMap<Category, f64>,
}

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What difficulty is usual.
    pub usual: f64,
    /// By size, in the order of [`SIZES`].
    pub sizes: Vec<Known>,
    /// By name.
    pub families: Vec<Known>,
}

/// Makes it from what was asked.
#[must_use]
pub fn table(asked: &[Asked]) -> Table {
    let known = models();
    let families = families(&known, asked);
    let counts = counts(asked, &known);
    let (means, deviations) = fitted(&families, &counts);
    let difficulty: f64 = asked.iter().map(|one| f64::from(one.difficulty)).sum();
    let usual = difficulty / count(asked.len()).max(1.0);
    let (size_slopes, slopes) = slopes(asked, &known, &families);
    let sizes = SIZES.iter().enumerate().map(|(at, name)| Known {
        name: (*name).to_owned(),
        mean: means.sizes[at],
        sd: UNKNOWN,
        slope: size_slopes[at],
        apart: BTreeMap::new(),
    });
    let rows = families.iter().enumerate().map(|(at, (name, _))| Known {
        name: name.clone(),
        mean: means.families[at],
        sd: deviations[at].max(LEAST),
        slope: slopes[at],
        apart: means
            .apart
            .iter()
            .filter(|((family, _), _)| *family == at)
            .map(|((_, c), d)| (*c, *d))
            .collect(),
    });
    Table { usual, sizes: sizes.collect(), families: rows.collect() }
}

/// Families with the size of their largest model, in the order of their names; those that were asked anything.
fn families(known: &BTreeMap<String, Model>, asked: &[Asked]) -> Vec<(String, usize)> {
    let mut families: BTreeMap<String, usize> = BTreeMap::new();
    for name in asked.iter().flat_map(|one| one.right.keys()) {
        if let Some(model) = known.get(name) {
            let size = families.entry(model.family.clone()).or_insert(model.size);
            *size = model.size.max(*size);
        }
    }
    families.into_iter().collect()
}

/// Right answers and all, by set and family.
type Counts = BTreeMap<(&'static str, Category, String), (f64, f64)>;

fn counts(asked: &[Asked], known: &BTreeMap<String, Model>) -> Counts {
    let mut counts = Counts::new();
    for one in asked {
        for (name, right) in &one.right {
            let Some(model) = known.get(name) else { continue };
            let cell = counts.entry((one.task, one.category, model.family.clone())).or_default();
            cell.0 += f64::from(*right);
            cell.1 += 1.0;
        }
    }
    counts
}

struct Means {
    sizes: Vec<f64>,
    families: Vec<f64>,
    apart: BTreeMap<(usize, Category), f64>,
}

fn fitted(families: &[(String, usize)], counts: &Counts) -> (Means, Vec<f64>) {
    let mut sets: Vec<&str> = counts.keys().map(|(set, ..)| *set).collect();
    sets.dedup();
    let place = |name: &str| families.iter().position(|(family, _)| family == name);
    let mut pairs: Vec<(usize, Category)> =
        counts.keys().filter_map(|(_, category, family)| Some((place(family)?, *category))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let (first_size, first_family) = (sets.len(), sets.len() + SIZES.len());
    let first_pair = first_family + families.len();
    let mut beliefs = Beliefs::none(first_pair + pairs.len());
    (0..sets.len()).for_each(|set| beliefs.see(&[(set, 1.0)], 0.0, SET * SET));
    let whole: Vec<(usize, f64)> =
        sets.iter().enumerate().filter(|(_, set)| WHOLE.contains(set)).map(|(at, _)| (at, 1.0)).collect();
    beliefs.see(&whole, 0.0, 1e-6);
    (0..SIZES.len()).for_each(|size| beliefs.see(&[(first_size + size, 1.0)], ANYBODY, SIZE * SIZE));
    for (at, (_, size)) in families.iter().enumerate() {
        beliefs.see(&[(first_family + at, 1.0), (first_size + size, -1.0)], 0.0, FAMILY * FAMILY);
    }
    (0..pairs.len()).for_each(|pair| beliefs.see(&[(first_pair + pair, 1.0)], 0.0, APART * APART));
    for ((set, category, family), (right, all)) in counts {
        let (Some(family), Some(set)) = (place(family), sets.iter().position(|known| known == set)) else {
            continue;
        };
        let Some(pair) = pairs.iter().position(|pair| *pair == (family, *category)) else { continue };
        let share = right / all;
        let variance = share * (1.0 - share) / all + OTHER * OTHER;
        beliefs.see(&[(set, 1.0), (first_family + family, 1.0), (first_pair + pair, 1.0)], share, variance);
    }
    let (mean, variance) = beliefs.solve();
    let means = Means {
        sizes: mean[first_size..first_family].to_vec(),
        families: mean[first_family..first_pair].to_vec(),
        apart: pairs.into_iter().zip(mean[first_pair..].iter().copied()).collect(),
    };
    (means, variance[first_family..first_pair].iter().map(|one| one.sqrt()).collect())
}

/// How answers change with difficulty, within a set: by size, and by family.
fn slopes(
    asked: &[Asked],
    known: &BTreeMap<String, Model>,
    families: &[(String, usize)],
) -> (Vec<f64>, Vec<f64>) {
    // Sums of one line a set and family: of difficulty, of answers, of squares and of products.
    let mut sums: BTreeMap<(&str, &str), [f64; 5]> = BTreeMap::new();
    // The heads were trained to tell what RouteLLM's weak model fails at: its own slope says nothing of others'.
    for one in asked.iter().filter(|one| !one.task.starts_with("mmlu")) {
        for (name, right) in &one.right {
            let Some(model) = known.get(name) else { continue };
            let (x, y) = (f64::from(one.difficulty), f64::from(*right));
            let cell = sums.entry((one.task, model.family.as_str())).or_default();
            for (sum, more) in cell.iter_mut().zip([1.0, x, y, x * x, x * y]) {
                *sum += more;
            }
        }
    }
    let mut beliefs = Beliefs::none(1 + SIZES.len() + families.len());
    beliefs.see(&[(0, 1.0)], USUAL_SLOPE, 0.3 * 0.3);
    (0..SIZES.len()).for_each(|size| beliefs.see(&[(1 + size, 1.0), (0, -1.0)], 0.0, SLOPES * SLOPES));
    let first = 1 + SIZES.len();
    for (at, (name, size)) in families.iter().enumerate() {
        beliefs.see(&[(first + at, 1.0), (1 + size, -1.0)], 0.0, SLOPE * SLOPE);
        for ([n, x, y, xx, xy], _) in sums.iter().filter(|((_, of), _)| of == name).map(|(_, sum)| (*sum, ()))
        {
            let spread = xx - x * x / n;
            if spread > 1e-6 {
                beliefs.see(&[(first + at, 1.0)], (xy - x * y / n) / spread, ANSWER / spread);
            }
        }
    }
    let (mean, _) = beliefs.solve();
    let kept = |slopes: &[f64]| slopes.iter().map(|slope| slope.min(LEAST_SLOPE)).collect();
    (kept(&mean[1..first]), kept(&mean[first..]))
}

/// The table as the gateway reads it.
#[must_use]
pub fn text(table: &Table, asked: usize) -> String {
    let heads = Heads::shipped().map_or("none", Heads::hash);
    let mut text = format!(
        "# What is expected of models that nobody here has graded. Made by `cargo xtask priors`; do not edit.\n\
         # From {asked} questions of public results, of models of 2024: ZeroEval (Apache-2.0; GSM8K, MATH and CRUXEval: MIT),\n\
         # M-IFEval (Apache-2.0), RouteLLM's answers to MMLU (Apache-2.0; MMLU: MIT). Difficulty by the heads {heads}.\n\
         # A line: mean, deviation, slope from the easiest request to the hardest, and how far categories are from the mean.\n\
         usual {:.3}\n",
        table.usual
    );
    let all = table.sizes.iter().map(|size| size.mean).sum::<f64>() / count(table.sizes.len()).max(1.0);
    let slope = table.sizes.iter().map(|size| size.slope).sum::<f64>() / count(table.sizes.len()).max(1.0);
    // Writing to a text never fails.
    let _ = writeln!(text, "class unknown {all:.3} {UNKNOWN:.3} {slope:.3}");
    for (word, known) in
        table.sizes.iter().map(|size| ("class", size)).chain(table.families.iter().map(|one| ("family", one)))
    {
        let _ = write!(text, "{word} {} {:.3} {:.3} {:.3}", known.name, known.mean, known.sd, known.slope);
        for (category, apart) in &known.apart {
            let _ = write!(text, " {}:{apart:.3}", category.name());
        }
        text.push('\n');
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "a count of questions")]
pub(crate) const fn count(count: usize) -> f64 {
    count as f64
}
