//! What deployments were graded: a share of right answers for each category, out of so many. Grades come from operators or
//! from exams; here they are a table that is only read, made anew when one of them changes.

use std::collections::HashMap;
use std::sync::Arc;

use wye_profile::Category;
use wye_types::DeploymentId;

/// From this grade on, the best of a category is its head teacher (SMLGateway, reference §3).
pub const HEAD: f32 = 0.8;
/// From this grade on, a deployment has passed in a category (SMLGateway's filter, reference §6.4).
pub const PASSED: f32 = 0.6;
/// What counts for a deployment that was never graded (SMLGateway [H], reference §4: let in at a neutral 50).
pub const NEUTRAL: f32 = 0.5;

/// A grade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// The share of right answers, from 0 to 1.
    pub value: f32,
    /// Out of how many.
    pub count: u32,
}

/// A grade, and what it was given for.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// Whose it is.
    pub deployment: DeploymentId,
    /// In what.
    pub category: Category,
    /// How good.
    pub grade: Grade,
}

/// A deployment's grades.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    grades: [Option<Grade>; Category::COUNT],
    /// A bit for each category whose head teacher it is.
    heads: u16,
}

impl Report {
    /// Its grade in a category.
    #[must_use]
    pub fn grade(&self, category: Category) -> Option<Grade> {
        self.grades.get(category.index()).copied().flatten()
    }

    /// Whether it is the head teacher of a category.
    #[must_use]
    pub const fn is_head(&self, category: Category) -> bool {
        self.heads & 1 << category.index() != 0
    }

    /// Whether it passed in a category; `None`: it was not graded there.
    #[must_use]
    pub fn passed(&self, category: Category) -> Option<bool> {
        self.grade(category).map(|grade| grade.value >= PASSED)
    }

    /// The categories in which it was graded.
    pub fn all(&self) -> impl Iterator<Item = (Category, Grade)> + '_ {
        Category::ALL.into_iter().filter_map(|category| Some((category, self.grade(category)?)))
    }

    /// Its share of right answers in everything; `None` without any.
    #[must_use]
    pub fn overall(&self) -> Option<f32> {
        let (right, all) = self.all().fold((0.0, 0.0), |(right, all), (_, grade)| {
            let count = f64::from(grade.count);
            (right + f64::from(grade.value) * count, all + count)
        });
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        (all > 0.0).then_some((right / all) as f32)
    }
}

/// The grades of all deployments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grades {
    reports: HashMap<DeploymentId, Arc<Report>>,
}

impl Grades {
    /// A table of grades. Those of deployments that are not `known` are left out, so that nobody heads a category who cannot
    /// be called. Of two grades for the same the later one counts. Head teacher of a category is who has the best grade in
    /// it, if that is at least [`HEAD`]; of equals the first by name. One deployment may head several.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = Graded>, known: impl Fn(&DeploymentId) -> bool) -> Self {
        let mut reports: HashMap<DeploymentId, Report> = HashMap::new();
        for Graded { deployment, category, grade } in all {
            let Grade { value, count } = grade;
            let real = value.is_finite() && count > 0 && known(&deployment);
            let place = real.then(|| reports.entry(deployment).or_default());
            if let Some(place) = place.and_then(|report| report.grades.get_mut(category.index())) {
                *place = Some(Grade { value: value.clamp(0.0, 1.0), count });
            }
        }
        for category in Category::ALL {
            let able = reports.iter_mut().filter_map(|(deployment, report)| {
                let value = report.grade(category)?.value;
                (value >= HEAD).then_some((value, deployment, report))
            });
            let best = able.max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| other.1.cmp(one.1)));
            if let Some((_, _, report)) = best {
                report.heads |= 1 << category.index();
            }
        }
        Self {
            reports: reports.into_iter().map(|(deployment, report)| (deployment, report.into())).collect(),
        }
    }

    /// A deployment's grades; `None` without any.
    #[must_use]
    pub fn of(&self, deployment: &DeploymentId) -> Option<&Arc<Report>> {
        self.reports.get(deployment)
    }

    /// Whether nobody was graded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(name: &str, category: Category, value: f32, count: u32) -> Graded {
        Graded { deployment: DeploymentId::parse(name).unwrap(), category, grade: Grade { value, count } }
    }

    fn of<'a>(grades: &'a Grades, name: &str) -> &'a Report {
        grades.of(&DeploymentId::parse(name).unwrap()).unwrap()
    }

    #[test]
    fn the_best_who_passed_well_enough_heads_its_category_and_one_may_head_several() {
        let grades = Grades::new(
            [
                graded("p/a", Category::Code, 0.9, 10),
                graded("p/b", Category::Code, 0.95, 10),
                graded("p/b", Category::Math, 0.8, 10),
                graded("p/a", Category::Thai, 0.79, 10),
                graded("p/gone", Category::Math, 1.0, 10),
            ],
            |deployment| deployment.model != "gone",
        );
        let heads =
            |name| Category::ALL.into_iter().filter(|c| of(&grades, name).is_head(*c)).collect::<Vec<_>>();
        assert_eq!(heads("p/b"), [Category::Code, Category::Math]);
        assert_eq!(heads("p/a"), [], "79 percent are no head teacher, and 90 only where nobody has more");
        assert!(grades.of(&DeploymentId::parse("p/gone").unwrap()).is_none());
    }

    #[test]
    fn of_equals_the_first_by_name_heads() {
        for names in [["p/a", "p/b"], ["p/b", "p/a"]] {
            let grades = Grades::new(names.map(|name| graded(name, Category::Math, 0.8, 5)), |_| true);
            assert!(
                of(&grades, "p/a").is_head(Category::Math) && !of(&grades, "p/b").is_head(Category::Math)
            );
        }
    }

    #[test]
    fn grades_are_weighed_by_their_counts_and_nonsense_is_left_out() {
        let grades = Grades::new(
            [
                graded("p/a", Category::Code, 1.0, 30),
                graded("p/a", Category::Math, 0.0, 10),
                graded("p/a", Category::Math, 0.5, 10),
                graded("p/a", Category::Thai, f32::NAN, 10),
                graded("p/a", Category::Tools, 0.9, 0),
                graded("p/a", Category::Json, 7.0, 1),
            ],
            |_| true,
        );
        let report = of(&grades, "p/a");
        assert_eq!(
            report.grade(Category::Math),
            Some(Grade { value: 0.5, count: 10 }),
            "the later one counts"
        );
        assert_eq!((report.passed(Category::Math), report.passed(Category::Thai)), (Some(false), None));
        assert_eq!((report.grade(Category::Tools), report.grade(Category::Json).unwrap().value), (None, 1.0));
        let overall = report.overall().unwrap();
        assert!((overall - (30.0 + 5.0 + 1.0) / 41.0).abs() < 1e-6, "{overall}");
        assert!(Grades::default().is_empty() && !grades.is_empty());
    }
}
