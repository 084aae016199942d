//! What is left of limits and budgets, live.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_limits::{Cell, CellId, Moment};

use super::endpoint::Call;
use super::input::{Json, Query, Text};
use super::page::{Page, PageAsk, PageSize};
use super::problem::Problem;

/// What is left of a limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LimitView {
    /// Whose limit it is: `key ci`, `team search`, `provider groq`.
    owner: String,
    /// What it counts: `requests`, `tokens`, `money` (in nano-dollars) or `concurrent requests`.
    measure: &'static str,
    /// Over which time.
    period: String,
    /// How much may be used.
    limit: u64,
    /// What is left of it.
    left: u64,
    /// Milliseconds until all of it is there again; absent: it never is by itself, or it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_in_ms: Option<u64>,
}

impl LimitView {
    /// Whose limit it is.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }
}

/// Which limits are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsAsk {
    /// Only limits of this owner.
    owner: Option<Text<300>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

pub(super) async fn list_limits(
    call: Call,
    Query(ask): Query<LimitsAsk>,
) -> Result<Json<Page<LimitView>>, Problem> {
    let wanted = |owner: &str| ask.owner.as_ref().is_none_or(|wanted| wanted.0 == owner);
    let limits = views(&call, wanted);
    let page = PageAsk { cursor: ask.cursor, limit: ask.limit };
    Ok(Json(Page::of_named(limits, &page, |view| format!("{}|{}|{}", view.owner, view.measure, view.period))))
}

/// What is left of the limits of some owners.
pub(super) fn views(call: &Call, wanted: impl Fn(&str) -> bool) -> Vec<LimitView> {
    let now = Moment::of(&*call.admin.clock);
    let all = call.admin.cells.all().into_iter().filter(|(id, _)| wanted(&id.owner));
    all.map(|(id, cell)| view(id, &cell, now)).collect()
}

fn view(id: CellId, cell: &Cell, now: Moment) -> LimitView {
    let seen = cell.view(now);
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    LimitView {
        owner: id.owner,
        measure: id.measure.name(),
        period: id.period,
        limit: seen.limit,
        left: seen.left,
        resets_in_ms: seen.resets_in.map(ms).filter(|ms| *ms > 0),
    }
}
