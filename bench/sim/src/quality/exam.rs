//! Exams: so many questions of each category for each model, of prompts that are not asked afterwards. What comes of them are
//! the grades that operators set and the marks that a replica goes by.

use std::sync::Arc;

use wye_profile::Category;
use wye_routing::grades::{Grade, Graded};
use wye_types::DeploymentId;

use super::fleet::Fleet;
use super::prompt::{Prompt, Prompts};
use super::truth::Truth;
use crate::policy::sml_gateway;

/// The questions of SMLGateway's exam by category (reference §4), 25 in all.
const SML: [(Category, usize); 12] = [
    (Category::Instruction, 3),
    (Category::Json, 1),
    (Category::Thai, 7),
    (Category::Classification, 1),
    (Category::Safety, 2),
    (Category::Math, 2),
    (Category::Reasoning, 2),
    (Category::Extraction, 1),
    (Category::Comprehension, 1),
    (Category::Code, 1),
    (Category::Tools, 1),
    (Category::Vision, 3),
];

/// How many questions an exam has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// There is no exam.
    None,
    /// So many in each of the sixteen categories.
    Each(usize),
    /// As SMLGateway's.
    Sml,
}

impl Questions {
    fn of(self, category: Category) -> usize {
        match self {
            Self::None => 0,
            Self::Each(questions) => questions,
            Self::Sml => SML.iter().find(|(of, _)| *of == category).map_or(0, |(_, questions)| *questions),
        }
    }
}

/// Right answers and questions of a model in each category.
type Paper = Vec<(Category, u32, u32)>;

fn paper(truth: &Truth, member: usize, prompts: &Prompts, questions: Questions) -> Paper {
    let sat = Category::ALL.into_iter().filter_map(|category| {
        let fits = |(_, prompt): &(usize, &Prompt)| prompt.category == category;
        let asked = prompts.lessons.iter().enumerate().filter(fits).take(questions.of(category));
        let (mut right, mut all) = (0, 0);
        for (number, prompt) in asked {
            right += u32::from(truth.passes(member, (number, prompt)));
            all += 1;
        }
        (all > 0).then_some((category, right, all))
    });
    sat.collect()
}

/// The grades of a fleet.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a share")]
pub fn grades(fleet: &Fleet, truth: &Truth, prompts: &Prompts, questions: Questions) -> Vec<Graded> {
    let each = fleet.members.iter().enumerate().flat_map(|(member, of)| {
        let spec = &of.spec;
        let deployment = DeploymentId { provider: spec.name.to_owned(), model: spec.model.to_owned() };
        paper(truth, member, prompts, questions).into_iter().map(move |(category, right, all)| Graded {
            deployment: deployment.clone(),
            category,
            grade: Grade { value: (f64::from(right) / f64::from(all)) as f32, count: all },
        })
    });
    each.collect()
}

/// The marks of SMLGateway's exam.
#[must_use]
pub fn marks(fleet: &Fleet, truth: &Truth, prompts: &Prompts) -> sml_gateway::Exam {
    let percent = |right: u32, all: u32| 100.0 * f64::from(right) / f64::from(all.max(1));
    let papers: Vec<Paper> =
        (0..fleet.members.len()).map(|member| paper(truth, member, prompts, Questions::Sml)).collect();
    let whole = |paper: &Paper| {
        let sums = paper.iter().fold((0, 0), |sums, (_, right, all)| (sums.0 + right, sums.1 + all));
        percent(sums.0, sums.1)
    };
    let apart = |paper: &Paper| {
        let mark = |category: Category| {
            let found = paper.iter().find(|(of, ..)| *of == category);
            found.map(|(_, right, all)| percent(*right, *all))
        };
        Category::ALL.map(mark).to_vec()
    };
    let about: Arc<[Option<usize>]> =
        prompts.asked.iter().map(|prompt| learning_category(&prompt.text).map(Category::index)).collect();
    sml_gateway::Exam {
        marks: papers.iter().map(whole).collect(),
        apart: papers.iter().map(apart).collect(),
        about,
    }
}

/// SMLGateway's learning category of a text without tools and images (reference §5 B), as its exam calls it.
fn learning_category(text: &str) -> Option<Category> {
    let head: String = text.chars().take(500).collect::<String>().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| head.contains(word));
    if head.chars().any(|letter| ('\u{e00}'..='\u{e7f}').contains(&letter)) {
        return Some(Category::Thai);
    }
    if has(&["```", "function", "class ", "import ", "def ", "console.log", "return ", "write code"]) {
        return Some(Category::Code);
    }
    let bytes: Vec<u8> = head.bytes().filter(|byte| *byte != b' ').collect();
    let sum = |three: &[u8]| {
        matches!(three, [left, sign, right]
            if left.is_ascii_digit() && right.is_ascii_digit() && b"+-*/".contains(sign))
    };
    if bytes.windows(3).any(sum) || has(&["equation", "calculate", "formula"]) {
        return Some(Category::Math);
    }
    if has(&["translate"]) {
        return Some(Category::Thai);
    }
    has(&["explain", "what is"]).then_some(Category::Reasoning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_for_what_the_original_takes_them() {
        for (text, wanted) in [
            ("ช่วยหน่อย", Some(Category::Thai)),
            ("what is 3 + 4", Some(Category::Math)),
            ("def f(x):", Some(Category::Code)),
            ("Explain tides", Some(Category::Reasoning)),
            ("hello", None),
        ] {
            assert_eq!(learning_category(text), wanted, "{text}");
        }
        assert_eq!(SML.iter().map(|(_, questions)| questions).sum::<usize>(), 25);
    }
}
