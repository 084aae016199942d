//! Logistic regression over hashed features, fitted by L-BFGS. Whole passes in a fixed order on one thread: the same
//! examples give the same weights to the last bit.

use wye_profile::heads::{BUCKETS, Grams};

use crate::descent::descend;

/// A text as the heads see it.
#[derive(Debug, Clone)]
pub struct Features {
    buckets: Box<[u16]>,
    each: f32,
    length: [(u16, f32); 2],
}

impl Features {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let grams = Grams::of([text]);
        Self { buckets: grams.buckets().into(), each: grams.each(), length: grams.length() }
    }
}

/// What is to be learnt of one text: how much of each output it should be, and how much it counts.
#[derive(Debug, Clone)]
pub struct Lesson<'a> {
    /// The text.
    pub features: &'a Features,
    /// One for each output. Of one output alone: how likely it is. Of several: one in all.
    pub wanted: Vec<f32>,
    /// How much it counts.
    pub weight: f32,
    /// Whether the weak model failed, where that is known: what the answer is stretched to say.
    pub fails: Option<f32>,
}

/// Weights by bucket and output, with a bias for each output.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    outputs: usize,
    /// Bucket by bucket, and the biases at the end.
    weights: Vec<f32>,
}

/// How to fit.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many outputs.
    pub outputs: usize,
    /// What a weight's square costs against a lesson of weight 1: more makes weights smaller.
    pub ridge: f32,
    /// Passes at most.
    pub passes: usize,
}

impl Linear {
    /// Fits lessons.
    #[must_use]
    pub fn fit(plan: Plan, lessons: &[Lesson<'_>]) -> Self {
        let mut weights = vec![0.0; (BUCKETS + 1) * plan.outputs];
        descend(plan.passes, &mut weights, |weights, slope| loss(plan, weights, lessons, slope));
        Self { outputs: plan.outputs, weights }
    }

    /// What each output adds up to.
    #[must_use]
    pub fn logits(&self, features: &Features) -> Vec<f32> {
        logits(self.outputs, &self.weights, features)
    }

    /// The weights of one output, by bucket.
    #[must_use]
    pub fn column(&self, output: usize) -> Vec<f32> {
        (0..BUCKETS).map(|bucket| self.weights[bucket * self.outputs + output]).collect()
    }

    /// The bias of one output.
    #[must_use]
    pub fn bias(&self, output: usize) -> f32 {
        self.weights[BUCKETS * self.outputs + output]
    }
}

fn logits(outputs: usize, weights: &[f32], features: &Features) -> Vec<f32> {
    let (rows, biases) = weights.split_at(BUCKETS * outputs);
    let mut sums = vec![0.0_f32; outputs];
    for bucket in &features.buckets {
        let row = &rows[usize::from(*bucket) * outputs..][..outputs];
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
    }
    sums.iter_mut().for_each(|sum| *sum *= features.each);
    for (bucket, share) in features.length {
        let row = &rows[usize::from(bucket) * outputs..][..outputs];
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * share);
    }
    sums.iter().zip(biases).map(|(sum, bias)| sum + bias).collect()
}

/// The loss, and its slope into `slope`.
fn loss(plan: Plan, weights: &[f32], lessons: &[Lesson<'_>], slope: &mut [f32]) -> f64 {
    let Plan { outputs, ridge, .. } = plan;
    let biases = BUCKETS * outputs;
    let mut loss = 0.0;
    for (place, weight) in weights.iter().enumerate() {
        slope[place] = if place < biases { ridge * weight } else { 0.0 };
        if place < biases {
            loss += 0.5 * f64::from(ridge) * f64::from(*weight) * f64::from(*weight);
        }
    }
    for lesson in lessons {
        let mut errors = logits(outputs, weights, lesson.features);
        loss += f64::from(lesson.weight) * miss(&mut errors, &lesson.wanted);
        for (output, error) in errors.iter_mut().enumerate() {
            *error *= lesson.weight;
            slope[biases + output] += *error;
        }
        for (bucket, share) in lesson.features.length {
            let row = &mut slope[usize::from(bucket) * outputs..][..outputs];
            row.iter_mut().zip(&errors).for_each(|(slope, error)| *slope += error * share);
        }
        errors.iter_mut().for_each(|error| *error *= lesson.features.each);
        for bucket in &lesson.features.buckets {
            let row = &mut slope[usize::from(*bucket) * outputs..][..outputs];
            row.iter_mut().zip(&errors).for_each(|(slope, error)| *slope += error);
        }
    }
    loss
}

/// The loss of one lesson; turns the logits into what they are too high.
pub(crate) fn miss(logits: &mut [f32], wanted: &[f32]) -> f64 {
    if let ([logit], [wanted]) = (&mut *logits, wanted) {
        let (z, y) = (f64::from(*logit), f64::from(*wanted));
        *logit = (1.0 / (1.0 + (-z).exp()) - y) as f32;
        return z.max(0.0) - z * y + (-z.abs()).exp().ln_1p();
    }
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let all: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
    let mut loss = 0.0;
    for (logit, wanted) in logits.iter_mut().zip(wanted) {
        let log = f64::from(*logit - most) - all.ln();
        loss -= f64::from(*wanted) * log;
        *logit = (log.exp() - f64::from(*wanted)) as f32;
    }
    loss
}
