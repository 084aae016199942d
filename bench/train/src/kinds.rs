//! The heads of the categories: which runs they know, and softmax regression over those. Fitted by few steps in a space that
//! is stretched by how much each row is read, since otherwise what is in every text is learnt first and what is rare, which
//! tells most, hardly at all. The same lessons give the same weights to the last bit.

use wye_profile::Category;
use wye_profile::heads::{KNOWN, Places, Rows, Runs, SLOTS, STEPS};

use crate::descent::descend;
use crate::fit::miss;

/// What a weight's square costs against a lesson of weight 1.
const RIDGE: f32 = 0.03;
/// Steps. Few on purpose: what more of them learn is the lessons by heart.
const PASSES: usize = 24;
/// How much a share bends, on the average of sixteen: p (1 - p).
const BEND: f32 = 0.06;
/// A run that stands in fewer texts says nothing of others.
const FEWEST: usize = 2;

/// Rows of weights.
const ROWS: usize = SLOTS + STEPS;
/// Weights of a row.
const WIDE: usize = Category::COUNT;

/// What one text teaches.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// What is read of it.
    pub rows: Rows,
    /// What it is.
    pub category: Category,
    /// How much it counts.
    pub weight: f32,
}

/// Weights by row and category, with a bias for each category.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinds {
    weights: Vec<[f32; WIDE]>,
    /// By category.
    pub biases: [f32; WIDE],
}

/// The runs that the most texts have, of equals those of the lower hash.
#[must_use]
pub fn known<'a>(texts: impl Iterator<Item = &'a Runs>) -> Vec<u64> {
    let mut all: Vec<u64> = texts.flat_map(|runs| &runs.hashes).copied().collect();
    all.sort_unstable();
    let mut counts: Vec<(usize, u64)> =
        all.chunk_by(|one, other| one == other).map(|same| (same.len(), same[0])).collect();
    counts.retain(|(count, _)| *count >= FEWEST);
    counts.sort_unstable_by_key(|(count, hash)| (std::cmp::Reverse(*count), *hash));
    counts.truncate(KNOWN);
    counts.into_iter().map(|(_, hash)| hash).collect()
}

/// Where the runs of texts have their rows.
#[must_use]
pub fn places<'a>(texts: impl Iterator<Item = &'a Runs>) -> Option<Places> {
    Places::of(&known(texts))
}

impl Kinds {
    /// Fits lessons.
    #[must_use]
    pub fn fit(lessons: &[Lesson]) -> Self {
        // Only rows that some lesson reads: the others stay at nought.
        let mut read = vec![false; ROWS];
        lessons.iter().flat_map(|lesson| cells(&lesson.rows)).for_each(|(row, _)| read[row] = true);
        let dense: Vec<usize> = read
            .iter()
            .scan(0, |next, read| Some(std::mem::replace(next, *next + usize::from(*read))))
            .collect();
        let task = Task { lessons, stretch: stretch(lessons, &read, &dense), dense };
        let mut fitted = vec![0.0; task.stretch.len() * WIDE];
        descend(PASSES, &mut fitted, |weights, slope| task.loss(weights, slope));
        let fitted = fitted.as_chunks::<WIDE>().0;
        let row = |at: usize| fitted[at].map(|weight| weight * task.stretch[at]);
        let weights = read.iter().zip(&task.dense);
        Self {
            weights: weights.map(|(read, at)| if *read { row(*at) } else { [0.0; WIDE] }).collect(),
            biases: row(fitted.len() - 1),
        }
    }

    /// The likeliest category, the first of equals.
    #[must_use]
    pub fn said(&self, rows: &Rows) -> Category {
        let mut sums = self.biases;
        for (row, share) in cells(rows) {
            sums.iter_mut().zip(&self.weights[row]).for_each(|(sum, weight)| *sum += weight * share);
        }
        let more = |best: Category, next: Category| {
            if sums[next.index()] > sums[best.index()] { next } else { best }
        };
        Category::ALL.into_iter().reduce(more).unwrap_or(Category::General)
    }

    /// The weights of one category, by row.
    #[must_use]
    pub fn column(&self, category: Category) -> Vec<f32> {
        self.weights.iter().map(|row| row[category.index()]).collect()
    }
}

/// What each row counts in a text.
fn cells(rows: &Rows) -> impl Iterator<Item = (usize, f32)> {
    let each = 1.0 / (rows.slots.len().max(1) as f32).sqrt();
    let runs = rows.slots.iter().map(move |slot| (*slot as usize, each));
    runs.chain(rows.length.map(|(row, share)| (row as usize, share)))
}

