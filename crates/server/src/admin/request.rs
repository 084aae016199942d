//! The request log: finding requests, and one with all that is known of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wye_admin::Action;
use wye_store::log::{Body, Entry, Export, Filter, Form};
use wye_types::record::RefusalCode;
use wye_types::{Kind, RequestId};

use super::endpoint::{Call, Download};
use super::input::{Both, Json, Text};
use super::page::{Page, PageAsk};
use super::problem::Problem;

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestRow {
    /// Its id.
    id: String,
    /// When it arrived, in Unix milliseconds.
    at_ms: u64,
    /// When it ended, in Unix milliseconds.
    ended_ms: u64,
    /// What was asked for: chat, embeddings, images.
    kind: &'static str,
    /// The dialect the client spoke.
    dialect: String,
    /// The name the client asked for.
    asked: String,
    /// The route that name meant.
    route: Option<String>,
    /// The client key's name.
    key: Option<String>,
    /// The provider whose answer was sent.
    provider: Option<String>,
    /// The model whose answer was sent.
    model: Option<String>,
    /// What kind of task it was.
    category: Option<String>,
    /// The HTTP status sent.
    status: u16,
    /// How it ended, if not well.
    code: Option<String>,
    /// Whether it was a stream.
    stream: bool,
    /// Tokens of the prompt.
    input: Option<u64>,
    /// Of them, those read from a cache.
    cache_read: Option<u64>,
    /// Tokens of the answer.
    output: Option<u64>,
    /// Of them, those spent on reasoning.
    reasoning: Option<u64>,
    /// Whether the tokens are an estimate.
    estimated: bool,
    /// What it cost, in nano-dollars; `null` where no price is known.
    cost_nano: Option<u64>,
    /// What the cost rests on: `reported` by the provider, `catalog`, `guess`, `override`, `local` or `unknown`; `null`
    /// where nothing was used.
    cost_basis: Option<String>,
    /// The version of the catalogue that the price is of.
    price_version: Option<String>,
    /// Microseconds from arrival to the first content.
    first_us: Option<u64>,
    /// Microseconds from arrival to the end.
    total_us: u64,
    /// Microseconds of the gateway's own.
    overhead_us: u64,
    /// The team of the client key.
    team: Option<String>,
    /// The end user.
    user: Option<String>,
    /// Its tags.
    tags: Vec<String>,
    /// Attempts, warnings and the decision.
    detail: Value,
}

impl From<Entry> for RequestRow {
    fn from(entry: Entry) -> Self {
        let usage = entry.usage.as_ref();
        Self {
            id: entry.id.to_string(),
            at_ms: entry.at_ms(),
            ended_ms: entry.ended_ms,
            input: usage.map(|usage| usage.input),
            cache_read: usage.and_then(|usage| usage.cache_read),
            output: usage.map(|usage| usage.output),
            reasoning: usage.and_then(|usage| usage.reasoning),
            team: entry.team,
            user: entry.user,
            tags: entry.tags,
            kind: entry.kind.name(),
            dialect: entry.dialect,
            asked: entry.asked,
            route: entry.route,
            key: entry.key,
            provider: entry.provider,
            model: entry.model,
            category: entry.category,
            status: entry.status,
            code: entry.code,
            stream: entry.stream,
            estimated: entry.estimated,
            cost_nano: entry.cost_nano,
            cost_basis: entry.cost_basis,
            price_version: entry.price_version,
            first_us: entry.first_us,
            total_us: entry.total_us,
            overhead_us: entry.overhead_us,
            detail: serde_json::from_str(&entry.detail).unwrap_or(Value::Null),
        }
    }
}

/// Which requests are wanted. Everything that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFilter {
    /// Arrived at this Unix millisecond or later.
    from_ms: Option<u64>,
    /// Arrived before this Unix millisecond.
    to_ms: Option<u64>,
    /// The provider whose answer was sent.
    provider: Option<Text<200>>,
    /// The model whose answer was sent.
    model: Option<Text<300>>,
    /// The client key's name.
    key: Option<Text<200>>,
    /// The route.
    route: Option<Text<200>>,
    /// The team of the client key.
    team: Option<Text<200>>,
    /// The end user.
    user: Option<Text<300>>,
    /// One of its tags.
    tag: Option<Text<200>>,
    /// A deployment (`provider/model`) that was called, whatever came of it.
    tried: Option<Text<400>>,
    /// A deployment that was not called although it might have been.
    passed: Option<Text<400>>,
    /// How its targets were ordered, such as `adaptive`; what had but one target has none.
    strategy: Option<Text<64>>,
    /// A reason for which a target was not called, such as `quota_used_up`.
    refusal: Option<Text<64>>,
    /// A text in its bodies; looked for in at most 31 days, and in the last one if no time is given.
    text: Option<Text<500>>,
    /// What was asked for: chat, embeddings, images.
    kind: Option<Text<64>>,
    /// The category.
    category: Option<Text<200>>,
    /// How it ended.
    code: Option<Text<200>>,
    /// The HTTP status.
    status: Option<u16>,
    /// Only requests that did not end well (`true`), or only those that did.
    failed: Option<bool>,
    /// Only streams (`true`), or only whole answers.
    stream: Option<bool>,
}

