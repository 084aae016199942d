//! Logistic regression over hashed features, fitted by L-BFGS. Whole passes in a fixed order on one thread: the same
//! examples give the same weights to the last bit.

use wye_profile::heads::{BUCKETS, Grams};

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
        let mut model = Self { outputs: plan.outputs, weights: vec![0.0; (BUCKETS + 1) * plan.outputs] };
        descend(plan, lessons, &mut model);
        model
    }

    /// What each output adds up to.
    #[must_use]
    pub fn logits(&self, features: &Features) -> Vec<f32> {
        let (rows, biases) = self.weights.split_at(BUCKETS * self.outputs);
        let mut sums = vec![0.0_f32; self.outputs];
        for bucket in &features.buckets {
            let row = &rows[usize::from(*bucket) * self.outputs..][..self.outputs];
            sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
        }
        sums.iter_mut().for_each(|sum| *sum *= features.each);
        for (bucket, share) in features.length {
            let row = &rows[usize::from(bucket) * self.outputs..][..self.outputs];
            sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * share);
        }
        sums.iter().zip(biases).map(|(sum, bias)| sum + bias).collect()
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

    /// The loss, and its slope into `slope`.
    fn loss(&self, ridge: f32, lessons: &[Lesson<'_>], slope: &mut [f32]) -> f64 {
        let biases = BUCKETS * self.outputs;
        let mut loss = 0.0;
        for (place, weight) in self.weights.iter().enumerate() {
            slope[place] = if place < biases { ridge * weight } else { 0.0 };
            if place < biases {
                loss += 0.5 * f64::from(ridge) * f64::from(*weight) * f64::from(*weight);
            }
        }
        for lesson in lessons {
            let mut errors = self.logits(lesson.features);
            loss += f64::from(lesson.weight) * miss(&mut errors, &lesson.wanted);
            for (output, error) in errors.iter_mut().enumerate() {
                *error *= lesson.weight;
                slope[biases + output] += *error;
            }
            for (bucket, share) in lesson.features.length {
                let row = &mut slope[usize::from(bucket) * self.outputs..][..self.outputs];
                row.iter_mut().zip(&errors).for_each(|(slope, error)| *slope += error * share);
            }
            errors.iter_mut().for_each(|error| *error *= lesson.features.each);
            for bucket in &lesson.features.buckets {
                let row = &mut slope[usize::from(*bucket) * self.outputs..][..self.outputs];
                row.iter_mut().zip(&errors).for_each(|(slope, error)| *slope += error);
            }
        }
        loss
    }
}

/// The loss of one lesson; turns the logits into what they are too high.
fn miss(logits: &mut [f32], wanted: &[f32]) -> f64 {
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

/// Steps remembered to guess the curvature from.
const MEMORY: usize = 8;

/// L-BFGS with halved steps.
fn descend(plan: Plan, lessons: &[Lesson<'_>], model: &mut Linear) {
    let size = model.weights.len();
    let (mut slope, mut next) = (vec![0.0; size], vec![0.0; size]);
    let mut loss = model.loss(plan.ridge, lessons, &mut slope);
    let mut steps: Vec<(Vec<f32>, Vec<f32>, f64)> = Vec::new();
    for _ in 0..plan.passes {
        let direction = direction(&slope, &steps);
        let down = dot(&direction, &slope);
        if down > -1e-9 {
            return;
        }
        let mut length = if steps.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1e-9) } else { 1.0 };
        let start = model.weights.clone();
        let reached = loop {
            let moved = start.iter().zip(&direction).map(|(from, by)| from + length as f32 * by);
            model.weights.clear();
            model.weights.extend(moved);
            let reached = model.loss(plan.ridge, lessons, &mut next);
            if reached <= loss + 1e-4 * length * down {
                break reached;
            }
            length *= 0.5;
            if length < 1e-6 {
                model.weights = start;
                return;
            }
        };
        let step: Vec<f32> = model.weights.iter().zip(&start).map(|(to, from)| to - from).collect();
        let turn: Vec<f32> = next.iter().zip(&slope).map(|(to, from)| to - from).collect();
        let curve = dot(&step, &turn);
        if curve > 1e-12 {
            steps.push((step, turn, 1.0 / curve));
        }
        if steps.len() > MEMORY {
            steps.remove(0);
        }
        std::mem::swap(&mut slope, &mut next);
        let gain = loss - reached;
        loss = reached;
        if gain < 1e-6 * loss.abs() {
            return;
        }
    }
}

fn direction(slope: &[f32], steps: &[(Vec<f32>, Vec<f32>, f64)]) -> Vec<f32> {
    let mut direction: Vec<f32> = slope.iter().map(|value| -value).collect();
    let mut shares = Vec::new();
    for (step, turn, inverse) in steps.iter().rev() {
        let share = inverse * dot(step, &direction);
        add(&mut direction, turn, -share);
        shares.push(share);
    }
    if let Some((_, turn, inverse)) = steps.last() {
        let scale = (1.0 / (inverse * dot(turn, turn))) as f32;
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for ((step, turn, inverse), share) in steps.iter().zip(shares.iter().rev()) {
        let back = inverse * dot(turn, &direction);
        add(&mut direction, step, share - back);
    }
    direction
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    // Eight sums side by side, always in the same order.
    let mut sums = [0.0_f64; 8];
    let (many, rest) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in many.0.iter().zip(rest.0) {
        for at in 0..8 {
            sums[at] += f64::from(a[at]) * f64::from(b[at]);
        }
    }
    let last: f64 = many.1.iter().zip(rest.1).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    sums.iter().sum::<f64>() + last
}

fn add(to: &mut [f32], what: &[f32], times: f64) {
    let times = times as f32;
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}
