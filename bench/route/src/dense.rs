//! Logistic regression over the encoder's vectors, by Nesterov's steps over all lessons at once and in their order: the same
//! lessons give the same weights.

use wye_encoder::DIMS;

use crate::meaning::Vector;

/// A vector and how likely the strong model is to be worth its price there, from 0 to 1.
pub(crate) type Lesson<'a> = (&'a Vector, f32);

/// Weights and what is added to their sum.
pub(crate) struct Dense {
    weights: Vector,
    bias: f32,
}

/// Steps down the slope.
const STEPS: usize = 300;
/// How much the slope of the mean loss changes at most, by the length of a step: vectors and the bias have the length 1 each.
const BEND: f32 = 0.5;

impl Dense {
    /// Fits. `ridge`: what a weight's square costs against the mean loss.
    pub(crate) fn fit(ridge: f32, lessons: &[Lesson<'_>]) -> Self {
        let (mut now, mut before) = ((Box::new([0.0; DIMS]), 0.0_f32), (Box::new([0.0; DIMS]), 0.0_f32));
        let far = 1.0 / (BEND + ridge);
        for step in 0..STEPS {
            let ahead = step as f32 / (step as f32 + 3.0);
            let mut at = now.clone();
            at.0.iter_mut().zip(before.0.iter()).for_each(|(at, before)| *at += ahead * (*at - before));
            at.1 += ahead * (at.1 - before.1);
            let mut slope = [0.0; DIMS];
            let mut lift = 0.0;
            for (vector, wanted) in lessons {
                let likely = 1.0 / (1.0 + (-(dot(&at.0, vector) + at.1)).exp());
                let off = (likely - wanted) / lessons.len() as f32;
                slope.iter_mut().zip(vector.iter()).for_each(|(slope, value)| *slope += off * value);
                lift += off;
            }
            for (weight, slope) in at.0.iter_mut().zip(&slope) {
                *weight -= far * (slope + ridge * *weight);
            }
            at.1 -= far * lift;
            before = std::mem::replace(&mut now, at);
        }
        Self { weights: *now.0, bias: now.1 }
    }

    /// What a vector adds up to.
    pub(crate) fn logit(&self, vector: &Vector) -> f32 {
        dot(&self.weights, vector) + self.bias
    }
}

fn dot(a: &Vector, b: &Vector) -> f32 {
    let mut sums = [0.0; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_what_is_there_and_the_same_each_time() {
        let vector = |at: usize| -> Vector { std::array::from_fn(|dim| f32::from(u8::from(dim == at))) };
        let (easy, hard) = (vector(3), vector(4));
        let lessons = [(&easy, 0.0), (&hard, 1.0), (&easy, 0.0), (&hard, 1.0)];
        let fitted = Dense::fit(1e-3, &lessons);
        assert!(fitted.logit(&easy) < -1.0 && fitted.logit(&hard) > 1.0, "{}", fitted.logit(&hard));
        assert_eq!(fitted.weights, Dense::fit(1e-3, &lessons).weights);
        assert!(Dense::fit(1.0, &lessons).logit(&hard) < fitted.logit(&hard), "held back more");
    }
}
