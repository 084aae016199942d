//! Sums of requests over time, for charts: in one line, or stacked by what tells them apart.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_store::log::{Amount, By, Largest, Series};

use super::endpoint::Call;
use super::input::{Both, Json};
use super::problem::Problem;
use super::statistic::Extent;

/// The most steps of a span that a question may reach over: a day of minutes, two months of hours.
const MOST_STEPS: u64 = 1_500;
/// Names that are told by themselves: more colours are not told apart.
const MOST_NAMES: usize = 8;

/// What series are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesAsk {
    /// What they are told apart by; absent: nothing, with percentiles.
    #[param(inline)]
    group: Option<SeriesGroup>,
    /// What of the largest are told by themselves.
    #[serde(default)]
    #[param(inline)]
    largest: SeriesLargest,
}

/// What series are told apart by.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SeriesGroup {
    /// Provider and model.
    Deployment,
    /// Provider.
    Provider,
    /// Client key.
    Key,
    /// Route.
    Route,
    /// Category.
    Category,
    /// How requests ended.
    Code,
}

/// By what names are larger than others.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SeriesLargest {
    /// Requests.
    #[default]
    Requests,
    /// Tokens of prompts and answers.
    Tokens,
    /// Money.
    Cost,
}

/// Sums over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesView {
    /// The length of a step, in seconds.
    step_s: u64,
    /// The eight largest, the largest first; then the rest of them, if there is one.
    series: Vec<SeriesOne>,
}

/// Sums over time of what has one name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesOne {
    /// The name; empty where requests had none (of codes: they ended well), and of the rest.
    of: String,
    /// Whether it is the sum of all that is not told by itself.
    rest: bool,
    /// Its points, the oldest first. Steps without any request are missing.
    points: Vec<SeriesPoint>,
}

/// A step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesPoint {
    /// The Unix second at which it begins.
    at_s: u64,
    /// Requests.
    requests: u64,
    /// Of them, those that did not end well.
    failed: u64,
    /// Tokens of prompts.
    input: u64,
    /// Tokens of answers.
    output: u64,
    /// Nano-dollars, as far as prices are known.
    cost_nano: u64,
    /// Microseconds within which half of the first contents came; `null`: told apart, or there were none. So with the next
    /// three.
    first_p50_us: Option<u64>,
    /// Microseconds within which 95 of 100 of them came.
    first_p95_us: Option<u64>,
    /// Microseconds within which half of the answers ended.
    total_p50_us: Option<u64>,
    /// Microseconds within which 95 of 100 of them ended.
    total_p95_us: Option<u64>,
}

pub(super) async fn show_series(
    call: Call,
    Both(extent, ask): Both<Extent, SeriesAsk>,
) -> Result<Json<SeriesView>, Problem> {
    let (over, only) = extent.read(MOST_STEPS)?;
    let (db, step_s) = (&call.admin.db, over.0.seconds());
    let by = match ask.group {
        None => {
            let sums = By::Time.sum_of(db, over.0, (over.1, over.2), &only).await?;
            let mut points: Vec<SeriesPoint> = sums.iter().filter_map(timed).collect();
            points.sort_by_key(|point| point.at_s);
            return Ok(Json(SeriesView {
                step_s,
                series: vec![SeriesOne { of: String::new(), rest: false, points }],
            }));
        }
        Some(SeriesGroup::Deployment) => By::Deployment,
        Some(SeriesGroup::Provider) => By::Provider,
        Some(SeriesGroup::Key) => By::Key,
        Some(SeriesGroup::Route) => By::Route,
        Some(SeriesGroup::Category) => By::Category,
        Some(SeriesGroup::Code) => By::Code,
    };
    let largest = match ask.largest {
        SeriesLargest::Requests => Largest::Requests,
        SeriesLargest::Tokens => Largest::Tokens,
        SeriesLargest::Cost => Largest::Cost,
    };
    let found = Series::of(db, (by, &only), over, (largest, MOST_NAMES)).await?;
    let series = found.into_iter().map(|one| SeriesOne {
        rest: one.of.is_none(),
        of: one.of.unwrap_or_default(),
        points: one.points.into_iter().map(|(at_s, amount)| point(at_s, amount)).collect(),
    });
    Ok(Json(SeriesView { step_s, series: series.collect() }))
}

fn point(at_s: u64, amount: Amount) -> SeriesPoint {
    let Amount { requests, failed, input, output, cost_nano } = amount;
    SeriesPoint {
        at_s,
        requests,
        failed,
        input,
        output,
        cost_nano,
        first_p50_us: None,
        first_p95_us: None,
        total_p50_us: None,
        total_p95_us: None,
    }
}

fn timed(sum: &wye_store::log::Sum) -> Option<SeriesPoint> {
    let amount = Amount {
        requests: sum.requests,
        failed: sum.failed,
        input: sum.input,
        output: sum.output,
        cost_nano: sum.cost_nano,
    };
    Some(SeriesPoint {
        first_p50_us: sum.first_us.percentile(0.5),
        first_p95_us: sum.first_us.percentile(0.95),
        total_p50_us: sum.total_us.percentile(0.5),
        total_p95_us: sum.total_us.percentile(0.95),
        ..point(sum.of.parse().ok()?, amount)
    })
}