/// What each row's weights are multiplied with, and at the end the biases: one over the root of how much the loss bends.
fn stretch(lessons: &[Lesson], read: &[bool], dense: &[usize]) -> Vec<f32> {
    let biases = read.iter().filter(|read| **read).count();
    let mut bends = vec![RIDGE; biases + 1];
    bends[biases] = 0.0;
    for lesson in lessons {
        for (row, share) in cells(&lesson.rows) {
            bends[dense[row]] += BEND * lesson.weight * share * share;
        }
        bends[biases] += BEND * lesson.weight;
    }
    bends.iter().map(|bend| 1.0 / bend.max(1e-6).sqrt()).collect()
}

/// What is fitted: lessons, where each row stands among those that are read, and how each of these is stretched.
struct Task<'a> {
    lessons: &'a [Lesson],
    dense: Vec<usize>,
    stretch: Vec<f32>,
}

impl Task<'_> {
    /// The loss of stretched weights, and its slope into `slope`.
    fn loss(&self, weights: &[f32], slope: &mut [f32]) -> f64 {
        let weights = weights.as_chunks::<WIDE>().0;
        let slope = slope.as_chunks_mut::<WIDE>().0;
        let biases = weights.len() - 1;
        let mut loss = 0.0;
        for (at, (row, slope)) in weights.iter().zip(slope.iter_mut()).enumerate() {
            let ridge = if at < biases { RIDGE * self.stretch[at] * self.stretch[at] } else { 0.0 };
            *slope = row.map(|weight| ridge * weight);
            let squares: f32 = row.iter().map(|weight| weight * weight).sum();
            loss += 0.5 * f64::from(ridge * squares);
        }
        for lesson in self.lessons {
            let mut errors = weights[biases].map(|bias| bias * self.stretch[biases]);
            for (at, share) in self.cells(lesson) {
                errors.iter_mut().zip(&weights[at]).for_each(|(sum, weight)| *sum += weight * share);
            }
            let mut wanted = [0.0; WIDE];
            wanted[lesson.category.index()] = 1.0;
            loss += f64::from(lesson.weight) * miss(&mut errors, &wanted);
            let errors = errors.map(|error| error * lesson.weight);
            for (at, share) in self.cells(lesson).chain([(biases, self.stretch[biases])]) {
                slope[at].iter_mut().zip(&errors).for_each(|(slope, error)| *slope += error * share);
            }
        }
        loss
    }

    fn cells(&self, lesson: &Lesson) -> impl Iterator<Item = (usize, f32)> {
        cells(&lesson.rows).map(|(row, share)| (self.dense[row], share * self.stretch[self.dense[row]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_most_texts_have_is_known() {
        let texts = ["ab", "ab", "ab", "ac"].map(Runs::of);
        let known = known(texts.iter());
        let (ab, ac) = (&texts[0].hashes, &texts[3].hashes);
        assert!(ab.iter().all(|hash| known.contains(hash)));
        assert!(ac.iter().any(|hash| !known.contains(hash)), "it stands in one text alone");
        assert!(ac.contains(&known[0]), "what all have comes first");
    }

    #[test]
    fn a_rare_word_outweighs_what_is_everywhere() {
        let texts: Vec<(Runs, Category)> = ["please write a poem", "please write a function"]
            .into_iter()
            .flat_map(|text| ["now", "today", "soon"].map(|more| format!("{text} {more}")))
            .zip([Category::Creative; 3].into_iter().chain([Category::Code; 3]))
            .map(|(text, category)| (Runs::of(&text), category))
            .collect();
        let places = places(texts.iter().map(|(runs, _)| runs)).unwrap();
        let lesson = |(runs, category): &(Runs, Category)| Lesson {
            rows: places.rows(runs),
            category: *category,
            weight: 1.0,
        };
        let lessons: Vec<Lesson> = texts.iter().map(lesson).collect();
        let kinds = Kinds::fit(&lessons);
        assert_eq!(kinds, Kinds::fit(&lessons));
        let weight = |text: &str, category: Category| -> f32 {
            let slots = places.rows(&Runs::of(text)).slots;
            slots.iter().map(|slot| kinds.weights[*slot as usize][category.index()]).sum()
        };
        assert!(weight("poem", Category::Creative) > 3.0 * weight("please", Category::Creative).abs());
        assert!(weight("function", Category::Code) > weight("function", Category::Creative));
    }
}
