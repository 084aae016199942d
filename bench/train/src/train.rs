//! From samples to the file of the heads.

use std::io;

use wye_profile::Category;
use wye_profile::heads::{HEADS, Weights, write};

use crate::fit::{Lesson, Linear, Plan};
use crate::kinds::{self, Kinds};
use crate::lessons::{Sample, categories, difficulty};

/// How difficulty is fitted.
pub const DIFFICULTY: Plan = Plan { outputs: 1, ridge: 26.0, passes: 200 };

/// Fits all heads and writes them as the gateway reads them.
///
/// # Errors
/// When the runs that are to be known find no rows, which other samples would mend.
pub fn file(samples: &[Sample]) -> io::Result<Vec<u8>> {
    let places = kinds::places(categories(samples).map(|kind| &kind.runs))
        .ok_or_else(|| io::Error::other("the runs of the categories find no rows"))?;
    let kinds = Kinds::fit(&categories(samples).map(|kind| kind.lesson(&places)).collect::<Vec<_>>());
    let (hard, slope, shift) = spread(&difficulty(samples));
    let mut biases = [0.0; HEADS];
    biases[..HEADS - 1].copy_from_slice(&kinds.biases);
    biases[HEADS - 1] = hard.bias(0) * slope + shift;
    Ok(write(&Weights {
        places,
        categories: Category::ALL.map(|category| kinds.column(category)).into(),
        difficulty: hard.column(0).iter().map(|weight| weight * slope).collect(),
        biases,
    }))
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
    use wye_profile::heads::Runs;

    use super::*;
    use crate::fit::Features;
    use crate::lessons::{Hard, Kind};

    fn samples() -> Vec<Sample> {
        let texts = ["write a function", "a poem on rain", "fix my function", "poem of the sea"];
        let sample = |(at, text): (usize, &&str)| Sample {
            category: Some(Kind {
                runs: Runs::of(text),
                category: if at % 2 == 0 { Category::Code } else { Category::Creative },
                weight: 1.0,
            }),
            difficulty: Some((Features::of(text), Hard { wanted: (at % 2) as f32, fails: (at % 2) as f32 })),
        };
        (0..3).flat_map(|_| texts.iter().enumerate()).map(sample).collect()
    }

    #[test]
    fn the_same_samples_give_the_same_file_and_it_has_learnt() {
        let file = file(&samples()).unwrap();
        assert_eq!(file, super::file(&samples()).unwrap());
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
