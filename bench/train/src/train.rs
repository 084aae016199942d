//! From samples to the file of the heads.

use wye_profile::heads::{HEADS, Weights, write};

use crate::fit::{Lesson, Linear, Plan};
use crate::lessons::{Sample, categories, difficulty};

/// How the categories are fitted.
pub const CATEGORIES: Plan = Plan { outputs: HEADS - 1, ridge: 0.03, passes: 60 };
/// How difficulty is fitted.
pub const DIFFICULTY: Plan = Plan { outputs: 1, ridge: 26.0, passes: 200 };

/// Fits all heads and writes them as the gateway reads them.
#[must_use]
pub fn file(samples: &[Sample]) -> Vec<u8> {
    let categories = Linear::fit(CATEGORIES, &categories(samples));
    let (difficulty, slope, shift) = spread(&difficulty(samples));
    let mut heads: Vec<Vec<f32>> = (0..CATEGORIES.outputs).map(|output| categories.column(output)).collect();
    heads.push(difficulty.column(0).iter().map(|weight| weight * slope).collect());
    let mut biases = [0.0; HEADS];
    for (output, bias) in biases.iter_mut().enumerate().take(CATEGORIES.outputs) {
        *bias = categories.bias(output);
    }
    biases[HEADS - 1] = difficulty.bias(0) * slope + shift;
    write(&Weights { heads, biases })
}

/// Fits difficulty, and what it must be stretched and shifted by to be likely to fail: the order stays the same. Stretched by
/// what a model of four fifths says of the last, since of its own lessons every model is too sure.
fn spread(lessons: &[Lesson<'_>]) -> (Linear, f32, f32) {
    let (mut most, mut last) = (Vec::new(), Vec::new());
    for (at, lesson) in lessons.iter().enumerate() {
        if at % 5 == 0 { last.push(lesson) } else { most.push(lesson.clone()) }
    }
    let part = Linear::fit(DIFFICULTY, &most);
    let said: Vec<(f64, f64)> = last
        .iter()
        .filter_map(|lesson| {
            Some((f64::from(*part.logits(lesson.features).first()?), f64::from(lesson.fails?)))
        })
        .collect();
    let (slope, shift) = platt(&said);
    (Linear::fit(DIFFICULTY, lessons), slope as f32, shift as f32)
}

/// The line through which a logistic curve says best how likely it is: Newton's steps on two numbers.
fn platt(said: &[(f64, f64)]) -> (f64, f64) {
    let (mut slope, mut shift) = (1.0_f64, 0.0_f64);
    for _ in 0..50 {
        let mut first = [0.0; 2];
        let mut second = [1e-9, 0.0, 1e-9];
        for (z, y) in said {
            let p = 1.0 / (1.0 + (-(slope * z + shift)).exp());
            let (miss, bend) = (p - y, p * (1.0 - p));
            first[0] += miss * z;
            first[1] += miss;
            second[0] += bend * z * z;
            second[1] += bend * z;
            second[2] += bend;
        }
        let whole = second[0] * second[2] - second[1] * second[1];
        slope -= (first[0] * second[2] - first[1] * second[1]) / whole;
        shift -= (first[1] * second[0] - first[0] * second[1]) / whole;
    }
    // What does not grow with difficulty is no measure of it: leave it as it was.
    if slope.is_finite() && slope > 0.0 { (slope, shift) } else { (1.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use wye_profile::Category;

    use super::*;
    use crate::fit::Features;
    use crate::lessons::Hard;

    fn samples() -> Vec<Sample> {
        let texts = ["write a function", "a poem on rain", "fix my function", "poem of the sea"];
        let sample = |(at, text): (usize, &&str)| Sample {
            features: Features::of(text),
            category: Some((if at % 2 == 0 { Category::Code } else { Category::Creative }, 1.0)),
            difficulty: Some(Hard { wanted: (at % 2) as f32, fails: (at % 2) as f32 }),
        };
        (0..3).flat_map(|_| texts.iter().enumerate()).map(sample).collect()
    }

    #[test]
    fn the_same_samples_give_the_same_file_and_it_has_learnt() {
        let file = file(&samples());
        assert_eq!(file, super::file(&samples()));
        let heads = wye_profile::Heads::read(file.into()).unwrap();
        assert_eq!(heads.score(["a function, please"]).top(), Category::Code);
        assert_eq!(heads.score(["poem about rain"]).top(), Category::Creative);
        let (easy, hard) = (heads.score(["function"]).difficulty, heads.score(["poem"]).difficulty);
        assert!(easy < hard, "{easy} {hard}");
    }

    #[test]
    fn stretching_says_how_likely_failing_is() {
        let said: Vec<(f64, f64)> = (0..1000)
            .map(|at| (f64::from(at % 10) / 100.0, f64::from(u8::from(at % 100 / 10 < at % 10))))
            .collect();
        let (slope, shift) = platt(&said);
        let at = |z: f64| 1.0 / (1.0 + (-(slope * z + shift)).exp());
        assert!((at(0.09) - 0.9).abs() < 0.1 && (at(0.01) - 0.1).abs() < 0.1, "{slope} {shift}");
        assert_eq!(platt(&[]), (1.0, 0.0), "of nothing nothing is learnt");
    }
}
