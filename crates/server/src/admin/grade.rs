//! What deployments were graded: by whoever examines them, or by an operator who knows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_profile::Category;
use wye_store::grades::GradeRow;
use wye_types::DeploymentId;

use super::endpoint::Call;
use super::input::{Json, Query, Text};
use super::page::{Page, PageAsk, PageSize};
use super::problem::{FieldError, Problem};

/// The most grades that are set at once.
const MOST: usize = 5000;
/// The most questions that a grade may stand for: more weigh no more.
const QUESTIONS: u32 = 1_000_000;

/// A grade.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GradeView {
    /// `provider/model`.
    deployment: String,
    /// In what: `code`, `math`, …
    category: String,
    /// The share of right answers, from 0 to 1.
    value: f64,
    /// Out of how many.
    questions: u32,
    /// Who says so.
    source: String,
    /// Since when, in Unix milliseconds.
    at_ms: u64,
    /// Whether it is the head teacher of the category: the best grade there, and 0.8 at least.
    head: bool,
}

/// Which grades are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct GradesAsk {
    /// Only of this deployment.
    deployment: Option<Text<400>>,
    /// Only in this category.
    category: Option<Text<64>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

pub(super) async fn list_grades(
    call: Call,
    Query(ask): Query<GradesAsk>,
) -> Result<Json<Page<GradeView>>, Problem> {
    let category = ask.category.map(|name| category("category", &name.0)).transpose()?;
    let (_, rows) = call.admin.configurator.grades().all().await?;
    let live = call.admin.pipeline.live();
    let view = |row: GradeRow| {
        let deployment = DeploymentId { provider: row.provider, model: row.model };
        let report = live.models.report(&deployment);
        let in_it = Category::from_name(&row.category);
        GradeView {
            head: report.zip(in_it).is_some_and(|(report, category)| report.is_head(category)),
            deployment: deployment.to_string(),
            category: row.category,
            value: row.value,
            questions: row.questions,
            source: row.source,
            at_ms: row.at_ms,
        }
    };
    let wanted = |view: &GradeView| {
        ask.deployment.as_ref().is_none_or(|wanted| wanted.0 == view.deployment)
            && category.is_none_or(|wanted| wanted.name() == view.category)
    };
    let page = PageAsk { cursor: ask.cursor, limit: ask.limit };
    let views = rows.into_iter().map(view).filter(wanted);
    Ok(Json(Page::of_named(views, &page, |view| format!("{}|{}", view.deployment, view.category))))
}

/// Grades to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGrades {
    /// Each replaces the one that is there for its deployment and category. All are taken, or none; 5,000 at most.
    grades: Vec<NewGrade>,
}

/// A grade to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGrade {
    /// `provider/model`; the provider is configured.
    deployment: Text<400>,
    /// In what: `code`, `math`, …
    category: Text<64>,
    /// The share of right answers, from 0 to 1.
    value: f64,
    /// Out of how many: the more, the more it weighs against what is expected of models of its kind.
    questions: u32,
    /// Who says so [default: the name of who calls].
    source: Option<Text<200>>,
}

pub(super) async fn put_grades(call: Call, Json(new): Json<NewGrades>) -> Result<(), Problem> {
    if new.grades.len() > MOST {
        return Err(Problem::field("grades", format!("at most {MOST} are taken at once")));
    }
    let live = call.admin.pipeline.live();
    let (name, at_ms) = (call.principal()?.name.clone(), call.admin.clock.unix_ms());
    let mut rows = Vec::with_capacity(new.grades.len());
    let mut errors = Vec::new();
    for (at, grade) in new.grades.into_iter().enumerate() {
        let mut wrong = |field: &str, message: String| {
            errors.push(FieldError { field: format!("grades[{at}].{field}"), message });
        };
        let deployment = deployment(&grade.deployment.0);
        match &deployment {
            None => wrong("deployment", "write provider/model".to_owned()),
            Some(known) if !live.endpoints.contains_key(&known.provider) => {
                wrong("deployment", format!("there is no provider `{}`", known.provider));
            }
            Some(_) => {}
        }
        let category = Category::from_name(&grade.category.0);
        if category.is_none() {
            wrong("category", categories());
        }
        if !(0.0..=1.0).contains(&grade.value) {
            wrong("value", "write the share of right answers, from 0 to 1".to_owned());
        }
        if !(1..=QUESTIONS).contains(&grade.questions) {
            wrong("questions", format!("write out of how many answers, from 1 to {QUESTIONS}"));
        }
        if let Some((deployment, category)) = deployment.zip(category) {
            rows.push(GradeRow {
                provider: deployment.provider,
                model: deployment.model,
                category: category.name().to_owned(),
                value: grade.value,
                questions: grade.questions,
                source: grade.source.map_or_else(|| name.clone(), |source| source.0),
                at_ms,
            });
        }
    }
    if !errors.is_empty() {
        return Err(Problem::input(errors));
    }
    call.note.add("grades", rows.len());
    call.admin.configurator.grades().put(&rows).await?;
    call.admin.configurator.take_grades().await?;
    Ok(())
}

/// Which grades are removed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct GradesOf {
    /// Of this deployment.
    deployment: Text<400>,
    /// In this category; absent: in all.
    category: Option<Text<64>>,
}

pub(super) async fn delete_grades(call: Call, Query(of): Query<GradesOf>) -> Result<(), Problem> {
    let category = of.category.map(|name| category("category", &name.0)).transpose()?;
    let name = of.deployment.0;
    let gone = deployment(&name).ok_or_else(|| Problem::field("deployment", "write provider/model"))?;
    call.note.add("deployment", name.as_str());
    if let Some(category) = category {
        call.note.add("category", category.name());
    }
    let table = call.admin.configurator.grades();
    if table.remove(&gone.provider, &gone.model, category.map(Category::name)).await? == 0 {
        return Err(Problem::missing("grade of", &name));
    }
    call.admin.configurator.take_grades().await?;
    Ok(())
}

fn deployment(name: &str) -> Option<DeploymentId> {
    DeploymentId::parse(name)
}

/// A category by its name.
pub(super) fn category(field: &str, name: &str) -> Result<Category, Problem> {
    Category::from_name(name).ok_or_else(|| Problem::field(field, categories()))
}

fn categories() -> String {
    format!("write one of {}", Category::ALL.map(Category::name).join(", "))
}
