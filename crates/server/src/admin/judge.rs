//! Trying a judge: it rates a prompt once, for money, and what that would lead to is told.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use wye_admin::ChangeError;
use wye_pipeline::live::Route;
use wye_pipeline::trial::Judged;
use wye_types::Code;

use super::endpoint::Call;
use super::input::{Json, Text};
use super::problem::{FieldError, Problem};

/// What a route that is not saved is called while it is tried. No client can send this name and reach it.
const UNSAVED: &str = "!unsaved";
/// The most that is told of what a judge wrote, in bytes.
const MOST_TOLD: usize = 2048;

/// A judge to be tried: that of a route, or one that is not saved yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgeQuestion {
    /// What is to be rated, as a user would write it.
    prompt: String,
    /// The route whose judge is asked; instead of `judge`.
    route: Option<Text<200>>,
    /// The judge as a route would have it: `{"model": "groq/llama-3.1-8b", "scale": 10}`.
    judge: Option<Map<String, Value>>,
    /// The targets of that route, with `judge` alone.
    targets: Option<Vec<Value>>,
    /// Its rules, with `judge` alone.
    rules: Option<Map<String, Value>>,
}

/// What came of asking a judge.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JudgeTried {
    /// Whether it gave a rating.
    ok: bool,
    /// The rating, from 1; `null`: there is none, and the rules choose.
    rating: Option<usize>,
    /// Steps of its scale.
    scale: usize,
    /// What it wrote, 2 KiB of it at most; `null`: nothing.
    raw: Option<String>,
    /// The target that the rating means; `null`: there is no rating.
    target: Option<String>,
    /// The target that the rules choose where the judge gives no rating.
    fallback: Option<String>,
    /// Why they choose that one.
    fallback_why: Option<String>,
    /// How many milliseconds the judge took.
    ms: u64,
    /// What it cost, in nano-dollars; `null` where no price is known.
    cost_nano: Option<u64>,
    /// What went wrong, as in the table of error codes.
    code: Option<&'static str>,
    /// What happened, for people.
    message: Option<String>,
    /// The id under which it is recorded.
    request_id: Option<String>,
}

pub(super) async fn try_judge(
    call: Call,
    Json(question): Json<JudgeQuestion>,
) -> Result<Json<JudgeTried>, Problem> {
    if question.prompt.trim().is_empty() {
        return Err(Problem::field("prompt", "there is nothing to rate; write what a user would ask"));
    }
    let (field, route) = match (&question.route, &question.judge) {
        (Some(name), None) => ("route", saved(&call, &name.0, &question)?),
        (None, Some(judge)) => ("judge", draft(&call, judge, &question).await?),
        _ => {
            return Err(Problem::field("route", "send either the name of a route, or `judge` and `targets`"));
        }
    };
    call.note.add("route", &*route.name);
    let who = call.principal()?.name.clone();
    let live = call.admin.pipeline.live();
    let judging = Box::pin(call.admin.pipeline.judge(&live, &route, (&question.prompt, &who)));
    let judged = judging.await.map_err(|error| {
        let field = if error.param.is_some() { field } else { "prompt" };
        Problem::field(field, error.message)
    })?;
    let seen = view(judged);
    call.note.add("ok", seen.ok);
    if let Some(code) = seen.code {
        call.note.add("code", code);
    }
    Ok(Json(seen))
}

/// A route that clients can name.
fn saved(call: &Call, name: &str, question: &JudgeQuestion) -> Result<Arc<Route>, Problem> {
    let given = [("targets", question.targets.is_some()), ("rules", question.rules.is_some())];
    if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(Problem::field(
            field,
            "the route has its own; leave this out, or send `judge` instead of `route`",
        ));
    }
    let live = call.admin.pipeline.live();
    let route = live.routes.get(name).map(Arc::clone);
    route.ok_or_else(|| Problem::field("route", format!("there is no route `{name}`")))
}

/// A route with this judge.
async fn draft(
    call: &Call,
    judge: &Map<String, Value>,
    question: &JudgeQuestion,
) -> Result<Arc<Route>, Problem> {
    let Some(targets) = &question.targets else {
        return Err(Problem::field("targets", "a judge chooses among targets; send those of the route"));
    };
    let mut body = json!({ "strategy": "judge", "judge": judge, "targets": targets });
    if let Some(rules) = &question.rules {
        body["rules"] = rules.clone().into();
    }
    call.admin.configurator.draft(UNSAVED, body).await.map_err(|error| match error {
        ChangeError::Invalid(problems) => {
            let path = format!("routes.{UNSAVED}");
            let one = |problem: wye_config::Problem| {
                let field = problem.path.strip_prefix(&path).map(|rest| rest.trim_start_matches('.'));
                FieldError {
                    field: field.map_or(problem.path.clone(), str::to_owned),
                    message: problem.message,
                }
            };
            Problem::input(problems.into_iter().map(one).collect())
        }
        other => other.into(),
    })
}

fn view(judged: Judged) -> JudgeTried {
    let Judged { wrote, rating, scale, target, fallback, took, record } = judged;
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (raw, error) = match wrote {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some((error.code, error.message))),
    };
    let unread = || {
        let message = format!(
            "the judge wrote no rating: one number from 1 to {scale} is one, and nothing else; the rules choose then"
        );
        (Code::ProviderBadAnswer, message)
    };
    let error = error.or_else(|| rating.is_none().then(unread));
    JudgeTried {
        ok: rating.is_some(),
        rating,
        scale,
        raw: raw.map(|text| text[..text.floor_char_boundary(MOST_TOLD)].to_owned()),
        target,
        fallback_why: fallback.as_ref().map(|fallback| fallback.reason.clone()),
        fallback: fallback.map(|fallback| fallback.target),
        ms: ms(took),
        cost_nano: record.as_ref().and_then(|record| record.cost.filter(|_| record.usage.is_some())),
        code: error.as_ref().map(|(code, _)| code.name()),
        message: error.map(|(_, message)| message),
        request_id: record.map(|record| record.id.to_string()),
    }
}
