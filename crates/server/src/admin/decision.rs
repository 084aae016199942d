//! Why requests went where they went, and where others would go.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use wye_pipeline::Question;
use wye_pipeline::explain::Gram;
use wye_store::log::Entry;
use wye_types::record::decision::Explanation;
use wye_types::{DialectId, RequestId};
use wye_wire::dialect::PathAsk;

use super::endpoint::Call;
use super::input::{Json, Text};
use super::problem::Problem;
use crate::why::{Decision, Trace};

pub(super) async fn show_decision(call: Call, (): ()) -> Result<Json<Trace>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let entry = Entry::whole(&call.admin.db, id).await?;
    entry.map(|entry| Json(Trace::from(entry))).ok_or_else(missing)
}

/// A chat request that is asked about and not sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteQuestion {
    /// The request as a client would send it.
    #[schema(value_type = Object)]
    request: Value,
    /// The dialect that it speaks [default: `openai_chat`].
    dialect: Option<Text<64>>,
    /// The name of the client key that would send it.
    key: Option<Text<200>>,
    /// The model, where the dialect names it in the path.
    model: Option<Text<300>>,
    /// Headers that it would come with, such as `x-wye-prefer`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// Where a request would go.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteExplained {
    /// The name it asks for.
    asked: String,
    /// The route that name means.
    route: String,
    /// The deployment that would be called first; `null` if none can be.
    first: Option<String>,
    /// The route whose judge would be asked before; the decision is what holds where it says nothing.
    judge: Option<String>,
    /// Who would be asked together, and their answers compared; empty: one is asked after another.
    members: Vec<String>,
    /// The decision.
    decision: Decision,
    /// The runs of letters that weighed most in what it is thought to be about and in how hard it is; empty where the route
    /// does not go by that.
    grams: Vec<RouteGram>,
}

/// A run of letters, and what it weighed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteGram {
    /// Where: a category, or `difficulty`.
    head: &'static str,
    /// The letters, in lower case.
    text: String,
    /// What it added to the sum; below nought, it spoke against it.
    weight: f32,
}

pub(super) async fn explain_route(
    call: Call,
    Json(question): Json<RouteQuestion>,
) -> Result<Json<RouteExplained>, Problem> {
    let pipeline = &call.admin.pipeline;
    let name = question.dialect.as_ref().map_or(DialectId::default().name(), |name| &name.0);
    let dialect: DialectId = name.parse().map_err(|()| {
        let all = DialectId::ALL.map(DialectId::name).join(", ");
        Problem::field("dialect", format!("there is no such dialect; write one of {all}"))
    })?;
    let question = Question {
        live: pipeline.live(),
        key: question.key.map(|key| key.0),
        dialect,
        path: PathAsk { model: question.model.map(|model| model.0), ..PathAsk::default() },
        headers: headers(&question.headers)?,
        body: Bytes::from(question.request.to_string()),
        grams: true,
    };
    let explained = pipeline.explain(question).map_err(|error| {
        let field = match error.param.as_deref() {
            Some("key") => "key".to_owned(),
            Some(param) => format!("request.{param}"),
            None => "request".to_owned(),
        };
        // What its client would be told is no word about who asks here.
        Problem::new(error.code, &error.message).with_status(StatusCode::BAD_REQUEST).about(field)
    })?;
    let told = Explanation::of(&explained.decision);
    Ok(Json(RouteExplained {
        asked: explained.asked,
        route: explained.route.to_string(),
        first: told.chosen().map(|first| first.deployment.clone()),
        judge: explained.judge.map(|judge| judge.to_string()),
        members: explained.members.iter().map(ToString::to_string).collect(),
        decision: told.into(),
        grams: explained
            .grams
            .into_iter()
            .map(|Gram { head, text, weight }| RouteGram { head, text, weight })
            .collect(),
    }))
}

fn headers(given: &BTreeMap<String, String>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let wrong = || Problem::field(&format!("headers.{name}"), "this is no header of HTTP");
        let value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        headers.append(HeaderName::try_from(name.as_str()).map_err(|_| wrong())?, value);
    }
    Ok(headers)
}
