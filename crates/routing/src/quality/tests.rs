//! What is expected, and what grades make of it.

use proptest::prelude::*;
use wye_types::DeploymentId;

use super::*;
use crate::grades::{Graded, Grades};

fn prior(mean: f32, sd: f32) -> Prior {
    let mut prior = Prior { mean, sd, slope: -0.4, usual: 0.5, ..Prior::default() };
    prior.apart[Category::Math.index()] = -0.1;
    prior
}

fn report(grades: &[(Category, f32, u32)]) -> Arc<Report> {
    let deployment = DeploymentId::parse("p/m").unwrap();
    let graded = grades.iter().map(|(category, value, count)| Graded {
        deployment: deployment.clone(),
        category: *category,
        grade: Grade { value: *value, count: *count },
    });
    Arc::clone(Grades::new(graded, |_| true).of(&deployment).unwrap())
}

fn near(one: f32, other: f32) {
    assert!((one - other).abs() < 1e-4, "{one} is not {other}");
}

#[test]
fn without_grades_the_prior_holds_mixed_by_how_likely_each_category_is() {
    let merit = Merit::new(&prior(0.7, 0.1), None);
    let mut leaning = Leaning::only(Category::Math, None);
    near(merit.expected(&leaning).mean, 0.6);
    near(merit.expected(&leaning).sd, (0.01_f32 + 0.0144).sqrt());
    leaning.shares[Category::Math.index()] = 0.5;
    leaning.shares[Category::Code.index()] = 0.5;
    near(merit.expected(&leaning).mean, 0.65);
    // Harder than usual by 0.25, at -0.4.
    near(merit.expected(&Leaning { difficulty: Some(0.75), ..leaning }).mean, 0.55);
    assert_eq!(leaning.top(), Category::Code, "of equals the first");
}

#[test]
fn a_grade_is_worth_as_much_as_it_has_questions() {
    let prior = prior(0.7, 0.2);
    let mean = |count| {
        let report = report(&[(Category::Code, 0.9, count)]);
        Merit::new(&prior, Some(&report)).mean(Category::Code)
    };
    // Variance before: 0.04 + 0.0144; of one question 0.15.
    near(mean(1), 0.7 + 0.2 * 0.0544 / (0.0544 + 0.15));
    near(mean(20), 0.7 + 0.2 * 0.0544 / (0.0544 + 0.0075));
    assert!(mean(1) < mean(20) && mean(20) < mean(1000) && mean(1000) < 0.9);
    // It tells of other categories as well, but less.
    let told = Merit::new(&prior, Some(&report(&[(Category::Code, 0.9, 20)])));
    let math = told.mean(Category::Math);
    assert!(math > 0.6 && math < 0.6 + 0.2 * 0.9, "{math}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Evidence never makes less sure, what comes out is a number, and a better grade never makes a worse model.
    #[test]
    fn more_is_known_with_grades_than_without(
        mean in 0f32..1.0, sd in 0.01f32..0.3, difficulty in prop::option::of(0f32..1.0),
        grades in prop::collection::vec((0usize..Category::COUNT, 0f32..=1.0, 1u32..1000), 0..12),
        place in 0usize..Category::COUNT,
    ) {
        let prior = prior(mean, sd);
        let grades: Vec<_> = grades.iter().map(|(at, value, count)| (Category::ALL[*at], *value, *count)).collect();
        let leaning = Leaning::only(Category::ALL[place], difficulty);
        let before = Merit::new(&prior, None).expected(&leaning);
        if grades.is_empty() {
            return Ok(());
        }
        let after = Merit::new(&prior, Some(&report(&grades))).expected(&leaning);
        prop_assert!(after.mean.is_finite() && after.sd.is_finite());
        prop_assert!(after.sd <= before.sd + 1e-5, "{} {}", after.sd, before.sd);
        let better: Vec<_> = grades.iter().map(|(category, value, count)| (*category, (value + 0.1).min(1.0), *count)).collect();
        let best = Merit::new(&prior, Some(&report(&better))).expected(&leaning);
        prop_assert!(best.mean >= after.mean - 1e-5);
    }
}
