//! How well a deployment is expected to answer: `μ_model + δ_model,category + β_model·(difficulty − usual)`, the categories
//! mixed by how likely each is. What families of models were measured to do comes first ([`prior`]), grades move it as far as
//! their number weighs (Bayes, in closed form). Worked out when the configuration is loaded; a request only multiplies.

pub mod prior;

use std::sync::Arc;

use wye_profile::Category;

use crate::grades::{Grade, Report};
pub use prior::{Prior, Priors};

/// How far a category may be from what a model does on the whole, as a deviation (measured: reference routing §7).
const CATEGORY_SD: f32 = 0.12;
/// The variance of one question: what is right or wrong varies by a quarter at most (reference routing §7).
const QUESTION_VARIANCE: f32 = 0.15;

/// What a request is thought to be about, and how hard it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaning {
    /// How likely each category is, in the order of [`Category::ALL`]; adds up to one.
    pub shares: [f32; Category::COUNT],
    /// How hard it is, from 0 to 1; `None`: nobody knows, which counts as usual.
    pub difficulty: Option<f32>,
}

impl Default for Leaning {
    fn default() -> Self {
        Self::only(Category::General, None)
    }
}

impl Leaning {
    /// A request that is about one thing.
    #[must_use]
    pub fn only(category: Category, difficulty: Option<f32>) -> Self {
        let mut shares = [0.0; Category::COUNT];
        shares[category.index()] = 1.0;
        Self { shares, difficulty }
    }

    /// What it is most likely about; of equals the first.
    #[must_use]
    pub fn top(&self) -> Category {
        let mut best = (Category::General, f32::MIN);
        for (category, share) in Category::ALL.into_iter().zip(self.shares) {
            if share > best.1 {
                best = (category, share);
            }
        }
        best.0
    }
}

/// What a deployment is expected to do, from 0 to 1, and how sure that is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// The share of right answers that is expected. Compared, so that it is not cut at 0 and 1.
    pub mean: f32,
    /// Its standard deviation.
    pub sd: f32,
}

/// What a deployment is expected to do in each category.
#[derive(Debug, Clone, PartialEq)]
pub struct Merit {
    mean: [f32; Category::COUNT],
    variance: [f32; Category::COUNT],
    slope: f32,
    /// What difficulty is usual.
    usual: f32,
}

impl Merit {
    /// What is expected before, and what grades say of it.
    #[must_use]
    pub fn new(prior: &Prior, report: Option<&Report>) -> Self {
        let grades = Category::ALL.map(|category| report.and_then(|report| report.grade(category)));
        let mut merit = Self {
            mean: [0.0; Category::COUNT],
            variance: [0.0; Category::COUNT],
            slope: prior.slope,
            usual: prior.usual,
        };
        for place in 0..Category::COUNT {
            let (mean, variance) = posterior(prior, &grades, place);
            merit.mean[place] = mean;
            merit.variance[place] = variance;
        }
        merit
    }

    /// What is expected of it for a request.
    #[must_use]
    pub fn expected(&self, leaning: &Leaning) -> Quality {
        let mean = mixed(&leaning.shares, &self.mean);
        let variance = mixed(&leaning.shares, &self.variance);
        let harder = leaning.difficulty.map_or(0.0, |difficulty| difficulty - self.usual);
        Quality { mean: mean + self.slope * harder, sd: variance.max(0.0).sqrt() }
    }

    /// The mean in a category, for a request of usual difficulty.
    #[must_use]
    pub fn mean(&self, category: Category) -> f32 {
        self.mean[category.index()]
    }
}

/// What categories come to by their shares. Four sums beside each other: thousands of deployments are weighed for a request.
fn mixed(shares: &[f32; Category::COUNT], each: &[f32; Category::COUNT]) -> f32 {
    let mut sums = [0.0_f32; 4];
    for (shares, each) in shares.as_chunks::<4>().0.iter().zip(each.as_chunks::<4>().0) {
        for (sum, (share, one)) in sums.iter_mut().zip(shares.iter().zip(each)) {
            *sum += share * one;
        }
    }
    const { assert!(Category::COUNT.is_multiple_of(4), "none is left over") };
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// Mean and variance of one category: a grade in another says something of the model as a whole, a grade in this one of both.
fn posterior(prior: &Prior, grades: &[Option<Grade>; Category::COUNT], own: usize) -> (f32, f32) {
    let noise = |grade: &Grade| QUESTION_VARIANCE / count(grade.count);
    let apart = CATEGORY_SD * CATEGORY_SD;
    let others = grades.iter().enumerate().filter(|(place, _)| *place != own);
    let told = others.filter_map(|(place, grade)| Some((place, grade.as_ref()?)));
    let before = 1.0 / (prior.sd * prior.sd);
    let (weight, sum) = told.fold((before, prior.mean * before), |(weight, sum), (place, grade)| {
        let precision = 1.0 / (apart + noise(grade));
        (weight + precision, sum + (grade.value - prior.apart[place]) * precision)
    });
    let (mean, variance) = (sum / weight + prior.apart[own], 1.0 / weight + apart);
    let Some(grade) = &grades[own] else { return (mean, variance) };
    let share = variance / (variance + noise(grade));
    (mean + share * (grade.value - mean), variance * (1.0 - share))
}

#[expect(clippy::cast_precision_loss, reason = "a count of questions")]
const fn count(count: u32) -> f32 {
    count as f32
}

/// What is known of how well a deployment answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What is expected of it.
    pub merit: Merit,
    /// What it was graded, if it was.
    pub report: Option<Arc<Report>>,
}

impl Default for Standing {
    /// Of what nobody knows anything.
    fn default() -> Self {
        Self::new(&Prior::default(), None)
    }
}

impl Standing {
    /// A deployment of which this was expected before it was graded.
    #[must_use]
    pub fn new(prior: &Prior, report: Option<Arc<Report>>) -> Self {
        Self { merit: Merit::new(prior, report.as_deref()), report }
    }
}

#[cfg(test)]
mod tests;
