//! Statistics: sums of requests by what they have in common.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_store::log::{By, Span, Sum};

use super::endpoint::Call;
use super::input::{Json, Query};
use super::problem::Problem;

/// The most steps of a span that a question may reach over.
const MOST_STEPS: u64 = 5_000;

/// What statistics are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct StatisticsAsk {
    /// What they are told apart by.
    #[serde(default)]
    #[param(inline)]
    by: StatisticsBy,
    /// Their resolution.
    #[serde(default)]
    #[param(inline)]
    span: StatisticsSpan,
    /// From this Unix second on.
    from: u64,
    /// Before this Unix second.
    to: u64,
}

/// What statistics are told apart by.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatisticsBy {
    /// Nothing: one sum.
    #[default]
    All,
    /// Time, in steps of the span.
    Time,
    /// Provider and model.
    Deployment,
    /// Client key.
    Key,
    /// Route.
    Route,
    /// Category.
    Category,
    /// How requests ended.
    Code,
    /// What was asked for: chat, embeddings, images. Summed per hour, without percentiles.
    Kind,
}

/// The resolution of statistics.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatisticsSpan {
    /// A minute.
    Minute,
    /// An hour.
    #[default]
    Hour,
    /// A day, in UTC.
    Day,
}

/// Sums of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statistics {
    /// The sums, in the order of what they are of.
    sums: Vec<Statistic>,
}

/// A sum of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statistic {
    /// What it is the sum of: Unix seconds for time, `provider/model` for deployments; empty where a request had none.
    of: String,
    /// Requests.
    requests: u64,
    /// Of them, those that did not end well.
    failed: u64,
    /// Tokens of prompts.
    input: u64,
    /// Of them, those read from a cache.
    cache_read: u64,
    /// Tokens of answers.
    output: u64,
    /// Of them, those spent on reasoning.
    reasoning: u64,
    /// Nano-dollars, as far as prices are known.
    cost_nano: u64,
    /// Requests that used something whose price nobody knows.
    unpriced: u64,
    /// Microseconds to the first content.
    first_us: Percentiles,
    /// Microseconds to the end.
    total_us: Percentiles,
}

/// How long most, nearly all and all but a few took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Percentiles {
    /// Half took no longer.
    p50: Option<u64>,
    /// 95 of 100 took no longer.
    p95: Option<u64>,
    /// 99 of 100 took no longer.
    p99: Option<u64>,
}

pub(super) async fn show_statistics(
    call: Call,
    Query(ask): Query<StatisticsAsk>,
) -> Result<Json<Statistics>, Problem> {
    let span = match ask.span {
        StatisticsSpan::Minute => Span::Minute,
        StatisticsSpan::Hour => Span::Hour,
        StatisticsSpan::Day => Span::Day,
    };
    let by = match ask.by {
        StatisticsBy::All => By::All,
        StatisticsBy::Time => By::Time,
        StatisticsBy::Deployment => By::Deployment,
        StatisticsBy::Key => By::Key,
        StatisticsBy::Route => By::Route,
        StatisticsBy::Category => By::Category,
        StatisticsBy::Code => By::Code,
        StatisticsBy::Kind => By::Kind,
    };
    let Some(seconds) = ask.to.checked_sub(ask.from) else {
        return Err(Problem::field("to", "this is before `from`"));
    };
    if seconds / span.seconds() > MOST_STEPS {
        let message = format!("a question reaches over {MOST_STEPS} steps at most; take a longer span");
        return Err(Problem::field("span", message));
    }
    let sums = by.sum(&call.admin.db, span, ask.from, ask.to).await?;
    Ok(Json(Statistics { sums: sums.into_iter().map(Statistic::from).collect() }))
}

impl From<Sum> for Statistic {
    fn from(sum: Sum) -> Self {
        let percentiles = |sketch: &wye_store::log::Sketch| Percentiles {
            p50: sketch.percentile(0.5),
            p95: sketch.percentile(0.95),
            p99: sketch.percentile(0.99),
        };
        Self {
            first_us: percentiles(&sum.first_us),
            total_us: percentiles(&sum.total_us),
            of: sum.of,
            requests: sum.requests,
            failed: sum.failed,
            input: sum.input,
            cache_read: sum.cache_read,
            output: sum.output,
            reasoning: sum.reasoning,
            cost_nano: sum.cost_nano,
            unpriced: sum.unpriced,
        }
    }
}