impl RequestFilter {
    fn read(self) -> Result<Filter, Problem> {
        if let (Some(from), Some(to)) = (self.from_ms, self.to_ms)
            && from > to
        {
            return Err(Problem::field("to_ms", "this is before from_ms"));
        }
        let kind = self.kind.map(|name| {
            let known = Kind::ALL.into_iter().find(|kind| kind.name() == name.0);
            let all = || Kind::ALL.map(Kind::name).join(", ");
            known.ok_or_else(|| {
                Problem::field("kind", format!("there is no such kind; write one of {}", all()))
            })
        });
        let refusal = self.refusal.map(|name| {
            let mut known = RefusalCode::all().map(RefusalCode::name);
            let all = || RefusalCode::all().map(RefusalCode::name).collect::<Vec<_>>().join(", ");
            let wrong =
                || Problem::field("refusal", format!("there is no such reason; write one of {}", all()));
            known.any(|known| known == name.0).then_some(name.0).ok_or_else(wrong)
        });
        let text = |text: Option<Text<200>>| text.map(|text| text.0);
        Ok(Filter {
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            provider: text(self.provider),
            model: self.model.map(|text| text.0),
            key: text(self.key),
            route: text(self.route),
            team: text(self.team),
            user: self.user.map(|text| text.0),
            tag: text(self.tag),
            tried: self.tried.map(|text| text.0),
            passed: self.passed.map(|text| text.0),
            strategy: self.strategy.map(|text| text.0),
            refusal: refusal.transpose()?,
            text: self.text.map(|text| text.0),
            kind: kind.transpose()?,
            category: text(self.category),
            code: text(self.code),
            status: self.status,
            failed: self.failed,
            stream: self.stream,
            before: None,
        })
    }
}

pub(super) async fn list_requests(
    call: Call,
    Both(wanted, page): Both<RequestFilter, PageAsk>,
) -> Result<Json<Page<RequestRow>>, Problem> {
    let size = page.limit.0;
    let before = page.cursor.map(|text| {
        let wrong = || Problem::field("cursor", "this is no cursor: send `next` of the page before");
        RequestId::parse(&text.0).ok_or_else(wrong)
    });
    let filter = Filter { before: before.transpose()?, ..wanted.read()? };
    if filter.text.is_some() {
        // What is found tells what the bodies say.
        call.principal()?.require(Action::BodiesRead)?;
    }
    let (db, now) = (&call.admin.db, call.admin.clock.unix_ms());
    let found = match filter.text {
        Some(_) => filter.find_text(db, now, size).await?,
        None => filter.find(db, size).await?,
    };
    let items = found.entries.into_iter().map(RequestRow::from).collect();
    Ok(Json(Page { items, next: found.next.map(|id| id.to_string()) }))
}

/// A request with what it said, where that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestWhole {
    /// The request.
    request: RequestRow,
    /// What was sent and answered; absent where nothing was kept, or where the caller may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bodies: Option<RequestBodies>,
}

/// What was sent and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestBodies {
    /// What the client sent; JSON if it was and is whole.
    request: String,
    /// What it was answered; a stream is put together again.
    response: String,
    /// Whether there was more of either.
    cut: bool,
}

pub(super) async fn show_request(call: Call, (): ()) -> Result<Json<RequestWhole>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let db = &call.admin.db;
    let at_ms = (id.0 >> 80) as u64;
    let before = RequestId(id.0.checked_add(1).ok_or_else(missing)?);
    let filter = Filter {
        from_ms: Some(at_ms),
        to_ms: Some(at_ms.saturating_add(1)),
        before: Some(before),
        ..Filter::default()
    };
    let found = filter.find(db, 1).await?.entries.into_iter().next().filter(|entry| entry.id == id);
    let request = found.ok_or_else(missing)?.into();
    let sees = call.principal()?.require(Action::BodiesRead).is_ok();
    let kept = if sees { Body::of(db, id).await? } else { None };
    let bodies =
        kept.map(|kept| RequestBodies { request: kept.request, response: kept.response, cut: kept.cut });
    Ok(Json(RequestWhole { request, bodies }))
}

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ExportForm {
    /// Comma-separated values; cells that a spreadsheet would take for a formula begin with `'`.
    #[default]
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// How requests are to be taken out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportAsk {
    /// The form.
    #[serde(default)]
    #[param(inline)]
    format: ExportForm,
}

pub(super) async fn export_requests(
    call: Call,
    Both(wanted, ask): Both<RequestFilter, ExportAsk>,
) -> Result<Download, Problem> {
    let (form, kind, ending) = match ask.format {
        ExportForm::Csv => (Form::Csv, "text/csv; charset=utf-8", "csv"),
        ExportForm::Jsonl => (Form::JsonLines, "application/x-ndjson", "jsonl"),
    };
    let export = Export::new(call.admin.db.clone(), wanted.read()?, form, call.admin.clock.unix_ms());
    // Polled as the client takes: a slow one costs one page of memory. One that breaks off is told by the missing end.
    let pieces = futures_util::stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(piece) => Some((Ok(bytes::Bytes::from(piece?)), Some(export))),
            Err(error) => {
                tracing::warn!(%error, "an export of requests breaks off");
                Some((Err(std::io::Error::other("the database did not answer")), None))
            }
        }
    });
    Ok(Download { kind, name: format!("wye-requests.{ending}"), body: axum::body::Body::from_stream(pieces) })
}
